"""Where the measured bytes come from and go to; cheap, so that the forwarder is what is measured.

The first byte of a connection says what is wanted. ``E``: echo until EOF. ``D``: as many zeros as 16 digits
say, then EOF. ``U``: read to EOF, then answer with the count in 16 digits. ``N``: the same for as many bytes
as 16 digits say, without an EOF. A program; it prints its port.
"""

from __future__ import annotations

import select
import socket
import sys
import threading

BLOCK = bytes(256 * 1024)
ENDLESS = 10**15


def _bulk(client: socket.socket, kind: bytes) -> None:
    try:
        with client:
            client.setblocking(True)
            {b"D": _send, b"N": _count_known}.get(kind, _count)(client)
    except OSError:
        pass  # the client left


def _number(client: socket.socket) -> int:
    digits = b""
    while len(digits) < 16:
        part = client.recv(16 - len(digits))
        if not part:
            raise OSError("the client left")
        digits += part
    return int(digits)


def _count_known(client: socket.socket) -> None:
    left, buffer = _number(client), bytearray(len(BLOCK))
    count = 0
    while count < left and (size := client.recv_into(buffer)):
        count += size
    client.sendall(b"%016d" % count)
    client.recv(1)


def _send(client: socket.socket) -> None:
    left = _number(client)
    if (
        left >= ENDLESS
    ):  # many of these may be held up at once, and it is not this end that should hold the bytes
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, len(BLOCK) // 2)
    block = memoryview(BLOCK)
    while left:
        left -= client.send(block[: min(left, len(block))])
    client.shutdown(socket.SHUT_WR)
    client.recv(1)


def _count(client: socket.socket) -> None:
    buffer, count = bytearray(len(BLOCK)), 0
    while size := client.recv_into(buffer):
        count += size
    client.sendall(b"%016d" % count)


class _Server:
    """Echoes in one thread; transfers get one each."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self._listener.setblocking(False)
        self._poll = select.epoll()
        self._poll.register(self._listener, select.EPOLLIN)
        self._new: set[int] = set()  # whose first byte is still to come
        self._clients: dict[int, socket.socket] = {}

    @property
    def port(self) -> int:
        return int(self._listener.getsockname()[1])

    def serve(self) -> None:
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._listener.fileno():
                    self._accept()
                else:
                    self._serve(descriptor)

    def _accept(self) -> None:
        try:
            while True:
                client, _ = self._listener.accept()
                client.setblocking(False)
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._clients[client.fileno()] = client
                self._new.add(client.fileno())
                self._poll.register(client, select.EPOLLIN)
        except BlockingIOError:
            pass

    def _serve(self, descriptor: int) -> None:
        client = self._clients[descriptor]
        try:
            data = client.recv(1 if descriptor in self._new else 65536)
            if data and descriptor in self._new:
                self._new.discard(descriptor)
                if data != b"E":
                    self._forget(descriptor)
                    threading.Thread(target=_bulk, args=(client, data), daemon=True).start()
                return
            if data:
                client.send(data)
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._forget(descriptor).close()

    def _forget(self, descriptor: int) -> socket.socket:
        self._poll.unregister(descriptor)
        self._new.discard(descriptor)
        return self._clients.pop(descriptor)


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    server = _Server()
    print(server.port, flush=True)
    server.serve()
