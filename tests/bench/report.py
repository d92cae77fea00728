"""From the JSON file to what people read: the tables, the plot, and their places in the documentation.

``python -m tests.bench.report`` writes both anew from ``docs/performance-data.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.figures import ALL, DEFAULT, GCM, TITLES, US
from tests.bench.plot import plot

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "docs" / "performance-data.json"
PAGE = ROOT / "docs" / "performance.md"
PLOT = ROOT / "docs" / "images" / "throughput-over-rtt.svg"
LOOPBACK_COLUMNS = ALL


def number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def verdict(figure: Mapping[str, Any]) -> str:
    return {True: "yes", False: "**no**", None: ""}[figure["met"]]


def main_table(figures: Mapping[str, Any]) -> list[str]:
    """Figures taken of all five ways."""
    rows = ["| | " + " | ".join(TITLES[way] for way in ALL) + " | ratio | to reach | reached |"]
    rows.append("|---" * (len(ALL) + 4) + "|")
    for figure in figures.values():
        medians = figure["medians"]
        if "asyncssh" not in medians or US not in medians:
            continue
        cells = [number(medians.get(way), figure["digits"]) for way in ALL]
        told = [number(figure["ratio"], 2), figure["target"], verdict(figure)]
        rows.append(" | ".join([f"| {figure['text']}, {figure['unit']}", *cells, *told]) + " |")
    return rows


def other_table(figures: Mapping[str, Any]) -> list[str]:
    """Figures that have a peer of their own, or none."""
    rows = ["| | measured | ratio | to reach | reached |", "|---|---|---|---|---|"]
    before = ours = ""
    for figure in figures.values():
        medians = figure["medians"]
        if "asyncssh" in medians:
            continue
        values = "; ".join(
            f"{TITLES[way]} {number(value, figure['digits'])}" for way, value in medians.items()
        )
        name = f"{figure['text']}, {figure['unit']}"
        if name != before:
            ours = figure["ours"]
        who = "" if figure["ours"] == ours else f"{TITLES[figure['ours']]}: "
        against = f"{who}{number(figure['ratio'], 2)} to {TITLES[figure['peer']]}" if figure["ratio"] else ""
        told = [against, figure["target"], verdict(figure)]
        shown = ["|", ""] if name == before else [f"| {name}", values]  # once, where it has several peers
        rows.append(" | ".join([*shown, *told]) + " |")
        before = name
    return rows


def idle_tables(idle: Mapping[str, Any]) -> list[str]:
    rows = ["| wake-ups per second, by thread | " + " | ".join(idle["wake_ups"]) + " |"]
    rows.append("|---" * (len(idle["wake_ups"]) + 1) + "|")
    columns = list(idle["wake_ups"].values())
    names = sorted({name for column in columns for name in column})
    names = [name for name in names if any(column.get(name, 0) >= 0.005 for column in columns)]
    rows += [
        " | ".join([f"| `{name}`", *(f"{column[name]:.2f}" if name in column else "" for column in columns)])
        + " |"
        for name in names
    ]
    rows.append(" | ".join(["| together", *(f"{sum(column.values()):.2f}" for column in columns)]) + " |")
    rows += ["", "| memory, MiB | resident | of it not shared |", "|---|---|---|"]
    rows += [f"| {name} | {told['rss']:.0f} | {told['uss']:.0f} |" for name, told in idle["memory"].items()]
    return rows


def tables(data: Mapping[str, Any]) -> str:
    machine = data["machine"]
    told = [machine[key] for key in ("system", "ssh")]
    told += [f"{key} {machine[key]}" for key in ("kernel", "python", "asyncssh", "paramiko")]
    where = f"{machine['cores']} cores ({machine['processor']}), {', '.join(told)}"
    how = f"Median of {data['rounds']} alternating rounds, `{data['command']}`"
    lines = [f"Measured on {data['date']}: {where}. {how}.", ""]
    lines += main_table(data["figures"])
    others = other_table(data["figures"])
    if len(others) > 2:
        lines += ["", *others]
    if "idle" in data:
        lines += ["", *idle_tables(data["idle"])]
    return "\n".join(lines)


def write_plot(series: Mapping[str, Any]) -> None:
    lines = {
        {US: "RelayTray", GCM: "ssh -D, aes128-gcm", DEFAULT: "ssh -D, default"}[way]: values
        for way, values in series["lines"].items()
    }
    title = f"One download through SOCKS on a {series['mbit'] / 1000:g} Gbit/s line"
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(plot(series["rtts_ms"], lines, title), encoding="utf-8")


def write_page(data: Mapping[str, Any]) -> None:
    """Replace what stands between the two marks; the rest of the page is written by people."""
    page = PAGE.read_text(encoding="utf-8")
    begin, end = "<!-- measured: begin -->", "<!-- measured: end -->"
    new = f"{begin}\n{tables(data)}\n{end}"
    changed, count = re.subn(f"{begin}.*{end}", lambda _: new, page, flags=re.DOTALL)
    if count != 1:
        raise SystemExit(f"{PAGE} has no place for the tables")
    PAGE.write_text(changed, encoding="utf-8")


def missed(figures: Mapping[str, Any]) -> Sequence[str]:
    """One line for each thing to reach that was not, and for each peer that is ahead."""
    found = [f"not reached: {f['text']} ({f['target']})" for f in figures.values() if f["met"] is False]
    for figure in figures.values():
        if figure["behind"]:
            names = ", ".join(TITLES[way] for way in figure["behind"])
            found.append(f"ahead of us: {names}: {figure['text']}")
    return found


def main() -> None:
    data = json.loads(DATA.read_text(encoding="utf-8"))
    write_page(data)
    if "series" in data:
        write_plot(data["series"])


if __name__ == "__main__":
    main()
