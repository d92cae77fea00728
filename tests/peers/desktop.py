"""A private desktop: X server, session bus, window manager and tray host, driven as a person would.

Needs Xvfb, openbox, trayer, xdotool, xwininfo, xprop and dbus-daemon (Debian packages xvfb, openbox, trayer,
xdotool, x11-utils, dbus). Every wait is on an observable fact; everything that was started is ended.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.peers import processes
from tests.peers.ports import Deadline

PROGRAMS = ("Xvfb", "openbox", "trayer", "xdotool", "xwininfo", "xprop", "dbus-daemon")
_DOUBLE_CLICK_S = 0.55  # two clicks that are closer are one double click to Qt


def missing_programs() -> list[str]:
    """What this machine lacks for a desktop; everything on systems without X."""
    if sys.platform != "linux":
        return list(PROGRAMS)
    return [name for name in PROGRAMS if shutil.which(name) is None]


@dataclass(frozen=True)
class Box:
    x: int
    y: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


class Desktop:
    """``with Desktop(folder) as desktop``: a screen of its own, a window manager, a tray if wanted."""

    def __init__(self, folder: Path, *, tray: bool = True) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        home, run = folder / "home", folder / "run"
        home.mkdir()
        run.mkdir(mode=0o700)
        foreign = ("XDG_", "DBUS_", "QT_", "GTK_", "WAYLAND_")
        self.environment = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
        self.environment |= {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(run),
            "LANG": "C.UTF-8",
            "NO_AT_BRIDGE": "1",
            "QT_QPA_PLATFORM": "xcb",
        }
        self._started: list[subprocess.Popen[bytes]] = []
        self._wants_tray = tray
        self._last_click = 0.0

    def __enter__(self) -> Self:
        try:
            command = ["dbus-daemon", "--session", "--nofork", "--nosyslog", "--print-address={fd}"]
            self.environment["DBUS_SESSION_BUS_ADDRESS"] = self._start_telling(command)
            # -displayfd: the server takes a free number and tells it when it is ready
            command = [
                "Xvfb",
                "-displayfd",
                "{fd}",
                "-screen",
                "0",
                "1280x800x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ]
            self.environment["DISPLAY"] = ":" + self._start_telling(command)
            self.start(["openbox"])
            self.until(
                "a window manager", lambda: "window id" in self._root_property("_NET_SUPPORTING_WM_CHECK")
            )
            if self._wants_tray:
                self.start_tray()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        for process in reversed(self._started):
            processes.end_tree(process)
        self._started.clear()

    def start(self, command: Sequence[str], name: str = "") -> subprocess.Popen[bytes]:
        """Start a program on this desktop; its output goes to a file in the folder."""
        log = self.folder / f"{name or Path(command[0]).name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(command), env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self._started.append(process)
        return process

    def start_tray(self) -> subprocess.Popen[bytes]:
        """A tray host in the lower right corner; returns once it has windows of its own."""
        place = ["--edge", "bottom", "--align", "right"]
        size = ["--widthtype", "request", "--heighttype", "pixel", "--height", "26"]
        host = self.start(["trayer", *place, *size])
        self.until("a tray host", lambda: bool(self._ids("--class", "trayer")))
        return host

    def until(self, what: str, is_true: Callable[[], object], seconds: float = 20) -> object:
        deadline = Deadline(seconds, what)
        while not (seen := is_true()):
            deadline.wait()
        return seen

    def tray_icon(self) -> Box:
        """Where the one icon in the tray is; waits until it is there and has stopped moving."""
        looks: list[list[tuple[int, int, int, int]]] = []

        def is_still() -> bool:
            looks.append(self._icons())
            # The host moves an icon a few times while it takes it in; equal looks come about 50 ms apart.
            return len(looks) > 4 and bool(looks[-1]) and all(look == looks[-1] for look in looks[-4:])

        self.until("an icon in the tray", is_still)
        return Box(*looks[-1][0])

    def has_tray_icon(self) -> bool:
        return bool(self._icons())

    def windows(self, name: str) -> list[Box]:
        """The visible windows with that title."""
        return [self._box(number) for number in self._ids("--onlyvisible", "--name", name)]

    def popups(self, process: subprocess.Popen[bytes]) -> list[Box]:
        """The visible menus of a process: its windows that the window manager does not manage."""
        ids = self._ids("--onlyvisible", "--pid", str(process.pid))
        return [self._box(number) for number in ids if self._is_unmanaged(number)]

    def click(self, place: tuple[int, int], button: int = 1) -> None:
        time.sleep(
            max(0.0, self._last_click + _DOUBLE_CLICK_S - time.monotonic())
        )  # no double click is meant
        x, y = (str(number) for number in place)
        # Away first: --sync waits for a movement, and there is none where the pointer is already.
        self._xdotool("mousemove", "1", "1", "mousemove", "--sync", x, y, "click", str(button))
        self._last_click = time.monotonic()

    def press(self, *keys: str) -> None:
        self._xdotool("key", "--delay", "40", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", "25", text)

    def shot(self, path: Path) -> None:
        """A picture of the whole screen, where ImageMagick is there."""
        if shutil.which("import"):
            path.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(
                ["import", "-window", "root", str(path)], env=self.environment, check=False, timeout=20
            )

    # --- facts

    def _icons(self) -> list[tuple[int, int, int, int]]:
        """Windows that are embedded in the tray host: grandchildren or deeper, of some size."""
        found = []
        for number in self._ids("--class", "trayer"):
            tree = self._run("xwininfo", "-tree", "-id", number)
            for line in tree.splitlines():
                match = re.search(
                    r'("|\()(?i:relaytray)\b.*?(\d+)x(\d+)\+-?\d+\+-?\d+\s+\+(-?\d+)\+(-?\d+)', line
                )
                if match and int(match[2]) > 4:
                    found.append((int(match[4]), int(match[5]), int(match[2]), int(match[3])))
        return found

    def _is_unmanaged(self, number: str) -> bool:
        return "Override Redirect State: yes" in self._run("xwininfo", "-stats", "-id", number)

    def _box(self, number: str) -> Box:
        text = self._run("xwininfo", "-stats", "-id", number)

        def value(name: str) -> int:
            match = re.search(rf"{name}:\s+(-?\d+)", text)
            return int(match[1]) if match else 0

        return Box(
            value("Absolute upper-left X"), value("Absolute upper-left Y"), value("Width"), value("Height")
        )

    def _ids(self, *question: str) -> list[str]:
        return self._run("xdotool", "search", *question).split()

    def _root_property(self, name: str) -> str:
        return self._run("xprop", "-root", name)

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.environment, check=True, capture_output=True, timeout=20)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=20
        )
        return done.stdout

    def _start_telling(self, command: Sequence[str]) -> str:
        """Start a program that writes one line to a descriptor when it is ready; returns the line."""
        reading, writing = os.pipe()
        try:
            log = self.folder / f"{command[0]}.log"
            with log.open("ab") as output:
                process = subprocess.Popen(
                    [word.format(fd=writing) for word in command],
                    env=self.environment,
                    pass_fds=(writing,),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                )
            self._started.append(process)
        finally:
            os.close(writing)
        with contextlib.closing(os.fdopen(reading)) as answer:
            return answer.readline().strip()
