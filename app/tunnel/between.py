"""What the manager's parts ask of one another, and the router of all of them: the inner half of the manager.

Methods may be called from any thread and return at once.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.core.events import Event, LinkChanged, Publish, TrafficChanged
from app.core.faults import Fault, FaultCode
from app.core.routes import RouteKind
from app.core.states import LinkPhase, ServerPhase
from app.socks.streams import Traffic
from app.tunnel import router
from app.tunnel.connections import Connections
from app.tunnel.context import Context
from app.tunnel.listeners import ListenerTable
from app.tunnel.renewal import RenewingSupervisor
from app.tunnel.router import Answer, Cancel, LinkAnswer
from app.tunnel.servers import ServerKeeper
from app.tunnel.supervisor import RelaySupervisor
from app.tunnel.traffic import TrafficMeter

if TYPE_CHECKING:
    from app.tunnel.ways import WayTable


class Between:
    """The manager fills the fields."""

    _context: Context
    _lock: threading.RLock
    _relays: dict[str, RenewingSupervisor]
    _servers: dict[str, ServerKeeper]
    _meters: dict[str, TrafficMeter]
    _connections: Connections
    _listeners: ListenerTable
    _ways: WayTable
    _started: bool
    _stopped: bool
    _publish_event: Publish

    # --- links ------------------------------------------------------------------------------------------

    def relay_link(self, relay_id: str, answer: LinkAnswer) -> Cancel:
        supervisor = self._relays.get(relay_id)
        if supervisor is None:
            answer(Fault.of(FaultCode.NO_SUCH_RELAY, name=relay_id, near=""))
            return lambda: None
        return supervisor.request(answer)

    def server_link(self, server_id: str, answer: LinkAnswer) -> Cancel:
        keeper = self._servers.get(server_id)
        if keeper is None:
            answer(Fault.of(FaultCode.NO_SUCH_SERVER, name=server_id, near=""))
            return lambda: None
        return keeper.request(answer)

    def way_link(self, server_id: str, kind: RouteKind, answer: LinkAnswer) -> Cancel:
        supervisor = self._ways.supervisor(server_id, kind)
        if supervisor is None:
            answer(Fault.of(FaultCode.NO_SUCH_SERVER, name=server_id, near=""))
            return lambda: None
        return supervisor.request(answer)

    def dial_sshd(self, server_id: str, answer: Answer) -> Cancel:
        server = self._context.document.server(server_id)
        if server is None:
            answer(Fault.of(FaultCode.NO_SUCH_SERVER, name=server_id, near=""))
            return lambda: None
        return router.dial_sshd(self._context, self, server, answer)

    def relay_supervisor(self, relay_id: str) -> RelaySupervisor | None:
        return self._relays.get(relay_id)

    def relay_state(self, relay_id: str) -> Fault | None:
        supervisor = self._relays.get(relay_id)
        return supervisor.state.fault if supervisor is not None else None

    # --- servers ----------------------------------------------------------------------------------------

    def server_asked_for(self, server_id: str) -> None:
        keeper = self._servers.get(server_id)
        if keeper is None or keeper.is_wanted or not self._started or self._stopped:
            return
        keeper.want()
        keeper.probe_soon()
        fault = self.way_state(server_id)
        if fault is not None:
            keeper.relay_refuses(fault)

    def server_refused(self, server_id: str, fault: Fault) -> None:
        keeper = self._servers.get(server_id)
        if keeper is not None:
            keeper.route_refused(fault)

    def socks_address(self, relay_id: str) -> tuple[str, int] | Fault:
        found = self._listeners.socks_address(relay_id)
        if found is None:
            self._listeners.reconcile(retry=False)
            found = self._listeners.socks_address(relay_id)
        return found or Fault.of(FaultCode.INTERNAL, reason="the SOCKS port is not open")

    # --- the route that is in use -----------------------------------------------------------------------

    def way_of(self, server_id: str) -> RouteKind:
        return self._ways.kind(server_id)

    def way_state(self, server_id: str) -> Fault | None:
        supervisor = self._ways.supervisor(server_id)
        return supervisor.state.fault if supervisor is not None else None

    def way_is_up(self, server_id: str) -> bool:
        supervisor = self._ways.supervisor(server_id)
        return supervisor is not None and supervisor.is_up

    def way_failed(self, server_id: str, kind: RouteKind, fault: Fault) -> bool:
        return self._ways.failed(server_id, kind, fault)

    def way_works(self, server_id: str) -> None:
        self._ways.works(server_id)

    def way_taken(self, server_id: str) -> None:
        keeper = self._servers.get(server_id)
        if keeper is not None:
            keeper.recheck()

    def way_changed(self, server_id: str, kind: RouteKind, *, up: bool) -> None:
        keeper = self._servers.get(server_id)
        supervisor = self._ways.supervisor(server_id, kind)
        if keeper is None or supervisor is None:
            return  # removed meanwhile
        if self._ways.kind(server_id) is not kind:
            if up and keeper.is_wanted:
                is_connected = keeper.state.phase is ServerPhase.CONNECTED
                self._ways.came(server_id, kind, is_connected=is_connected)
        elif up:
            keeper.relay_link_came()
        else:
            keeper.relay_link_went(supervisor.state.fault, supervisor.closed_at)

    def way_connects(self, server_id: str, kind: RouteKind) -> None:
        keeper = self._servers.get(server_id)
        if keeper is not None and self._ways.kind(server_id) is kind:
            keeper.relay_is_connecting()

    def way_ticks(self, relay_id: str) -> None:
        self._tick(relay_id)

    def traffic_of(self, relay_id: str) -> Traffic:
        meter = self._meters.get(relay_id)
        return Traffic() if meter is None else meter.traffic

    def carries(self, server_id: str) -> bool:
        return server_id in self._connections.servers_in_use()

    # --- a relay's link ---------------------------------------------------------------------------------

    def _link_changed(self, relay_id: str, *, up: bool) -> None:
        supervisor, meter = self._relays.get(relay_id), self._meters.get(relay_id)
        if supervisor is None or meter is None:
            return  # removed meanwhile
        if up:
            meter.restart()
            self._listeners.move_to_link(relay_id)
        for keeper in self._all_servers():
            if keeper.server.relay_id == relay_id:
                self.way_changed(keeper.server.id, RouteKind.REVERSE, up=up)

    def _carries_programs(self, relay_id: str) -> bool:
        """Whether a program's connection goes over this relay, whatever port it came in at."""
        used = self._connections.servers_in_use()
        return any(server.id in used for server in self._context.document.servers_of(relay_id))

    def _publish(self, event: Event) -> None:
        if isinstance(event, LinkChanged) and event.state.phase is LinkPhase.CONNECTING:
            for keeper in self._all_servers():
                if keeper.server.relay_id == event.relay_id:
                    self.way_connects(keeper.server.id, RouteKind.REVERSE)
        self._publish_event(event)

    def _tick(self, relay_id: str) -> None:
        meter = self._meters.get(relay_id)
        if meter is not None and meter.measure():
            self._publish(TrafficChanged(relay_id, meter.state))

    def _all_servers(self) -> list[ServerKeeper]:
        with self._lock:
            return list(self._servers.values())

    def _retry_failed_ports(self) -> None:
        if self._started and any(listener.fault for listener in self._listeners.states):
            self.retry_listeners()

    def retry_listeners(self) -> None:
        raise NotImplementedError
