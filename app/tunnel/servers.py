"""One server: what is true about it, and its probes.

A probe runs in a short-lived thread ``probe-<alias>``: a SOCKS CONNECT to our own port, the banner of the
server's sshd, and, when something may have changed, its host key. It never brings the relay's link up.
"""

from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable
from typing import Protocol

from app.core.events import ServerChanged
from app.core.faults import Fault, FaultCode, Hop, RelayTrayError, error
from app.core.profiles import Relay, Server
from app.core.reconnect import is_lasting, probe_delay_s
from app.core.routes import RouteKind
from app.core.states import ServerPhase, ServerState
from app.sentences import sentence
from app.socks.client_protocol import Login
from app.transport.far_machines import server_machine
from app.transport.link import probe_server
from app.tunnel.clock import Alarm, Clock
from app.tunnel.context import Context
from app.tunnel.inner_link import InnerLink, LinkAnswer
from app.tunnel.probe import Refused, connect_through_socks, read_banner
from app.tunnel.router import Answer, Cancel
from app.tunnel.telling import Teller
from app.tunnel.threads import Threads

log = logging.getLogger("relaytray.tunnel")

CONNECT_TIMEOUT_S = 60.0
_OF_LINK = ("route", "routes", "v2ray", "user", "identity")  # fields that its own link was made with
_OF_PROBES = ("alias", *_OF_LINK)  # fields that make an old result void
KEY_EVERY = 10  # probes: the banner alone in between, the host key again after so many


class Ground(Protocol):
    """What a server needs of its relay."""

    def socks_address(self, relay_id: str) -> tuple[str, int] | Fault: ...
    def way_of(self, server_id: str) -> RouteKind: ...
    def way_state(self, server_id: str) -> Fault | None:
        """Why the link of the route in use is not up; None while it is, or may come."""

    def way_is_up(self, server_id: str) -> bool: ...
    def way_failed(self, server_id: str, kind: RouteKind, fault: Fault) -> bool:
        """True: another route is in use now."""

    def way_works(self, server_id: str) -> None: ...
    def dial_sshd(self, server_id: str, answer: Answer) -> Cancel: ...


