"""What a client asks of one session channel, until it says what to run; and how the end is told."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import paramiko
from paramiko.message import Message

from app.provision.demo.carrying import BLOCK, close_channel, wait_closed
from app.provision.demo.processes import send_signal, signal_name

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_FROM_CLIENTS = re.compile(r"(LD|DYLD|RELAYTRAY)_.*|PATH|HOME|USER|LOGNAME|SHELL|IFS|ENV|BASH_ENV")
_MSG_CHANNEL_REQUEST = b"\x62"


@dataclass(slots=True)
class Terminal:
    """What a pty-req said: name as in $TERM, size in characters and pixels."""

    kind: str
    columns: int
    rows: int
    width: int = 0
    height: int = 0


class Program(Protocol):
    """A session's running program."""

    def signal(self, name: str) -> None: ...

    def resize(self, terminal: Terminal) -> None: ...


@dataclass(slots=True)
class Session:
    """One session channel. Touched by the transport's reader thread only, but for ``program``."""

    channel: paramiko.Channel
    environment: dict[str, str] = field(default_factory=dict)
    terminal: Terminal | None = None
    waiting: Callable[[], None] | None = None  # to be started when the request has been answered
    started: bool = False
    program: Program | None = None

    def set_variable(self, name: str, value: str) -> bool:
        """False for what a client must not set."""
        if not _VARIABLE.fullmatch(name) or _NOT_FROM_CLIENTS.fullmatch(name) or "\0" in value:
            return False
        self.environment[name] = value
        return True


def tell_end(channel: paramiko.Channel, returncode: int) -> None:
    """Exit status or signal (RFC 4254 section 6.10), and then close."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        if returncode >= 0:
            channel.send_exit_status(returncode & 0xFFFFFFFF)
        else:
            _send_exit_signal(channel, signal_name(-returncode))
    close_channel(channel)


def feed_program(
    channel: paramiko.Channel,
    process: subprocess.Popen[bytes],
    write: Callable[[bytes], None],
    eof: Callable[[], None],
) -> None:
    """The client's input to the program, and its end; a client that goes away hangs up on the program."""
    try:
        while data := channel.recv(BLOCK):
            write(data)
    except (OSError, EOFError):
        # The program has closed its input, or is gone: what else the client sends must not fill the window.
        with contextlib.suppress(OSError, EOFError):
            while channel.recv(BLOCK):
                pass
    with contextlib.suppress(OSError):
        eof()
    wait_closed(channel)
    send_signal(process, "HUP")


def write_whole(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _send_exit_signal(channel: paramiko.Channel, name: str) -> None:
    m = Message()
    m.add_byte(_MSG_CHANNEL_REQUEST)
    m.add_int(channel.remote_chanid)
    m.add_string("exit-signal")
    m.add_boolean(False)
    m.add_string(name)
    m.add_boolean(False)
    m.add_string("")
    m.add_string("")
    transport: Any = channel.get_transport()
    transport._send_user_message(m)  # noqa: SLF001 - as in demo_transport
