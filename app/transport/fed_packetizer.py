"""The fast lane of a link inside another one: fed by that one's reader, in its thread.

Two links with a reader each would hand every byte from thread to thread, through a pair of sockets. Here the
outer link's reader decrypts the inner link's packets as well and hands their data to the clients. What the
fast lane has no taker for (keys, global requests, refusals) goes to the inner transport's own thread, which
is paramiko's: it has its *turn* until it asks for the next message. Meanwhile what comes is kept.

Under a cipher other than AES-GCM the transport's thread always has the turn.
"""

from __future__ import annotations

import threading
from queue import SimpleQueue

from paramiko.message import Message
from paramiko.packet import NeedRekeyException

from app.transport.packet_format import LENGTH, MAX_PACKET, TAG_SIZE
from app.transport.packetizer import FastPacketizer
from app.transport.stream_socket import StreamSocket

Found = tuple[int, Message] | Exception  # a message for paramiko's thread, or what it is to raise


class _Starved(Exception):  # noqa: N818 - no error: it is fed again later
    """What has come so far is read, or half a packet of it is left."""


class FedPacketizer(FastPacketizer):
    """Threads: ``read_message`` in the transport's; fed in that of the outer link's reader."""

    def __init__(self, sock: StreamSocket) -> None:
        super().__init__(sock)  # type: ignore[arg-type]
        self._stream_sock = sock
        # Who parses holds it. Under it only what never blocks: the outer reader may be waiting for it.
        self._parsing = threading.Lock()
        self._may_be_fed = self._is_fed = False
        self._found: SimpleQueue[Found] = SimpleQueue()
        self.await_readable = self._await_readable
        sock.taker = self._feed
        self.on_closed = lambda: self._found.put(EOFError())

    def begin_forwarding(self) -> None:
        """From now on nothing blocks, but the thread that waits for its turn."""
        sock = self._stream_sock
        sock.on_room = self._flush_again
        sock.send_without_waiting()
        sock.settimeout(None)
        self._may_be_fed = True
        sock.call()

    def _flush_again(self) -> None:
        try:
            self.outbox.flush_again()
        except EOFError:
            return  # whoever reads will see that the stream is gone
        if not self.outbox.is_full:
            self.on_room()

    # --- the outer link's reader --------------------------------------------------------------------------

    def _feed(self, data: memoryview) -> None:
        """What just came; nothing of it: the stream has ended."""
        with self._parsing:
            if self.closed:
                return
            if data and not (self._is_fed and self._take_in(data)):
                self._stream_sock.keep(data)
            if not self._is_fed:
                return
            found = self._parse()
            self._is_fed = found is None
        if found is not None:
            self._found.put(found)

    def _take_in(self, data: memoryview) -> bool:
        """Straight into the buffer, if there is room behind what it has: nothing is kept before it."""
        size = len(data)
        if self._start == self._end:
            self._start = self._end = 0
        elif len(self._buffer) - self._end < size:
            self._to_front()
        end = self._end + size
        if end > len(self._buffer):
            return False
        self._view[self._end : end] = data
        self._end = end
        self._stream_sock.consumed(size)
        return True

    def _parse(self) -> Found | None:
        """Whatever has come; None when all of it had takers. Whoever calls has the turn."""
        try:
            while self._gcm_in is not None and not self.closed:
                if not (self._has_packet() or self._stream_sock.is_readable):
                    return None
                if self.need_rekey() and not self._asked_by_reader:
                    self._asked_by_reader = True
                    return NeedRekeyException()
                payload = self._read_gcm(self._gcm_in)
                if not self._took(payload):
                    return self._message(payload)
        except _Starved:
            return None
        except Exception as e:  # noqa: BLE001 - raised in the transport's thread, which ends with it
            return e
        return EOFError()

    # --- the transport's thread ---------------------------------------------------------------------------

    def read_message(self) -> tuple[int, Message]:
        while True:
            found: Found | None
            with self._parsing:
                is_fed = self._may_be_fed and self._gcm_in is not None
                found = self._parse() if is_fed else None
                self._is_fed = is_fed and found is None
            if not is_fed:
                try:
                    return super().read_message()
                except _Starved:
                    continue
            if found is None:
                found = self._found.get()
            if isinstance(found, Exception):
                raise found
            return found

    def _await_readable(self) -> None:
        """Before each ``recv_into``, which waits; nobody waits where the next bytes are handed in."""
        if self._may_be_fed and self._gcm_in is not None and not self._stream_sock.is_readable:
            raise _Starved

    def _has_packet(self) -> bool:
        """A whole one, or a length that is none: who reads it says so."""
        held = self._end - self._start
        if held < 4:
            return False
        length: int = LENGTH.unpack_from(self._buffer, self._start)[0]
        return held >= 4 + length + TAG_SIZE or length > MAX_PACKET
