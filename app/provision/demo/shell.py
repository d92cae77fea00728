"""Programs over pipes: ``ssh host command``, and what scp, rsync and VS Code run."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from typing import IO

from app.provision.demo.carrying import BLOCK, send_all
from app.provision.demo.crew import Crew
from app.provision.demo.processes import Processes, login_shell, send_signal
from app.provision.demo.sessions import Session, Terminal, feed_program, tell_end, write_whole


def run_over_pipes(crew: Crew, processes: Processes, session: Session, command: bytes | None) -> None:
    """Until the program has ended and all of its output is sent. ``None`` runs a shell."""
    channel = session.channel
    try:
        process = processes.start(
            command_line(command),
            session.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
    except (OSError, ValueError) as e:
        channel.sendall_stderr(f"The demo cannot run this: {e}\n".encode())
        tell_end(channel, 127)
        return
    assert process.stdin
    assert process.stdout
    assert process.stderr
    session.program = _Piped(process)
    stdin, stdout, stderr = process.stdin, process.stdout, process.stderr
    name = f"demo-session-{process.pid}"
    feeder = crew.start(
        f"{name}-in",
        lambda: feed_program(channel, process, lambda data: write_whole(stdin.fileno(), data), stdin.close),
    )
    errors = crew.start(f"{name}-err", lambda: pump(stderr, channel.sendall_stderr))
    with contextlib.suppress(OSError, EOFError):  # the client is gone
        pump(stdout, lambda data: send_all(channel, data))
    errors.join()
    tell_end(channel, process.wait())
    feeder.join()


def command_line(command: bytes | None) -> list[str | bytes] | str:
    """How the system's shell is told to run this; ``None`` is the shell itself, reading its input."""
    if sys.platform == "win32":
        shell = os.environ.get("COMSPEC", "cmd.exe")
        if command is None:
            return f'"{shell}" /d /q'
        # /s: exactly the outer quotes are taken off, whatever is inside
        return f'"{shell}" /d /s /c "{command.decode("utf-8", "replace")}"'
    return [login_shell()] if command is None else ["/bin/sh", "-c", command]


class _Piped:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def signal(self, name: str) -> None:
        send_signal(self._process, name)

    def resize(self, terminal: Terminal) -> None:
        """There is no terminal."""


def pump(source: IO[bytes], send: Callable[[bytes], None]) -> None:
    """Until the end of the program's output. The pipe is closed when the client is gone."""
    with source:
        while data := os.read(source.fileno(), BLOCK):
            send(data)
