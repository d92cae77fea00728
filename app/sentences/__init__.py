"""The English sentences for faults, problems of a profile, what an import leaves out, and ports that moved.

One table for the log, the command line and the window. The window looks each text up in the person's
language (``QCoreApplication.translate(context, SENTENCES[code])``) and then calls :func:`fill`; so the
texts are marked for ``pyside6-lupdate``, which reads ``QT_TRANSLATE_NOOP("context", "text")``, and Qt is
not imported here.

Each sentence names the thing, the cause and the next step. ``{name}`` is a detail of the fault. What
stands in square brackets is left out when one of the details in it is empty or missing: ``[ Did you mean
{near}?]``.
"""

from __future__ import annotations

from app.core.faults import Fault
from app.core.problems import Problem
from app.core.ssh_config_import import Skipped
from app.sentences.of_faults import SENTENCES
from app.sentences.of_port_changes import PORT_SENTENCES, port_change_sentences, told_port_changes
from app.sentences.of_problems import PROBLEM_SENTENCES, SKIP_SENTENCES
from app.sentences.template import fill

__all__ = [
    "PORT_SENTENCES",
    "PROBLEM_SENTENCES",
    "SENTENCES",
    "SKIP_SENTENCES",
    "fill",
    "port_change_sentences",
    "problem_sentence",
    "sentence",
    "skip_sentence",
    "told_port_changes",
]


def sentence(fault: Fault) -> str:
    """What went wrong and what to do about it, in English."""
    return fill(SENTENCES[fault.code], fault.details)


def problem_sentence(problem: Problem) -> str:
    """What is wrong with one field of a profile, in English."""
    return fill(PROBLEM_SENTENCES[problem.code], problem.details)


def skip_sentence(skipped: Skipped) -> str:
    """Why a host of an ssh config was not imported, in English."""
    return fill(SKIP_SENTENCES[skipped.reason], {"alias": skipped.alias, "detail": skipped.detail})
