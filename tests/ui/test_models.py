"""Live state, chain, detail and document changes: pure functions, without Qt."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.events import DocumentChanged, LinkChanged, ListenersChanged, RaiseRequested, ServerChanged
from app.core.faults import Fault, FaultCode, Hop
from app.core.profiles import Document, Relay, SetupMode
from app.core.states import LinkPhase, LinkState, ListenerState, ServerPhase, ServerState
from app.core.validation import problems_of
from app.ui.actions import Action, Command, use_port
from app.ui.chain import HopState, chain_of_relay, chain_of_server
from app.ui.detail_model import detail_of_relay, detail_of_server
from app.ui.document_changes import (
    new_relay,
    new_server,
    with_free_ssh_port,
    with_port,
    with_relay,
    with_server,
    without_relay,
    without_server,
)
from app.ui.live_state import LiveState
from tests.ui import scenes

DOCUMENT = scenes.document()
OFF = LiveState(document=DOCUMENT)
SERVER = DOCUMENT.servers[0]
RELAY = DOCUMENT.relays[0]
OK, BUSY, BROKEN, NOT_ASKED = HopState.OK, HopState.BUSY, HopState.BROKEN, HopState.OFF


def live_with(link: LinkPhase, server: ServerPhase, fault: Fault | None = None) -> LiveState:
    live = OFF.after(LinkChanged("r1", LinkState(phase=link)))
    return live.after(ServerChanged("s1", ServerState(phase=server, fault=fault)))


# --- live state


def test_news_changes_only_what_it_is_about() -> None:
    live = OFF.after(ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED)))
    assert live.server("s1").phase is ServerPhase.CONNECTED
    assert live.server("s2").phase is ServerPhase.OFF
    assert live.document is OFF.document


def test_other_events_leave_the_same_value() -> None:
    assert OFF.after(RaiseRequested()) is OFF


def test_states_of_removed_profiles_are_forgotten() -> None:
    live = live_with(LinkPhase.UP, ServerPhase.CONNECTED).after(DocumentChanged(Document()))
    assert not live.servers
    assert not live.links


# --- chain


@pytest.mark.parametrize(
    ("link", "server", "fault", "expected"),
    [
        (LinkPhase.OFF, ServerPhase.OFF, None, (NOT_ASKED, NOT_ASKED, NOT_ASKED)),
        (LinkPhase.UP, ServerPhase.OFF, None, (OK, NOT_ASKED, NOT_ASKED)),
        (LinkPhase.CONNECTING, ServerPhase.CONNECTING, None, (BUSY, NOT_ASKED, NOT_ASKED)),
        (LinkPhase.UP, ServerPhase.CONNECTING, None, (OK, BUSY, NOT_ASKED)),
        (LinkPhase.UP, ServerPhase.CONNECTED, None, (OK, OK, OK)),
        (LinkPhase.WAITING, ServerPhase.TROUBLE, scenes.TIMED_OUT, (BROKEN, NOT_ASKED, NOT_ASKED)),
        (LinkPhase.FAILED, ServerPhase.TROUBLE, scenes.LOGIN_REFUSED, (BROKEN, NOT_ASKED, NOT_ASKED)),
        (LinkPhase.UP, ServerPhase.TROUBLE, scenes.TUNNEL_DOWN, (OK, BROKEN, NOT_ASKED)),
        (LinkPhase.UP, ServerPhase.TROUBLE, scenes.KEY_CHANGED, (OK, OK, BROKEN)),
        (LinkPhase.UP, ServerPhase.TROUBLE, Fault.of(FaultCode.SERVER_SILENT, alias="a"), (OK, OK, BROKEN)),
    ],
)
def test_the_chain_shows_which_hop_fails(
    link: LinkPhase, server: ServerPhase, fault: Fault | None, expected: tuple[HopState, ...]
) -> None:
    stops = chain_of_server(live_with(link, server, fault), SERVER)
    assert tuple(stop.state for stop in stops[1:]) == expected


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_fault_breaks_exactly_one_hop(code: FaultCode) -> None:
    stops = chain_of_server(live_with(LinkPhase.UP, ServerPhase.TROUBLE, Fault.of(code)), SERVER)
    assert [stop.state for stop in stops].count(BROKEN) == 1


def test_a_port_that_is_taken_breaks_the_first_hop() -> None:
    busy = ListenerState(
        purpose="socks", relay_id="r1", server_id="", host="127.0.0.1", port=10080, fault=scenes.PORT_BUSY
    )
    assert chain_of_relay(OFF.after(ListenersChanged((busy,))), RELAY)[0].state is BROKEN


# --- detail


def test_the_main_button_follows_the_state() -> None:
    def command(phase: ServerPhase) -> Command:
        return detail_of_server(live_with(LinkPhase.UP, phase), SERVER).main.action.command

    assert [command(phase) for phase in ServerPhase] == [
        Command.CONNECT,
        Command.DISCONNECT,
        Command.DISCONNECT,
        Command.CONNECT,
    ]


def test_a_fault_of_the_link_leads_to_the_relay_and_one_of_the_server_to_the_server() -> None:
    fault = Fault.of(FaultCode.KEY_MISSING, path="/k")
    live = OFF.after(LinkChanged("r1", LinkState(phase=LinkPhase.FAILED, fault=fault)))
    live = live.after(ServerChanged("s1", ServerState(phase=ServerPhase.TROUBLE, fault=fault)))
    cure = detail_of_server(live, SERVER).troubles[0].cures[0]
    assert (cure.action.command, cure.action.subject) == (Command.EDIT_RELAY, "r1")
    live = live_with(LinkPhase.UP, ServerPhase.TROUBLE, fault)
    cure = detail_of_server(live, SERVER).troubles[0].cures[0]
    assert (cure.action.command, cure.action.subject) == (Command.EDIT_SERVER, "s1")


def test_a_changed_host_key_is_explained_and_never_accepted() -> None:
    live = live_with(LinkPhase.UP, ServerPhase.TROUBLE, scenes.KEY_CHANGED)
    commands = {cure.action.command for one in detail_of_server(live, SERVER).troubles for cure in one.cures}
    assert commands == {Command.EXPLAIN_HOST_KEY}


@pytest.mark.parametrize("code", [code for code in FaultCode if Fault(code).hop is not Hop.CANCELLED])
def test_every_fault_of_a_link_has_a_page(code: FaultCode) -> None:
    live = OFF.after(LinkChanged("r1", LinkState(phase=LinkPhase.FAILED, fault=Fault.of(code))))
    assert detail_of_relay(live, RELAY).troubles[0].fault.code is code


# --- document changes


def test_new_profiles_take_free_ports() -> None:
    relay = new_relay(DOCUMENT, "new")
    assert relay.socks_port == 10082
    assert new_server(DOCUMENT, "new").route.port == 22224


def test_a_profile_is_replaced_or_added() -> None:
    changed = replace(RELAY, name="kyoto")
    assert with_relay(DOCUMENT, changed).relays == (changed, DOCUMENT.relays[1])
    added = replace(SERVER, id="s9", alias="new")
    assert with_server(DOCUMENT, added).servers[-1] is added


def test_a_relay_that_is_needed_is_not_removed() -> None:
    assert without_relay(DOCUMENT, "r1") is DOCUMENT
    alone = replace(DOCUMENT, servers=())
    assert [relay.id for relay in without_relay(alone, "r1").relays] == ["r2"]


def test_removing_the_default_server_takes_it_out_of_the_settings() -> None:
    document = replace(DOCUMENT, settings=replace(DOCUMENT.settings, default_server_id="s1"))
    assert without_server(document, "s1").settings.default_server_id == ""


@pytest.mark.parametrize(
    ("purpose", "owner", "old"), [("socks", "r1", 10080), ("ssh", "s1", 10122), ("forward", "s1", 8888)]
)
def test_another_port_takes_the_place_of_a_busy_one(purpose: str, owner: str, old: int) -> None:
    _, owner_id, old_port, new_port = use_port(purpose, owner, old, 17000).subject.split("/")
    document = with_port(DOCUMENT, purpose, owner_id, int(old_port), int(new_port))
    assert not [one for one in problems_of(document) if "port" in one.field]
    ports = {relay.socks_port for relay in document.relays} | {
        server.local_ssh_port for server in document.servers
    }
    ports |= {forward.local_port for server in document.servers for forward in server.forwards}
    assert 17000 in ports
    assert old not in ports


def test_a_plain_ssh_port_is_one_that_nobody_of_ours_has() -> None:
    changed = with_free_ssh_port(DOCUMENT, "s2").server("s2")
    assert changed is not None
    assert changed.local_ssh_port == 10123  # the first has 10122
    assert problems_of(with_free_ssh_port(DOCUMENT, "s2")) == problems_of(DOCUMENT)
    assert with_free_ssh_port(DOCUMENT, "s1") is DOCUMENT  # it has one
    assert with_free_ssh_port(DOCUMENT, "gone") is DOCUMENT


def test_the_page_of_a_server_leads_to_other_programs_where_it_can() -> None:
    assert detail_of_server(OFF, SERVER).uses is None
    button = detail_of_server(replace(OFF, offers_uses=True), SERVER).uses
    assert button is not None
    assert button.action == Action(Command.OPEN_USES, "s1")
    commands = {one.action.command for one in detail_of_server(replace(OFF, offers_uses=True), SERVER).copies}
    assert commands == {Command.COPY_SSH_CONFIG, Command.COPY_SOCKS_ADDRESS}  # the rest is in that window
    assert detail_of_relay(replace(OFF, offers_uses=True), RELAY).uses is None


def test_a_relay_that_was_set_up_for_servers_only_does_not_promise_more() -> None:
    def told(relay: Relay) -> str:
        (fact,) = (one for one in detail_of_relay(OFF, relay).facts if one.label.source == "Exit")
        return fact.value.source

    only_servers = replace(RELAY, setup=SetupMode.SYSTEM)
    assert told(RELAY) == told(replace(only_servers, setup_exit=True)) == "Other addresses leave at {relay}."
    assert told(only_servers).startswith("{relay} leads to your GPU servers only.")
