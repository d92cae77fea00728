"""The doctor's window around a scripted doctor, in a whole user interface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.diagnosis import Check, Examined, Verdict, checks_of
from app.core.events import DocumentChanged
from app.core.faults import Fault, FaultCode
from app.ui.actions import Action, Command
from app.ui.detail_model import detail_of_relay, detail_of_server
from app.ui.doctor_model import Outcome, Phase, Visit, first_bad, headline, rows, running, title
from app.ui.doctor_window import DoctorWindow
from app.ui.document_changes import without_server
from app.ui.front_end import FrontEnd
from app.ui.live_state import LiveState
from app.ui.tray_model import view
from app.ui.wording import told, told_examined
from tests.ui import doctor_scenes as given
from tests.ui import scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.doctor_scenes import FakeDoctor


class Opened:
    """A front end with the doctor's window of lab-gpu, or of another profile, in it."""

    def __init__(self, qtbot: QtBot, front_end: FrontEnd, doctor: FakeDoctor, profile: str = "s1") -> None:
        self.front_end, self.doctor, self._qtbot = front_end, doctor, qtbot
        front_end.start()
        front_end.commands.do(Action(Command.OPEN_DOCTOR, profile))
        found = front_end.windows.get(f"doctor-{profile}")
        assert isinstance(found, DoctorWindow)
        self.window: DoctorWindow = found

    def button(self, name: str) -> QPushButton:
        found = self.window.findChild(QPushButton, name)
        assert isinstance(found, QPushButton)
        return found

    def press(self, name: str) -> None:
        self._qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds)

    def until_over(self) -> None:
        self.until(lambda: self.button("again").isVisibleTo(self.window))

    def words(self) -> str:
        shown = [one for one in self.window.findChildren(QLabel) if one.isVisibleTo(self.window)]
        return "\n".join(one.text() for one in shown)

    def row(self, check: Check) -> str:
        row = self.window.findChild(QWidget, f"check-{check}")
        assert isinstance(row, QWidget)
        return "\n".join(one.text() for one in row.findChildren(QLabel) if one.isVisibleTo(self.window))


@pytest.fixture
def open_doctor(qtbot: QtBot, make_front_end: MakeFrontEnd) -> Callable[..., Opened]:
    def make(doctor: FakeDoctor, profile: str = "s1") -> Opened:
        return Opened(qtbot, make_front_end(doctor=doctor), doctor, profile)

    return make


def test_each_check_is_told_as_it_happens(open_doctor: Callable[..., Opened]) -> None:
    opened = open_doctor(FakeDoctor(given.tunnel_down(), hold=Check.REVERSE_LISTENER))
    opened.until(lambda: "Being looked at" in opened.row(Check.REVERSE_LISTENER))
    assert "71 ms" in opened.row(Check.TCP)
    assert opened.row(Check.SSH_CONFIG).strip() == "ssh config", "it waits for its turn"
    assert not opened.button("copy").isEnabled()
    opened.doctor.go_on.set()
    opened.until_over()
    assert "nothing listens on its port 22222" in opened.row(Check.REVERSE_LISTENER)
    assert 'First "Tunnel of the server"' in opened.row(Check.SERVER_LOGIN)
    opened.until(lambda: 'Something is wrong: "Tunnel of the server".' in opened.words())
    assert opened.window.windowTitle() == "Doctor for lab-gpu through tokyo-relay"
    assert opened.doctor.calls == [("r1", "s1")]


def test_it_is_stopped_and_run_again(open_doctor: Callable[..., Opened]) -> None:
    opened = open_doctor(FakeDoctor(hold=Check.LOGIN))
    opened.until(opened.doctor.is_held.is_set)
    opened.press("stop")
    opened.until_over()
    opened.until(lambda: "Stopped before everything was looked at." in opened.words())
    assert opened.row(Check.LOGIN).strip() == "Login at the relay"
    assert opened.button("copy").isEnabled(), "what was found so far can be told"
    opened.doctor.go_on.set()
    opened.press("again")
    opened.until(lambda: "What is marked could be better." in opened.words())
    assert len(opened.doctor.calls) == 2


def test_the_report_is_copied_and_saved(
    open_doctor: Callable[..., Opened], tmp_path: Path, qtbot: QtBot
) -> None:
    opened = open_doctor(FakeDoctor())
    opened.until_over()
    opened.press("copy")
    opened.until(lambda: "Copied." in opened.words())
    count = len(given.all_well())
    assert QGuiApplication.clipboard().text() == f"report of {count} checks, masked: False"
    mask = opened.window.findChild(QCheckBox, "mask")
    assert isinstance(mask, QCheckBox)
    mask.click()
    opened.press("save")
    dialog = opened.window.findChild(QFileDialog)
    assert isinstance(dialog, QFileDialog)
    assert dialog.selectedFiles()[0].endswith("relaytray-doctor.md")
    file = tmp_path / "r.md"
    dialog.fileSelected.emit(str(file))
    dialog.reject()
    opened.until(lambda: f"Saved: {file}" in opened.words())
    assert file.read_text() == f"report of {count} checks, masked: True"
    opened.window.save_to(str(tmp_path / "no" / "folder.md"))
    opened.until(lambda: "folder.md" in opened.words() and "cannot be written" in opened.words())


