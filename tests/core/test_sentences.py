"""The tables of sentences are complete and say what the codes promise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import (
    access,
    diagnosis,
    faults,
    findings,
    port_changes,
    problems,
    provisioning,
    ssh_config_import,
)
from app.core.access import LinkProblemCode, Oddity, RefusalCode
from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.faults import HOP_OF, Fault, FaultCode
from app.core.findings import FindingCode
from app.core.port_changes import PortNewsCode
from app.core.problems import Problem, ProblemCode
from app.core.provisioning import Note, Step, StepNote, StepState
from app.core.ssh_config_import import Skipped, SkipReason
from app.sentences import (
    PORT_SENTENCES,
    PROBLEM_SENTENCES,
    SENTENCES,
    SKIP_SENTENCES,
    fill,
    problem_sentence,
    sentence,
    skip_sentence,
)
from app.sentences.of_diagnosis import (
    ADVICE_SENTENCES,
    CHECK_NAMES,
    VERDICT_NAMES,
    check_name,
    examined_sentence,
    verdict_name,
)
from app.sentences.of_findings import FINDING_SENTENCES
from app.sentences.of_links import LINK_PROBLEM_SENTENCES, ODDITY_SENTENCES, REFUSAL_SENTENCES
from app.sentences.of_setup import (
    REMOVAL_STATE_SENTENCES,
    STEP_NOTE_SENTENCES,
    STEP_SENTENCES,
    STEP_STATE_SENTENCES,
    note_sentence,
    step_sentence,
    step_state_sentence,
)

ROOT = Path(__file__).parents[2]


def promised(module: Any, kind: type[StrEnum]) -> dict[str, set[str]]:
    """The details in the comment beside each member of an enum."""
    source = Path(module.__file__).read_text(encoding="utf-8")
    body = source.split(f"class {kind.__name__}(StrEnum):")[1]
    body = re.split(r"\n(?=\S)", body)[0]
    found = {}
    for match in re.finditer(r'^    ([A-Z0-9_]+) = "[^"]+"(?:  # (.*))?$', body, re.MULTILINE):
        found[match[1]] = set((match[2] or "").split(", ")) - {""}
    return found


TABLES: list[tuple[Any, type[StrEnum], Mapping[Any, str]]] = [
    (faults, FaultCode, SENTENCES),
    (problems, ProblemCode, PROBLEM_SENTENCES),
    (ssh_config_import, SkipReason, SKIP_SENTENCES),
    (findings, FindingCode, FINDING_SENTENCES),
    (port_changes, PortNewsCode, PORT_SENTENCES),
    (provisioning, StepNote, STEP_NOTE_SENTENCES),
    (diagnosis, Advice, ADVICE_SENTENCES),
    (access, LinkProblemCode, LINK_PROBLEM_SENTENCES),
    (access, Oddity, ODDITY_SENTENCES),
    (access, RefusalCode, REFUSAL_SENTENCES),
]
# Their comments explain the code instead of naming details: these sentences have none.
BARE_TABLES: list[tuple[type[StrEnum], Mapping[Any, str]]] = [
    (Step, STEP_SENTENCES),
    (StepState, STEP_STATE_SENTENCES),
    (StepState, REMOVAL_STATE_SENTENCES),
]
ALL = [
    text
    for table in [*(one[2] for one in TABLES), *(one[1] for one in BARE_TABLES)]
    for text in table.values()
]


@pytest.mark.parametrize(("module", "kind", "table"), TABLES)
def test_there_is_a_sentence_for_everything(
    module: Any, kind: type[StrEnum], table: Mapping[Any, str]
) -> None:
    assert set(table) == set(kind)
    assert len(set(table.values())) == len(table)


@pytest.mark.parametrize(("module", "kind", "table"), TABLES)
def test_placeholders_are_what_the_comment_promises(
    module: Any, kind: type[StrEnum], table: Mapping[Any, str]
) -> None:
    details = promised(module, kind)
    assert set(details) == set(kind.__members__)
    used = {code.name: set(re.findall(r"\{(\w+)\}", table[code])) for code in kind}
    assert used == details


@pytest.mark.parametrize(("kind", "table"), BARE_TABLES)
def test_there_is_a_sentence_without_details_for_everything(
    kind: type[StrEnum], table: Mapping[Any, str]
) -> None:
    assert set(table) == set(kind)
    assert len(set(table.values())) == len(table)
    assert not [text for text in table.values() if "{" in text]


def test_every_fault_has_a_hop() -> None:
    assert set(HOP_OF) == set(FaultCode)


@pytest.mark.parametrize("text", ALL)
def test_texts_are_well_formed(text: str) -> None:
    assert text == " ".join(text.split())
    assert text[-1] in ".?!"
    assert text.count("[") == text.count("]")
    assert text.count("{") == len(re.findall(r"\{\w+\}", text))
    assert all(re.search(r"\{\w+\}", part) for part in re.findall(r"\[([^\]]*)\]", text))
    assert text.isascii()


@pytest.mark.parametrize("code", [code for code in FaultCode if code is not FaultCode.CANCELLED])
def test_each_fault_ends_with_what_to_do(code: FaultCode) -> None:
    """Two sentences at least: what happened, and what to do."""
    assert len(re.findall(r"[.?:](?=[ [\]]|$)", SENTENCES[code])) >= 2


def test_the_texts_can_be_extracted_for_translation() -> None:
    files = sorted((ROOT / "app" / "sentences").glob("*.py"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    marked = re.findall(r'QT_TRANSLATE_NOOP\(\s*"(\w+)",', source)
    assert marked.count("ErrorText") == len(SENTENCES)
    assert marked.count("ProblemText") == len(PROBLEM_SENTENCES)
    assert marked.count("ImportText") == len(SKIP_SENTENCES)
    assert marked.count("PortText") == len(PORT_SENTENCES)
    assert marked.count("DoctorText") == len(ADVICE_SENTENCES)
    assert marked.count("DoctorName") == len(CHECK_NAMES) + len(VERDICT_NAMES)
    setup_tables = (STEP_SENTENCES, STEP_STATE_SENTENCES, REMOVAL_STATE_SENTENCES, STEP_NOTE_SENTENCES)
    assert marked.count("SetupText") == sum(len(table) for table in setup_tables)


def test_optional_parts() -> None:
    near = sentence(Fault.of(FaultCode.NO_SUCH_RELAY, name="gat", near="gate"))
    assert near == (
        'There is no relay named "gat". Did you mean "gate"? Choose one of the saved relays or add it.'
    )
    without = sentence(Fault.of(FaultCode.NO_SUCH_RELAY, name="gat", near=""))
    assert without == 'There is no relay named "gat". Choose one of the saved relays or add it.'
    busy = sentence(Fault.of(FaultCode.PORT_BUSY, address="127.0.0.1:10080"))
    assert "?" not in busy
    assert "[" not in busy


def test_a_missing_detail_reads_as_a_question_mark() -> None:
    assert "?" in sentence(Fault(FaultCode.DNS_FAILED))


def test_details_from_elsewhere_cannot_act() -> None:
    """A relay's message goes to a terminal: no escape sequences, no new lines, nothing expanded twice."""
    told = fill("{a} {b}", {"a": "\x1b[2Jx\r\ny\x9b", "b": "{a}[{b}]"})
    assert told == "[2Jx y {a}[{b}]"


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_fill_never_raises(template: str, details: dict[str, str]) -> None:
    assert isinstance(fill(template, details), str)


