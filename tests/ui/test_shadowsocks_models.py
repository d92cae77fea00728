"""What is told about Shadowsocks servers, in the window and in the tray: the models without a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.events import DocumentChanged, ShadowsocksChanged, SteeringChanged
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Settings
from app.core.shadowsocks import (
    Others,
    ProxyPhase,
    ShadowsocksServer,
    ShadowsocksState,
    Steering,
)
from app.core.states import ListenerState, Snapshot
from app.ui.actions import Action, Command, steer, use_port
from app.ui.document_changes import with_port
from app.ui.live_state import LiveState
from app.ui.shadowsocks_changes import (
    new_shadowsocks,
    with_shadowsocks,
    with_steering,
    without_shadowsocks,
)
from app.ui.shadowsocks_detail import detail_of_shadowsocks
from app.ui.tray_entry import Entry, Mark
from app.ui.tray_model import IconState, view
from app.ui.wording import told
from tests.ui import shadowsocks_scenes as scenes
from tests.ui.shadowsocks_scenes import DIED, FRIEND, NO_PROGRAM, PHONES, TOKYO, document, live


def state(phase: ProxyPhase, fault: Fault | None = None, retry_in_s: float | None = None) -> ShadowsocksState:
    return ShadowsocksState(phase=phase, fault=fault, retry_in_s=retry_in_s)


def steered(steering: Steering) -> ShadowsocksServer:
    return replace(TOKYO, steering=steering)


@pytest.mark.parametrize(
    ("phase", "button", "command", "mark"),
    [
        (ProxyPhase.OFF, "Connect", Command.CONNECT_SHADOWSOCKS, Mark.OFF),
        (ProxyPhase.STARTING, "Cancel", Command.DISCONNECT_SHADOWSOCKS, Mark.CONNECTING),
        (ProxyPhase.RUNNING, "Disconnect", Command.DISCONNECT_SHADOWSOCKS, Mark.CONNECTED),
        (ProxyPhase.WAITING, "Try again", Command.CONNECT_SHADOWSOCKS, Mark.TROUBLE),
        (ProxyPhase.FAILED, "Try again", Command.CONNECT_SHADOWSOCKS, Mark.TROUBLE),
    ],
)
def test_each_phase_has_its_button_and_mark(
    phase: ProxyPhase, button: str, command: Command, mark: Mark
) -> None:
    detail = detail_of_shadowsocks(live(state=state(phase)), TOKYO)
    assert (told(detail.main.text), detail.main.action, detail.mark) == (button, Action(command, "p1"), mark)


def test_a_client_that_waits_counts_down_and_can_be_ended() -> None:
    seen = live(state=state(ProxyPhase.WAITING, DIED, 8))
    detail = detail_of_shadowsocks(seen, TOKYO)
    assert seen.is_waiting()
    assert detail.retry_in_s == 8
    assert [one.fault for one in detail.troubles] == [DIED]
    assert Action(Command.DISCONNECT_SHADOWSOCKS, "p1") in [one.action for one in detail.more]


def test_a_missing_program_leads_to_the_settings_and_all_else_to_the_profile() -> None:
    for fault, command in (
        (NO_PROGRAM, Action(Command.OPEN_SETTINGS)),
        (DIED, Action(Command.EDIT_SHADOWSOCKS, "p1")),
    ):
        (trouble,) = detail_of_shadowsocks(live(state=state(ProxyPhase.FAILED, fault)), TOKYO).troubles
        assert [one.action for one in trouble.cures] == [command]


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (TOKYO, "programs that use 127.0.0.1:11080 go through it"),
        (steered(Steering.PAC), "this system's proxy follows your list"),
        (steered(Steering.GLOBAL), "this system's proxy sends everything through it"),
    ],
)
def test_connected_says_who_goes_through_it(server: ShadowsocksServer, words: str) -> None:
    assert words in told(detail_of_shadowsocks(live(server), server).status)


def test_a_proxy_that_is_not_set_is_never_said_to_be() -> None:
    server = steered(Steering.GLOBAL)
    unset = replace(live(server), steering=SteeringChanged(Steering.PORT, "p1", scenes.NOT_SET))
    detail = detail_of_shadowsocks(unset, server)
    assert "is not set" in told(detail.status)
    assert [one.fault for one in detail.troubles] == [scenes.NOT_SET]
    elsewhere = replace(live(server), steering=SteeringChanged(Steering.GLOBAL, "p2"))
    assert "is not set" in told(detail_of_shadowsocks(elsewhere, server).status)


def test_a_lost_client_that_still_has_the_systems_proxy_says_so() -> None:
    server = steered(Steering.GLOBAL)
    seen = live(server, state(ProxyPhase.WAITING, DIED, 8))
    assert "still leads to it" in told(detail_of_shadowsocks(seen, server).status)


def test_both_servers_are_told_when_one_took_the_proxy_of_the_other() -> None:
    taken = Fault.of(FaultCode.PROXY_TAKEN, name="tokyo", by="friend & co")
    seen = replace(live(), steering=SteeringChanged(Steering.GLOBAL, "p3", taken))
    for server, count in ((TOKYO, 1), (FRIEND, 1), (PHONES, 0)):
        assert len(detail_of_shadowsocks(seen, server).troubles) == count


def test_a_list_that_cannot_be_used_leads_to_the_lists() -> None:
    fault = Fault.of(FaultCode.PAC_LIST_UNUSABLE, path="x", reason="y")
    server = steered(Steering.PAC)
    seen = replace(live(server), steering=SteeringChanged(Steering.PAC, "p1", fault))
    (trouble,) = detail_of_shadowsocks(seen, server).troubles
    assert [one.action for one in trouble.cures] == [Action(Command.EDIT_PAC_LISTS)]


def test_who_uses_it_is_one_of_three_and_says_what_becomes_of_the_systems_proxy() -> None:
    for steering in Steering:
        server = steered(steering)
        segments = detail_of_shadowsocks(live(server), server).segments
        assert segments is not None
        assert [one.is_chosen for one in segments.segments] == [one is steering for one in Steering]
        assert [one.action for one in segments.segments] == [steer("p1", one) for one in Steering]
        port, pac, everything = (told(one.about) for one in segments.segments)
        assert "Nothing else on this computer changes" in port
        for words in (pac, everything):
            assert "this system's proxy is set" in words
            assert "put back as it was" in words
        assert (segments.more is not None) is (steering is Steering.PAC)


def test_the_list_says_what_becomes_of_all_other_names() -> None:
    abouts = []
    for others in Others:
        shown = replace(document(), settings=Settings(pac_others=others))
        segments = detail_of_shadowsocks(replace(live(), document=shown), TOKYO).segments
        assert segments is not None
        abouts.append(told(segments.segments[1].about))
    assert "all others directly" in abouts[0]
    assert "but those that your list leaves out" in abouts[1]


def test_facts_hold_what_can_be_copied_and_no_secret() -> None:
    detail = detail_of_shadowsocks(live(FRIEND), FRIEND)
    facts = {told(one.label): told(one.value) for one in detail.facts}
    assert facts == {
        "SOCKS5 and HTTP proxy": "127.0.0.1:11082",
        "Server": "ss.example.org:443",
        "Method": "xchacha20-ietf-poly1305",
        "Plugin": "obfs-local: obfs=tls;obfs-host=example.org",
    }
    assert detail.facts[0].copy == Action(Command.COPY_TEXT, "127.0.0.1:11082")
    six = replace(FRIEND, host="2001:db8::7")
    assert "[2001:db8::7]:443" in [told(one.value) for one in detail_of_shadowsocks(live(six), six).facts]


def test_without_its_parts_nothing_is_offered_that_would_do_nothing() -> None:
    bare = replace(live(state=state(ProxyPhase.OFF)), offers_shadowsocks=False, offers_links=False)
    detail = detail_of_shadowsocks(bare, TOKYO)
    assert not detail.main.enabled
    assert detail.more == ()
    entries = {one.key: one for one in lines(view(bare).entries)}
    assert not entries["shadowsocks/p1/connect"].enabled
    assert "shadowsocks/p1/qr-code" not in entries


# --- the tray


def lines(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from lines(entry.children)


def test_the_menu_has_a_line_for_each_server_and_radio_lines_for_who_uses_it() -> None:
    server = steered(Steering.PAC)
    entries = {one.key: one for one in lines(view(live(server)).entries)}
    told_lines = [entries[f"shadowsocks/{one}"] for one in ("p1", "p2", "p3")]
    assert [told(one.text) for one in told_lines if one.text] == [
        "tokyo: connected",
        "tokyo for phones: off",
        "friend & co: off",
    ]
    chosen = {one: entries[f"shadowsocks/p1/who/{one}"].chosen for one in Steering}
    assert chosen == {Steering.PORT: False, Steering.PAC: True, Steering.GLOBAL: False}
    assert entries["shadowsocks/p1/who/global"].action == steer("p1", Steering.GLOBAL)
    assert entries["shadowsocks/p1/disconnect"].enabled
    assert not entries["shadowsocks/p1/connect"].enabled
    assert not entries["shadowsocks/p2/disconnect"].enabled


def test_without_such_servers_the_menu_has_no_such_part() -> None:
    seen = replace(live(), document=replace(document(), shadowsocks=()), shadowsocks={})
    assert not [one.key for one in view(seen).entries if one.key.startswith("shadowsocks")]


def test_icon_and_tooltip_are_of_the_servers_but_for_the_mark_of_the_systems_proxy() -> None:
    failed = live(state=state(ProxyPhase.FAILED, DIED))
    plain = replace(failed, document=replace(failed.document, shadowsocks=()))
    assert view(failed).icon is view(plain).icon is IconState.OFF
    assert view(failed).tooltip == view(plain).tooltip
    assert not view(failed).is_steering
    for steering, words in (
        (Steering.PAC, "System proxy: my list, by tokyo"),
        (Steering.GLOBAL, "System proxy: everything, by tokyo"),
    ):
        seen = view(live(steered(steering)))
        assert seen.is_steering
        assert words in [told(line) for line in seen.tooltip]
        assert words in [told(one.text) for one in seen.entries if one.text]


@pytest.mark.parametrize("phase", list(ProxyPhase))
def test_what_is_wanted_can_be_ended_also_when_it_fails(phase: ProxyPhase) -> None:
    entries = {one.key: one for one in lines(view(live(state=state(phase))).entries)}
    is_open = phase is not ProxyPhase.OFF
    assert entries["disconnect-all"].enabled is is_open
    assert entries["shadowsocks/p1/disconnect"].enabled is is_open


def test_a_port_that_is_taken_is_cured_from_the_page_and_from_the_menu() -> None:
    busy = Fault.of(FaultCode.PORT_BUSY, address="127.0.0.1:11080", holder="nginx", suggestion=11090)
    listener = ListenerState(
        purpose="shadowsocks", relay_id="", server_id="p1", host="127.0.0.1", port=11080, fault=busy
    )
    seen = replace(live(state=state(ProxyPhase.FAILED, busy)), listeners=(listener,))
    (trouble,) = detail_of_shadowsocks(seen, TOKYO).troubles
    cure = use_port("shadowsocks", "p1", 11080, 11090)
    assert [one.action for one in trouble.cures] == [cure]
    assert cure in [one.action for one in lines(view(seen).entries)]
    assert view(seen).icon is IconState.OFF
    changed = with_port(document(), "shadowsocks", "p1", 11080, 11090)
    assert [one.local_port for one in changed.shadowsocks] == [11090, 11081, 11082]
    assert with_port(document(), "shadowsocks", "gone", 11080, 11090) == document()


# --- the live state and the document


def test_events_change_the_state_of_that_server_only() -> None:
    running = state(ProxyPhase.RUNNING)
    seen = LiveState(document=document()).after(ShadowsocksChanged("p2", running))
    assert seen.proxy("p2") == running
    assert seen.proxy("p1") == ShadowsocksState()
    set_now = SteeringChanged(Steering.PAC, "p2")
    assert seen.after(set_now).steering == set_now


def test_a_snapshot_brings_the_states_and_a_removed_server_takes_its_own_with_it() -> None:
    running = state(ProxyPhase.RUNNING)
    snapshot = Snapshot(links={}, servers={}, listeners=(), traffic={}, shadowsocks={"p1": running})
    for seen in (LiveState(document=document()).with_snapshot(snapshot), LiveState.of(document(), snapshot)):
        assert seen.proxy("p1") == running
    gone = seen.after(DocumentChanged(without_shadowsocks(document(), "p1")))
    assert "p1" not in gone.shadowsocks


def test_a_new_server_has_a_port_that_nothing_of_ours_has() -> None:
    new = new_shadowsocks(document(), "n")
    assert new.local_port == 11083
    relays = document().relays
    taken = replace(document(), relays=(replace(relays[0], socks_port=11083), *relays[1:]))
    assert new_shadowsocks(taken, "n").local_port == 11084


def test_changes_of_the_document() -> None:
    changed = with_shadowsocks(document(), replace(PHONES, name="phones"))
    assert [one.name for one in changed.shadowsocks] == ["tokyo", "phones", "friend & co"]
    added = with_shadowsocks(document(), replace(TOKYO, id="p9", name="new"))
    assert [one.id for one in added.shadowsocks] == ["p1", "p2", "p3", "p9"]
    assert [one.id for one in without_shadowsocks(added, "p2").shadowsocks] == ["p1", "p3", "p9"]
    both = with_steering(with_steering(document(), "p1", Steering.PAC), "p3", Steering.GLOBAL)
    assert [one.steering for one in both.shadowsocks] == [Steering.PAC, Steering.PORT, Steering.GLOBAL]
    assert with_steering(document(), "gone", Steering.PAC) == document()
    assert with_shadowsocks(Document(), TOKYO).shadowsocks == (TOKYO,)
