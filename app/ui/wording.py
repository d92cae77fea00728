"""Turns texts, faults and problems into the person's language. The only place that translates by table.

GUI thread (or any thread after the translators are installed); English where there is no translation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, QLocale

from app.core.access import LinkProblem, Odd, Refusal
from app.core.cloud import CloudStep
from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.faults import Fault
from app.core.port_changes import PortChange, PortNews, news_of
from app.core.problems import Problem
from app.core.provisioning import Note, Step, StepState
from app.core.ssh_config_import import Skipped
from app.sentences import PORT_SENTENCES, PROBLEM_SENTENCES, SENTENCES, SKIP_SENTENCES, fill
from app.sentences.of_cloud import CLOUD_STEP_SENTENCES
from app.sentences.of_diagnosis import ADVICE_SENTENCES, CHECK_NAMES, VERDICT_NAMES
from app.sentences.of_links import LINK_PROBLEM_SENTENCES, ODDITY_SENTENCES, REFUSAL_SENTENCES
from app.sentences.of_setup import STEP_NOTE_SENTENCES, STEP_SENTENCES, STEP_STATE_SENTENCES
from app.ui.chain import HopState, Place
from app.ui.texts import Text

_KIB = 1024


def told(text: Text | Fault) -> str:
    """The sentence in the person's language, details filled in."""
    if isinstance(text, Fault):
        return told_fault(text)
    details = {key: told(value) if isinstance(value, Text) else value for key, value in text.details.items()}
    if not text.context:
        return text.source
    return fill(QCoreApplication.translate(text.context, text.source), details)


def told_fault(fault: Fault) -> str:
    source = QCoreApplication.translate("ErrorText", SENTENCES[fault.code])
    details = fault.details
    step = details.get("step", "")
    if step in set(Step):  # a word for programs: people get the sentence
        details = {**details, "step": told_step(Step(step)).rstrip(".\N{IDEOGRAPHIC FULL STOP}")}
    return fill(source, details)


def told_problem(problem: Problem) -> str:
    source = PROBLEM_SENTENCES[problem.code]
    return fill(QCoreApplication.translate("ProblemText", source), problem.details)


def told_port_changes(changes: Sequence[PortChange]) -> str:
    """What to do about ports that moved, one sentence a line; what holds for several is told once."""
    return "\n".join(dict.fromkeys(_told_news(news) for change in changes for news in news_of(change)))


def told_port_headlines(changes: Sequence[PortChange]) -> list[str]:
    """Only which ports moved."""
    return [_told_news(news_of(change)[0]) for change in changes]


def _told_news(news: PortNews) -> str:
    return fill(QCoreApplication.translate("PortText", PORT_SENTENCES[news.code]), news.details)


def told_skip(skipped: Skipped) -> str:
    source = QCoreApplication.translate("ImportText", SKIP_SENTENCES[skipped.reason])
    return fill(source, {"alias": skipped.alias, "detail": skipped.detail})


def told_link_problem(problem: LinkProblem) -> str:
    source = LINK_PROBLEM_SENTENCES[problem.code]
    return fill(QCoreApplication.translate("LinkText", source), problem.details)


def told_odd(odd: Odd) -> str:
    return fill(QCoreApplication.translate("LinkText", ODDITY_SENTENCES[odd.code]), odd.details)


def told_refusal(refusal: Refusal) -> str:
    return fill(QCoreApplication.translate("LinkText", REFUSAL_SENTENCES[refusal.code]), refusal.details)


def told_step(step: Step | CloudStep) -> str:
    if isinstance(step, CloudStep):
        return QCoreApplication.translate("CloudText", CLOUD_STEP_SENTENCES[step])
    return QCoreApplication.translate("SetupText", STEP_SENTENCES[step])


def told_step_state(state: StepState) -> str:
    return QCoreApplication.translate("SetupText", STEP_STATE_SENTENCES[state])


def told_note(note: Note) -> str:
    return fill(QCoreApplication.translate("SetupText", STEP_NOTE_SENTENCES[note.code]), note.details)


def told_check(check: Check) -> str:
    return QCoreApplication.translate("DoctorName", CHECK_NAMES[check])


def told_verdict(verdict: Verdict) -> str:
    return QCoreApplication.translate("DoctorName", VERDICT_NAMES[verdict])


def told_examined(examined: Examined) -> str:
    """What the check found and what to do about it; "" while it runs."""
    if examined.fault is not None:
        return told_fault(examined.fault)
    if examined.advice is None:
        return ""
    details = dict(examined.details)
    if examined.advice is Advice.EARLIER_FIRST:
        details["check"] = told_check(Check(details["check"]))
    return fill(QCoreApplication.translate("DoctorText", ADVICE_SENTENCES[examined.advice]), details)


def amount(size: float) -> str:
    """Bytes for people: ``12.3 MiB``."""
    return QLocale().formattedDataSize(int(size), 1)


def rate(bytes_per_s: float) -> str:
    words = QCoreApplication.translate("Traffic", "{amount}/s")
    return fill(words, {"amount": amount(bytes_per_s)})


def place_name(place: Place) -> str:
    names: Mapping[Place, str] = {
        Place.COMPUTER: QCoreApplication.translate("Chain", "This computer"),
        Place.RELAY: QCoreApplication.translate("Chain", "Relay"),
        Place.TUNNEL: QCoreApplication.translate("Chain", "Tunnel"),
        Place.SERVER: QCoreApplication.translate("Chain", "GPU server"),
    }
    return names[place]


def by_v2ray() -> str:
    """How a stop of the chain is reached."""
    return QCoreApplication.translate("Chain", "by v2ray")


def hop_state_name(state: HopState) -> str:
    names: Mapping[HopState, str] = {
        HopState.OFF: QCoreApplication.translate("Chain", "not asked"),
        HopState.BUSY: QCoreApplication.translate("Chain", "being asked"),
        HopState.OK: QCoreApplication.translate("Chain", "works"),
        HopState.BROKEN: QCoreApplication.translate("Chain", "fails here"),
    }
    return names[state]
