"""A TCP server in a process of its own that makes, takes and echoes bytes, so that a transfer can be judged.

The first byte of a connection says what is wanted. ``D`` and 16 digits: that many bytes of a known sequence,
then EOF. ``U``: everything is read to EOF, then its SHA256 and count are sent. ``E``: echo until EOF. ``R``:
``R``: a reset. ``H``: nothing is said.
Run as a program it prints its port.
"""

from __future__ import annotations

import hashlib
import socket
import struct
import subprocess
import sys
import threading
from typing import Self

BLOCK = bytes(range(256)) * 4096  # 1 MiB


def digest_of(count: int) -> str:
    """The SHA256 of the first ``count`` bytes of the sequence."""
    sha = hashlib.sha256()
    for _ in range(count // len(BLOCK)):
        sha.update(BLOCK)
    sha.update(BLOCK[: count % len(BLOCK)])
    return sha.hexdigest()


class ByteServer:
    """Starts the process; ``port`` is on 127.0.0.1."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([sys.executable, __file__], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.communicate()


def _serve(client: socket.socket) -> None:
    with client:
        try:
            _answer(client)
        except OSError:
            pass


def _answer(client: socket.socket) -> None:
    kind = client.recv(1)
    if kind == b"D":
        digits = b""
        while len(digits) < 16:
            digits += client.recv(16 - len(digits))
        left = int(digits)
        while left:
            part = BLOCK[: min(left, len(BLOCK))]
            client.sendall(part)
            left -= len(part)
        client.shutdown(socket.SHUT_WR)
        client.recv(1)
    elif kind == b"U":
        sha, count = hashlib.sha256(), 0
        while data := client.recv(1 << 20):
            sha.update(data)
            count += len(data)
        client.sendall(f"{sha.hexdigest()} {count}".encode())
    elif kind == b"E":
        while data := client.recv(1 << 16):
            client.sendall(data)
    elif kind == b"R":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif kind == b"H":
        threading.Event().wait()


def _main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(listener.getsockname()[1], flush=True)
    while True:
        client, _address = listener.accept()
        threading.Thread(target=_serve, args=(client,), daemon=True).start()


if __name__ == "__main__":
    _main()
