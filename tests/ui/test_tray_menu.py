"""The real menu follows the entries in place, and keeps still while it is open."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from app.core.events import ServerChanged
from app.core.profiles import Document, Relay, Server
from app.core.states import ServerPhase, ServerState
from app.ui.actions import Action, Command
from app.ui.live_state import LiveState
from app.ui.tray_menu import TrayMenu
from app.ui.tray_model import view
from tests.ui import scenes

LIVE = LiveState(document=scenes.document())


class Chosen:
    def __init__(self) -> None:
        self.actions: list[Action] = []
        self.owner = QObject()
        self.menu = TrayMenu(self.owner, self.actions.append)

    def show(self, live: LiveState) -> None:
        self.menu.show_entries(view(live).entries, on_dark=False)

    def line(self, key: str) -> QAction:
        pending = list(self.menu.menu.actions())
        while pending:
            action = pending.pop()
            if action.data() == key:
                return action
            submenu = action.menu()
            if isinstance(submenu, QMenu):
                pending += submenu.actions()
        raise KeyError(key)

    def keys(self) -> list[str]:
        return [str(action.data()) for action in self.menu.menu.actions()]


@pytest.fixture
def chosen(qtbot: QtBot) -> Iterator[Chosen]:
    made = Chosen()
    yield made
    made.menu.dispose()
    made.owner.deleteLater()


def test_a_chosen_line_hands_over_its_action(chosen: Chosen) -> None:
    chosen.show(LIVE)
    chosen.line("server/s1/connect").trigger()
    chosen.line("server/s1/env/powershell").trigger()
    chosen.line("quit").trigger()
    assert chosen.actions == [
        Action(Command.CONNECT, "s1"),
        Action(Command.COPY_ENVIRONMENT_POWERSHELL, "r1"),
        Action(Command.QUIT),
    ]


def test_a_new_state_changes_the_same_lines(chosen: Chosen) -> None:
    chosen.show(LIVE)
    before = chosen.line("server/s1")
    assert before.text() == "lab-gpu: off (default)"
    chosen.show(LIVE.after(ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED))))
    assert chosen.line("server/s1") is before
    assert before.text() == "lab-gpu: connected (default)"
    assert not chosen.line("server/s1/connect").isEnabled()


def test_lines_come_and_go_only_while_the_menu_is_closed(qtbot: QtBot, chosen: Chosen) -> None:
    chosen.show(LIVE)
    keys = chosen.keys()
    chosen.menu.menu.popup(QPoint(0, 0))
    qtbot.waitUntil(chosen.menu.menu.isVisible)
    chosen.show(LiveState())
    assert chosen.keys() == keys
    chosen.menu.menu.hide()
    assert not {"server/s1"} & set(chosen.keys())
    assert {"add"} <= set(chosen.keys())


def test_an_ampersand_in_a_name_is_no_shortcut(chosen: Chosen) -> None:
    relay = Relay(id="r", name="R & D", host="h")
    chosen.show(LiveState(document=Document(relays=(relay,))))
    assert chosen.line("relay/r").text() == "R && D"


def test_a_hundred_changes_leave_no_lines_behind(chosen: Chosen) -> None:
    chosen.show(LIVE)
    count, menus = len(chosen.menu._lines), len(chosen.menu._menus)
    server = Server(id="s9", alias="extra", relay_id="r1")
    more = LiveState(document=Document(relays=LIVE.document.relays, servers=(*LIVE.document.servers, server)))
    for _ in range(100):
        chosen.show(more)
        chosen.show(LIVE)
    assert chosen.keys() == [one.key for one in view(LIVE).entries]
    assert (len(chosen.menu._lines), len(chosen.menu._menus)) == (count, menus)
    assert len(chosen.menu._meant) <= count
