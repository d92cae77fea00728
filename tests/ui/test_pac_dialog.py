"""The person's lists: what is no name is told while it is typed, and never stored."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Settings
from app.core.shadowsocks import Others
from app.ui.actions import Command
from app.ui.pac_dialog import MAX_LIST_BYTES, PacDialog, read_list
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_shadowsocks import Later, Opened, words_in
from tests.ui.use_scenes import AtOnce

RULES = "[AutoProxy 0.2.9]\n! a note\n||blocked.example.org\n@@||fine.example.org\n/regex/\n"


class Shown:
    def __init__(self, qtbot: QtBot, settings: Settings) -> None:
        self.saved: list[Settings] = []
        self.dialog = PacDialog(
            settings,
            lambda change: self.saved.append(change(settings)),
            AtOnce(),  # type: ignore[arg-type]
        )
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)  # the test ends it
        qtbot.addWidget(self.dialog)
        self.dialog.show()
        self._qtbot = qtbot

    def type_into(self, name: str, text: str) -> None:
        editor = self.dialog.findChild(QPlainTextEdit, f"field-{name}")
        assert isinstance(editor, QPlainTextEdit)
        self._qtbot.keyClicks(editor, text)

    def save(self) -> None:
        box = self.dialog.findChild(QDialogButtonBox)
        assert isinstance(box, QDialogButtonBox)
        self._qtbot.mouseClick(box.button(QDialogButtonBox.StandardButton.Save), Qt.MouseButton.LeftButton)


def test_what_is_no_name_is_told_while_typing_and_keeps_the_dialog_open(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Settings())
    shown.type_into("proxied", "example.org -")
    assert "No names of machines or domains: -." in words_in(shown.dialog)
    shown.save()
    assert shown.saved == []
    assert shown.dialog.isVisible()
    editor = cast("QPlainTextEdit", shown.dialog.findChild(QPlainTextEdit, "field-proxied"))
    assert editor.hasFocus() or shown.dialog.focusWidget() is editor
    editor.clear()
    shown.type_into("proxied", "https://www.Example.org/x, *.other.example")
    assert "Names: 2." in words_in(shown.dialog)
    shown.save()
    assert shown.saved[0].pac_proxied == ("www.example.org", "other.example")


def test_many_odd_words_are_not_all_named(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Settings())
    editor = cast("QPlainTextEdit", shown.dialog.findChild(QPlainTextEdit, "field-direct"))
    editor.setPlainText("\n".join(f"-{number}" for number in range(9)))
    assert "-0, -1, -2, -3, -4 and 4 more" in words_in(shown.dialog)
    editor.setPlainText("-" + "x" * 300)
    assert len(words_in(shown.dialog)) < 900


def test_a_name_in_both_lists_is_said_to_be_reached_directly(qtbot: QtBot) -> None:
    shown = Shown(qtbot, Settings(pac_proxied=("a.example", "b.example"), pac_direct=("b.example",)))
    assert "In both lists, and so reached directly: b.example." in words_in(shown.dialog)
    shown.save()
    assert shown.saved[0] == Settings(pac_proxied=("a.example", "b.example"), pac_direct=("b.example",))


@pytest.mark.parametrize("is_base64", [False, True])
def test_a_list_from_a_file_is_looked_through(qtbot: QtBot, tmp_path: Path, is_base64: bool) -> None:
    file = tmp_path / "gfwlist.txt"
    data = RULES.encode()
    file.write_bytes(base64.encodebytes(data) if is_base64 else data)
    shown = Shown(qtbot, Settings(pac_list=str(file), pac_others=Others.PROXIED))
    told = words_in(shown.dialog)
    assert "Through Shadowsocks: 1 names. Directly: 1." in told
    assert "Left out: 1 rules" in told
    shown.save()
    assert (shown.saved[0].pac_list, shown.saved[0].pac_others) == (str(file), Others.PROXIED)


def test_a_file_that_is_no_list_is_told_and_an_empty_field_says_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    shown = Shown(qtbot, Settings(pac_list=str(tmp_path)))
    line = shown.dialog._file.line
    assert "cannot be used" in words_in(shown.dialog)
    file = tmp_path / "words.txt"
    file.write_text("these are words", encoding="utf-8")
    line.setText(str(file))
    assert "it is no list of AutoProxy rules" in words_in(shown.dialog)
    line.clear()
    assert "cannot be used" not in words_in(shown.dialog)


def test_a_list_larger_than_any_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "big"
    with file.open("wb") as big:
        big.truncate(MAX_LIST_BYTES + 1)
    with pytest.raises(RelayTrayError) as told:
        read_list(file)
    assert told.value.fault.code is FaultCode.PAC_LIST_UNUSABLE


def test_the_answer_about_a_file_that_is_no_longer_chosen_is_not_shown(qtbot: QtBot, tmp_path: Path) -> None:
    later = Later()
    dialog = PacDialog(Settings(pac_list=str(tmp_path / "old")), lambda _change: None, later)  # type: ignore[arg-type]
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog._file.line.clear()
    later.do(0)
    assert "cannot be used" not in words_in(dialog)
    dialog._file.line.setText(str(tmp_path / "other"))
    dialog.reject()
    later.do(1)
    assert "Looking through the list..." in [one.text() for one in dialog.findChildren(QLabel)]


def test_only_the_lists_change_and_every_field_has_a_name(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    opened = Opened(qtbot, make_front_end)
    opened.do(Command.EDIT_PAC_LISTS)
    dialog = cast("PacDialog", opened.opened("pac-lists"))
    for kind in (QPlainTextEdit, QComboBox):
        assert all(one.accessibleName() for one in dialog.findChildren(kind))
    opened.front_end.editing.store(lambda document: document)
    dialog._proxied.setPlainText("example.org")
    others = dialog.findChild(QComboBox, "field-others")
    assert isinstance(others, QComboBox)
    others.setCurrentIndex(1)
    save = next(one for one in dialog.findChildren(QPushButton) if one.isDefault())
    qtbot.mouseClick(save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: opened.manager.document.settings.pac_proxied == ("example.org",))
    assert opened.manager.document.settings.pac_others is Others.PROXIED
