"""The windows of relays in a cloud account, around a scripted one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.cloud import CloudReport, CloudStep, CloudThing, NewMachine, ThingKind
from app.core.events import DocumentChanged
from app.core.faults import Fault, FaultCode
from app.core.provisioning import StepState
from app.ui.actions import Action, Command
from app.ui.cloud_bill_window import CloudBillWindow
from app.ui.cloud_model import CloudRun, thing_lines
from app.ui.cloud_removal_window import CloudRemovalWindow
from app.ui.detail_model import detail_of_relay
from app.ui.front_end import FrontEnd
from app.ui.live_state import LiveState
from app.ui.relay_editor import RelayEditor
from app.ui.setup_window import SetUpWindow
from tests.ui import scenes
from tests.ui.conftest import MakeFrontEnd
from tests.ui.fake_cloud import BILL, Begun, FakeCloud
from tests.ui.fake_setup import FakeSetup


class Opened:
    """A front end with one window of a cloud account in it."""

    def __init__(self, qtbot: QtBot, front_end: FrontEnd, key: str, action: Action) -> None:
        self.front_end, self._qtbot, self._key = front_end, qtbot, key
        front_end.start()
        front_end.commands.do(action)

    @property
    def window(self) -> QWidget:
        found = self.front_end.windows.get(self._key)
        assert found is not None
        return found

    def until(self, holds: Callable[[], bool]) -> None:
        self._qtbot.waitUntil(holds, timeout=20_000)

    def button(self, name: str) -> QPushButton | None:
        found = [one for one in self.window.findChildren(QPushButton, name) if one.isVisibleTo(self.window)]
        return found[-1] if found else None

    def press(self, name: str) -> None:
        self.until(lambda: (one := self.button(name)) is not None and one.isEnabled())
        button = self.button(name)
        assert button is not None
        self._qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def words(self) -> str:
        shown = [one for one in self.window.findChildren(QLabel) if one.isVisibleTo(self.window)]
        return "\n".join(one.text() for one in shown)

    def box(self, name: str) -> QComboBox:
        found = self.window.findChildren(QComboBox, f"field-{name}")
        assert found
        return found[-1]

    def type_name(self, name: str) -> None:
        edit = self.window.findChildren(QLineEdit, "field-name")[-1]
        edit.setText(name)


@pytest.fixture
def cloud() -> FakeCloud:
    return FakeCloud()


@pytest.fixture
def create(qtbot: QtBot, make_front_end: MakeFrontEnd, cloud: FakeCloud) -> Opened:
    front_end = make_front_end(cloud=cloud, setup=FakeSetup(scenes.document))
    opened = Opened(qtbot, front_end, "cloud-create", Action(Command.CREATE_IN_CLOUD))
    opened.until(lambda: opened.box("size").count() > 0)
    return opened


def test_a_machine_is_chosen_with_its_price_and_made(create: Opened, cloud: FakeCloud) -> None:
    assert create.box("region").currentText() == "Frankfurt (eu-central-1)"
    assert "5.00 USD a month" in create.box("size").currentText()
    button = create.button("create")
    assert button is not None
    assert not button.isEnabled()  # no name yet
    create.type_name("tokyo")
    create.until(button.isEnabled)
    assert button.text() == "Make it, for 5.00 USD a month"
    create.press("create")
    create.until(lambda: create.button("set-up") is not None)
    assert cloud.created == [
        NewMachine(name="tokyo", region="eu-central-1", image="debian_12", size="nano_3_0")
    ]
    assert "203.0.113.20" in create.words()
    assert "tokyo is in your list" in create.words()
    create.press("set-up")
    create.until(lambda: isinstance(create.front_end.windows.get("set-up-r1"), SetUpWindow))


def test_another_place_and_a_system_that_needs_more(create: Opened, cloud: FakeCloud) -> None:
    region = create.box("region")
    region.setCurrentIndex(1)
    region.activated.emit(1)
    create.until(lambda: create.box("size").count() > 0)
    create.box("image").setCurrentIndex(2)
    assert [create.box("size").itemData(at) for at in range(create.box("size").count())] == ["small_3_0"]
    create.type_name("tokyo")
    create.press("create")
    create.until(lambda: bool(cloud.created))
    assert cloud.created[0] == NewMachine(
        name="tokyo", region="ap-northeast-1", image="large_1", size="small_3_0"
    )


def test_a_name_that_a_relay_has_is_not_taken_twice(create: Opened) -> None:
    create.type_name(scenes.document().relays[0].name)
    button = create.button("create")
    assert button is not None
    assert not button.isEnabled()


def test_a_refusal_is_told_and_can_be_gone_on_from(create: Opened, cloud: FakeCloud) -> None:
    cloud.fails_at = CloudStep.STATIC_IP
    create.type_name("tokyo")
    create.press("create")
    create.until(lambda: create.button("again") is not None)
    assert "reached a limit" in create.words()
    cloud.fails_at = None
    create.press("again")
    create.until(lambda: create.button("set-up") is not None)
    assert cloud.created[0] == cloud.created[1]


def test_it_is_stopped_and_says_what_is_left(create: Opened, cloud: FakeCloud) -> None:
    cloud.gate.clear()
    create.type_name("tokyo")
    create.press("create")
    create.press("stop")
    create.until(lambda: create.button("again") is not None)
    assert "may cost money" in create.words()


def test_a_closed_window_asks_no_more(create: Opened, cloud: FakeCloud) -> None:
    (asked,) = cloud.cancelled
    assert not asked.is_set()
    create.window.close()
    assert asked.is_set()


def test_what_was_begun_is_offered_first(
    qtbot: QtBot, make_front_end: MakeFrontEnd, cloud: FakeCloud
) -> None:
    cloud.begun_machines = (Begun("tokyo"),)
    opened = Opened(qtbot, make_front_end(cloud=cloud), "cloud-create", Action(Command.CREATE_IN_CLOUD))
    opened.press("go-on")
    opened.until(lambda: bool(cloud.created))
    assert cloud.created[0] == NewMachine(name="tokyo", region="ap-northeast-1")


def test_no_credentials_is_a_sentence(qtbot: QtBot, make_front_end: MakeFrontEnd, cloud: FakeCloud) -> None:
    cloud.refusal = Fault.of(FaultCode.CLOUD_NO_CREDENTIALS)
    opened = Opened(qtbot, make_front_end(cloud=cloud), "cloud-create", Action(Command.CREATE_IN_CLOUD))
    opened.until(lambda: "aws configure" in opened.words())
    cloud.refusal = None  # it was run meanwhile
    opened.press("ask-again")
    opened.until(lambda: opened.box("size").count() > 0 and "aws configure" not in opened.words())


def test_another_language_keeps_what_was_chosen(create: Opened) -> None:
    create.type_name("tokyo")
    create.box("image").setCurrentIndex(1)
    settings = replace(scenes.document().settings, language="zh_CN")
    create.front_end.bridge.publish(DocumentChanged(replace(scenes.document(), settings=settings)))
    create.until(lambda: "\u4e9a\u9a6c\u900a" in create.window.windowTitle())
    assert create.box("image").currentData() == "ubuntu_24_04"
    assert create.window.findChildren(QLineEdit, "field-name")[-1].text() == "tokyo"


def test_a_machine_is_deleted_after_asking(
    qtbot: QtBot, make_front_end: MakeFrontEnd, cloud: FakeCloud
) -> None:
    cloud.left = (CloudThing(kind=ThingKind.SNAPSHOT, name="mine", region="eu-central-1", price=None),)
    action = Action(Command.DESTROY_IN_CLOUD, "tokyo")
    opened = Opened(qtbot, make_front_end(cloud=cloud), "cloud-destroy-tokyo", action)
    assert isinstance(opened.window, CloudRemovalWindow)
    assert cloud.destroyed == []
    opened.press("delete")
    opened.until(lambda: "nothing of it is left" in opened.words())
    assert cloud.destroyed == ["tokyo"]
    assert "snapshot mine" in opened.words()


def test_the_bill(qtbot: QtBot, make_front_end: MakeFrontEnd, cloud: FakeCloud) -> None:
    opened = Opened(qtbot, make_front_end(cloud=cloud), "cloud-bill", Action(Command.OPEN_CLOUD_BILL))
    assert isinstance(opened.window, CloudBillWindow)
    opened.until(lambda: "Together: 5.00 USD a month" in opened.words())
    assert "us-east-1 is not known" in opened.words()
    assert "not asked: ap-southeast-3, eu-south-2" in opened.words()
    cloud.bill = replace(BILL, things=(), unread=())
    opened.press("again")
    opened.until(lambda: "it costs nothing" in opened.words())


def test_without_an_account_it_says_so(qtbot: QtBot, make_front_end: MakeFrontEnd) -> None:
    front_end = make_front_end()
    front_end.start()
    front_end.commands.do(Action(Command.CREATE_IN_CLOUD))
    assert front_end.windows.get("cloud-create") is None


# --- the pure parts -----------------------------------------------------------------------------------------


def test_a_relay_that_was_made_offers_to_be_deleted() -> None:
    document = scenes.document()
    made = replace(document.relays[0], machine="a1b2c3d4")
    live = LiveState(document=replace(document, relays=(made, *document.relays[1:])), offers_setup=True)
    for offers, wanted in ((True, 1), (False, 0)):
        shown = detail_of_relay(replace(live, offers_cloud=offers), made)
        assert [one.action.command for one in shown.more].count(Command.DESTROY_IN_CLOUD) == wanted


def test_a_step_that_goes_on_is_one_line() -> None:
    run = CloudRun(is_removal=False)
    for report in _reports():
        run = run.heard(report)
    assert [(line.step, line.state) for line in run.lines()] == [
        (CloudStep.KEY_PAIR, StepState.DONE),
        (CloudStep.INSTANCE, StepState.RUNNING),
    ]
    assert run.seconds == 21


def _reports() -> list[CloudReport]:
    return [
        CloudReport(step=CloudStep.KEY_PAIR, state=StepState.RUNNING),
        CloudReport(step=CloudStep.KEY_PAIR, state=StepState.DONE, elapsed_s=4),
        CloudReport(step=CloudStep.INSTANCE, state=StepState.RUNNING, elapsed_s=9),
        CloudReport(step=CloudStep.INSTANCE, state=StepState.RUNNING, elapsed_s=21),
    ]


def test_what_costs_money_comes_first() -> None:
    assert [line.costs for line in thing_lines(BILL.things)] == [True, True, False]


def test_a_machine_of_another_provider_is_added_by_its_address(create: Opened) -> None:
    create.press("other")
    create.until(lambda: bool(_editors(create)))


def _editors(opened: Opened) -> list[QWidget]:
    return [window for window in opened.front_end.windows.all() if isinstance(window, RelayEditor)]
