"""The whole user interface around a fake manager, without a tray: what is heard is shown, what is chosen "
"is done."""

from __future__ import annotations

import logging
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.events import Asked, Notice, QuitRequested, RaiseRequested, Withdrawn
from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document, Settings
from app.log_setup import LogMemory
from app.ui.actions import Action, Command
from app.ui.application import end_session
from app.ui.detail_page import DetailPage
from app.ui.front_end import FrontEnd
from app.ui.host_key_changed import HostKeyChanged
from app.ui.import_dialog import ImportDialog
from app.ui.log_window import LogWindow
from app.ui.parts import Parts
from app.ui.relay_editor import RelayEditor
from app.ui.secrets_list import SecretsList
from app.ui.settings_dialog import SettingsDialog
from app.ui.translations import language_for
from tests.ui import scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_manager import FakeManager, FakeSecretName, FakeSecrets, FakeStore, fake_parts


def parts_of(front_end: FrontEnd) -> Parts:
    return front_end._parts


def do(front_end: FrontEnd, command: Command, subject: str = "") -> None:
    front_end.commands.do(Action(command, subject))


def words_in(window: QWidget) -> str:
    labels = [one for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
    return "\n".join(one.text() for one in labels)


def dialog(front_end: FrontEnd, key: str) -> QWidget:
    found = front_end.windows.get(key)
    assert found is not None, key
    return found


def test_without_a_tray_the_window_opens_and_shows_what_is_heard(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    manager = FakeManager(scenes.document(), {"s2": scenes.TUNNEL_DOWN})
    front_end = make_front_end(manager)
    front_end.start()
    assert front_end.window.isVisible()
    do(front_end, Command.CONNECT, "s1")
    qtbot.waitUntil(lambda: "Connecting to tokyo-relay" in words_in(front_end.window))
    manager.settle()
    qtbot.waitUntil(lambda: "Connected: its sshd answered" in words_in(front_end.window))
    do(front_end, Command.CONNECT, "s2")
    manager.settle()
    do(front_end, Command.SHOW_SERVER, "s2")
    qtbot.waitUntil(lambda: "nothing listens on its port 22223" in words_in(front_end.window))


def test_the_main_button_connects_and_disconnects(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    front_end.start()
    page = front_end.window.findChild(DetailPage)
    assert isinstance(page, DetailPage)
    button = cast("QPushButton", page.main_button)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    manager.settle()
    qtbot.waitUntil(lambda: button.text() == "Disconnect")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: button.text() == "Connect")
    assert [call for call in manager.calls if call[1] == "s1"] == [("connect", "s1"), ("disconnect", "s1")]


def test_a_newcomer_is_led_to_the_first_relay_and_told_to_ask(make_front_end: MakeFrontEnd) -> None:
    front_end = make_front_end(FakeManager(Document()))
    front_end.start()
    assert "Ask the owner of the GPU server" in words_in(front_end.window)
    button = front_end.window.findChild(QPushButton, "add-first-relay")
    assert button is not None
    button.click()
    assert isinstance(dialog(front_end, "new-relay"), RelayEditor)


def test_what_is_copied(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    front_end = make_front_end()
    front_end.start()
    clipboard = QGuiApplication.clipboard()

    def holds(text: str) -> bool:
        return clipboard.text() == text

    for command, subject, text in (
        (Command.COPY_SSH_CONFIG, "s1", "Host lab-gpu\n    HostName lab-gpu.relaytray.internal\n"),
        (Command.COPY_SOCKS_ADDRESS, "r1", "socks5h://127.0.0.1:10080"),
        (Command.COPY_ENVIRONMENT_SH, "r1", "export ALL_PROXY=socks5h://127.0.0.1:10080"),
        (Command.COPY_ENVIRONMENT_POWERSHELL, "r1", "$env:ALL_PROXY=socks5h://127.0.0.1:10080"),
        (Command.COPY_ENVIRONMENT_CMD, "r2", "set ALL_PROXY=socks5h://127.0.0.1:10081"),
    ):
        do(front_end, command, subject)
        qtbot.waitUntil(partial(holds, text))


def test_a_changed_port_is_stored_and_used(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document())
    manager.busy_ports[10080] = scenes.PORT_BUSY
    front_end = make_front_end(manager)
    front_end.start()
    qtbot.waitUntil(lambda: "nginx (pid 12)" in words_in(front_end.window))
    button = next(one for one in front_end.window.findChildren(QPushButton) if one.text() == "Use port 10082")
    button.click()
    qtbot.waitUntil(lambda: manager.document.relays[0].socks_port == 10082)
    assert cast("FakeStore", parts_of(front_end).store).document.relays[0].socks_port == 10082
    qtbot.waitUntil(lambda: "nginx" not in words_in(front_end.window))


def test_removing_asks_first(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    front_end.start()
    do(front_end, Command.REMOVE_SERVER, "s1")
    box = dialog(front_end, "remove")
    assert isinstance(box, QMessageBox)
    assert manager.document.server("s1") is not None
    next(one for one in box.buttons() if one.text() == "Remove").click()
    qtbot.waitUntil(lambda: manager.document.server("s1") is None)


def test_a_relay_in_use_is_not_removed(make_front_end: MakeFrontEnd) -> None:
    front_end = make_front_end()
    front_end.start()
    do(front_end, Command.REMOVE_RELAY, "r1")
    assert front_end.windows.get("remove") is None
    assert "lab-gpu, a100-box" in words_in(front_end.window)


def test_a_file_that_cannot_be_written_is_told(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    class Full(FakeStore):
        def edit(self, change: object) -> Document:
            raise error(FaultCode.FILE_UNWRITABLE, path="/x/profiles.json", reason="disk full")

    front_end = make_front_end(store=Full(scenes.document()))
    front_end.start()
    front_end.editing.store(lambda document: document)
    qtbot.waitUntil(lambda: "disk full" in words_in(front_end.window))


def test_questions_and_notices_from_other_threads(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    front_end.start()
    question = scenes.passphrase_question()
    front_end.background.run(lambda: manager.publish(Asked(question)))
    qtbot.waitUntil(lambda: front_end.prompts.dialog is not None)
    manager.publish(Withdrawn(question.id))
    qtbot.waitUntil(lambda: front_end.prompts.dialog is None)
    manager.publish(Notice(Fault.of(FaultCode.KEYRING_LOCKED)))
    qtbot.waitUntil(lambda: "keyring is locked" in words_in(front_end.window))


def test_a_second_start_raises_the_window(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    front_end.start()
    front_end.window.hide()
    manager.publish(RaiseRequested())
    qtbot.waitUntil(front_end.window.isVisible)


@pytest.mark.parametrize("how", ["menu", "command line", "window without tray"])
def test_quitting_stops_the_manager_once_and_then_ends(
    qtbot: QtBot, make_front_end: MakeFrontEnd, how: str
) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    ended: list[bool] = []
    front_end._quit_program = lambda: ended.append(True)
    front_end.start()
    question = scenes.host_key_question()
    manager.publish(Asked(question))
    qtbot.waitUntil(lambda: front_end.prompts.dialog is not None)
    if how == "menu":
        do(front_end, Command.QUIT)
        do(front_end, Command.QUIT)
    elif how == "command line":
        manager.publish(QuitRequested())
    else:
        front_end.window.close()
    qtbot.waitUntil(lambda: ended == [True])
    assert manager.calls.count(("stop", "")) == 1
    assert question.answer.result(0) is None
    assert not front_end.window.isVisible()


def test_the_end_of_the_session_stops_at_once(make_front_end: MakeFrontEnd, tmp_path: Path) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    front_end.start()
    given_back_before: list[bool] = []
    parts = fake_parts(manager, tmp_path, give_back=lambda: given_back_before.append(not manager.calls))
    manager.calls.clear()
    end_session(parts, front_end)
    assert ("stop", "") in manager.calls
    assert given_back_before == [True], "the system's proxy, while there is still time"


def test_the_language_changes_while_it_runs(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document())
    front_end = make_front_end(manager)
    front_end.start()
    do(front_end, Command.OPEN_SETTINGS)
    settings = dialog(front_end, "settings")
    assert isinstance(settings, SettingsDialog)
    index = settings._language.findData("zh_CN")
    settings._language.setCurrentIndex(index)
    settings._save()
    chinese = "\u672c\u673a\u7aef\u53e3"  # none of the page; the status line below is
    status = "\u672a\u542f\u7528"
    qtbot.waitUntil(lambda: status in words_in(front_end.window))
    assert chinese not in words_in(front_end.window)
    front_end.editing.store(lambda document: replace(document, settings=Settings(language="en")))
    qtbot.waitUntil(lambda: "Off. It connects" in words_in(front_end.window))


def test_settings_keep_what_they_do_not_show(make_front_end: MakeFrontEnd) -> None:
    settings = Settings(language="en", extra={"newer": 1}, log_level="debug", default_server_id="s2")
    document = replace(scenes.document(), settings=settings)
    made = SettingsDialog(document, lambda _settings: None, SecretsList(lambda _name: None), is_macos=False)
    assert made.chosen() == settings
    made.deleteLater()


def test_remembered_secrets_are_listed_and_forgotten(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    secrets = FakeSecrets([FakeSecretName("passphrase", "/k"), FakeSecretName("password", "me@h")])
    front_end = make_front_end(secrets=secrets)
    front_end.start()
    do(front_end, Command.OPEN_SETTINGS)
    settings = dialog(front_end, "settings")
    qtbot.waitUntil(lambda: "Passphrase of /k" in words_in(settings))
    button = next(
        one for one in settings.findChildren(QWidget) if one.accessibleName() == "Forget: Passphrase of /k"
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Passphrase of /k" not in words_in(settings))
    assert [name.subject for name in secrets.known] == ["me@h"]


def test_a_changed_host_key_is_explained_without_a_button_that_accepts(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    manager = FakeManager(scenes.document(), {"s1": scenes.KEY_CHANGED})
    front_end = make_front_end(manager)
    front_end.start()
    do(front_end, Command.CONNECT, "s1")
    manager.settle()
    qtbot.waitUntil(lambda: front_end.live.server("s1").fault is not None)
    do(front_end, Command.EXPLAIN_HOST_KEY, "s1")
    explained = dialog(front_end, "host-key")
    assert isinstance(explained, HostKeyChanged)
    assert scenes.FINGERPRINT in words_in(explained)
    assert scenes.OTHER_FINGERPRINT in words_in(explained)
    assert len(explained.findChildren(QPushButton)) == 1


def test_an_import_is_previewed_and_only_what_is_ticked_is_taken(
    qtbot: QtBot, make_front_end: MakeFrontEnd
) -> None:
    from app.core.ssh_config_import import Preview, Skipped, SkipReason

    given = scenes.document()
    preview = Preview(given.relays, given.servers, (Skipped("hop", SkipReason.SEVERAL_JUMPS, "a,b"),))
    manager = FakeManager(Document())
    front_end = make_front_end(manager, import_ssh_config=lambda _path: preview)
    front_end.start()
    do(front_end, Command.IMPORT_SSH_CONFIG)
    qtbot.waitUntil(lambda: front_end.windows.get("import") is not None)
    shown = dialog(front_end, "import")
    assert isinstance(shown, ImportDialog)
    assert "hop was left out" in words_in(shown)
    for item in shown._items():
        item.setCheckState(0, Qt.CheckState.Unchecked)
    next(item for item in shown._items() if item.text(0) == "lab-gpu").setCheckState(0, Qt.CheckState.Checked)
    shown._import()
    qtbot.waitUntil(lambda: bool(manager.document.servers))
    assert [server.alias for server in manager.document.servers] == ["lab-gpu"]
    assert [relay.name for relay in manager.document.relays] == ["tokyo-relay"]


def test_the_log_window_follows_filters_and_lets_go(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    front_end = make_front_end()
    front_end.start()
    memory = cast("LogMemory", parts_of(front_end).log_memory)

    def log(text: str, level: int = logging.INFO) -> None:
        memory.handle(
            logging.makeLogRecord({"msg": text, "levelno": level, "levelname": "X", "name": "relaytray"})
        )

    log("early")
    do(front_end, Command.OPEN_LOG)
    window = dialog(front_end, "log")
    assert isinstance(window, LogWindow)
    assert "early" in window.shown_text()

    def flood() -> None:
        for number in range(2000):
            log(f"line {number}")

    front_end.background.run(flood)
    qtbot.waitUntil(lambda: "line 1999" in window.shown_text())
    log("hidden", logging.DEBUG)
    window._filter.setText("line 1999")
    assert window.shown_text().count("\n") == 0
    window.close()
    qtbot.waitUntil(lambda: front_end.windows.get("log") is None)
    assert not memory._listeners


def test_the_log_is_saved(qtbot: QtBot, make_front_end: MakeFrontEnd, tmp_path: Path) -> None:
    front_end = make_front_end()
    front_end._save_text(tmp_path / "log.txt", "words\n")
    qtbot.waitUntil((tmp_path / "log.txt").exists)
    front_end._save_text(tmp_path / "missing" / "log.txt", "words\n")
    qtbot.waitUntil(lambda: front_end.window._notice is not None)


def test_when_idle_one_timer_runs(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    front_end = make_front_end()
    front_end.start()
    qtbot.waitUntil(lambda: front_end._keyring is not None)
    owners: list[QObject] = [front_end, front_end.window, front_end.tray]
    timers = {id(timer): timer for owner in owners for timer in owner.findChildren(QTimer)}
    running = [timer for timer in timers.values() if timer.isActive() and not timer.isSingleShot()]
    assert running == [front_end._heartbeat]


def test_retries_of_the_same_trouble_are_told_once(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    manager = FakeManager(scenes.document(), {"r1": scenes.TIMED_OUT})
    front_end = make_front_end(manager)
    front_end.start()
    told: list[str] = []
    front_end.tray.tell = lambda title, message, *, is_trouble: told.append(title)  # type: ignore[method-assign]
    front_end.window.hide()
    for _ in range(3):
        do(front_end, Command.CONNECT, "s1")
        manager.settle()
    manager.faults.clear()
    do(front_end, Command.CONNECT, "s1")
    manager.settle()
    manager.publish(RaiseRequested())
    qtbot.waitUntil(front_end.window.isVisible)
    assert told == ["lab-gpu", "lab-gpu"]


@pytest.mark.parametrize(
    ("wanted", "language"), [("zh_CN", "zh_CN"), ("zh_TW", "zh_CN"), ("fr", "en"), ("en", "en")]
)
def test_what_we_do_not_speak_becomes_english(wanted: str, language: str) -> None:
    assert language_for(wanted) == language
