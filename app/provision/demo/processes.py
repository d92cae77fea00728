"""The programs that demo sessions run: started without a console window, and none outlives the demo."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

_MARK = "RELAYTRAY_DEMO"
# What a login gets from the system; the rest of our environment (display, agents, proxies) is not passed on.
_PASSED_ON = (
    "PATH",
    "TMPDIR",
    "LANG",
    "TZ",
    "SYSTEMROOT",
    "SYSTEMDRIVE",
    "WINDIR",
    "COMSPEC",
    "PATHEXT",
    "TEMP",
    "TMP",
    "NUMBER_OF_PROCESSORS",
    "PROCESSOR_ARCHITECTURE",
)


class Processes:
    """Thread-safe. ``home`` is the folder in which programs start."""

    def __init__(self, home: Path, user: str) -> None:
        self.home = home
        self._user = user
        self._token = secrets.token_hex(8)  # in the environment of every program, so that each can be found
        self._lock = threading.Lock()
        self._started = False
        self._ended = False

    def start(
        self, command: Sequence[str | bytes] | str, environment: Mapping[str, str], **streams: Any
    ) -> subprocess.Popen[bytes]:
        """Raises OSError when the program cannot be started or the demo is ending."""
        with self._lock:
            if self._ended:
                raise OSError("the demo is ending")
            self._started = True
            return subprocess.Popen(
                command,
                cwd=self.home,
                env=self._environment(environment),
                bufsize=0,
                **_apart(),
                **streams,
            )

    def end_all(self) -> None:
        """Kill every program of the demo and everything that they started."""
        with self._lock:
            self._ended = True
            if not self._started:
                return
        while found := [process for process in psutil.process_iter() if self._is_ours(process)]:
            for process in found:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            _, alive = psutil.wait_procs(found, timeout=1)
            if len(alive) == len(found):
                return  # not to be killed: waiting for ever would not help

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            return process.environ().get(_MARK) == self._token
        except (psutil.Error, OSError):
            return False

    def _environment(self, wanted: Mapping[str, str]) -> dict[str, str]:
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        environment |= wanted
        home = str(self.home)
        if sys.platform == "win32":
            environment |= {"USERPROFILE": home, "HOME": home, "USERNAME": self._user}
        else:
            environment |= {"HOME": home, "USER": self._user, "LOGNAME": self._user, "SHELL": login_shell()}
        return environment | {_MARK: self._token}


def login_shell() -> str:
    """The shell of whoever runs the demo; POSIX."""
    shell = os.environ.get("SHELL", "")
    return shell if Path(shell).is_absolute() and os.access(shell, os.X_OK) else "/bin/sh"


def send_signal(process: subprocess.Popen[bytes], name: str) -> None:
    """To the program and its group. ``name`` as in RFC 4254 ("INT"); unknown names are ignored."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        if name in {"INT", "TERM", "KILL", "HUP", "QUIT"}:
            _kill_tree(process.pid)
        return
    number = getattr(signal, f"SIG{name}", None)
    if isinstance(number, signal.Signals):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)


def signal_name(number: int) -> str:
    """``TERM`` for 15."""
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return f"{number}@openssh.com"


def _apart() -> dict[str, Any]:
    """A process group of its own, and no console window."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _kill_tree(pid: int) -> None:
    with contextlib.suppress(psutil.Error):
        top = psutil.Process(pid)
        for process in [*top.children(recursive=True), top]:
            with contextlib.suppress(psutil.Error):
                process.kill()
