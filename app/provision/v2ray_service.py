"""Servers let in and out of a relay's v2ray or Xray, once its set-up has brought that. Blocks.

The record on the relay (``v2ray_state``) is changed here and put in place there, together with the
configuration that follows from it; two computers that do so at once are told apart by the record's digest.
The service starts anew with each change: whoever is connected by it connects again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Relay, Server, SetupMode
from app.core.provisioning import SetupOptions, Step, StepState
from app.core.v2ray_route import SSHD_PORT, Carrier, RoutedServer
from app.provision import v2ray_relay
from app.provision.setup_script import SetupScript, Told
from app.provision.v2ray_keys import new_id
from app.provision.v2ray_relay import RECORD, masked
from app.provision.v2ray_state import RelayState
from app.transport.remote_shell import RemoteShell

_TRIES = 4  # when other computers change it at the same moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Permitted:
    """A server that the relay's v2ray leads to, with what its ends have to know."""

    carrier: Carrier
    routed: RoutedServer


def add_server(
    shell: RemoteShell,
    relay: Relay,
    server: Server,
    *,
    ports: tuple[int, ...] = (SSHD_PORT,),
    bridge: bool | None = None,
    user_id: str,
    sshd_port: int = SSHD_PORT,
) -> Permitted:
    """This computer may reach the server by the relay's v2ray, with ``user_id``; safe to repeat.

    ``bridge`` true: the server dials in itself (its secrets are in the result, and new each time); false: the
    relay hands on to the port of its ``ssh -R``; None: as it is, and the latter for a new one.
    Raises V2RAY_NOT_SET_UP, ROUTE_NEEDS_BRIDGE, SETUP_STEP_FAILED, and what a script raises.
    """
    port, tunnel_uuid, watch_uuid = server.route.port, new_id(), new_id()

    def change(state: RelayState) -> RelayState:
        if state.is_elsewhere(user_id, port):
            reason = f"the user id of {server.alias} leads to another server there; set the relay up again"
            raise error(FaultCode.SETUP_STEP_FAILED, step=Step.V2RAY, host=relay.host, reason=reason)
        state = state.with_user(port, server.alias, relay.pc_id, user_id)
        known = state.server(port)
        is_bridged = bridge or (bridge is None and known is not None and bool(known.tunnel_uuid))
        if bridge:  # a machine that had the old ids may still be somewhere, and dial in by them
            state = state.without_bridge(port)
        if is_bridged:
            return state.with_bridge(port, ports, sshd_port, tunnel_uuid, watch_uuid)
        if set(ports) != {SSHD_PORT}:
            others = ", ".join(str(one) for one in sorted(set(ports) - {SSHD_PORT}))
            raise error(FaultCode.ROUTE_NEEDS_BRIDGE, alias=server.alias, ports=others)
        return state.without_bridge(port)

    state = _changed(shell, relay, change)
    known = state.server(port)
    assert known is not None
    return Permitted(carrier=dataclasses.replace(state.carrier, host=relay.host), routed=known.routed)


def drop_server(shell: RemoteShell, relay: Relay, server: Server, *, only_mine: bool = False) -> bool:
    """The server is not to be reached by v2ray any more, by nobody, or not from this computer.

    False: there was nothing of it, or no v2ray at all. Raises SETUP_STEP_FAILED and what a script raises.
    """
    was_there = False

    def change(state: RelayState) -> RelayState:
        nonlocal was_there
        port = server.route.port
        left = state.without_user(port, relay.pc_id) if only_mine else state.without_server(port)
        was_there = left != state
        return left

    try:
        _changed(shell, relay, change)
    except RelayTrayError as e:
        if e.fault.code is FaultCode.V2RAY_NOT_SET_UP:
            return False
        raise
    return was_there


def _changed(shell: RemoteShell, relay: Relay, change: Callable[[RelayState], RelayState]) -> RelayState:
    """The state as it is there afterwards."""
    if relay.setup is not SetupMode.SYSTEM:
        raise error(FaultCode.V2RAY_NOT_SET_UP, name=relay.name)
    script = SetupScript(shell=shell, relay=relay, options=SetupOptions())
    told = Told("failed")
    for _ in range(_TRIES):
        seen = v2ray_relay.look(script)
        if seen.damage:
            raise RelayTrayError(script.fault(Step.V2RAY, f"{RECORD}: {seen.damage}"))
        if seen.record is None:
            raise error(FaultCode.V2RAY_NOT_SET_UP, name=relay.name)
        state = change(seen.record)
        if state == seen.record:
            return state
        v2ray_relay.hide(state)
        told = v2ray_relay.run(script, "apply", state, expect=seen.digest)
        if told.state in (StepState.DONE, StepState.RIGHT):
            return state
        if not told.get("changed_meanwhile"):
            break
    raise RelayTrayError(script.fault(Step.V2RAY, masked(told.reason or _noted(told))))


def _noted(told: Told) -> str:
    return ", ".join(f"{note.code} {' '.join(note.details.values())}".strip() for note in told.notes) or "?"
