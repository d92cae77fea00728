"""One local connection: its handshake, and then bytes both ways until both ends are done.

Life: HANDSHAKE (the protocol object reads) -> DIALING (the path is found, the link may come up)
-> OPENING (the far end is asked) -> OPEN -> LINGERING (our last bytes are being read) -> CLOSED.

Half-close is passed on both ways, a reset is passed on as a reset. Nothing here blocks:
a client that sends faster than the link is not read until the link has room.

Threads: everything runs in the connection's loop, except the ``stream_*`` methods, which the link's reader
thread calls. They share the outgoing queue under ``_lock``.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

from app.core.faults import Fault, FaultCode
from app.socks import local_socket
from app.socks.handshake import Handshake
from app.socks.local_socket import EARLY_LIMIT, EARLY_READ, WOULD_BLOCK, Backlog, Phase
from app.socks.loop import READ, WRITE, Loop, Timer
from app.socks.streams import Dialer, Path, Stream, StreamRefusal, Traffic

log = logging.getLogger("relaytray.socks")

HANDSHAKE_LIMIT_S = 30.0  # a client that says nothing for so long is let go
GONE_LIMIT_S = 30.0  # how long a client that closed its end may wait for its path: most have left
LINGER_S = 10.0  # how long a client may take to read our last bytes


class Connection:
    """Made in any thread, then ``start``ed; it ends by itself, or by ``abort``."""

    def __init__(
        self,
        sock: socket.socket,
        handshake: Handshake,
        dialer: Dialer,
        loop: Loop,
        traffic: Traffic,
        on_closed: Callable[[Connection], None],
    ) -> None:
        local_socket.make_prompt(sock)
        self._sock = sock
        self._handshake = handshake
        self._dialer = dialer
        self._loop = loop
        self._traffic = traffic
        self._on_closed = on_closed
        self._phase = Phase.HANDSHAKE
        self._stream: Stream | None = None
        self._path: Path | None = None
        self._cancel_dial: Callable[[], None] | None = None
        self._timer: Timer | None = None
        self._mask = 0
        # from the client, not yet taken by the stream
        self._upload = memoryview(b"")
        self._client_eof = self._eof_sent = False
        # to the client: shared with the reader thread
        self._lock = threading.Lock()
        self._queue = Backlog()
        self._far_eof = False
        self._far_closed: bool | None = None  # cleanly or not
        self._broken = self._write_ended = False

    @property
    def tag(self) -> str:
        return self._path.tag if self._path else ""

    # --- life -----------------------------------------------------------------------------------------

    def start(self) -> None:
        self._traffic.count(1)
        if self._loop.add(self):
            self._loop.call(self._begin)
        else:
            self._finish(reset=True)

    def abort(self) -> None:
        """End with a reset, whatever the phase. Any thread."""
        self._loop.call(self._abort)

    def _abort(self) -> None:
        if self._loop.is_current:
            self._finish(reset=True)
        else:  # it has moved meanwhile
            self.abort()

    def _begin(self) -> None:
        request = self._handshake.known_request
        if request is not None:
            self._dial(*request)
            return
        self._limit(HANDSHAKE_LIMIT_S)
        self._want(READ)

    def socket_ready(self, mask: int) -> None:
        if mask & WRITE:
            self._flush()
        if mask & READ and self._mask & READ:
            self._read()

    def loop_ended(self) -> None:
        # What the client got of an unfinished stream must not look whole.
        self._finish(reset=self._phase is not Phase.LINGERING)

    def _want(self, mask: int) -> None:
        if mask != self._mask and self._phase is not Phase.CLOSED:
            self._mask = mask
            self._loop.watch(self._sock, mask, self)

    def _limit(self, seconds: float | None) -> None:
        """End in so many seconds, unless another limit is set; None lifts it."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self._loop.call_later(seconds, self._finish)

    def _finish(self, *, reset: bool = False) -> None:
        if self._phase is Phase.CLOSED:
            return
        self._want(0)
        unanswered = self._phase not in (Phase.OPEN, Phase.LINGERING)
        self._phase = Phase.CLOSED
        self._limit(None)
        if self._cancel_dial is not None:
            self._cancel_dial()
            self._cancel_dial = None
        with self._lock:
            self._broken = True
            self._queue.clear()
        if self._stream is not None:
            self._stream.close()
            self._stream = None  # each holds the other: now both go at once, not with the next sweep
        if reset:
            local_socket.reset_on_close(self._sock)
        self._sock.close()
        self._loop.remove(self)
        self._traffic.count(-1)
        if unanswered:  # too late for the client; but who handed the socket in waits for an answer
            self._handshake.refuse(Fault.of(FaultCode.CANCELLED, what="the connection"))
        self._on_closed(self)

    # --- from the client ------------------------------------------------------------------------------

    def _read(self) -> None:
        if self._phase is Phase.OPEN:
            self._read_upload()
            return
        try:
            data = self._sock.recv(EARLY_READ)
        except WOULD_BLOCK:
            return
        except OSError:
            self._finish()
            return
        if not data and self._phase in (Phase.HANDSHAKE, Phase.LINGERING):
            self._finish()
        elif self._phase is Phase.HANDSHAKE:
            self._shake_hands(data)
        elif self._phase is not Phase.LINGERING:
            self._keep_early(data)

    def _shake_hands(self, data: bytes) -> None:
        reply, request = self._handshake.receive(data)
        local_socket.send_now(self._sock, reply)
        if self._handshake.refused:
            self._linger()
        elif request is not None:
            self._limit(None)
            self._dial(*request)

    def _keep_early(self, data: bytes) -> None:
        """The client speaks, or goes away, before its path is open."""
        if not data:
            # A half-close, or a program that gave up: the two look alike. It is honoured for a while.
            self._client_eof = True
            self._limit(GONE_LIMIT_S)
            self._want(self._mask & ~READ)
            return
        self._upload = memoryview(bytes(self._upload) + data)
        if len(self._upload) >= EARLY_LIMIT:
            self._want(self._mask & ~READ)

    def _read_upload(self) -> None:
        buffer = self._loop.buffer
        try:
            count = self._sock.recv_into(buffer)
        except WOULD_BLOCK:
            return
        except OSError:
            self._finish()
            return
        if count == 0:
            self._client_eof = True
            self._want(self._mask & ~READ)
        self._upload = memoryview(buffer)[:count]
        self._push_upload()
        if self._upload:  # the buffer is everybody's: keep what the stream did not take
            self._upload = memoryview(bytes(self._upload))

    def _push_upload(self) -> None:
        """Hand the client's bytes to the stream; when it takes no more, stop reading the client."""
        stream = self._stream
        if stream is None or self._phase is not Phase.OPEN or self._eof_sent:
            return
        while self._upload:
            try:
                taken = stream.write(self._upload)
            except OSError:
                self._finish(reset=True)
                return
            if taken == 0:
                self._want(self._mask & ~READ)
                return
            self._traffic.sent += taken
            self._upload = self._upload[taken:]
        if self._client_eof:
            self._eof_sent = True
            stream.write_eof()
            self._end_if_done()
        else:
            self._want(self._mask | READ)

    # --- the path -------------------------------------------------------------------------------------

    def _dial(self, host: str, port: int) -> None:
        self._phase = Phase.DIALING
        self._upload = memoryview(self._handshake.trailing())
        self._want(READ)
        loop = self._loop
        cancel = self._dialer.dial(host, port, lambda found: loop.now_or_soon(lambda: self._answered(found)))
        if self._phase is Phase.DIALING:
            self._cancel_dial = cancel

    def _answered(self, answer: Path | Fault) -> None:
        if self._phase is not Phase.DIALING:
            return
        self._cancel_dial = None
        if isinstance(answer, Fault):
            self._refuse(answer)
            return
        self._path = answer
        self._phase = Phase.OPENING
        if answer.opener.loops.holds(self._loop):
            self._open()
            return
        try:
            self._move_to(answer.opener.loops.pick())
        except OSError as e:
            self._refuse(self._link_lost(e))

    def _move_to(self, loop: Loop) -> None:
        """From the loop that shook hands to one of the link's. The last thing done in this thread."""
        old, mask = self._loop, self._mask
        self._want(0)
        self._limit(None)
        old.remove(self)
        self._loop = loop
        if loop.add(self):
            loop.call(lambda: self._arrive(mask))
            return
        self._loop = old
        old.add(self)
        raise OSError("the loop has ended")

    def _arrive(self, mask: int) -> None:
        if self._client_eof:
            self._limit(GONE_LIMIT_S)
        self._want(mask)
        self._open()

    def _open(self) -> None:
        path = self._path
        if path is None or self._phase is not Phase.OPENING:
            return
        try:
            stream = path.opener.open_stream(path.host, path.port, self)
            self._stream = self._handshake.guarded(stream)
        except OSError as e:
            self._refuse(self._link_lost(e))

    def _opened(self) -> None:
        if self._phase is not Phase.OPENING:
            return
        self._limit(None)
        reply = self._handshake.accepted()
        with self._lock:  # the reply goes before any byte of the far end, which may already wait
            local_socket.send_now(self._sock, reply)
            self._phase = Phase.OPEN
        if self._queue or self._far_eof or self._far_closed is not None:
            self._flush()
        if self._upload or self._client_eof:
            self._push_upload()

    def _link_lost(self, reason: object) -> Fault:
        return Fault.of(FaultCode.LINK_LOST, host=self._path.host if self._path else "?", reason=reason)

    def _refuse(self, fault: Fault) -> None:
        log.info("A program's connection was refused: %s.", fault.code)
        local_socket.send_now(self._sock, self._handshake.refuse(fault))
        self._linger()

    def _refused(self, refusal: StreamRefusal) -> None:
        if self._phase is Phase.OPENING and self._path is not None:
            self._refuse(self._path.explain(refusal))

    # --- to the client --------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Send what waits; then pass on the far end's EOF or close."""
        with self._lock:
            if self._phase is not Phase.OPEN:
                return
            taken, alive = self._queue.send_to(self._sock) if self._queue else (0, True)
            backlog = len(self._queue)
        if not alive or self._broken:
            self._finish()
            return
        if taken and self._stream is not None:
            self._stream.consumed(taken, backlog=backlog)
        self._want((self._mask | WRITE) if backlog else (self._mask & ~WRITE))
        if not backlog:
            self._end_if_done()

    def _end_if_done(self) -> None:
        if self._phase is not Phase.OPEN or self._queue:
            return
        far_is_done = self._far_closed or (self._far_eof and self._eof_sent)
        if self._far_closed is False:
            self._finish(reset=True)
        elif far_is_done and self._client_eof:
            self._finish()
        elif far_is_done:
            self._linger()
        elif self._far_eof and not self._write_ended:
            self._write_ended = True
            local_socket.end_output(self._sock)

    def _linger(self) -> None:
        """Let the client read our last bytes: closing on unread input would reset them away."""
        self._phase = Phase.LINGERING
        if self._stream is not None:
            self._stream.close()
        local_socket.end_output(self._sock)
        self._limit(LINGER_S)
        self._want(READ)

    # --- the link's reader thread ---------------------------------------------------------------------

    def stream_opened(self) -> None:
        self._loop.now_or_soon(self._opened)

    def stream_refused(self, refusal: StreamRefusal) -> None:
        self._loop.call(lambda: self._refused(refusal))

    def stream_data(self, data: memoryview) -> None:
        size = len(data)
        self._traffic.received += size
        sent = 0
        with self._lock:
            if self._broken:
                return
            if self._phase is Phase.OPEN and not self._queue:
                try:
                    sent = self._sock.send(data)
                except WOULD_BLOCK:
                    sent = 0
                except OSError:
                    self._broken = True
                    self._loop.call(self._finish)
                    return
            if sent < size:
                if not self._queue:
                    self._loop.call(self._flush)
                self._queue.put(data[sent:])
            backlog = len(self._queue)
        stream = self._stream  # the loop may be ending it just now
        if sent and stream is not None:
            stream.consumed(sent, backlog=backlog)

    def stream_eof(self) -> None:
        self._far_eof = True
        self._loop.call(self._flush)

    def stream_closed(self, *, cleanly: bool) -> None:
        self._far_closed = cleanly
        self._loop.call(self._far_end_closed)

    def stream_writable(self) -> None:
        self._loop.call(self._push_upload)

    def _far_end_closed(self) -> None:
        if self._phase is Phase.OPENING:
            self._refuse(self._link_lost("it closed"))
        else:
            self._flush()
