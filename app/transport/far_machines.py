"""From profiles to what a connection is made with: the machine that is expected, and the login there."""

from __future__ import annotations

from app.core.faults import FaultCode, error
from app.core.profiles import AdminLogin, Authentication, Relay, Server
from app.transport.host_keys import host_key_name
from app.transport.link import Machine
from app.transport.login import LoginPlan


def relay_machine(relay: Relay) -> Machine:
    return Machine(
        profile=relay.name,
        is_server=False,
        host=relay.host,
        port=relay.port,
        host_key_name=host_key_name(relay.host, relay.port),
        small_packets_at_once=relay.small_packets_at_once,
    )


def relay_login(relay: Relay, login: AdminLogin) -> LoginPlan:
    """``login``: one of ``relay.own_login`` and ``relay.set_up_login``, or another of the person's.

    Raises LOGIN_NAME_MISSING: a relay that came by a link of v2ray has none.
    """
    if not login.user.strip():
        raise error(FaultCode.LOGIN_NAME_MISSING, name=relay.name)
    return LoginPlan(
        profile_name=relay.name,
        is_server=False,
        user=login.user,
        host=host_key_name(relay.host, relay.port),
        authentication=login.authentication,
        identity=login.identity,
        certificate=login.certificate,
    )


def server_machine(server: Server) -> Machine:
    """The server as it is expected behind its route; pinned under its full name."""
    return Machine(
        profile=server.alias, is_server=True, host=server.alias, port=22, host_key_name=server.full_name
    )


def server_login(server: Server) -> LoginPlan:
    """As ssh would: with the profile's key, else with the agent's and the usual ones."""
    return LoginPlan(
        profile_name=server.alias,
        is_server=True,
        user=server.user,
        host=server.alias,
        authentication=Authentication.KEY_FILE,
        identity=server.identity,
    )
