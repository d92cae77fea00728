"""Asking through the SSH_ASKPASS program, by the rules of ssh itself (readpass.c of OpenSSH 9.2).

* SSH_ASKPASS_REQUIRE=force: always; prefer: before the terminal, where there is a display; never: not at all.
* Otherwise only without a terminal, and only where DISPLAY or WAYLAND_DISPLAY is set. Those mean nothing on
  Windows, where whoever sets SSH_ASKPASS wants it: no display is asked for there. (Win32-OpenSSH does ask for
  DISPLAY; VS Code and Git set it to anything.) What Win32-OpenSSH 8.1 does with SSH_ASKPASS_REQUIRE, which
  is nothing, is not followed.
* The program gets the prompt as its one argument, and its first line of output is the answer; an exit code
  other than 0 means that the person cancelled.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from app.core.faults import FaultCode, error
from app.system.programs import no_window_flags

_DEFAULT_PROGRAMS = ("/usr/bin/ssh-askpass", "/usr/X11R6/bin/ssh-askpass")
_NOT_BATCH_SAFE = re.compile(r"[^\w .,:;?@/+=~'()\[\]-]")
_BLANKS = re.compile(r"\s+")
_POLL_S = 0.05
_MAX_ANSWER = 16 * 1024


class Turn(StrEnum):
    """When the program's turn is, compared with the terminal's."""

    NEVER = "never"
    WITHOUT_TERMINAL = "without-terminal"
    FIRST = "first"


@dataclass(frozen=True, slots=True)
class Askpass:
    """The program to ask with, and when."""

    program: str
    turn: Turn

    def ask(self, prompt: str, given_up: threading.Event) -> str | None:
        """The person's answer; None when they cancelled or ``given_up`` was set. Blocks meanwhile.

        Raises PROGRAM_MISSING when the program cannot be started.
        """
        environment = {name: value for name, value in os.environ.items() if name != "SSH_ASKPASS_PROMPT"}
        try:
            process = subprocess.Popen(
                [self.program, batch_safe(prompt) if _is_batch(self.program) else prompt],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                env=environment,
                creationflags=no_window_flags(),
            )
        except OSError as e:
            raise error(FaultCode.PROGRAM_MISSING, program=self.program) from e
        return _answer(process, given_up)


def batch_safe(prompt: str) -> str:
    """The prompt without what means something to cmd.exe, which runs batch files and knows no safe quoting.

    Part of a prompt may come from the relay.
    """
    return _NOT_BATCH_SAFE.sub("_", _BLANKS.sub(" ", prompt))


def _is_batch(program: str) -> bool:
    return program.lower().rstrip(" .").endswith((".bat", ".cmd"))


def find_askpass(
    environment: Mapping[str, str] | None = None, *, windows: bool = os.name == "nt"
) -> Askpass | None:
    """What the environment says about SSH_ASKPASS; None when nothing can be asked that way."""
    variables = os.environ if environment is None else environment
    turn = _turn(variables, windows=windows)
    program = variables.get("SSH_ASKPASS") or ("" if windows else _default_program())
    if turn is Turn.NEVER or not program:
        return None
    return Askpass(program, turn)


def _turn(variables: Mapping[str, str], *, windows: bool) -> Turn:
    has_display = windows or bool(variables.get("DISPLAY") or variables.get("WAYLAND_DISPLAY"))
    match variables.get("SSH_ASKPASS_REQUIRE", "").lower():
        case "force":
            return Turn.FIRST
        case "prefer" if has_display:
            return Turn.FIRST
        case "never":
            return Turn.NEVER
    return Turn.WITHOUT_TERMINAL if has_display else Turn.NEVER


def _default_program() -> str:
    return next((path for path in _DEFAULT_PROGRAMS if Path(path).is_file()), "")


def _answer(process: subprocess.Popen[bytes], given_up: threading.Event) -> str | None:
    assert process.stdout is not None
    output: list[bytes] = []
    # The pipe is read beside the wait: a program that prints much would otherwise never end.
    reader = threading.Thread(target=_read_into, args=(process, output), name="askpass", daemon=True)
    reader.start()
    while reader.is_alive() and not given_up.is_set():
        reader.join(_POLL_S)
    if reader.is_alive():
        _end(process)
    try:
        code = process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    reader.join(5)
    if not reader.is_alive():
        process.stdout.close()
    if code != 0 or given_up.is_set() or not output:
        return None
    return output[0].split(b"\n")[0].rstrip(b"\r").decode("utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """With its children: where SSH_ASKPASS is a script, the window belongs to one of them."""
    import psutil  # late: every command line would wait for it, and few ever need it

    try:
        family = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        family = []
    process.terminate()
    for member in family:
        with contextlib.suppress(psutil.Error):
            member.terminate()


def _read_into(process: subprocess.Popen[bytes], output: list[bytes]) -> None:
    assert process.stdout is not None
    output.append(process.stdout.read(_MAX_ANSWER))
