"""The fast lane of the SSH packet layer (RFC 4253 section 6, RFC 5647 as OpenSSH names it).

paramiko's own packetizer makes two or more system calls and several copies for each packet. This one sits
on paramiko's supported hook (``Transport(packetizer_class=...)``), reads into one large buffer, parses many
packets per system call, decrypts AES-GCM in place and hands channel data on without copying. Every other
cipher takes paramiko's own code over the same buffer.

Sending never blocks the reader: what the reader thread sends (key exchange, replies, data of clients) is
queued, and what a full socket does not take waits in the outbox until it takes bytes again. A reader
that waited for a full socket while the peer's reader did the same would be a deadlock.

The private names of paramiko that are touched stand in ``paramiko_privates``; where they are not as expected
``packet_layer`` takes ``PlainPacketizer`` instead.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from paramiko.message import Message
from paramiko.packet import NeedRekeyException, Packetizer
from paramiko.ssh_exception import SSHException

from app.transport.outbox import MAX_MESSAGES, Outbox
from app.transport.packet_format import LENGTH, MAX_PACKET, TAG_SIZE, inflated, padding_of
from app.transport.paramiko_privates import SEQUENCE_IN, SEQUENCE_OUT

RECEIVE_BUFFER = 512 * 1024
MSG_CHANNEL_DATA = 94
CHANNEL_MESSAGES = frozenset({91, 93, 96, 97})  # open confirmation, window adjust, EOF, close
SEQUENCE_MASK = 0xFFFFFFFF
_BYTES = [bytes([number]) for number in range(32)]
_PADDING = [bytes(number) for number in range(32)]
_DATA = struct.Struct(">BII")  # kind, channel, size
_DATA_HEAD = struct.Struct(">II")
_SMALL = 4 * 1024  # bytes: up to here a copy more costs less than a buffer to encrypt into


class FastPacketizer(Packetizer):
    """A paramiko packetizer with one receive buffer and an AES-GCM path without copies.

    Threads: ``read_message`` in the transport's thread only; sending from any thread.
    """

    closed = False  # paramiko has a property of this name

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._sock = sock
        # receiving
        self._buffer = bytearray(RECEIVE_BUFFER)
        self._view = memoryview(self._buffer)
        self._start = 0
        self._end = 0
        self._plain = bytearray(MAX_PACKET + 64)
        self._plain_view = memoryview(self._plain)
        self._gcm_in: AESGCM | None = None
        self._nonce_in = b""
        self._count_in = 0
        self._inflate: Callable[[bytes], bytes] | None = None
        self._received = 0
        self.received = 0  # bytes in all; says whether the peer lives
        self._received_since_ask = 0
        self._asked_by_reader = False
        self.on_channel_data: Callable[[int, memoryview], bool] | None = None
        # The other messages of a channel's life, by their kind; the same view.
        self.on_channel_message: Callable[[int, memoryview], bool] | None = None
        self.await_readable: Callable[[], None] | None = None  # instead of waiting in recv
        # sending
        self._send_lock = threading.RLock()
        self._gcm_out: AESGCM | None = None
        self._nonce_out = b""
        self._count_out = 0
        self._deflate: Callable[[bytes], bytes] | None = None
        self._sent = 0
        self._appending = False
        self.outbox = Outbox(sock, lambda: self.closed)
        self._reader: int | None = None
        self.defer_flush: Callable[..., None] | None = None  # with ``patient``
        self.on_closed: Callable[[], None] = lambda: None
        self.on_room: Callable[[], None] = lambda: None  # called when the socket was full, and is not
        self.outbox.on_gone = self.close
        self.failure: SSHException | None = None

    @property
    def _private(self) -> Any:
        """For the names of paramiko that its type stubs do not show."""
        return self

    # --- keys -----------------------------------------------------------------------------------------

    def set_inbound_cipher(self, *args: Any, **kwargs: Any) -> None:
        super().set_inbound_cipher(*args, **kwargs)
        engine = kwargs.get("block_engine")
        self._gcm_in = engine if kwargs.get("aead") and isinstance(engine, AESGCM) else None
        if self._gcm_in is not None:
            iv: bytes = kwargs["iv_in"]
            self._nonce_in, self._count_in = iv[:4], int.from_bytes(iv[4:], "big")
        self._received = 0
        self._asked_by_reader = False

    def set_outbound_cipher(self, *args: Any, **kwargs: Any) -> None:
        with self._send_lock:
            super().set_outbound_cipher(*args, **kwargs)
            engine = kwargs.get("block_engine")
            self._gcm_out = engine if kwargs.get("aead") and isinstance(engine, AESGCM) else None
            if self._gcm_out is not None:
                iv: bytes = kwargs["iv_out"]
                self._nonce_out, self._count_out = iv[:4], int.from_bytes(iv[4:], "big")
            self._sent = 0

    def set_inbound_compressor(self, compressor: Any) -> None:
        super().set_inbound_compressor(compressor)
        self._inflate = compressor

    def set_outbound_compressor(self, compressor: Any) -> None:
        with self._send_lock:
            super().set_outbound_compressor(compressor)
            self._deflate = compressor

    # --- receiving ------------------------------------------------------------------------------------

    def _fill(self, needed: int) -> None:
        """Have ``needed`` bytes at ``_start``. EOFError at the end of the stream or of our patience."""
        while self._end - self._start < needed:
            if self._start and len(self._buffer) - self._start < needed:
                self._to_front()
            elif self._start == self._end:
                self._start = self._end = 0
            if self.await_readable is not None:
                self.await_readable()
            try:
                count = self._sock.recv_into(self._view[self._end :])
            except BlockingIOError:
                continue
            except TimeoutError:
                if self.closed or self.handshake_timed_out():
                    raise EOFError from None
                if self._start == self._end and self.need_rekey():
                    raise NeedRekeyException from None
                continue
            except OSError:
                if self.closed:
                    raise EOFError from None
                raise
            if count == 0:
                raise EOFError
            self._end += count

    def _to_front(self) -> None:
        held = bytes(self._view[self._start : self._end])
        self._view[: len(held)] = held
        self._start, self._end = 0, len(held)

    def read_all(self, n: int, check_rekey: bool = False) -> bytes:  # noqa: ARG002
        """For paramiko's own ciphers: exactly ``n`` bytes."""
        if not 0 <= n <= MAX_PACKET + 1024:
            raise SSHException(f"packet of {n} bytes")
        self._reader = threading.get_ident()
        self._fill(n)
        data = bytes(self._view[self._start : self._start + n])
        self._start += n
        self.received += n
        return data

    def readline(self, timeout: float) -> str:
        """The peer's version line. ``timeout`` in seconds, to the granularity of the socket's own."""
        self._reader = threading.get_ident()
        line = bytearray()
        waited = 0.0
        step = self._sock.gettimeout() or timeout
        while not line.endswith(b"\n"):
            if self._start == self._end:
                self._start = self._end = 0
                try:
                    self._end = self._sock.recv_into(self._view[:4096])
                except TimeoutError:
                    waited += step
                    if self.closed or waited >= timeout:
                        raise
                    continue
                if self._end == 0:
                    raise EOFError
            line.append(self._buffer[self._start])
            self._start += 1
            if len(line) > 8192:
                raise SSHException("the first line has no end")
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def read_message(self) -> tuple[int, Message]:
        """The next message that is not channel data; channel data goes to ``on_channel_data``."""
        self._reader = threading.get_ident()
        while True:
            if self._gcm_in is None:
                return super().read_message()
            if self.need_rekey() and not self._asked_by_reader:
                self._asked_by_reader = True
                raise NeedRekeyException
            payload = self._read_gcm(self._gcm_in)
            if not self._took(payload):
                return self._message(payload)

    def _message(self, payload: memoryview) -> tuple[int, Message]:
        """For paramiko."""
        message = Message(bytes(payload[1:]))
        message.seqno = self.__dict__[SEQUENCE_IN] - 1 & SEQUENCE_MASK
        return payload[0], message

    def _took(self, payload: memoryview) -> bool:
        """Whether the fast lane had a taker for this message."""
        if (kind := payload[0]) == MSG_CHANNEL_DATA:
            if self.on_channel_data is None or len(payload) < 9:
                return False
            channel, size = _DATA_HEAD.unpack_from(payload, 1)
            return len(payload) - 9 == size and self.on_channel_data(channel, payload[9:])
        return (
            kind in CHANNEL_MESSAGES
            and self.on_channel_message is not None
            and self.on_channel_message(kind, payload)
        )

    def _read_gcm(self, gcm: AESGCM) -> memoryview:
        """One packet, decrypted and checked. The view is valid until the next call."""
        if self._end - self._start < 4:
            self._fill(4)
        start = self._start
        length: int = LENGTH.unpack_from(self._buffer, start)[0]
        if not 16 <= length <= MAX_PACKET or length % 16:
            raise SSHException(f"bad packet length {length}")
        total = 4 + length + TAG_SIZE
        if self._end - start < total:
            self._fill(total)
            start = self._start
        nonce = self._nonce_in + self._count_in.to_bytes(8, "big")
        plain = self._plain_view[:length]
        try:
            gcm.decrypt_into(
                nonce, self._view[start + 4 : start + total], self._view[start : start + 4], plain
            )
        except InvalidTag:
            raise SSHException("a packet was tampered with") from None
        self._start = start + total
        self._count_in = self._count_in + 1 & 0xFFFFFFFFFFFFFFFF
        self._advance(SEQUENCE_IN)
        self._count_received(total)
        padding = plain[0]
        if padding < 4 or padding + 1 >= length:
            raise SSHException("bad padding")
        payload = plain[1 : length - padding]
        return payload if self._inflate is None else inflated(payload, self._inflate)

    def _count_received(self, size: int) -> None:
        self.received += size
        self._received += size
        if self.need_rekey():
            self._received_since_ask += size
            if self._received_since_ask >= self.REKEY_BYTES_OVERFLOW_MAX:
                raise SSHException("the peer ignores our wish to change keys")
        elif self._received >= self.REKEY_BYTES:
            self._received_since_ask = 0
            self._private._trigger_rekey()

    # --- sending --------------------------------------------------------------------------------------

    def send_message(self, data: Any) -> None:
        """Encrypt and queue one message, and send what is queued. Any thread."""
        self.enqueue(data.asbytes())
        self.flush()

    def enqueue(self, payload: bytes) -> None:
        """Encrypt and queue; ``flush`` sends. Never blocks."""
        with self._send_lock:
            if len(self.outbox) >= MAX_MESSAGES:
                self.fail("the peer does not read what it asked for")
                return
            if self._gcm_out is None:
                self._appending = True
                try:
                    super().send_message(Message(payload))
                finally:
                    self._appending = False
                return
            body = self._deflate(payload) if self._deflate is not None else payload
            self.outbox.put(self._seal(self._gcm_out, body))

    def enqueue_channel_data(self, channel: int, data: memoryview, max_packet: int) -> None:
        """Queue ``data`` as as many channel-data messages as the peer's packet size asks for."""
        with self._send_lock:
            count = len(data)
            if self._gcm_out is None or self._deflate is not None:
                for at in range(0, count, max_packet):
                    part = data[at : at + max_packet]
                    self.enqueue(_DATA.pack(MSG_CHANNEL_DATA, channel, len(part)) + part)
                return
            if count <= _SMALL and count <= max_packet:
                message = _DATA.pack(MSG_CHANNEL_DATA, channel, count) + data
                self.outbox.put(self._seal(self._gcm_out, message))
                return
            packets = (count + max_packet - 1) // max_packet
            out = bytearray(count + packets * (4 + 1 + 9 + 20 + TAG_SIZE))
            end = 0
            for at in range(0, count, max_packet):
                part = data[at : at + max_packet]
                head = _DATA.pack(MSG_CHANNEL_DATA, channel, len(part))
                end = self._seal_into(self._gcm_out, out, end, (head, part))
            del out[end:]
            self.outbox.put(out)

    def _seal(self, gcm: AESGCM, payload: bytes) -> bytes:
        """One short packet, padded and encrypted."""
        padding = padding_of(len(payload))
        head = LENGTH.pack(1 + len(payload) + padding)
        # The padding's bytes are zero: under GCM nobody sees them, and random ones cost a system call.
        plain = _BYTES[padding] + payload + _PADDING[padding]
        packet = head + gcm.encrypt(self._nonce_out + self._count_out.to_bytes(8, "big"), plain, head)
        self._count_sent(len(packet))
        return packet

    def _seal_into(self, gcm: AESGCM, out: bytearray, at: int, parts: tuple[bytes | memoryview, ...]) -> int:
        """``_seal`` for long ones: without a copy of what is encrypted, at ``out[at:]``; returns its end."""
        size = 0
        for part in parts:
            size += len(part)
        padding = padding_of(size)
        length = 1 + size + padding
        plain = b"".join((_BYTES[padding], *parts, _PADDING[padding]))
        head = out[at : at + 4] = length.to_bytes(4, "big")
        nonce = self._nonce_out + self._count_out.to_bytes(8, "big")
        gcm.encrypt_into(nonce, plain, head, memoryview(out)[at + 4 : at + 4 + length + TAG_SIZE])
        self._count_sent(4 + length + TAG_SIZE)
        return at + 4 + length + TAG_SIZE

    def _count_sent(self, size: int) -> None:
        self._count_out = self._count_out + 1 & 0xFFFFFFFFFFFFFFFF
        self._advance(SEQUENCE_OUT)
        self._sent += size
        if self._sent >= self.REKEY_BYTES and not self.need_rekey():
            self._received_since_ask = 0
            self._private._trigger_rekey()

    def write_all(self, out: Any) -> None:
        """paramiko's way out: queue, and send unless a queued message is being built."""
        with self._send_lock:
            self.outbox.put(out)
        if not self._appending:
            self.flush()

    def flush(self, *, patient: bool = False) -> None:
        """``Outbox.flush``. Any thread; the reader's call may be put off to ``defer_flush``.

        ``patient``: nobody waits for what was queued last.
        """
        if self.defer_flush is not None and threading.get_ident() == self._reader:
            self.defer_flush(patient=patient)
            return
        self.outbox.flush()

    def begin_forwarding(self) -> None:
        """The handshake and the login are over. Any thread."""

    def fail(self, reason: str) -> None:
        """End the link for this reason. Any thread: raised in a client's handler it would end only that."""
        self.failure = self.failure or SSHException(reason)
        self.close()

    @property
    def is_congested(self) -> bool:
        return self.outbox.is_congested

    def close(self) -> None:
        """Wakes a reader and a writer that wait for the socket, on every system. Any thread.

        The socket itself is closed by the thread that reads it: a selector would never hear of a socket that
        another thread closes, and its number could be that of a client's by then.
        """
        self.closed = True
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self.on_closed()

    def _advance(self, which: str) -> None:
        """One of paramiko's private counters, kept in step for its slow path."""
        following = self.__dict__[which] + 1 & SEQUENCE_MASK
        if following == 0 and not self._private._initial_kex_done:
            raise SSHException("the sequence number rolled over during the first key exchange")
        self.__dict__[which] = following
