"""What is open during an examination: ended when it ends, and at once when it is called off."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.provision.doctor.wire import Wire

_POLL_S = 0.1


class Wires:
    """Use as a context manager. ``relay`` and ``server`` are the connections, once they are logged in."""

    def __init__(self, cancelled: threading.Event) -> None:
        self._cancelled = cancelled
        self._open: list[Wire] = []
        self._socks: list[socket.socket] = []
        self._closings: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="doctor-cancel", daemon=True)
        self.relay: Wire | None = None
        self.server: Wire | None = None
        self.relay_runs_commands = False

    def keep(self, sock: socket.socket) -> None:
        """Until a wire takes it over, or nothing does."""
        self._socks.append(sock)

    def at_end(self, close: Callable[[], None]) -> None:
        """Something else that is to end with the examination."""
        self._closings.append(close)

    def opened(self, wire: Wire) -> None:
        with self._lock:
            self._open.append(wire)

    @property
    def with_commands(self) -> list[Wire]:
        """The farthest one first."""
        relay = self.relay if self.relay_runs_commands else None
        return [wire for wire in (self.server, relay) if wire is not None]

    def __enter__(self) -> Self:
        self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._watcher.join()
        self._end()
        for sock in self._socks:
            sock.close()
        for close in self._closings:
            close()

    def _watch(self) -> None:
        while not self._over.wait(_POLL_S):
            if self._cancelled.is_set():
                self._end()  # again and again: another may just have been opened

    def _end(self) -> None:
        with self._lock:
            wires = list(reversed(self._open))
        for wire in wires:
            wire.end()
