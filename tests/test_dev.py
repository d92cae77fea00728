"""dev.py: locks that install anywhere, checks that find what they look for, and a truthful closing line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dev

ROOT = Path(dev.__file__).parent


def pins(lock_file: Path) -> dict[str, str]:
    """Name and version of each requirement of a lock file."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock_file.read_text(encoding="ascii"), re.M))


def normalised(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def declared() -> tuple[list[str], list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    runtime, development = project["project"]["dependencies"], project["dependency-groups"]["dev"]
    return [normalised(line) for line in runtime], [normalised(line) for line in development]


def test_locks_hold_what_the_project_declares() -> None:
    runtime, development = declared()
    assert set(runtime) <= pins(dev.RUNTIME_LOCK).keys()
    assert {*runtime, *development} <= pins(dev.DEV_LOCK).keys()


def test_locks_agree() -> None:
    assert pins(dev.RUNTIME_LOCK).items() <= pins(dev.DEV_LOCK).items()


@pytest.mark.parametrize("lock_file", [dev.RUNTIME_LOCK, dev.DEV_LOCK], ids=lambda path: path.name)
def test_every_requirement_has_a_hash_and_no_file_names_a_host(lock_file: Path) -> None:
    text = lock_file.read_text(encoding="ascii")
    entries = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_locks_are_for_every_system() -> None:
    text = dev.RUNTIME_LOCK.read_text(encoding="ascii")
    assert "pywin32-ctypes" in text  # keyring on Windows
    assert "secretstorage" in text  # keyring on Linux


def run_dev(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "dev.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)


def test_usage_names_every_command() -> None:
    for words, code in ((["--help"], 0), ([], 2), (["nonsense"], 2)):
        told = run_dev(*words)
        assert told.returncode == code
        assert all(re.search(rf"^{name} ", told.stdout, re.M) for name in dev.COMMANDS)


def test_results_count_checks_and_tests_and_close_with_the_truth(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    source = (
        "import pytest\ndef test_a(): pass\ndef test_b(): pass\ndef test_c(): assert 0\n"
        "@pytest.fixture\ndef broken(): raise ValueError\ndef test_d(broken): pass\n"
        "def test_e(): pytest.skip('why')\n"
    )
    (tmp_path / "test_sample.py").write_text(source, encoding="ascii")
    results = dev.Results()
    results.step("good", lambda: True)
    results.step(
        "tests", lambda: results.tests(sys.executable, "-u", "-m", "pytest", "-p", "no:cacheprovider", ".")
    )
    assert results.closing_line() == "3 passed, 3 failed, 1 skipped"
    assert [line.split()[:2] for line in results.lines] == [["ok", "good"], ["FAILED", "tests"]]
    assert "test_sample.py ..FEs" in capsys.readouterr().out


def test_pytest_that_does_not_even_start_is_a_failure(tmp_path: Path) -> None:
    results = dev.Results()
    results.step("tests", lambda: results.tests(sys.executable, "-c", "raise SystemExit(3)"))
    assert results.closing_line() == "0 passed, 1 failed"


SAMPLE = """<?xml version="1.0" encoding="utf-8"?><!DOCTYPE TS><TS version="2.1" language="zh_CN"><context>
<name>Window</name>
<message><source>Done</source><translation>x</translation></message>
<message><source>Left</source><translation type="unfinished"></translation></message>
<message><source>Empty</source><translation></translation></message>
<message numerus="yes"><source>%n left</source>
<translation><numerusform>%n x</numerusform></translation></message>
</context></TS>"""


def test_texts_that_are_not_translated_are_found(tmp_path: Path) -> None:
    file = tmp_path / "sample.ts"
    file.write_text(SAMPLE, encoding="utf-8")
    done = {text: good for (_, text, _), good in dev.texts_of(file).items()}
    assert done == {"Done": True, "Left": False, "Empty": False, "%n left": True}


def test_a_translation_file_is_compared_with_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "sample.ts"
    file.write_text(SAMPLE, encoding="utf-8")

    def extract(target: Path) -> None:
        target.write_text(SAMPLE.replace("Done", "New").replace("Empty", "Left too"), encoding="utf-8")

    monkeypatch.setattr(dev, "extract_texts", extract)
    assert dev.problems_of(file) == [
        "sample.ts: Window: 'Done' has left the program: run dev.py translations",
        "sample.ts: Window: 'Empty' has left the program: run dev.py translations",
        "sample.ts: Window: 'Left' is not translated",
        "sample.ts: Window: 'Left too' is not in the file: run dev.py translations",
        "sample.ts: Window: 'New' is not in the file: run dev.py translations",
    ]


def test_install_does_nothing_when_the_lock_is_installed_and_again_when_it_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str | Path, ...]] = []
    runtime, development = tmp_path / "requirements.lock", tmp_path / "requirements-dev.lock"
    runtime.write_text("a\n")
    development.write_text("b\n")
    for name, value in {"VENV": tmp_path, "RUNTIME_LOCK": runtime, "DEV_LOCK": development}.items():
        monkeypatch.setattr(dev, name, value)
    monkeypatch.setattr(dev, "is_usable", lambda venv: True)
    monkeypatch.setattr(dev, "must_call", lambda *words: calls.append(words))
    dev.install(runtime)
    dev.install(runtime)
    assert len(calls) == 1
    dev.install(development)  # it holds the other, so that is installed too
    dev.install(runtime)
    assert len(calls) == 2
    runtime.write_text("c\n")
    dev.install(runtime)
    assert len(calls) == 3
    assert all("--require-hashes" in words for words in calls)


def test_failures_of_system_packages_are_told_and_survived(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried: list[tuple[str | Path, ...]] = []

    def refuse(*words: str | Path, **_settings: object) -> bool:
        tried.append(words)
        return False

    monkeypatch.setattr(dev, "missing_packages", list)
    monkeypatch.setattr(dev, "call", refuse)
    dev.install_packages("sshd-of-the-future curl")
    told = capsys.readouterr().out
    assert "The package sshd-of-the-future could not be installed" in told
    assert len(tried) == 4  # update, both, and each


def test_a_program_that_is_not_there_is_no_crash() -> None:
    assert dev.call("no-such-program-at-all") is False
    assert dev.told_by("no-such-program-at-all") == ""
    with pytest.raises(SystemExit, match="no-such-program-at-all"):
        dev.must_call("no-such-program-at-all")


@pytest.mark.skipif(os.name != "posix", reason="CI runs on Linux")
def test_ci_runs_the_tests_and_forbids_skips() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec python3 dev.py test --no-skips" in script.read_text(encoding="ascii")
