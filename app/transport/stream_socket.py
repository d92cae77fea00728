"""A stream of one link with the face of a socket, for the link inside it.

The link to a server runs through a stream of its relay's link. Between the two there is no pair of sockets:
what the one has decrypted the other decrypts next, in the same thread (``fed_packetizer``). paramiko's
own code, which shakes hands and exchanges keys, sees a socket that may block.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.socks.streams import Stream, StreamOpener, StreamRefusal

Outcome = StreamRefusal | None  # why it was not opened
CLOSED = StreamRefusal(0, "it closed")  # no answer came: the stream's link is gone


class StreamSocket:
    """Bytes come in whatever thread the stream's link has for that; the rest may be called from any."""

    def __init__(self, on_answer: Callable[[Outcome], None]) -> None:
        """``on_answer`` hears once whether the stream was opened."""
        self._on_answer = on_answer
        self._stream: Stream | None = None
        self._news = threading.Condition()
        self._kept = bytearray()  # joined: single bytes must not cost an object each
        self._has_ended = False
        self._closed = False  # by this name paramiko asks a socket
        self._room = threading.Event()
        self._timeout_s: float | None = None
        self._never_blocks = False
        self._is_called = False
        # Takes what comes at once, or ``keep``s it; with the end of the stream it is given nothing.
        self.taker: Callable[[memoryview], None] | None = None
        self.on_room: Callable[[], None] = lambda: None  # ``send`` may take bytes again

    def open(self, opener: StreamOpener, host: str, port: int) -> None:
        """Raises OSError when the link is gone; ``on_answer`` hears nothing then."""
        self._stream = opener.open_stream(host, port, self)
        if self._closed:
            self._stream.close()

    # --- the stream's link, in its reader thread --------------------------------------------------------

    def stream_opened(self) -> None:
        self._answer(None)

    def stream_refused(self, refusal: StreamRefusal) -> None:
        self._answer(refusal)
        self._end()

    def stream_data(self, data: memoryview) -> None:
        if data and self.taker is not None:  # nothing would be taken for the end
            self.taker(data)
        else:
            self.keep(data)

    def stream_eof(self) -> None:
        self._end()

    def stream_closed(self, *, cleanly: bool) -> None:  # noqa: ARG002 - half an SSH packet is no end either
        self._answer(CLOSED)
        self._end()

    def stream_writable(self) -> None:
        self._room.set()
        self.on_room()

    def _answer(self, outcome: Outcome) -> None:
        on_answer, self._on_answer = self._on_answer, _nobody
        on_answer(outcome)

    def _end(self) -> None:
        with self._news:
            self._has_ended = True
            self._news.notify_all()
        self._room.set()
        if self.taker is not None:
            self.taker(memoryview(b""))

    # --- who reads it -----------------------------------------------------------------------------------

    def keep(self, data: memoryview) -> None:
        """For who reads later."""
        with self._news:
            self._kept += data
            self._news.notify_all()

    def consumed(self, count: int) -> None:
        """So many bytes were taken, and are not kept."""
        if self._stream is not None:
            self._stream.consumed(count, backlog=len(self._kept))

    def call(self) -> None:
        """Who waits in ``recv_into`` is to look up: that raises BlockingIOError, once."""
        with self._news:
            self._is_called = True
            self._news.notify_all()

    @property
    def is_readable(self) -> bool:
        """``recv_into`` would not wait: there are bytes, or their end."""
        return bool(self._kept or self._has_ended or self._closed)

    def send_without_waiting(self) -> None:
        """``send`` raises BlockingIOError from now on, and ``on_room``, set before, is called later."""
        self._never_blocks = True
        self._room.set()  # who waits just now is the last one, and may be holding up whoever could make room

    # --- the socket that paramiko knows -----------------------------------------------------------------

    def settimeout(self, timeout_s: float | None) -> None:
        self._timeout_s = timeout_s

    def gettimeout(self) -> float | None:
        return self._timeout_s

    def recv(self, limit: int) -> bytes:
        data = bytearray(limit)
        return bytes(data[: self.recv_into(memoryview(data))])

    def recv_into(self, into: memoryview) -> int:
        """0 at the end. TimeoutError as set; BlockingIOError after ``call``."""
        if not self.is_readable:
            with self._news:
                if not self._news.wait_for(lambda: self.is_readable or self._is_called, self._timeout_s):
                    raise TimeoutError("timed out")
                was_called, self._is_called = self._is_called, False
            if was_called:
                raise BlockingIOError
        with self._news:
            count = min(len(self._kept), len(into))
            into[:count] = self._kept[:count]
            del self._kept[:count]
        if count:
            self.consumed(count)
        return count

    def send(self, data: bytes | bytearray | memoryview) -> int:
        """As many as the stream takes, one at least. One caller at a time."""
        while True:
            if self._closed or self._has_ended or self._stream is None:
                raise BrokenPipeError("the stream has ended")
            self._room.clear()
            count = self._stream.write(memoryview(data))
            if count:
                return count
            if self._never_blocks:
                raise BlockingIOError
            if not self._room.wait(self._timeout_s):
                raise TimeoutError("timed out")

    def shutdown(self, how: int) -> None:  # noqa: ARG002 - always both ways
        self.close()

    def close(self) -> None:
        with self._news:
            was_closed, self._closed = self._closed, True
            self._kept.clear()
            self._news.notify_all()
        self._room.set()
        if self._stream is not None and not was_closed:
            self._stream.close()


def _nobody(_outcome: Outcome) -> None:
    """It was told."""
