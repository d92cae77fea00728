"""The chain from this computer to a server, and which hop of it fails: a pure function of the live state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.faults import Fault, Hop
from app.core.profiles import Relay, Server
from app.core.states import LinkPhase, ServerPhase
from app.ui.live_state import LiveState


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


def chain_of_server(live: LiveState, server: Server) -> tuple[Stop, ...]:
    relay = live.document.relay(server.relay_id)
    states = _server_states(live, server)
    port = f"{server.route.host}:{server.route.port}"
    return (
        _computer(live, server.relay_id),
        Stop(Place.RELAY, relay.name if relay else "?", relay.host if relay else "", states[0]),
        Stop(Place.TUNNEL, "", port, states[1]),
        Stop(Place.SERVER, server.alias, server.user, states[2]),
    )


def chain_of_relay(live: LiveState, relay: Relay) -> tuple[Stop, ...]:
    state = _link_state(live, relay.id)
    return (_computer(live, relay.id), Stop(Place.RELAY, relay.name, relay.host, state))


def _computer(live: LiveState, relay_id: str) -> Stop:
    socks = [one for one in live.listeners_of(relay_id) if one.purpose == "socks"]
    broken = any(one.fault is not None for one in socks)
    relay = live.document.relay(relay_id)
    address = f"127.0.0.1:{relay.socks_port}" if relay else ""
    state = HopState.BROKEN if broken else HopState.OK if socks else HopState.OFF
    return Stop(Place.COMPUTER, "", address, state)


def _link_state(live: LiveState, relay_id: str) -> HopState:
    return {
        LinkPhase.OFF: HopState.OFF,
        LinkPhase.CLOSING: HopState.OFF,
        LinkPhase.CONNECTING: HopState.BUSY,
        LinkPhase.UP: HopState.OK,
        LinkPhase.WAITING: HopState.BROKEN,
        LinkPhase.FAILED: HopState.BROKEN,
    }[live.link(relay_id).phase]


def _server_states(live: LiveState, server: Server) -> tuple[HopState, HopState, HopState]:
    """Relay, tunnel, server."""
    off = HopState.OFF
    link, state = _link_state(live, server.relay_id), live.server(server.id)
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
