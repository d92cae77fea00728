"""paramiko's transport as it is, for links on which commands run instead of streams.

``LinkTransport`` gives up paramiko's channels for speed; a shell needs nothing but them.
"""

from __future__ import annotations

import socket
import threading
from typing import Any

import paramiko

_KEEPALIVE_S = 15  # a command may be silent for long, and NATs forget


class SessionTransport(paramiko.Transport):
    """Its log lines go to our logger at debug level, and it offers exactly the host key types it is told."""

    def __init__(self, sock: socket.socket, *, name: str) -> None:
        super().__init__(sock)
        self.name = name
        self.daemon = True
        self.set_log_channel("relaytray.ssh")
        self.set_keepalive(_KEEPALIVE_S)

    @property
    def preferred_keys(self) -> tuple[str, ...]:
        """Exactly what was asked for: paramiko would add certificate variants of everything."""
        private: Any = self  # for the name that its type stubs do not show
        return tuple(private._filter_algorithm("keys"))  # noqa: SLF001 - as in ``link_transport``

    def end(self) -> None:
        """Close, and wait for the reader to be gone."""
        self.close()
        self.packetizer.complete_handshake()  # one that failed leaves its timer thread else
        if self.ident is None:
            self.sock.close()
        elif threading.current_thread() is not self:
            self.join(5)

    def _log(self, level: int, msg: Any, *args: Any) -> None:  # noqa: ARG002 - what matters becomes a fault
        for line in msg if isinstance(msg, list) else [msg]:
            self.logger.debug("%s: %s", self.name, str(line) % args if args else line)
