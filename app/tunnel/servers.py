"""One server: what is true about it, its probes, and its own SSH link for the exit and the forwards.

A probe runs in a short-lived thread ``probe-<alias>``: a SOCKS CONNECT to our own port, the banner of the
server's sshd, and, when something may have changed, its host key. The inner link is an SSH connection
inside the relay's, made in a thread ``connect-<alias>`` when a forward or the exit needs it.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from typing import Protocol

from app.core.events import ServerChanged
from app.core.faults import Fault, FaultCode, Hop, RelayTrayError, error
from app.core.profiles import Relay, Server
from app.core.reconnect import is_lasting, may_try_for_program, probe_delay_s
from app.core.states import ServerPhase, ServerState
from app.sentences import sentence
from app.socks.client_protocol import Login
from app.socks.streams import StreamOpener
from app.transport.link import Link, connect, probe_server
from app.tunnel.clock import Alarm, Clock
from app.tunnel.context import Context
from app.tunnel.far_ends import server_machine, server_plan
from app.tunnel.probe import Refused, connect_through_socks, read_banner

log = logging.getLogger("relaytray.tunnel")

LinkAnswer = Callable[[StreamOpener | Fault], None]
CONNECT_TIMEOUT_S = 60.0
PATIENT_PROBES = 6  # of a server that does not answer, where the link is to close when idle
KEY_EVERY = 10  # probes: the banner alone in between, the host key again after so many


class Ground(Protocol):
    """What a server needs of its relay."""

    def socks_address(self, relay_id: str) -> tuple[str, int] | Fault: ...
    def relay_state(self, relay_id: str) -> Fault | None:
        """Why the relay's link is not up; None while it is, or may come."""

    def relay_is_up(self, relay_id: str) -> bool: ...
    def open_for(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None: ...


class ServerKeeper:
    """Thread-safe."""

    def __init__(self, server: Server, context: Context, ground: Ground, clock: Clock) -> None:
        self._server = server
        self._context = context
        self._ground = ground
        self._clock = clock
        self._lock = threading.RLock()
        self._state = ServerState()
        self._wanted = False
        self._verified = False  # the host key was compared since the route last failed
        self._probing = False
        self._probe_again = False
        self._failures = 0
        self._probes_until_key = KEY_EVERY
        self._refusal: Fault | None = None
        self._alarm: Alarm | None = None
        self._cancelled = threading.Event()
        self._threads: set[threading.Thread] = set()
        self._link: Link | None = None
        self._connecting = False
        self._waiters: list[LinkAnswer] = []
        self._link_fault: Fault | None = None
        self._link_failed_at = 0.0

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
            same = (self._server.alias, self._server.route, self._server.user, self._server.identity) == (
                server.alias,
                server.route,
                server.user,
                server.identity,
            )
            self._server = server
            if same:
                return
            self._verified = False
        self.drop_link()
        if self._wanted:
            self.probe_soon()

    # --- wanted or not ----------------------------------------------------------------------------------

    def want(self) -> None:
        """The person, or a program, wants this server."""
        with self._lock:
            if self._wanted:
                return
            self._wanted = True
            self._failures = 0
            self._cancelled = threading.Event()
        self._set(ServerState(phase=ServerPhase.CONNECTING))

    def release(self) -> None:
        """Not wanted any more: OFF, and everything of it called off."""
        with self._lock:
            self._wanted = False
            self._cancelled.set()
            self._cancel_alarm()
        self.drop_link()
        self._set(ServerState())

    def stop(self) -> None:
        self.release()
        for thread in list(self._threads):
            if thread is not threading.current_thread():
                thread.join(5)

    def relay_link_changed(self, *, up: bool) -> None:
        """In the relay's supervisor thread."""
        if not up:
            self.drop_link()
            self._verified = False
        if not self._wanted:
            return
        if up:
            self.probe_soon()
            return
        fault = self._ground.relay_state(self._server.relay_id)
        if fault is None:  # closed on purpose
            self.release()
        else:
            self._set(ServerState(phase=ServerPhase.TROUBLE, fault=fault))

    def relay_is_connecting(self) -> None:
        if self._wanted and self._state.phase is not ServerPhase.CONNECTED:
            self._set(ServerState(phase=ServerPhase.CONNECTING))

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

    def probe_soon(self) -> None:
        """Start a probe now; one at a time. Any thread."""
        with self._lock:
            if not self._wanted or self._context.stopping.is_set():
                return
            self._cancel_alarm()
            if self._probing:
                self._probe_again = True
                return
            self._probing = True
        self._start(self._probe, f"probe-{self._server.alias}")

    def _probe(self) -> None:
        cancelled = self._cancelled
        try:
            fault = self._probe_once(cancelled)
        except Exception:
            log.exception("The probe of %s met an error.", self._server.alias)
            fault = Fault.of(FaultCode.INTERNAL, reason="an error in the probe, see the log")
        with self._lock:
            self._probing = False
            again, self._probe_again = self._probe_again, False
            if cancelled.is_set() or not self._wanted:
                return
            self._failures = 0 if fault is None else self._failures + 1
            self._probes_until_key = KEY_EVERY if not self._verified else self._probes_until_key - 1
            self._verified = fault is None and self._probes_until_key > 0
        if fault is None:
            self._set(ServerState(phase=ServerPhase.CONNECTED))
        else:
            self._told(fault)
        if again:
            self.probe_soon()
        elif self._ground.relay_is_up(self._server.relay_id) and not (
            fault is not None and is_lasting(fault)
        ):
            delay = probe_delay_s(self._failures)
            self._alarm = self._clock.after(delay, self.probe_soon)

    def _told(self, fault: Fault) -> None:
        known = self._state.fault
        if known is None or known.code is not fault.code:
            log.info("%s", sentence(fault))
        self._set(ServerState(phase=ServerPhase.TROUBLE, fault=fault))

    def _probe_once(self, cancelled: threading.Event) -> Fault | None:
        server = self._server
        address = self._ground.socks_address(server.relay_id)
        if isinstance(address, Fault):
            return address
        self._refusal = None
        try:
            sock = connect_through_socks(
                address, (server.full_name, 22), self._credentials(), cancelled, CONNECT_TIMEOUT_S
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
            return self._refusal or self._ground.relay_state(server.relay_id) or self._silent()
        except (OSError, EOFError):
            return self._ground.relay_state(server.relay_id) or self._silent()
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

    def _cancel_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    # --- the inner link ---------------------------------------------------------------------------------

    def request(self, answer: LinkAnswer) -> Callable[[], None]:
        """The link to the server itself, made when first needed."""
        fault = None
        with self._lock:
            link = self._link if self._link is not None and self._link.is_alive else None
            if link is None:
                since = self._clock.now() - self._link_failed_at
                if self._connecting or may_try_for_program(self._link_fault, since):
                    self._waiters.append(answer)
                    if not self._connecting:
                        self._connecting = True
                        self._start(self._connect, f"connect-{self._server.alias}")
                else:
                    fault = self._link_fault
        if link is not None:
            answer(link)
        elif fault is not None:
            answer(fault)

        def cancel() -> None:
            with self._lock:
                if answer in self._waiters:
                    self._waiters.remove(answer)

        return cancel

    def _connect(self) -> None:
        if self._cancelled.is_set():
            self._cancelled = threading.Event()
        cancelled = self._cancelled
        found: Link | Fault
        try:
            found = self._make_link(cancelled)
        except RelayTrayError as e:
            found = e.fault
            log.info("%s", sentence(e.fault))
        except Exception:
            log.exception("Connecting to %s met an error.", self._server.alias)
            found = Fault.of(FaultCode.INTERNAL, reason="an error while connecting, see the log")
        with self._lock:
            self._connecting = False
            waiters, self._waiters = self._waiters, []
            if isinstance(found, Link):
                self._link, self._link_fault = found, None
            else:
                self._link_fault, self._link_failed_at = found, self._clock.now()
        for answer in waiters:
            answer(found)
        if isinstance(found, Fault) and found.hop is Hop.HOST_KEY and self._wanted:
            self._set(ServerState(phase=ServerPhase.TROUBLE, fault=found))

    def _make_link(self, cancelled: threading.Event) -> Link:
        server = self._server
        inside, outside = socket.socketpair()
        opened = threading.Event()
        outcome: list[Fault | None] = []

        def done(fault: Fault | None) -> None:
            outcome.append(fault)
            opened.set()

        try:
            self._ground.open_for(outside, server.alias, 22, done)
            while not opened.wait(0.1):
                if cancelled.is_set():
                    raise error(FaultCode.CANCELLED, what=f"the connection to {server.alias}")
            if outcome[0] is not None:
                raise RelayTrayError(outcome[0])
        except BaseException:
            inside.close()
            raise
        tools = self._context.tools
        machine, plan = server_machine(server), server_plan(server)
        return connect(inside, machine, plan, tools, cancelled, self._link_lost, server.alias)

    def _link_lost(self, link: Link) -> None:
        """In the link's reader thread: it cannot close itself there."""
        self._start(link.close, f"close-{self._server.alias}")
        with self._lock:
            if self._link is link:
                self._link = None

    def drop_link(self) -> None:
        with self._lock:
            link, self._link = self._link, None
        if link is not None:
            link.cut()

    def _start(self, target: Callable[[], None], name: str) -> None:
        def run() -> None:
            try:
                target()
            finally:
                with self._lock:
                    self._threads.discard(threading.current_thread())

        thread = threading.Thread(target=run, name=name, daemon=True)
        with self._lock:  # who joins must find a thread that has begun, and one that ended must not stay
            self._threads.add(thread)
            thread.start()

    def _set(self, state: ServerState) -> None:
        with self._lock:
            if state == self._state:
                return
            self._state = state
        self._context.publish(ServerChanged(self._server.id, state))
