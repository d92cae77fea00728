"""The real program as a process: run to its end, or driven while it runs, with or without a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import queue
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.core.profiles import Document
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from tests.peers.ports import Deadline
from tests.peers.processes import end_tree

ENTRY = Path(__file__).resolve().parents[2] / "app" / "__main__.py"
TIMEOUT_S = 40.0
_TAKE_TERMINAL = """\
import fcntl, os, sys, termios
fcntl.ioctl(int(sys.argv[1]), termios.TIOCSCTTY, 0)
os.close(int(sys.argv[1]))
os.execv(sys.argv[2], sys.argv[2:])
"""


class Program:
    """Runs ``relaytray --data-dir <folder>``; home is a folder of its own, and there is no keyring."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        stripped = ("SSH_", "DISPLAY", "WAYLAND_", "DBUS_", "XDG_", "PYTHONPATH", "RELAYTRAY")
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(stripped)}
        self.env |= {"HOME": str(self.home), "LANG": "C.UTF-8"}

    @property
    def paths(self) -> Paths:
        return Paths.at(self.data_dir)

    def words(self, *arguments: str) -> list[str]:
        return [sys.executable, str(ENTRY), "--data-dir", str(self.data_dir), *arguments]

    def store(self, document: Document) -> Self:
        DocumentStore(self.paths).save(document)
        return self

    def load(self) -> Document:
        return DocumentStore(self.paths).load()

    def run(
        self, *arguments: str, code: int | None = 0, stdin: bytes = b"", env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """To its end, without a terminal; ``code`` is the exit code that it must end with."""
        done = subprocess.run(
            self.words(*arguments),
            input=stdin,
            capture_output=True,
            env={**self.env, **(env or {})},
            timeout=TIMEOUT_S,
            start_new_session=True,
            check=False,
        )
        told = subprocess.CompletedProcess(done.args, done.returncode, _text(done.stdout), _text(done.stderr))
        assert code is None or done.returncode == code, f"{told.returncode}:\n{told.stdout}\n{told.stderr}"
        return told

    def json(self, *arguments: str, code: int = 0) -> Any:
        """What it prints with --json."""
        return json.loads(self.run("--json", *arguments, code=code).stdout)

    def error(self, *arguments: str, code: int) -> dict[str, Any]:
        """What it prints with --json on standard error."""
        told = self.run("--json", *arguments, code=code).stderr
        error: dict[str, Any] = json.loads(told.strip().splitlines()[-1])["error"]
        return error

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> Running:
        return Running(self.words("--json", *arguments), {**self.env, **(env or {})}, terminal=False)

    def start_on_terminal(self, *arguments: str, env: Mapping[str, str] | None = None) -> Running:
        return Running(self.words(*arguments), {**self.env, **(env or {})}, terminal=True)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


class Running:
    """A process whose standard output is read line by line, as JSON where it is. Use as a context manager.

    With ``terminal`` it has a controlling terminal of its own, whose other end is driven with ``expect`` and
    ``type``; standard output is a pipe all the same.
    """

    def __init__(self, words: Sequence[str], env: Mapping[str, str], *, terminal: bool) -> None:
        self._master = -1
        slave = -1
        if terminal:
            self._master, slave = pty.openpty()
            words = [sys.executable, "-c", _TAKE_TERMINAL, str(slave), *words]
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(env),
            start_new_session=True,
            pass_fds=(slave,) if terminal else (),
        )
        if terminal:
            os.close(slave)
        self.screen = ""
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._readers = [
            threading.Thread(target=self._read_lines, name="test-stdout"),
            threading.Thread(target=self._read_errors, name="test-stderr"),
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            end_tree(self.process)
        for reader in self._readers:
            reader.join(10)
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        if self._master >= 0:
            os.close(self._master)

    # --- output -----------------------------------------------------------------------------------------

    def _read_lines(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(_text(line))
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._errors.append(_text(line))

    def line(self, timeout_s: float = TIMEOUT_S) -> str | None:
        """The next line of standard output; None at its end."""
        try:
            return self._lines.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError(f"no line came; errors: {self.errors()}") from None

    def event(self, name: str, **wanted: object) -> dict[str, Any]:
        """The next event of that name with these values; others are passed over."""
        passed = []
        while (line := self.line()) is not None:
            value: dict[str, Any] = json.loads(line)
            if value.get("event") == name and all(value.get(key) == item for key, item in wanted.items()):
                return value
            passed.append(line)
        raise AssertionError(f"it ended without {name} {wanted}: {''.join(passed)}{self.errors()}")

    def errors(self) -> str:
        return "".join(self._errors)

    # --- input ------------------------------------------------------------------------------------------

    def expect(self, text: str) -> str:
        """Wait until the terminal shows ``text``; what came before it is forgotten, and returned."""
        deadline = Deadline(TIMEOUT_S, f"{text!r} on the terminal")
        while text not in self.screen:
            if select.select([self._master], [], [], 0.2)[0]:
                with contextlib.suppress(OSError):
                    self.screen += _text(os.read(self._master, 4096))
            try:
                deadline.wait()
            except TimeoutError as e:
                raise AssertionError(f"{e}; it shows {self.screen!r}; errors: {self.errors()}") from e
        before, _, self.screen = self.screen.partition(text)
        return before

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def interrupt(self, number: int = signal.SIGINT) -> None:
        self.process.send_signal(number)

    def wait(self, timeout_s: float = TIMEOUT_S) -> int:
        """Its exit code."""
        code = self.process.wait(timeout_s)
        for reader in self._readers:
            reader.join(timeout_s)
        return code
