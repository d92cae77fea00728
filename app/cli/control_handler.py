"""What the running program does when another command asks it over the control channel.

One handler for the tray program and for ``connect``: it stands between the control server and the manager.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app import __version__
from app.cli.context import the_server, the_shadowsocks
from app.cli.event_values import event_values, snapshot_events, snapshot_value, steering_value
from app.cli.wiring import Manager
from app.core.events import Event, ServerChanged, SteeringChanged
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Relay, Server
from app.core.states import ServerPhase, ServerState
from app.integration.profile_store import open_store
from app.storage.paths import Paths
from app.system.control_server import Subscriber, has_left

PRESENT = "present"  # the event that ends the list of how everything is
_POLL_S = 0.5  # how soon it is noticed that a client left while it waits


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
        steering: Callable[[], SteeringChanged | None] = lambda: None,
    ) -> None:
        self._paths = paths
        self._manager = manager
        self._raise_window = raise_window
        self._quit = quit_program
        self._trust = trust
        self._steering = steering
        self._lock = threading.Lock()
        self._subscribers: list[Subscriber] = []
        self._listeners: list[Callable[[Event], None]] = []

    def publish(self, event: Event) -> None:
        """Tell those who watch. Any thread; returns at once."""
        with self._lock:
            subscribers, listeners = list(self._subscribers), list(self._listeners)
        for listener in listeners:
            listener(event)
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
            "system_proxy": steering_value(self._steering(), document),
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

    def connect_shadowsocks(self, name: str) -> None:
        self._manager.connect_shadowsocks(the_shadowsocks(self._manager.document, name).id)

    def disconnect_shadowsocks(self, name: str) -> None:
        self._manager.disconnect_shadowsocks(the_shadowsocks(self._manager.document, name).id)

    def reload(self) -> None:
        self._manager.follow(open_store(self._paths).load)

    def quit(self) -> None:
        self._quit()

    def open_proxy(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None:
        """Blocks while a server that was never seen is met for the first time; see ``_meet``."""
        server = the_server(self._manager.document, alias)
        if port == 22 and not self._is_pinned(server):
            self._meet(server, sock)
        self._manager.open_for(sock, server.alias, port, done)

    def open_proxy_safely(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None:
        """The same for callers that want every answer through ``done``."""
        try:
            self.open_proxy(sock, alias, port, done)
        except RelayTrayError as e:
            sock.close()
            done(e.fault)

    def _is_pinned(self, server: Server) -> bool:
        from app.transport.host_keys import HostKeys

        return bool(HostKeys(self._paths.known_hosts, []).pinned(server.full_name))

    def _meet(self, server: Server, sock: socket.socket) -> None:
        """Connect as the person would, which asks about the host key and pins it.

        ssh reads our known_hosts only after it got the first bytes, and asks nothing itself: without this
        the first ``ssh`` to a new server would fail. Raises RelayTrayError when the server is not met.
        """
        met: queue.SimpleQueue[ServerState] = queue.SimpleQueue()

        def hear(event: Event) -> None:
            if isinstance(event, ServerChanged) and event.server_id == server.id:
                met.put(event.state)

        with self._lock:
            self._listeners.append(hear)
        try:
            self._manager.connect(server.id)
            state = self._manager.snapshot().servers.get(server.id, ServerState())
            while state.phase is not ServerPhase.CONNECTED:
                if state.phase is ServerPhase.TROUBLE and state.fault is not None:
                    raise RelayTrayError(state.fault)
                try:
                    state = met.get(timeout=_POLL_S)
                except queue.Empty:
                    if has_left(sock):
                        raise error(FaultCode.CANCELLED, what=f"the connection to {server.alias}") from None
        finally:
            with self._lock:
                self._listeners.remove(hear)

    def watch(self, subscriber: Subscriber) -> Callable[[], None]:
        """First how everything is, as events, and then what changes."""
        with self._lock:
            self._subscribers.append(subscriber)
        for value in snapshot_events(self._manager.snapshot(), self._manager.document):
            subscriber(value)
        steering = self._steering()
        for value in event_values(steering, self._manager.document) if steering is not None else ():
            subscriber(value)
        subscriber({"event": PRESENT})

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
