"""What the running program does when another command asks it over the control channel.

One handler for the tray program and for ``connect``: it stands between the control server and the manager.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app import __version__
from app.cli.context import the_server
from app.cli.event_values import event_values, snapshot_events, snapshot_value
from app.cli.wiring import Manager
from app.core.events import Event
from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document, Relay, Server
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.system.control_server import Subscriber


class ProgramHandler:
    """A ``ControlHandler``. Thread-safe. Give it every event through ``publish``.

    ``raise_window``, ``quit`` and ``trust`` are called in a thread of the control server; they only pass the
    wish on. ``trust`` takes fingerprints that are to be accepted on first sight.
    """

    def __init__(
        self,
        *,
        paths: Paths,
        manager: Manager,
        raise_window: Callable[[], None],
        quit_program: Callable[[], None],
        trust: Callable[[Sequence[str]], None] | None = None,
    ) -> None:
        self._paths = paths
        self._manager = manager
        self._raise_window = raise_window
        self._quit = quit_program
        self._trust = trust
        self._lock = threading.Lock()
        self._subscribers: list[Subscriber] = []

    def publish(self, event: Event) -> None:
        """Tell those who watch. Any thread; returns at once."""
        with self._lock:
            subscribers = list(self._subscribers)
        if not subscribers:
            return
        for value in event_values(event, self._manager.document):
            for subscriber in subscribers:
                subscriber(value)

    # --- ControlHandler ---------------------------------------------------------------------------------

    def raise_window(self) -> None:
        self._raise_window()

    def status(self) -> Mapping[str, Any]:
        document, snapshot = self._manager.document, self._manager.snapshot()
        return {
            "running": True,
            "pid": os.getpid(),
            "version": __version__,
            **snapshot_value(snapshot, document),
        }

    def connect(self, name: str, trusted: Sequence[str]) -> None:
        found = self._find(name)
        if trusted and self._trust is not None:
            self._trust(trusted)
        if isinstance(found, Server):
            self._manager.connect(found.id)
        else:
            self._manager.connect_relay(found.id)

    def disconnect(self, name: str) -> None:
        found = self._find(name)
        if isinstance(found, Server):
            self._manager.disconnect(found.id)
        else:
            self._manager.disconnect_relay(found.id)

    def reload(self) -> None:
        document = DocumentStore(self._paths).load()
        if document != self._manager.document:
            self._manager.replace_document(document)

    def quit(self) -> None:
        self._quit()

    def open_proxy(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None:
        server = the_server(self._manager.document, alias)
        self._manager.open_for(sock, server.alias, port, done)

    def watch(self, subscriber: Subscriber) -> Callable[[], None]:
        """First how everything is, as events, and then what changes."""
        with self._lock:
            self._subscribers.append(subscriber)
        for value in snapshot_events(self._manager.snapshot(), self._manager.document):
            subscriber(value)

        def unsubscribe() -> None:
            with self._lock, contextlib.suppress(ValueError):
                self._subscribers.remove(subscriber)

        return unsubscribe

    def _find(self, name: str) -> Relay | Server:
        return find_profile(self._manager.document, name)


def find_profile(document: Document, name: str) -> Relay | Server:
    """A server by its alias, or else a relay by its name. Raises NO_SUCH_SERVER."""
    found = document.server_named(name) or document.relay_named(name)
    if found is None:
        the_server(document, name)  # raises, with the near match
        raise error(FaultCode.NO_SUCH_SERVER, name=name, near="")
    return found
