"""RelayTray beside its peers, alternating, on one machine and through the same sshd.

    python -m tests.bench [--quick] [--rounds N] [--only NAME ...] [--write docs/performance-data.json]

Prints Markdown tables. ``--write`` keeps the figures as JSON: those taken now replace older ones of the same
name. ``python -m tests.bench.report`` brings the documentation up to date from that file.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.bench import ceiling, report
from tests.bench.experiments import EXPERIMENTS, for_seconds
from tests.bench.figures import GCM, US, Experiment, summary
from tests.bench.idle import idle_report
from tests.bench.stages import LONG_MBIT, STAGES, Stage, ground, long_line
from tests.peers import processes

RTTS_MS = (0, 10, 20, 50, 100, 200, 300)
OTHERS = ("plot", "idle", "ceiling")  # what is no experiment of several ways


def main(words: Sequence[str] | None = None) -> int:
    arguments = parse(words)
    processes.adopt_orphans()
    rounds = 1 if arguments.quick else arguments.rounds
    data: dict[str, Any] = about(words, rounds) | {"figures": {}}

    def got(news: dict[str, Any]) -> None:
        data.update(news)
        if arguments.write:  # at once: a run takes long, and its end may never come
            keep(arguments.write, data)

    with ground(arguments.quick) as base:
        for experiment, stage in staged(base, arguments.only):
            got({"figures": data["figures"] | run(experiment, stage, rounds)})
        if wanted("idle", arguments.only):
            tell("idle")
            got({"idle": idle_report(base)})
        if wanted("plot", arguments.only):
            tell("plot")
            got({"series": over_round_trips(base)})
        if wanted("ceiling", arguments.only):
            tell("ceiling")
            got({"ceiling": ceiling.measure(arguments.quick)})
    show(data)
    return 0


def parse(words: Sequence[str] | None) -> argparse.Namespace:
    names = [experiment.name for experiment in EXPERIMENTS] + list(OTHERS)
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="smaller amounts, one round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=names, default=[], metavar="NAME", help=", ".join(names))
    parser.add_argument("--write", type=Path, metavar="FILE")
    return parser.parse_args(words)


def wanted(name: str, only: Sequence[str]) -> bool:
    return not only or name in only


def tell(name: str) -> None:
    print(f"... {name}", file=sys.stderr, flush=True)


def staged(base: Stage, only: Sequence[str]) -> Iterator[tuple[Experiment, Stage]]:
    """Each experiment with the stage it needs; every stage is set up once."""
    for name, make in STAGES.items():
        mine = [e for e in EXPERIMENTS if e.stage == name and wanted(e.name, only)]
        if mine:
            with make(base) as stage:
                for experiment in mine:
                    yield experiment, stage


def run(experiment: Experiment, stage: Stage, rounds: int) -> dict[str, Any]:
    """The figures of one experiment, taken of one way after the other in each round."""
    tell(experiment.name)
    found: dict[str, list[dict[str, float]]] = {way: [] for way in experiment.ways}
    for _ in range(min(rounds, experiment.most_rounds)):
        for way, runs in found.items():
            try:
                runs.append(experiment.measure(stage, stage.ways[way]))
            except RuntimeError as e:
                if way.startswith(US):
                    raise
                tell(f"{way} failed, and counts one round less: {str(e).splitlines()[-1]}")
    return {f"{experiment.name}/{figure.id}": summary(figure, found) for figure in experiment.figures}


def over_round_trips(base: Stage) -> dict[str, Any]:
    """Throughput of one download for each round-trip time, the better of two."""
    measure = for_seconds("download-for", 6)
    lines: dict[str, list[float]] = {US: [], GCM: []}
    for rtt in RTTS_MS:
        with long_line(base, rtt) as stage:
            for way, values in lines.items():
                values.append(max(measure(stage, stage.ways[way])["rate"] for _ in range(2)))
    return {"rtts_ms": list(RTTS_MS), "lines": lines, "mbit": LONG_MBIT}


def about(words: Sequence[str] | None, rounds: int) -> dict[str, Any]:
    """The machine, the day and the command."""
    cpu = ""
    with contextlib.suppress(OSError):
        found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
        cpu = found[1] if found else ""
    ssh = subprocess.run(["ssh", "-V"], capture_output=True, text=True).stderr.split(",")[0]
    system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    arguments = list(sys.argv[1:] if words is None else words)
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "rounds": rounds,
        "command": " ".join(["python -m tests.bench", *arguments]),
        "machine": {
            "cores": os.cpu_count(),
            "processor": cpu or platform.processor(),
            "system": system,
            "kernel": platform.release(),
            "python": platform.python_version(),
            "ssh": ssh.strip(),
            "asyncssh": version("asyncssh"),
            "paramiko": version("paramiko"),
        },
    }


def show(data: dict[str, Any]) -> None:
    print(report.tables(data))
    if "series" in data:
        print(json.dumps(data["series"]))
    if "ceiling" in data:
        print(json.dumps(data["ceiling"]))
    for line in report.missed(data["figures"]):
        print(line)


def keep(path: Path, data: dict[str, Any]) -> None:
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"figures": {}}
    names = [f"{e.name}/{figure.id}" for e in EXPERIMENTS for figure in e.figures]
    figures = old["figures"] | data["figures"]
    ordered = {name: figures[name] for name in names if name in figures}
    text = json.dumps({**old, **data, "figures": ordered}, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
