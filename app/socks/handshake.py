"""How a local connection says where it wants to go: by a proxy protocol, or because it is known.

``ProxyHandshake`` speaks SOCKS5, SOCKS4(a) and HTTP through the sans-I/O server protocol;
``FixedHandshake`` is for plain forwards and for sockets that are handed in with their target.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.core.faults import Fault
from app.socks.http_body import OneRequest
from app.socks.refusals import cause_of
from app.socks.server_protocol import ConnectRequest, Credentials, Refused, Reply, ServerProtocol
from app.socks.streams import Stream


class Handshake(Protocol):
    @property
    def known_request(self) -> tuple[str, int] | None:
        """Where to go, when nothing need be read for it."""

    @property
    def refused(self) -> bool:
        """The client was told no and is to be let go."""

    def receive(self, data: bytes) -> tuple[bytes, tuple[str, int] | None]:
        """Bytes of the client in; what to send back and, once known, (host, port)."""

    def trailing(self) -> bytes:
        """What the client sent behind its request: the first bytes for the far end."""

    def guarded(self, stream: Stream) -> Stream:
        """The stream as the client may use it."""

    def accepted(self) -> bytes: ...
    def refuse(self, fault: Fault) -> bytes: ...


class ProxyHandshake:
    """The proxy dialects of one listener port."""

    def __init__(self, credentials: Credentials | None = None, *, forwards_http: bool = False) -> None:
        """``forwards_http``: as in ``ServerProtocol``."""
        self._protocol = ServerProtocol(credentials, forwards_http=forwards_http)
        self.refused = False

    @property
    def known_request(self) -> None:
        return None

    def receive(self, data: bytes) -> tuple[bytes, tuple[str, int] | None]:
        self._protocol.receive(data)
        reply = b""
        while (event := self._protocol.next_event()) is not None:
            if isinstance(event, ConnectRequest):
                return reply, (event.host, event.port)
            reply += event.data
            if isinstance(event, Refused):
                self.refused = True
                break
            assert isinstance(event, Reply)
        return reply, None

    def trailing(self) -> bytes:
        return self._protocol.trailing()

    def guarded(self, stream: Stream) -> Stream:
        end = self._protocol.request_end
        return stream if end is None else OneRequest(stream, end)

    def accepted(self) -> bytes:
        return self._protocol.accepted()

    def refuse(self, fault: Fault) -> bytes:
        return self._protocol.refused(cause_of(fault))


class FixedHandshake:
    """A socket whose target is known from the start; ``on_answer`` hears how it went, once."""

    def __init__(self, host: str, port: int, on_answer: Callable[[Fault | None], None] | None = None) -> None:
        self.known_request = (host, port)
        self.refused = False
        self._on_answer = on_answer

    def receive(self, data: bytes) -> tuple[bytes, tuple[str, int] | None]:  # noqa: ARG002
        raise AssertionError("a fixed handshake reads nothing")

    def trailing(self) -> bytes:
        return b""

    def guarded(self, stream: Stream) -> Stream:
        return stream

    def accepted(self) -> bytes:
        self._tell(None)
        return b""

    def refuse(self, fault: Fault) -> bytes:
        self._tell(fault)
        return b""

    def _tell(self, fault: Fault | None) -> None:
        if self._on_answer is not None:
            self._on_answer(fault)
            self._on_answer = None
