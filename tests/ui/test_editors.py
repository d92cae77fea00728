"""The profile editors: problems beside the fields, nothing saved before they are gone, nothing lost."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.core.profiles import Authentication, Exit, Forward, Relay, Server
from app.ui.document_changes import new_relay, new_server
from app.ui.editor_dialog import EditorDialog
from app.ui.relay_editor import RelayEditor
from app.ui.server_editor import ServerEditor
from tests.ui import scenes

DOCUMENT = scenes.document()


def field(dialog: QWidget, name: str) -> QWidget:
    found = dialog.findChild(QWidget, f"field-{name}")
    assert found is not None, name
    return found


def line(dialog: QWidget, name: str) -> QLineEdit:
    found = field(dialog, name)
    return found if isinstance(found, QLineEdit) else found.findChildren(QLineEdit)[0]


def number(dialog: QWidget, name: str) -> QSpinBox:
    found = field(dialog, name)
    assert isinstance(found, QSpinBox)
    return found


def problem(dialog: QWidget, name: str) -> str:
    found = dialog.findChild(QLabel, f"problem-{name}")
    assert found is not None
    return found.text() if not found.isHidden() else ""


def save(qtbot: QtBot, dialog: EditorDialog) -> None:
    box = dialog.findChildren(QDialogButtonBox)[-1]
    qtbot.mouseClick(box.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)


def relay_editor(qtbot: QtBot, relay: Relay) -> tuple[RelayEditor, list[tuple[Relay, str]]]:
    saved: list[tuple[Relay, str]] = []
    dialog = RelayEditor(relay, DOCUMENT, lambda value, password: saved.append((value, password)))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, saved


def server_editor(qtbot: QtBot, server: Server) -> tuple[ServerEditor, list[Server]]:
    saved: list[Server] = []
    dialog = ServerEditor(server, DOCUMENT, saved.append)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, saved


def test_an_empty_form_does_not_shout_before_it_is_touched(qtbot: QtBot) -> None:
    dialog, _ = relay_editor(qtbot, new_relay(DOCUMENT, "n"))
    assert not problem(dialog, "host")
    qtbot.keyClicks(line(dialog, "host"), "-bad")
    assert "dash" in problem(dialog, "host")
    assert not problem(dialog, "name")


def test_nothing_is_saved_while_there_is_a_problem(qtbot: QtBot) -> None:
    dialog, saved = relay_editor(qtbot, new_relay(DOCUMENT, "n"))
    save(qtbot, dialog)
    assert not saved
    assert dialog.isVisible()
    assert problem(dialog, "name")
    assert problem(dialog, "host")


def test_a_new_relay_is_saved_as_it_was_typed(qtbot: QtBot) -> None:
    dialog, saved = relay_editor(qtbot, new_relay(DOCUMENT, "n"))
    for name, words in (
        ("name", "home"),
        ("host", "relay.example.org"),
        ("user", "me"),
        ("identity", "~/.ssh/id"),
    ):
        qtbot.keyClicks(line(dialog, name), words)
    number(dialog, "port").setValue(2200)
    save(qtbot, dialog)
    expected = Relay(
        id="n",
        name="home",
        host="relay.example.org",
        user="me",
        identity="~/.ssh/id",
        port=2200,
        socks_port=10082,
    )
    assert saved == [(expected, "")]
    assert not dialog.isVisible()


def test_opening_and_saving_changes_nothing(qtbot: QtBot) -> None:
    relay = replace(
        DOCUMENT.relays[0],
        certificate="/c",
        keepalive_s=0,
        idle_close_min=30,
        connect_at_launch=True,
        socks_user="u",
        extra={"newer": 1},
    )
    dialog, saved = relay_editor(qtbot, relay)
    save(qtbot, dialog)
    assert saved == [(relay, "")]
    server = replace(
        DOCUMENT.servers[2],
        extra={"newer": 2},
        forwards=(Forward(local_port=1, remote_port=2, extra={"a": 1}),),
    )
    editor, servers = server_editor(qtbot, server)
    save(qtbot, editor)
    assert servers == [server]


def test_the_key_file_is_asked_for_only_where_it_is_used(qtbot: QtBot) -> None:
    dialog, _ = relay_editor(qtbot, DOCUMENT.relays[0])
    choice = field(dialog, "authentication")
    assert isinstance(choice, QComboBox)
    assert line(dialog, "identity").isVisible()
    choice.setCurrentIndex(choice.findData(Authentication.AGENT.value))
    assert not line(dialog, "identity").isVisible()


def test_a_problem_in_the_folded_part_unfolds_it(qtbot: QtBot) -> None:
    dialog, saved = relay_editor(qtbot, DOCUMENT.relays[0])
    assert not number(dialog, "socks_port").isVisible()
    number(dialog, "socks_port").setValue(8888)  # a forward of lab-gpu
    save(qtbot, dialog)
    assert not saved
    assert number(dialog, "socks_port").isVisible()
    assert "8888" in problem(dialog, "socks_port")


def test_a_server_with_its_exit_and_forwards(qtbot: QtBot) -> None:
    dialog, saved = server_editor(qtbot, new_server(DOCUMENT, "n"))
    qtbot.keyClicks(line(dialog, "alias"), "new-gpu")
    qtbot.keyClicks(line(dialog, "user"), "me")
    choice = field(dialog, "exit")
    assert isinstance(choice, QComboBox)
    choice.setCurrentIndex(choice.findData(Exit.SERVER.value))
    add = field(dialog, "forwards").findChildren(QPushButton)[0]
    add.click()
    spins = field(dialog, "forwards").findChildren(QSpinBox)
    spins[0].setValue(9000)
    spins[1].setValue(9001)
    save(qtbot, dialog)
    assert saved[0].alias == "new-gpu"
    assert saved[0].exit is Exit.SERVER
    assert saved[0].forwards == (Forward(local_port=9000, remote_port=9001),)


def test_a_clash_of_forwards_is_told_at_the_forwards(qtbot: QtBot) -> None:
    dialog, saved = server_editor(qtbot, new_server(DOCUMENT, "n"))
    qtbot.keyClicks(line(dialog, "alias"), "new-gpu")
    qtbot.keyClicks(line(dialog, "user"), "me")
    field(dialog, "forwards").findChildren(QPushButton)[0].click()  # 8888, which lab-gpu has
    save(qtbot, dialog)
    assert not saved
    assert "8888" in problem(dialog, "forwards")


def test_pinned_keys_are_forgotten_only_after_a_tick(qtbot: QtBot) -> None:
    dialog, _ = relay_editor(qtbot, DOCUMENT.relays[0])
    forgotten: list[bool] = []
    dialog.set_pinned_keys([scenes.FINGERPRINT], lambda: forgotten.append(True))
    button = next(one for one in dialog.findChildren(QPushButton) if one.text() == "Remove the pinned keys")
    sure = next(one for one in dialog.findChildren(QCheckBox) if "on purpose" in one.text())
    button.click()
    assert not forgotten
    sure.setChecked(True)
    button.click()
    assert forgotten == [True]


def test_every_field_has_an_accessible_name(qtbot: QtBot) -> None:
    for dialog in (relay_editor(qtbot, DOCUMENT.relays[0])[0], server_editor(qtbot, DOCUMENT.servers[0])[0]):
        for kind in (QLineEdit, QSpinBox, QComboBox):
            for widget in dialog.findChildren(kind):
                owner = widget.parentWidget()
                inner = isinstance(owner, QSpinBox | QComboBox)
                assert widget.accessibleName() or inner, widget.objectName()
