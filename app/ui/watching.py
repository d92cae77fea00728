"""Waits, in the background, for the servers whose bootstrap line was made. GUI thread only.

A server is waited for until it is online or something ends the waiting; a relay that cannot be reached does
not: it is asked again after a while.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import QObject, QTimer

from app.core.faults import Fault, FaultCode
from app.ui.bridge import Background
from app.ui.editing import fault_of
from app.ui.parts import SetUpPort

RETRY_MS = 15_000
_PASSING = {
    FaultCode.DNS_FAILED,
    FaultCode.CONNECTION_REFUSED,
    FaultCode.CONNECT_TIMED_OUT,
    FaultCode.NETWORK_UNREACHABLE,
    FaultCode.LINK_LOST,
}
_MOST = 32  # servers waited for at the same time; each takes a thread


class Watching(QObject):
    """``tell(server_id, fault)`` hears that the waiting has begun, with None, or what ended it."""

    def __init__(self, parent: QObject, port: SetUpPort, tell: Callable[[str, Fault | None], None]) -> None:
        super().__init__(parent)
        self._port, self._tell = port, tell
        self._background = Background(self, workers=_MOST, name="watch")
        self._running: dict[str, threading.Event] = {}
        self._is_closed = False

    def watch(self, server_id: str, *, quiet: bool = False) -> None:
        """Begin anew: what was waited for before is over, a newer line has taken its place.

        ``quiet`` asks the person nothing, and ends where a passphrase would be needed.
        """
        self.stop(server_id)
        if self._is_closed:
            return
        self._running[server_id] = threading.Event()
        self._tell(server_id, None)
        self._begin(server_id, self._running[server_id], quiet)

    def is_watching(self, server_id: str) -> bool:
        return server_id in self._running

    def stop(self, server_id: str) -> None:
        cancelled = self._running.pop(server_id, None)
        if cancelled is not None:
            cancelled.set()

    def cancel(self) -> None:
        """Nothing is waited for any more."""
        self._is_closed = True
        for server_id in list(self._running):
            self.stop(server_id)

    def close(self) -> None:
        """Waits for the threads as well."""
        self.cancel()
        self._background.close()

    def _begin(self, server_id: str, cancelled: threading.Event, quiet: bool) -> None:
        if self._is_closed or cancelled.is_set():
            return
        port = self._port
        self._background.run(
            lambda: port.watch(server_id, lambda _state: None, cancelled, quiet),
            partial(self._ended, server_id, cancelled, quiet),
        )

    def _ended(self, server_id: str, cancelled: threading.Event, quiet: bool, future: Future[None]) -> None:
        if self._running.get(server_id) is not cancelled:
            return  # stopped, or begun anew
        fault = fault_of(future)
        if fault is not None and fault.code in _PASSING:
            QTimer.singleShot(RETRY_MS, self, partial(self._begin, server_id, cancelled, quiet))
            return
        del self._running[server_id]
        if fault is not None and fault.code not in {FaultCode.CANCELLED, FaultCode.NOBODY_TO_ASK}:
            self._tell(server_id, fault)
