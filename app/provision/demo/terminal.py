"""Programs in a terminal of their own (a pty), on POSIX: ``ssh host``, ``ssh -t host command``."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    msg = "there are no ptys here: use line_shell"
    raise ImportError(msg)

import contextlib
import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import termios
import threading
from typing import Self

import paramiko

from app.provision.demo.carrying import BLOCK, send_all
from app.provision.demo.crew import Crew
from app.provision.demo.processes import Processes, login_shell
from app.provision.demo.sessions import Session, Terminal, feed_program, tell_end

_END_OF_FILE = b"\x04"
# The leader of a new session that opens a terminal without O_NOCTTY gets it as its controlling terminal.
# The shell does that here, because code of ours between fork and exec is unsafe in a process with threads.
_TAKE_TERMINAL = 'tty=$1; shift; exec "$@" <"$tty" >"$tty" 2>&1'


def run_in_terminal(
    crew: Crew, processes: Processes, session: Session, terminal: Terminal, command: bytes | None
) -> None:
    """Until the program has ended and its output is sent. ``None`` runs the person's shell."""
    channel = session.channel
    program: list[str | bytes] = [login_shell()] if command is None else ["/bin/sh", "-c", command]
    with _Pty() as pair:
        pair.resize(terminal)
        try:
            process = processes.start(
                ["/bin/sh", "-c", _TAKE_TERMINAL, "sh", pair.name, *program],
                session.environment | {"TERM": terminal.kind or "dumb", "SSH_TTY": pair.name},
                stdin=pair.slave,
                stdout=pair.slave,
                stderr=pair.slave,
            )
        except (OSError, ValueError) as e:
            channel.sendall(f"The demo cannot run this: {e}\r\n".encode())
            tell_end(channel, 127)
            return
        pair.close_slave()
        session.program = _InTerminal(process, pair)
        pair.resize(session.terminal or terminal)  # it may have changed since it was asked for
        name = f"demo-session-{process.pid}"
        feeder = crew.start(
            f"{name}-in",
            lambda: feed_program(channel, process, pair.write, lambda: pair.write(_END_OF_FILE)),
        )
        reader = crew.start(f"{name}-out", lambda: _show(pair, channel))
        code = process.wait()
        pair.stop()
        reader.join()
        tell_end(channel, code)
        feeder.join()


def _show(pair: _Pty, channel: paramiko.Channel) -> None:
    while data := pair.read():
        send_all(channel, data)


class _Pty:
    """A master and a slave. Reading and writing of the master end with ``stop``."""

    def __init__(self) -> None:
        self.master, self.slave = pty.openpty()
        self.name = os.ttyname(self.slave)
        os.set_blocking(self.master, False)
        self._wake_out, self._wake_in = os.pipe()
        self._lock = threading.Lock()  # against a request for the terminal that comes as it is closed
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close_slave()
        with self._lock:
            self._closed = True
            for descriptor in (self.master, self._wake_out, self._wake_in):
                os.close(descriptor)

    def close_slave(self) -> None:
        """The program has its own; with ours open, its end would go unnoticed."""
        if self.slave >= 0:
            os.close(self.slave)
            self.slave = -1

    def resize(self, terminal: Terminal) -> None:
        size = (terminal.rows, terminal.columns, terminal.width, terminal.height)
        with self._lock, contextlib.suppress(OSError, struct.error):
            if not self._closed:
                fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", *size))

    def stop(self) -> None:
        """The program is gone: what it has shown is still read, and nothing after that."""
        os.write(self._wake_in, b"x")

    def read(self) -> bytes:
        """What the program shows; b"" at the end."""
        while True:
            try:
                return os.read(self.master, BLOCK)
            except BlockingIOError:
                if not self._wait(selectors.EVENT_READ):
                    return b""
            except OSError:
                return b""  # EIO: nobody has the slave open any more

    def write(self, data: bytes) -> None:
        """OSError when the program is gone."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self.master, view) :]
            except BlockingIOError:
                if not self._wait(selectors.EVENT_WRITE):
                    raise OSError("the program is gone") from None

    def _wait(self, event: int) -> bool:
        """True when the master is ready for ``event``; false when ``stop`` was called and it is not."""
        with _selector() as selector:
            selector.register(self.master, event)
            selector.register(self._wake_out, selectors.EVENT_READ)
            return any(key.fd == self.master for key, _ in selector.select())

    def foreground_group(self) -> int:
        """Raises OSError when there is none."""
        with self._lock:
            if self._closed:
                raise OSError("the terminal is closed")
            return os.tcgetpgrp(self.master)


def _selector() -> selectors.BaseSelector:
    """macOS's poll and kqueue do not know terminals."""
    return selectors.SelectSelector() if sys.platform == "darwin" else selectors.PollSelector()


class _InTerminal:
    def __init__(self, process: subprocess.Popen[bytes], pair: _Pty) -> None:
        self._process = process
        self._pair = pair

    def signal(self, name: str) -> None:
        """To whatever is in the foreground, as Ctrl-C would be."""
        number = getattr(signal, f"SIG{name}", None)
        if isinstance(number, signal.Signals) and self._process.poll() is None:
            with contextlib.suppress(OSError):
                os.killpg(self._pair.foreground_group(), number)

    def resize(self, terminal: Terminal) -> None:
        self._pair.resize(terminal)
