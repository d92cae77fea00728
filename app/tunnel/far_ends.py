"""From profiles to what the transport connects to: the relay's machine and login, the server's."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.core.faults import Fault, FaultCode
from app.core.profiles import Authentication, Relay, Server
from app.transport.host_keys import host_key_name
from app.transport.link import Link, Machine, Tools, connect
from app.transport.login import LoginPlan
from app.transport.tcp import connect_tcp

_LINK_FIELDS = ("host", "port", "user", "authentication", "identity", "certificate")


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
    sock = connect_tcp(relay.host, relay.port, cancelled)
    name = host_key_name(relay.host, relay.port)
    machine = Machine(
        profile=relay.name, is_server=False, host=relay.host, port=relay.port, host_key_name=name
    )
    plan = LoginPlan(
        profile_name=relay.name,
        is_server=False,
        user=relay.user,
        host=name,
        authentication=relay.authentication,
        identity=relay.identity,
        certificate=relay.certificate,
    )
    return connect(sock, machine, plan, tools, cancelled, on_lost, relay.name)


def server_machine(server: Server) -> Machine:
    """The server as it is expected behind its route; pinned under its full name."""
    return Machine(
        profile=server.alias, is_server=True, host=server.alias, port=22, host_key_name=server.full_name
    )


def server_plan(server: Server) -> LoginPlan:
    """The login at the server itself, for the exit and the forwards."""
    return LoginPlan(
        profile_name=server.alias,
        is_server=True,
        user=server.user,
        host=server.alias,
        authentication=Authentication.KEY_FILE if server.identity else Authentication.AGENT,
        identity=server.identity,
    )
