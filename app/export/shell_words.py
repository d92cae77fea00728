"""Words of a command line to paste at the prompt of a Unix shell, PowerShell or cmd.exe.

What one shell takes as it is may be an operator to the next, so each has its own rule for what needs quotes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from app.core.faults import FaultCode, error


class Shell(StrEnum):
    """The shells whose syntax we write."""

    SH = "sh"
    POWERSHELL = "powershell"
    CMD = "cmd"


def usual_shell(*, windows: bool) -> Shell:
    """PowerShell on Windows: cmd.exe has its PSModulePath too, so they cannot be told apart from here."""
    return Shell.POWERSHELL if windows else Shell.SH


# A comma makes a list in PowerShell, "@" begins a splat, "=" separates arguments of cmd's own commands.
_PLAIN = {
    Shell.SH: re.compile(r"[A-Za-z0-9@_+=:,./-]+"),
    Shell.POWERSHELL: re.compile(r"[A-Za-z0-9_+=:./\\-]+"),
    Shell.CMD: re.compile(r"[A-Za-z0-9@_+:./\\-]+"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
# PowerShell takes the typographic ones for quotes too (about_Quoting_Rules).
_SINGLE_QUOTES = re.compile("['\u2018\u2019\u201a\u201b]")


def typed_line(words: Sequence[str], shell: Shell) -> str:
    """The words as one line. Raises PROFILE_INVALID for a word that the shell cannot be given."""
    line = " ".join(shell_word(word, shell) for word in words)
    # A quoted program is a string to PowerShell until it is called.
    return "& " + line if shell is Shell.POWERSHELL and line.startswith("'") else line


def shell_word(word: str, shell: Shell) -> str:
    """One word, in quotes where it needs them."""
    if _CONTROL.search(word):
        raise _cannot(word, "a line break or another invisible character")
    if _PLAIN[shell].fullmatch(word):
        return word
    match shell:
        case Shell.SH:
            return "'" + word.replace("'", "'\\''") + "'"
        case Shell.POWERSHELL:
            # Before 7.3 it drops the quotes of an argument on the way to a program, after that it keeps them.
            _refuse_double_quote(word)
            return "'" + _SINGLE_QUOTES.sub(lambda found: found[0] * 2, word) + "'"
        case Shell.CMD:
            _refuse_double_quote(word)
            # Backslashes before a quote that we add would make it a part of the word (CommandLineToArgvW).
            doubled = re.sub(r"(\\+)(?=%|$)", r"\1\1", word)
            # At the prompt nothing escapes "%", but a caret, outside of quotes, spoils the variable's name.
            return '"' + doubled.replace("%", '"^%"') + '"'


def _refuse_double_quote(word: str) -> None:
    if '"' in word:
        raise _cannot(word, "a double quote")


def _cannot(word: str, what: str) -> Exception:
    return error(FaultCode.PROFILE_INVALID, problem=f"{what} in {word!r} cannot be typed in this shell.")
