"""paramiko's transport as the demo's machines need it, in either role.

What differs from ``paramiko.Transport``:

* the fast packetizer of ``app.transport``, AES-GCM first, large packets and windows;
* the reader thread never waits: what it sends while keys are exchanged (answers to requests, closes) waits
  in a queue until they are (paramiko's own would wait for the exchange in the thread that performs it, and
  give up after 30 s), and its packets are written by a thread of their own, so that two peers whose sockets
  are full cannot wait for one another;
* ``direct-tcpip`` channels are opened in a thread of their own and answered when the connection stands, with
  the reason codes of RFC 4254 section 5.1;
* a channel request is acted upon only after it has been answered, so that no output overtakes the answer;
* paramiko's log lines go to our logger at debug level: a client that goes away is no error.

Private names of paramiko 5.1 that are used here are listed in ``tests/provision/test_demo_transport.py``,
which fails when a release changes them.
"""

# ruff: noqa: SLF001 - see above
from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import paramiko
from paramiko.common import (
    MSG_CHANNEL_OPEN_FAILURE,
    MSG_CHANNEL_OPEN_SUCCESS,
    MSG_CHANNEL_REQUEST,
    OPEN_FAILED_CONNECT_FAILED,
    OPEN_SUCCEEDED,
)
from paramiko.message import Message

from app.provision.demo.carrying import carry
from app.provision.demo.crew import Crew, cut_off
from app.provision.demo.doors import Door
from app.transport.packetizer import FastPacketizer

_CHANNEL: Any = paramiko.Channel  # for names that the type stubs do not show
_TRANSPORT: Any = paramiko.Transport
LOG_CHANNEL = "relaytray.demo.ssh"
_WINDOW = 2 * 1024 * 1024
_MAX_PACKET = 128 * 1024
_FIRST_CONNECTION_MESSAGE = 80  # RFC 4250 section 4.1.2: below are transport and login
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
_MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")


