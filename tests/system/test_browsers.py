"""Browsers are found where their installers put them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.browsers import Browser
from app.system.browsers import find_browsers


def make(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return str(path)


def test_on_the_path_of_linux(tmp_path: Path) -> None:
    program = make(tmp_path / "bin" / "chromium")
    firefox = make(tmp_path / "bin" / "firefox-esr")
    assert find_browsers("linux", {"PATH": str(tmp_path / "bin")}) == (
        Browser("chromium", "Chromium", program),
        Browser("firefox", "Firefox", firefox),
    )


@pytest.mark.parametrize("variable", ["ProgramFiles", "ProgramW6432", "ProgramFiles(x86)", "LOCALAPPDATA"])
def test_under_the_program_folders_of_windows(variable: str, tmp_path: Path) -> None:
    edge = make(tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe")
    found = find_browsers("win32", {variable: str(tmp_path)})
    assert found == (Browser("edge", "Microsoft Edge", edge),)


def test_in_the_applications_of_a_mac(tmp_path: Path) -> None:
    place = tmp_path / "Applications" / "Google Chrome.app" / "Contents" / "MacOS" / "Google Chrome"
    program = make(place)
    found = find_browsers("darwin", {"HOME": str(tmp_path)})
    assert Browser("chrome", "Google Chrome", program) in found


def test_none_is_no_fault(tmp_path: Path) -> None:
    assert find_browsers("linux", {"PATH": str(tmp_path)}) == ()
    assert find_browsers("win32", {}) == ()
