"""What the tray shows and what a click does, without Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from app.core.events import LinkChanged, ListenersChanged, ServerChanged
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, LeftClick, Relay, Settings
from app.core.states import LinkPhase, LinkState, ListenerState, ServerPhase, ServerState
from app.ui.actions import Action, Command, open_in_editor
from app.ui.live_state import LiveState
from app.ui.tray_model import Entry, IconState, icon_state, left_click, view
from tests.ui import scenes
from tests.ui.fake_uses import CURSOR, VSCODE

OFF = LiveState(document=scenes.document())


def with_server(live: LiveState, server_id: str, phase: ServerPhase, fault: Fault | None = None) -> LiveState:
    return live.after(ServerChanged(server_id, ServerState(phase=phase, fault=fault)))


def with_link(live: LiveState, relay_id: str, phase: LinkPhase) -> LiveState:
    return live.after(LinkChanged(relay_id, LinkState(phase=phase)))


def with_left_click(live: LiveState, choice: LeftClick) -> LiveState:
    return replace(live, document=replace(live.document, settings=Settings(left_click=choice)))


def flat(entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        yield entry
        yield from flat(entry.children)


def entry(live: LiveState, key: str) -> Entry:
    return next(one for one in flat(view(live).entries) if one.key == key)


# --- icon


def test_the_icon_is_off_when_nothing_is_wanted() -> None:
    assert icon_state(OFF) is IconState.OFF
    assert icon_state(LiveState()) is IconState.OFF


def test_a_link_alone_is_not_connected() -> None:
    assert icon_state(with_link(OFF, "r1", LinkPhase.UP)) is IconState.OFF


def test_a_link_to_a_relay_without_servers_is_connected() -> None:
    live = LiveState(document=Document(relays=(Relay(id="r", name="r", host="h"),)))
    assert icon_state(with_link(live, "r", LinkPhase.UP)) is IconState.CONNECTED


@pytest.mark.parametrize(
    ("phases", "icon"),
    [
        ((ServerPhase.CONNECTED,), IconState.CONNECTED),
        ((ServerPhase.CONNECTED, ServerPhase.CONNECTING), IconState.CONNECTING),
        ((ServerPhase.CONNECTED, ServerPhase.CONNECTING, ServerPhase.TROUBLE), IconState.TROUBLE),
    ],
)
def test_trouble_outweighs_connecting_outweighs_connected(
    phases: tuple[ServerPhase, ...], icon: IconState
) -> None:
    live = OFF
    for number, phase in enumerate(phases, start=1):
        live = with_server(live, f"s{number}", phase)
    assert icon_state(live) is icon


def test_a_port_that_cannot_be_opened_is_trouble_on_top_with_its_cures() -> None:
    listener = ListenerState(
        purpose="socks", relay_id="r1", server_id="", host="127.0.0.1", port=10080, fault=scenes.PORT_BUSY
    )
    live = OFF.after(ListenersChanged((listener,)))
    assert icon_state(live) is IconState.TROUBLE
    top = view(live).entries[0]
    assert top.key == "port/10080"
    assert [child.action for child in top.children] == [
        None,
        Action(Command.USE_PORT, "socks/r1/10080/10082"),
        Action(Command.RETRY_LISTENERS),
    ]


# --- menu


def test_every_command_that_the_issue_names_is_in_the_menu() -> None:
    commands = {one.action.command for one in flat(view(OFF).entries) if one.action}
    assert commands >= {
        Command.CONNECT,
        Command.DISCONNECT,
        Command.COPY_SSH_CONFIG,
        Command.COPY_SOCKS_ADDRESS,
        Command.COPY_ENVIRONMENT_SH,
        Command.COPY_ENVIRONMENT_POWERSHELL,
        Command.COPY_ENVIRONMENT_CMD,
        Command.OPEN_WINDOW,
        Command.OPEN_LOG,
        Command.OPEN_SETTINGS,
        Command.QUIT,
    }


def test_keys_are_unique_so_that_actions_are_kept() -> None:
    keys = [one.key for one in flat(view(OFF).entries)]
    assert len(keys) == len(set(keys))


def test_a_change_of_state_moves_no_line_of_the_menu() -> None:
    off = [one.key for one in flat(view(OFF).entries)]
    connected = [one.key for one in flat(view(with_server(OFF, "s1", ServerPhase.CONNECTED)).entries)]
    assert connected == off


def test_connect_and_disconnect_are_enabled_by_state() -> None:
    assert entry(OFF, "server/s1/connect").enabled
    assert not entry(OFF, "server/s1/disconnect").enabled
    live = with_server(OFF, "s1", ServerPhase.CONNECTED)
    assert not entry(live, "server/s1/connect").enabled
    assert entry(live, "server/s1/disconnect").enabled


def test_trouble_is_told_in_the_menu_of_its_server() -> None:
    live = with_server(OFF, "s2", ServerPhase.TROUBLE, scenes.TUNNEL_DOWN)
    assert entry(live, "server/s2/why").text == scenes.TUNNEL_DOWN


def test_an_empty_document_leads_to_the_first_relay() -> None:
    assert entry(LiveState(), "add").action == Action(Command.ADD_RELAY)


def test_while_closing_the_menu_only_says_so() -> None:
    assert [one.enabled for one in view(replace(OFF, closing=True)).entries] == [False]


# --- left click


@pytest.mark.parametrize("platform", ["win32", "linux"])
def test_the_custom_is_to_connect_the_default_server(platform: str) -> None:
    assert left_click(OFF, platform) == Action(Command.CONNECT, "s1")


def test_the_default_server_is_the_chosen_one() -> None:
    document = replace(OFF.document, settings=Settings(default_server_id="s3"))
    assert left_click(replace(OFF, document=document), "win32") == Action(Command.CONNECT, "s3")


@pytest.mark.parametrize("phase", [ServerPhase.CONNECTED, ServerPhase.CONNECTING])
def test_a_second_click_disconnects(phase: ServerPhase) -> None:
    assert left_click(with_server(OFF, "s1", phase), "win32") == Action(Command.DISCONNECT, "s1")


def test_in_trouble_a_click_tries_again() -> None:
    live = with_server(OFF, "s1", ServerPhase.TROUBLE, scenes.TUNNEL_DOWN)
    assert left_click(live, "win32") == Action(Command.CONNECT, "s1")


def test_a_changed_host_key_is_shown_and_not_tried_again() -> None:
    live = with_server(OFF, "s1", ServerPhase.TROUBLE, scenes.KEY_CHANGED)
    assert left_click(live, "win32") == Action(Command.SHOW_SERVER, "s1")


def test_without_a_server_the_window_opens() -> None:
    assert left_click(LiveState(), "linux") == Action(Command.OPEN_WINDOW)


@pytest.mark.parametrize(
    ("choice", "action"),
    [(LeftClick.WINDOW, Action(Command.OPEN_WINDOW)), (LeftClick.MENU, Action(Command.OPEN_MENU))],
)
def test_the_setting_decides(choice: LeftClick, action: Action) -> None:
    assert left_click(with_left_click(OFF, choice), "linux") == action


@pytest.mark.parametrize("choice", list(LeftClick))
def test_macos_opens_the_menu_itself_and_nothing_else_happens(choice: LeftClick) -> None:
    assert left_click(with_left_click(OFF, choice), "darwin") is None


def test_the_tooltip_names_what_is_not_off() -> None:
    lines = view(with_server(OFF, "s2", ServerPhase.CONNECTED)).tooltip
    assert [line.details.get("alias") for line in lines[1:]] == ["a100-box"]


def test_faults_of_every_hop_give_a_view() -> None:
    for code in FaultCode:
        assert view(with_server(OFF, "s1", ServerPhase.TROUBLE, Fault.of(code))).icon is IconState.TROUBLE


# --- other programs

CAN_HAND_OVER = replace(OFF, offers_uses=True, editors=(VSCODE, CURSOR))


def keys(live: LiveState) -> list[str]:
    return [one.key for one in flat(view(live).entries)]


def test_without_the_ability_nothing_is_offered() -> None:
    live = replace(CAN_HAND_OVER, offers_uses=False)
    assert not [key for key in keys(live) if "/uses" in key or "/open" in key]


def test_every_server_has_the_window_and_the_editors_that_were_found() -> None:
    assert entry(CAN_HAND_OVER, "server/s2/uses").action == Action(Command.OPEN_USES, "s2")
    assert entry(CAN_HAND_OVER, "server/s2/open/vscode").action == open_in_editor("s2", "vscode", "")
    none_found = replace(CAN_HAND_OVER, editors=())
    assert "server/s2/uses" in keys(none_found)
    assert not [key for key in keys(none_found) if "/open" in key]


def test_one_folder_is_opened_at_once_and_several_are_a_menu() -> None:
    document = scenes.document()
    one_folder = replace(document.servers[1], remote_folder="/data/x y")
    live = replace(CAN_HAND_OVER, document=replace(document, servers=(document.servers[0], one_folder)))
    assert entry(live, "server/s2/open/cursor").action == open_in_editor("s2", "cursor", "/data/x y")
    several = entry(live, "server/s1/open-in/cursor")
    assert several.action is None
    assert [child.action for child in several.children] == [
        open_in_editor("s1", "cursor", "/home/chen/project"),
        open_in_editor("s1", "cursor", "/data/imagenet"),
    ]