class DemoTransport(paramiko.Transport):
    """One SSH connection of a demo machine. ``on_end`` runs once, in the reader thread, when it is gone."""

    _active_check_timeout = (
        1.0  # it is woken by shutdown; this is only how often the handshake's limit counts
    )

    def __init__(
        self, sock: socket.socket, crew: Crew, name: str, on_end: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(
            sock,
            packetizer_class=FastPacketizer,
            default_window_size=_WINDOW,
            default_max_packet_size=_MAX_PACKET,
        )
        self.name = name
        self.crew = crew
        self.channel_timeout = 15.0
        self.set_log_channel(LOG_CHANNEL)
        options = self.get_security_options()
        options.ciphers = _CIPHERS
        options.digests = _MACS
        self._on_end = on_end
        self._held: dict[int, paramiko.Channel] = {}  # paramiko's own table holds them weakly
        self._carried: set[socket.socket] = set()
        self._control: deque[bytes] = deque()
        self._writer_wanted = threading.Event()
        self._ended = False
        self.fast.defer_flush = lambda **_patient: self._writer_wanted.set()
        self.fast.on_channel_data = self._fast_data

    @property
    def _private(self) -> Any:
        """For the names of paramiko that its type stubs do not show."""
        return self

    @property
    def fast(self) -> FastPacketizer:
        packetizer: FastPacketizer = self.packetizer  # type: ignore[assignment]
        return packetizer

    @property
    def preferred_ciphers(self) -> tuple[str, ...]:
        """OpenSSH would choose AES-CTR, ten times slower here, before the AES-GCM that all of it knows."""
        if self.server_mode and "OpenSSH" in self.remote_version:
            return _CIPHERS[:2]
        return _CIPHERS

    # --- life -------------------------------------------------------------------------------------------

    def serve(self, host_key: paramiko.PKey, door: Door) -> None:
        """Be the server; returns at once. ``door`` decides what the client may do."""
        self.add_server_key(host_key)
        self.start_server(event=threading.Event(), server=door)
        self.crew.adopt(self)

    def run(self) -> None:
        writer = self.crew.start(f"{self.name}-writer", self._write)
        try:
            super().run()
        finally:
            self.active = False
            self.fast.complete_handshake()  # its timer's thread would wait on after a failed one
            self._ended = True
            self.clear_to_send.set()  # whoever waits for new keys finds that there will be none
            self._writer_wanted.set()
            self._held.clear()
            with self.lock:
                sockets = list(self._carried)
            for sock in sockets:
                cut_off(sock)
            self._on_end()
            writer.join()

    @contextlib.contextmanager
    def cutting_off(self, sock: socket.socket) -> Iterator[None]:
        """While inside, the end of this connection is the end of that socket, even of a blocked write."""
        with self.lock:
            self._carried.add(sock)
        try:
            yield
        finally:
            with self.lock:
                self._carried.discard(sock)

    def _write(self) -> None:
        while not self._ended:
            self._writer_wanted.wait()
            self._writer_wanted.clear()
            self.fast.flush()

    # --- sending ----------------------------------------------------------------------------------------

    def _send_message(self, data: Message) -> None:
        payload = data.asbytes()
        if payload[0] >= _FIRST_CONNECTION_MESSAGE:
            self._send_connection_message(payload)
        else:
            self.fast.enqueue(payload)
            self.fast.flush()

    def _send_user_message(self, data: Message) -> None:
        self._send_connection_message(data.asbytes())

    def _send_connection_message(self, payload: bytes) -> None:
        if threading.current_thread() is self:
            with self.clear_to_send_lock:
                self._control.append(payload)
                self._enqueue_control()
        else:
            self._when_clear(lambda: self.fast.enqueue(payload))
        self.fast.flush()

    def send_data(self, channel: int, data: memoryview, max_packet: int) -> None:
        """Channel data within the window that the caller has taken. Not in the reader thread."""
        self._when_clear(lambda: self.fast.enqueue_channel_data(channel, data, max_packet))
        self.fast.flush()

    def _when_clear(self, enqueue: Callable[[], None]) -> None:
        """Between key exchanges, and behind what the reader thread had to say. OSError when it is over."""
        while True:
            self.clear_to_send.wait()
            if not self.active:
                raise OSError("the connection is closed")
            with self.clear_to_send_lock:
                if self.clear_to_send.is_set():
                    self._enqueue_control()
                    enqueue()
                    return

    def _enqueue_control(self) -> None:
        """Holding ``clear_to_send_lock``."""
        while self._control and self.clear_to_send.is_set():
            self.fast.enqueue(self._control.popleft())

    def _parse_newkeys(self, m: Message) -> None:
        super()._parse_newkeys(m)  # type: ignore[misc]
        with self.clear_to_send_lock:
            self._enqueue_control()
        self.fast.flush()

    # --- channels ---------------------------------------------------------------------------------------

    def _fast_data(self, number: int, data: memoryview) -> bool:
        """From the packetizer: true when the data was taken; false lets paramiko judge it."""
        channel = self._private._channels.get(number)
        if channel is None or self._private._expected_packet:
            return False
        channel._feed(bytes(data))
        return True

    def _queue_incoming_channel(self, channel: paramiko.Channel) -> None:
        """Nobody calls ``accept``: a session begins with its first request."""
        self._held[channel.chanid] = channel

    def _unlink_channel(self, chanid: int) -> None:
        super()._unlink_channel(chanid)  # type: ignore[misc]
        self._held.pop(chanid, None)

    def _parse_channel_open(self, m: Message) -> None:
        door = self.server_object
        if self.server_mode and isinstance(door, Door) and m.get_text() == "direct-tcpip":
            remote, window, packet = m.get_int(), m.get_int(), m.get_int()
            host, port = m.get_text(), m.get_int()
            reason = door.check_channel_direct_tcpip_request(0, ("", 0), (host, port))
            if reason != OPEN_SUCCEEDED:
                self.refuse(remote, reason)
                return
            self.crew.start(f"{self.name}-tcp", lambda: self._open(door, host, port, remote, window, packet))
            return
        m.rewind()
        super()._parse_channel_open(m)  # type: ignore[misc]

    def _open(self, door: Door, host: str, port: int, remote: int, window: int, max_packet: int) -> None:
        """In a thread of its own: dial, answer, and carry the bytes to the end."""
        try:
            sock = door.dial(host, port)
        except OSError as e:
            self.refuse(remote, OPEN_FAILED_CONNECT_FAILED, e.strerror or "no connection")
            return
        with self.crew.holding(sock):
            carry(self.crew, sock, self.admit(remote, window, max_packet))

    def refuse(self, remote: int, reason: int, text: str = "") -> None:
        """Answer a channel-open with one of paramiko's OPEN_FAILED_... codes."""
        encoded = text.encode()
        payload = struct.pack(">BIII", MSG_CHANNEL_OPEN_FAILURE, remote, reason, len(encoded)) + encoded
        self._send_connection_message(payload + struct.pack(">I", 0))

    def admit(self, remote: int, window: int, max_packet: int) -> paramiko.Channel:
        """Answer a channel-open with success. Not in the reader thread. OSError when the client is gone."""
        with self.lock:
            number = int(self._private._next_channel())
            channel = paramiko.Channel(number)
            private: Any = channel
            self._private._channels.put(number, channel)
            self._private.channels_seen[number] = True
            private._set_transport(self)
            private._set_window(self.default_window_size, self.default_max_packet_size)
            private._set_remote_channel(remote, window, max_packet)
            self._held[number] = channel
        numbers = (remote, number, self.default_window_size, self.default_max_packet_size)
        self._send_connection_message(struct.pack(">BIIII", MSG_CHANNEL_OPEN_SUCCESS, *numbers))
        return channel

    def _answer_request(self, channel: paramiko.Channel, m: Message) -> None:
        door = self.server_object
        if not isinstance(door, Door):
            _CHANNEL._handle_request(channel, m)
            return
        begin = m.packet.tell()
        if m.get_text() == "signal":
            m.get_boolean()
            door.signal(channel, m.get_text())
            return
        m.packet.seek(begin)
        _CHANNEL._handle_request(channel, m)
        door.request_answered(channel)

    _channel_handler_table = {
        **_TRANSPORT._channel_handler_table,
        MSG_CHANNEL_REQUEST: lambda channel, m: channel.transport._answer_request(channel, m),
    }

    def _log(self, level: int, msg: Any, *args: Any) -> None:  # noqa: ARG002 - see the module's text
        for line in msg if isinstance(msg, list) else [msg]:
            self.logger.debug("%s: %s", self.name, str(line) % args if args else line)
