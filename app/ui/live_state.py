"""What is known at this moment: the document and the states of links, servers, listeners and traffic.

A frozen value and one function that takes an event to the next value; no Qt, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.events import (
    DocumentChanged,
    Event,
    LinkChanged,
    ListenersChanged,
    ServerChanged,
    TrafficChanged,
)
from app.core.profiles import Document
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
    editors: tuple[Editor, ...] = ()  # found on this computer

    @classmethod
    def of(cls, document: Document, snapshot: Snapshot) -> LiveState:
        return cls(
            document=document,
            links=dict(snapshot.links),
            servers=dict(snapshot.servers),
            listeners=snapshot.listeners,
            traffic=dict(snapshot.traffic),
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
            case DocumentChanged(document):
                return self._with_document(document)
            case _:
                return self

    def link(self, relay_id: str) -> LinkState:
        return self.links.get(relay_id, LinkState())

    def server(self, server_id: str) -> ServerState:
        return self.servers.get(server_id, ServerState())

    def traffic_of(self, relay_id: str) -> TrafficState:
        return self.traffic.get(relay_id, TrafficState())

    def listeners_of(self, relay_id: str) -> tuple[ListenerState, ...]:
        return tuple(one for one in self.listeners if one.relay_id == relay_id)

    def is_waiting(self) -> bool:
        """Whether some retry is counting down."""
        waits = [link.phase is LinkPhase.WAITING for link in self.links.values()]
        waits += [one.phase is ServerPhase.TROUBLE and bool(one.retry_in_s) for one in self.servers.values()]
        return any(waits)

    def _with_document(self, document: Document) -> LiveState:
        relays = {relay.id for relay in document.relays}
        servers = {server.id for server in document.servers}
        return replace(
            self,
            document=document,
            links={key: value for key, value in self.links.items() if key in relays},
            servers={key: value for key, value in self.servers.items() if key in servers},
            traffic={key: value for key, value in self.traffic.items() if key in relays},
        )
