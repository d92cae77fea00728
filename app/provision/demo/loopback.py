"""Sockets on 127.0.0.1: listeners that end when told to, free ports, connections without delay."""

from __future__ import annotations

import contextlib
import random
import selectors
import socket
import threading
from collections.abc import Callable, Iterable

from app.provision.demo.crew import Crew
from app.socks.listener import bind_listener

HOST = "127.0.0.1"
# Below the ephemeral ranges of Linux, Windows and macOS: no outgoing connection of another program takes
# such a port while the demo's tunnel is down.
_FIRST_QUIET, _LAST_QUIET = 15000, 32000
_CONNECT_TIMEOUT_S = 10.0


class Listener:
    """Accepts connections on 127.0.0.1:port in a thread of its own and hands each to ``on_connection``.

    ``on_connection(sock, peer)`` runs in that thread, so it must not wait; it owns the socket.
    Raises OSError when the port cannot be had.
    """

    def __init__(
        self,
        crew: Crew,
        name: str,
        on_connection: Callable[[socket.socket, tuple[str, int]], None],
        port: int = 0,
    ) -> None:
        self._on_connection = on_connection
        self._socket = listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self._ended = threading.Event()
        self._wake_in, self._wake_out = socket.socketpair()
        self._thread = crew.start(name, self._serve)

    def close(self) -> None:
        """Nothing listens any more when this returns (unless called by ``on_connection``)."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._wake_out.send(b"x")
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _serve(self) -> None:
        with self._socket, self._wake_in, self._wake_out, selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ)
            selector.register(self._wake_in, selectors.EVENT_READ)
            while not self._ended.is_set():
                selector.select()
                if not self._ended.is_set():
                    self._accept()

    def _accept(self) -> None:
        try:
            sock, peer = self._socket.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return  # the caller has thought better of it
        except OSError:
            self._ended.wait(0.1)  # out of descriptors: give the others time to end
            return
        sock.setblocking(True)
        without_delay(sock)
        self._on_connection(sock, (peer[0], peer[1]))


def listening_socket(port: int) -> socket.socket:
    """Raises OSError. On Windows nobody else can share the port, elsewhere a closed one is free at once."""
    return bind_listener(HOST, port)


def connect(port: int, hosts: Iterable[str] = (HOST,)) -> socket.socket:
    """A connection to this port of the first loopback address that has it. Raises OSError of the last."""
    failure = OSError("no address")
    for host in hosts:
        try:
            sock = socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT_S)
        except OSError as e:
            failure = e
            continue
        sock.settimeout(None)
        without_delay(sock)
        return sock
    raise failure


def free_port(preferred: int = 0) -> int:
    """``preferred`` if nothing has it, else one that is likely to stay free. Raises OSError."""
    candidates = [preferred] if preferred else []
    candidates += [random.randint(_FIRST_QUIET, _LAST_QUIET) for _ in range(50)]  # noqa: S311
    for port in candidates:
        try:
            listening_socket(port).close()
        except OSError:
            continue
        return port
    with contextlib.closing(listening_socket(0)) as sock:
        return int(sock.getsockname()[1])


def without_delay(sock: socket.socket) -> None:
    """A small packet is not held back until the last one is acknowledged (40 ms each time)."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
