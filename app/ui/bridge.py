"""The two ways between the working threads and the GUI thread.

``EventBridge``: any thread publishes, the GUI thread hears. ``Background``: the GUI thread asks for something
slow and hears of the result. Both are created in the GUI thread and outlive every worker.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.core.events import Event
from app.core.faults import Fault, FaultCode, RelayTrayError

_log = logging.getLogger("relaytray.ui")
T = TypeVar("T")


class EventBridge(QObject):
    """Create in the GUI thread; ``publish`` may be called from any thread and returns at once."""

    received = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hear: Callable[[Event], None] | None = None
        # A bound method of this QObject, which lives in the GUI thread: that is what makes it run there.
        self.received.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def publish(self, event: Event) -> None:
        self.received.emit(event)

    def deliver_to(self, hear: Callable[[Event], None]) -> None:
        self._hear = hear

    @Slot(object)
    def _deliver(self, event: Event) -> None:
        if self._hear is not None:
            self._hear(event)


class Background(QObject):
    """Runs blocking calls off the GUI thread; ``on_done(future)`` runs in it, never before ``run`` "
    "returns."""

    _finished = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, workers: int = 4, name: str = "background") -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix=name)
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(self, task: Callable[[], T], on_done: Callable[[Future[T]], None] | None = None) -> None:
        future = self._pool.submit(task)
        future.add_done_callback(lambda done: self._finished.emit(on_done, done))

    def close(self) -> None:
        """Let what runs finish and start nothing more; waits for the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    @Slot(object, object)
    def _deliver(self, on_done: Callable[[Future[Any]], None] | None, future: Future[Any]) -> None:
        if future.cancelled():
            return
        if on_done is not None:
            on_done(future)
        elif future.exception() is not None:
            _log.error("A background task failed.", exc_info=future.exception())


def fault_of(future: Future[Any]) -> Fault | None:
    """Why a background task failed; what is no fault of ours is told as a bug."""
    problem = future.exception()
    if problem is None:
        return None
    if isinstance(problem, RelayTrayError):
        return problem.fault
    return Fault.of(FaultCode.INTERNAL, reason=f"{type(problem).__name__}: {problem}")
