"""The steps of a set-up or its removal as they are shown: how each stands, and why. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from app.core.cloud import CloudStep
from app.core.faults import Fault
from app.core.provisioning import Note, Step, StepNote, StepReport, StepState
from app.sentences.of_setup import REMOVAL_STATE_SENTENCES
from app.ui.texts import Text
from app.ui.tray_model import Mark


@dataclass(frozen=True)
class StepLine:
    """One step as it is shown; ``notes`` say why it is as it is."""

    step: Step | CloudStep
    state: StepState
    state_words: Text | None  # None = the usual word for the state
    mark: Mark
    notes: tuple[Note, ...] = ()
    fault: Fault | None = None
    title: Text | None = None  # None = the usual sentence of the step
    detail: str = ""  # a name or an address


_MARKS = {
    StepState.RIGHT: Mark.CONNECTED,
    StepState.CHANGE: Mark.OFF,
    StepState.IMPOSSIBLE: Mark.OFF,
    StepState.RUNNING: Mark.CONNECTING,
    StepState.DONE: Mark.CONNECTED,
    StepState.FAILED: Mark.TROUBLE,
}


def step_lines(steps: tuple[StepReport, ...], *, is_removal: bool, told: Fault | None) -> Iterator[StepLine]:
    """``told`` is the fault that stands above them already."""
    for one in steps:
        words = REMOVAL_STATE_SENTENCES[one.state] if is_removal else None
        notes = _gathered(
            note for note in one.notes if _is_worth_telling(one.state, note.code, is_removal=is_removal)
        )
        yield StepLine(
            one.step,
            one.state,
            Text("SetupText", words) if words else None,
            _MARKS[one.state],
            notes,
            one.fault if one.fault is not told else None,
        )


def _is_worth_telling(state: StepState, code: StepNote, *, is_removal: bool) -> bool:
    """Not what the word for the state says, nor why something was done that is done by now."""
    if code is StepNote.IS_RIGHT:
        return False
    if state in {StepState.IMPOSSIBLE, StepState.FAILED}:
        return True
    if state in {StepState.DONE, StepState.RIGHT}:
        return code in _STILL_TO_DO and not is_removal
    if state is StepState.RUNNING:
        return code in _WHILE_IT_RUNS
    is_planned = state is StepState.CHANGE
    return is_planned and (not is_removal or code in _OF_REMOVALS)


def _gathered(notes: Iterable[Note]) -> tuple[Note, ...]:
    """What is to be said of several files or accounts is said once, of all of them."""
    gathered: dict[StepNote, Note] = {}
    found: list[Note] = []
    for note in notes:
        before = gathered.get(note.code)
        if before is None or note.code not in _OF_SEVERAL:
            gathered[note.code] = note
            found.append(note)
            continue
        joined = {key: f"{value}, {note.details.get(key, '')}" for key, value in before.details.items()}
        found[found.index(before)] = gathered[note.code] = Note(note.code, joined)
    return tuple(found)


_OF_REMOVALS = {
    StepNote.SSHD_RELOAD,
    StepNote.OTHER_COMPUTER,
    StepNote.OTHER_SERVER,
    StepNote.V2RAY_OTHERS,
    StepNote.SHADOWSOCKS_SERVICE_GOES,
    StepNote.SHADOWSOCKS_PROFILE_GOES,
}
# The person's own part, which RelayTray cannot do, and what is as good as it gets there.
_STILL_TO_DO = {
    StepNote.FIREWALL_BY_HAND,
    StepNote.PROVIDER_FIREWALL,
    StepNote.SHADOWSOCKS_WITHOUT_UDP,
}
_WHILE_IT_RUNS = {StepNote.V2RAY_PROGRAM_ARRIVING}
_OF_SEVERAL = {
    StepNote.OTHER_COMPUTER,
    StepNote.ACCOUNT_MISSING,
    StepNote.FILE_MISSING,
    StepNote.FILE_DIFFERS,
    StepNote.HOST_KEY_NOT_PINNED,
}
