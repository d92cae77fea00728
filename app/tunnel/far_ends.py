"""From profiles to what the transport connects to: the relay's machine and login, the server's."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from app.core.events import LinkChanged
from app.core.faults import Fault, FaultCode
from app.core.profiles import Authentication, Relay, Server
from app.core.states import LinkState
from app.transport.cores.core_link import CoreLink
from app.transport.cores.shadowsocks_link import ShadowsocksLink
from app.transport.far_machines import relay_login, relay_machine, server_login
from app.transport.link import Link, Tools, connect
from app.transport.login import LoginPlan
from app.transport.tcp import connect_tcp
from app.tunnel.context import Context

AnyLink = Link | CoreLink | ShadowsocksLink
OnLost = Callable[[AnyLink], None]
_LINK_FIELDS = (
    "host",
    "port",
    "user",
    "authentication",
    "identity",
    "certificate",
    "small_packets_at_once",
)


class FarEnd(Protocol):
    """What a supervisor keeps a link to, and how."""

    def connect(self, relay: Relay, cancelled: threading.Event, on_lost: OnLost) -> AnyLink:
        """Blocks; raises RelayTrayError."""

    def concerns(self, old: Relay, new: Relay) -> bool:
        """Whether the change makes the present link the wrong one."""

    def told(self, relay: Relay, state: LinkState) -> None:
        """The state of the link has changed."""

    def why_lost(self, relay: Relay, link: AnyLink) -> Fault: ...


class RelayEnd:
    """The relay's sshd."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def connect(self, relay: Relay, cancelled: threading.Event, on_lost: OnLost) -> AnyLink:
        return connect_relay(relay, self._context.tools, cancelled, on_lost)

    def concerns(self, old: Relay, new: Relay) -> bool:
        return concerns_link(old, new)

    def told(self, relay: Relay, state: LinkState) -> None:
        self._context.publish(LinkChanged(relay.id, state))

    def why_lost(self, relay: Relay, link: AnyLink) -> Fault:
        return Fault.of(FaultCode.LINK_LOST, host=relay.host, reason=link.why_lost())


def concerns_link(old: Relay, new: Relay) -> bool:
    """Whether the change of a profile makes its present link the wrong one."""
    return any(getattr(old, name) != getattr(new, name) for name in _LINK_FIELDS)


def called_off(relay: Relay) -> Fault:
    """What those hear who wait for a link that is not wanted any more."""
    return Fault.of(FaultCode.CANCELLED, what=f"the connection to {relay.name}")


def connect_relay(
    relay: Relay, tools: Tools, cancelled: threading.Event, on_lost: Callable[[Link], None]
) -> Link:
    """TCP, handshake, host key and login. Blocks; raises RelayTrayError."""
    machine, plan = relay_machine(relay), relay_login(relay, relay.own_login)
    sock = connect_tcp(relay.host, relay.port, cancelled)
    return connect(sock, machine, plan, tools, cancelled, on_lost, relay.name)


def server_plan(server: Server) -> LoginPlan:
    """The login at the server itself, for the exit and the forwards: without a key, by the agent alone."""
    plan = server_login(server)
    return plan if server.identity else replace(plan, authentication=Authentication.AGENT)
