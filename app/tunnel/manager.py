"""The one object that front ends talk to: links, servers, local ports and what is true about them.

Every method may be called from any thread and returns at once, except ``stop``. News comes as events
through ``publish``; ``snapshot`` is the same at one moment.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.core.events import DocumentChanged, Notice, PortsMoved, Publish
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.port_changes import changed_ports
from app.core.profiles import Document, Relay, Server
from app.core.routes import RouteKind
from app.core.states import Snapshot
from app.secrets import SecretName, SecretStore
from app.socks.handshake import FixedHandshake, Handshake
from app.socks.loop import LoopGroup
from app.socks.streams import Dialer, Traffic
from app.storage.paths import Paths
from app.transport.asking import Asker
from app.transport.host_keys import HostKeys, default_user_files
from app.transport.link import Tools
from app.transport.stream import WindowBudget
from app.tunnel import route_secrets
from app.tunnel.between import Between
from app.tunnel.clock import Clock
from app.tunnel.connections import Connections
from app.tunnel.context import Context
from app.tunnel.listeners import ListenerTable
from app.tunnel.pinned_keys import follow_names, moved_servers
from app.tunnel.port_passwords import PortPasswords
from app.tunnel.renewal import RenewingSupervisor, with_new_permissions
from app.tunnel.router import SSH_PORT, SocksDialer, SshdDialer
from app.tunnel.servers import ServerKeeper
from app.tunnel.shadowsocks import ShadowsocksTable
from app.tunnel.threads import Threads
from app.tunnel.traffic import TrafficMeter
from app.tunnel.ways import WayTable

log = logging.getLogger("relaytray.tunnel")

WAKE = "wake"  # the reason for ``check_now`` after sleep, which the person may not want to reconnect


class TunnelManager(Between):
    """See the module. ``trusted`` are host key fingerprints accepted on first sight without asking."""

    def __init__(
        self,
        *,
        paths: Paths,
        document: Document,
        secrets: SecretStore,
        publish: Publish,
        trusted: Sequence[str] = (),
        user_known_hosts: Sequence[Path] | None = None,
    ) -> None:
        self._publish_event = publish
        user_files = default_user_files() if user_known_hosts is None else list(user_known_hosts)
        self._asker = Asker(publish)
        self._secrets = secrets
        self._host_keys = HostKeys(paths.known_hosts, user_files)
        self.tools = tools = Tools(self._host_keys, self._asker, secrets, WindowBudget(), set(trusted))
        self._context = Context(document, self._publish, tools, LoopGroup("forward"))
        self._context.socks_password = self._socks_password
        self._context.link_loops = self._link_loops
        self._clock = Clock()
        self._lock = threading.RLock()
        self._following = threading.RLock()
        self._relays: dict[str, RenewingSupervisor] = {}
        self._servers: dict[str, ServerKeeper] = {}
        self._meters: dict[str, TrafficMeter] = {}
        self._connections = Connections(self._context)
        self._leaving: list[RenewingSupervisor | ServerKeeper] = []  # removed, and maybe not yet ended
        self._threads = Threads()
        self._listeners = ListenerTable(
            self._context,
            self,
            self._adopt,
            self._proxy_dialer,
            PortPasswords(self._socks_password, self._threads),
        )
        self._proxies = ShadowsocksTable(
            self._context,
            paths.run_folder,
            open_port=self._listeners.open_proxy_port,
            follow_ports=self._listeners.reconcile,
            went_up=self._listeners.move_to_link,
            by_name=self._dialer_for,
        )
        self._ways = WayTable(self._context, self)
        self._started = False
        self._stopped = False
        self._sync_profiles(document)

    # --- life -------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Open the local ports; bring up the relays that ask for it."""
        self._started = True
        # Ports may need a password from the keyring, which may ask: not in the caller's thread.
        self.retry_listeners()
        for relay in self._context.document.relays:
            if relay.connect_at_launch:
                self.connect_relay(relay.id)
        self._proxies.start()

    def stop(self, deadline_s: float = 5.0) -> None:
        """Close everything and wait for every thread, at most about ``deadline_s``. Blocks."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
        self._context.stopping.set()
        end = time.monotonic() + deadline_s
        self._listeners.close()
        self._asker.withdraw_all()
        for keeper in self._all_servers():
            keeper.release()
        with self._lock:
            parts = [*self._relays.values(), *self._leaving]
            supervisors = [part for part in parts if isinstance(part, RenewingSupervisor)]
            keepers = [*self._servers.values(), *(p for p in self._leaving if isinstance(p, ServerKeeper))]
        for supervisor in supervisors:
            supervisor.stop()
        self._ways.stop()
        self._proxies.stop()
        self._connections.abort()
        late = [name for keeper in keepers for name in keeper.join(end)]
        late += [s.relay.name for s in supervisors if not s.join(max(0.1, end - time.monotonic()))]
        late += self._ways.join(end) + self._proxies.join(end) + self._threads.join(end)
        self._clock.stop()
        if not self._context.front.stop(max(0.5, end - time.monotonic())) or late:
            log.warning("Not everything ended within %.0f s: %s.", deadline_s, ", ".join(late) or "a loop")

    def _open_ports(self) -> None:
        relays = [relay.id for relay in self._context.document.relays]
        before = {id_: self._listeners.socks_address(id_) for id_ in relays}
        self._listeners.reconcile()
        moved = {id_ for id_ in relays if self._listeners.socks_address(id_) != before[id_]}
        for keeper in self._all_servers():
            if keeper.server.relay_id in moved:
                keeper.probe_soon()

    # --- what people ask for ----------------------------------------------------------------------------

    def connect(self, server_id: str) -> None:
        """Bring the server online and keep it so; states come as events."""
        keeper = self._servers.get(server_id)
        if keeper is None:
            raise error(FaultCode.NO_SUCH_SERVER, name=server_id, near="")
        self._supervisor(keeper.server.relay_id)
        if self._stopped:
            return
        self._retry_failed_ports()
        keeper.want()
        self._ways.want(server_id)
        keeper.want()  # a link that was just being closed may have released it in between
        keeper.probe_soon()

    def connect_relay(self, relay_id: str) -> None:
        """Of a relay where nobody logs in its servers are meant: they are all that can be reached there."""
        supervisor = self._supervisor(relay_id)
        servers = self._context.document.servers_of(relay_id)
        if supervisor.relay.has_no_login and servers:
            for server in servers:
                self.connect(server.id)
            return
        self._retry_failed_ports()
        supervisor.want()

    def _supervisor(self, relay_id: str) -> RenewingSupervisor:
        supervisor = self._relays.get(relay_id)
        if supervisor is None:
            raise error(FaultCode.NO_SUCH_RELAY, name=relay_id, near="")
        return supervisor

    def disconnect(self, server_id: str) -> None:
        """The server goes OFF; its relay's link closes when no other server of it is wanted."""
        keeper = self._servers.get(server_id)
        if keeper is None:
            return
        keeper.release()
        self._ways.close(server_id)
        self._connections.abort(server_id)
        relay_id = keeper.server.relay_id
        if not any(k.is_wanted for k in self._all_servers() if k.server.relay_id == relay_id):
            self.disconnect_relay(relay_id)

    def disconnect_relay(self, relay_id: str) -> None:
        for keeper in self._all_servers():
            if keeper.server.relay_id == relay_id:
                keeper.release()
                self._ways.close(keeper.server.id)
        supervisor = self._relays.get(relay_id)
        if supervisor is not None:
            supervisor.close_link()

    def connect_shadowsocks(self, shadowsocks_id: str) -> None:
        """Open its local port and keep its client running; states come as events."""
        self._proxies.connect(shadowsocks_id)

    def renew_shadowsocks(self, shadowsocks_id: str) -> None:
        """Its password was changed. Does nothing to one that nobody has connected."""
        self._proxies.renew(shadowsocks_id)

    def disconnect_shadowsocks(self, shadowsocks_id: str) -> None:
        """Its local port closes, its client ends."""
        self._proxies.disconnect(shadowsocks_id)

    def trust(self, fingerprints: Sequence[str]) -> None:
        """Accept these host keys on first sight, until the program ends."""
        self._context.tools.trusted.update(fingerprints)

    def check_now(self, reason: str) -> None:
        """The computer woke, or the network changed: find out now what still lives."""
        log.info("Checking all links: %s.", reason)
        revive = reason != WAKE or self._context.document.settings.reconnect_after_sleep
        for supervisor in list(self._relays.values()):
            supervisor.check_now(revive=revive)
        self._ways.check_now(revive=revive)
        self._proxies.check_now(revive=revive)
        for keeper in self._all_servers():
            keeper.check_now()

    def retry_listeners(self) -> None:
        """Try again the local ports that could not be opened."""
        self._threads.start(self._open_ports, "ports")

    def open_for(
        self,
        sock: socket.socket,
        alias: str,
        port: int,
        done: Callable[[Fault | None], None],
    ) -> None:
        """Join a local socket with a server's port as SOCKS would. ``done`` hears how it went, once.

        Works without ``start``. The socket is taken over.
        """
        server = self._context.document.server_named(alias)
        if server is None:
            sock.close()
            done(Fault.of(FaultCode.NO_SUCH_SERVER, name=alias, near=""))
            return
        dialer = SocksDialer(self._context, self, server.relay_id)
        self._adopt(sock, FixedHandshake(server.full_name, port, done), dialer, server.relay_id)

    def open_way(
        self, sock: socket.socket, server: Server, kind: RouteKind, done: Callable[[Fault | None], None]
    ) -> None:
        dialer = SshdDialer(self._context, self, server.id, kind)
        handshake = FixedHandshake(server.full_name, SSH_PORT, done)
        self._adopt(sock, handshake, dialer, server.relay_id, own=True)

    # --- what is true -----------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        with self._lock:
            relays, servers = dict(self._relays), dict(self._servers)
            meters = dict(self._meters)
        return Snapshot(
            links={id_: supervisor.state for id_, supervisor in relays.items()},
            servers={id_: keeper.state for id_, keeper in servers.items()},
            listeners=self._listeners.states,
            traffic={id_: meter.state for id_, meter in meters.items()},
            shadowsocks=dict(self._proxies.states()),
        )

    @property
    def document(self) -> Document:
        return self._context.document

    def follow(self, load: Callable[[], Document]) -> None:
        """Take the profiles that ``load`` reads, one caller at a time: the newest count."""
        with self._following:
            self.replace_document(load())

    def replace_document(self, document: Document) -> None:
        """Take new profiles: ports follow, links whose relay changed come up anew, the rest stays."""
        old = self._context.document
        moved = [id_ for id_ in moved_servers(old, document) if self._servers[id_].is_wanted]
        for server_id in moved:
            self.disconnect(server_id)
        self._context.document = document
        try:
            follow_names(self._host_keys, old, document)
        except RelayTrayError as e:
            self._publish(Notice(e.fault))
        if names := route_secrets.renamed(old, document):
            self._threads.start(lambda: route_secrets.follow(self._secrets, names), "rename")
        self._sync_profiles(document)
        for relay_id in with_new_permissions(old, document) & self._relays.keys():
            self._relays[relay_id].renew()
        self._publish(DocumentChanged(document))
        if changes := changed_ports(old, document):
            self._publish(PortsMoved(changes))
        if self._started:
            self.retry_listeners()
        for server_id in moved:
            self.connect(server_id)

    def _sync_profiles(self, document: Document) -> None:
        gone: list[RenewingSupervisor] = []
        released: list[ServerKeeper] = []
        with self._lock:
            for server in document.servers:
                self._sync_server(server)
                if document.relay(server.relay_id) is None:
                    released.append(self._servers[server.id])
            for id_ in [id_ for id_ in self._servers if document.server(id_) is None]:
                keeper = self._servers.pop(id_)
                released.append(keeper)
                self._leaving.append(keeper)
            for relay in document.relays:
                self._sync_relay(relay)
            for id_ in [id_ for id_ in self._relays if document.relay(id_) is None]:
                gone.append(self._relays.pop(id_))
                self._meters.pop(id_, None)
            self._leaving += gone
        self._ways.follow(document)
        self._proxies.follow(document)
        for keeper in released:
            keeper.release()
        for supervisor in gone:
            supervisor.stop()

    def _sync_server(self, server: Server) -> None:
        keeper = self._servers.get(server.id)
        if keeper is None:
            self._servers[server.id] = ServerKeeper(server, self._context, self, self._clock)
        else:
            keeper.replace(server)

    def _sync_relay(self, relay: Relay) -> None:
        supervisor = self._relays.get(relay.id)
        if supervisor is not None:
            supervisor.replace(relay)
            return
        meter = self._meters[relay.id] = TrafficMeter(Traffic(last_used=time.monotonic()))
        self._relays[relay.id] = RenewingSupervisor(
            relay,
            self._context,
            meter.traffic,
            lambda up, id_=relay.id: self._link_changed(id_, up=up),  # type: ignore[misc]
            lambda id_=relay.id: self._tick(id_),  # type: ignore[misc]
            lambda id_=relay.id: self._carries_programs(id_),  # type: ignore[misc]
        )

    # --- connections ------------------------------------------------------------------------------------

    def _adopt(
        self, sock: socket.socket, handshake: Handshake, dialer: Dialer, relay_id: str, *, own: bool = False
    ) -> None:
        meter, supervisor = self._meters.get(relay_id), self._relays.get(relay_id)
        traffic = Traffic() if meter is None else meter.traffic
        likely = self._link_loops(relay_id)
        if self._connections.adopt(sock, handshake, dialer, traffic, own=own, likely=likely) and supervisor:
            supervisor.traffic_began()

    def _link_loops(self, relay_id: str) -> LoopGroup | None:
        supervisor = self._relays.get(relay_id)
        return self._proxies.loops(relay_id) if supervisor is None else supervisor.loops

    def _proxy_dialer(self, shadowsocks_id: str) -> Dialer:
        return self._proxies.dialer(shadowsocks_id)

    def _dialer_for(self, name: str) -> SocksDialer | None:
        """None as well for servers of a relay whose SOCKS port asks for a password: a Shadowsocks port does
        not, and other accounts of this computer come to either."""
        server = self._context.document.server_named(name)
        relay = None if server is None else self._context.document.relay(server.relay_id)
        return None if relay is None or relay.socks_user else SocksDialer(self._context, self, relay.id)

    def _socks_password(self, relay_id: str) -> str | None:
        relay = self._context.document.relay(relay_id)
        return None if relay is None else self._secrets.get(SecretName("socks", relay.name))
