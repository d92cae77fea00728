"""The states of links and servers, which every front end draws from and none of them changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault
from app.core.routes import RouteKind
from app.core.shadowsocks import ShadowsocksState


class LinkPhase(StrEnum):
    """Where the one connection to a relay is."""

    OFF = "off"  # nothing is open but the local listener; the first client brings the link up
    CONNECTING = "connecting"
    UP = "up"  # logged in at the relay; says nothing about servers
    WAITING = "waiting"  # lost or failed; will try again in retry_in_s
    FAILED = "failed"  # needs the person: login refused, host key, no key file; a client tries again
    CLOSING = "closing"


class ServerPhase(StrEnum):
    """Where a server is; CONNECTED means that its sshd answered through our own SOCKS port."""

    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkState:
    phase: LinkPhase = LinkPhase.OFF
    fault: Fault | None = None  # why, in WAITING and FAILED
    retry_in_s: float | None = None  # at the time of the event, in WAITING
    attempt: int = 0
    round_trip_ms: float | None = None  # of the last keepalive answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    phase: ServerPhase = ServerPhase.OFF
    fault: Fault | None = None  # which hop fails, in TROUBLE
    retry_in_s: float | None = None
    route: RouteKind = RouteKind.REVERSE  # the one in use


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerState:
    """One local port.

    ``purpose`` is "socks", "ssh" (plain forward to a server's sshd), "forward" or "shadowsocks" (SOCKS and
    HTTP, by a Shadowsocks server that is connected).
    """

    purpose: str
    relay_id: str  # "" for the port of a Shadowsocks server
    server_id: str  # "" for a relay's SOCKS port; the Shadowsocks server's id for its port
    host: str
    port: int
    target: str = ""  # e.g. "lab-gpu: localhost:8888"
    fault: Fault | None = None  # why it does not listen

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficState:
    """Bytes since the link came up, the present rate, and open connections of one relay."""

    received: int = 0
    sent: int = 0
    received_per_s: float = 0.0
    sent_per_s: float = 0.0
    connections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All states at one moment, keyed by profile id."""

    links: dict[str, LinkState]
    servers: dict[str, ServerState]
    listeners: tuple[ListenerState, ...]
    traffic: dict[str, TrafficState]
    shadowsocks: dict[str, ShadowsocksState] = field(default_factory=dict)
