"""The clients of Shadowsocks servers: each a supervisor like a relay's, and a local port while it is wanted.

RUNNING means that the server has understood what its client asked (``transport.cores.shadowsocks_probe``):
the sshd of the person's own relay spoke through it, or it told wishes that can come true from others. Whether
it reaches any other machine is not asked: nobody else is spoken to unless the person's programs do.

While a server is wanted its local port is open, in trouble too: programs then hear why not. Otherwise it is
closed, so that nothing leaves by a way that the person has switched off.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath

from app.core.events import ShadowsocksChanged
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import NAME_SUFFIX, Document, Relay
from app.core.shadowsocks import SECRET_KIND, ProxyPhase, ShadowsocksServer, ShadowsocksState
from app.core.states import LinkPhase, LinkState
from app.secrets import SecretName
from app.socks.loop import LoopGroup
from app.socks.refusals import cause_of_refusal
from app.socks.streams import Dialer, Path, StreamOpener, StreamRefusal, Traffic
from app.system.run_folder import make_run_folder
from app.transport.cores.shadowsocks_link import (
    ShadowsocksLink,
    ShadowsocksRoute,
    connect_shadowsocks,
    sweep,
)
from app.tunnel.context import Context
from app.tunnel.far_ends import AnyLink, OnLost
from app.tunnel.supervisor import RelaySupervisor
from app.tunnel.threads import Threads

log = logging.getLogger("relaytray.tunnel")

ASK_EVERY_S = 15  # while nothing comes by itself: a silent loss shows after two of these at most
Answer = Callable[[Path | Fault], None]
_PHASES = {
    LinkPhase.CONNECTING: ProxyPhase.STARTING,
    LinkPhase.UP: ProxyPhase.RUNNING,
    LinkPhase.WAITING: ProxyPhase.WAITING,
    LinkPhase.FAILED: ProxyPhase.FAILED,
}
# What has to be the same for the client that runs to be the right one.
_COUNTS = ("host", "port", "method", "plugin", "plugin_options", "local_port", "relay_id")


class ShadowsocksEnd:
    """One server as the far end of its supervisor."""

    def __init__(
        self,
        profile: ShadowsocksServer,
        context: Context,
        folder: FilePath,
        open_port: Callable[[str], Fault | None],
    ) -> None:
        self.profile = profile
        self._context = context
        self._folder = folder
        self._open_port = open_port
        self._program = context.document.settings.shadowsocks_program
        self._is_another = False
        # It worked: a keyring that locks itself meanwhile, as while the computer sleeps, must not end what
        # the person has switched on, and give the system's proxy back.
        self._password = ""
        self._told = ShadowsocksState()

    def follow(self, profile: ShadowsocksServer, program: str) -> None:
        """Before ``concerns`` is asked."""
        changed = any(getattr(self.profile, name) != getattr(profile, name) for name in _COUNTS)
        self._is_another = changed or program != self._program
        self.profile, self._program = profile, program

    def forget_password(self) -> None:
        """There is another one in the keyring: the client that runs is the wrong one."""
        self._is_another, self._password = True, ""

    def connect(self, relay: Relay, cancelled: threading.Event, on_lost: OnLost) -> AnyLink:  # noqa: ARG002
        profile = self.profile
        fault = self._open_port(profile.id)
        if fault is not None:
            raise RelayTrayError(fault)
        make_run_folder(self._folder)
        route = self._route(profile)
        link = connect_shadowsocks(route, self._folder, cancelled, on_lost)
        self._password = route.password
        return link

    def _route(self, profile: ShadowsocksServer) -> ShadowsocksRoute:
        document = self._context.document
        relay = document.relay(profile.relay_id)
        return ShadowsocksRoute(
            name=profile.name,
            host=profile.host,
            port=profile.port,
            method=profile.method,
            password=self._context.tools.secrets.get(SecretName(SECRET_KIND, profile.id)) or self._password,
            plugin=profile.plugin,
            plugin_options=profile.plugin_options,
            sshd=None if relay is None else (relay.host, relay.port),
            chosen_program=document.settings.shadowsocks_program,
            chosen_core=document.settings.core_program,
        )

    def concerns(self, old: Relay, new: Relay) -> bool:  # noqa: ARG002 - see ``follow``
        return self._is_another

    def told(self, relay: Relay, state: LinkState) -> None:
        new = self.as_proxy(state)
        if new.phase is ProxyPhase.OFF:
            self._password = ""
        if new != self._told:
            self._told = new
            self._context.publish(ShadowsocksChanged(relay.id, new))

    def as_proxy(self, state: LinkState) -> ShadowsocksState:
        """What the supervisor's state is for the person; between two runs of a client it is starting."""
        is_wanted = self.profile.id in self._context.proxies
        between = ProxyPhase.STARTING if is_wanted else ProxyPhase.OFF
        phase = _PHASES.get(state.phase, between)
        return ShadowsocksState(phase=phase, fault=state.fault, retry_in_s=state.retry_in_s)

    def why_lost(self, relay: Relay, link: AnyLink) -> Fault:
        if isinstance(link, ShadowsocksLink):
            return link.fault()
        return Fault.of(FaultCode.LINK_LOST, host=relay.host, reason=link.why_lost())


