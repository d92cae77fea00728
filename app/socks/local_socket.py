"""What a connection needs to know of its socket: its phases, its options, what it has not taken yet."""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from collections import deque
from enum import Enum, auto

# struct linger: two ints on POSIX, two shorts in Winsock.
_RESET = struct.pack("ii" if sys.platform != "win32" else "hh", 1, 0)
WOULD_BLOCK = (BlockingIOError, InterruptedError)
EARLY_LIMIT = 64 * 1024  # what a client may send before its path is open
EARLY_READ = 4 * 1024  # of it at once: handshakes are short, and room for more takes time to get
_SMALL = 4 * 1024  # smaller pieces are joined
_CHUNK = 64 * 1024


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
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        pass  # a socketpair has no such option


def reset_on_close(sock: socket.socket) -> None:
    """Closing then sends a reset instead of an end."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def end_output(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_WR)


def send_now(sock: socket.socket, data: bytes) -> None:
    """Handshake replies: a few bytes that a socket always takes at once, or the client is gone."""
    if data:
        try:
            sock.send(data)
        except OSError:
            pass


class Backlog:
    """Bytes on their way to a socket that takes no more just now. Not thread-safe.

    Small pieces are joined: a far end that writes single bytes must not cost an object for each.
    """

    __slots__ = ("_chunks", "_size", "_tail")

    def __init__(self) -> None:
        self._chunks: deque[memoryview] = deque()
        self._tail = bytearray()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, data: memoryview) -> None:
        self._size += len(data)
        if len(data) < _SMALL:
            self._tail += data
            if len(self._tail) >= _CHUNK:
                self._close_tail()
            return
        if self._tail:
            self._close_tail()
        self._chunks.append(memoryview(bytes(data)))

    def clear(self) -> None:
        self._chunks.clear()
        self._tail = bytearray()
        self._size = 0

    def send_to(self, sock: socket.socket) -> tuple[int, bool]:
        """How many bytes a non-blocking socket took, and whether it still lives."""
        before = self._size
        try:
            while self._size:
                if not self._chunks:
                    self._close_tail()
                first = self._chunks[0]
                sent = sock.send(first)
                self._size -= sent
                if sent < len(first):
                    self._chunks[0] = first[sent:]
                    break
                self._chunks.popleft()
        except WOULD_BLOCK:
            pass
        except OSError:
            return before - self._size, False
        return before - self._size, True

    def _close_tail(self) -> None:
        self._chunks.append(memoryview(self._tail))
        self._tail = bytearray()
