"""Finding programs, and the command that starts this one again from anywhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.system import programs


def test_find_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.find_program("tool") is None
    tool.chmod(0o700)
    assert programs.find_program("tool") == str(tool)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert programs.find_program("tool") == str(tool), "absolute, whatever PATH says"


def test_windows_current_folder_is_nobodys_to_trust(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has it: ``shutil.which`` looks there first, also where a folder to look in is named."""
    downloads, tools = tmp_path / "downloads", tmp_path / "tools"
    for folder in (downloads, tools):
        folder.mkdir()
        (folder / "tool.EXE").write_text("")
    monkeypatch.chdir(downloads)
    monkeypatch.setattr(programs, "_IS_WINDOWS", True)
    monkeypatch.setattr(shutil, "which", lambda name, path=None: f"./{name}.EXE")
    monkeypatch.setenv("PATHEXT", ".COM;.EXE")
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", str(tools))))
    assert programs.find_program("tool") == str(tools / "tool.EXE")
    assert programs.find_programs("tool") == [str(tools / "tool.EXE")]
    monkeypatch.setenv("PATH", ".")
    assert programs.find_program("tool") is None


def test_the_command_works_from_anywhere(tmp_path: Path) -> None:
    command = programs.relaytray_command()
    assert all(Path(word).is_absolute() for word in command)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [*command, "--version"], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.startswith("relaytray ")
    done = subprocess.run(
        [*command, "--version"],
        cwd=Path(command[-1]).parent,  # here "secrets" would be ours instead of the standard one
        env={**env, "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("relaytray ")


def test_a_frozen_program_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    tray = tmp_path / "relaytray-tray"
    monkeypatch.setattr(sys, "executable", str(tray))
    assert programs.relaytray_command() == [str(tray)]
    console = tmp_path / "relaytray"
    console.write_text("")
    assert programs.relaytray_command() == [str(console)], "the one with standard input and output"


def test_an_installed_program_is_its_console_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "site-packages" / "app" / "system"
    package.mkdir(parents=True)
    monkeypatch.setattr(programs, "__file__", str(package / "programs.py"))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    entry = str(package.parent / "__main__.py")
    assert programs.relaytray_command() == [str(tmp_path / "bin" / "python"), entry]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "relaytray").write_text("")
    assert programs.relaytray_command() == [str(tmp_path / "bin" / "relaytray")]


def test_a_windowed_python_is_replaced_by_the_one_with_a_console(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python").write_text("")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "pythonw"))
    assert programs.relaytray_command()[0] == str(tmp_path / "python")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "pythonw3"))
    (tmp_path / "python").unlink()
    assert programs.relaytray_command()[0] == str(tmp_path / "pythonw3")


def test_process_flags_are_none_on_unix() -> None:
    if os.name == "posix":
        assert programs.no_window_flags() == 0