class ServerKeeper:
    """Thread-safe."""

    def __init__(self, server: Server, context: Context, ground: Ground, clock: Clock) -> None:
        self._server = server
        self._context = context
        self._ground = ground
        self._clock = clock
        self._lock = threading.RLock()
        self._teller = Teller(context.publish)
        self._threads = Threads()
        self._inner = InnerLink(server, context, ground, self._threads, clock, self._inner_failed)
        self._state = ServerState()
        self._wanted = False
        self._wanted_at = 0  # order number of the last wish
        self._verified = False  # the host key was compared since the route last failed
        self._probing = False
        self._probe_again = False
        self._ground_moved = 0  # counts what makes the result of a running probe void
        self._failures = 0
        self._probes_until_key = KEY_EVERY
        self._refusal: Fault | None = None
        self._alarm: Alarm | None = None
        self._cancelled = threading.Event()

    @property
    def server(self) -> Server:
        return self._server

    @property
    def state(self) -> ServerState:
        return self._state

    @property
    def is_wanted(self) -> bool:
        return self._wanted

    def replace(self, server: Server) -> None:
        """The profile changed: what was true of the old one may not be."""
        with self._lock:
            old, self._server = self._server, server
            self._inner.server = server
            if all(getattr(old, name) == getattr(server, name) for name in _OF_PROBES):
                return
            self._void_probe()
            self._cancelled.set()  # a question about the old one is withdrawn
            if self._wanted:
                self._cancelled = threading.Event()
                if self._ground.way_is_up(server.id):
                    self._change(ServerState(phase=ServerPhase.CONNECTING))
        self._teller.flush()
        if any(getattr(old, name) != getattr(server, name) for name in _OF_LINK):
            self._inner.call_off()
        self.probe_soon()

    # --- wanted or not ----------------------------------------------------------------------------------

    def want(self) -> None:
        """The person, or a program, wants this server. Also says that it is wanted still."""
        self._inner.forgive()
        with self._lock:
            self._wanted_at = self._context.order()
            if self._wanted:
                return
            self._wanted = True
            self._failures = 0
            if self._cancelled.is_set():
                self._cancelled = threading.Event()
            self._change(ServerState(phase=ServerPhase.CONNECTING))
        self._teller.flush()

    def release(self, before: int | None = None) -> None:
        """Not wanted any more: OFF, everything of it called off; unless it was wanted after ``before``."""
        with self._lock:
            if before is not None and self._wanted_at > before:
                return
            self._wanted = False
            self._cancelled.set()
            self._void_probe()
            self._change(ServerState())
        self._teller.flush()
        self._inner.call_off()

    def join(self, end: float) -> list[str]:
        """After ``release``: wait until ``end`` (time.monotonic()); the names of threads that are late."""
        self._inner.close()
        return self._threads.join(end)

    def relay_link_came(self) -> None:
        """In the relay's supervisor thread."""
        self.probe_soon()

    def relay_link_went(self, fault: Fault | None, closed_at: int) -> None:
        """In the relay's supervisor thread. Without a fault the wish number ``closed_at`` closed it."""
        self._inner.cut()
        with self._lock:
            self._void_probe()
            if not self._wanted:
                return
            if fault is not None and self._other_way(fault):
                self._change(ServerState(phase=ServerPhase.CONNECTING))
            elif fault is not None:
                self._change(ServerState(phase=ServerPhase.TROUBLE, fault=fault))
            elif self._wanted_at > closed_at:  # another is on its way
                self._change(ServerState(phase=ServerPhase.CONNECTING))
        self._teller.flush()
        if fault is None:
            self.release(before=closed_at)
        else:
            self.probe_soon()  # another way may be up already

    def _other_way(self, fault: Fault) -> bool:
        return self._ground.way_failed(self._server.id, self._ground.way_of(self._server.id), fault)

    def relay_is_connecting(self) -> None:
        self._change_if_wanted(ServerState(phase=ServerPhase.CONNECTING))

    def relay_refuses(self, fault: Fault) -> None:
        """The link is down, and nothing is done about it at the moment."""
        self._change_if_wanted(ServerState(phase=ServerPhase.TROUBLE, fault=fault))

    def _inner_failed(self, fault: Fault) -> None:
        if fault.hop is Hop.HOST_KEY:
            self._change_if_wanted(ServerState(phase=ServerPhase.TROUBLE, fault=fault))

    # --- probing ----------------------------------------------------------------------------------------

    def route_refused(self, fault: Fault) -> None:
        """A program's connection, or our probe's, found the route closed."""
        self._refusal = fault
        if self._wanted and not self._probing and self._state.phase is ServerPhase.CONNECTED:
            self.probe_soon()

    def recheck(self) -> None:
        """Whatever was true may not be: probe with the host key."""
        self._verified = False
        self.probe_soon()

    def check_now(self) -> None:
        """The computer slept, or the network changed."""
        self._inner.check_now()
        if self._wanted:
            self.recheck()

    def probe_soon(self) -> None:
        """Start a probe now, if the relay's link is up; one at a time. Any thread."""
        with self._lock:
            if not self._wanted or self._context.stopping.is_set():
                return
            self._cancel_alarm()
            if not self._ground.way_is_up(self._server.id):
                return  # a probe must not bring it up; when it comes, so does a probe
            if self._probing:
                self._probe_again = True
                return
            ground, cancelled = self._ground_moved, self._cancelled
            self._threads.start(lambda: self._probe(ground, cancelled), f"probe-{self._server.alias}")
            self._probing = True

    def _probe(self, ground: int, cancelled: threading.Event) -> None:
        way = self._ground.way_of(self._server.id)
        try:
            fault = self._probe_once(cancelled)
        except Exception:
            log.exception("The probe of %s met an error.", self._server.alias)
            fault = Fault.of(FaultCode.INTERNAL, reason="an error in the probe, see the log")
        with self._lock:
            self._probing = False
            again, self._probe_again = self._probe_again, False
            works = fault is None and ground == self._ground_moved and self._wanted
            if ground == self._ground_moved and self._wanted:
                self._learn(fault, way)
                again = again or self._state.phase is ServerPhase.CONNECTING
                if not again and (fault is None or not is_lasting(fault)):
                    self._alarm = self._clock.after(probe_delay_s(self._failures), self.probe_soon)
        self._teller.flush()
        if works:
            self._ground.way_works(self._server.id)
        if again:
            self.probe_soon()

    def _learn(self, fault: Fault | None, way: RouteKind) -> None:
        """Under the lock: what the probe found is true."""
        self._failures = 0 if fault is None else self._failures + 1
        self._probes_until_key = KEY_EVERY if not self._verified else self._probes_until_key - 1
        self._verified = fault is None and self._probes_until_key > 0
        if fault is None:
            self._change(ServerState(phase=ServerPhase.CONNECTED))
            return
        if self._ground.way_failed(self._server.id, way, fault):
            self._change(ServerState(phase=ServerPhase.CONNECTING))
            return
        known = self._state.fault
        if known is None or known.code is not fault.code:
            log.info("%s", sentence(fault))
        self._change(ServerState(phase=ServerPhase.TROUBLE, fault=fault))

    def _probe_once(self, cancelled: threading.Event) -> Fault | None:
        server = self._server
        address = self._ground.socks_address(server.relay_id)
        if isinstance(address, Fault):
            return address
        self._refusal = None
        try:
            sock = connect_through_socks(
                address,
                (server.full_name, 22),
                self._credentials(),
                cancelled,
                CONNECT_TIMEOUT_S,
                self._context.own_ports,
            )
            if self._verified:
                read_banner(sock, cancelled, server.alias)
            else:
                probe_server(
                    sock, server_machine(server), self._context.tools, cancelled, f"probe-{server.alias}"
                )
        except RelayTrayError as e:
            return self._as_server_fault(e.fault)
        except Refused:
            return self._refusal or self._ground.way_state(server.id) or self._silent()
        except (OSError, EOFError):
            return self._ground.way_state(server.id) or self._silent()
        return None

    def _as_server_fault(self, fault: Fault) -> Fault:
        """A connection that ends in the handshake is, seen from here, a server that does not answer."""
        return self._silent() if fault.code is FaultCode.LINK_LOST else fault

    def _silent(self) -> Fault:
        return Fault.of(FaultCode.SERVER_SILENT, alias=self._server.alias)

    def _credentials(self) -> Login | None:
        relay = self._relay()
        if not relay.socks_user:
            return None
        return Login(relay.socks_user, self._context.socks_password(relay.id) or "")

    def _relay(self) -> Relay:
        relay = self._context.document.relay(self._server.relay_id)
        if relay is None:
            raise error(FaultCode.NO_SUCH_RELAY, name=self._server.relay_id, near="")
        return relay

    def _void_probe(self) -> None:
        """Under the lock: what a running probe finds is about something that is no more."""
        self._ground_moved += 1
        self._verified = False
        self._cancel_alarm()

    def _cancel_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    # --- what others hear -------------------------------------------------------------------------------

    def request(self, answer: LinkAnswer) -> Callable[[], None]:
        """The link to the server itself, made when first needed."""
        return self._inner.request(answer)

    def _change_if_wanted(self, state: ServerState) -> None:
        with self._lock:
            if self._wanted and not self._context.stopping.is_set():
                self._change(state)
        self._teller.flush()

    def _change(self, state: ServerState) -> None:
        """Under the lock; flush the teller after leaving it."""
        state = dataclasses.replace(state, route=self._ground.way_of(self._server.id))
        if state != self._state:
            self._state = state
            self._teller.put(ServerChanged(self._server.id, state))
