"""The routes of each server: which one is in use, the next when it fails, and the way back to a better one.

The order is the person's. A route that fails gives way to the next one that may work; when that one does, the
person is told. Meanwhile the better one is tried on, and taken again as soon as the server's sshd answers
through it: connections that are open stay where they are.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from app.core.events import Notice
from app.core.faults import Fault, FaultCode, Hop, RelayTrayError
from app.core.profiles import Document, Relay, Server
from app.core.routes import RouteKind
from app.core.states import LinkPhase, LinkState
from app.sentences import sentence
from app.socks.streams import Traffic
from app.tunnel.context import Context
from app.tunnel.core_end import CoreEnd, as_machine
from app.tunnel.probe import read_banner
from app.tunnel.supervisor import RelaySupervisor
from app.tunnel.threads import Threads

log = logging.getLogger("relaytray.tunnel")

TRY_S = 15.0  # for one try of a better route
_POLL_S = 0.1
# Another route would lead to the same machine, or the person has said no: nothing to gain.
_NO_REASON = (Hop.HOST_KEY, Hop.CANCELLED, Hop.INPUT)
_NAMES = {RouteKind.REVERSE: "SSH", RouteKind.V2RAY: "v2ray"}


class Ground(Protocol):
    """What routes need of their servers and relays."""

    def relay_supervisor(self, relay_id: str) -> RelaySupervisor | None: ...
    def traffic_of(self, relay_id: str) -> Traffic: ...
    def carries(self, server_id: str) -> bool:
        """Whether a program's connection leads to this server."""

    def way_changed(self, server_id: str, kind: RouteKind, *, up: bool) -> None:
        """The link of this route has come, or gone."""

    def way_connects(self, server_id: str, kind: RouteKind) -> None: ...
    def way_ticks(self, relay_id: str) -> None: ...
    def way_taken(self, server_id: str) -> None:
        """Another route is in use now: what was true has to be found out anew."""

    def open_way(
        self, sock: socket.socket, server: Server, kind: RouteKind, done: Callable[[Fault | None], None]
    ) -> None:
        """Join a socket of ours with the server's sshd by this route."""


