"""Words survive the shell they were written for: run by the real one, or read by its documented rules."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.export.shell_words import Shell, shell_word, typed_line

AWKWARD = [
    "plain/path-1.0_x",
    "with space",
    "o'brien",
    "\u2018curly\u2019",
    "50% off",
    "%PATH%",
    "%PATH:~0,1%",
    "\u5f20\u4e09 \U0001f680",
    "# hash",
    "$HOME `x` $(x)",
    "a;b & c | d > e < f",
    "(x){y}[z]*?!~",
    "-dash",
    "a,b",
    "@splat",
    "a=b",
    "^caret^",
    "back\\slash",
    "ends with space and \\",
    "",
]
_ANY = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\x85"), max_size=20
)


def argv_of_windows(line: str) -> list[str]:
    """CommandLineToArgvW, as documented: backslashes count only before a double quote."""
    words: list[str] = []
    word, started, quoted, i = "", False, False, 0
    while i < len(line):
        slashes = len(line) - i - len(line[i:].lstrip("\\"))
        after = line[i + slashes : i + slashes + 1]
        if slashes and after == '"':
            word, started = word + "\\" * (slashes // 2), True
            i += slashes
            if slashes % 2:
                word += '"'
                i += 1
            continue
        character = line[i]
        if character == '"':
            quoted, started = not quoted, True
        elif character in " \t" and not quoted:
            if started:
                words.append(word)
            word, started = "", False
        else:
            word, started = word + character, True
        i += 1
    return [*words, word] if started else words


def after_cmd(line: str) -> str:
    """What cmd.exe hands on at its prompt: variables that exist, then carets outside of quotes."""
    line = re.sub(r"%(PATH|path)(:[^%]*)?%", "EXPANDED", line)
    handed, quoted, escaped = "", False, False
    for character in line:
        if character == '"' and not escaped:
            quoted = not quoted
        if character == "^" and not quoted and not escaped:
            escaped = True
            continue
        assert quoted or escaped or character not in "&|<>()", f"an operator: {line}"
        escaped = False
        handed += character
    return handed


def words_of_powershell(line: str) -> list[str]:
    """Bare words, and single-quoted ones with any of its four quotes doubled; "&" calls the first."""
    quotes = "'\u2018\u2019\u201a\u201b"
    pattern = rf"[{quotes}]((?:[^{quotes}]|([{quotes}])\2)*)[{quotes}](?= |$)|([^ {quotes}]+)(?= |$)"
    words, at = [], 0
    while at < len(line):
        found = re.compile(pattern).match(line, at)
        assert found, line[at:]
        if found[3] is None:
            words.append(re.sub(rf"([{quotes}])\1", r"\1", found[1]))
        else:
            assert re.fullmatch(r"&|[A-Za-z0-9_+=:./\\-]+", found[3]), found[3]
            words.append(found[3])
        at = found.end() + 1
    return words


@given(words=st.lists(_ANY, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_a_unix_shell_hands_on_every_word(words: list[str]) -> None:
    line = typed_line(
        [sys.executable, "-c", "import json,sys; print(json.dumps(sys.argv[1:]))", *words], Shell.SH
    )
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=30, check=True)
    assert json.loads(done.stdout) == words


@pytest.mark.parametrize("word", AWKWARD)
def test_each_shell_hands_on_what_people_have_in_paths(word: str) -> None:
    echo = ["/bin/echo", "-n", word]
    done = subprocess.run(["/bin/sh", "-c", typed_line(echo, Shell.SH)], capture_output=True, timeout=30)
    assert done.stdout.decode() == word
    assert words_of_powershell(typed_line(["scp", word], Shell.POWERSHELL)) == ["scp", word]
    assert argv_of_windows(after_cmd(typed_line(["scp", word], Shell.CMD))) == ["scp", word]


@pytest.mark.parametrize("word", ["C:\\a b\\\\", "C:\\%x", "C:\\a\\%b%\\", "\\\\srv\\%u%\\\\"])
def test_backslashes_before_a_quote_of_ours_stay_backslashes(word: str) -> None:
    assert argv_of_windows(after_cmd(typed_line(["scp", word], Shell.CMD))) == ["scp", word]


_NO_QUOTE = _ANY.map(lambda text: text.replace('"', ""))


@given(word=_NO_QUOTE)
def test_any_word_without_a_double_quote_can_be_typed_on_windows(word: str) -> None:
    assert words_of_powershell(typed_line(["scp", word], Shell.POWERSHELL)) == ["scp", word]
    assert argv_of_windows(after_cmd(typed_line(["scp", word], Shell.CMD))) == ["scp", word]


def test_a_quoted_program_is_called_by_powershell() -> None:
    program = "C:\\Program Files\\x\\y.exe"
    assert typed_line([program, "a"], Shell.POWERSHELL) == f"& '{program}' a"
    assert typed_line(["C:\\x\\y.exe", "a"], Shell.POWERSHELL) == "C:\\x\\y.exe a"
    assert typed_line([program, "a"], Shell.CMD) == f'"{program}" a'


@pytest.mark.parametrize("shell", Shell)
def test_what_cannot_be_typed_is_refused(shell: Shell) -> None:
    bad = ["a\nb", "a\0b", "a\u2028b", *(['say "x"'] if shell is not Shell.SH else [])]
    for word in bad:
        with pytest.raises(RelayTrayError) as caught:
            shell_word(word, shell)
        assert caught.value.fault.code is FaultCode.PROFILE_INVALID
