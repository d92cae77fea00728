"""Links come in by typing, pasting, dropping, files and pictures, and are looked at before they are taken."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.core.access import Taken, VmessAccess
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document
from app.export.qr_code import qr_png
from app.integration.access_desk import AccessDesk
from app.integration.pictures import codes_in
from app.secrets import SecretName
from app.ui import links_window
from app.ui.actions import Action, Command
from app.ui.bridge import Background
from app.ui.links_window import LinksWindow
from app.ui.offer_cards import what_it_becomes, where_it_leads
from app.ui.pictures import gray_picture
from app.ui.qr_picture import QrPicture
from app.ui.qr_window import QrWindow
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_accesses import LINK, PASSWORD, FakeAccesses
from tests.ui.fake_manager import FakeManager, FakeStore
from tests.ui.fake_shadowsocks import Later, words_in
from tests.ui.shadowsocks_scenes import LINKS
from tests.ui.use_scenes import AtOnce

VMESS = VmessAccess(host="gpu.example.org", port=443, uuid="6a0c2e3c-6f3b-4c9a-8b1a-0f5a3d2c1b00", name="gpu")


class Shown:
    def __init__(self, qtbot: QtBot, port: FakeAccesses | None = None, background: object = None) -> None:
        self.port, self.taken = port or FakeAccesses(), list[Taken]()
        self.window = LinksWindow(self.port, cast("Background", background or AtOnce()), self.taken.append)
        self.window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)  # the test ends it
        self.window._typed.setInterval(1)  # the tests do not type like people
        qtbot.addWidget(self.window)
        self.window.show()
        self._qtbot = qtbot

    def type_in(self, text: str) -> None:
        self.window._text.setPlainText(text)
        self._qtbot.waitUntil(lambda: not self.window._typed.isActive())

    def press(self, name: str) -> None:
        button = self.window.findChild(QPushButton, name)
        assert isinstance(button, QPushButton), name
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def until_told(self, words: str) -> None:
        self._qtbot.waitUntil(lambda: words in words_in(self.window))

    def ticks(self) -> dict[str, bool]:
        cards = self.window._cards
        boxes = cards.findChildren(QCheckBox) if cards is not None else []
        return {one.text(): one.isChecked() for one in boxes if one.objectName() != "tick-all"}

    def tick(self, name: str) -> QCheckBox:
        assert self.window._cards is not None
        boxes = self.window._cards.findChildren(QCheckBox)
        box = next(one for one in boxes if name in {one.text(), one.objectName()})
        self._qtbot.waitUntil(box.isVisible)
        return box

    def click_tick(self, name: str) -> None:
        """On the square: what is behind it may be wider than the words."""
        box = self.tick(name)
        self._qtbot.waitUntil(lambda: box.height() >= 16)
        self._qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))

    def can_import(self) -> bool:
        button = self.window.findChild(QPushButton, "import")
        assert isinstance(button, QPushButton)
        return button.isEnabled()

    def names(self) -> list[str]:
        """Of what was taken."""
        return [offer.access.name for call in self.port.calls if call[0] == "take" for offer in call[1:]]  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def clipboard(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_window, "_CLIPBOARD_ASKS", False)
    QGuiApplication.clipboard().clear()


def picture_of_code() -> QImage:
    return QImage.fromData(qr_png(LINK))


def test_what_is_typed_is_told_with_what_is_odd_and_what_cannot_be_taken(qtbot: QtBot) -> None:
    shown = Shown(qtbot, FakeAccesses(known={"tokyo.example.org": "my tokyo"}))
    assert not shown.can_import()
    shown.type_in(LINKS)
    for told in (
        "tokyo.example.org:8388, aes-256-gcm",
        "Becomes a Shadowsocks server.",
        "You have it already, as my tokyo.",
        'It needs the plugin "obfs-local"',
        "Its password is short and can be guessed",
        "RelayTray does not fetch it",
        "It is not taken: it is secured by reality",
        "Becomes a relay with a GPU server behind it, reached by VLESS.",
        "Number 3: ",
        "has been broken for years",
    ):
        shown.until_told(told)
    assert PASSWORD not in words_in(shown.window)
    assert shown.ticks() == {"tokyo": False, "friend": True, "far": True}
    assert shown.can_import()


def test_only_what_is_ticked_is_taken(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.type_in(LINKS)
    shown.click_tick("far")
    assert shown.tick("tick-all").checkState() is Qt.CheckState.PartiallyChecked
    shown.press("import")
    assert shown.names() == ["tokyo", "friend"]
    assert shown.taken == [Taken(("p1", "p2"), ())]
    assert not shown.window.isVisible()


def test_all_are_ticked_and_unticked_at_once(qtbot: QtBot) -> None:
    shown = Shown(qtbot, FakeAccesses(known={"tokyo.example.org": "tokyo"}))
    shown.type_in(LINKS)
    for wanted in (True, False):
        shown.click_tick("tick-all")
        assert set(shown.ticks().values()) == {wanted}
        assert shown.can_import() is wanted


def test_nothing_is_told_of_an_empty_field(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.type_in("hello")
    shown.until_told("This is no link")
    shown.type_in("")
    assert "There is nothing here yet" not in words_in(shown.window)
    assert not shown.can_import()


@pytest.mark.parametrize(
    ("text", "is_offered"),
    [
        (f"my link:\n{LINK}", True),
        (f"see {LINK}", False),
        ("ss:/no", False),
        ("pass://x", False),
        ("", False),
    ],
)
def test_the_clipboard_is_offered_where_it_holds_a_link(qtbot: QtBot, text: str, is_offered: bool) -> None:
    QGuiApplication.clipboard().setText(text)
    shown = Shown(qtbot)
    words = "There is something of this kind in the clipboard."
    assert (words in words_in(shown.window)) is is_offered
    assert shown.port.calls == []  # nothing is read before the person says so
    if is_offered:
        button = next(
            one for one in shown.window.findChildren(QPushButton) if one.text() == "Take it from there"
        )
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: "tokyo" in shown.ticks())
        assert words not in words_in(shown.window)


def test_where_the_system_would_ask_the_person_the_clipboard_is_not_looked_at(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links_window, "_CLIPBOARD_ASKS", True)
    QGuiApplication.clipboard().setText(LINK)
    shown = Shown(qtbot)
    assert "in the clipboard" not in words_in(shown.window)
    shown.press("paste")  # they have said so
    qtbot.waitUntil(lambda: "tokyo" in shown.ticks())


def test_a_picture_in_the_clipboard_is_read(qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setImage(picture_of_code())
    shown = Shown(qtbot)
    shown.press("paste")
    (data,) = (call[1] for call in shown.port.calls if call[0] == "read_picture")
    assert codes_in(cast("bytes", data), Path("clipboard"), gray_picture) == (LINK.encode(),)
    shown.until_told("Found in a picture:")
    assert shown.ticks() == {"tokyo": True}


def test_a_picture_that_is_pasted_by_keys_is_read_and_not_typed(qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setImage(picture_of_code())
    shown = Shown(qtbot)
    shown.window._text.setFocus()
    qtbot.keyClick(shown.window._text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert "read_picture" in shown.port.names()
    assert shown.window._text.toPlainText() == ""


def test_text_that_is_pasted_by_keys_is_typed(qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText(LINK)
    shown = Shown(qtbot)
    assert shown.window.focusWidget() is shown.window._text  # from the beginning
    qtbot.keyClick(shown.window._text, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "tokyo" in shown.ticks())
    assert shown.window._text.toPlainText() == LINK


def drop(window: LinksWindow, data: QMimeData) -> bool:
    """By the events that Qt sends; whether it was welcome."""
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), Qt.DropAction.CopyAction, data, buttons, keys)
    window.dragEnterEvent(enter)
    if enter.isAccepted():
        window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, buttons, keys))
    return enter.isAccepted()


def test_files_text_and_pictures_can_be_dropped(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "links.txt"
    file.write_text(LINK, encoding="utf-8")
    shown = Shown(qtbot)
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file))])
    assert drop(shown.window, dropped)
    assert ("read_file", file) in shown.port.calls
    shown.until_told("Found in links.txt:")
    text = QMimeData()
    text.setText("hello")
    assert drop(shown.window, text)
    qtbot.waitUntil(lambda: "This is no link" in words_in(shown.window))
    assert "Found in" not in words_in(shown.window)
    picture = QMimeData()
    picture.setImageData(picture_of_code())
    assert drop(shown.window, picture)
    assert shown.ticks() == {"tokyo": True}
    assert shown.window._text.toPlainText() == ""
    assert not drop(shown.window, QMimeData())


def test_a_file_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "links.txt"
    file.write_text(LINK, encoding="utf-8")
    shown = Shown(qtbot)
    shown.press("choose-file")
    dialog = shown.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    assert shown.ticks() == {"tokyo": True}


def test_what_cannot_be_read_or_stored_is_told_and_the_window_stays(qtbot: QtBot, tmp_path: Path) -> None:
    missing = tmp_path / "missing.txt"
    fault = Fault.of(FaultCode.FILE_UNREADABLE, path=missing, reason="No such file")
    port = FakeAccesses({"read_file": fault, "take": Fault.of(FaultCode.KEYRING_LOCKED)})
    shown = Shown(qtbot, port)
    shown.window.read_file(str(missing))
    shown.until_told("cannot be read")
    shown.type_in(LINK)
    assert "cannot be read" not in words_in(shown.window)
    shown.press("import")
    shown.until_told("keyring is locked")
    assert shown.window.isVisible()
    assert shown.ticks() == {"tokyo": True}
    port.faults = {}
    shown.press("import")
    assert len(shown.taken) == 1


def test_an_older_answer_never_covers_a_newer_one(qtbot: QtBot) -> None:
    later = Later()
    shown = Shown(qtbot, background=later)
    shown.type_in("hello")
    shown.type_in(LINK)
    later.do(1)
    later.do(0)
    assert shown.ticks() == {"tokyo": True}


def test_an_answer_that_comes_after_the_window_has_closed_is_nobodys(qtbot: QtBot) -> None:
    later = Later()
    shown = Shown(qtbot, background=later)
    shown.type_in(LINK)
    later.do(0)
    shown.press("import")
    assert not shown.can_import()  # nothing is taken twice
    shown.window.close()
    later.do(1)
    assert len(shown.taken) == 1


def test_cards_name_where_each_access_leads_and_no_secret(qtbot: QtBot) -> None:
    assert where_it_leads(VMESS) == "gpu.example.org:443, tcp"
    assert what_it_becomes(VMESS) == "Becomes a relay with a GPU server behind it, reached by VMess."


def test_no_secret_is_in_the_log(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = Shown(qtbot)
    shown.type_in(LINKS)
    shown.press("import")
    assert "ss://" not in caplog.text
    assert PASSWORD not in caplog.text


def test_another_language_and_theme_keep_what_was_typed(qtbot: QtBot) -> None:
    shown = Shown(qtbot)
    shown.type_in(LINK)
    shown.window._build()
    assert shown.window._text.toPlainText() == LINK
    assert shown.ticks() == {"tokyo": True}
    assert shown.can_import()


class Keyring:
    """What ``AccessDesk`` and ``SecretStore`` share."""

    def __init__(self) -> None:
        self.kept: dict[SecretName, str] = {}

    def get(self, name: SecretName) -> str | None:
        return self.kept.get(name)

    def remember(self, name: SecretName, secret: str) -> bool:
        self.kept[name] = secret
        return True

    def forget(self, name: SecretName) -> bool:
        return self.kept.pop(name, None) is not None


def test_a_picture_becomes_a_profile_whose_code_is_the_same_again(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    """With the real desk: in by a picture of the clipboard, out by the window of its QR code."""
    manager, keyring = FakeManager(Document()), Keyring()
    store = FakeStore(Document())
    desk = AccessDesk(store, keyring, gray_picture, manager.replace_document)
    front_end = make_front_end(manager, store=store, accesses=desk)
    front_end.start()
    QGuiApplication.clipboard().setImage(picture_of_code())
    front_end.commands.do(Action(Command.IMPORT_LINKS))
    window = cast("LinksWindow", front_end.windows.get("links"))
    for name in ("paste", "import"):
        button = window.findChild(QPushButton, name)
        assert isinstance(button, QPushButton)
        qtbot.waitUntil(button.isEnabled)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "tokyo.example.org:8388" in words_in(front_end.window))
    (server,) = manager.document.shadowsocks
    assert keyring.kept == {SecretName("shadowsocks", server.id): PASSWORD}
    front_end.commands.do(Action(Command.SHOW_QR_CODE, server.id))
    shown = front_end.windows.get(f"qr-{server.id}")
    assert shown is not None
    qtbot.waitUntil(lambda: shown.findChild(QrPicture) is not None)
    code = cast("QrWindow", shown)._code
    assert code is not None
    assert code.link == LINK
    assert codes_in(code.picture, None, gray_picture) == (LINK.encode(),)
