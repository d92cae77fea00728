"""The profile editors: problems beside the fields, nothing saved before they are gone, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.core.faults import Fault, FaultCode
from app.core.profiles import Authentication, Exit, FileProtocol, Forward, Relay, Server
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
        small_packets_at_once=False,
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
        file_protocol=FileProtocol.SCP,
        compression=True,
        forward_x11=True,
        forward_agent=True,
        ssh_options=("LogLevel ERROR", "SetEnv A=1"),
        recent_folders=("/a", "/b"),
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
        for kind in (QLineEdit, QSpinBox, QComboBox, QPlainTextEdit):
            for widget in dialog.findChildren(kind):
                owner = widget.parentWidget()
                inner = isinstance(owner, QSpinBox | QComboBox)
                assert widget.accessibleName() or inner, widget.objectName()


# --- how ssh and file transfer programs use a server

Answer = Callable[[Fault | None], None]


class AskedSsh:
    """In the place of ssh: answers when the test wants it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.answers: list[Answer] = []

    def __call__(self, server: Server, answered: Answer) -> None:
        self.asked.append(server.ssh_options)
        self.answers.append(answered)


REFUSED = Fault.of(FaultCode.SSH_OPTION_REFUSED, alias="lab-gpu", reason="line 3: nonsense")


def asking_editor(qtbot: QtBot, ssh: AskedSsh) -> tuple[ServerEditor, list[Server]]:
    saved: list[Server] = []
    dialog = ServerEditor(DOCUMENT.servers[0], DOCUMENT, saved.append, check_options=ssh)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, saved


def options(dialog: QWidget) -> QPlainTextEdit:
    found = field(dialog, "ssh_options")
    assert isinstance(found, QPlainTextEdit)
    return found


def tick(dialog: QWidget, name: str) -> QCheckBox:
    found = field(dialog, name)
    assert isinstance(found, QCheckBox)
    return found


def test_how_programs_use_the_server_is_saved_as_it_was_chosen(qtbot: QtBot) -> None:
    dialog, saved = server_editor(qtbot, DOCUMENT.servers[0])
    for name in ("forward_x11", "forward_agent", "compression"):
        tick(dialog, name).setChecked(True)
    choice = field(dialog, "file_protocol")
    assert isinstance(choice, QComboBox)
    choice.setCurrentIndex(choice.findData(FileProtocol.SCP.value))
    options(dialog).setPlainText("  LogLevel ERROR \n\n\tSetEnv A=1\n")
    save(qtbot, dialog)
    expected = replace(
        DOCUMENT.servers[0],
        forward_x11=True,
        forward_agent=True,
        compression=True,
        file_protocol=FileProtocol.SCP,
        ssh_options=("LogLevel ERROR", "SetEnv A=1"),
    )
    assert saved == [expected]


def test_a_line_that_is_no_option_is_told_under_the_field(qtbot: QtBot) -> None:
    dialog, saved = server_editor(qtbot, DOCUMENT.servers[0])
    options(dialog).setPlainText("LogLevel ERROR\nnonsense")
    assert '"nonsense" is not a line of an ssh config' in problem(dialog, "ssh_options")
    options(dialog).setPlainText("HostName elsewhere")
    assert "is set by RelayTray" in problem(dialog, "ssh_options")
    save(qtbot, dialog)
    assert not saved


def test_options_that_ssh_refuses_are_told_and_nothing_is_saved(qtbot: QtBot) -> None:
    ssh = AskedSsh()
    dialog, saved = asking_editor(qtbot, ssh)
    options(dialog).setPlainText("nonsense yes")
    save(qtbot, dialog)
    button = dialog.findChildren(QDialogButtonBox)[-1].button(QDialogButtonBox.StandardButton.Save)
    assert ssh.asked == [("nonsense yes",)]
    assert not button.isEnabled()  # one question is enough
    ssh.answers[0](REFUSED)
    assert "line 3: nonsense" in problem(dialog, "ssh_options")
    assert dialog.isVisible()
    assert not saved
    assert button.isEnabled()
    options(dialog).setPlainText("LogLevel ERROR")
    assert not problem(dialog, "ssh_options")
    save(qtbot, dialog)
    ssh.answers[1](None)
    assert [one.ssh_options for one in saved] == [("LogLevel ERROR",)]
    assert not dialog.isVisible()


def test_ssh_is_not_asked_where_there_is_nothing_to_ask(qtbot: QtBot) -> None:
    ssh = AskedSsh()
    dialog, saved = asking_editor(qtbot, ssh)
    save(qtbot, dialog)
    assert saved == [DOCUMENT.servers[0]]
    assert ssh.asked == []


def test_an_answer_that_comes_late_saves_nothing(qtbot: QtBot) -> None:
    ssh = AskedSsh()
    dialog, saved = asking_editor(qtbot, ssh)
    options(dialog).setPlainText("LogLevel ERROR")
    save(qtbot, dialog)
    options(dialog).setPlainText("LogLevel DEBUG")
    ssh.answers[0](None)  # about other lines than those that are there now
    assert not saved
    save(qtbot, dialog)
    dialog.reject()
    ssh.answers[1](None)
    assert not saved


def test_a_field_in_the_folded_part_is_shown_when_it_is_asked_for(qtbot: QtBot) -> None:
    dialog, _ = server_editor(qtbot, DOCUMENT.servers[0])
    assert not options(dialog).isVisible()
    dialog.show_field("ssh_options")
    assert options(dialog).isVisible()
    assert dialog.focusWidget() is options(dialog)
    dialog.show_field("no such field")
    assert dialog.focusWidget() is options(dialog)