def test_what_cannot_even_begin(open_doctor: Callable[..., Opened]) -> None:
    doctor = FakeDoctor()
    doctor.fault = Fault.of(FaultCode.NO_SUCH_RELAY, name="gone", near="")
    opened = open_doctor(doctor)
    opened.until(lambda: 'There is no relay named "gone"' in opened.words())
    assert not opened.button("save").isEnabled()


def test_closing_calls_it_off(open_doctor: Callable[..., Opened]) -> None:
    """Without it the worker would hold up the end of the program: ``go_on`` is never set."""
    opened = open_doctor(FakeDoctor(hold=Check.DNS))
    opened.until(opened.doctor.is_held.is_set)
    opened.window.close()
    opened.until(lambda: opened.front_end.windows.get("doctor-s1") is None)


def test_a_relay_alone_and_a_profile_that_goes(open_doctor: Callable[..., Opened]) -> None:
    opened = open_doctor(FakeDoctor([given.way_to_the_relay()[0]]), "r2")
    opened.until_over()
    assert opened.doctor.calls == [("r2", "")]
    assert opened.window.windowTitle() == "Doctor for office"
    assert opened.window.findChild(QWidget, f"check-{Check.SERVER_LOGIN}") is None
    front_end = opened.front_end
    front_end.commands.do(Action(Command.OPEN_DOCTOR, "s2"))
    assert front_end.windows.get("doctor-s2") is not None
    front_end.bridge.publish(DocumentChanged(without_server(scenes.document(), "s2")))
    opened.until(lambda: front_end.windows.get("doctor-s2") is None)
    assert front_end.windows.get("doctor-r2") is not None
    front_end.bridge.publish(DocumentChanged(replace(scenes.document(), relays=())))
    opened.until(lambda: front_end.windows.get("doctor-r2") is None)


def test_another_language_and_look(open_doctor: Callable[..., Opened]) -> None:
    opened = open_doctor(FakeDoctor())
    opened.until_over()
    settings = scenes.document().settings
    opened.front_end.bridge.publish(
        DocumentChanged(replace(scenes.document(), settings=replace(settings, language="zh_CN")))
    )
    opened.until(lambda: "\u8bca\u65ad" in opened.window.windowTitle())

    def mask_says() -> str:
        # Looked for each time: what was there before is found too, until Qt has deleted it.
        mask = opened.window.findChild(QCheckBox, "mask")
        assert isinstance(mask, QCheckBox)
        return mask.text()

    opened.until(lambda: "\u9690\u53bb" in mask_says())
    assert "22222" in opened.row(Check.REVERSE_LISTENER)
    assert "The" not in opened.words().replace("RelayTray", "")


# --- the pure parts ---------------------------------------------------------------------------------------


def test_it_is_offered_where_there_is_a_doctor() -> None:
    live = LiveState(document=scenes.document(), offers_doctor=True)
    relay, server = live.document.relays[0], live.document.servers[0]
    for detail, profile_id in ((detail_of_server(live, server), "s1"), (detail_of_relay(live, relay), "r1")):
        assert Action(Command.OPEN_DOCTOR, profile_id) in [button.action for button in detail.more]
    in_menu = [entry for entry in _entries(view(live).entries) if entry.action is not None]
    assert Action(Command.OPEN_DOCTOR, "s1") in [entry.action for entry in in_menu]
    without = replace(live, offers_doctor=False)
    assert not detail_of_server(without, server).more
    assert not [entry for entry in _entries(view(without).entries) if entry.key.endswith("/doctor")]


def _entries(entries: object) -> list:  # type: ignore[type-arg]
    found = []
    for entry in entries:  # type: ignore[attr-defined]
        found += [entry, *_entries(entry.children)]
    return found


def test_rows_and_headlines() -> None:
    visit = Visit("relay", "gpu")
    assert [check for check, _ in rows(visit)] == list(checks_of(has_server=True))
    assert [check for check, _ in rows(Visit("relay", ""))] == list(checks_of(has_server=False))
    assert told(title(Visit("relay", ""))) == "Doctor for relay"
    dns = Examined(check=Check.DNS, verdict=Verdict.RUNNING)
    visit = visit.heard(dns)
    assert (running(visit), headline(visit)[0]) == (Check.DNS, Outcome.BUSY)
    assert visit.diagnosis.checks == ()
    good = replace(dns, verdict=Verdict.GOOD)
    visit = visit.heard(good)
    assert (running(visit), visit.found) == (None, (good,))
    assert headline(visit.stopping())[0] is Outcome.BUSY
    assert headline(visit.ended(None))[0] is Outcome.GOOD
    stopped = visit.ended(Fault.of(FaultCode.CANCELLED, what="the doctor"))
    assert (headline(stopped)[0], stopped.fault, stopped.phase) == (Outcome.WARNING, None, Phase.STOPPED)
    warned = visit.heard(replace(dns, check=Check.CLOCK, verdict=Verdict.WARNING)).ended(None)
    assert headline(warned)[0] is Outcome.WARNING
    bad = visit.heard(replace(dns, check=Check.TCP, verdict=Verdict.BAD)).ended(None)
    first = first_bad(bad)
    assert first is not None
    assert (headline(bad)[0], first.check) == (Outcome.BAD, Check.TCP)
    assert told_examined(dns) == ""
