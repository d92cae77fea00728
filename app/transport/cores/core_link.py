"""The link of a v2ray route: a core that runs, and the server's sshd behind it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from app.core.faults import Fault, FaultCode
from app.core.v2ray_route import SSHD_PORT
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from app.transport.cores.core_stream import SILENT_S
from app.transport.cores.proxy_link import ProxyLink
from app.transport.cores.running import RunningCore

_GREETING = (
    b"SSH-2.0-RelayTray_probe\r\n"  # some inner proxies end a connection on which the client is silent
)
_POLL_S = 0.2


class Heard(Enum):
    """What came back from the server's sshd."""

    BANNER = auto()
    OTHER = auto()  # something that is no sshd
    END = auto()
    NOTHING = auto()


class Answer(NamedTuple):
    heard: Heard
    seconds: float


class CoreLink(ProxyLink[RunningCore]):
    """Through v2ray or Xray to one server's sshd."""

    def __init__(self, alias: str, on_lost: Callable[[CoreLink], None]) -> None:
        super().__init__(f"core-{alias}", on_lost)
        self._alias = alias

    def ask(self, timeout_s: float = 0.0, cancelled: threading.Event | None = None) -> Answer:
        """Does the server's sshd answer? Blocks; 0 = for as long as a stream would wait."""
        start = time.monotonic()
        try:
            heard = self._heard(start + (timeout_s or SILENT_S), cancelled or threading.Event())
        except TimeoutError:
            heard = Heard.NOTHING
        except (OSError, EOFError):
            heard = Heard.END
        return Answer(heard, time.monotonic() - start)

    def fault(self, relay: str) -> Fault:
        """Why it is lost, as it is told."""
        if self._core is None or self._core.is_running:
            return Fault.of(FaultCode.ROUTE_SILENT, alias=self._alias, relay=relay)
        title = self._core.program.title
        return Fault.of(FaultCode.CORE_DIED, program=title, reason=self._core.why_it_ended())

    def _speaks_first(self, port: int) -> bool:
        return port == SSHD_PORT

    def _seconds_to_answer(self, timeout_s: float) -> float | None:
        answer = self.ask(timeout_s)
        return answer.seconds if answer.heard is Heard.BANNER else None

    def _heard(self, end: float, cancelled: threading.Event) -> Heard:
        core = self.core

        def receive(limit: int) -> bytes:
            while True:
                if time.monotonic() > end:
                    raise TimeoutError
                if cancelled.is_set():
                    raise EOFError
                try:
                    data = sock.recv(limit)
                except TimeoutError:
                    continue
                if not data:
                    raise EOFError
                return data

        with contextlib.closing(socket.create_connection(("127.0.0.1", core.port), timeout=_POLL_S)) as sock:
            protocol = ClientProtocol("localhost", SSHD_PORT, core.login)
            shake_hands(sock, protocol, lambda: receive(1))
            if protocol.refusal is not None:
                return Heard.END
            sock.sendall(_GREETING)
            data = b""
            while len(data) < len(b"SSH-"):
                data += receive(256)
            return Heard.BANNER if data.startswith(b"SSH-") else Heard.OTHER
