"""The windows of the other ends around the real desk, a real relay, and a real shell for the line."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QSpinBox, QWidget
from pytestqt.qtbot import QtBot

from app.core.profiles import Document, EnrolmentState, SetupMode
from app.provision.desk import SetUpDesk
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.transport.link import Tools
from app.tunnel.pinned_keys import PinnedKeys
from app.ui.actions import Action, Command
from app.ui.front_end import FrontEnd
from tests.peers.keys import KeyStore
from tests.provision.enrol_lab import EnrolLab
from tests.provision.relay_account import RelayAccount
from tests.transport.shell_peers import tools_for
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_manager import FakeManager

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a chroot is made by root only"
)


class Manager(FakeManager):
    """With the tools of a real one: the desk logs in with them."""

    def __init__(self, document: Document, tools: Tools) -> None:
        super().__init__(document)
        self.tools = tools


class Person:
    """Sees one window and presses what is in it."""

    def __init__(self, qtbot: QtBot, front_end: FrontEnd) -> None:
        self._qtbot, self._front_end = qtbot, front_end

    def opens(self, command: Command, profile_id: str, key: str) -> QWidget:
        self._front_end.commands.do(Action(command, profile_id))
        window = self._front_end.windows.get(key)
        assert window is not None
        return window

    def chooses(self, window: QWidget, value: str) -> None:
        box = next(one for one in window.findChildren(QComboBox) if one.findData(value) >= 0)
        box.setCurrentIndex(box.findData(value))

    def presses(self, window: QWidget, name: str) -> None:
        def ready() -> list[QAbstractButton]:
            found = window.findChildren(QAbstractButton, name)
            return [one for one in found if one.isVisibleTo(window) and one.isEnabled()]

        self.waits(lambda: bool(ready()))
        self._qtbot.mouseClick(ready()[0], Qt.MouseButton.LeftButton)

    def sees(self, window: QWidget, words: str) -> None:
        def is_told() -> bool:
            labels = [one for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
            return any(words in one.text() for one in labels)

        self.waits(is_told)

    def waits(self, is_so: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(is_so, timeout=30_000)


class BareRelay(RelayAccount):
    """The same machine before anybody has set it up."""

    def __init__(self, folder: Path, keys: KeyStore) -> None:
        super().__init__(folder, keys)
        shutil.rmtree(self.base)
        self.authorized_keys.write_text(self.authorized_keys.read_text() + "\n")

    def __enter__(self) -> Self:
        self.sshd.start()
        return self

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}


def test_from_a_bare_relay_to_a_server_online_and_back(
    qtbot: QtBot, make_front_end: MakeFrontEnd, key_store: KeyStore, tmp_path: Path
) -> None:
    lab = EnrolLab(tmp_path / "lab", key_store, programs=("rm", "mkdir", "rmdir", "sleep", "chmod"))
    relay = lab.relay = BareRelay(tmp_path / "bare", key_store)
    before = relay.files()
    with lab:
        paths = Paths.at(tmp_path / "data")
        paths.root.mkdir()
        profile = replace(relay.profile(), id="r1", setup=SetupMode.NONE, pc_id="")
        server = replace(lab.server, relay_id="r1", user="", identity=str(key_store.key("person")))
        store = DocumentStore(paths)
        document = store.edit(lambda empty: replace(empty, relays=(profile,), servers=(server,)))
        manager = Manager(document, tools_for(paths.root, relay.sshd.host_key_line))
        front_end = make_front_end(
            manager,
            setup=SetUpDesk(paths, store, manager),
            store=store,
            pinned_keys=PinnedKeys(paths.known_hosts),
        )
        front_end.start()
        person = Person(qtbot, front_end)

        wizard = person.opens(Command.SET_UP_RELAY, "r1", "set-up-r1")
        person.chooses(wizard, SetupMode.ACCOUNT.value)
        person.presses(wizard, "look")
        person.sees(wizard, "Nothing is changed yet.")
        assert relay.files() == before
        person.presses(wizard, "start")
        person.sees(wizard, "relay is set up.")
        assert store.load().relays[0].setup is SetupMode.ACCOUNT

        window = person.opens(Command.OPEN_LINE, "s1", "line-s1")
        port = window.findChild(QSpinBox)
        assert isinstance(port, QSpinBox)
        port.setValue(lab.gpu.port)
        person.presses(window, "make")
        person.sees(window, "Waiting for the line to be pasted")
        person.presses(window, "copy")
        lab.line = QGuiApplication.clipboard().text()
        assert "the tunnel is up" in lab.paste()
        person.sees(window, "gpu1 is online, and its host key is remembered.")
        person.sees(window, "You are gpu there, at home in /home/gpu.")
        person.sees(window, "Host key: ")
        (known,) = store.load().servers
        assert known.enrolment is not None
        assert (known.user, known.home, known.enrolment.state) == ("gpu", "/home/gpu", EnrolmentState.ONLINE)
        lab.server = known  # so that its tunnel is ended in any case

        dialog = person.opens(Command.REMOVE_SERVER, "s1", "remove-s1")
        person.sees(dialog, "Or paste this into the server's web terminal:")
        person.presses(dialog, "copy")
        assert "is taken away" in lab.jail.run("sh", "-c", QGuiApplication.clipboard().text()).stdout
        assert not [name for name in lab.jail.files() if "relaytray" in name]

        removal = person.opens(Command.TAKE_SETUP_AWAY, "r1", "take-away-r1")
        person.sees(removal, "This would be taken away")
        person.presses(removal, "start")
        person.sees(removal, "relay is as it was before RelayTray.")
        assert relay.files() == before
        assert store.load().relays[0].setup is SetupMode.NONE
