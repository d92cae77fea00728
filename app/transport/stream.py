"""An SSH channel as a forwarder's stream: no threads of its own, no waiting, windows that adapt.

``LinkStream`` takes the place of paramiko's ``Channel`` in the transport's channel table. Messages come in
the transport's reader thread; writing happens in the forwarder's loops, or in the threads of a link inside
this one. RFC 4254 sections 5.1 to 5.3, 7.2.
"""

from __future__ import annotations

import contextlib
import logging
import struct
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from paramiko.message import Message
from paramiko.ssh_exception import SSHException

from app.socks.streams import StreamRefusal, StreamSink

if TYPE_CHECKING:
    from app.transport.link_transport import LinkTransport

log = logging.getLogger("relaytray.transport")

MSG_CHANNEL_OPEN = 90
MSG_CHANNEL_WINDOW_ADJUST = 93
MSG_CHANNEL_EOF = 96
MSG_CHANNEL_CLOSE = 97
MSG_CHANNEL_REQUEST = 98
MSG_CHANNEL_FAILURE = 100

_MESSAGE = struct.Struct(">BI")  # kind, channel

MAX_PACKET_SIZE = 128 * 1024  # of channel data, either way; well inside OpenSSH's 256 KiB packet
MIN_WINDOW = 128 * 1024
FIRST_WINDOW = 1024 * 1024
MAX_WINDOW = 64 * 1024 * 1024  # 200 ms at 2.5 Gbit/s
# Half a window takes a stream a round trip at most where the window is what holds it up: it may have more.
# Where the line does, more would only wait at the far end, and sshd copies what waits over and over.
GROWTH_PATIENCE = 1.25  # round trips for half a window
LEAST_PATIENCE_S = 0.002  # with more, sshd holds so much on loopback that an echo waits for it


