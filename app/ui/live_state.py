"""What is known at this moment: the document and the states of links, servers, listeners and traffic.

A frozen value and one function that takes an event to the next value; no Qt, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.events import (
    DocumentChanged,
    EnrolmentTold,
    Event,
    LinkChanged,
    ListenersChanged,
    ServerChanged,
    ShadowsocksChanged,
    SteeringChanged,
    TrafficChanged,
)
from app.core.faults import Fault
from app.core.profiles import Document, EnrolmentState, Server
from app.core.shadowsocks import ProxyPhase, ShadowsocksState, Steering
from app.core.states import (
    LinkPhase,
    LinkState,
    ListenerState,
    ServerPhase,
    ServerState,
    Snapshot,
    TrafficState,
)
from app.core.uses import Editor


@dataclass(frozen=True)
class LiveState:
    document: Document = field(default_factory=Document)
    links: Mapping[str, LinkState] = field(default_factory=dict)
    servers: Mapping[str, ServerState] = field(default_factory=dict)
    listeners: tuple[ListenerState, ...] = ()
    traffic: Mapping[str, TrafficState] = field(default_factory=dict)
    closing: bool = False
    offers_uses: bool = False  # whether this program can hand servers to other programs
    offers_setup: bool = False  # whether it can set up relays and bring servers online
    offers_doctor: bool = False
    offers_routes: bool = False  # whether it can let servers be reached by a relay's v2ray
    offers_cloud: bool = False
    line_faults: Mapping[str, Fault] = field(default_factory=dict)  # why a server's line is not waited for
    editors: tuple[Editor, ...] = ()  # found on this computer
    shadowsocks: Mapping[str, ShadowsocksState] = field(default_factory=dict)
    steering: SteeringChanged = field(default_factory=lambda: SteeringChanged(Steering.PORT))  # as last told
    offers_shadowsocks: bool = False  # whether this program can run clients of Shadowsocks
    offers_links: bool = False  # whether it can read and show links

    def with_snapshot(self, snapshot: Snapshot) -> LiveState:
        """Everything connected as the snapshot has it; the rest stays."""
        seen = LiveState.of(self.document, snapshot)
        return replace(
            self,
            links=seen.links,
            servers=seen.servers,
            listeners=seen.listeners,
            traffic=seen.traffic,
            shadowsocks=seen.shadowsocks,
        )

    @classmethod
    def of(cls, document: Document, snapshot: Snapshot) -> LiveState:
        return cls(
            document=document,
            links=dict(snapshot.links),
            servers=dict(snapshot.servers),
            listeners=snapshot.listeners,
            traffic=dict(snapshot.traffic),
            shadowsocks=dict(snapshot.shadowsocks),
        )

    def after(self, event: Event) -> LiveState:
        """The state once this event has been heard; unknown events change nothing."""
        match event:
            case LinkChanged(relay_id, state):
                return replace(self, links={**self.links, relay_id: state})
            case ServerChanged(server_id, state):
                return replace(self, servers={**self.servers, server_id: state})
            case ListenersChanged(listeners):
                return replace(self, listeners=listeners)
            case TrafficChanged(relay_id, traffic):
                return replace(self, traffic={**self.traffic, relay_id: traffic})
            case ShadowsocksChanged(shadowsocks_id, now):
                return replace(self, shadowsocks={**self.shadowsocks, shadowsocks_id: now})
            case SteeringChanged():
                return replace(self, steering=event)
            case EnrolmentTold(server_id, fault):
                others = {key: value for key, value in self.line_faults.items() if key != server_id}
                return replace(self, line_faults={**others, server_id: fault} if fault else others)
            case DocumentChanged(document):
                return self._with_document(document)
            case _:
                return self

    def link(self, relay_id: str) -> LinkState:
        return self.links.get(relay_id, LinkState())

    def server(self, server_id: str) -> ServerState:
        return self.servers.get(server_id, ServerState())

    def proxy(self, shadowsocks_id: str) -> ShadowsocksState:
        return self.shadowsocks.get(shadowsocks_id, ShadowsocksState())

    def traffic_of(self, relay_id: str) -> TrafficState:
        return self.traffic.get(relay_id, TrafficState())

    def listeners_of(self, relay_id: str) -> tuple[ListenerState, ...]:
        return tuple(one for one in self.listeners if one.relay_id == relay_id)

    def is_waiting(self) -> bool:
        """Whether some retry is counting down."""
        waits = [link.phase is LinkPhase.WAITING for link in self.links.values()]
        waits += [one.phase is ServerPhase.TROUBLE and bool(one.retry_in_s) for one in self.servers.values()]
        waits += [one.phase is ProxyPhase.WAITING for one in self.shadowsocks.values()]
        return any(waits)

    def is_waiting_for_line(self, server: Server) -> bool:
        """Whether its bootstrap line was made and it has not come online by it yet."""
        enrolment = server.enrolment
        is_waiting = enrolment is not None and enrolment.state is not EnrolmentState.ONLINE
        return is_waiting and self.server(server.id).phase in {ServerPhase.OFF, ServerPhase.TROUBLE}

    def _with_document(self, document: Document) -> LiveState:
        relays = {relay.id for relay in document.relays}
        servers = {server.id for server in document.servers}
        proxies = {one.id for one in document.shadowsocks}
        return replace(
            self,
            document=document,
            links={key: value for key, value in self.links.items() if key in relays},
            servers={key: value for key, value in self.servers.items() if key in servers},
            traffic={key: value for key, value in self.traffic.items() if key in relays},
            line_faults={key: value for key, value in self.line_faults.items() if key in servers},
            shadowsocks={key: value for key, value in self.shadowsocks.items() if key in proxies},
        )
