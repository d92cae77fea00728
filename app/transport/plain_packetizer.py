"""paramiko's own packet layer, for a paramiko whose inside is not the one that the fast lane knows.

Slower, and nothing of it is private: only methods that paramiko documents are overridden. What is sent goes
through a thread of its own, so that neither the reader nor a client's loop ever waits for a full socket: a
reader that waited while the peer's reader did the same would be a deadlock. The clients' loops have threads
of their own as well; nobody can turn them while paramiko's reader waits in ``recv``.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from paramiko.message import Message
from paramiko.packet import Packetizer
from paramiko.ssh_exception import SSHException

from app.transport.outbox import MAX_MESSAGES, ROOM

MSG_CHANNEL_DATA = 94


class PlainPacketizer(Packetizer):
    """What ``LinkTransport`` asks of ``FastPacketizer``, done by paramiko. Sending from any thread."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._sock = sock
        self.received = 0  # bytes of messages; says whether the peer lives
        self.failure: SSHException | None = None
        self.on_room: Callable[[], None] = lambda: None
        # Never called: paramiko's tables carry everything.
        self.on_channel_data: Callable[[int, memoryview], bool] | None = None
        self.on_channel_message: Callable[[int, memoryview], bool] | None = None
        self._news = threading.Condition()
        self._messages: deque[bytes] = deque()  # the first is being sent
        self._size = 0
        self._was_congested = False
        self._writer: threading.Thread | None = None

    def begin_forwarding(self) -> None:
        """Nothing changes."""

    # --- receiving ------------------------------------------------------------------------------------

    def read_message(self) -> tuple[int, Message]:
        kind, message = super().read_message()
        self.received += 1 + len(message.asbytes())
        return kind, message

    # --- sending --------------------------------------------------------------------------------------

    def send_message(self, data: Any) -> None:
        self.enqueue(data.asbytes())

    def enqueue(self, payload: bytes) -> None:
        """Never blocks."""
        with self._news:
            if self.closed:
                return
            has_place = len(self._messages) < MAX_MESSAGES
            if has_place:
                self._messages.append(payload)
                self._size += len(payload)
                self._start_writer()
                self._news.notify_all()
        if not has_place:
            self.fail("the peer does not read what it asked for")

    def enqueue_channel_data(self, channel: int, data: memoryview, max_packet: int) -> None:
        for at in range(0, len(data), max_packet):
            part = data[at : at + max_packet]
            self.enqueue(struct.pack(">BII", MSG_CHANNEL_DATA, channel, len(part)) + part)

    def flush(self, *, patient: bool = False) -> None:
        """The writer does."""

    @property
    def is_congested(self) -> bool:
        """So much waits that more data would only take memory; ``on_room`` is called when it has gone."""
        with self._news:
            self._was_congested = self._was_congested or self._size >= ROOM
            return self._was_congested

    def _start_writer(self) -> None:
        if self._writer is None:
            self._writer = threading.Thread(target=self._write, name="link-writer", daemon=True)
            self._writer.start()

    def _write(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._messages or self.closed)
                if self.closed:
                    return
                payload = self._messages[0]
            try:
                super().send_message(Message(payload))
            except Exception:  # noqa: BLE001 - EOFError, mostly: the reader sees that it is closed
                self.close()
                return
            if self._sent(len(payload)):
                self.on_room()

    def _sent(self, size: int) -> bool:
        """True when who was told to wait may go on."""
        with self._news:
            self._messages.popleft()
            self._size -= size
            self._news.notify_all()
            has_room = self._was_congested and self._size <= ROOM // 2
            self._was_congested = self._was_congested and not has_room
            return has_room

    # --- new keys: everything before them goes out under the old ones -----------------------------------

    def _drain(self) -> None:
        with self._news:
            self._news.wait_for(lambda: not self._messages or self.closed)

    def reset_seqno_out(self) -> None:
        self._drain()
        super().reset_seqno_out()

    def set_outbound_cipher(self, *args: Any, **kwargs: Any) -> None:
        self._drain()
        super().set_outbound_cipher(*args, **kwargs)

    def set_outbound_compressor(self, compressor: Any) -> None:
        self._drain()
        super().set_outbound_compressor(compressor)

    # --- the end ----------------------------------------------------------------------------------------

    def fail(self, reason: str) -> None:
        """End the link for this reason. Any thread."""
        self.failure = self.failure or SSHException(reason)
        self.close()

    def close(self) -> None:
        """Any thread; wakes the reader and the writer."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        super().close()
        with self._news:
            self._news.notify_all()