class ShadowsocksTable:
    """Thread-safe. ``open_port`` opens the local port of a server that is wanted, or says why not."""

    def __init__(
        self,
        context: Context,
        folder: FilePath,
        *,
        open_port: Callable[[str], Fault | None],
        follow_ports: Callable[[], None],
        went_up: Callable[[str], None],
        by_name: Callable[[str], Dialer | None],
    ) -> None:
        """``follow_ports`` closes what is not wanted; ``by_name`` finds who dials a server of ours."""
        self._context = context
        self._folder = folder
        self._open_port = open_port
        self._follow_ports = follow_ports
        self._went_up = went_up
        self._by_name = by_name
        self._lock = threading.RLock()
        self._supervisors: dict[str, RelaySupervisor] = {}
        self._ends: dict[str, ShadowsocksEnd] = {}
        self._leaving: list[RelaySupervisor] = []
        self._threads = Threads()

    def follow(self, document: Document) -> None:
        """Take new profiles."""
        gone: list[RelaySupervisor] = []
        with self._lock:
            for profile in document.shadowsocks:
                self._sync(profile, document.settings.shadowsocks_program)
            for id_ in [id_ for id_ in self._supervisors if document.shadowsocks_server(id_) is None]:
                gone.append(self._supervisors.pop(id_))
                self._ends.pop(id_)
                self._context.proxies -= {id_}
            self._leaving += gone
        for supervisor in gone:
            supervisor.stop()

    def _sync(self, profile: ShadowsocksServer, program: str) -> None:
        machine = _as_machine(profile)
        if profile.id in self._supervisors:
            self._ends[profile.id].follow(profile, program)
            self._supervisors[profile.id].replace(machine)
            return
        end = self._ends[profile.id] = ShadowsocksEnd(profile, self._context, self._folder, self._open_port)
        self._supervisors[profile.id] = RelaySupervisor(
            machine,
            self._context,
            Traffic(),
            lambda up, id_=profile.id: self._went_up(id_) if up else None,  # type: ignore[misc]
            lambda: None,
            lambda: True,
            end,
        )

    # --- what people ask for ------------------------------------------------------------------------------

    def start(self) -> None:
        """Bring up those that ask for it."""
        sweep(self._folder)
        for profile in self._context.document.shadowsocks:
            if profile.connect_at_launch:
                self.connect(profile.id)

    def connect(self, id_: str) -> None:
        """Raises NO_SUCH_SHADOWSOCKS."""
        with self._lock:
            supervisor = self._supervisors.get(id_)
            if supervisor is None:
                raise error(FaultCode.NO_SUCH_SHADOWSOCKS, name=id_, near="")
            if self._context.stopping.is_set():
                return
            self._context.proxies |= {id_}
        supervisor.want()

    def disconnect(self, id_: str) -> None:
        with self._lock:
            supervisor = self._supervisors.get(id_)
            self._context.proxies -= {id_}
        if supervisor is not None:
            supervisor.close_link()
            self._threads.start(self._follow_ports, "ports")

    def renew(self, id_: str) -> None:
        """Its password is another one now: a client that is wanted starts anew."""
        with self._lock:
            supervisor, end = self._supervisors.get(id_), self._ends.get(id_)
            if supervisor is None or end is None or id_ not in self._context.proxies:
                return
            end.forget_password()
            supervisor.replace(supervisor.relay)
        supervisor.want()

    def check_now(self, *, revive: bool) -> None:
        for supervisor in self._all():
            supervisor.check_now(revive=revive)

    # --- for the manager ----------------------------------------------------------------------------------

    def loops(self, id_: str) -> LoopGroup | None:
        """Those of the link, when it is up."""
        supervisor = self._supervisors.get(id_)
        return None if supervisor is None else supervisor.loops

    def dialer(self, id_: str) -> Dialer:
        """For the clients of its local port."""
        return _ShadowsocksDialer(self, id_)

    def states(self) -> Mapping[str, ShadowsocksState]:
        with self._lock:
            return {id_: self._ends[id_].as_proxy(one.state) for id_, one in self._supervisors.items()}

    def stop(self) -> None:
        with self._lock:
            self._context.proxies = frozenset()
        for supervisor in [*self._all(), *self._leaving]:
            supervisor.stop()

    def join(self, end: float) -> list[str]:
        """After ``stop``: wait until ``end`` (time.monotonic()); the names of threads that are late."""
        supervisors = [*self._all(), *self._leaving]
        late = [one.relay.name for one in supervisors if not one.join(max(0.1, end - time.monotonic()))]
        return late + self._threads.join(end)

    def dial(self, id_: str, host: str, port: int, answer: Answer) -> Callable[[], None]:
        """See ``Dialer``. The names of our servers go to no DNS, here neither: they are reached as ever."""
        name = host.lower().rstrip(".")
        if name.endswith(NAME_SUFFIX):
            dialer = self._by_name(name)
            if dialer is not None:
                return dialer.dial(host, port, answer)
            answer(Fault.of(FaultCode.NO_SUCH_SERVER, name=host, near=""))
            return lambda: None
        supervisor = self._supervisors.get(id_)
        if supervisor is None or id_ not in self._context.proxies:
            answer(Fault.of(FaultCode.CANCELLED, what="the connection: the Shadowsocks server is off"))
            return lambda: None
        via = supervisor.relay.name

        def explain(refusal: StreamRefusal) -> Fault:
            cause = cause_of_refusal(refusal).name
            return Fault.of(FaultCode.TARGET_REFUSED, target=f"{host}:{port}", host=via, cause=cause)

        def on_link(found: StreamOpener | Fault) -> None:
            answer(found if isinstance(found, Fault) else Path(found, host, port, explain, id_))

        return supervisor.request(on_link)

    def _all(self) -> list[RelaySupervisor]:
        with self._lock:
            return list(self._supervisors.values())


class _ShadowsocksDialer:
    def __init__(self, table: ShadowsocksTable, id_: str) -> None:
        self._table, self._id = table, id_

    def dial(self, host: str, port: int, answer: Answer) -> Callable[[], None]:
        return self._table.dial(self._id, host, port, answer)


def _as_machine(profile: ShadowsocksServer) -> Relay:
    """What the supervisor looks after: where its client dials, and by which name the log knows it."""
    return Relay(
        id=profile.id, name=profile.name, host=profile.host, port=profile.port, keepalive_s=ASK_EVERY_S
    )
