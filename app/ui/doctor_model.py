"""What the doctor's window shows at a moment: pure functions of what was heard so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.diagnosis import BY_SSH, Check, Diagnosis, Examined, Routes, Verdict, checks_of
from app.core.faults import Fault, FaultCode
from app.sentences.of_diagnosis import CHECK_NAMES
from app.ui.texts import QT_TRANSLATE_NOOP, Text


class Phase(StrEnum):
    RUNNING = "running"
    STOPPING = "stopping"  # asked to, and not yet ended
    STOPPED = "stopped"
    DONE = "done"


class Outcome(StrEnum):
    """How the headline looks."""

    BUSY = "busy"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Visit:
    """One run of the doctor for one chain. ``alias`` is "" for a relay alone."""

    relay_name: str
    alias: str
    routes: Routes = BY_SSH  # in the person's order
    phase: Phase = Phase.RUNNING
    found: tuple[Examined, ...] = ()
    fault: Fault | None = None  # why it could not even begin

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.STOPPED, Phase.DONE)

    @property
    def has_report(self) -> bool:
        return self.is_over and bool(self.found)

    @property
    def diagnosis(self) -> Diagnosis:
        """Of what was looked at, be it all or not."""
        ended = tuple(one for one in self.found if one.verdict is not Verdict.RUNNING)
        return Diagnosis(relay_name=self.relay_name, alias=self.alias, checks=ended)

    def heard(self, examined: Examined) -> Visit:
        """A check has begun or ended."""
        rest = tuple(one for one in self.found if one.check is not examined.check)
        return replace(self, found=(*rest, examined))

    def stopping(self) -> Visit:
        return replace(self, phase=Phase.STOPPING)

    def ended(self, fault: Fault | None) -> Visit:
        """All of it, with None; or called off; or it could not even begin."""
        if fault is None:
            return replace(self, phase=Phase.DONE)
        told = None if fault.code is FaultCode.CANCELLED else fault
        found = self.diagnosis.checks
        return replace(self, phase=Phase.STOPPED, fault=told, found=found)


def rows(visit: Visit) -> Iterator[tuple[Check, Examined | None]]:
    """Every check in its place from the start; None where it has not begun."""
    known = {examined.check: examined for examined in visit.found}
    for check in checks_of(has_server=bool(visit.alias), routes=visit.routes):
        yield check, known.get(check)


def running(visit: Visit) -> Check | None:
    return next((one.check for one in visit.found if one.verdict is Verdict.RUNNING), None)


def first_bad(visit: Visit) -> Examined | None:
    """Where to begin."""
    return next((one for one in visit.found if one.verdict is Verdict.BAD), None)


def title(visit: Visit) -> Text:
    if not visit.alias:
        return _text(QT_TRANSLATE_NOOP("Doctor", "Doctor for {relay}"), relay=visit.relay_name)
    source = QT_TRANSLATE_NOOP("Doctor", "Doctor for {alias} through {relay}")
    return _text(source, alias=visit.alias, relay=visit.relay_name)


def headline(visit: Visit) -> tuple[Outcome, Text]:
    if visit.phase is Phase.RUNNING:
        source = QT_TRANSLATE_NOOP("Doctor", "Looking at the chain, hop by hop. Nothing is changed anywhere.")
        return Outcome.BUSY, _text(source)
    if visit.phase is Phase.STOPPING:
        return Outcome.BUSY, _text(QT_TRANSLATE_NOOP("Doctor", "Stopping..."))
    bad = first_bad(visit)
    if bad is not None:
        name = Text("DoctorName", CHECK_NAMES[bad.check])
        source = QT_TRANSLATE_NOOP("Doctor", 'Something is wrong: "{check}".')
        return Outcome.BAD, _text(source, check=name)
    if visit.phase is Phase.STOPPED:
        return Outcome.WARNING, _text(QT_TRANSLATE_NOOP("Doctor", "Stopped before everything was looked at."))
    if any(one.verdict is Verdict.WARNING for one in visit.found):
        return Outcome.WARNING, _text(
            QT_TRANSLATE_NOOP("Doctor", "Everything works. What is marked could be better.")
        )
    return Outcome.GOOD, _text(QT_TRANSLATE_NOOP("Doctor", "Everything works as it should."))


def _text(source: str, **details: str | Text) -> Text:
    return Text("Doctor", source, details)
