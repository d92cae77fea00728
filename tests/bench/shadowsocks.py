"""Our local port beside the bare Shadowsocks client's own, to the same server, alternating.

    python -m tests.bench.shadowsocks [--quick] [--rounds N]

Prints a Markdown table: megabytes per second, and ours as a part of the bare client's.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app.core.profiles import Document, Relay
from app.core.shadowsocks import ShadowsocksServer
from tests.bench import programs
from tests.peers import processes
from tests.peers.ports import free_port
from tests.peers.shadowsocks_client import ShadowsocksClient
from tests.peers.shadowsocks_server import ShadowsocksPeer

SIZE = 256 << 20
PASSWORD = "only for this measurement"
WAYS = (
    ("aes-256-gcm", "", "", ""),
    ("xchacha20-ietf-poly1305", "", "", ""),
    ("aes-256-gcm", "obfs-local", "obfs=tls;obfs-host=example.org", "obfs=tls"),
)


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.shadowsocks")
    parser.add_argument("--quick", action="store_true", help="an eighth of the bytes, once")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args(words)
    processes.adopt_orphans()
    size, rounds = (SIZE // 8, 1) if arguments.quick else (SIZE, arguments.rounds)
    print("| server | way | bare client | RelayTray | part |\n|---|---|---|---|---|")
    with contextlib.ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        target = cleanup.enter_context(programs.target())
        for number, way in enumerate(WAYS):
            (folder / str(number)).mkdir()
            beside(folder / str(number), way, target, size, rounds)
    return 0


def beside(folder: Path, way: tuple[str, str, str, str], target: int, size: int, rounds: int) -> None:
    method, plugin, options, server_options = way
    with contextlib.ExitStack() as cleanup:
        peer = cleanup.enter_context(ShadowsocksPeer(method, PASSWORD, plugin, server_options))
        server = ShadowsocksServer(
            id="ss",
            name="measured",
            host="127.0.0.1",
            port=peer.port,
            method=method,
            plugin=plugin,
            plugin_options=options,
            local_port=free_port(),
        )
        bare = cleanup.enter_context(ShadowsocksClient(folder, server, PASSWORD)).port
        unused = Relay(id="r", name="unused", host="127.0.0.1", socks_port=free_port())
        document = Document(relays=(unused,), shadowsocks=(server,))
        app = cleanup.enter_context(programs.app(folder / "data", document, []))
        app.ask(f"shadowsocks {PASSWORD}")
        for mode in ("download", "upload-known"):
            rates: dict[int, list[float]] = {bare: [], server.local_port: []}
            for _ in range(rounds):
                for port, found in rates.items():
                    went = programs.client(mode, port, target, size)
                    found.append(went["bytes"] / went["seconds"] / 1e6)
            theirs, ours = (statistics.median(found) for found in rates.values())
            name = f"{method}{' + ' + plugin if plugin else ''}"
            print(f"| {name} | {mode} | {theirs:.0f} | {ours:.0f} | {ours / theirs:.2f} |", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
