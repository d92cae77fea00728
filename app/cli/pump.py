"""Standard input and output joined with a socket, byte for byte. Imports next to nothing."""

from __future__ import annotations

import os
import socket
import sys
import threading

_BLOCK = 256 * 1024


def pump(sock: socket.socket, source: int = 0, sink: int = 1) -> None:
    """Both ways until both are at their end; the end of one way is passed on at once as a half-close.

    ``source`` and ``sink`` are file descriptors. Two threads with blocking reads: descriptors that were
    inherited may be shared, so they cannot be made non-blocking, and Windows cannot select on pipes.
    """
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(source, os.O_BINARY)
        msvcrt.setmode(sink, os.O_BINARY)
    sock.settimeout(None)
    up = threading.Thread(target=_upload, args=(source, sock), name="proxy-up", daemon=True)
    up.start()
    if _download(sock, sink):
        up.join()


def _upload(source: int, sock: socket.socket) -> None:
    try:
        while data := os.read(source, _BLOCK):
            sock.sendall(data)
    except OSError:
        _end(sock, socket.SHUT_RDWR)  # the input broke, or nobody reads any more
        return
    _end(sock, socket.SHUT_WR)


def _download(sock: socket.socket, sink: int) -> bool:
    """Whether it ended with the far end's end of file, so that the other way may go on."""
    buffer = bytearray(_BLOCK)
    view = memoryview(buffer)
    try:
        while count := sock.recv_into(buffer):
            sent = 0
            while sent < count:
                sent += os.write(sink, view[sent:count])
        os.close(sink)
    except OSError:
        return False
    return True


def _end(sock: socket.socket, how: int) -> None:
    try:
        sock.shutdown(how)
    except OSError:
        pass  # it is at its end already
