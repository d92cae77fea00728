"""A man in the middle of a link: it passes everything on, until it is told to change what passes."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self

Change = Callable[[bytes, bytes], bytes]  # of this packet, and the one before it


class Meddler:
    """Listens at ``port`` for one client, and connects it to the server.

    ``arm`` once the link is quiet: from then on the bytes of that direction are seen as packets with a plain
    length and ``tag`` bytes behind (AES-GCM, encrypt-then-MAC), and the packet of that number is changed.
    ``tag`` 0 means that lengths are encrypted: pieces of 64 bytes are taken for packets.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._armed: dict[str, tuple[int, int, Change]] = {}
        self.changed = threading.Event()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for sock in self._sockets:
            sock.close()

    def arm(self, direction: str, number: int, change: Change, tag: int = 16) -> None:
        self._armed[direction] = (number, tag, change)

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            client = self._listener.accept()[0]
            server = socket.create_connection(("127.0.0.1", self._server_port))
            self._sockets += [client, server]
            self._start(lambda: self._relay(client, server, "to server"))
            self._start(lambda: self._relay(server, client, "to client"))

    def _relay(self, source: socket.socket, sink: socket.socket, direction: str) -> None:
        """Ends by closing both: a cut packet is followed by an end."""
        held = bytearray()
        before, count = b"", 0
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if direction not in self._armed or self.changed.is_set():
                    sink.sendall(held + data)
                    held.clear()
                    continue
                number, tag, change = self._armed[direction]
                held += data
                while len(held) >= 4 and len(held) >= (size := _size(held, tag)):
                    packet = bytes(held[:size])
                    del held[:size]
                    count += 1
                    if count == number:
                        packet = change(packet, before)
                        self.changed.set()
                    before = packet
                    sink.sendall(packet)
                    if self.changed.is_set():
                        sink.sendall(held)
                        held.clear()
        for sock in (source, sink):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def _size(held: bytearray, tag: int) -> int:
    return min(64, len(held)) if tag == 0 else 4 + int.from_bytes(held[:4], "big") + tag


# --- what can be done to a packet --------------------------------------------------------------------------


def flip(at: int) -> Change:
    """One bit of the byte at this place; a negative place counts from the end."""

    def change(packet: bytes, _before: bytes) -> bytes:
        changed = bytearray(packet)
        changed[at] ^= 0x10
        return bytes(changed)

    return change


def without_last(count: int) -> Change:
    return lambda packet, _before: packet[:-count]


def dropped(_packet: bytes, _before: bytes) -> bytes:
    return b""


def twice(packet: bytes, _before: bytes) -> bytes:
    return packet + packet


def replayed(packet: bytes, before: bytes) -> bytes:
    return packet + before


def preceded(packet: bytes, before: bytes) -> bytes:
    return before + packet


CHANGES: dict[str, Change] = {
    "a bit of the length": flip(3),
    "a high bit of the length": flip(0),
    "a bit of the padding's length": flip(4),
    "a bit of the kind": flip(5),
    "a bit of the channel's number": flip(9),
    "a bit in the middle": flip(30),
    "a bit of the end": flip(-17),
    "a bit of the tag": flip(-1),
    "the last byte missing": without_last(1),
    "the tag missing": without_last(16),
    "most of it missing": without_last(31),
    "the packet missing": dropped,
    "the packet twice": twice,
    "the one before again": replayed,
    "the one before in front": preceded,
}
