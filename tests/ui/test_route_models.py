"""The way in use, as chain, page, tray and list show it: pure functions, without Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.events import LinkChanged, ServerChanged
from app.core.faults import Fault, FaultCode
from app.core.route_rules import ways_to
from app.core.routes import RouteKind
from app.core.states import LinkPhase, LinkState, ServerPhase, ServerState
from app.ui.actions import Command
from app.ui.chain import HopState, Place, chain_of_relay, chain_of_server
from app.ui.detail_model import detail_of_relay, detail_of_server
from app.ui.document_changes import with_relay, with_server
from app.ui.live_state import LiveState
from app.ui.route_in_use import better_route, possible_routes, relay_phase, route_in_use
from app.ui.texts import Text
from app.ui.tray_model import IconState, Mark, icon_state, state_words, view
from tests.ui import route_scenes, scenes

DOCUMENT = route_scenes.document()
OFF = LiveState(document=DOCUMENT)
SERVER, RELAY = DOCUMENT.servers[0], DOCUMENT.relays[0]
SSH, V2RAY = RouteKind.REVERSE, RouteKind.V2RAY
OK, BUSY, BROKEN, NOT_ASKED = HopState.OK, HopState.BUSY, HopState.BROKEN, HopState.OFF
FAILING = LinkState(phase=LinkPhase.WAITING, fault=scenes.TIMED_OUT, retry_in_s=7.0)


def by_v2ray(
    phase: ServerPhase, fault: Fault | None = None, link: LinkState | None = None, live: LiveState = OFF
) -> LiveState:
    live = live.after(LinkChanged("r1", link or LinkState()))
    return live.after(ServerChanged("s1", ServerState(phase=phase, fault=fault, route=V2RAY)))


def preferring(*routes: RouteKind) -> LiveState:
    return LiveState(document=with_server(DOCUMENT, replace(SERVER, routes=routes)))


def states(live: LiveState) -> tuple[HopState, ...]:
    return tuple(stop.state for stop in chain_of_server(live, SERVER))[1:]


def words(text: Text) -> str:
    return text.source.format(**{key: str(value) for key, value in text.details.items()})


@pytest.mark.parametrize(
    ("phase", "fault", "expected"),
    [
        (ServerPhase.CONNECTING, None, (BUSY, NOT_ASKED)),
        (ServerPhase.CONNECTED, None, (OK, OK)),
        (ServerPhase.TROUBLE, scenes.TIMED_OUT, (BROKEN, NOT_ASKED)),
        (ServerPhase.TROUBLE, Fault.of(FaultCode.CLOCK_SKEWED), (BROKEN, NOT_ASKED)),
        (ServerPhase.TROUBLE, Fault.of(FaultCode.ROUTE_SILENT), (OK, BROKEN)),
        (ServerPhase.TROUBLE, scenes.KEY_CHANGED, (OK, BROKEN)),
        (ServerPhase.TROUBLE, Fault.of(FaultCode.CORE_MISSING), (NOT_ASKED, NOT_ASKED)),
        (ServerPhase.TROUBLE, Fault.of(FaultCode.ROUTE_ID_MISSING), (NOT_ASKED, NOT_ASKED)),
    ],
)
@pytest.mark.parametrize("link", [LinkState(), FAILING, LinkState(phase=LinkPhase.UP)])
def test_by_v2ray_the_chain_goes_by_the_server_s_own_state(
    phase: ServerPhase, fault: Fault | None, expected: tuple[HopState, ...], link: LinkState
) -> None:
    """What SSH does at the same relay says nothing about it."""
    stops = chain_of_server(by_v2ray(phase, fault, link), SERVER)
    assert [stop.place for stop in stops] == [Place.COMPUTER, Place.RELAY, Place.SERVER]
    assert [stop.by_v2ray for stop in stops] == [False, True, False]
    assert tuple(stop.state for stop in stops[1:]) == expected


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_fault_breaks_exactly_one_hop_by_v2ray(code: FaultCode) -> None:
    stops = chain_of_server(by_v2ray(ServerPhase.TROUBLE, Fault.of(code)), SERVER)
    assert [stop.state for stop in stops].count(BROKEN) == 1


def test_a_server_that_is_off_shows_the_way_that_will_be_tried() -> None:
    assert len(chain_of_server(OFF, SERVER)) == 4
    assert len(chain_of_server(preferring(V2RAY, SSH), replace(SERVER, routes=(V2RAY, SSH)))) == 3


def test_a_way_that_nothing_is_known_of_is_none() -> None:
    bare = LiveState(document=with_relay(DOCUMENT, replace(RELAY, carrier=None)))
    assert possible_routes(bare, replace(SERVER, routes=(V2RAY, SSH))) == (SSH,)
    assert possible_routes(bare, replace(SERVER, routes=(V2RAY,))) == (SSH,)
    assert route_in_use(bare, SERVER) is SSH


@pytest.mark.parametrize("phase", list(LinkPhase))
def test_a_relay_is_never_off_while_a_server_is_connected_by_its_v2ray(phase: LinkPhase) -> None:
    link = LinkState(phase=phase, fault=scenes.TIMED_OUT if phase is LinkPhase.FAILED else None)
    live = by_v2ray(ServerPhase.CONNECTED, link=link)
    assert relay_phase(live, "r1") is LinkPhase.UP
    assert chain_of_relay(live, RELAY)[1].state is OK
    assert detail_of_relay(live, RELAY).mark is Mark.CONNECTED
    assert icon_state(live) is IconState.CONNECTED


def test_the_relay_s_page_says_what_it_is_connected_by() -> None:
    live = by_v2ray(ServerPhase.CONNECTED, link=FAILING)
    detail = detail_of_relay(live, RELAY)
    assert words(detail.status) == "Not linked by SSH. Connected by its v2ray: lab-gpu."
    assert [one.fault for one in detail.troubles] == [scenes.TIMED_OUT]
    assert detail.chain[1].by_v2ray


def test_a_fallback_is_said_with_the_way_back() -> None:
    live = by_v2ray(ServerPhase.CONNECTED, link=FAILING)
    assert better_route(live, SERVER) is SSH
    detail = detail_of_server(live, SERVER)
    assert words(detail.status) == (
        "SSH does not work right now. Connected by v2ray through tokyo-relay; the way back is tried."
    )
    assert detail.retry_in_s == 7.0
    assert detail.round_trip_ms is None
    assert ("SSH, v2ray", "v2ray") in [
        (fact.value.details.get("routes"), fact.value.details.get("route")) for fact in detail.facts
    ]
    lines = [words(line) for line in view(live).tooltip]
    assert lines[0] == "RelayTray"
    assert words(state_words(live, SERVER)) == "connected by v2ray"
    entry = next(one for one in view(live).entries if one.key == "server/s1")
    told = [one.text for one in entry.children if one.key == "server/s1/fallback"]
    assert isinstance(told[0], Text)
    assert words(told[0]) == "SSH does not work right now"


def test_v2ray_of_the_person_s_choice_is_no_fallback() -> None:
    live = by_v2ray(ServerPhase.CONNECTED, link=FAILING, live=preferring(V2RAY, SSH))
    server = live.document.servers[0]
    assert better_route(live, server) is None
    detail = detail_of_server(live, server)
    assert words(detail.status) == "Connected: its sshd answered through the v2ray of tokyo-relay."
    assert detail.retry_in_s is None
    entry = next(one for one in view(live).entries if one.key == "server/s1")
    assert not [one for one in entry.children if one.key == "server/s1/fallback"]


def test_ssh_instead_of_v2ray_is_said_too() -> None:
    live = preferring(V2RAY, SSH).after(LinkChanged("r1", LinkState(phase=LinkPhase.UP, round_trip_ms=9.0)))
    live = live.after(ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED, route=SSH)))
    server = live.document.servers[0]
    assert "v2ray does not work right now. Connected by SSH" in words(detail_of_server(live, server).status)
    assert detail_of_server(live, server).round_trip_ms == 9.0
    assert words(state_words(live, server)) == "connected by SSH"


def test_a_server_with_ssh_alone_says_nothing_of_ways() -> None:
    plain = LiveState(document=scenes.document())
    live = plain.after(ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED)))
    server = live.document.servers[0]
    assert words(state_words(live, server)) == "connected"
    assert "SSH" not in words(detail_of_server(live, server).status)
    assert all("routes" not in fact.value.details for fact in detail_of_server(live, server).facts)


def test_a_fault_of_v2ray_leads_to_the_server_and_not_to_the_link_of_ssh() -> None:
    fault = Fault.of(FaultCode.CONNECTION_REFUSED, host="h", port=16824)
    link = LinkState(phase=LinkPhase.FAILED, fault=Fault.of(FaultCode.CONNECTION_REFUSED, host="h", port=22))
    live = by_v2ray(ServerPhase.TROUBLE, fault, link)
    cure = detail_of_server(live, SERVER).troubles[0].cures[0]
    assert cure.action.subject == "s1"
    assert states(live) == (BROKEN, NOT_ASKED)


def test_a_relay_where_nobody_logs_in_goes_by_its_servers() -> None:
    """As one that came by a link: Connect there means its servers."""
    relay = replace(RELAY, user="", identity="")
    server = replace(SERVER, routes=(V2RAY,))
    live = LiveState(document=with_server(with_relay(DOCUMENT, relay), server))
    off = detail_of_relay(live, relay)
    assert off.main.action.command is Command.CONNECT_RELAY
    assert any("nobody logs in there" in words(fact.value) for fact in off.facts)
    live = by_v2ray(ServerPhase.CONNECTED, live=live)
    up = detail_of_relay(live, relay)
    assert up.main.action.command is Command.DISCONNECT_RELAY
    assert words(up.status) == "Connected by its v2ray: lab-gpu."
    assert ways_to(relay, None) == (V2RAY,)
    assert ways_to(RELAY, None) == (SSH,)
    assert ways_to(relay, server) == (V2RAY,)
