"""A scripted ``ShadowsocksPort``, and a front end around it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.core.events import ShadowsocksChanged
from app.core.profiles import Document
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, ShadowsocksState
from app.ui.actions import Action, Command
from app.ui.front_end import FrontEnd
from tests.ui import shadowsocks_scenes as scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_accesses import FakeAccesses
from tests.ui.fake_manager import FakeManager
from tests.ui.use_scenes import AtOnce


@dataclass
class FakeShadowsocks:
    """Every client runs as soon as it is asked to."""

    manager: FakeManager
    calls: list[tuple[str, str]] = field(default_factory=list)

    def connect_shadowsocks(self, shadowsocks_id: str) -> None:
        self.calls.append(("connect", shadowsocks_id))
        self.tell(shadowsocks_id, ShadowsocksState(phase=ProxyPhase.STARTING))
        self.tell(shadowsocks_id, ShadowsocksState(phase=ProxyPhase.RUNNING))

    def disconnect_shadowsocks(self, shadowsocks_id: str) -> None:
        self.calls.append(("disconnect", shadowsocks_id))
        self.tell(shadowsocks_id, ShadowsocksState())

    def tell(self, shadowsocks_id: str, state: ShadowsocksState) -> None:
        self.manager.publish(ShadowsocksChanged(shadowsocks_id, state))


class Opened:
    """A front end with the first Shadowsocks server on its page."""

    def __init__(
        self,
        qtbot: QtBot,
        make_front_end: MakeFrontEnd,
        document: Document | None = None,
        **changes: Any,
    ) -> None:
        self.manager = FakeManager(document or scenes.document())
        self.port = FakeShadowsocks(self.manager)
        self.accesses = FakeAccesses()
        self.passwords: list[tuple[str, str]] = []
        changes = {
            "shadowsocks": self.port,
            "accesses": self.accesses,
            "set_shadowsocks_password": self._keep,
            **changes,
        }
        self.front_end: FrontEnd = make_front_end(self.manager, **changes)
        self.front_end.start()
        self.front_end.window.show_place("p1")
        self._qtbot = qtbot

    @property
    def window(self) -> QWidget:
        return self.front_end.window

    def do(self, command: Command, subject: str = "") -> None:
        self.front_end.commands.do(Action(command, subject))

    def opened(self, key: str) -> QWidget:
        found = self.front_end.windows.get(key)
        assert found is not None, key
        return found

    def button(self, name: str, window: QWidget | None = None) -> QAbstractButton:
        """The button of that object name, or with these words."""

        def found() -> list[QAbstractButton]:
            where = window or self.window
            all_of_them = [one for one in where.findChildren(QAbstractButton) if one.isVisibleTo(where)]
            return [
                one for one in all_of_them if name in {one.objectName(), one.text(), one.accessibleName()}
            ]

        self._qtbot.waitUntil(lambda: bool(found()))
        return found()[0]

    def press(self, name: str, window: QWidget | None = None) -> None:
        self._qtbot.mouseClick(self.button(name, window), Qt.MouseButton.LeftButton)

    def until_told(self, words: str, window: QWidget | None = None) -> None:
        self._qtbot.waitUntil(lambda: words in words_in(window or self.window))

    def server(self, server_id: str = "p1") -> ShadowsocksServer | None:
        return self.manager.document.shadowsocks_server(server_id)

    def _keep(self, server: ShadowsocksServer, password: str) -> None:
        self.passwords.append((server.id, password))


class Later:
    """In the place of ``Background``: what it is given is done when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Callable[[], object], Callable[[Future[object]], None]]] = []

    def run(self, task: Callable[[], object], on_done: Callable[[Future[object]], None]) -> None:
        self.waiting.append((task, on_done))

    def do(self, index: int) -> None:
        AtOnce().run(*self.waiting[index])


def words_in(window: QWidget) -> str:
    labels = [one for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
    return "\n".join(one.text() for one in labels)
