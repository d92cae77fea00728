"""What the windows of relays in a cloud account show: pure functions of what was heard so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from app.core.cloud import CloudOutcome, CloudReport, CloudSize, CloudStep, CloudThing
from app.core.faults import Fault, Hop
from app.core.provisioning import StepState
from app.sentences.of_cloud import (
    CLOUD_REMOVAL_SENTENCES,
    CLOUD_REMOVAL_STATE_SENTENCES,
    CLOUD_STATE_SENTENCES,
    CLOUD_STEP_SENTENCES,
    THING_SENTENCES,
)
from app.ui.setup_steps import StepLine
from app.ui.texts import QT_TRANSLATE_NOOP, Text
from app.ui.tray_model import Mark

_MARKS = {
    StepState.RIGHT: Mark.CONNECTED,
    StepState.DONE: Mark.CONNECTED,
    StepState.RUNNING: Mark.CONNECTING,
    StepState.FAILED: Mark.TROUBLE,
}
_PRICE = QT_TRANSLATE_NOOP("Cloud", "{price} USD a month")
_PRICE_UNKNOWN = QT_TRANSLATE_NOOP("Cloud", "see Amazon's price list")
_SIZE = QT_TRANSLATE_NOOP(
    "Cloud",
    "{price} USD a month: {title}, {memory} GB memory, {cpus} CPU, {disk} GB disk, {traffic} GB traffic",
)


@dataclass(frozen=True)
class CloudRun:
    """One creation or removal, from its start to its end."""

    is_removal: bool
    reports: tuple[CloudReport, ...] = ()
    is_over: bool = False
    is_stopping: bool = False
    fault: Fault | None = None
    left: tuple[CloudThing, ...] = ()

    def heard(self, report: CloudReport) -> CloudRun:
        """A step that goes on takes the place of what was said of it before."""
        rest = tuple(one for one in self.reports if one.step is not report.step)
        return replace(self, reports=(*rest, report))

    def ended(self, outcome: CloudOutcome | None, fault: Fault | None) -> CloudRun:
        if outcome is None:
            reports = tuple(one for one in self.reports if one.state is not StepState.RUNNING)
            return replace(self, reports=reports, is_over=True, fault=fault)
        return replace(self, reports=outcome.reports, is_over=True, fault=outcome.fault, left=outcome.left)

    @property
    def is_stopped(self) -> bool:
        return self.fault is not None and self.fault.hop is Hop.CANCELLED

    @property
    def seconds(self) -> int:
        return round(max((one.elapsed_s for one in self.reports), default=0.0))

    def lines(self) -> Iterator[StepLine]:
        sentences = CLOUD_REMOVAL_SENTENCES if self.is_removal else CLOUD_STEP_SENTENCES
        states = CLOUD_REMOVAL_STATE_SENTENCES if self.is_removal else CLOUD_STATE_SENTENCES
        for one in self.reports:
            yield StepLine(
                one.step,
                one.state,
                Text("CloudText", states[one.state]),
                _MARKS[one.state],
                title=Text("CloudText", sentences[one.step]),
                detail=one.detail if one.step is not CloudStep.HOST_KEYS else one.detail.replace(", ", "\n"),
            )


def price(amount: float) -> Text:
    return Text("Cloud", _PRICE, {"price": f"{amount:.2f}"})


def size_line(size: CloudSize) -> Text:
    return Text(
        "Cloud",
        _SIZE,
        {
            "price": f"{size.price:.2f}",
            "title": size.title,
            "memory": f"{size.memory_gb:g}",
            "cpus": str(size.cpus),
            "disk": str(size.disk_gb),
            "traffic": str(size.transfer_gb),
        },
    )


@dataclass(frozen=True)
class ThingLine:
    """One thing of the bill."""

    kind: Text
    name: str
    about: str
    price: Text
    costs: bool


def thing_lines(things: tuple[CloudThing, ...]) -> Iterator[ThingLine]:
    """What costs money first."""
    for thing in sorted(things, key=lambda one: (one.price == 0, one.region, one.name)):
        cost = Text("Cloud", _PRICE_UNKNOWN) if thing.price is None else price(thing.price)
        about = ", ".join(part for part in (thing.region, thing.detail, thing.relay) if part)
        kind = Text("CloudText", THING_SENTENCES[thing.kind])
        yield ThingLine(kind, thing.name, about, cost, thing.price != 0)
