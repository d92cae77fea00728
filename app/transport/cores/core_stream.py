"""One byte stream through a proxy program: a connection to its SOCKS port, served in the loop of its client.

A core says yes before it has asked anybody. For the server's sshd, which speaks first, ours is only said when
its first byte has come: a program then hears why not, instead of being connected to nothing.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Callable
from typing import Protocol

from app.socks import local_socket
from app.socks.client_protocol import ClientProtocol, Login
from app.socks.local_socket import WOULD_BLOCK
from app.socks.loop import READ, WRITE, Loop, Timer
from app.socks.refusals import CONNECT_FAILED
from app.socks.streams import StreamRefusal, StreamSink

SILENT_S = 6.0  # what is not here by then is not coming: cores answer a wrong id with silence
# Codes for private use, RFC 4254 section 5.1: what the way to the server makes of them is in the tunnel.
ROUTE_ENDS, ROUTE_IS_SILENT = 0xFE000001, 0xFE000002
_HIGH_WATER = 2 * 1024 * 1024  # bytes that a client may lag before the core is not read any more
_IN_PROGRESS = (0, errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)


class Owner(Protocol):
    def core_is_there(self) -> bool:
        """Whether an end of a stream is the far end's, and not the core's own death."""

    def stream_ended(self, stream: CoreStream) -> None: ...
    def counted(self, received: int) -> None: ...


class CoreStream:
    """Made by the link. Everything happens in ``loop``, but ``write``, ``consumed`` and ``abort``."""

    def __init__(
        self,
        owner: Owner,
        loop: Loop,
        core: tuple[int, Login | None],
        target: tuple[str, int],
        sink: StreamSink,
        *,
        speaks_first: bool,
    ) -> None:
        """``speaks_first``: the far end does, so that only its first byte says that it is there.

        Raises OSError when there is no descriptor or the loop has ended.
        """
        port, login = core
        self._owner, self._loop, self._sink = owner, loop, sink
        self._protocol = ClientProtocol(*target, login)
        self._awaits_first_byte = speaks_first
        self._receive: Callable[[], None] = self._connected
        self._is_open = self._eof_sent = self._far_eof = self._closed = False
        self._mask = 0
        self._starving = False  # a write took less than it was given
        self._pending = 0  # bytes that the client has not taken
        self._lock = threading.Lock()
        self._timer: Timer | None = None
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            local_socket.make_prompt(self._sock)
            code = self._sock.connect_ex(("127.0.0.1", port))
            if code not in _IN_PROGRESS:
                raise OSError(code, "the core does not take connections")
            if not loop.add(self):
                raise OSError("the loop has ended")
        except OSError:
            self._sock.close()
            raise
        loop.now_or_soon(self._begin)

    # --- the forwarder's side -----------------------------------------------------------------------------

    def write(self, data: memoryview) -> int:
        with self._lock:  # a link inside this one writes from threads of its own, and a number may come again
            if not self._is_open:
                return 0
            try:
                taken = self._sock.send(data)
            except WOULD_BLOCK:
                taken = 0
        if taken < len(data):
            self._starving = True
            self._loop.now_or_soon(self._watch)
        return taken

    def write_eof(self) -> None:
        self._eof_sent = True
        local_socket.end_output(self._sock)

    def consumed(self, count: int, *, backlog: int) -> None:  # noqa: ARG002 - we count ourselves
        with self._lock:
            was_high = self._pending >= _HIGH_WATER
            self._pending -= count
            resumes = was_high and self._pending < _HIGH_WATER
        if resumes:
            self._loop.call(self._watch)

    def close(self) -> None:
        self._loop.now_or_soon(self._close)

    def abort(self) -> None:
        """The core is gone, or is to go: the client sees a reset. Any thread."""
        self._loop.call(self._lost)

    # --- the loop -----------------------------------------------------------------------------------------

    def socket_ready(self, mask: int) -> None:
        if mask & WRITE and self._is_open and self._starving:
            self._starving = False
            self._watch()
            self._sink.stream_writable()
        if self._is_open and not mask & READ:
            return
        if not self._closed:
            self._receive()

    def loop_ended(self) -> None:
        self._lost()

    def _begin(self) -> None:
        self._timer = self._loop.call_later(SILENT_S, self._timed_out)
        self._watch()

    def _watch(self) -> None:
        if self._closed:
            return
        if not self._is_open:
            mask = WRITE if self._receive == self._connected else READ
        else:
            lags = self._pending >= _HIGH_WATER
            mask = (0 if self._far_eof or lags else READ) | (WRITE if self._starving else 0)
        if mask != self._mask:
            self._mask = mask
            self._loop.watch(self._sock, mask, self)

    def _connected(self) -> None:
        code = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            self._refuse(ROUTE_ENDS, "the core does not take connections")
            return
        local_socket.send_now(self._sock, self._protocol.to_send())
        self._receive = self._shake_hands
        self._watch()

    def _shake_hands(self) -> None:
        data = self._read_some()
        if data is None:
            return
        if not data:
            self._refuse(ROUTE_ENDS, "the core closed")
            return
        self._protocol.receive(data)
        local_socket.send_now(self._sock, self._protocol.to_send())
        if not self._protocol.done:
            return
        if self._protocol.refusal is not None:
            self._refuse(CONNECT_FAILED, self._protocol.reason)
            return
        first = self._protocol.trailing()
        if first or not self._awaits_first_byte:
            self._opened(first)
        else:
            self._receive = self._await_first_byte

    def _await_first_byte(self) -> None:
        data = self._read_some()
        if data:
            self._opened(data)
        elif data is not None:
            self._refuse(ROUTE_ENDS, "nothing came")

    def _read_some(self) -> bytes | None:
        """None: nothing is there; b"": the end, or a reset."""
        try:
            return self._sock.recv(4096)
        except WOULD_BLOCK:
            return None
        except OSError:
            return b""

    def _opened(self, first: bytes) -> None:
        self._stop_timer()
        self._is_open = True
        self._receive = self._read
        self._watch()
        self._sink.stream_opened()
        if first:
            self._hand_on(memoryview(first))

    def _read(self) -> None:
        if self._far_eof:  # a hang-up is told to whoever only writes, too
            return
        buffer = self._loop.buffer
        try:
            count = self._sock.recv_into(buffer)
        except WOULD_BLOCK:
            return
        except OSError:
            self._lost()
            return
        if count:
            self._hand_on(memoryview(buffer)[:count])
        elif self._owner.core_is_there():
            self._far_eof = True
            self._watch()
            self._sink.stream_eof()
        else:
            self._lost()

    def _hand_on(self, data: memoryview) -> None:
        size = len(data)
        with self._lock:
            self._pending += size
            lags = self._pending >= _HIGH_WATER
        self._owner.counted(size)
        self._sink.stream_data(data)
        if lags:
            self._watch()

    # --- the end ------------------------------------------------------------------------------------------

    def _timed_out(self) -> None:
        self._refuse(ROUTE_IS_SILENT, "nothing came in time")

    def _refuse(self, code: int, text: str) -> None:
        if self._closed or self._is_open:
            return
        self._close()
        self._sink.stream_refused(StreamRefusal(code, text))

    def _lost(self) -> None:
        if self._closed:
            return
        was_open = self._is_open
        self._close()
        if was_open:
            self._sink.stream_closed(cleanly=False)
        else:
            self._sink.stream_refused(StreamRefusal(ROUTE_ENDS, "the core has ended"))

    def _close(self) -> None:
        if self._closed:
            return
        self._stop_timer()
        if self._mask:
            self._loop.watch(self._sock, 0, self)
        with self._lock:
            self._closed, self._is_open = True, False
            if not (self._eof_sent and self._far_eof):
                local_socket.reset_on_close(self._sock)
            self._sock.close()
        self._loop.remove(self)
        self._owner.stream_ended(self)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
