"""What a connection needs to know of its socket: the phases of its life, and two options."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from enum import Enum, auto

# struct linger: two ints on POSIX, two shorts in Winsock.
_RESET = struct.pack("ii" if sys.platform != "win32" else "hh", 1, 0)
WOULD_BLOCK = (BlockingIOError, InterruptedError)


class Phase(Enum):
    HANDSHAKE = auto()
    DIALING = auto()
    OPENING = auto()
    OPEN = auto()
    LINGERING = auto()
    CLOSED = auto()


def make_prompt(sock: socket.socket) -> None:
    """Never blocks, and never waits to fill a packet."""
    sock.setblocking(False)
    with contextlib.suppress(OSError):  # a socketpair has no such option
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def reset_on_close(sock: socket.socket) -> None:
    """Closing then sends a reset instead of an end."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def send_now(sock: socket.socket, data: bytes) -> None:
    """Handshake replies: a few bytes that a socket always takes at once, or the client is gone."""
    if data:
        with contextlib.suppress(OSError):
            sock.send(data)
