"""What the doctor found as a text to be shared: Markdown that reads well as it is. Pure.

It holds no secret: faults and details never do. ``mask.Mask`` takes out the names as well.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.diagnosis import Diagnosis, Examined, Verdict
from app.sentences.of_diagnosis import check_name, examined_sentence, verdict_name


def doctor_report(diagnoses: Sequence[Diagnosis], versions: Sequence[str]) -> str:
    """In English, whatever the language of the window: whoever helps has to read it."""
    lines = ["# RelayTray doctor", ""]
    lines += [f"* {version}" for version in versions]
    for diagnosis in diagnoses:
        lines += ["", f"## {title(diagnosis)}", ""]
        lines += [_line(examined) for examined in diagnosis.checks]
    return "\n".join(lines) + "\n"


def title(diagnosis: Diagnosis) -> str:
    """Which chain it is about."""
    if not diagnosis.alias:
        return diagnosis.relay_name
    return f"{diagnosis.alias} through {diagnosis.relay_name}"


def _line(examined: Examined) -> str:
    shows_figure = examined.figure and examined.verdict is not Verdict.SKIPPED
    figure = f" ({examined.figure})" if shows_figure else ""
    head = f"* {check_name(examined.check)}: {verdict_name(examined.verdict).upper()}{figure}"
    said = examined_sentence(examined)
    return f"{head}\n  {said}" if said else head
