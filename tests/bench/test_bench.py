"""The bench runs and writes what the documentation is made from; how fast anything is, is no test."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.bench import report, trickle
from tests.bench.__main__ import main
from tests.bench.experiments import EXPERIMENTS
from tests.bench.figures import ALL, Figure, behind
from tests.bench.plot import plot
from tests.peers.machines import why_not_here


def test_a_quick_run_measures_every_way_and_keeps_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "data.json"
    assert main(["--quick", "--only", "download", "echo", "--write", str(kept)]) == 0
    data = json.loads(kept.read_text(encoding="utf-8"))
    assert list(data["figures"]) == ["download/rate", "download/cpu", "echo/p50", "echo/p99"]
    for figure in data["figures"].values():
        assert set(figure["medians"]) == set(ALL)
        assert all(value > 0 or figure["unit"] == "s" for value in figure["medians"].values())
    assert "| one download, 1 GiB, MB/s |" in capsys.readouterr().out


@pytest.mark.skipif(bool(why_not_here()), reason=why_not_here())
def test_trickling_is_measured_through_a_line_that_delays(capsys: pytest.CaptureFixture[str]) -> None:
    assert trickle.main(["--rtt", "20", "--pieces", "10"]) == 0
    rows = [row.split(" | ") for row in capsys.readouterr().out.splitlines()[2:]]
    assert [row[0] for row in rows] == ["| RelayTray", "| RelayTray, sshd refuses sessions", "| `ssh -ND`"]
    assert all(int(row[1]) >= 10 for row in rows), "faster than the line"


def test_a_figure_says_whether_it_reaches_what_it_should() -> None:
    fast = Figure("rate", "a rate", "MB/s", ratio=1.0)
    assert fast.is_met({"relaytray": 100.0, "ssh-gcm": 90.0}) is True
    assert fast.is_met({"relaytray": 80.0, "ssh-gcm": 90.0}) is False
    prompt = Figure("p50", "a time", "us", more_is_better=False, ratio=1.0)
    assert prompt.is_met({"relaytray": 100.0, "ssh-gcm": 90.0}) is False
    assert behind(prompt, {"relaytray": 100.0, "ssh-gcm": 90.0, "paramiko": 200.0}) == ["ssh-gcm"]
    small = Figure("idle", "memory", "KiB", limit=20)
    assert small.is_met({"relaytray": 19.0}) is True
    assert Figure("rate", "told only", "MB/s").is_met({"relaytray": 1.0, "ssh-gcm": 2.0}) is None


def test_names_of_experiments_and_figures_are_unique() -> None:
    names = [f"{e.name}/{figure.id}" for e in EXPERIMENTS for figure in e.figures]
    assert len(names) == len(set(names))


def test_the_plot_is_a_picture_with_its_axes_and_names() -> None:
    drawn = plot([0, 10, 300], {"RelayTray": [120, 119, 90.5], "ssh -D": [124, 121, 6]}, "A <title>")
    words = {element.text for element in ET.fromstring(drawn).iter() if element.tag.endswith("text")}
    assert {"round-trip time, ms", "throughput, MB/s", "RelayTray", "ssh -D", "A <title>", "300"} <= words


def test_the_page_has_the_place_that_the_report_fills() -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    assert page.count("<!-- measured: begin -->") == page.count("<!-- measured: end -->") == 1
