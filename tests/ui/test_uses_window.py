"""The "Use it from..." window around scripted answers: presses, faults, news, and what happens meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.core.events import DocumentChanged, PortsMoved, ServerChanged
from app.core.faults import Fault, FaultCode
from app.core.states import ServerPhase, ServerState
from app.core.uses import KeyState, Use
from app.ui.actions import Action, Command, open_in_editor
from app.ui.convert_key_dialog import ConvertKeyDialog
from app.ui.document_changes import without_server
from app.ui.front_end import FrontEnd
from app.ui.server_editor import ServerEditor
from app.ui.text_preview import TextPreview
from app.ui.uses_window import UsesWindow
from tests.ui import scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_manager import FakeManager
from tests.ui.fake_uses import CURSOR, VSCODE, VSCODIUM, FakeUses, uses

PASSPHRASE = "correct horse"


class Opened:
    """A front end with the window of lab-gpu in it."""

    def __init__(self, qtbot: QtBot, front_end: FrontEnd, port: FakeUses) -> None:
        self.front_end, self.port = front_end, port
        front_end.start()
        front_end.commands.do(Action(Command.OPEN_USES, "s1"))
        found = front_end.windows.get("uses-s1")
        assert isinstance(found, UsesWindow)
        self.window: UsesWindow = found
        self._qtbot = qtbot

    def go_to(self, use: Use) -> None:
        self._qtbot.waitUntil(lambda: self.window._ways.count() > 0)
        self.window._ways.pick(use.value)

    def button(self, words: str) -> QPushButton:
        def found() -> list[QPushButton]:
            buttons = self.window.findChildren(QPushButton)
            return [one for one in buttons if one.isVisibleTo(self.window) and one.text() == words]

        self._qtbot.waitUntil(lambda: bool(found()))
        return found()[0]

    def press(self, words: str) -> None:
        self._qtbot.mouseClick(self.button(words), Qt.MouseButton.LeftButton)

    def until_told(self, words: str) -> None:
        self._qtbot.waitUntil(lambda: words in words_in(self.window))

    def called(self, name: str) -> list[tuple[object, ...]]:
        return [call for call in self.port.calls if call[0] == name]


def words_in(window: QWidget) -> str:
    labels = [one for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
    return "\n".join(one.text() for one in labels)


@pytest.fixture
def port() -> FakeUses:
    return FakeUses(uses("win32"))


@pytest.fixture
def opened(qtbot: QtBot, make_front_end: MakeFrontEnd, port: FakeUses) -> Opened:
    return Opened(qtbot, make_front_end(uses=port), port)


def test_installing_is_told_and_the_page_turns_into_what_can_be_removed(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    port = FakeUses(uses(is_installed=False))
    opened = Opened(qtbot, make_front_end(uses=port), port)
    opened.press("Install the ssh config")
    opened.until_told("Installed: ssh knows your GPU servers by name.")
    opened.press("Remove from the ssh config")
    opened.until_told("Removed: your ssh config is as it was.")
    opened.button("Install the ssh config")


def test_a_fault_is_told_on_its_own_page_and_goes_with_the_next_press(opened: Opened) -> None:
    opened.port.faults = {"store_in_winscp": Fault.of(FaultCode.PROGRAM_RUNNING, program="WinSCP")}
    opened.go_to(Use.WINSCP)
    opened.press("Write into WinSCP's sites")
    opened.until_told("WinSCP is running and would overwrite the change")
    opened.go_to(Use.PUTTY)
    opened.until_told("PuTTY opens a terminal")
    assert "would overwrite" not in words_in(opened.window)
    opened.port.faults = {}
    opened.go_to(Use.WINSCP)
    opened.press("Write into WinSCP's sites")
    opened.until_told("Written: C:/Users/chen/AppData/Roaming/WinSCP.ini")


@pytest.mark.parametrize(
    ("use", "words", "call", "told"),
    [
        (Use.WINSCP, "Start WinSCP", "start_winscp", "WinSCP is starting."),
        (Use.PUTTY, "Start PuTTY", "start_putty", "PuTTY is starting."),
    ],
)
def test_programs_are_started(opened: Opened, use: Use, words: str, call: str, told: str) -> None:
    opened.go_to(use)
    opened.press(words)
    opened.until_told(told)
    assert opened.called(call) == [(call, "s1")]


def test_the_folder_that_was_typed_is_opened(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.EDITOR)
    opened.button("Open in Cursor")
    box = opened.window.findChild(QComboBox, "folder")
    assert isinstance(box, QComboBox)
    assert [box.itemText(row) for row in range(box.count())] == ["/home/chen/project", "/data/imagenet"]
    box.setEditText(" /home/chen/other ")
    opened.press("Open in Cursor")
    opened.until_told("Cursor is asked to open it.")
    assert opened.called("open_folder") == [("open_folder", "s1", "cursor", "/home/chen/other")]


def test_a_text_is_copied_as_it_is_shown(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.TRANSFER)
    page = opened.window._page
    qtbot.waitUntil(lambda: page.findChild(QToolButton, "copy-transfer-0-0") is not None)
    copy = page.findChild(QToolButton, "copy-transfer-0-0")
    assert isinstance(copy, QToolButton)
    assert copy.accessibleName() == "Copy scp: copy a file to the server"
    copy.click()
    line = "scp file lab-gpu:/home/chen/project/"
    assert QGuiApplication.clipboard().text() == line
    assert line in [one.toPlainText() for one in page.findChildren(TextPreview)]
    opened.until_told("Copied.")


@pytest.mark.parametrize("width", [300, 700])
def test_a_text_is_shown_whole_at_any_width(qtbot: QtBot, width: int) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    preview = TextPreview("export A=" + "x" * 90 + "\n" + "short\n" * 3 + "y" * 200 + "\n", "lines")
    room = QVBoxLayout(holder)
    room.addWidget(preview)
    holder.resize(width, 500)
    holder.show()
    qtbot.waitExposed(holder)
    last = preview.document().lastBlock()
    bottom = preview.blockBoundingGeometry(last).translated(preview.contentOffset()).bottom()
    assert preview.viewport().height() >= bottom
    assert preview.viewport().height() < bottom + 2 * preview.fontMetrics().lineSpacing()


def test_a_file_is_saved_where_the_person_wants_it(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    opened.go_to(Use.WINSCP)
    opened.press("Save the INI file...")
    dialog = opened.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert [Path(name).name for name in dialog.selectedFiles()] == ["lab-gpu.ini"]
    assert dialog.defaultSuffix() == "ini"
    dialog.fileSelected.emit(str(tmp_path / "site.ini"))
    dialog.reject()
    opened.until_told(f"Saved: {tmp_path / 'site.ini'}")
    assert opened.called("save") == [("save", "s1", "winscp-ini", tmp_path / "site.ini")]


def test_a_portable_winscp_is_pointed_at(qtbot: QtBot, opened: Opened, tmp_path: Path) -> None:
    opened.port.seen = replace(opened.port.seen, programs={})
    opened.window.refresh()
    opened.go_to(Use.WINSCP)
    opened.press("Choose WinSCP.exe...")
    dialog = opened.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "WinSCP.exe"))
    dialog.reject()
    opened.until_told("This WinSCP is used from now on.")
    assert opened.called("choose_winscp") == [("choose_winscp", tmp_path / "WinSCP.exe")]


class Opener(QObject):
    """In the place of the system's own programs for files."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.seen.append(url.toLocalFile())


