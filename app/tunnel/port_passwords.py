"""The passwords of local ports, looked up away from the loops: a keyring may take its time, or hang."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.tunnel.threads import Threads

log = logging.getLogger("relaytray.tunnel")

Told = Callable[[str | None], None]


class PortPasswords:
    """Thread-safe. One look-up at a time for each relay, in a thread ``password-<id>``, for whoever waits."""

    def __init__(self, look_up: Callable[[str], str | None], threads: Threads) -> None:
        """``look_up`` gives the password of a relay's port, None where there is none; it may block."""
        self._look_up = look_up
        self._threads = threads
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Told]] = {}
        self._closed = False

    def when_known(self, relay_id: str, told: Told) -> None:
        """``told`` is called once, in another thread; after ``close`` at once, with None."""
        with self._lock:
            closed = self._closed
            if not closed:
                is_first = relay_id not in self._waiting
                self._waiting.setdefault(relay_id, []).append(told)
                if is_first:
                    self._threads.start(lambda: self._ask(relay_id), f"password-{relay_id}")
        if closed:
            told(None)

    def close(self) -> None:
        """Nobody waits any longer."""
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, {}
        for told in (one for some in waiting.values() for one in some):
            told(None)

    def _ask(self, relay_id: str) -> None:
        password = None
        try:
            password = self._look_up(relay_id)
        except Exception:
            log.exception("The password of a local port could not be looked up.")
        with self._lock:
            waiting = self._waiting.pop(relay_id, [])
        for told in waiting:
            told(password)