class WindowBudget:
    """Bounds what all streams together may have in flight towards us, and so the memory for slow readers.

    Every stream has ``MIN_WINDOW`` in any case; beyond that the streams share ``total`` bytes.
    """

    def __init__(self, total: int = 256 * 1024 * 1024) -> None:
        self._left = total
        self._lock = threading.Lock()

    def take(self, wanted: int) -> int:
        """Up to ``wanted`` bytes, or 0: nobody takes more than half of what is left."""
        with self._lock:
            given = min(wanted, self._left // 2)
            self._left -= given
            return given

    def give_back(self, count: int) -> None:
        with self._lock:
            self._left += count

    @property
    def left(self) -> int:
        return self._left


class LinkStream:
    """One direct-tcpip channel. Made by ``LinkTransport.open_stream``."""

    __slots__ = (
        "_asked_at",
        "_backlog",
        "_budget",
        "_channel",
        "_close_received",
        "_credit",
        "_credit_due",
        "_eof_received",
        "_eof_sent",
        "_extra",
        "_given_up",
        "_granted",
        "_last_grant",
        "_lock",
        "_max_packet",
        "_patience_s",
        "_remote",
        "_send_window",
        "_sink",
        "_starving",
        "_transport",
        "_window",
        "close_sent",
    )

    is_forward = True  # it carries a program's bytes

    def __init__(
        self, transport: LinkTransport, channel: int, sink: StreamSink, budget: WindowBudget
    ) -> None:
        self._transport = transport
        self._channel = channel
        self._sink = sink
        self._budget = budget
        self._extra = budget.take(FIRST_WINDOW - MIN_WINDOW)
        self._window = MIN_WINDOW + self._extra  # what we want the far end to have
        self._lock = threading.Lock()
        self._granted = self._window  # what it still may send
        self._credit = 0  # consumed here, not yet given back
        self._credit_due = False
        self._asked_at = self._last_grant = time.monotonic()
        self._patience_s = LEAST_PATIENCE_S
        self._backlog = 0
        # the far end's side
        self._remote = -1
        self._send_window = 0
        self._max_packet = 32768
        # what was said
        self._eof_sent = False
        self.close_sent = False
        self._eof_received = False
        self._close_received = False
        self._given_up = False
        self._starving = False

    @property
    def first_window(self) -> int:
        return self._window

    # --- forwarder loops ------------------------------------------------------------------------------

    def write(self, data: memoryview) -> int:
        """See ``Stream.write``. Raises OSError when the link is gone."""
        if self.close_sent or self._close_received or self._given_up:
            return len(data)  # nobody listens any more; the sink hears of it
        with self._lock:
            count = min(len(data), self._send_window)
            self._send_window -= count
            self._starving = count < len(data)
        if count == 0:
            return 0
        if self._starving:
            data = data[:count]
        if not self._transport.send_data(self, self._remote, data, self._max_packet):
            with self._lock:
                self._send_window += count
            return 0
        return count

    def write_eof(self) -> None:
        if not self._eof_sent and not self.close_sent and self._remote >= 0:
            self._eof_sent = True
            self._transport.send_control(_MESSAGE.pack(MSG_CHANNEL_EOF, self._remote), self)

    def close(self) -> None:
        self._given_up = True
        self._send_close()
        self._return_budget()

    def consumed(self, count: int, *, backlog: int) -> None:
        with self._lock:
            self._credit += count
            self._backlog = backlog
            due = not self._credit_due and self._credit >= self._window // 2
            if due:
                self._credit_due = True
        if due:
            self._grant()

    def _grant(self) -> None:
        """Give back the credit; more of it to a stream that keeps up, less to one that lags."""
        now = time.monotonic()
        with self._lock:
            self._credit_due = False
            if self._eof_received or self.close_sent or self._close_received or self._given_up:
                return
            grant, self._credit = self._credit, 0
            quick = now - self._last_grant < self._patience_s
            self._last_grant = now
            if self._backlog == 0 and quick and self._window < MAX_WINDOW:
                more = self._budget.take(min(self._window, MAX_WINDOW - self._window))
                self._extra += more
                self._window += more
                grant += more
            elif self._backlog > self._window // 2 and self._extra:
                less = min(grant, self._extra)
                self._extra -= less
                self._window -= less
                grant -= less
                self._budget.give_back(less)
            self._granted += grant
        if grant:
            adjust = struct.pack(">BII", MSG_CHANNEL_WINDOW_ADJUST, self._remote, grant)
            self._transport.send_control(adjust, self)

    # --- what the transport's reader calls --------------------------------------------------------------

    def feed(self, data: memoryview) -> None:
        """Channel data, from the packetizer's fast lane or from a message."""
        self._count_in(len(data))
        if self._given_up or self._eof_received:
            return
        try:
            self._sink.stream_data(data)
        except Exception as e:  # noqa: BLE001 - see _tell
            self._sink_failed(e)

    def _tell(self, callback: Callable[..., None], *args: Any, **kwargs: Any) -> None:
        """One connection's bug must not end the link of every other one."""
        if self._given_up:
            return
        try:
            callback(*args, **kwargs)
        except Exception as e:  # noqa: BLE001 - see above
            self._sink_failed(e)

    def _sink_failed(self, e: Exception) -> None:
        log.error("A connection failed; the link goes on.", exc_info=e)
        self.close()
        with contextlib.suppress(Exception):  # it may still be able to let its program go
            self._sink.stream_closed(cleanly=False)

    def _count_in(self, size: int) -> None:
        if self._remote < 0:
            self._need_open()
        with self._lock:
            self._granted -= size
            if self._granted < 0:
                raise SSHException("the peer sent more than the window allows")

    def _need_open(self) -> None:
        """SSHException for a message that only an open channel may get."""
        if self._remote < 0:
            raise SSHException("a message for a channel that is not open yet")

    def opened(self, remote: int, window: int, max_packet: int) -> None:
        if self._remote >= 0:
            raise SSHException("the peer opened a channel twice")
        self._remote = remote
        self._send_window = window
        self._max_packet = min(max(1, max_packet), MAX_PACKET_SIZE)
        self._learn_round_trip()
        if self._given_up:
            self._send_close()
            return
        self._tell(self._sink.stream_opened)

    def _learn_round_trip(self) -> None:
        """From the answer to our wish, which took one, and the target's besides."""
        now = time.monotonic()
        round_trip = now - self._asked_at
        self._patience_s = max(LEAST_PATIENCE_S, GROWTH_PATIENCE * round_trip)
        self._last_grant = now + round_trip  # no byte can be here before

    def refused(self, code: int, text: str) -> None:
        if self._remote >= 0:
            raise SSHException("the peer refused a channel that it had opened")
        self._end()
        self._return_budget()
        self._tell(self._sink.stream_refused, StreamRefusal(code, text))

    def may_write_again(self) -> None:
        """A key exchange is over, or there is room."""
        self._tell(self._sink.stream_writable)

    def lost(self) -> None:
        """The link is gone."""
        if not self._close_received:
            self._end()
            self._tell(self._sink.stream_closed, cleanly=False)

    # --- messages, by the transport's channel table ------------------------------------------------------

    def _set_remote_channel(self, chanid: int, window_size: int, max_packet_size: int) -> None:
        self.opened(chanid, window_size, max_packet_size)

    def feed_message(self, m: Message) -> None:
        self.feed(memoryview(m.get_binary()))

    def feed_extended(self, m: Message) -> None:
        """direct-tcpip has no stderr: count it against the window and drop it."""
        m.get_int()
        size = len(m.get_binary())
        self._count_in(size)
        self.consumed(size, backlog=self._backlog)

    def adjust_window(self, m: Message) -> None:
        self.window_grows(m.get_int())

    def window_grows(self, count: int) -> None:
        self._need_open()
        with self._lock:
            self._send_window += count
            starving, self._starving = self._starving, False
        if starving:
            self._tell(self._sink.stream_writable)

    def far_eof(self, m: Message | None = None) -> None:  # noqa: ARG002
        self._need_open()
        self._eof_received = True
        self._tell(self._sink.stream_eof)

    def far_close(self, m: Message | None = None) -> None:  # noqa: ARG002
        self._need_open()
        self._end()
        # Servers may leave the EOF out (RFC 4254 section 5.3), and then mean the end all the same.
        self._tell(self._sink.stream_closed, cleanly=True)
        self._send_close()

    def answer_request(self, m: Message) -> None:
        self._need_open()
        m.get_text()
        if m.get_boolean():
            self._transport.send_control(_MESSAGE.pack(MSG_CHANNEL_FAILURE, self._remote), self)

    def request_answered(self, *, granted: bool) -> None:
        """A stream sends no requests."""

    def _unlink(self) -> None:
        self.lost()

    # --- the end ----------------------------------------------------------------------------------------

    def _send_close(self) -> None:
        """Say CLOSE once, if there is somebody to say it to; forget the channel when both have."""
        with self._lock:
            if self.close_sent or self._remote < 0:
                return
            self.close_sent = True
        close = _MESSAGE.pack(MSG_CHANNEL_CLOSE, self._remote)
        self._transport.send_control(close, patient=self._close_received)
        if self._close_received:
            self._transport.forget(self._channel)

    def _end(self) -> None:
        """The far end will send nothing more of this channel."""
        with self._lock:
            self._close_received = True
        if self._given_up:
            self._return_budget()
        if self.close_sent or self._remote < 0:
            self._transport.forget(self._channel)

    def _return_budget(self) -> None:
        """When nothing comes any more and nobody holds what came: until then the memory is in use."""
        with self._lock:
            if not self._close_received:
                return
            extra, self._extra = self._extra, 0
        if extra:
            self._budget.give_back(extra)