@pytest.fixture
def opener(qapp: object) -> Iterator[Opener]:
    made = Opener()
    QDesktopServices.setUrlHandler("file", made, "take")  # type: ignore[arg-type]  # the stub says bytes
    yield made
    QDesktopServices.unsetUrlHandler("file")


def test_a_bookmark_is_opened_once_it_is_saved(opened: Opened, opener: Opener, tmp_path: Path) -> None:
    opened.go_to(Use.CYBERDUCK)
    opened.window.save_to("cyberduck-bookmark", str(tmp_path / "lab.duck"), opens=True)
    opened.until_told("Saved: ")
    assert opener.seen == [str(tmp_path / "lab.duck")]


def test_a_link_that_no_program_opens_is_told(opened: Opened) -> None:
    opened.go_to(Use.LINK)
    opened.press("Open the link")  # Qt's off-screen platform opens nothing
    opened.until_told("The program sftp:// was not found on this computer.")


def test_a_free_plain_port_is_set_and_the_window_looks_again(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    document = scenes.document()
    server = replace(document.servers[0], local_ssh_port=0)
    manager = FakeManager(replace(document, servers=(server, *document.servers[1:])))
    port = FakeUses(uses("win32", has_port=False))
    opened = Opened(qtbot, make_front_end(manager, uses=port), port)
    opened.go_to(Use.FILEZILLA)
    port.seen = uses("win32")
    opened.press("Set a free port")
    opened.button("Save the site file...")
    changed = manager.document.server("s1")
    assert changed is not None
    assert changed.local_ssh_port == 10122


def test_the_editor_opens_at_the_field_that_is_missing(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    port = FakeUses(uses("win32", has_port=False))
    opened = Opened(qtbot, make_front_end(uses=port), port)
    opened.go_to(Use.FILEZILLA)
    opened.press("Edit the server...")
    editor = opened.front_end.windows.get("edit-s1")
    assert isinstance(editor, ServerEditor)
    field = editor.findChild(QWidget, "field-local_ssh_port")
    assert field is not None
    assert field.isVisibleTo(editor)


def test_a_change_of_the_profiles_is_followed_and_a_removed_server_closes_its_window(
    qtbot: QtBot, opened: Opened
) -> None:
    opened.go_to(Use.SSH_CONFIG)
    looks = len(opened.called("of"))
    opened.front_end.hear(DocumentChanged(scenes.document()))
    qtbot.waitUntil(lambda: len(opened.called("of")) == looks + 1)
    opened.front_end.hear(ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED)))
    qtbot.waitUntil(lambda: len(opened.called("of")) == looks + 2)
    opened.front_end.hear(DocumentChanged(without_server(scenes.document(), "s1")))
    qtbot.waitUntil(lambda: opened.front_end.windows.get("uses-s1") is None)


