"""A server by its relay's v2ray as well, or not any more: asked, done, cancelled, refused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.core.profiles import Document, SetupMode
from app.core.routes import V2rayRoute
from app.ui.actions import Action, Command
from app.ui.detail_model import detail_of_server
from app.ui.document_changes import with_relay, with_server
from app.ui.front_end import FrontEnd
from app.ui.live_state import LiveState
from app.ui.route_dialog import RouteDialog
from tests.ui import route_scenes, scenes
from tests.ui.fake_manager import FakeManager
from tests.ui.fake_routes import FakeRoutes

PLAIN = route_scenes.document()


def profiles(*, has_route: bool) -> Document:
    """tokyo-relay was set up by RelayTray, with Xray."""
    document = with_relay(PLAIN, replace(PLAIN.relays[0], setup=SetupMode.SYSTEM))
    route = V2rayRoute(hybrid=True) if has_route else None
    return with_server(document, replace(scenes.document().servers[0], v2ray=route))


def opened(
    make_front_end: Callable[..., FrontEnd], routes: FakeRoutes, command: Command, *, has_route: bool = False
) -> tuple[FrontEnd, RouteDialog]:
    front_end = make_front_end(FakeManager(profiles(has_route=has_route)), routes=routes)
    front_end.start()
    front_end.commands.do(Action(command, "s1"))
    dialog = front_end.windows.get("route-s1")
    assert isinstance(dialog, RouteDialog)
    return front_end, dialog


def button(dialog: QWidget, name: str) -> QAbstractButton:
    found = dialog.findChild(QAbstractButton, name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("offers", "setup", "has_route", "expected"),
    [
        (True, SetupMode.SYSTEM, False, {Command.PERMIT_V2RAY}),
        (True, SetupMode.SYSTEM, True, {Command.DROP_V2RAY}),
        (False, SetupMode.SYSTEM, False, set()),
        (True, SetupMode.NONE, False, set()),
        (True, SetupMode.ACCOUNT, False, set()),
    ],
)
def test_it_is_offered_where_relaytray_has_set_the_relay_up(
    offers: bool, setup: SetupMode, has_route: bool, expected: set[Command]
) -> None:
    document = profiles(has_route=has_route)
    document = with_relay(document, replace(document.relays[0], setup=setup))
    live = LiveState(document=document, offers_routes=offers)
    commands = {one.action.command for one in detail_of_server(live, document.servers[0]).more}
    assert commands & {Command.PERMIT_V2RAY, Command.DROP_V2RAY} == expected
    bare = LiveState(
        document=with_relay(document, replace(document.relays[0], carrier=None)), offers_routes=True
    )
    commands = {one.action.command for one in detail_of_server(bare, document.servers[0]).more}
    assert Command.PERMIT_V2RAY not in commands


def test_a_server_gets_its_way_by_v2ray(qtbot: QtBot, make_front_end: Callable[..., FrontEnd]) -> None:
    routes = FakeRoutes(gate=threading.Event())
    front_end, dialog = opened(make_front_end, routes, Command.PERMIT_V2RAY)
    ports = dialog.findChild(QLineEdit, "field-ports")
    assert ports is not None
    ports.clear()
    qtbot.keyClicks(ports, "8888")
    assert not button(dialog, "start").isEnabled()
    told = dialog.findChild(QLabel, "problem-ports")
    assert told is not None
    assert "Without port 22" in told.text()
    qtbot.keyClicks(ports, ", 22")
    button(dialog, "start").click()
    assert not button(dialog, "start").isEnabled()
    assert not ports.isEnabled()
    assert routes.gate is not None
    routes.gate.set()
    qtbot.waitUntil(lambda: front_end.windows.get("route-s1") is None)
    assert routes.calls == [("permit", "s1", (8888, 22))]


def test_what_goes_wrong_is_said_and_can_be_tried_again(
    qtbot: QtBot, make_front_end: Callable[..., FrontEnd]
) -> None:
    routes = FakeRoutes(fault=scenes.TIMED_OUT)
    front_end, dialog = opened(make_front_end, routes, Command.DROP_V2RAY, has_route=True)
    button(dialog, "start").click()
    qtbot.waitUntil(lambda: button(dialog, "start").isEnabled())
    assert any("gate.example.org" in one.text() for one in dialog.findChildren(QLabel))
    routes.fault = None
    button(dialog, "start").click()
    qtbot.waitUntil(lambda: front_end.windows.get("route-s1") is None)
    assert routes.calls == [("drop", "s1")] * 2


def test_cancel_stops_the_work_and_says_nothing(
    qtbot: QtBot, make_front_end: Callable[..., FrontEnd]
) -> None:
    routes = FakeRoutes(gate=threading.Event())
    front_end, dialog = opened(make_front_end, routes, Command.PERMIT_V2RAY)
    button(dialog, "start").click()
    button(dialog, "cancel").click()
    qtbot.waitUntil(lambda: button(dialog, "start").isEnabled())
    assert front_end.windows.get("route-s1") is dialog
    button(dialog, "cancel").click()
    qtbot.waitUntil(lambda: front_end.windows.get("route-s1") is None)


def test_a_closed_dialog_has_cancelled_its_work(
    qtbot: QtBot, make_front_end: Callable[..., FrontEnd]
) -> None:
    routes = FakeRoutes(gate=threading.Event())
    front_end, dialog = opened(make_front_end, routes, Command.PERMIT_V2RAY)
    button(dialog, "start").click()
    dialog.close()
    qtbot.waitUntil(lambda: routes.was_cancelled)
    qtbot.waitUntil(lambda: front_end.windows.get("route-s1") is None)
