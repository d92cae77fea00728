"""The local ports: one SOCKS port per relay, a plain port per server, the extra forwards, and one for each
Shadowsocks server that is wanted.

Opening is quick and may fail for reasons that are told (who holds the port); a port that could not be
opened is tried again when the person asks, connects, or changes the profile.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from app.core.events import ListenersChanged
from app.core.faults import Fault
from app.core.profiles import Document
from app.core.states import ListenerState
from app.sentences import sentence
from app.socks.handshake import FixedHandshake, Handshake, ProxyHandshake
from app.socks.listener import Listener, bind_listener
from app.socks.server_protocol import Credentials
from app.socks.streams import Dialer
from app.system.port_holder import classify_bind_error
from app.tunnel.context import Context
from app.tunnel.port_passwords import PortPasswords
from app.tunnel.router import ForwardDialer, Links, SocksDialer, SshdDialer

log = logging.getLogger("relaytray.tunnel")

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port that the document asks for; equal values need not be opened again."""

    purpose: str
    relay_id: str  # whose link its clients use: a relay's, or a Shadowsocks server's
    server_id: str
    port: int
    remote_host: str = ""
    remote_port: int = 0
    target: str = ""
    socks_user: str = ""


def wanted_ports(document: Document, proxies: AbstractSet[str] = frozenset()) -> list[Wanted]:
    """Every local port of the document, in the order of its profiles. Pure.

    ``proxies`` are the ids of the Shadowsocks servers that are wanted.
    """
    wanted = []
    for relay in document.relays:
        wanted.append(Wanted("socks", relay.id, "", relay.socks_port, socks_user=relay.socks_user))
        for server in document.servers_of(relay.id):
            if server.local_ssh_port:
                wanted.append(
                    Wanted("ssh", relay.id, server.id, server.local_ssh_port, target=f"{server.alias}: ssh")
                )
            wanted.extend(
                Wanted(
                    "forward",
                    relay.id,
                    server.id,
                    forward.local_port,
                    forward.remote_host,
                    forward.remote_port,
                    f"{server.alias}: {forward.remote_host}:{forward.remote_port}",
                )
                for forward in server.forwards
            )
    wanted += [
        Wanted("shadowsocks", one.id, "", one.local_port, target=one.name)
        for one in document.shadowsocks
        if one.id in proxies
    ]
    return wanted


