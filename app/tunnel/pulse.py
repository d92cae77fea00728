"""What is due while a link lives: questions to the relay, figures for the person, the end of idleness."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from app.core.profiles import Relay
from app.socks.streams import Traffic
from app.tunnel.far_ends import AnyLink

PING_TIMEOUT_S = 5.0
PINGS_UNANSWERED = 3
TRAFFIC_TICK_S = 1.0


class Pulse:
    """Times are ``time.monotonic()``. Its supervisor guards it; ``ask`` blocks and needs no guard."""

    def __init__(self, traffic: Traffic, in_use: Callable[[], bool]) -> None:
        self._traffic = traffic
        self._in_use = in_use  # also by connections that came in at another relay's port
        self._ping_at = math.inf
        self._pings_missed = 0
        self._tick_at = math.inf

    def begin(self, relay: Relay) -> None:
        """The link has come up."""
        self._pings_missed = 0
        self._traffic.last_used = time.monotonic()
        self.follow(relay)

    def follow(self, relay: Relay) -> None:
        """The next question, counted from now."""
        self._ping_at = time.monotonic() + relay.keepalive_s if relay.keepalive_s else math.inf

    def next_due(self, relay: Relay) -> float:
        return min(self._ping_at, self._idle_at(relay))

    # --- is anybody there -------------------------------------------------------------------------------

    def ping_is_due(self) -> bool:
        return time.monotonic() >= self._ping_at

    def ask(self, link: AnyLink, relay: Relay, *, urgent: bool) -> tuple[float | None, bool]:
        """The round trip in seconds, if there was one, and whether the relay is to be given up."""
        round_trip = link.ping(PING_TIMEOUT_S)
        self.follow(relay)
        if round_trip is not None:
            self._pings_missed = 0
            return round_trip, False
        # A relay that does not answer is asked again at once: silence for three times is no accident.
        self._pings_missed += 1
        if relay.keepalive_s:
            self._ping_at = time.monotonic()
        return None, urgent or self._pings_missed >= PINGS_UNANSWERED

    # --- is it used -------------------------------------------------------------------------------------

    def is_idle(self, relay: Relay) -> bool:
        return time.monotonic() >= self._idle_at(relay)

    def _idle_at(self, relay: Relay) -> float:
        if not relay.idle_close_min:
            return math.inf
        if self._traffic.connections or self._in_use():
            self._traffic.last_used = time.monotonic()
        return self._traffic.last_used + relay.idle_close_min * 60

    # --- figures ----------------------------------------------------------------------------------------

    @property
    def tick_at(self) -> float:
        return self._tick_at

    def traffic_began(self) -> bool:
        """Figures are due from now on; false when they were already."""
        if self._tick_at < math.inf:
            return False
        self._tick_at = time.monotonic() + TRAFFIC_TICK_S
        return True

    def tick_is_due(self) -> bool:
        """Once for each time; the last one comes after the last connection has gone."""
        now = time.monotonic()
        if now < self._tick_at:
            return False
        self._tick_at = now + TRAFFIC_TICK_S if self._traffic.connections else math.inf
        return True
