"""Why a relay did not open the way to a server: what its sshd answered, as the person can act on it."""

from __future__ import annotations

from app.core.faults import Fault, FaultCode
from app.core.profiles import Relay, Server, SetupMode

PROHIBITED, RESOURCE_SHORTAGE = 1, 4  # RFC 4254 section 5.1


def route_fault(code: int, server: Server, relay: Relay) -> Fault:
    """``code``: of the refusal of a channel to the server's port of the relay."""
    route = server.route
    if code == PROHIBITED and relay.setup is not SetupMode.NONE:
        details = {"alias": server.alias, "port": route.port, "relay": relay.name}
        return Fault.of(FaultCode.ROUTE_NOT_PERMITTED, **details)
    if code == PROHIBITED:
        target = f"{route.host}:{route.port}"
        return Fault.of(FaultCode.FORWARD_FORBIDDEN, target=target, host=relay.name)
    if code == RESOURCE_SHORTAGE:
        return Fault.of(FaultCode.CHANNELS_EXHAUSTED, host=relay.name)
    return Fault.of(FaultCode.TUNNEL_DOWN, alias=server.alias, port=route.port, relay=relay.name)
