"""Has a command of ours run when this program has ended without a farewell: killed, crashed, closed with its
console.

The command waits at the other end of a pipe of ours, which ends with us, however we end. Elsewhere than on
Windows a small sh waits in its place, which takes a megabyte instead of a whole Python.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from app.core.faults import FaultCode, error
from app.system.detached import environment_for_others

_FAREWELL = b"farewell\n"
_END_S = 5.0

# Who ends a whole session tells it, too: it goes when we are gone. The command then reads the same end.
_WAIT = r"""
trap '' TERM INT HUP
read -r _ && exit 0
exec "$@"
"""


class EndGuard:
    """One command that waits. Not thread-safe."""

    def __init__(self, command: Sequence[str]) -> None:
        """``command`` must be one that asks ``was_left_alone`` what to do."""
        self._command = list(command)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """From now on it waits; nothing when it does already. Raises PROGRAM_MISSING, PROGRAM_FAILED."""
        if self._process is not None and self._process.poll() is None:
            return
        self.dismiss()
        words = self._command if sys.platform == "win32" else ["/bin/sh", "-c", _WAIT, "relaytray-end-guard"]
        try:
            self._process = subprocess.Popen(
                words if sys.platform == "win32" else [*words, *self._command],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment_for_others(),
                cwd=Path.home() if Path.home().is_dir() else None,
                creationflags=_apart(),
                start_new_session=os.name == "posix",  # a signal to our terminal is none to it
            )
        except FileNotFoundError:
            raise error(FaultCode.PROGRAM_MISSING, program=words[0]) from None
        except OSError as e:
            raise error(FaultCode.PROGRAM_FAILED, program=words[0], reason=e.strerror or e) from e

    def dismiss(self) -> None:
        """It is not needed any more. Waits for its end; never raises."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.write(_FAREWELL)
        with contextlib.suppress(OSError):
            process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)

    @property
    def pid(self) -> int:
        """0 = none waits."""
        return 0 if self._process is None or self._process.poll() is not None else self._process.pid


def was_left_alone(pipe: BinaryIO) -> bool:
    """In the command: waits for our end or our farewell, and says whether it was the first."""
    return pipe.readline() != _FAREWELL


def _apart() -> int:
    """No window, and no share in what happens to our console."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    return 0
