"""Shadowsocks servers in the whole user interface, around scripted parts: real clicks, real dialogs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QMessageBox, QRadioButton, QTreeWidget, QWidget
from pytestqt.qtbot import QtBot

from app.core.events import SteeringChanged
from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import Document, Settings
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, ShadowsocksState, Steering
from app.ui.actions import Command
from app.ui.field_form import PathField
from app.ui.import_dialog import ImportDialog
from app.ui.links_window import LinksWindow
from app.ui.places_list import PlacesList, items_of
from app.ui.qr_window import QrWindow
from app.ui.secrets_list import SecretsList
from app.ui.settings_dialog import SettingsDialog
from app.ui.shadowsocks_changes import with_shadowsocks
from app.ui.shadowsocks_editor import ShadowsocksEditor
from tests.ui import shadowsocks_scenes as scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_accesses import LINK
from tests.ui.fake_manager import FakeSecretName, FakeSecrets
from tests.ui.fake_shadowsocks import Opened, words_in


@pytest.fixture
def opened(qtbot: QtBot, make_front_end: MakeFrontEnd) -> Opened:
    return Opened(qtbot, make_front_end)


def line_edit(window: QWidget, field: str) -> QLineEdit:
    found = window.findChild(QLineEdit, f"field-{field}")
    assert isinstance(found, QLineEdit), field
    return found


def clipboard_holds(text: str) -> bool:
    return QGuiApplication.clipboard().text() == text


def test_the_main_button_connects_and_disconnects(opened: Opened) -> None:
    opened.press("main-button")
    opened.until_told("Connected: programs that use 127.0.0.1:11080 go through it.")
    opened.press("main-button")
    opened.until_told("Off. Nothing goes through it")
    assert opened.port.calls == [("connect", "p1"), ("disconnect", "p1")]


def test_a_client_that_is_lost_counts_down_in_the_window(qtbot: QtBot, opened: Opened) -> None:
    lost = ShadowsocksState(phase=ProxyPhase.WAITING, fault=scenes.DIED, retry_in_s=60)
    opened.port.tell("p1", lost)
    opened.until_told("Next try in 60 s.")
    opened.until_told("nothing comes back through it")
    qtbot.waitUntil(lambda: "Next try in 60 s." not in words_in(opened.window))
    assert "Next try in 5" in words_in(opened.window)


def test_who_uses_it_is_chosen_by_a_click_and_by_the_keyboard(qtbot: QtBot, opened: Opened) -> None:
    def steering() -> Steering | None:
        server = opened.server()
        return server.steering if server else None

    opened.press("segment-global")
    qtbot.waitUntil(lambda: steering() is Steering.GLOBAL)
    opened.until_told("everything through it but this computer")
    button = cast("QRadioButton", opened.button("segment-global"))
    assert button.isChecked()
    button.setFocus()
    qtbot.keyClick(button, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: steering() is Steering.PAC)
    opened.button("segment-more")
    assert "Who uses it: By my list (PAC)" in opened.button("segment-pac").accessibleName()


def test_a_fault_of_the_systems_proxy_is_a_notice_once_and_stays_on_the_page(
    qtbot: QtBot, opened: Opened
) -> None:
    def count() -> int:
        return words_in(opened.window).count("RelayTray cannot set the proxy of this desktop")

    unset = SteeringChanged(Steering.PORT, "p1", scenes.NOT_SET)
    opened.manager.publish(unset)
    qtbot.waitUntil(lambda: count() == 2)
    opened.press("Put this away")
    opened.manager.publish(unset)
    opened.port.tell("p1", ShadowsocksState(phase=ProxyPhase.STARTING))
    opened.until_told("Starting...")
    assert count() == 1


def test_a_proxy_that_was_given_back_is_told(opened: Opened) -> None:
    given_back = Fault.of(FaultCode.PROXY_GIVEN_BACK, name="tokyo")
    opened.manager.publish(SteeringChanged(Steering.GLOBAL, "p1"))
    opened.manager.publish(SteeringChanged(Steering.PORT, "p1", given_back))
    opened.until_told("so this system's proxy was put back")


def test_the_list_shows_them_below_a_heading_that_cannot_be_chosen(qtbot: QtBot, opened: Opened) -> None:
    places = opened.window.findChild(PlacesList)
    assert places is not None
    names = [item.text(0) for item in items_of(places)]
    assert names[-4:] == ["Shadowsocks", "tokyo", "tokyo for phones", "friend & co"]
    heading = items_of(places)[-4]
    qtbot.mouseClick(
        places.viewport(), Qt.MouseButton.LeftButton, pos=places.visualItemRect(heading).center()
    )
    assert places.picked() == "p1"
    places.pick("p2")
    qtbot.keyClick(places, Qt.Key.Key_Down)
    assert places.picked() == "p3"
    opened.until_told("obfs-local: obfs=tls")
    places.pick("p1")
    qtbot.keyClick(places, Qt.Key.Key_Up)
    assert places.picked() == "s3"  # past the heading


def test_with_nothing_but_such_a_server_the_window_shows_it(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    opened = Opened(qtbot, make_front_end, Document(shadowsocks=(scenes.FRIEND,)))
    opened.until_told("ss.example.org:443")


def test_the_environment_of_its_port_is_copied(qtbot: QtBot, opened: Opened) -> None:
    for command, text in (
        (Command.COPY_PORT_SH, "export ALL_PROXY=socks5h://127.0.0.1:11080"),
        (Command.COPY_PORT_POWERSHELL, "$env:ALL_PROXY=socks5h://127.0.0.1:11080"),
        (Command.COPY_PORT_CMD, "set ALL_PROXY=socks5h://127.0.0.1:11080"),
    ):
        opened.do(command, "p1")
        qtbot.waitUntil(partial(clipboard_holds, text))


def test_a_server_is_added_by_hand(qtbot: QtBot, opened: Opened) -> None:
    opened.do(Command.ADD_SHADOWSOCKS)
    editor = cast("ShadowsocksEditor", opened.opened("new-shadowsocks"))
    opened.press("Save", editor)
    assert "This is needed" in words_in(editor)  # nothing is stored half
    for field, text in (("name", "osaka"), ("host", "osaka.example.org"), ("password", "hunter2hunter2")):
        line_edit(editor, field).clear()
        qtbot.keyClicks(line_edit(editor, field), text)
    opened.press("Save", editor)
    qtbot.waitUntil(lambda: opened.manager.document.shadowsocks_named("osaka") is not None)
    made = opened.manager.document.shadowsocks_named("osaka")
    assert made is not None
    assert (made.host, made.port, made.method, made.local_port) == (
        "osaka.example.org", 8388, "aes-256-gcm", 11083,
    )  # fmt: skip
    assert opened.passwords == [(made.id, "hunter2hunter2")]
    assert "hunter2" not in repr(opened.manager.document)
    opened.until_told("osaka.example.org:8388")  # its page is shown


def test_an_unchanged_password_is_left_alone(qtbot: QtBot, opened: Opened) -> None:
    opened.press("Edit")
    editor = cast("ShadowsocksEditor", opened.opened("edit-p1"))
    qtbot.keyClicks(line_edit(editor, "name"), "-2")
    opened.press("Save", editor)
    qtbot.waitUntil(lambda: opened.manager.document.shadowsocks_named("tokyo-2") is not None)
    assert opened.passwords == []


def test_a_method_whose_password_is_a_key_says_what_it_wants(qtbot: QtBot, opened: Opened) -> None:
    saved: list[ShadowsocksServer] = []
    editor = ShadowsocksEditor(
        scenes.TOKYO, scenes.document(), lambda server, _password: saved.append(server)
    )
    qtbot.addWidget(editor)
    editor.show()
    method = editor.findChild(QComboBox, "field-method")
    assert isinstance(method, QComboBox)
    method.setCurrentIndex(method.findData("2022-blake3-aes-128-gcm"))
    assert "Its password is a key in base64" in words_in(editor)
    qtbot.keyClicks(line_edit(editor, "password"), "not a key")
    opened.press("Save", editor)
    assert "the password is a key of 16 bytes in base64" in words_in(editor)
    line_edit(editor, "password").clear()
    qtbot.keyClicks(line_edit(editor, "password"), "AAAAAAAAAAAAAAAAAAAAAA==")
    opened.press("Save", editor)
    assert [one.method for one in saved] == ["2022-blake3-aes-128-gcm"]


def test_each_method_says_what_it_is_good_for_and_each_field_has_a_name(qtbot: QtBot) -> None:
    editor = ShadowsocksEditor(scenes.FRIEND, scenes.document(), lambda _server, _password: None)
    qtbot.addWidget(editor)
    method = editor.findChild(QComboBox, "field-method")
    assert isinstance(method, QComboBox)
    told = set()
    for index in range(method.count()):
        method.setCurrentIndex(index)
        told.add(editor._method_help.text())
        assert len(editor._method_help.text()) > 20
    assert len(told) >= 5
    fields = [one for one in editor.findChildren(QWidget) if one.objectName().startswith("field-")]
    assert len(fields) == 9
    unnamed = [one.objectName() for one in fields if not one.accessibleName()]
    assert unnamed == ["field-connect_at_launch"]  # a box with words of its own


def test_a_plugin_of_a_link_that_nobody_knows_is_kept_and_shown(qtbot: QtBot) -> None:
    strange = replace(scenes.FRIEND, plugin="strange-plugin", method="rc4-md5")
    editor = ShadowsocksEditor(strange, scenes.document(), lambda _server, _password: None)
    qtbot.addWidget(editor)
    assert editor.result_value() == strange


def test_removing_asks_forgets_the_password_and_ends_the_client(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    others = [FakeSecretName("shadowsocks", "p2"), FakeSecretName("passphrase", "p1")]
    secrets = FakeSecrets([FakeSecretName("shadowsocks", "p1"), *others])
    opened = Opened(qtbot, make_front_end, secrets=secrets)
    opened.press("Remove")
    box = cast("QMessageBox", opened.opened("remove"))
    assert "goes on running there" in box.text()  # it is on a relay
    opened.press("Remove", box)
    qtbot.waitUntil(lambda: opened.server("p1") is None)
    qtbot.waitUntil(lambda: secrets.known == others)
    assert ("disconnect", "p1") in opened.port.calls


def test_disconnect_all_ends_these_too(opened: Opened) -> None:
    opened.do(Command.DISCONNECT_ALL)
    assert opened.port.calls == [("disconnect", one) for one in ("p1", "p2", "p3")]


def test_links_and_codes_are_opened_from_the_window_and_only_where_they_can_be(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    opened = Opened(qtbot, make_front_end)
    opened.press("show-qr-code")
    assert isinstance(opened.opened("qr-p1"), QrWindow)
    opened.do(Command.IMPORT_LINKS)
    assert isinstance(opened.opened("links"), LinksWindow)
    bare = Opened(qtbot, make_front_end, accesses=None, shadowsocks=None)
    bare.do(Command.IMPORT_LINKS)
    assert bare.front_end.windows.get("links") is None
    assert not bare.button("main-button").isEnabled()


def test_a_code_whose_server_has_changed_is_not_shown_any_longer(qtbot: QtBot, opened: Opened) -> None:
    for server_id in ("p1", "p2"):
        opened.do(Command.SHOW_QR_CODE, server_id)
    opened.front_end.editing.store(
        lambda now: with_shadowsocks(now, replace(scenes.TOKYO, host="other.example.org"))
    )
    qtbot.waitUntil(lambda: opened.front_end.windows.get("qr-p1") is None)
    assert opened.front_end.windows.get("qr-p2") is not None


def test_what_was_imported_is_shown(qtbot: QtBot, opened: Opened) -> None:
    opened.do(Command.SHOW_RELAY, "r1")
    opened.do(Command.IMPORT_LINKS)
    window = cast("LinksWindow", opened.opened("links"))
    window._text.setPlainText(LINK)
    qtbot.waitUntil(lambda: opened.button("import", window).isEnabled())
    opened.press("import", window)
    qtbot.waitUntil(lambda: opened.front_end.windows.get("links") is None)
    opened.until_told("Imported: 1")
    opened.until_told("tokyo.example.org:8388")


def test_programs_are_chosen_in_the_settings_and_found_again_when_the_field_is_emptied(
    qtbot: QtBot,
) -> None:
    saved: list[Settings] = []
    document = Document(settings=Settings(core_program="/opt/v2ray"))
    dialog = SettingsDialog(document, saved.append, SecretsList(lambda _name: None), is_macos=False)
    qtbot.addWidget(dialog)
    core, client = (
        cast("PathField", dialog.findChild(PathField, name))
        for name in ("core-program", "shadowsocks-program")
    )
    assert core.text() == "/opt/v2ray"
    assert client.line.placeholderText() == "the one that is found"
    core.line.clear()
    qtbot.keyClicks(client.line, "/opt/ss-local")
    dialog._save()
    assert (saved[0].core_program, saved[0].shadowsocks_program) == ("", "/opt/ss-local")


def test_a_remembered_password_is_listed_by_the_servers_name(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    secrets = FakeSecrets([FakeSecretName("shadowsocks", "p3")])
    opened = Opened(qtbot, make_front_end, secrets=secrets)
    opened.do(Command.OPEN_SETTINGS)
    opened.until_told("Password of the Shadowsocks server friend & co", opened.opened("settings"))


def test_the_page_is_left_as_it_is_when_storing_fails(
    qtbot: QtBot, make_front_end: MakeFrontEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opened(qtbot, make_front_end)
    store = opened.front_end._parts.store
    fault = Fault.of(FaultCode.FILE_UNWRITABLE, path="profiles.json", reason="disk full")

    def fail(_change: Callable[[Document], Document]) -> Document:
        raise RelayTrayError(fault)

    monkeypatch.setattr(store, "edit", fail)
    opened.press("segment-global")
    opened.until_told("disk full")
    opened.port.tell("p1", ShadowsocksState(phase=ProxyPhase.RUNNING))
    port = cast("QRadioButton", opened.button("segment-port"))
    qtbot.waitUntil(port.isChecked)


def test_a_profile_file_brings_the_ticked_ones(qtbot: QtBot) -> None:
    imported: list[Document] = []
    dialog = ImportDialog(scenes.document(), [], "profiles.json", imported.append)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    tree = cast("QTreeWidget", dialog.findChild(QTreeWidget))
    shown = {item.text(0): item for item in items_of(tree)}
    assert shown["friend & co"].text(1) == "Shadowsocks: ss.example.org:443"
    shown["tokyo"].setCheckState(0, Qt.CheckState.Unchecked)
    dialog._import()
    assert [one.name for one in imported[0].shadowsocks] == ["tokyo for phones", "friend & co"]
    alone = ImportDialog(Document(shadowsocks=(scenes.FRIEND,)), [], "profiles.json", imported.append)
    alone.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(alone)
    assert "There is nothing" not in words_in(alone)
