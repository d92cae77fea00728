"""The windows of relays in a cloud account at moments worth looking at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from app.core.cloud import CloudReport, CloudStep, CloudThing, ThingKind
from app.core.faults import Fault, FaultCode
from app.core.provisioning import StepState
from app.ui.cloud_bill_window import CloudBillWindow
from app.ui.cloud_removal_window import CloudRemovalWindow
from app.ui.cloud_window import CloudWindow
from tests.ui.fake_cloud import Begun, FakeCloud


class _AtOnce:
    """What is asked for is done before ``run`` returns, or never."""

    def __init__(self) -> None:
        self.answers = True

    def run(self, task: Callable[[], Any], on_done: Callable[[Future[Any]], None] | None = None) -> None:
        if not self.answers:
            return
        future: Future[Any] = Future()
        try:
            future.set_result(task())
        except Exception as e:
            future.set_exception(e)
        if on_done is not None:
            on_done(future)


def creation(cloud: FakeCloud, *, name: str = "tokyo") -> tuple[CloudWindow, _AtOnce]:
    background = _AtOnce()
    window = CloudWindow(
        cloud,
        background,  # type: ignore[arg-type]
        lambda _name: window.heard,
        lambda _action: None,
        lambda _name: False,
    )
    window.findChildren(QLineEdit, "field-name")[-1].setText(name)
    return window, background


def scenes() -> Iterator[tuple[str, QWidget]]:
    yield "cloud-choose", creation(FakeCloud())[0]
    begun = FakeCloud()
    begun.begun_machines = (Begun("frankfurt", "eu-central-1"),)
    yield "cloud-begun", creation(begun)[0]
    refused = FakeCloud()
    refused.refusal = Fault.of(FaultCode.CLOUD_NO_CREDENTIALS)
    yield "cloud-no-credentials", creation(refused)[0]
    working, background = creation(FakeCloud())
    background.answers = False
    working._start()
    for step in (CloudStep.LOGIN_KEY, CloudStep.KEY_PAIR, CloudStep.INSTANCE):
        working.heard(CloudReport(step=step, state=StepState.DONE, elapsed_s=4, detail=""))
    working.heard(CloudReport(step=CloudStep.RUNNING, state=StepState.RUNNING, elapsed_s=31))
    yield "cloud-working", working
    done = creation(FakeCloud())[0]
    done._start()
    yield "cloud-done", done
    failing = FakeCloud()
    failing.fails_at = CloudStep.STATIC_IP
    failed = creation(failing)[0]
    failed._start()
    yield "cloud-failed", failed
    ask = CloudRemovalWindow("tokyo", FakeCloud(), _AtOnce(), lambda _report: None, lambda _action: None)  # type: ignore[arg-type]
    yield "cloud-delete", ask
    cloud = FakeCloud()
    cloud.left = (CloudThing(kind=ThingKind.SNAPSHOT, name="before-update", region="x", price=None),)
    gone = CloudRemovalWindow("tokyo", cloud, _AtOnce(), lambda _report: None, lambda _action: None)  # type: ignore[arg-type]
    gone._start()
    yield "cloud-deleted", gone
    yield "cloud-bill", CloudBillWindow(FakeCloud(), _AtOnce())  # type: ignore[arg-type]