class ListenerTable:
    """Thread-safe. ``adopt`` makes a connection of an accepted client, in whatever thread."""

    def __init__(
        self,
        context: Context,
        links: Links,
        adopt: Callable[[socket.socket, Handshake, Dialer, str], None],
        proxy_dialer: Callable[[str], Dialer],
        passwords: PortPasswords,
    ) -> None:
        """``proxy_dialer`` dials by the Shadowsocks server of that id."""
        self._context = context
        self._links = links
        self._adopt = adopt
        self._proxy_dialer = proxy_dialer
        self._passwords = passwords
        self._lock = threading.Lock()
        self._one_at_a_time = threading.Lock()  # see reconcile
        self._open: dict[Wanted, Listener] = {}
        self._faults: dict[Wanted, Fault] = {}
        self._closed = False

    @property
    def states(self) -> tuple[ListenerState, ...]:
        with self._lock:
            return tuple(
                ListenerState(
                    purpose=w.purpose,
                    relay_id="" if w.purpose == "shadowsocks" else w.relay_id,
                    server_id=w.relay_id if w.purpose == "shadowsocks" else w.server_id,
                    host=LOOPBACK,
                    port=self._open[w].port if w in self._open else w.port,
                    target=w.target,
                    fault=self._faults.get(w),
                )
                for w in wanted_ports(self._context.document, self._context.proxies)
                if w in self._open or w in self._faults
            )

    def open_proxy_port(self, shadowsocks_id: str) -> Fault | None:
        """See that the port of this Shadowsocks server is open, if it is wanted; or why it is not."""
        self.reconcile()
        with self._lock:
            return next((fault for w, fault in self._faults.items() if w.relay_id == shadowsocks_id), None)

    def socks_address(self, relay_id: str) -> tuple[str, int] | Fault | None:
        with self._lock:
            for wanted, listener in self._open.items():
                if wanted.purpose == "socks" and wanted.relay_id == relay_id:
                    return LOOPBACK, listener.port
            for wanted, fault in self._faults.items():
                if wanted.purpose == "socks" and wanted.relay_id == relay_id:
                    return fault
        return None

    def reconcile(self, *, retry: bool = True) -> None:
        """Open what the document asks for, close the rest. ``retry``: also what failed before.

        Not in a loop's thread. One at a time: a second caller would find a port busy that the first has
        just taken off the list and that its loop has yet to close.
        """
        with self._one_at_a_time:
            has_closed = self._close_unwanted()
            has_opened = self._open_missing(retry=retry)
        if has_closed or has_opened:
            self._context.publish(ListenersChanged(self.states))

    def _close_unwanted(self) -> bool:
        """Outside the lock it waits for their ports to be free: one of the new ones may want one of them."""
        wanted = wanted_ports(self._context.document, self._context.proxies)
        with self._lock:
            gone = [self._open.pop(w) for w in list(self._open) if w not in wanted]
        for listener in gone:
            listener.close()
        for listener in gone:
            listener.wait_until_free()
        return bool(gone)

    def _open_missing(self, *, retry: bool) -> bool:
        wanted = wanted_ports(self._context.document, self._context.proxies)
        with self._lock:
            if self._closed:
                return False
            self._faults = {w: fault for w, fault in self._faults.items() if w in wanted and not retry}
            missing = [w for w in wanted if w not in self._open and w not in self._faults]
            for w in missing:
                self._bind(w)
        return bool(missing)

    def move_to_link(self, relay_id: str) -> None:
        """The link is up: its own loop accepts its clients from now on, until it ends."""
        with self._lock:
            listeners = [listener for w, listener in self._open.items() if w.relay_id == relay_id]
        for listener in listeners:
            self._visit(listener, relay_id)

    def _visit(self, listener: Listener, relay_id: str) -> None:
        loops = self._context.link_loops(relay_id)
        if loops is not None:
            with contextlib.suppress(OSError):  # it has just ended
                listener.visit(loops.pick())

    def close(self) -> None:
        """For good: what is asked for later stays closed."""
        with self._lock:
            self._closed = True
            for listener in self._open.values():
                listener.close()
            self._open.clear()
            self._faults.clear()
        self._passwords.close()

    def _bind(self, wanted: Wanted) -> None:
        try:
            sock = bind_listener(LOOPBACK, wanted.port)
        except OSError as e:
            fault = classify_bind_error(e, LOOPBACK, wanted.port)
            self._faults[wanted] = fault
            log.info("%s", sentence(fault))
            return
        dialer = self._make_dialer(wanted)
        loop = self._context.front.pick()
        listener = Listener(sock, loop, lambda client: self._accepted(client, wanted, dialer))
        self._open[wanted] = listener
        self._visit(listener, wanted.relay_id)

    def _make_dialer(self, wanted: Wanted) -> Dialer:
        if wanted.purpose == "socks":
            return SocksDialer(self._context, self._links, wanted.relay_id)
        if wanted.purpose == "shadowsocks":
            return self._proxy_dialer(wanted.relay_id)
        if wanted.purpose == "ssh":
            return SshdDialer(self._context, self._links, wanted.server_id)
        return ForwardDialer(self._links, wanted.server_id, wanted.target)

    def _accepted(self, client: socket.socket, wanted: Wanted, dialer: Dialer) -> None:
        handshake: Handshake
        if wanted.purpose == "socks" and wanted.socks_user:
            self._passwords.when_known(wanted.relay_id, lambda p: self._greet(client, wanted, dialer, p))
            return
        if wanted.purpose == "socks":
            handshake = ProxyHandshake()
        elif wanted.purpose == "shadowsocks":
            handshake = ProxyHandshake(forwards_http=True)
        elif wanted.purpose == "ssh":
            handshake = FixedHandshake(wanted.target, 22)
        else:
            handshake = FixedHandshake(wanted.remote_host, wanted.remote_port)
        self._adopt(client, handshake, dialer, wanted.relay_id)

    def _greet(self, client: socket.socket, wanted: Wanted, dialer: Dialer, password: str | None) -> None:
        """A client of a port with a password, now that it is known."""
        try:
            handshake = ProxyHandshake(_credentials(wanted.socks_user, password))
            self._adopt(client, handshake, dialer, wanted.relay_id)
        except OSError:  # the loops have ended
            client.close()


def _credentials(user: str, password: str | None) -> Credentials:
    """Without a stored password nobody gets in: an open port would be the worse surprise."""
    return Credentials(lambda _u, _p: False) if password is None else Credentials.of(user, password)
