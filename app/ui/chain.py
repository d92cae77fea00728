"""The chain from this computer to a server, and which hop of it fails: a pure function of the live state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.faults import Fault, FaultCode, Hop
from app.core.profiles import Relay, Server
from app.core.routes import RouteKind
from app.core.states import LinkPhase, ServerPhase
from app.ui.live_state import LiveState
from app.ui.route_in_use import relay_phase, route_in_use


class Place(StrEnum):
    COMPUTER = "computer"
    RELAY = "relay"
    TUNNEL = "tunnel"
    SERVER = "server"


class HopState(StrEnum):
    OFF = "off"
    BUSY = "busy"
    OK = "ok"
    BROKEN = "broken"


@dataclass(frozen=True)
class Stop:
    """One stop of the chain. ``state`` also is that of the line that leads to it."""

    place: Place
    name: str  # "" = a word of the UI
    detail: str
    state: HopState
    by_v2ray: bool = False  # the way from here on is the relay's v2ray or Xray, not SSH


def chain_of_server(live: LiveState, server: Server) -> tuple[Stop, ...]:
    relay = live.document.relay(server.relay_id)
    if route_in_use(live, server) is RouteKind.V2RAY:
        return _chain_by_v2ray(live, server, relay)
    states = _server_states(live, server)
    port = f"{server.route.host}:{server.route.port}"
    return (
        _computer(live, server.relay_id),
        Stop(Place.RELAY, relay.name if relay else "?", relay.host if relay else "", states[0]),
        Stop(Place.TUNNEL, "", port, states[1]),
        Stop(Place.SERVER, server.alias, server.user, states[2]),
    )


def chain_of_relay(live: LiveState, relay: Relay) -> tuple[Stop, ...]:
    phase = relay_phase(live, relay.id)
    by_v2ray = phase is not live.link(relay.id).phase
    stop = Stop(Place.RELAY, relay.name, relay.host, _STATE_OF_LINK[phase], by_v2ray)
    return (_computer(live, relay.id), stop)


def _chain_by_v2ray(live: LiveState, server: Server, relay: Relay | None) -> tuple[Stop, ...]:
    """The link of SSH says nothing here: the server's own state does."""
    relay_state, server_state = _states_by_v2ray(live, server)
    computer = _computer(live, server.relay_id)
    if _fails_here(live, server):
        computer = replace(computer, state=HopState.BROKEN)
        relay_state = server_state = HopState.OFF
    host = (relay.carrier.host if relay and relay.carrier else "") or (relay.host if relay else "")
    return (
        computer,
        Stop(Place.RELAY, relay.name if relay else "?", host, relay_state, by_v2ray=True),
        Stop(Place.SERVER, server.alias, server.user, server_state),
    )


def _states_by_v2ray(live: LiveState, server: Server) -> tuple[HopState, HopState]:
    """Relay, server. Which of the two is silent, v2ray seldom tells: then the farther one is crossed out."""
    ok, off = HopState.OK, HopState.OFF
    state = live.server(server.id)
    if state.phase is ServerPhase.CONNECTED:
        return ok, ok
    if state.phase is ServerPhase.CONNECTING:
        return HopState.BUSY, off
    if state.phase is not ServerPhase.TROUBLE:
        return off, off
    is_before = state.fault is None or state.fault.hop not in _HOPS_OF_SERVER
    return (HopState.BROKEN, off) if is_before else (ok, HopState.BROKEN)


def _fails_here(live: LiveState, server: Server) -> bool:
    """v2ray's own program is missing or does not run, or the user id is not known."""
    state = live.server(server.id)
    fault = state.fault
    if state.phase is not ServerPhase.TROUBLE or fault is None:
        return False
    return fault.hop is Hop.LOCAL or fault.code is FaultCode.ROUTE_ID_MISSING


_HOPS_OF_SERVER = {Hop.TUNNEL, Hop.SERVER, Hop.HOST_KEY, Hop.LOGIN}


def _computer(live: LiveState, relay_id: str) -> Stop:
    socks = [one for one in live.listeners_of(relay_id) if one.purpose == "socks"]
    broken = any(one.fault is not None for one in socks)
    relay = live.document.relay(relay_id)
    address = f"127.0.0.1:{relay.socks_port}" if relay else ""
    state = HopState.BROKEN if broken else HopState.OK if socks else HopState.OFF
    return Stop(Place.COMPUTER, "", address, state)


_STATE_OF_LINK = {
    LinkPhase.OFF: HopState.OFF,
    LinkPhase.CLOSING: HopState.OFF,
    LinkPhase.CONNECTING: HopState.BUSY,
    LinkPhase.UP: HopState.OK,
    LinkPhase.WAITING: HopState.BROKEN,
    LinkPhase.FAILED: HopState.BROKEN,
}


def _server_states(live: LiveState, server: Server) -> tuple[HopState, HopState, HopState]:
    """Relay, tunnel, server."""
    off = HopState.OFF
    link, state = _STATE_OF_LINK[live.link(server.relay_id).phase], live.server(server.id)
    if state.phase is ServerPhase.CONNECTED:
        return HopState.OK, HopState.OK, HopState.OK
    if state.phase is ServerPhase.CONNECTING:
        if link is not HopState.OK:
            return HopState.BUSY, off, off
        return HopState.OK, HopState.BUSY, off
    if state.phase is ServerPhase.TROUBLE:
        return _broken_states(state.fault, link)
    return link, off, off


def _broken_states(fault: Fault | None, link: HopState) -> tuple[HopState, HopState, HopState]:
    ok, broken, off = HopState.OK, HopState.BROKEN, HopState.OFF
    if link is not ok or fault is None:
        return broken, off, off
    if fault.hop is Hop.TUNNEL:
        return ok, broken, off
    if fault.hop in {Hop.SERVER, Hop.HOST_KEY, Hop.LOGIN}:
        return ok, ok, broken
    return (ok, broken, off) if fault.hop is not Hop.RELAY else (broken, off, off)
