"""Free local ports that stay free between asking and using them, as far as that can be had."""

from __future__ import annotations

import random
import socket
import time
from contextlib import closing

# Below the usual ephemeral ranges (Linux 32768-60999, Windows and macOS 49152-65535), so that no outgoing
# connection of another program takes the port before it is used, or while a peer is being restarted.
_FIRST, _LAST = 15000, 32000


def free_port(host: str = "127.0.0.1") -> int:
    """A port of ``host`` that nothing listens on now. Raises OSError when a hundred guesses were taken."""
    for _ in range(100):
        port = random.randint(_FIRST, _LAST)
        with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError("no free port found")


def read_banner(port: int, timeout_s: float = 2.0) -> bytes:
    """The first line that the SSH server at 127.0.0.1:port sends; b"" when it sends none or is not there."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=timeout_s)) as probe:
            return probe.makefile("rb").readline(256)
    except OSError:
        return b""


def is_listening(port: int) -> bool:
    """Whether something accepts connections at 127.0.0.1:port."""
    try:
        with closing(socket.create_connection(("127.0.0.1", port), timeout=2)):
            return True
    except OSError:
        return False


class Deadline:
    """``while deadline.wait(): ...`` polls every few milliseconds and raises TimeoutError at the end."""

    def __init__(self, seconds: float, what: str) -> None:
        self._end = time.monotonic() + seconds
        self._what = what
        self._pause_s = 0.002

    def remaining_s(self) -> float:
        return max(0.0, self._end - time.monotonic())

    def wait(self) -> bool:
        if time.monotonic() > self._end:
            raise TimeoutError(f"waited in vain for: {self._what}")
        time.sleep(self._pause_s)
        self._pause_s = min(self._pause_s * 1.5, 0.05)
        return True
