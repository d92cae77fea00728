"""A long line: TCP connections that take ``RTT`` milliseconds there and back and share one rate each way.

``delay_link.py TARGET_PORT RTT_MS MBIT`` prints its port. Everything that is read gets a place on the line
(bytes are sent one behind the other at the rate) and is handed on half a round trip after it left. What waits
is at most what fits on the line, and 20 ms of its rate in front of it; then nothing more is read, as with a
router's queue. TCP itself is that of loopback: its windows and congestion control never limit. A new
connection pays for the handshake that loopback does not: its first bytes leave one round trip later.

One thread. ``python -m tests.bench --only ceiling`` measures what it can carry.
"""

from __future__ import annotations

import collections
import contextlib
import select
import socket
import sys
import time

CHUNK = 256 * 1024
QUEUE_S = 0.02  # of the rate, in front of the line


class Line:
    """One direction, shared by all connections: when the next byte may leave."""

    def __init__(self, bytes_per_s: float, delay_s: float) -> None:
        self._rate, self.delay_s = bytes_per_s, delay_s
        self._free_at = 0.0
        self.capacity = int(bytes_per_s * (delay_s + QUEUE_S)) + CHUNK

    def is_full(self, now: float) -> float:
        """Seconds until more may be read; 0 = now."""
        return max(0.0, self._free_at - now - QUEUE_S)

    def arrival(self, size: int, now: float) -> float:
        self._free_at = max(self._free_at, now) + size / self._rate
        return self._free_at + self.delay_s


class Way:
    """One direction of one connection."""

    def __init__(self, source: socket.socket, sink: socket.socket, line: Line, begins_at: float) -> None:
        self.source, self.sink, self.line = source, sink, line
        self._queue: collections.deque[tuple[float, memoryview]] = collections.deque()
        self._size = 0
        self._begins_at = begins_at
        self.ended = False  # nothing more comes from the source
        self.done = False

    def wants_to_read(self, now: float) -> float | None:
        """Seconds until reading makes sense; None = not before something was handed on."""
        if self.ended or self._size >= self.line.capacity:
            return None
        return max(self._begins_at - now, self.line.is_full(now), 0.0)

    def read(self, now: float) -> None:
        try:
            data = self.source.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.ended = not data
        self._size += len(data)
        self._queue.append((self.line.arrival(len(data), now), memoryview(data)))

    def due(self) -> float | None:
        """When the next bytes are to be handed on."""
        return self._queue[0][0] if self._queue else None

    def hand_on(self, now: float) -> bool:
        """Everything that has arrived; True while the sink takes no more."""
        while self._queue and self._queue[0][0] <= now:
            at, data = self._queue.popleft()
            if not data:
                self.done = True
                with contextlib.suppress(OSError):
                    self.sink.shutdown(socket.SHUT_WR)
                return False
            try:
                sent = self.sink.send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                self.ended = self.done = True
                return False
            self._size -= sent
            if sent < len(data):
                self._queue.appendleft((at, data[sent:]))
                return True
        return False


class DelayLink:
    def __init__(self, target: int, rtt_s: float, bytes_per_s: float) -> None:
        self._target, self._rtt_s = target, rtt_s
        self._there, self._back = (Line(bytes_per_s, rtt_s / 2) for _ in range(2))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.setblocking(False)
        self._coming: list[tuple[float, socket.socket]] = []  # until the far end would see them
        self._ways: list[Way] = []

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def serve(self) -> None:
        while True:
            self._turn()

    def _turn(self) -> None:
        now = time.monotonic()
        self._let_in(now)
        readers: list[socket.socket] = [self._listener]
        writers: list[socket.socket] = []
        times = [at for at, _ in self._coming[:1]]
        by_source: dict[socket.socket, Way] = {}
        for way in self._ways:
            if way.hand_on(now):
                writers.append(way.sink)
            elif (due := way.due()) is not None:
                times.append(due)
            wait = way.wants_to_read(now)
            if wait == 0.0:
                readers.append(way.source)
                by_source[way.source] = way
            elif wait is not None:
                times.append(now + wait)
        self._drop_finished()
        timeout = max(0.0, min(times) - time.monotonic()) if times else None
        readable, _, _ = select.select(readers, writers, [], timeout)
        now = time.monotonic()
        for sock in readable:
            if sock is self._listener:
                self._accept(now)
            elif by_source[sock].wants_to_read(now) == 0.0:
                by_source[sock].read(now)

    def _accept(self, now: float) -> None:
        client, _ = self._listener.accept()
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Loopback's connect has already returned; over the line it would have, one round trip later.
        self._coming.append((now + 1.5 * self._rtt_s, client))

    def _let_in(self, now: float) -> None:
        while self._coming and self._coming[0][0] <= now:
            _, client = self._coming.pop(0)
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                client.close()
                continue
            far.setblocking(False)
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # What the client sent meanwhile left one round trip after its connect, and is due now.
            first = Way(client, far, self._there, now)
            self._ways += [first, Way(far, client, self._back, now)]
            with contextlib.suppress(BlockingIOError, OSError):
                first.read(now - self._rtt_s / 2)

    def _drop_finished(self) -> None:
        for way in [way for way in self._ways if way.done]:
            twin = next(w for w in self._ways if w.source is way.sink)
            if twin.done:
                self._ways.remove(way)
                self._ways.remove(twin)
                way.source.close()
                way.sink.close()
                return


if __name__ == "__main__":
    link = DelayLink(int(sys.argv[1]), float(sys.argv[2]) / 1e3, float(sys.argv[3]) * 1e6 / 8)
    print(link.port, flush=True)
    link.serve()
