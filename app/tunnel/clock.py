"""Alarms: one thread that calls back at a time, made when the first alarm is set."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger("relaytray.tunnel")


class Alarm:
    """A pending call. ``cancel`` from any thread; it may be running already."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Clock:
    """Calls back from its own thread ``clock``; callbacks must be short."""

    def __init__(self) -> None:
        self._cv = threading.Condition()
        self._alarms: list[tuple[float, int, Alarm]] = []
        self._order = itertools.count()
        self._thread: threading.Thread | None = None
        self._stopped = False

    @staticmethod
    def now() -> float:
        """Seconds, monotonic."""
        return time.monotonic()

    def after(self, delay_s: float, callback: Callable[[], None]) -> Alarm:
        alarm = Alarm(callback)
        with self._cv:
            heapq.heappush(self._alarms, (self.now() + delay_s, next(self._order), alarm))
            if self._thread is None and not self._stopped:
                self._thread = threading.Thread(target=self._run, name="clock", daemon=True)
                self._thread.start()
            self._cv.notify()
        return alarm

    def stop(self) -> None:
        with self._cv:
            self._stopped = True
            self._alarms.clear()
            self._cv.notify()
            thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)

    def _run(self) -> None:
        while True:
            callback = None
            with self._cv:
                if self._stopped:
                    return
                if not self._alarms:
                    self._cv.wait()
                    continue
                due = self._alarms[0][0] - self.now()
                if due > 0 and self._alarms[0][2].callback is not None:
                    self._cv.wait(due)
                    continue
                callback = heapq.heappop(self._alarms)[2].callback
            if callback is not None:
                self._guarded(callback)

    @staticmethod
    def _guarded(callback: Callable[[], None]) -> None:
        """One call that fails must not be the end of all others."""
        try:
            callback()
        except Exception:
            log.exception("A call by the clock failed.")