@pytest.mark.parametrize("use", [Use.SSH_CONFIG, Use.EDITOR, Use.WINSCP, Use.BROWSER])
def test_everything_that_can_be_used_has_a_name_for_screen_readers(opened: Opened, use: Use) -> None:
    opened.go_to(use)
    for kind in (QToolButton, QComboBox, QPlainTextEdit, QLineEdit, QListWidget):
        for widget in opened.window.findChildren(kind):
            assert widget.accessibleName(), (use, widget)
    items = opened.window._ways
    spoken = [items.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(items.count())]
    assert "ssh, scp, git: installed" in spoken


def test_looking_that_fails_can_be_tried_again(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    port = FakeUses(faults={"of": Fault.of(FaultCode.FILE_UNREADABLE, path="/k", reason="denied")})
    opened = Opened(qtbot, make_front_end(uses=port), port)
    opened.until_told("The file /k cannot be read: denied.")
    port.faults = {}
    opened.press("Try again")
    opened.until_told("ssh, scp, rsync, git and VS Code reach lab-gpu by its name.")


def test_another_language_keeps_the_page_that_is_shown(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.PUTTY)
    opened.until_told("PuTTY opens a terminal on lab-gpu")
    opened.front_end._translators.use("zh_CN")
    opened.until_told("PuTTY 会打开 lab-gpu 的终端")
    assert opened.window.windowTitle() == "在其他程序中使用 lab-gpu"
    opened.front_end._translators.use("en")
    opened.until_told("PuTTY opens a terminal on lab-gpu")


def test_a_renamed_server_is_renamed_in_the_title(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.PUTTY)
    opened.port.seen = replace(opened.port.seen, alias="renamed")
    opened.window.refresh()
    qtbot.waitUntil(lambda: opened.window.windowTitle() == "Use renamed from...")


def test_a_page_of_the_server_is_opened_in_a_browser(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.BROWSER)
    page = opened.window._page
    qtbot.waitUntil(lambda: page.findChild(QToolButton, "open-copy-browser-0-0") is not None)
    follow = page.findChild(QToolButton, "open-copy-browser-0-0")
    assert isinstance(follow, QToolButton)
    assert follow.accessibleName() == "Open Jupyter"
    follow.click()  # Qt's off-screen platform opens nothing
    opened.until_told("The program http:// was not found on this computer.")


def test_one_thing_is_done_after_the_other(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.WINSCP)
    opened.button("Start WinSCP").click()
    opened.button("Start WinSCP").click()
    opened.until_told("WinSCP is starting.")
    opened.window.refresh()
    qtbot.waitUntil(lambda: opened.port.calls[-1] == ("of", "s1"))
    assert len(opened.called("start_winscp")) == 1


def test_looking_that_takes_long_shows_it_and_closing_is_enough(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    port = FakeUses(gate=threading.Event())
    assert port.gate is not None
    opened = Opened(qtbot, make_front_end(uses=port), port)
    assert "Looking for programs" not in words_in(opened.window)
    opened.until_told("Looking for programs and keys on this computer...")
    opened.window.close()
    qtbot.waitUntil(lambda: opened.front_end.windows.get("uses-s1") is None)
    port.gate.set()
    qtbot.waitUntil(lambda: bool(opened.called("of")))  # and nothing happens to the window that is gone


def test_the_keyboard_stays_where_it_was_when_the_page_is_drawn_anew(qtbot: QtBot, opened: Opened) -> None:
    opened.go_to(Use.WINSCP)
    button = opened.button("Start WinSCP")
    name = button.objectName()
    button.setFocus()
    opened.port.seen = replace(opened.port.seen, alias="renamed")
    opened.window.refresh()
    opened.until_told("WinSCP opens renamed")
    focused = opened.window.focusWidget()
    assert focused is not None
    assert focused is not button
    assert focused.objectName() == name


# --- the key


class Conversions:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.fault: Fault | None = None

    def __call__(self, passphrase: str, new: str, done: object) -> None:
        self.asked.append((passphrase, new))
        done(self.fault)  # type: ignore[operator]


def key_dialog(qtbot: QtBot, conversions: Conversions, *, encrypted: bool = True) -> ConvertKeyDialog:
    key = KeyState(identity="/k/id", is_encrypted=encrypted, ppk="/k/id.ppk")
    dialog = ConvertKeyDialog(key, conversions)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def convert_button(dialog: ConvertKeyDialog) -> QPushButton:
    found = dialog.findChild(QPushButton, "convert")
    assert isinstance(found, QPushButton)
    return found


def choose(dialog: ConvertKeyDialog, kind: str) -> None:
    box = dialog.findChild(QComboBox, "kind")
    assert isinstance(box, QComboBox)
    box.setCurrentIndex(box.findData(kind))


def test_the_new_key_has_the_same_passphrase_unless_one_chooses(qtbot: QtBot) -> None:
    conversions = Conversions()
    dialog = key_dialog(qtbot, conversions)
    assert not convert_button(dialog).isEnabled()
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    convert_button(dialog).click()
    assert conversions.asked == [(PASSPHRASE, PASSPHRASE)]
    assert not dialog.isVisible()
    assert dialog.passphrase.text() == ""


def test_a_readable_file_takes_a_tick_at_the_warning(qtbot: QtBot) -> None:
    conversions = Conversions()
    dialog = key_dialog(qtbot, conversions)
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    sure = dialog.findChild(QCheckBox, "sure")
    assert isinstance(sure, QCheckBox)
    assert not sure.isVisible()
    choose(dialog, "none")
    assert sure.isVisible()
    assert not sure.isChecked()
    assert not convert_button(dialog).isEnabled()
    sure.setChecked(True)
    convert_button(dialog).click()
    assert conversions.asked == [(PASSPHRASE, "")]


def test_another_passphrase_is_typed_twice(qtbot: QtBot) -> None:
    conversions = Conversions()
    dialog = key_dialog(qtbot, conversions)
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    choose(dialog, "other")
    qtbot.keyClicks(dialog.new, "new")
    qtbot.keyClicks(dialog.repeated, "ne")
    assert not convert_button(dialog).isEnabled()
    qtbot.keyClicks(dialog.repeated, "w")
    convert_button(dialog).click()
    assert conversions.asked == [(PASSPHRASE, "new")]


def test_a_key_without_a_passphrase_needs_none_and_no_warning(qtbot: QtBot) -> None:
    conversions = Conversions()
    dialog = key_dialog(qtbot, conversions, encrypted=False)
    assert not dialog.passphrase.isVisible()
    convert_button(dialog).click()
    assert conversions.asked == [("", "")]


def test_a_wrong_passphrase_is_told_and_the_dialog_stays(qtbot: QtBot) -> None:
    conversions = Conversions()
    conversions.fault = Fault.of(FaultCode.PASSPHRASE_WRONG, path="/k/id")
    dialog = key_dialog(qtbot, conversions)
    qtbot.keyClicks(dialog.passphrase, "wrong")
    convert_button(dialog).click()
    assert dialog.isVisible()
    assert "The passphrase does not open the key file /k/id." in words_in(dialog)
    assert "wrong" not in words_in(dialog).replace("wrong one", "")
    conversions.fault = None
    convert_button(dialog).click()
    assert not dialog.isVisible()


def test_the_key_is_converted_in_the_background_and_the_page_follows(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    port = FakeUses(uses("win32", has_ppk=False))
    opened = Opened(qtbot, make_front_end(uses=port), port)
    opened.go_to(Use.WINSCP)
    opened.press("Convert the key...")
    dialog = opened.window.findChild(ConvertKeyDialog)
    assert isinstance(dialog, ConvertKeyDialog)
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    convert_button(dialog).click()
    opened.until_told("Converted: ")
    opened.until_told("It was converted from your OpenSSH key")
    assert opened.called("convert_key") == [("convert_key", "s1", PASSPHRASE, PASSPHRASE)]


# --- the rest of the program


def test_editors_are_found_at_the_start_and_opened_from_the_menu(
    qtbot: QtBot, make_front_end: MakeFrontEnd, port: FakeUses
) -> None:
    front_end = make_front_end(uses=port)
    front_end.start()
    qtbot.waitUntil(lambda: front_end.live.editors == (VSCODE, CURSOR, VSCODIUM))
    front_end.commands.do(open_in_editor("s1", "vscode", "/home/chen/a/b"))
    qtbot.waitUntil(lambda: ("open_folder", "s1", "vscode", "/home/chen/a/b") in port.calls)
    qtbot.waitUntil(lambda: "Opening: lab-gpu /home/chen/a/b" in words_in(front_end.window))
    port.faults = {"open_folder": Fault.of(FaultCode.PROGRAM_MISSING, program="Zed")}
    front_end.commands.do(open_in_editor("s1", "zed", ""))
    qtbot.waitUntil(lambda: "The program Zed was not found" in words_in(front_end.window))


def test_ports_that_moved_are_told_with_what_must_be_reopened(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    front_end = make_front_end()
    front_end.start()
    front_end.hear(PortsMoved(scenes.PORTS_MOVED))
    shown = words_in(front_end.window)
    assert 'The SOCKS port of the relay "tokyo-relay" is now 10082, no longer 10080.' in shown
    assert "WinSCP and PuTTY: open sessions anew" in shown


def test_a_program_that_hands_over_nothing_has_no_such_window(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    front_end = make_front_end()
    front_end.start()
    for action in (Action(Command.OPEN_USES, "s1"), open_in_editor("s1", "vscode", "/x")):
        front_end.commands.do(action)
    assert front_end.windows.get("uses-s1") is None
    assert front_end.window.findChild(QPushButton, "uses") is None


def editor_of(front_end: FrontEnd, options: str) -> ServerEditor:
    """The editor of lab-gpu with these lines in it, once Save was pressed."""
    front_end.start()
    front_end.commands.do(Action(Command.EDIT_SERVER_FIELD, "s1/ssh_options"))
    editor = front_end.windows.get("edit-s1")
    assert isinstance(editor, ServerEditor)
    field = editor.findChild(QPlainTextEdit, "field-ssh_options")
    assert isinstance(field, QPlainTextEdit)
    field.setPlainText(options)
    editor._save_button.click()
    return editor


def test_ssh_options_that_ssh_refuses_are_not_saved(
    qtbot: QtBot, make_front_end: MakeFrontEnd, port: FakeUses
) -> None:
    manager = FakeManager(scenes.document())
    editor = editor_of(make_front_end(manager, uses=port), "nonsense yes")
    qtbot.waitUntil(lambda: "ssh does not accept the extra ssh options of lab-gpu" in words_in(editor))
    assert editor.isVisible()
    assert manager.document == scenes.document()


@pytest.mark.parametrize("has_ssh", [True, False])
def test_ssh_options_are_saved_when_ssh_takes_them_or_is_not_there(
    qtbot: QtBot, make_front_end: MakeFrontEnd, port: FakeUses, has_ssh: bool
) -> None:
    if not has_ssh:
        port.faults = {"check_ssh_options": Fault.of(FaultCode.PROGRAM_MISSING, program="ssh")}
    manager = FakeManager(scenes.document())
    editor_of(make_front_end(manager, uses=port), "LogLevel ERROR")
    qtbot.waitUntil(lambda: manager.document.servers[0].ssh_options == ("LogLevel ERROR",))
    assert ("check_ssh_options", ("LogLevel ERROR",)) in port.calls
