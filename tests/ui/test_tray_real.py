"""The user interface as a process on a real X server with a real tray host, driven by real clicks.

The manager behind it is the scripted one; its journal is the fact that the tests wait for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.desktop import Box, Desktop, missing_programs

pytestmark = pytest.mark.skipif(
    bool(missing_programs()), reason=f"needs {', '.join(missing_programs())} for a desktop"
)

PROGRAM = Path(__file__).with_name("fake_program.py")


class Program:
    """The fake program on a desktop, and what its journal says."""

    def __init__(self, desktop: Desktop, folder: Path, *options: str) -> None:
        folder.mkdir()
        self.folder, self.desktop = folder, desktop
        self.process = desktop.start([sys.executable, str(PROGRAM), str(folder), *options], "program")

    def journal(self) -> list[dict[str, str]]:
        path = self.folder / "journal.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def wait_for_call(self, call: str, subject: str = "", times: int = 1) -> None:
        entry = {"call": call, "subject": subject}
        self.desktop.until(f"the call {call}", lambda: self.journal().count(entry) >= times)

    def wait_for_phase(self, phase: str, server: str = "s1") -> None:
        entry = {"event": "server", "id": server, "phase": phase}
        self.desktop.until(f"{server} to be {phase}", lambda: entry in self.journal())

    def window(self) -> Box:
        def found() -> list[Box]:
            return [box for box in self.desktop.windows("^RelayTray$") if box.width > 300]

        self.desktop.until("the window", found)
        return found()[0]

    def has_window(self) -> bool:
        return any(box.width > 300 for box in self.desktop.windows("^RelayTray$"))

    def menu(self) -> Box:
        """The open menu of the tray icon."""

        def found() -> list[Box]:
            return [box for box in self.desktop.popups(self.process) if box.height > 100 and box.width < 500]

        self.desktop.until("the menu", found)
        return found()[0]

    def ends(self) -> int:
        return self.process.wait(20)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with Desktop(tmp_path / "desktop") as made:
        yield made


def test_left_click_connects_and_disconnects_and_the_menu_quits(desktop: Desktop, tmp_path: Path) -> None:
    program = Program(desktop, tmp_path / "program")
    icon = desktop.tray_icon()
    program.wait_for_call("start")
    desktop.click(icon.centre)
    program.wait_for_phase("connected")
    desktop.click(icon.centre)
    program.wait_for_call("disconnect", "s1")

    desktop.click(icon.centre, button=3)
    menu = program.menu()
    desktop.click((menu.x + 40, menu.y + menu.height - 18))  # the lowest line: Quit
    assert program.ends() == 0
    program.wait_for_call("stop")
    assert not desktop.has_tray_icon()


def test_the_menu_by_keyboard(desktop: Desktop, tmp_path: Path) -> None:
    program = Program(desktop, tmp_path / "program")
    icon = desktop.tray_icon()
    program.window()
    desktop.click(icon.centre, button=3)
    program.menu()
    desktop.press("Down", "Right", "c")  # the first server, its submenu, Connect
    program.wait_for_phase("connected")
    desktop.click(icon.centre, button=3)
    program.menu()
    desktop.press("q")
    assert program.ends() == 0


def test_the_window_by_mouse_and_a_closed_window_keeps_the_tray(desktop: Desktop, tmp_path: Path) -> None:
    program = Program(desktop, tmp_path / "program")
    icon = desktop.tray_icon()
    program.window()
    desktop.press("ctrl+w")
    desktop.until("the window to go", lambda: not program.has_window())
    assert desktop.has_tray_icon()
    desktop.click(icon.centre, button=3)
    program.menu()
    desktop.press("o")  # Open RelayTray
    program.window()
    desktop.press("ctrl+q")
    assert program.ends() == 0


def test_a_tray_that_comes_late_gets_the_icon_and_one_that_goes_leaves_the_window(tmp_path: Path) -> None:
    with Desktop(tmp_path / "desktop", tray=False) as desktop:
        program = Program(desktop, tmp_path / "program")
        program.window()  # without a tray the window is the program
        host = desktop.start_tray()
        icon = desktop.tray_icon()
        desktop.click(icon.centre)
        program.wait_for_call("connect", "s1")
        desktop.press("ctrl+w")
        desktop.until("the window to go", lambda: not program.has_window())
        host.kill()
        host.wait(10)
        program.window()  # out of reach otherwise
        desktop.press("ctrl+w")
        assert program.ends() == 0


def test_a_killed_program_leaves_no_process(desktop: Desktop, tmp_path: Path) -> None:
    program = Program(desktop, tmp_path / "program")
    desktop.tray_icon()
    program.process.kill()
    assert program.process.wait(10) != 0
    desktop.until("the icon to go", lambda: not desktop.has_tray_icon())
    assert isinstance(program.process, subprocess.Popen)
