"""paramiko's transport as a link needs it: streams instead of channels, and a reader that never waits.

What differs from ``paramiko.Transport``:

* the fast packetizer, AES-GCM first, large packets;
* channels that are ``LinkStream`` objects, opened without waiting;
* the thread that reads the link also turns a loop of local sockets while it waits (``loops``), so that bytes
  pass from one side to the other without a change of threads; it never blocks on either side;
* while keys are exchanged nothing but the exchange is sent (RFC 4253 section 7.1): data waits at its source,
  control messages in a short queue;
* ``keepalive@openssh.com`` with a reply wanted, so that a dead peer is noticed;
* paramiko's log lines go to our logger at debug level: what matters of them becomes a fault.

Inside another link, over a ``StreamSocket``, that one's reader is the one that reads: see ``fed_packetizer``.
Names of paramiko that are private stand in ``paramiko_privates``. Where its packetizer is not the one we
know, ``packet_layer`` gives a plain one: the reader then only reads, and the loops have threads of their own.
"""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

import paramiko
from paramiko.common import MSG_CHANNEL_CLOSE as PARAMIKO_CHANNEL_CLOSE
from paramiko.common import (
    MSG_CHANNEL_DATA,
    MSG_CHANNEL_EOF,
    MSG_CHANNEL_EXTENDED_DATA,
    MSG_CHANNEL_FAILURE,
    MSG_CHANNEL_OPEN_FAILURE,
    MSG_CHANNEL_OPEN_SUCCESS,
    MSG_CHANNEL_REQUEST,
    MSG_CHANNEL_SUCCESS,
    MSG_CHANNEL_WINDOW_ADJUST,
    MSG_GLOBAL_REQUEST,
    MSG_REQUEST_FAILURE,
    MSG_REQUEST_SUCCESS,
)
from paramiko.message import Message
from paramiko.ssh_exception import SSHException

from app.socks.loop import Loop
from app.socks.streams import StreamSink
from app.transport.loop_driver import LoopDriver
from app.transport.packet_layer import PacketLayer, packetizer_class_for
from app.transport.packetizer import FastPacketizer
from app.transport.prompt_session import PromptSession
from app.transport.stream import MAX_PACKET_SIZE, MSG_CHANNEL_OPEN, LinkStream, WindowBudget
from app.transport.stream_socket import StreamSocket
from app.transport.stream_table import StreamTable, UsedNumbers

_OPEN = struct.Struct(">BI12sIIII")  # our channel, its window, its packet size, the host's length
_OPEN_END = struct.Struct(">II9sI")  # port, and from where: an address and a port that mean nothing
_CHANNEL = struct.Struct(">I")
_CONFIRMATION = struct.Struct(">III")  # the far end's channel, its window, its packet size
_LENGTHS = {
    MSG_CHANNEL_OPEN_SUCCESS: 17,
    MSG_CHANNEL_WINDOW_ADJUST: 9,
    MSG_CHANNEL_EOF: 5,
    PARAMIKO_CHANNEL_CLOSE: 5,
}
_AnyStream = TypeVar("_AnyStream", bound=LinkStream)
MAX_WAITING_CONTROL = 100_000  # messages; each is answered by one of ours at most
GCM_FIRST = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
_PREFERRED_MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)


