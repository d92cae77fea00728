"""Events in the order in which things happened, told without holding a lock."""

from __future__ import annotations

import threading
from collections import deque

from app.core.events import Event, Publish


class Teller:
    """``put`` where the state changes, under the lock that guards it; ``flush`` after leaving it.

    Two threads that change a state one after the other may otherwise tell it the other way round, and what
    the front ends show last would not be what is true.
    """

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._lock = threading.Lock()
        self._news: deque[Event] = deque()
        self._telling = False

    def put(self, event: Event) -> None:
        self._news.append(event)

    def flush(self) -> None:
        """Tell all there is; returns at once when another thread is at it, which then tells this too."""
        while True:
            with self._lock:
                if self._telling or not self._news:
                    return
                self._telling = True
                event = self._news.popleft()
            try:
                self._publish(event)
            finally:
                with self._lock:
                    self._telling = False
