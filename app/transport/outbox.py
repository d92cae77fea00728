"""What is encrypted and waits for a link's socket."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Callable

ROOM = 512 * 1024  # bytes that may wait for a full socket before streams are told to wait
MAX_MESSAGES = 100_000  # a peer that asks and asks and never reads the answers is no peer
_JOINED = 16 * 1024  # bytes: small messages that wait go to the socket in one call up to this size


Packet = bytes | bytearray | memoryview


class Outbox:
    """A queue of packets before one socket. Thread-safe, but for ``put``: its callers keep their order."""

    def __init__(self, sock: socket.socket, is_closed: Callable[[], bool]) -> None:
        self._sock = sock
        self._is_closed = is_closed
        self._packets: deque[Packet] = deque()
        self._lock = threading.Lock()
        self._put = 0  # bytes ever put in, and ever sent: each counted by one thread at a time
        self._sent = 0
        self.is_full = False  # the socket takes no more; only with a socket that does not block
        self.on_full: Callable[[], None] = lambda: None
        self.on_gone: Callable[[], None] = lambda: None  # part of a packet is lost: nothing may follow it

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def size(self) -> int:
        """Bytes that wait."""
        return self._put - self._sent

    @property
    def is_congested(self) -> bool:
        """So much waits that more data would only take memory."""
        return self.is_full and self.size >= ROOM

    def put(self, packet: bytes | bytearray) -> None:
        self._put += len(packet)
        self._packets.append(packet)

    def flush(self) -> None:
        """Send what waits. Raises EOFError when the socket is gone.

        Blocks while the socket is full, unless that is one that does not block: then ``on_full`` is called,
        and nothing more is sent until ``flush_again``.
        """
        while self._packets and not self.is_full:
            with self._lock:
                went = self._send()
            if not went:
                self.on_full()

    def flush_again(self) -> None:
        """The socket takes bytes again."""
        with self._lock:  # not between another thread's finding it full and its saying so
            self.is_full = False
        self.flush()

    def _send(self) -> bool:
        """False when the socket is full now."""
        while self._packets and not self.is_full:
            left = self._next()
            while left is not None:
                try:
                    sent = self._sock.send(left)
                except BlockingIOError:
                    self._packets.appendleft(left)
                    self.is_full = True
                    return False
                except TimeoutError:
                    if self._is_closed():
                        raise EOFError from None
                    continue
                except OSError as e:
                    self._packets.clear()
                    self.on_gone()
                    raise EOFError from e
                self._sent += sent
                left = memoryview(left)[sent:] if sent < len(left) else None
        return True

    def _next(self) -> Packet | None:
        """What goes to the socket in one call."""
        first = self._packets.popleft()
        if len(first) >= _JOINED or not self._packets:
            return first
        parts, size = [first], len(first)
        while self._packets and size + len(self._packets[0]) <= _JOINED:
            part = self._packets.popleft()
            parts.append(part)
            size += len(part)
        return b"".join(parts)
