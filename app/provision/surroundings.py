"""What the desk needs of the program around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.core.faults import FaultCode, error
from app.core.profiles import Document, Relay, Server
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.transport.link import Tools


class Manager(Protocol):
    """``app.tunnel.manager.TunnelManager``, as far as it is used here."""

    @property
    def tools(self) -> Tools: ...
    @property
    def document(self) -> Document: ...
    def replace_document(self, document: Document) -> None: ...


@dataclass(frozen=True)
class Ground:
    """Profiles and tools, shared by the parts of the desk. ``changed`` hears of what is stored."""

    paths: Paths
    store: DocumentStore
    manager: Manager
    changed: Callable[[Document], object]

    @property
    def tools(self) -> Tools:
        return self.manager.tools

    def relay(self, relay_id: str) -> Relay:
        """Raises NO_SUCH_RELAY."""
        relay = self.manager.document.relay(relay_id)
        if relay is None:
            raise error(FaultCode.NO_SUCH_RELAY, name=relay_id, near="")
        return relay

    def server(self, server_id: str) -> tuple[Server, Relay]:
        """Raises NO_SUCH_SERVER, NO_SUCH_RELAY."""
        server = self.manager.document.server(server_id)
        if server is None:
            raise error(FaultCode.NO_SUCH_SERVER, name=server_id, near="")
        return server, self.relay(server.relay_id)

    def edit(self, change: Callable[[Document], Document]) -> Document:
        """Store it and let the program follow. What ``change`` raises stops it."""
        document = self.store.edit(change)
        self.changed(document)
        return document
