"""The demo's threads and open sockets, so that stopping can wait for the ones and cut off the others."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

from paramiko.ssh_exception import SSHException

_log = logging.getLogger("relaytray.provision")


class Crew:
    """Starts named threads and remembers them until they end. Thread-safe; used for one run of the demo."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._sockets: set[socket.socket] = set()
        self._dismissed = False

    def start(self, name: str, task: Callable[[], None]) -> threading.Thread:
        """Run ``task`` in a thread. An end of the network is a normal end of it; anything else is a bug."""
        thread = threading.Thread(target=self._run, args=(task,), name=name, daemon=True)
        thread.start()
        self.adopt(thread)
        return thread

    def adopt(self, thread: threading.Thread) -> None:
        """Wait for this started thread too; it is forgotten once it has ended."""
        with self._lock:
            self._threads = {known for known in self._threads if known.is_alive()}
            self._threads.add(thread)

    @contextlib.contextmanager
    def holding(self, sock: socket.socket) -> Iterator[None]:
        """While inside, ``dismiss`` cuts this socket off; at the end it is closed."""
        with self._lock:
            self._sockets.add(sock)
            dismissed = self._dismissed
        try:
            if dismissed:
                cut_off(sock)
            yield
        finally:
            with self._lock:
                self._sockets.discard(sock)
            sock.close()

    def dismiss(self) -> None:
        """Cut off every socket that is held, now and from now on, so that nobody waits for one."""
        with self._lock:
            self._dismissed = True
            sockets = list(self._sockets)
        for sock in sockets:
            cut_off(sock)

    def join(self, deadline_s: float) -> list[str]:
        """Wait for all threads but the caller's; returns the names of those that are still there."""
        end = time.monotonic() + deadline_s
        while True:
            with self._lock:
                threads = [one for one in self._threads if one is not threading.current_thread()]
                threads = [one for one in threads if one.is_alive()]
            if not threads or time.monotonic() >= end:
                return [thread.name for thread in threads]
            threads[0].join(max(0.0, end - time.monotonic()))

    @staticmethod
    def _run(task: Callable[[], None]) -> None:
        try:
            task()
        except (OSError, EOFError, SSHException) as e:
            _log.debug("The demo's %s ended: %s", threading.current_thread().name, e)
        except Exception:  # noqa: BLE001 - the log tells it; the demo goes on
            _log.exception("The demo's %s failed.", threading.current_thread().name)


def cut_off(sock: socket.socket) -> None:
    """End both directions; wakes whoever waits for the socket, on every system."""
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
