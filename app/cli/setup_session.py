"""What the commands that set up the other ends have in common: the desk, questions, how steps are told."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from app.cli.ask_once import ask
from app.cli.context import Context
from app.cli.interruptible import interruptible
from app.cli.output import fault_value
from app.cli.session import Session
from app.cli.wiring import SetUp, SetUpRequest
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document
from app.core.provisioning import Plan, StepNote, StepReport, StepState
from app.integration.profile_store import open_store
from app.sentences import sentence
from app.sentences.of_setup import note_sentence, step_sentence, step_state_sentence

_Result = TypeVar("_Result")
_SIGNS = {
    StepState.RIGHT: "ok",
    StepState.DONE: "ok",
    StepState.CHANGE: "+",
    StepState.IMPOSSIBLE: "-",
    StepState.RUNNING: "...",
    StepState.FAILED: "x",
}


def with_desk(
    context: Context, document: Document, work: Callable[[SetUp, threading.Event], _Result]
) -> _Result:
    """What ``work`` returns or raises, with a desk whose questions come to this terminal."""
    return with_ground(
        context, document, lambda request, cancelled: work(context.wiring.make_setup(request), cancelled)
    )


def with_ground(
    context: Context, document: Document, work: Callable[[SetUpRequest, threading.Event], _Result]
) -> _Result:
    """The same, for other desks that change profiles and talk to machines."""
    with Session(context, document, trusted=getattr(context.arguments, "trust", ())) as session:

        def changed(newest: Document) -> None:
            session.manager.replace_document(newest)
            with contextlib.suppress(RelayTrayError):  # none runs
                context.control.call("reload")

        request = SetUpRequest(
            paths=context.paths,
            store=open_store(context.paths, tell=context.out.warning),
            manager=session.manager,
            changed=changed,
        )
        return interruptible(lambda cancelled: work(request, cancelled))


def agrees(context: Context, question: str, cancelled: threading.Event) -> bool:
    """Whether the person says yes, here or by --yes; Ctrl-C is a no. Raises NOBODY_TO_ASK."""
    if context.arguments.yes:
        return True
    try:
        answer = ask(f"{question} [y/N] ", echo=True, given_up=cancelled)
    except RelayTrayError as e:
        if e.fault.code is FaultCode.CANCELLED:
            return False
        if e.fault.code is not FaultCode.NOBODY_TO_ASK:
            raise
        raise error(FaultCode.NOBODY_TO_ASK, question=f"{question} (or give --yes)") from e
    return answer.strip().lower() in ("y", "yes")


def refused(context: Context, name: str) -> int:
    """The exit code after a no."""
    return context.out.fault(Fault.of(FaultCode.CANCELLED, what=f"the changes of {name}"))


# --- telling ----------------------------------------------------------------------------------------------


def tell_plan(context: Context, plan: Plan, *, is_removal: bool = False) -> None:
    context.out.value({"event": "plan", **plan_value(plan)})
    who = "as root" if plan.is_root else "without root"
    context.out.text(f"{plan.host}: {plan.system} ({who})")
    for report in plan.steps:
        tell_step(context, report, is_plan=True, is_removal=is_removal)


def tell_step(
    context: Context, report: StepReport, *, is_plan: bool = False, is_removal: bool = False
) -> None:
    if not is_plan:
        context.out.value({"event": "step", **step_value(report)})
    sign, about = _SIGNS[report.state], step_sentence(report.step)
    context.out.text(f"  {sign:>3}  {about} {step_state_sentence(report.state, is_removal=is_removal)}")
    if report.state is StepState.RUNNING:
        for note in report.notes:  # how far it is
            context.out.text(f"         {note_sentence(note)}")
        return
    for note in report.notes if report.state is not StepState.DONE else ():
        if note.code is not StepNote.IS_RIGHT:  # the state says so
            context.out.text(f"         {note_sentence(note)}")
    if report.fault is not None:
        context.out.text(f"         {sentence(report.fault)}")


def plan_value(plan: Plan) -> dict[str, Any]:
    return {
        "host": plan.host,
        "system": plan.system,
        "root": plan.is_root,
        "mode": str(plan.options.mode),
        "changes": plan.changes,
        "steps": [step_value(report) for report in plan.steps],
    }


def step_value(report: StepReport) -> dict[str, Any]:
    value: dict[str, Any] = {
        "step": str(report.step),
        "state": str(report.state),
        "notes": [
            {"code": str(note.code), "details": dict(note.details), "sentence": note_sentence(note)}
            for note in report.notes
        ],
    }
    if report.fault is not None:
        value["fault"] = fault_value(report.fault)
    return value
