"""The key file in the editors, and the dialog for new keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.faults import Fault, FaultCode
from app.core.private_keys import KeyKind, KeyLook, NewKey
from app.ui.bridge import Background
from app.ui.front_end import FrontEnd
from app.ui.key_field import KeyField
from app.ui.key_work import KeyWork
from app.ui.new_key_dialog import NewKeyDialog
from app.ui.prompt_dialogs import SecretDialog
from app.ui.relay_editor import RelayEditor
from tests.ui import scenes
from tests.ui.fake_keys import LINE, FakeKeys
from tests.ui.key_scenes import new_key, relay_editor, work

PATH = "/home/chen/.ssh/relay_ed25519"
GOOD = KeyLook(path=PATH, key_type="ssh-ed25519")


def button(owner: QWidget, name: str) -> QPushButton:
    found = owner.findChild(QPushButton, name)
    assert found is not None, name
    return found


def press(qtbot: QtBot, owner: QWidget, name: str) -> None:
    assert button(owner, name).isEnabled(), name
    qtbot.mouseClick(button(owner, name), Qt.MouseButton.LeftButton)


def told(owner: QWidget, name: str = "key-told") -> str:
    found = owner.findChild(QLabel, name)
    assert found is not None
    return "" if found.isHidden() else found.text()


def shown(owner: QWidget) -> set[str]:
    """The remedies that are offered."""
    names = ("fix-key", "add-to-agent", "convert-key")
    return {name for name in names if button(owner, name).isVisibleTo(owner)}


def field(qtbot: QtBot, look: KeyLook, port: FakeKeys | None = None) -> tuple[KeyField, FakeKeys]:
    port = port or FakeKeys()
    port.looks[look.path] = look
    made = KeyField(look.path, "key", "/", work(port))
    qtbot.addWidget(made)
    made.show()
    return made, port


def answer(qtbot: QtBot, owner: QWidget, passphrase: str, *, remember: bool = False) -> SecretDialog:
    """What the person types into the dialog that asks for the passphrase."""
    dialog = next(one for one in owner.findChildren(SecretDialog) if one.isVisible())
    qtbot.keyClicks(dialog.field, passphrase)
    dialog.remember.setChecked(remember)
    dialog._continue()
    return dialog


# --- the field --------------------------------------------------------------------------------------------


def test_a_key_that_others_can_open_is_put_right(qtbot: QtBot) -> None:
    made, _port = field(qtbot, replace(GOOD, exposed="mode 0644"))
    assert "ssh refuses it" in told(made)
    assert shown(made) == {"fix-key"}
    press(qtbot, made, "fix-key")
    assert "only you" in told(made)
    assert shown(made) == {"add-to-agent"}


def test_rights_that_stay_are_told(qtbot: QtBot) -> None:
    stays = Fault.of(FaultCode.KEY_STAYS_OPEN, path=PATH, reason="it belongs to another user")
    made, _port = field(qtbot, replace(GOOD, exposed="mode 0644"), FakeKeys(faults={"fix": stays}))
    press(qtbot, made, "fix-key")
    assert "belongs to another user" in told(made)
    assert shown(made) == {"fix-key"}


def test_the_agent_gets_the_key(qtbot: QtBot) -> None:
    made, port = field(qtbot, GOOD)
    press(qtbot, made, "add-to-agent")
    assert told(made) == "The ssh agent has this key now."
    press(qtbot, made, "add-to-agent")
    assert told(made) == "The ssh agent has this key already."
    port.faults["add"] = Fault.of(FaultCode.AGENT_DISABLED)
    press(qtbot, made, "add-to-agent")
    assert "Set-Service ssh-agent" in told(made)


def test_the_passphrase_is_asked_for_until_it_fits(qtbot: QtBot) -> None:
    made, port = field(qtbot, replace(GOOD, is_encrypted=True))
    press(qtbot, made, "add-to-agent")
    first = answer(qtbot, made, "wrong")
    assert not any("did not fit" in label.text() for label in first.findChildren(QLabel))
    assert port.added == []
    second = answer(qtbot, made, "open sesame", remember=True)
    assert any("did not fit" in label.text() for label in second.findChildren(QLabel))
    assert port.added == [(PATH, True)]
    assert "has this key now" in told(made)


def test_nothing_happens_when_the_person_cancels(qtbot: QtBot) -> None:
    made, port = field(qtbot, replace(GOOD, is_encrypted=True))
    press(qtbot, made, "add-to-agent")
    next(iter(made.findChildren(SecretDialog))).reject()
    assert (port.added, told(made)) == ([], "")


def test_a_putty_key_is_converted_and_taken(qtbot: QtBot) -> None:
    made, _port = field(qtbot, KeyLook(path="/k/lab.ppk", form="PuTTY 3", is_encrypted=True))
    assert "PuTTY" in told(made)
    assert shown(made) == {"convert-key", "add-to-agent"}
    press(qtbot, made, "convert-key")
    answer(qtbot, made, "open sesame")
    assert made.text() == "/k/lab"
    qtbot.waitUntil(lambda: shown(made) == {"add-to-agent"})
    assert told(made) == ""


def test_what_is_typed_is_looked_at_after_a_pause(qtbot: QtBot) -> None:
    made, port = field(qtbot, GOOD)
    port.looks["/x"] = KeyLook(path="/x", fault=Fault.of(FaultCode.KEY_UNREADABLE, path="/x", reason="bad"))
    made.line.clear()
    assert (shown(made), told(made)) == (set(), "")
    qtbot.keyClicks(made.line, "/x")
    assert told(made) == ""
    qtbot.waitUntil(lambda: "cannot be read: bad" in told(made))
    made.line.setText("/missing")
    qtbot.waitUntil(lambda: "does not exist" in told(made))
    assert shown(made) == set()


def test_a_field_that_is_gone_hears_nothing(qtbot: QtBot) -> None:
    """The file is looked at in another thread, which may take longer than the dialog lasts."""
    background = Background()
    made = KeyField(PATH, "key", "/", KeyWork(FakeKeys({PATH: GOOD}), background))
    made.deleteLater()
    qtbot.wait(1)
    background.close()
    qtbot.wait(1)


def test_without_anybody_who_does_the_work_it_is_a_plain_field(qtbot: QtBot) -> None:
    made = KeyField(PATH, "key", "/", None)
    qtbot.addWidget(made)
    assert made.text() == PATH
    assert made.findChildren(QPushButton) == []


# --- a new key --------------------------------------------------------------------------------------------


def dialog_of(qtbot: QtBot, port: FakeKeys) -> tuple[NewKeyDialog, list[str]]:
    paths: list[str] = []
    dialog = NewKeyDialog(work(port), paths.append)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog, paths


def fill(qtbot: QtBot, dialog: NewKeyDialog, first: str, second: str) -> None:
    qtbot.keyClicks(dialog.passphrase, first)
    qtbot.keyClicks(dialog.repeated, second)


def tick(dialog: NewKeyDialog, name: str) -> QCheckBox:
    found = dialog.findChild(QCheckBox, name)
    assert found is not None
    return found


def test_a_key_with_a_passphrase(qtbot: QtBot) -> None:
    port = FakeKeys()
    dialog, paths = dialog_of(qtbot, port)
    fill(qtbot, dialog, "secret", "secre")
    assert not button(dialog, "make").isEnabled()
    qtbot.keyClicks(dialog.repeated, "t")
    press(qtbot, dialog, "make")
    path = "/home/chen/.ssh/id_ed25519"
    assert port.made == [NewKey(path=path, passphrase="secret", remember=True)]
    assert paths == [path]
    assert dialog.passphrase.text() == dialog.repeated.text() == ""
    press(qtbot, dialog, "copy-public")
    assert QGuiApplication.clipboard().text() == LINE
    dialog.cancel_button.click()
    assert not dialog.isVisible()


def test_a_key_without_one_needs_a_tick_beside_the_warning(qtbot: QtBot) -> None:
    port = FakeKeys()
    dialog, _paths = dialog_of(qtbot, port)
    assert not button(dialog, "make").isEnabled()
    fill(qtbot, dialog, "secret", "")
    tick(dialog, "open").click()
    assert not dialog.passphrase.isVisible()
    assert any(
        "Whoever gets hold" in label.text() for label in dialog.findChildren(QLabel) if label.isVisible()
    )
    press(qtbot, dialog, "make")
    assert port.made == [NewKey(path="/home/chen/.ssh/id_ed25519")]


def test_the_suggested_name_follows_the_type_until_it_is_edited(qtbot: QtBot) -> None:
    port = FakeKeys()
    dialog, _paths = dialog_of(qtbot, port)
    kind = dialog.findChild(QComboBox, "kind")
    assert kind is not None
    kind.setCurrentIndex(1)
    assert dialog.place.text() == "/home/chen/.ssh/id_rsa"
    dialog.place.setText("/k/mine")
    kind.setCurrentIndex(0)
    assert dialog.place.text() == "/k/mine"
    kind.setCurrentIndex(1)
    tick(dialog, "remember").click()
    fill(qtbot, dialog, "pw", "pw")
    press(qtbot, dialog, "make")
    assert port.made == [NewKey(path="/k/mine", kind=KeyKind.RSA, passphrase="pw")]
    dialog.close()


def test_a_name_that_is_taken_is_told_and_can_be_changed(qtbot: QtBot) -> None:
    taken = Fault.of(FaultCode.FILE_EXISTS, path="/k")
    port = FakeKeys(faults={"make": taken})
    dialog, paths = dialog_of(qtbot, port)
    fill(qtbot, dialog, "pw", "pw")
    press(qtbot, dialog, "make")
    assert "does not overwrite" in told(dialog, "trouble")
    assert paths == []
    port.faults.clear()
    qtbot.keyClicks(dialog.place, "2")
    assert told(dialog, "trouble") == ""
    press(qtbot, dialog, "make")
    assert len(paths) == 1


def test_a_dialog_that_was_closed_meanwhile(qtbot: QtBot) -> None:
    class Later:
        def run(self, task: object, on_done: object = None) -> None:
            self.done = on_done

    later = Later()
    paths: list[str] = []
    dialog = NewKeyDialog(KeyWork(FakeKeys(), later), paths.append)  # type: ignore[arg-type]
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.place.setText("/k")
    fill(qtbot, dialog, "pw", "pw")
    dialog._start()
    assert not button(dialog, "make").isEnabled()
    dialog.reject()
    later.done(None)  # type: ignore[operator]
    assert paths == []


@pytest.mark.parametrize("passphrase", ["", "pw"])
def test_the_new_key_is_the_one_of_the_profile(qtbot: QtBot, passphrase: str) -> None:
    editor = relay_editor(GOOD)
    editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(editor)
    editor.show()
    press(qtbot, editor, "new-key")
    dialog = editor.findChild(NewKeyDialog)
    assert dialog is not None
    fill(qtbot, dialog, passphrase, passphrase)
    if not passphrase:
        tick(dialog, "open").click()
    press(qtbot, dialog, "make")
    assert editor.result_value().identity == "/home/chen/.ssh/id_ed25519"
    dialog.reject()
    editor.close()


def test_the_editor_of_a_program_without_keys_has_no_such_buttons(qtbot: QtBot) -> None:
    document = scenes.document()
    editor = RelayEditor(document.relays[0], document, lambda _relay, _password: None)
    qtbot.addWidget(editor)
    assert editor.findChild(QPushButton, "new-key") is None
    assert new_key().findChild(QLineEdit, "place") is not None


def test_the_program_has_the_work_done_in_the_background(
    make_front_end: Callable[..., FrontEnd], qtbot: QtBot
) -> None:
    port = FakeKeys({"~/.ssh/relay_ed25519": replace(GOOD, path="~/.ssh/relay_ed25519", exposed="mode 0644")})
    front_end = make_front_end(keys=port)
    front_end.editing.edit_relay("r1")
    editor = front_end.windows.get("edit-r1")
    assert editor is not None
    qtbot.waitUntil(lambda: "ssh refuses it" in told(editor))
    press(qtbot, editor, "fix-key")
    qtbot.waitUntil(lambda: "only you" in told(editor))