def test_sentences_of_the_setup() -> None:
    assert step_sentence(Step.BBR) == "BBR, which keeps long distances fast."
    assert step_state_sentence(StepState.DONE) == "Done and checked."
    told = note_sentence(Note(StepNote.BBR_OFF, {"current": "cubic"}))
    assert told == "The machine uses cubic instead of BBR."


def test_problem_and_skip_sentences() -> None:
    problem = Problem("port", ProblemCode.PORT_RANGE, {"value": "0"})
    assert problem_sentence(problem) == "0 is not a port. Choose a number from 1 to 65535."
    skipped = Skipped("gpu", SkipReason.PROXY_COMMAND, "nc %h %p")
    assert skip_sentence(skipped).startswith("gpu was left out:")
    assert "(nc %h %p)" in skip_sentence(skipped)


def test_names_of_the_doctor() -> None:
    assert set(CHECK_NAMES) == set(Check)
    assert set(VERDICT_NAMES) == set(Verdict)
    names = [*CHECK_NAMES.values(), *VERDICT_NAMES.values()]
    assert len(set(names)) == len(names)
    assert all(name.isascii() and name == " ".join(name.split()) for name in names)
    assert (check_name(Check.DNS), verdict_name(Verdict.BAD)) == ("Address of the relay", "Wrong")


def test_sentences_of_the_doctor() -> None:
    assert examined_sentence(Examined(check=Check.DNS, verdict=Verdict.RUNNING)) == ""
    details = {"relay_ms": "1.0", "server_ms": ""}
    measured = Examined(
        check=Check.ROUND_TRIP, verdict=Verdict.GOOD, advice=Advice.ROUND_TRIP_IS, details=details
    )
    assert examined_sentence(measured) == "The relay answers within 1.0 ms."
    skipped = Examined(
        check=Check.TCP, verdict=Verdict.SKIPPED, advice=Advice.EARLIER_FIRST, details={"check": "dns"}
    )
    assert examined_sentence(skipped) == 'First "Address of the relay" has to be put right.'
    fault = Fault.of(FaultCode.DNS_FAILED, host="h")
    assert examined_sentence(Examined(check=Check.DNS, verdict=Verdict.BAD, fault=fault)) == sentence(fault)
