"""What a command says: sentences for people, or JSON where ``--json`` asks for it.

Standard output carries the result, standard error what went wrong; with ``--json`` both are one JSON value
a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any, TextIO

from app.cli.exit_codes import ExitCode, exit_code
from app.core.faults import Fault
from app.core.problems import Problem
from app.sentences import problem_sentence, sentence

# What would move the cursor, set the window's title or turn the line round: names and hosts come out of links
# and files of strangers.
_UNSEEN = dict.fromkeys(
    (
        *(code for code in (*range(0x20), *range(0x7F, 0xA0)) if code not in b"\t\n"),
        *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),
    ),
    "\ufffd",
)


class Output:
    """Belongs to one thread at a time; each line is written whole and at once."""

    def __init__(self, *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    def text(self, line: str) -> None:
        """For people; left out with ``--json``."""
        if not self.as_json:
            self._write(self._out, line)

    def value(self, value: Any) -> None:
        """For programs; left out without ``--json``."""
        if self.as_json:
            self._write(self._out, json.dumps(value))

    def both(self, line: str, value: Any) -> None:
        self.text(line)
        self.value(value)

    def aside(self, line: str) -> None:
        """For people, beside a result that alone is on standard output."""
        if not self.as_json:
            self._write(self._err, line)

    def raw(self, text: str) -> None:
        """The result itself, with its own line ends."""
        self._out.write(text)
        self._out.flush()

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """For people; nothing where there are no rows."""
        if not rows:
            return
        widths = [max(len(str(row[i])) for row in (head, *rows)) for i in range(len(head))]
        for row in (head, *rows):
            cells = [str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
            self.text("  ".join(cells).rstrip())

    def fault(self, fault: Fault) -> ExitCode:
        """Tell on standard error what went wrong; returns the exit code for it."""
        if self.as_json:
            self._write(self._err, json.dumps({"error": fault_value(fault)}))
        else:
            self._write(self._err, f"relaytray: {sentence(fault)}")
        return exit_code(fault)

    def warning(self, fault: Fault) -> None:
        """Something that does not end the command."""
        if self.as_json:
            self._write(self._err, json.dumps({"warning": fault_value(fault)}))
        else:
            self._write(self._err, f"relaytray: {sentence(fault)}")

    def bad_input(self, message: str) -> ExitCode:
        if self.as_json:
            told = {"code": "usage", "hop": "input", "sentence": message}
            self._write(self._err, json.dumps({"error": told}))
        else:
            self._write(self._err, f"relaytray: {message}")
        return ExitCode.BAD_INPUT

    def problems(self, problems: Sequence[Problem]) -> ExitCode:
        """What is wrong with a profile, all of it at once."""
        told = [
            {"field": problem.field, "code": str(problem.code), "sentence": problem_sentence(problem)}
            for problem in problems
        ]
        if self.as_json:
            said = {"code": "profile-invalid", "hop": "input", "sentence": told[0]["sentence"]}
            self._write(self._err, json.dumps({"error": {**said, "problems": told}}))
        else:
            for problem in told:
                self._write(self._err, f"relaytray: {problem['field']}: {problem['sentence']}")
        return ExitCode.BAD_INPUT

    def _write(self, stream: TextIO, line: str) -> None:
        stream.write(line.translate(_UNSEEN) + "\n")
        stream.flush()


def fault_value(fault: Fault) -> dict[str, Any]:
    """A fault as JSON shows it."""
    return {
        "code": str(fault.code),
        "hop": str(fault.hop),
        "sentence": sentence(fault),
        "details": dict(fault.details),
    }


def prepare_streams() -> None:
    """Any text can be written anywhere: UTF-8 into files and pipes, and no crash on a narrow terminal."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None or not hasattr(stream, "reconfigure"):
            continue
        if stream.isatty():
            stream.reconfigure(errors="replace")
        else:
            stream.reconfigure(encoding="utf-8", errors="surrogateescape", newline="\n")
