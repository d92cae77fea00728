"""Which way leads to a server right now, and what that means for how its relay stands. Pure."""

from __future__ import annotations

from app.core import route_rules
from app.core.profiles import Server
from app.core.routes import RouteKind
from app.core.states import LinkPhase, ServerPhase
from app.ui.live_state import LiveState

ROUTE_NAMES = {RouteKind.REVERSE: "SSH", RouteKind.V2RAY: "v2ray"}  # the same in every language


def possible_routes(live: LiveState, server: Server) -> tuple[RouteKind, ...]:
    """In the person's order, without those that nothing is known of (as ``app.tunnel.ways`` takes them)."""
    return route_rules.possible_routes(server, live.document.relay(server.relay_id))


def route_in_use(live: LiveState, server: Server) -> RouteKind:
    """While it is off: the one that will be tried first."""
    state = live.server(server.id)
    return possible_routes(live, server)[0] if state.phase is ServerPhase.OFF else state.route


def better_route(live: LiveState, server: Server) -> RouteKind | None:
    """The one that the person would rather have, while the server is connected by another."""
    state, routes = live.server(server.id), possible_routes(live, server)
    if state.phase is not ServerPhase.CONNECTED or state.route is routes[0]:
        return None
    return routes[0]


def relay_phase(live: LiveState, relay_id: str) -> LinkPhase:
    """How the relay stands by whatever way: the link is SSH's, and servers may be reached without it."""
    phases = {
        live.server(server.id).phase
        for server in live.document.servers_of(relay_id)
        if live.server(server.id).route is RouteKind.V2RAY
    }
    phase = live.link(relay_id).phase
    if ServerPhase.CONNECTED in phases:
        return LinkPhase.UP
    if ServerPhase.CONNECTING in phases and phase is LinkPhase.OFF:
        return LinkPhase.CONNECTING
    return phase
