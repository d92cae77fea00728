"""A listening local port: accepts, and makes a connection of each client."""

from __future__ import annotations

import errno
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable

from app.socks.loop import READ, Loop

log = logging.getLogger("relaytray.socks")

BACKLOG = 512  # browsers and build tools open many at once
MAX_BURST = 64  # clients accepted in one turn of the loop
RETRY_ACCEPT_S = 1.0
_TRY_AGAIN = (BlockingIOError, InterruptedError, ConnectionAbortedError)


def bind_listener(host: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError as the system says it (see system.port_holder for the words)."""
    if not 0 <= port <= 0xFFFF:  # from a file of profiles; bind() would raise an OverflowError
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Without it another program may bind the same port and take our clients (Winsock).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # Lets us come back at once while old connections are in TIME_WAIT; no theft on POSIX.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


class Listener:
    """Owns a listening socket in a loop. ``accepted`` is called in the loop's thread.

    It may ``visit`` another loop, whose connections its clients become; when that ends it comes home.
    """

    def __init__(self, sock: socket.socket, loop: Loop, accepted: Callable[[socket.socket], None]) -> None:
        self._sock = sock
        self._home = self._loop = loop
        self._accepted = accepted
        self._closed = self._closing = False
        self._is_free = threading.Event()
        self._complained = False
        self._burst = 1
        if loop.add(self):
            loop.call(self._begin)
        else:
            self._close()

    @property
    def port(self) -> int:
        return int(self._sock.getsockname()[1])

    def close(self) -> None:
        """Stop listening; the port is free when the loop has run. Any thread."""
        self._closing = True
        self._loop.call(self._end)

    def wait_until_free(self, timeout_s: float = 2.0) -> None:
        """Behind ``close``: somebody else may have the port. Any thread; that of its loop does not wait."""
        if not self._loop.is_current:
            self._is_free.wait(timeout_s)

    def visit(self, loop: Loop) -> None:
        """Accept in this loop from now on. Any thread."""
        self._loop.call(lambda: self._move_to(loop))

    def _begin(self) -> None:
        if self._closing:
            self._end()
        elif self._loop.is_current and not self._closed:
            self._loop.watch(self._sock, READ, self)

    def _move_to(self, loop: Loop) -> None:
        if self._closed or loop is self._loop:
            return
        if not self._loop.is_current:  # it has moved meanwhile
            self.visit(loop)
            return
        self._loop.watch(self._sock, 0, self)
        self._loop.remove(self)
        self._loop = loop
        if loop.add(self):
            loop.call(self._begin)
        elif loop is not self._home:
            self._go_home()
        else:
            self._close()

    def _go_home(self) -> None:
        self._loop = self._home
        if self._home.add(self):
            self._home.call(self._begin)
        else:
            self._close()

    def _end(self) -> None:
        if self._closed:
            return
        if self._loop.is_current:
            self._loop.watch(self._sock, 0, self)
            self._loop.remove(self)
            self._close()
        else:  # it has moved meanwhile
            self._loop.call(self._end)

    def _close(self) -> None:
        self._closed = True
        self._sock.close()
        self._is_free.set()

    def loop_ended(self) -> None:
        """In the thread of the loop that ended."""
        self._loop.watch(self._sock, 0, self)
        if self._loop is self._home or self._closing:
            self._close()
        else:
            self._go_home()

    def socket_ready(self, mask: int) -> None:  # noqa: ARG002
        for _ in range(self._burst):  # then let the other sockets have their turn
            try:
                client, _address = self._sock.accept()
            except _TRY_AGAIN:
                self._burst = 1  # most come alone, and asking in vain takes time
                return
            except OSError as e:
                self._pause(e)
                return
            self._complained = False
            try:
                self._accepted(client)
            except OSError:  # the loops have ended, or no descriptor is left for another one
                client.close()
            except Exception:  # of this client: the port stays open for the others
                log.exception("A client could not be served.")
                client.close()
        self._burst = min(2 * self._burst, MAX_BURST)

    def _pause(self, e: OSError) -> None:
        """No descriptors, no memory: trying at once again would only burn the processor."""
        if self._closed:
            return
        if not self._complained:
            self._complained = True
            log.warning("No more connections can be opened: %s. Waiting for some to close.", e.strerror)
        self._loop.watch(self._sock, 0, self)
        self._loop.call_later(RETRY_ACCEPT_S, self._begin)
