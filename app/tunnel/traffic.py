"""Rates from counters: what the main window shows as throughput."""

from __future__ import annotations

import time

from app.core.states import TrafficState
from app.socks.streams import Traffic


class TrafficMeter:
    """Turns the counters of one relay into a state. ``measure`` in one thread; ``state`` in any."""

    def __init__(self, traffic: Traffic) -> None:
        self.traffic = traffic
        self._state = TrafficState()
        self._base = (0, 0)
        self._measured_at = time.monotonic()

    @property
    def state(self) -> TrafficState:
        return self._state

    def restart(self) -> None:
        """A new link: bytes count from here."""
        self._base = (self.traffic.received, self.traffic.sent)

    def measure(self) -> bool:
        """Take the figures; true when they differ from the last ones."""
        now = time.monotonic()
        elapsed = max(now - self._measured_at, 0.001)
        self._measured_at = now
        old = self._state
        received = self.traffic.received - self._base[0]
        sent = self.traffic.sent - self._base[1]
        self._state = TrafficState(
            received=received,
            sent=sent,
            received_per_s=round(max(0, received - old.received) / elapsed, 1),
            sent_per_s=round(max(0, sent - old.sent) / elapsed, 1),
            connections=self.traffic.connections,
        )
        return self._state != old
