"""What the doctor measures over a connection: round trip, the other clock, and bytes a second.

Each is bounded in time and in bytes, and runs nothing but ``date``, ``head`` and ``cat`` at the far end.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import threading
import time
from dataclasses import dataclass

from paramiko.ssh_exception import SSHException

from app.provision.doctor.wire import Wire

PINGS = 5
MAX_BYTES = 32 * 1024 * 1024  # each way
MAX_S = 3.0  # each way
_CHUNK = 64 * 1024
_POLL_S = 0.25


@dataclass(frozen=True, slots=True)
class Throughput:
    """Bytes a second as a program would see them, both ways."""

    down: float
    up: float


def round_trip_ms(wire: Wire) -> float:
    """The middle one of a few. Raises LINK_LOST."""
    return statistics.median(wire.ping() for _ in range(PINGS)) * 1000


def clock_skew_s(wire: Wire) -> float | None:
    """How far the clock there is ahead of ours; None where the login runs no ``date``. Raises LINK_LOST.

    ``date`` tells whole seconds, and a round trip lies between: see ``CLOCK_TOLERANCE_S``.
    """
    before = time.time()
    told = wire.output_of("date +%s")
    after = time.time()
    match = re.search(r"^\s*(\d{9,12})\s*$", told or "", re.MULTILINE)
    return None if match is None else int(match[1]) + 0.5 - (before + after) / 2


def throughput(wire: Wire, cancelled: threading.Event) -> Throughput | None:
    """None where the login runs no commands, or not those. Raises LINK_LOST."""
    up = _up(wire, cancelled)
    down = _down(wire, cancelled) if up else 0.0
    return Throughput(down, up) if up and down else None


def _up(wire: Wire, cancelled: threading.Event) -> float:
    """Counted is what the far end has taken, not what waits on the way."""
    channel = wire.session("cat >/dev/null")
    if channel is None:
        return 0.0
    with contextlib.closing(channel):
        channel.settimeout(_POLL_S)
        window, sent, chunk = channel.out_window_size, 0, bytes(_CHUNK)
        start = last = time.monotonic()
        with contextlib.suppress(OSError, EOFError, SSHException):  # as far as it came
            while sent < MAX_BYTES and last - start < MAX_S and not cancelled.is_set():
                with contextlib.suppress(TimeoutError):
                    sent += channel.send(chunk)
                last = time.monotonic()
        taken = sent - max(0, window - channel.out_window_size)
        return taken / (last - start) if taken > 0 and last > start else 0.0


def _down(wire: Wire, cancelled: threading.Event) -> float:
    """From the first byte on: the round trip has a figure of its own."""
    channel = wire.session(f"head -c {MAX_BYTES} /dev/zero")
    if channel is None:
        return 0.0
    with contextlib.closing(channel):
        channel.settimeout(_POLL_S)
        start = last = time.monotonic()
        first = received = 0
        with contextlib.suppress(OSError, EOFError, SSHException):
            while last - start < MAX_S and not cancelled.is_set():
                try:
                    data = channel.recv(_CHUNK)
                except TimeoutError:
                    last = time.monotonic()
                    continue
                if not data:
                    break
                last = time.monotonic()
                if not first:
                    first, start = len(data), last
                received += len(data)
        counted = received - first
        return counted / (last - start) if counted > 0 and last > start else 0.0
