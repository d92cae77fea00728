"""Starts a program that must not outlive us, however we end: a route's core, a Shadowsocks client.

Windows: a job that the system closes with our last handle to it. Elsewhere: a small sh between us and the
program, which holds the other end of a pipe of ours and kills the program when that ends. Both work after
SIGKILL, too.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

from app.core.faults import FaultCode, error
from app.system.detached import environment_for_others
from app.system.programs import no_window_flags

_END_S = 3.0  # what a program gets to end by itself before it is killed
_MAX_LINE = 2000

# Its standard error is our pipe (dash knows descriptors of one digit only). The program gets neither that nor
# our process group: signals at our terminal are ours. A shell gives what runs beside it no standard input.
# What the program has started itself (a Shadowsocks client: its plugin) shares the guard's group: when we die
# that group dies, and when the program ends they are told to end.
_GUARD = r"""
exec 8<&0 9<&2 2>&1 </dev/null
"$@" <&8 8<&- 9<&- &
child=$!
trap 'kill -TERM "$child" 2>/dev/null' TERM INT HUP
exec 8<&-
{ read -r _ <&9; kill -KILL 0; } >/dev/null 2>&1 &
watch=$!
exec 9<&- >/dev/null 2>&1
wait "$child"; status=$?
while kill -0 "$child"; do wait "$child"; status=$?; done
kill -KILL "$watch"
trap '' TERM
kill -TERM 0
exit "$status"
"""


class GuardedProcess:
    """One run of a program. Thread-safe.

    ``on_line`` gets each line that it says (both outputs, without secrets: the log masks what is registered),
    ``on_end`` its exit code, once; both in a thread of this object's.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        name: str,
        stdin: bytes = b"",
        stdin_is_file: bool = False,
        on_line: Callable[[str], None] = lambda _line: None,
        on_end: Callable[[int], None] = lambda _code: None,
    ) -> None:
        """Starts it. ``name`` is how the person knows it. Raises PROGRAM_MISSING, PROGRAM_FAILED.

        ``stdin_is_file``: for a program that asks how long its standard input is. The file has no name, so
        that nobody else finds it and nothing of it stays.
        """
        self._name = name
        self._on_line, self._on_end = on_line, on_end
        self._job: Any = None
        self._pipe = -1
        self._lock = threading.Lock()
        try:
            self._process = self._start(list(command), stdin if stdin_is_file else None)
        except FileNotFoundError:
            raise error(FaultCode.PROGRAM_MISSING, program=command[0]) from None
        except OSError as e:
            self._let_go()
            raise error(FaultCode.PROGRAM_FAILED, program=name, reason=e.strerror or type(e).__name__) from e
        self._reader = threading.Thread(target=self._read, name=f"output-{name}", daemon=True)
        self._reader.start()
        if not stdin_is_file:
            self._feed(stdin)

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """Of the program on Windows, of its guard elsewhere."""
        return self._process.pid

    def stop(self, within_s: float = _END_S) -> None:
        """Ask it to end, and make it after ``within_s``. Waits for its end and for its last lines.

        Not from one of the callbacks.
        """
        if self.is_running:
            with contextlib.suppress(OSError):
                self._process.terminate()  # Windows knows no asking: that is its end there
            try:
                self._process.wait(within_s)
            except subprocess.TimeoutExpired:
                self._let_go()  # what ends it if we died ends it now
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(_END_S)  # on a busy machine even that takes its time
        self._reader.join(_END_S)
        self._let_go()

    # --- how --------------------------------------------------------------------------------------------

    def _start(self, command: list[str], file: bytes | None) -> subprocess.Popen[bytes]:
        if file is None:
            return self._start_with(command, subprocess.PIPE)
        with _nameless_file(file) as opened:
            return self._start_with(command, opened)

    def _start_with(self, command: list[str], stdin: int | IO[bytes]) -> subprocess.Popen[bytes]:
        common: dict[str, Any] = {
            "stdin": stdin,
            "stdout": subprocess.PIPE,
            "env": environment_for_others(),
            "cwd": _quiet_folder(),
        }
        if sys.platform == "win32":
            from app.system.windows_job import Job

            self._job = Job()
            return self._start_in_job(command, common)
        if not os.access(command[0], os.X_OK):  # sh would only say 126
            raise FileNotFoundError(command[0])
        reading, self._pipe = os.pipe()
        try:
            words = ["/bin/sh", "-c", _GUARD, "relaytray-guard", *command]
            return subprocess.Popen(words, stderr=reading, start_new_session=True, **common)
        finally:
            os.close(reading)

    def _start_in_job(self, command: list[str], common: dict[str, Any]) -> subprocess.Popen[bytes]:
        flags = no_window_flags()
        process = subprocess.Popen(command, stderr=subprocess.STDOUT, creationflags=flags, **common)
        try:
            self._job.take(process)
        except OSError:
            process.kill()
            process.wait()
            raise
        return process

    def _feed(self, data: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # one that ended at once says why elsewhere
            if data:
                self._process.stdin.write(data)
            self._process.stdin.close()

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        with output:
            while line := output.readline(_MAX_LINE):
                text = line.decode("utf-8", "replace").rstrip()
                if text:
                    self._on_line(text)
        self._on_end(self._process.wait())

    def _let_go(self) -> None:
        with self._lock:
            if self._pipe >= 0:
                os.close(self._pipe)
                self._pipe = -1
            if self._job is not None:
                self._job.close()
                self._job = None


def why_it_ended(code: int) -> str:
    """An exit code in words, for a program that said nothing itself."""
    number = -code if code < 0 else code - 128  # of the guard, or told by it
    if number > 0:
        with contextlib.suppress(ValueError):
            return f"it was ended by {signal.Signals(number).name}"
    return f"it ended with exit code {code}"


def _nameless_file(data: bytes) -> IO[bytes]:
    """At its beginning. In memory where the system has that (Linux), or else private and without a name."""
    if sys.platform == "linux":
        file: IO[bytes] = os.fdopen(os.memfd_create("relaytray"), "w+b")
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - for the caller to close
    file.write(data)
    file.flush()
    file.seek(0)
    return file


def _quiet_folder() -> Path | None:
    """Not the folder that we were started in, which could then not be removed on Windows."""
    home = Path.home()
    return home if home.is_dir() else None