class LinkTransport(paramiko.Transport):
    """A client transport that carries streams. The thread is paramiko's own, renamed."""

    # During the handshake only: afterwards the reader waits without a limit and is woken by shutdown.
    _active_check_timeout = 1.0
    _expected_packet: Any  # paramiko's: what alone may come now

    def __init__(
        self,
        sock: socket.socket | StreamSocket,
        *,
        name: str,
        budget: WindowBudget,
        loop: Loop | None = None,
    ) -> None:
        """``loop`` is a driven one, which this thread will turn (see ``packet_layer.drives``)."""
        super().__init__(
            sock,  # type: ignore[arg-type]
            packetizer_class=packetizer_class_for(sock),
            default_max_packet_size=MAX_PACKET_SIZE,
        )
        self.name = name
        self._fast: PacketLayer = self.packetizer  # type: ignore[assignment]
        self.set_log_channel("relaytray.ssh")
        options = self.get_security_options()
        options.ciphers = GCM_FIRST
        options.digests = _PREFERRED_MACS
        self._budget = budget
        self._last_channel = -1
        self._streams: dict[int, LinkStream] = {}
        self._private._channels = StreamTable(self._streams)  # where paramiko looks channels up
        self._used = self._private.channels_seen = UsedNumbers()
        self._complaint = ""  # paramiko's last, of something for which it ends the link without an exception
        self._waiting_for_keys: set[LinkStream] = set()
        self._waiting_for_room: dict[LinkStream, None] = {}  # in the order in which they came
        self._driver: LoopDriver | None = None
        if loop is not None:
            assert isinstance(self._fast, FastPacketizer)
            assert isinstance(sock, socket.socket)
            self._driver = LoopDriver(sock, self._fast, loop, self._active_check_timeout)
        self._fast.on_room = self._room
        self._control: deque[bytes] = deque()
        self._pings: deque[Callable[[], None]] = deque()
        self._on_end: Callable[[], None] | None = None
        self._ended = False  # set under ``lock``: no stream comes after those that were told of the end
        self._private._handler_table.update(
            {
                MSG_GLOBAL_REQUEST: self._answer_global_request,
                MSG_REQUEST_SUCCESS: self._ping_answered,
                MSG_REQUEST_FAILURE: self._ping_answered,
                MSG_CHANNEL_OPEN_FAILURE: self._stream_refused,
                MSG_CHANNEL_OPEN: self._refuse_channel,
            }
        )

    # Looked up by each stream's own methods: paramiko's table names Channel's, and a stream is none.
    _channel_handler_table = {
        MSG_CHANNEL_SUCCESS: lambda stream, _m: stream.request_answered(granted=True),
        MSG_CHANNEL_FAILURE: lambda stream, _m: stream.request_answered(granted=False),
        MSG_CHANNEL_DATA: lambda stream, m: stream.feed_message(m),
        MSG_CHANNEL_EXTENDED_DATA: lambda stream, m: stream.feed_extended(m),
        MSG_CHANNEL_WINDOW_ADJUST: lambda stream, m: stream.adjust_window(m),
        MSG_CHANNEL_REQUEST: lambda stream, m: stream.answer_request(m),
        MSG_CHANNEL_EOF: lambda stream, m: stream.far_eof(m),
        PARAMIKO_CHANNEL_CLOSE: lambda stream, m: stream.far_close(m),
    }

    @property
    def _private(self) -> Any:
        """For the names of paramiko that its type stubs do not show."""
        return self

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """What was asked for: paramiko would add certificate variants of everything."""
        return tuple(self._private._filter_algorithm("keys"))

    # --- from handshake to work -------------------------------------------------------------------------

    def begin_forwarding(self, on_end: Callable[[], None]) -> None:
        """After the login. ``on_end`` is called once, in the reader thread, when the link is gone."""
        self._on_end = on_end
        self._fast.on_channel_data = self._fast_data
        self._fast.on_channel_message = self._fast_message
        if self._driver is not None:
            self._driver.begin_forwarding()
        self._fast.begin_forwarding()
        if not self.is_active():
            on_end()

    def run(self) -> None:
        if self._driver is not None:
            self._driver.loop.drive()
        try:
            super().run()
        finally:
            try:
                self._tell_the_end()
            finally:
                if self._driver is not None:
                    self._driver.finish()

    def _tell_the_end(self) -> None:
        self.packetizer.complete_handshake()  # else a failed handshake leaves its timer thread behind
        if self._fast.failure is not None:
            self.saved_exception = self._fast.failure
        elif self.saved_exception is None and self._complaint:
            self.saved_exception = SSHException(self._complaint)
        on_end, self._on_end = self._on_end, None
        with self.lock:
            self._ended = True
            streams = list(self._streams.values())
        for stream in streams:
            stream.lost()
        self._streams.clear()
        while self._pings:
            self._pings.popleft()()
        if on_end is not None:
            on_end()

    def close(self) -> None:
        """Begin the end; the reader closes the socket (see ``FastPacketizer.close``)."""
        if self._private.active:
            self._private.stop_thread()

    def end(self) -> None:
        """Close and wait for the reader to be gone, with the loop that it drives."""
        if self._driver is not None:
            self._driver.loop.end_soon()
        self.close()
        if self.ident is None:
            self.sock.close()
        elif threading.current_thread() is not self:
            self.join(5)

    def _room(self) -> None:
        """The socket takes bytes again: who was told to wait may write, in the order in which they came."""
        with self.clear_to_send_lock:
            waiting, self._waiting_for_room = self._waiting_for_room, {}
        for stream in waiting:
            stream.may_write_again()

    # --- streams ----------------------------------------------------------------------------------------

    def open_stream(self, host: str, port: int, sink: StreamSink) -> LinkStream:
        """Ask for a direct-tcpip channel; the answer comes to the sink. OSError when the link is gone."""
        stream, channel = self._add_stream(lambda channel: LinkStream(self, channel, sink, self._budget))
        name = host.encode("utf-8")
        window = stream.first_window
        head = _OPEN.pack(MSG_CHANNEL_OPEN, 12, b"direct-tcpip", channel, window, MAX_PACKET_SIZE, len(name))
        self.send_control(head + name + _OPEN_END.pack(port, 9, b"127.0.0.1", 0))
        return stream

    def open_prompt_session(self) -> None:
        """Have sshd send small packets at once, see ``prompt_session``. OSError when the link is gone."""
        session, _ = self._add_stream(lambda channel: PromptSession(self, channel))
        self.send_control(session.open_message())

    def far_end_is_prompt(self) -> None:
        """It sends small packets at once. Any thread."""
        if self._driver is not None:
            self._driver.far_end_is_prompt()

    def _add_stream(self, make: Callable[[int], _AnyStream]) -> tuple[_AnyStream, int]:
        with self.lock:
            if self._ended or not self.is_active():
                raise OSError("the link is closed")
            channel = self._free_number()
            self._used.use(channel)
            stream = self._streams[channel] = make(channel)
        return stream, channel

    def _free_number(self) -> int:
        """A number that is free. Under the lock."""
        self._last_channel = self._last_channel + 1 & 0xFFFFFF
        while self._last_channel in self._streams:
            self._last_channel = self._last_channel + 1 & 0xFFFFFF
        return self._last_channel

    def forget(self, channel: int) -> None:
        self._streams.pop(channel, None)

    @property
    def open_streams(self) -> int:
        """How many carry a program's bytes. Any thread."""
        return sum(stream.is_forward for stream in list(self._streams.values()))

    def _fast_data(self, channel: int, data: memoryview) -> bool:
        """From the packetizer: true when the data was taken; false lets paramiko judge it."""
        stream = self._streams.get(channel)
        if stream is None or self._expected_packet:
            return False
        stream.feed(data)
        return True

    def _fast_message(self, kind: int, payload: memoryview) -> bool:
        """What is said most often, without paramiko's way through its tables. False: paramiko judges it."""
        if len(payload) != _LENGTHS[kind] or self._expected_packet:
            return False
        stream = self._streams.get(_CHANNEL.unpack_from(payload, 1)[0])
        if stream is None:
            return False
        if kind == MSG_CHANNEL_WINDOW_ADJUST:
            stream.window_grows(_CHANNEL.unpack_from(payload, 5)[0])
        elif kind == MSG_CHANNEL_EOF:
            stream.far_eof()
        elif kind == PARAMIKO_CHANNEL_CLOSE:
            stream.far_close()
        else:
            stream.opened(*_CONFIRMATION.unpack_from(payload, 5))
        return True

    def _stream_refused(self, m: Message) -> None:
        channel = m.get_int()
        code = m.get_int()
        text = m.get_string().decode("utf-8", "replace")
        stream = self._streams.get(channel)
        if stream is not None:
            stream.refused(code, text)
            self.forget(channel)

    def _refuse_channel(self, m: Message) -> None:
        """A relay has nothing to open at us."""
        m.get_string()
        self.send_control(struct.pack(">BIIII", 92, m.get_int(), 1, 0, 0))

    # --- sending ----------------------------------------------------------------------------------------

    def send_data(self, stream: LinkStream, remote: int, data: memoryview, max_packet: int) -> bool:
        """Encrypt and send. False while keys are exchanged or the socket is full: try when told."""
        if not self.is_active():
            raise OSError("the link is closed")
        with self.clear_to_send_lock:
            if stream.close_sent:  # just now: sshd drops a link that writes to a closed channel
                return True
            if not self.clear_to_send.is_set():
                self._waiting_for_keys.add(stream)
                return False
            if self._fast.is_congested:
                self._waiting_for_room[stream] = None
                return False
            self._fast.enqueue_channel_data(remote, data, max_packet)
        self._flush()
        return True

    def send_control(
        self, payload: bytes, stream: LinkStream | None = None, *, patient: bool = False
    ) -> None:
        """A short message; it waits until a key exchange is over. Any thread, the reader's too.

        One that is given with its stream is dropped once that stream has said CLOSE. A ``patient`` one may
        wait a little for others.
        """
        with self.clear_to_send_lock:
            if stream is not None and stream.close_sent:
                return
            if self._control or not self.clear_to_send.is_set():  # never before those that wait
                if len(self._control) < MAX_WAITING_CONTROL:
                    self._control.append(payload)
                else:
                    self._fast.fail("the peer wants too much during a key exchange")
                return
            self._fast.enqueue(payload)
        self._flush(patient=patient)

    def _flush(self, *, patient: bool = False) -> None:
        try:
            self._fast.flush(patient=patient)
        except EOFError:
            pass  # the reader will see that the socket is gone

    def _parse_newkeys(self, m: Message) -> None:
        super()._parse_newkeys(m)  # type: ignore[misc]
        with self.clear_to_send_lock:
            while self._control:
                self._fast.enqueue(self._control.popleft())
            waiting, self._waiting_for_keys = self._waiting_for_keys, set()
        self._flush()
        for stream in waiting:
            stream.may_write_again()

    # --- is anybody there -------------------------------------------------------------------------------

    def ping(self, timeout_s: float) -> float | None:
        """Seconds until the answer, or None when nothing at all came in time. Not in the reader thread."""
        answered = threading.Event()
        sent = time.monotonic()
        heard = self._fast.received
        self._pings.append(answered.set)
        name = b"keepalive@openssh.com"
        self.send_control(struct.pack(">BI", MSG_GLOBAL_REQUEST, len(name)) + name + b"\x01")
        if self.is_active():  # else nobody is there who would set it
            answered.wait(timeout_s)
        if not self.is_active():
            return None
        # A link that is busy may answer late; whatever else it sends proves that it lives.
        return time.monotonic() - sent if answered.is_set() or self._fast.received != heard else None

    def _ping_answered(self, m: Message) -> None:  # noqa: ARG002
        if self._pings:
            self._pings.popleft()()

    def _answer_global_request(self, m: Message) -> None:
        """Keepalives of the far end, its list of host keys, and whatever else: we do none of it."""
        m.get_string()
        if m.get_boolean():
            self.send_control(struct.pack(">B", MSG_REQUEST_FAILURE))

    def _log(self, level: int, msg: Any, *args: Any) -> None:
        """See the module's text."""
        for line in msg if isinstance(msg, list) else [msg]:
            text = str(line) % args if args else str(line)
            self.logger.debug("%s: %s", self.name, text)
            if level >= logging.ERROR:
                self._complaint = text
