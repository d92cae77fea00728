"""Short-lived threads of a part, so that the end can wait for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Threads:
    """Thread-safe. A thread that has ended is forgotten by itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[threading.Thread] = set()

    def start(self, target: Callable[[], None], name: str) -> None:
        def run() -> None:
            try:
                target()
            finally:
                with self._lock:
                    self._running.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._lock:  # who joins must find a thread that has begun, and one that ended must not stay
            self._running.add(thread)
            try:
                thread.start()
            except BaseException:
                self._running.discard(thread)
                raise

    def join(self, end: float) -> list[str]:
        """Wait until ``end`` (time.monotonic()) for all, new ones too; the names of the late."""
        while True:
            with self._lock:
                others = self._running - {threading.current_thread()}
            left = end - time.monotonic()
            if not others or left <= 0:
                return [thread.name for thread in others]
            next(iter(others)).join(left)
