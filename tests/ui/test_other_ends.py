"""Setting relays up and bringing servers online through the real windows, around scripted other ends."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.core.events import DocumentChanged, EnrolmentTold, ServerChanged
from app.core.faults import Fault, FaultCode
from app.core.profiles import (
    AdminLogin,
    Authentication,
    Document,
    Enrolment,
    EnrolmentState,
    SetupMode,
)
from app.core.provisioning import LineOptions, SetupOptions, Step
from app.core.states import ServerPhase, ServerState
from app.ui import watching
from app.ui.actions import Action, Command
from app.ui.detail_model import detail_of_relay, detail_of_server
from app.ui.front_end import FrontEnd
from app.ui.line_window import LineWindow
from app.ui.live_state import LiveState
from app.ui.places_list import PlacesList, items_of
from app.ui.relay_editor import RelayEditor
from app.ui.remove_dialogs import RemoveRelayDialog, RemoveServerDialog
from app.ui.server_editor import ServerEditor
from app.ui.setup_window import SetUpWindow
from app.ui.tray_model import IconState, Mark, icon_state, left_click, view
from app.ui.wording import told, told_fault
from tests.ui import scenes, setup_scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_manager import FakeManager, FakePinnedKeys, FakeStore
from tests.ui.fake_setup import LINE, REMOVAL_LINE, FakeSetup

REFUSED = Fault.of(FaultCode.LOGIN_REFUSED, user="ubuntu", host="203.0.113.7", methods="publickey")
LOST = Fault.of(FaultCode.LINK_LOST, host="203.0.113.7", reason="reset")


class Program:
    """A front end around one document, whose other ends are scripted."""

    def __init__(
        self, qtbot: QtBot, make_front_end: MakeFrontEnd, document: Document, **changes: Any
    ) -> None:
        self.qtbot = qtbot
        self.manager = FakeManager(document)
        self.store = FakeStore(document)
        self.port = FakeSetup(lambda: self.manager.document, self._edit, **changes)
        self.front_end: FrontEnd = make_front_end(
            self.manager, setup=self.port, store=self.store, pinned_keys=FakePinnedKeys([scenes.FINGERPRINT])
        )
        self.front_end.start()

    def _edit(self, change: Callable[[Document], Document]) -> None:
        self.manager.replace_document(self.store.edit(change))

    def do(self, command: Command, subject: str = "") -> None:
        self.front_end.commands.do(Action(command, subject))

    def until(self, is_so: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(is_so, timeout=5000)

    def window(self, key: str) -> QWidget:
        self.until(lambda: self.front_end.windows.get(key) is not None)
        found = self.front_end.windows.get(key)
        assert found is not None
        return found

    def press(self, window: QWidget, name: str) -> None:
        def ready() -> list[QAbstractButton]:
            found = window.findChildren(QAbstractButton, name)
            return [one for one in found if one.isVisibleTo(window) and one.isEnabled()]

        self.until(lambda: bool(ready()))
        self.qtbot.mouseClick(ready()[0], Qt.MouseButton.LeftButton)

    def until_told(self, window: QWidget, words: str) -> None:
        self.until(lambda: words in words_in(window))

    def called(self, name: str) -> list[tuple[object, ...]]:
        return [call for call in self.port.calls if call[0] == name]


def words_in(window: QWidget) -> str:
    labels = [one for one in window.findChildren(QLabel) if one.isVisibleTo(window)]
    return "\n".join(one.text() for one in labels)


@pytest.fixture
def program(qtbot: QtBot, make_front_end: MakeFrontEnd) -> Program:
    """A relay that is not set up."""
    return Program(qtbot, make_front_end, scenes.document())


@pytest.fixture
def ready(qtbot: QtBot, make_front_end: MakeFrontEnd) -> Program:
    """A relay that is set up, and a server that no line was made for."""
    return Program(qtbot, make_front_end, setup_scenes.document(None))


@pytest.fixture
def enrolled(qtbot: QtBot, make_front_end: MakeFrontEnd) -> Program:
    return Program(qtbot, make_front_end, setup_scenes.document(EnrolmentState.ONLINE))


# --- the set-up


def test_a_relay_is_set_up_step_by_step_and_a_server_comes_next(program: Program) -> None:
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.press(window, "look")
    program.until_told(window, "Nothing is changed yet.")
    assert not program.called("set_up")
    program.press(window, "start")
    program.until_told(window, "tokyo-relay is set up.")
    assert words_in(window).count("Done and checked.") == len(Step)
    assert program.called("set_up") == [("set_up", "r1", SetupOptions(), None)]
    program.press(window, "add-server")
    editor = program.window("new-server")
    assert isinstance(editor, ServerEditor)
    assert editor.result_value().relay_id == "r1"
    editor.close()


def test_each_step_is_shown_as_it_runs_and_a_cancel_ends_it(program: Program) -> None:
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.press(window, "look")
    program.until_told(window, "Nothing is changed yet.")
    program.port.gate = threading.Event()
    program.press(window, "start")
    program.until_told(window, "Being done...")
    program.press(window, "cancel")
    program.until_told(window, "You cancelled. What is done stays")
    program.port.gate.set()
    program.press(window, "start")  # "Try again"
    program.until_told(window, "tokyo-relay is set up.")


def test_another_login_and_fewer_wishes_are_handed_on(program: Program) -> None:
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    assert isinstance(window, SetUpWindow)
    boxes = window.findChildren(QComboBox)
    login, kind, how_far = boxes[0], boxes[1], boxes[2]
    login.setCurrentIndex(1)
    look = window.findChild(QAbstractButton, "look")
    assert isinstance(look, QAbstractButton)
    assert not look.isEnabled()  # nobody is named yet
    user = window.findChild(QLineEdit, "field-user")
    assert isinstance(user, QLineEdit)
    program.qtbot.keyClicks(user, "root")
    kind.setCurrentIndex(kind.findData(Authentication.PASSWORD.value))
    how_far.setCurrentIndex(how_far.findData(SetupMode.ACCOUNT.value))
    QApplication.sendEvent(window, QEvent(QEvent.Type.LanguageChange))  # nothing of that is lost
    program.press(window, "look")
    options = SetupOptions(mode=SetupMode.ACCOUNT, with_bbr=False)
    root = AdminLogin(user="root", authentication=Authentication.PASSWORD)
    program.until(lambda: program.called("plan") == [("plan", "r1", options, root)])
    program.press(window, "start")
    program.until(lambda: program.called("set_up") == [("set_up", "r1", options, root)])
    program.until_told(window, "tokyo-relay is set up.")


def test_how_far_a_set_up_goes_is_settled_until_it_is_taken_away(ready: Program) -> None:
    ready.do(Command.SET_UP_RELAY, "r1")
    window = ready.window("set-up-r1")
    how_far = next(one for one in window.findChildren(QComboBox) if one.findData("account") >= 0)
    assert not how_far.isEnabled()
    login = window.findChildren(QComboBox)[0]
    assert login.currentText() == "ubuntu, as last time"


def test_a_login_that_is_refused_is_told_where_it_can_be_changed(program: Program) -> None:
    program.port.faults["plan"] = REFUSED
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.press(window, "look")
    program.until_told(window, told_fault(REFUSED))
    assert window.findChild(QAbstractButton, "look").isVisibleTo(window)  # type: ignore[union-attr]
    del program.port.faults["plan"]
    program.press(window, "look")
    program.until_told(window, "Nothing is changed yet.")


def test_a_failed_step_is_named_and_tried_again(program: Program) -> None:
    program.port.stop_at = Step.SSHD
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.press(window, "look")
    program.press(window, "start")
    program.until_told(window, 'The step "Settings of sshd for these accounts only" failed on 203.0.113.7')
    program.port.stop_at = None
    program.press(window, "start")
    program.until_told(window, "tokyo-relay is set up.")


def test_closing_the_window_cancels_and_what_fails_then_is_told_elsewhere(program: Program) -> None:
    program.port.gate = threading.Event()
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.port.faults["set_up"] = LOST
    program.port.gate.set()
    program.press(window, "look")
    program.until_told(window, "Nothing is changed yet.")
    program.press(window, "start")
    window.close()
    program.until(lambda: "203.0.113.7" in program.front_end.window._notice_words.text())


def test_going_back_changes_the_wishes(program: Program) -> None:
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.press(window, "look")
    program.press(window, "back")
    program.press(window, "look")
    program.until(lambda: len(program.called("plan")) == 2)
    program.until_told(window, "Nothing is changed yet.")


def test_the_window_follows_a_change_of_language_and_theme(program: Program, qtbot: QtBot) -> None:
    program.do(Command.SET_UP_RELAY, "r1")
    window = program.window("set-up-r1")
    program.press(window, "look")
    program.until_told(window, "Nothing is changed yet.")
    settings = replace(program.manager.document.settings, language="zh_CN")
    program.manager.replace_document(replace(program.manager.document, settings=settings))
    program.until(lambda: "sshd" in words_in(window) and "Nothing is changed yet." not in words_in(window))


def test_a_new_relay_is_offered_its_set_up_and_a_new_server_its_line(ready: Program) -> None:
    ready.do(Command.ADD_RELAY)
    editor = ready.window("new-relay")
    assert isinstance(editor, RelayEditor)
    for field, words in (("name", "second"), ("host", "203.0.113.9"), ("user", "me"), ("identity", "~/k")):
        widget = editor.form.editor(field)
        assert widget is not None
        line = widget if isinstance(widget, QLineEdit) else widget.findChild(QLineEdit)
        assert isinstance(line, QLineEdit)
        line.setText(words)
    editor._try_to_save()
    ready.until(lambda: any("set-up-" in key for key in ready.front_end.windows._open))
    ready.do(Command.ADD_SERVER, "r1")
    server_editor = ready.window("new-server")
    assert isinstance(server_editor, ServerEditor)
    server_editor._alias.setText("new-gpu")
    server_editor._try_to_save()
    ready.until(lambda: any(key.startswith("line-") for key in ready.front_end.windows._open))


def test_a_server_behind_a_relay_that_is_not_set_up_is_offered_no_line(program: Program) -> None:
    program.do(Command.ADD_SERVER, "r1")
    editor = program.window("new-server")
    assert isinstance(editor, ServerEditor)
    editor._alias.setText("new-gpu")
    editor._user.setText("chen")
    editor._try_to_save()
    program.until(lambda: program.manager.document.server_named("new-gpu") is not None)
    program.until(lambda: program.front_end.live.document.server_named("new-gpu") is not None)
    assert not any(key.startswith("line-") for key in program.front_end.windows._open)


# --- taking it away


def test_the_set_up_is_taken_away_after_a_look(enrolled: Program) -> None:
    enrolled.do(Command.TAKE_SETUP_AWAY, "r1")
    window = enrolled.window("take-away-r1")
    enrolled.until_told(window, "no longer reached through it afterwards: lab-gpu, a100-box")
    enrolled.press(window, "start")
    enrolled.until_told(window, "tokyo-relay is as it was before RelayTray.")
    assert enrolled.manager.document.relays[0].setup is SetupMode.NONE


def test_a_relay_goes_from_the_list_after_its_set_up_is_taken_away(ready: Program) -> None:
    ready.store.document = replace(ready.store.document, servers=())
    ready.manager.replace_document(ready.store.document)
    ready.until(lambda: not ready.front_end.live.document.servers)
    ready.do(Command.REMOVE_RELAY, "r1")
    dialog = ready.window("remove-r1")
    assert isinstance(dialog, RemoveRelayDialog)
    ready.press(dialog, "remove")
    window = ready.window("take-away-r1")
    ready.press(window, "start")
    ready.until_told(window, "no longer in its list")
    ready.until(lambda: ready.manager.document.relay("r1") is None)


def test_a_relay_can_go_while_its_set_up_stays(ready: Program) -> None:
    ready.store.document = replace(ready.store.document, servers=())
    ready.manager.replace_document(ready.store.document)
    ready.until(lambda: not ready.front_end.live.document.servers)
    ready.do(Command.REMOVE_RELAY, "r1")
    dialog = ready.window("remove-r1")
    assert isinstance(dialog, RemoveRelayDialog)
    dialog.also_there.setChecked(False)
    ready.press(dialog, "remove")
    ready.until(lambda: ready.manager.document.relay("r1") is None)
    assert not ready.called("removal_plan")


def test_a_relay_in_use_stays_and_one_that_was_never_set_up_is_asked_about_as_ever(
    program: Program,
) -> None:
    program.do(Command.REMOVE_RELAY, "r1")
    assert "lab-gpu" in program.front_end.window._notice_words.text()
    program.do(Command.REMOVE_SERVER, "s1")
    program.window("remove").close()


def test_a_server_is_removed_there_as_well(enrolled: Program) -> None:
    enrolled.do(Command.REMOVE_SERVER, "s1")
    dialog = enrolled.window("remove-s1")
    assert isinstance(dialog, RemoveServerDialog)
    enrolled.press(dialog, "copy")
    assert QGuiApplication.clipboard().text() == REMOVAL_LINE
    enrolled.press(dialog, "remove")
    enrolled.until(lambda: enrolled.front_end.windows.get("remove-s1") is None)
    assert enrolled.called("remove_server") == [("remove_server", "s1", True)]
    assert enrolled.manager.document.server("s1") is None


def test_what_could_not_be_taken_away_is_told_with_the_line_still_there(enrolled: Program) -> None:
    enrolled.port.left_behind = (LOST,)
    enrolled.do(Command.REMOVE_SERVER, "s1")
    dialog = enrolled.window("remove-s1")
    box = dialog.findChild(QCheckBox, "also-there")
    assert isinstance(box, QCheckBox)
    enrolled.press(dialog, "remove")
    enrolled.until_told(dialog, "This was left behind:")
    assert not box.isVisibleTo(dialog)
    enrolled.press(dialog, "copy")
    dialog.close()


def test_a_removal_that_fails_can_be_tried_again(enrolled: Program) -> None:
    enrolled.port.faults["remove_server"] = LOST
    enrolled.do(Command.REMOVE_SERVER, "s1")
    dialog = enrolled.window("remove-s1")
    enrolled.press(dialog, "remove")
    enrolled.until_told(dialog, "203.0.113.7")
    del enrolled.port.faults["remove_server"]
    enrolled.press(dialog, "remove")
    enrolled.until(lambda: enrolled.manager.document.server("s1") is None)


def test_a_removal_is_called_off_with_its_dialog(enrolled: Program) -> None:
    enrolled.port.gate = threading.Event()
    enrolled.do(Command.REMOVE_SERVER, "s1")
    dialog = enrolled.window("remove-s1")
    assert isinstance(dialog, RemoveServerDialog)
    enrolled.press(dialog, "remove")
    enrolled.until_told(dialog, "Or paste this")
    enrolled.qtbot.mouseClick(dialog.cancel_button, Qt.MouseButton.LeftButton)
    ends = enrolled.front_end.other_ends
    enrolled.until(lambda: not ends._making)
    assert enrolled.manager.document.server("s1") is not None


# --- the line


def make_line(program: Program) -> LineWindow:
    program.do(Command.OPEN_LINE, "s1")
    window = program.window("line-s1")
    assert isinstance(window, LineWindow)
    program.press(window, "make")
    program.until_told(window, "Waiting for the line to be pasted")
    return window


def test_the_line_is_made_copied_waited_for_and_the_server_comes_online(ready: Program) -> None:
    window = make_line(ready)
    assert ready.called("bootstrap_line") == [("bootstrap_line", "s1", LineOptions())]
    ready.press(window, "copy")
    assert QGuiApplication.clipboard().text() == LINE
    assert window.findChild(QAbstractButton, "copy").text() == "Copied"  # type: ignore[union-attr]
    spoken = [one.accessibleName() for one in window.findChildren(QLabel) if one.accessibleName()]
    assert "Waiting for the line to be pasted: waiting for it" in spoken
    assert "Its sshd answers through the tunnel: not yet" in spoken
    ready.port.news["s1"] = EnrolmentState.ONLINE
    ready.until_told(window, "lab-gpu is online, and its host key is remembered.")
    ready.until_told(window, f"Host key: {scenes.FINGERPRINT}")
    assert "at home in /home/chen" in words_in(window)
    ready.until_told(ready.front_end.window, "lab-gpu is online: ssh lab-gpu works now.")


def test_the_waiting_goes_on_behind_a_closed_window(ready: Program) -> None:
    make_line(ready).close()
    ready.until(lambda: ready.front_end.windows.get("line-s1") is None)
    live = ready.front_end.live
    assert live.is_waiting_for_line(live.document.servers[0])
    ready.port.news["s1"] = EnrolmentState.ONLINE
    ready.until_told(ready.front_end.window, "lab-gpu is online: ssh lab-gpu works now.")


def test_the_line_is_still_there_when_the_window_opens_again(ready: Program) -> None:
    make_line(ready).close()
    ready.until(lambda: ready.front_end.windows.get("line-s1") is None)
    ready.do(Command.OPEN_LINE, "s1")
    ready.until_told(ready.window("line-s1"), "What it does there")


def test_a_line_that_cannot_be_made_is_told_beside_the_choices(ready: Program) -> None:
    ready.port.faults["bootstrap_line"] = LOST
    ready.do(Command.OPEN_LINE, "s1")
    window = ready.window("line-s1")
    ready.press(window, "make")
    ready.until_told(window, "203.0.113.7")
    del ready.port.faults["bootstrap_line"]
    ready.press(window, "make")
    ready.until_told(window, "Waiting for the line to be pasted")


def test_without_an_sshd_there_another_line_brings_one(ready: Program) -> None:
    window = make_line(ready)
    ready.port.faults["watch"] = setup_scenes.NO_SSHD
    ready.until_told(window, "has no sshd that could be reached")
    trouble = detail_of_server(ready.front_end.live, ready.front_end.live.document.servers[0]).troubles
    assert [one.fault.code for one in trouble] == [FaultCode.NO_SSHD_THERE]
    del ready.port.faults["watch"]
    cure = next(
        one for one in window.findChildren(QAbstractButton) if one.text() == "A line that starts one..."
    )
    ready.qtbot.mouseClick(cure, Qt.MouseButton.LeftButton)
    ready.press(window, "make")
    ready.until(lambda: len(ready.called("bootstrap_line")) == 2)
    assert ready.called("bootstrap_line")[1] == ("bootstrap_line", "s1", LineOptions(user_sshd=True))
    ready.until_told(window, "Waiting for the line to be pasted")


def test_a_relay_out_of_reach_does_not_end_the_waiting(
    ready: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY_MS", 10)
    ready.port.faults["watch"] = LOST
    window = make_line(ready)
    ready.until(lambda: len(ready.called("watch")) > 2)
    assert "203.0.113.7" not in words_in(window)
    del ready.port.faults["watch"]
    ready.port.news["s1"] = EnrolmentState.ONLINE
    ready.until_told(window, "lab-gpu is online, and its host key is remembered.")


def test_a_relay_that_is_not_set_up_is_set_up_from_here(program: Program) -> None:
    program.do(Command.OPEN_LINE, "s1")
    program.press(program.window("line-s1"), "set-up-relay")
    program.window("set-up-r1")


def test_the_waiting_is_taken_up_when_the_program_starts(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    program = Program(qtbot, make_front_end, setup_scenes.document())
    program.until(lambda: program.called("watch") == [("watch", "s1", True)])
    program.port.news["s1"] = EnrolmentState.ONLINE
    program.until_told(program.front_end.window, "lab-gpu is online: ssh lab-gpu works now.")


def test_nobody_is_asked_before_the_window_is_opened(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    program = Program(qtbot, make_front_end, setup_scenes.document(), must_ask=True)
    watcher = program.front_end.other_ends._watching
    assert watcher is not None
    program.until(lambda: not watcher.is_watching("s1"))
    assert not program.front_end.live.line_faults
    program.do(Command.OPEN_LINE, "s1")
    program.until(lambda: program.called("watch") == [("watch", "s1", True), ("watch", "s1", False)])
    program.port.news["s1"] = EnrolmentState.ONLINE
    program.until_told(program.window("line-s1"), "lab-gpu is online, and its host key is remembered.")


def test_a_line_that_ran_out_meanwhile_is_not_waited_for(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    document = setup_scenes.document()
    server = document.servers[0]
    assert server.enrolment is not None
    late = replace(server, enrolment=replace(server.enrolment, expires_at=1))
    program = Program(qtbot, make_front_end, replace(document, servers=(late,)))
    program.do(Command.OPEN_LINE, "s1")
    program.until_told(program.window("line-s1"), "The line was not pasted in time")
    assert not program.called("watch")


def test_the_window_of_a_removed_server_closes_and_nothing_waits_for_it(ready: Program) -> None:
    make_line(ready)
    document = ready.manager.document
    ready.manager.replace_document(replace(document, servers=document.servers[1:]))
    ready.until(lambda: ready.front_end.windows.get("line-s1") is None)
    watcher = ready.front_end.other_ends._watching
    assert watcher is not None
    assert not watcher.is_watching("s1")


# --- what the rest of the window says


def live_of(state: EnrolmentState | None) -> LiveState:
    return LiveState(document=setup_scenes.document(state), offers_setup=True)


def test_the_tray_and_the_list_say_that_a_server_waits(qtbot: QtBot) -> None:
    live = live_of(EnrolmentState.WAITING)
    entries = {entry.key: entry for entry in view(live).entries}
    waiting = entries["server/s1"]
    assert waiting.text is not None
    assert told(waiting.text) == "lab-gpu: waiting for the line (default)"
    assert waiting.mark is Mark.CONNECTING
    assert Action(Command.OPEN_LINE, "s1") in [child.action for child in waiting.children]
    assert [told(line) for line in view(live).tooltip][1:] == ["lab-gpu: waiting for the line"]
    places = PlacesList(lambda _id: None, lambda _id: None)
    qtbot.addWidget(places)
    places.show_state(live)
    spoken = [item.toolTip(0) for item in items_of(places)]
    assert "lab-gpu: waiting for the line" in spoken


def test_no_tunnel_before_the_line_is_no_trouble() -> None:
    down = ServerState(phase=ServerPhase.TROUBLE, fault=scenes.TUNNEL_DOWN)
    live = live_of(EnrolmentState.WAITING).after(ServerChanged("s1", down))
    assert icon_state(live) is IconState.OFF
    assert not detail_of_server(live, live.document.servers[0]).troubles
    assert left_click(live, "linux") == Action(Command.SHOW_SERVER, "s1")
    connected = live.after(ServerChanged("s1", ServerState(phase=ServerPhase.CONNECTED)))
    assert not connected.is_waiting_for_line(connected.document.servers[0])


@pytest.mark.parametrize(
    ("state", "words"),
    [(EnrolmentState.WAITING, "Waiting for the line"), (EnrolmentState.REPORTED, "The line was pasted")],
)
def test_the_page_of_a_server_that_waits_leads_to_its_line(state: EnrolmentState, words: str) -> None:
    live = live_of(state)
    detail = detail_of_server(live, live.document.servers[0])
    assert told(detail.status).startswith(words)
    assert detail.main.action == Action(Command.OPEN_LINE, "s1")
    assert not detail.more


def test_a_server_that_is_online_keeps_its_line_at_the_side_and_shows_its_home() -> None:
    live = live_of(EnrolmentState.ONLINE)
    detail = detail_of_server(live, live.document.servers[0])
    assert detail.main.action.command is Command.CONNECT
    assert [one.action.command for one in detail.more] == [Command.OPEN_LINE]
    assert "/home/chen" in [told(fact.value) for fact in detail.facts]


def test_the_page_of_a_relay_offers_what_fits_its_set_up() -> None:
    live = live_of(None)
    tokyo, office = live.document.relays
    commands = [one.action.command for one in detail_of_relay(live, tokyo).more]
    assert commands == [Command.SET_UP_RELAY, Command.TAKE_SETUP_AWAY]
    assert [one.action.command for one in detail_of_relay(live, office).more] == [Command.SET_UP_RELAY]
    begun = replace(office, admin=AdminLogin(user="root"))  # and never brought to its end
    commands = [one.action.command for one in detail_of_relay(live, begun).more]
    assert commands == [Command.SET_UP_RELAY, Command.TAKE_SETUP_AWAY]
    without = replace(live, offers_setup=False)
    assert not detail_of_relay(without, tokyo).more
    assert not detail_of_server(without, without.document.servers[0]).more


def test_why_a_line_is_not_waited_for_is_kept_until_it_is_again() -> None:
    live = live_of(EnrolmentState.REPORTED).after(EnrolmentTold("s1", setup_scenes.NO_SSHD))
    assert live.line_faults == {"s1": setup_scenes.NO_SSHD}
    assert live.after(EnrolmentTold("s1")).line_faults == {}
    gone = replace(live.document, servers=live.document.servers[1:])
    assert live.after(DocumentChanged(gone)).line_faults == {}


def test_a_program_that_cannot_set_up_asks_as_ever(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    document = setup_scenes.document(EnrolmentState.ONLINE)
    front_end = make_front_end(FakeManager(document))
    front_end.start()
    front_end.commands.do(Action(Command.OPEN_LINE, "s1"))
    front_end.commands.do(Action(Command.REMOVE_SERVER, "s1"))
    assert front_end.windows.get("remove") is not None
    assert front_end.windows.get("line-s1") is None


def test_quitting_ends_the_waiting(ready: Program) -> None:
    make_line(ready)
    ready.front_end.quit()
    watcher = ready.front_end.other_ends._watching
    assert watcher is not None
    assert not watcher.is_watching("s1")
    assert isinstance(ready.manager.document.servers[0].enrolment, Enrolment)
