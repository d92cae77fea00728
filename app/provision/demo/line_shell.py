"""A shell where there are no ptys (Windows): lines are edited here and given to a program over pipes."""

from __future__ import annotations

import contextlib
import subprocess

from app.provision.demo.carrying import send_all
from app.provision.demo.crew import Crew
from app.provision.demo.processes import Processes, send_signal
from app.provision.demo.sessions import Session, Terminal, feed_program, tell_end, write_whole
from app.provision.demo.shell import command_line, pump

_INTERRUPT, _END_OF_FILE = 0x03, 0x04
_BACKSPACES = (0x08, 0x7F)
_ENTER = (0x0D, 0x0A)


class LineEditor:
    """What a terminal driver does in its simplest form: echo, backspace, Ctrl-C and Ctrl-D. No I/O."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._after_return = False
        self.interrupted = False  # Ctrl-C was typed; the owner resets it
        self.ended = False  # Ctrl-D on an empty line

    def type(self, data: bytes) -> tuple[bytes, bytes]:
        """What to show, and the whole lines to give to the program."""
        echo, lines = bytearray(), bytearray()
        for byte in data:
            after_return, self._after_return = self._after_return, byte == 0x0D
            if byte in _ENTER:
                if not (byte == 0x0A and after_return):
                    echo += b"\r\n"
                    lines += self._line + b"\r\n"
                    self._line.clear()
            elif byte in _BACKSPACES:
                if self._line:
                    self._erase()
                    echo += b"\b \b"
            elif byte == _INTERRUPT:
                self._line.clear()
                self.interrupted = True
                echo += b"^C\r\n"
            elif byte == _END_OF_FILE:
                self.ended = self.ended or not self._line
            elif byte >= 0x20 or byte == 0x09:
                self._line.append(byte)
                echo.append(byte)
        return bytes(echo), bytes(lines)

    def _erase(self) -> None:
        """One character, all the bytes of it in UTF-8."""
        while self._line and self._line.pop() & 0xC0 == 0x80:
            pass


def run_line_shell(
    crew: Crew, processes: Processes, session: Session, terminal: Terminal, command: bytes | None
) -> None:
    """Until the program has ended and its output is sent. ``None`` runs the system's shell."""
    channel = session.channel
    try:
        process = processes.start(
            command_line(command),
            session.environment | {"TERM": terminal.kind or "dumb"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except (OSError, ValueError) as e:
        channel.sendall(f"The demo cannot run this: {e}\r\n".encode())
        tell_end(channel, 127)
        return
    assert process.stdin
    assert process.stdout
    stdin, editor = process.stdin, LineEditor()
    session.program = _Lines(process)

    def typed(data: bytes) -> None:
        echo, lines = editor.type(data)
        send_all(channel, echo)
        if editor.interrupted:
            editor.interrupted = False
            send_signal(process, "INT")
        write_whole(stdin.fileno(), lines)
        if editor.ended:
            raise EOFError

    name = f"demo-session-{process.pid}"
    feeder = crew.start(f"{name}-in", lambda: feed_program(channel, process, typed, stdin.close))
    with contextlib.suppress(OSError, EOFError):  # the client is gone
        pump(process.stdout, lambda data: send_all(channel, for_terminal(data)))
    tell_end(channel, process.wait())
    feeder.join()


def for_terminal(data: bytes) -> bytes:
    """Line ends as a raw terminal needs them."""
    return data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


class _Lines:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def signal(self, name: str) -> None:
        send_signal(self._process, name)

    def resize(self, terminal: Terminal) -> None:
        """Nobody to tell."""
