"""Our SOCKS port beside the core's own, through the same relay and the same bridge, alternating.

    python -m tests.bench.v2ray [--quick] [--rounds N]

Prints a Markdown table: megabytes per second, and ours as a part of the bare core's.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from tests.bench import programs
from tests.peers import processes
from tests.peers.keys import KeyStore
from tests.peers.lab import Lab
from tests.peers.ports import free_port
from tests.peers.v2ray_cores import RunningCore
from tests.peers.v2ray_ends import WRITERS, V2rayEnds

SIZE = 256 << 20


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.v2ray")
    parser.add_argument("--quick", action="store_true", help="an eighth of the bytes, once")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(words)
    processes.adopt_orphans()
    size, rounds = (SIZE // 8, 1) if arguments.quick else (SIZE, arguments.rounds)
    print("| core | way | bare core | RelayTray | part |\n|---|---|---|---|---|")
    with contextlib.ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        lab = cleanup.enter_context(Lab(folder / "lab", KeyStore(folder / "keys")))
        target = cleanup.enter_context(programs.target())
        for core in Core:
            beside(lab, core, target, size, rounds)
    return 0


def beside(lab: Lab, core: Core, target: int, size: int, rounds: int) -> None:
    with contextlib.ExitStack() as cleanup:
        ends = cleanup.enter_context(V2rayEnds(lab, core, hybrid=False, ports=(22, target)))
        bare = free_port()
        config = WRITERS[core].client_config(ends.carrier, ends.user_id, bare)
        folder = lab.folder / f"bare-{core}"
        cleanup.enter_context(RunningCore(core, folder, config, port=bare))
        document = ends.document(RouteKind.V2RAY)
        app = cleanup.enter_context(programs.app(lab.folder / f"data-{core}", document, lab.fingerprints))
        app.ask(f"id {ends.user_id}")
        app.ask("connect")
        for mode in ("download", "upload-known"):
            rates: dict[int, list[float]] = {bare: [], app.way.port: []}
            for _ in range(rounds):
                for port, found in rates.items():
                    went = programs.client(mode, port, target, size)
                    found.append(went["bytes"] / went["seconds"] / 1e6)
            theirs, ours = (statistics.median(found) for found in rates.values())
            print(f"| {core} | {mode} | {theirs:.0f} | {ours:.0f} | {ours / theirs:.2f} |", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