class _Ways:
    """Of one server. Guarded by the table's lock."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.kinds: tuple[RouteKind, ...] = (RouteKind.REVERSE,)
        self.at = 0
        self.tried: set[RouteKind] = set()  # and failed, since one last worked
        self.told_at = 0  # what the person believes to be in use
        self.core: RelaySupervisor | None = None
        self.end: CoreEnd | None = None
        self.is_trying = False

    @property
    def kind(self) -> RouteKind:
        return self.kinds[self.at]


class WayTable:
    """Thread-safe."""

    def __init__(self, context: Context, ground: Ground) -> None:
        self._context = context
        self._ground = ground
        self._lock = threading.RLock()
        self._ways: dict[str, _Ways] = {}
        self._leaving: list[RelaySupervisor] = []
        self._threads = Threads()

    def follow(self, document: Document) -> None:
        """Take new profiles."""
        gone: list[RelaySupervisor] = []
        with self._lock:
            for server in document.servers:
                ways = self._ways.setdefault(server.id, _Ways(server))
                gone += self._follow(ways, server, document.relay(server.relay_id))
            for id_ in [id_ for id_ in self._ways if document.server(id_) is None]:
                core = self._ways.pop(id_).core
                gone += [core] if core else []
            self._leaving += gone
        for core in gone:
            core.stop()

    def _follow(self, ways: _Ways, server: Server, relay: Relay | None) -> list[RelaySupervisor]:
        ways.server = server
        may = relay is not None and relay.carrier is not None and server.v2ray is not None
        kinds = tuple(kind for kind in server.routes if kind is not RouteKind.V2RAY or may)
        if (kinds or (RouteKind.REVERSE,)) != ways.kinds:
            ways.kinds, ways.at, ways.told_at = kinds or (RouteKind.REVERSE,), 0, 0
            ways.tried.clear()
        if RouteKind.V2RAY not in ways.kinds or relay is None:
            core, ways.core, ways.end = ways.core, None, None
            return [core] if core else []
        machine = as_machine(server, relay)
        if ways.core is not None and ways.end is not None:
            ways.end.server = server
            ways.core.replace(machine)
            return []
        id_ = server.id

        def told(state: LinkState) -> None:
            if state.phase is LinkPhase.CONNECTING:
                self._ground.way_connects(id_, RouteKind.V2RAY)

        ways.end = CoreEnd(server, self._context, told)
        ways.core = RelaySupervisor(
            machine,
            self._context,
            self._ground.traffic_of(relay.id),
            lambda up: self._ground.way_changed(id_, RouteKind.V2RAY, up=up),
            lambda: self._ground.way_ticks(relay.id),
            lambda: self._ground.carries(id_),
            ways.end,
        )
        return []

    # --- which one ----------------------------------------------------------------------------------------

    def kind(self, server_id: str) -> RouteKind:
        """The one in use."""
        ways = self._ways.get(server_id)
        return RouteKind.REVERSE if ways is None else ways.kind

    def supervisor(self, server_id: str, kind: RouteKind | None = None) -> RelaySupervisor | None:
        """Who keeps the link of this route; None = of the one in use."""
        ways = self._ways.get(server_id)
        if (kind or self.kind(server_id)) is RouteKind.V2RAY:
            return None if ways is None else ways.core
        # The document may be ahead of us: a server that is new, or behind another relay now.
        server = self._context.document.server(server_id) or (None if ways is None else ways.server)
        return None if server is None else self._ground.relay_supervisor(server.relay_id)

    def want(self, server_id: str) -> None:
        """The person wants the server: the best route gets its chance, unless another is in use and up."""
        with self._lock:
            ways = self._ways.get(server_id)
            if ways is None:
                return
            ways.tried.clear()
            current = self.supervisor(server_id)
            if current is None or not current.is_up:
                ways.at = 0
        supervisor = self.supervisor(server_id)
        if supervisor is not None:
            supervisor.want()

    def close(self, server_id: str) -> None:
        """Not wanted any more."""
        ways = self._ways.get(server_id)
        if ways is not None and ways.core is not None:
            ways.core.close_link()

    # --- when one fails, or works -------------------------------------------------------------------------

    def failed(self, server_id: str, kind: RouteKind, fault: Fault) -> bool:
        """``kind`` did not work. True: another one is in use now, and on its way up."""
        with self._lock:
            ways = self._ways.get(server_id)
            if ways is None or len(ways.kinds) < 2 or fault.hop in _NO_REASON:
                return False
            if ways.kind is not kind:
                return True
            ways.tried.add(kind)
            left = [other for other in ways.kinds if other not in ways.tried]
            if not left:
                ways.tried.clear()  # a round is over: the next one begins with the next try
                return False
            self._take(ways, left[0])
            alias = ways.server.alias
        log.info("%s is tried by %s now. %s", alias, _NAMES[left[0]], sentence(fault))
        self._bring_up(server_id)
        return True

    def came(self, server_id: str, kind: RouteKind, *, is_connected: bool) -> None:
        """The link of a route that is not in use has come up."""
        with self._lock:
            ways = self._ways.get(server_id)
            if ways is None or kind not in ways.kinds or ways.kind is kind:
                return
            current = self.supervisor(server_id)
            takes_it = not is_connected and (current is None or not current.is_up)
            if takes_it:
                self._take(ways, kind)
            is_better = ways.kinds.index(kind) < ways.at
        if takes_it:
            self._ground.way_taken(server_id)
        elif is_better:
            self._try_better(server_id)

    def works(self, server_id: str) -> None:
        """The server's sshd has answered by the route in use."""
        with self._lock:
            ways = self._ways.get(server_id)
            if ways is None or len(ways.kinds) < 2:
                return
            ways.tried.clear()
            notice = self._news(ways)
            unused = ways.kind is not RouteKind.V2RAY and ways.at == 0 and ways.end is not None
            ends_core = unused and ways.end is not None and not ways.end.is_used
            core = ways.core
            is_worse = ways.at > 0
        if notice is not None:
            log.info("%s", sentence(notice.fault))
            self._context.publish(notice)
        if is_worse:
            self._try_better(server_id)
        elif ends_core and core is not None and core.is_up:
            core.close_link()

    def _news(self, ways: _Ways) -> Notice | None:
        """Under the lock: what the person does not know yet."""
        before, ways.told_at = ways.told_at, ways.at
        if before == ways.at:
            return None
        server, route = ways.server, _NAMES[ways.kind]
        if ways.at < before:
            fault = Fault.of(FaultCode.ROUTE_RETURNED, alias=server.alias, route=route)
        else:
            better = _NAMES[ways.kinds[before]]
            fault = Fault.of(FaultCode.ROUTE_FALLBACK, alias=server.alias, route=route, better=better)
        return Notice(fault, server.relay_id, server.id)

    def _take(self, ways: _Ways, kind: RouteKind) -> None:
        """Under the lock."""
        ways.at = ways.kinds.index(kind)

    def _bring_up(self, server_id: str) -> None:
        supervisor = self.supervisor(server_id)
        if supervisor is not None and not supervisor.is_up:
            supervisor.want()

    # --- the way back -------------------------------------------------------------------------------------

    def _try_better(self, server_id: str) -> None:
        with self._lock:
            ways = self._ways.get(server_id)
            if ways is None or ways.is_trying or self._context.stopping.is_set():
                return
            ways.is_trying = True
            better, server = ways.kinds[: ways.at], ways.server
        self._threads.start(lambda: self._try_each(ways, server, better), f"better-{server.alias}")

    def _try_each(self, ways: _Ways, server: Server, better: tuple[RouteKind, ...]) -> None:
        found = None
        try:
            found = next((kind for kind in better if self._answers(server, kind)), None)
        finally:
            with self._lock:
                ways.is_trying = False
                is_news = found is not None and found in ways.kinds and ways.kinds.index(found) < ways.at
                if is_news and found is not None:
                    self._take(ways, found)
        if is_news:
            self._ground.way_taken(server.id)

    def _answers(self, server: Server, kind: RouteKind) -> bool:
        """Only through a link that is up: to bring it up is its supervisor's business, with its pauses."""
        supervisor = self.supervisor(server.id, kind)
        if supervisor is None or not supervisor.is_up:
            return False
        inside, outside = socket.socketpair()
        outcome: list[Fault | None] = []
        opened = threading.Event()

        def done(fault: Fault | None) -> None:
            outcome.append(fault)
            opened.set()

        try:
            self._ground.open_way(outside, server, kind, done)
            end = time.monotonic() + TRY_S
            while not opened.wait(_POLL_S):
                if self._context.stopping.is_set() or time.monotonic() > end:
                    return False
            if outcome[0] is not None:
                return False
            read_banner(inside, self._context.stopping, server.alias)
        except (RelayTrayError, OSError):
            return False
        finally:
            inside.close()
        return True

    # --- all of them --------------------------------------------------------------------------------------

    def check_now(self, *, revive: bool) -> None:
        for core in self._cores():
            core.check_now(revive=revive)

    def stop(self) -> None:
        for core in self._cores():
            core.stop()

    def join(self, end: float) -> list[str]:
        """After ``stop``: wait until ``end`` (time.monotonic()); the names of threads that are late."""
        late = [core.relay.name for core in self._cores() if not core.join(max(0.1, end - time.monotonic()))]
        return late + self._threads.join(end)

    def states(self) -> Mapping[str, LinkState]:
        """Of the links of v2ray routes, by server."""
        with self._lock:
            return {id_: ways.core.state for id_, ways in self._ways.items() if ways.core is not None}

    def _cores(self) -> list[RelaySupervisor]:
        with self._lock:
            return [*(ways.core for ways in self._ways.values() if ways.core is not None), *self._leaving]
