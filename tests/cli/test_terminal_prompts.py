"""Questions on a real pseudo-terminal, through a real SSH_ASKPASS program, and with nobody there."""

from __future__ import annotations

import os
import pty
import select
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.terminal import PosixTerminal, Terminal, WindowsConsole
from app.cli.terminal_prompts import TerminalPrompts, answer_question
from app.core.events import Asked, Withdrawn
from app.core.questions import (
    CodesAnswer,
    CodesQuestion,
    HostKeyAnswer,
    HostKeyQuestion,
    Prompt,
    SecretAnswer,
    SecretKind,
    SecretQuestion,
    SecretReason,
)
from app.system.askpass import Askpass, Turn
from app.transport.asking import NobodyToAsk
from tests.peers.ports import Deadline

FINGERPRINT = "SHA256:" + "a" * 43


def host_key() -> HostKeyQuestion:
    return HostKeyQuestion(
        id="h",
        profile="home\x1b[2J",
        is_server=False,
        host="[r.example]:2222",
        key_type="ssh-ed25519",
        fingerprint=FINGERPRINT,
        randomart="+--[ED25519 256]--+\n|     art      |",
    )


def passphrase(reason: SecretReason = SecretReason.NEEDED, id_: str = "s") -> SecretQuestion:
    return SecretQuestion(
        id=id_, profile="home", kind=SecretKind.PASSPHRASE, subject="/keys/id", reason=reason
    )


def codes() -> CodesQuestion:
    prompts = (Prompt("Code:\x07 ", False), Prompt("Device: ", True))
    return CodesQuestion(id="c", profile="home", title="Two factors", instructions="Now.", prompts=prompts)


class Person:
    """The other end of the terminal."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.seen = ""

    def sees(self, text: str) -> str:
        deadline = Deadline(20, f"{text!r} on the terminal, where there is {self.seen!r}")
        while text not in self.seen:
            if select.select([self._master], [], [], 0.1)[0]:
                self.seen += os.read(self._master, 4096).decode()
            deadline.wait()
        before, _, self.seen = self.seen.partition(text)
        return before

    def types(self, text: str) -> None:
        os.write(self._master, text.encode())

    def waits_for_echo(self, *, on: bool) -> None:
        deadline = Deadline(10, f"the terminal's echo to be {on}")
        while bool(termios.tcgetattr(self._master)[3] & termios.ECHO) is not on:
            deadline.wait()


@pytest.fixture
def terminal() -> Iterator[tuple[Person, TerminalPrompts]]:
    master, slave = pty.openpty()

    def find() -> Terminal:
        return PosixTerminal(os.dup(slave))

    prompts = TerminalPrompts(find, lambda: None)
    yield Person(master), prompts
    prompts.close()
    os.close(master)
    os.close(slave)


def test_a_host_key_is_shown_and_trusted(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    question = host_key()
    prompts.publish(Asked(question))
    shown = person.sees("Trust it (yes, no, or the fingerprint)? ")
    assert "The relay home[2J ([r.example]:2222) is seen for the first time" in shown
    assert FINGERPRINT in shown
    assert "|     art      |" in shown
    assert "\x1b" not in shown, "what others send cannot move the cursor"
    person.types("maybe\n")
    person.sees("Please type yes, no, or the whole fingerprint: ")
    person.types("yes\n")
    assert question.answer.result(20) == HostKeyAnswer(trust=True)


@pytest.mark.parametrize(
    ("typed", "trust"),
    [
        (FINGERPRINT, True),
        ("  YES ", True),
        ("no", False),
        ("", False),
        ("SHA256:" + "b" * 43, False),
    ],
)
def test_only_yes_or_the_very_fingerprint_is_trust(
    terminal: tuple[Person, TerminalPrompts], typed: str, trust: bool
) -> None:
    person, prompts = terminal
    question = host_key()
    prompts.publish(Asked(question))
    person.sees("fingerprint)? ")
    person.types(typed + "\n")
    assert question.answer.result(20) == HostKeyAnswer(trust=trust)


def test_a_passphrase_is_not_shown(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    question = passphrase()
    prompts.publish(Asked(question))
    person.sees("Passphrase for the key /keys/id: ")
    person.waits_for_echo(on=False)
    person.types("ge heim \u00e9\n")
    assert question.answer.result(20) == SecretAnswer("ge heim \u00e9", remember=False)
    again = passphrase(SecretReason.WRONG)
    prompts.publish(Asked(again))
    assert "heim" not in person.sees("That passphrase does not fit.")
    person.sees(": ")
    person.waits_for_echo(on=False)
    person.types("x\n")
    assert again.answer.result(20) == SecretAnswer("x")
    person.waits_for_echo(on=True)


def test_codes_with_their_own_echo(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    question = codes()
    prompts.publish(Asked(question))
    person.sees("Two factors")
    person.sees("Now.")
    assert "\x07" not in person.sees("(home) Code: ")
    person.waits_for_echo(on=False)
    person.types("123456\n")
    assert "123456" not in person.sees("(home) Device: ")
    person.types("phone\n")
    assert question.answer.result(20) == CodesAnswer(("123456", "phone"))


def test_end_of_file_is_cancel(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    for question in (passphrase(), codes(), host_key()):
        prompts.publish(Asked(question))
        person.sees(": " if not isinstance(question, HostKeyQuestion) else "? ")
        person.types("\x04")
        assert question.answer.result(20) is None


def test_ctrl_c_answers_the_question_and_only_that(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    assert not prompts.cancel_current()
    question = passphrase()
    prompts.publish(Asked(question))
    person.sees(": ")
    assert prompts.cancel_current()
    assert question.answer.result(20) is None
    other = passphrase(id_="other")
    prompts.publish(Asked(other))
    person.sees(": ")
    person.types("x\n")
    assert other.answer.result(20) == SecretAnswer("x")


def test_a_withdrawn_question_goes_away(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    question, next_one = passphrase(id_="one"), passphrase(id_="two")
    prompts.publish(Asked(question))
    person.sees(": ")
    prompts.publish(Withdrawn("another"))
    question.answer.cancel()
    prompts.publish(Withdrawn("one"))
    prompts.publish(Asked(next_one))
    person.sees(": ")
    person.types("x\n")
    assert next_one.answer.result(20) == SecretAnswer("x")


def test_close_gives_up_what_is_asked(terminal: tuple[Person, TerminalPrompts]) -> None:
    person, prompts = terminal
    question = passphrase()
    prompts.publish(Asked(question))
    person.sees(": ")
    prompts.close()
    assert question.answer.result(20) is None


def test_with_nobody_there_the_asker_is_told() -> None:
    prompts = TerminalPrompts(lambda: None, lambda: None)
    for question in (passphrase(), codes(), host_key()):
        prompts.publish(Asked(question))
        assert isinstance(question.answer.exception(20), NobodyToAsk)
    prompts.close()


# --- SSH_ASKPASS ------------------------------------------------------------------------------------------


def askpass(folder: Path, text: str, turn: Turn = Turn.WITHOUT_TERMINAL) -> Askpass:
    path = folder / "askpass"
    path.write_text("#!/bin/sh\n" + text)
    path.chmod(0o700)
    return Askpass(str(path), turn)


def test_askpass_answers_where_there_is_no_terminal(tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = askpass(tmp_path, f"printf '%s' \"$1\" >> '{said}'; echo yes")
    prompts = TerminalPrompts(lambda: None, lambda: program)
    key, secret, question = host_key(), passphrase(SecretReason.WRONG), codes()
    for asked in (key, secret, question):
        prompts.publish(Asked(asked))
    assert key.answer.result(20) == HostKeyAnswer(trust=True)
    assert secret.answer.result(20) == SecretAnswer("yes")
    assert question.answer.result(20) == CodesAnswer(("yes", "yes"))
    prompts.close()
    text = said.read_text()
    assert FINGERPRINT in text, "a dialog shows the fingerprint that it asks about"
    assert "does not fit" in text


@pytest.mark.parametrize("text", ["exit 0", "echo", "echo my-password", "exit 1", "echo 'no'"])
def test_a_program_that_only_knows_a_password_trusts_no_host_key(tmp_path: Path, text: str) -> None:
    """SSH_ASKPASS=/bin/true and scripts that echo a secret must not pin anything."""
    calls = tmp_path / "calls"
    program = askpass(tmp_path, f"echo x >> '{calls}'\n[ $(wc -l < '{calls}') -gt 3 ] && exit 1\n{text}")
    prompts = TerminalPrompts(lambda: None, lambda: program)
    question = host_key()
    prompts.publish(Asked(question))
    assert question.answer.result(20) in (None, HostKeyAnswer(trust=False))
    prompts.close()


def test_a_program_that_cannot_be_started_is_nobody() -> None:
    prompts = TerminalPrompts(lambda: None, lambda: Askpass("/nowhere/at/all", Turn.FIRST))
    question = passphrase()
    prompts.publish(Asked(question))
    assert isinstance(question.answer.exception(20), NobodyToAsk)
    prompts.close()


def test_askpass_comes_first_only_when_it_is_required(
    terminal: tuple[Person, TerminalPrompts], tmp_path: Path
) -> None:
    person, _ = terminal
    program = askpass(tmp_path, "echo from-askpass", Turn.FIRST)
    first = TerminalPrompts(lambda: pytest.fail("the terminal was asked"), lambda: program)
    question = passphrase()
    first.publish(Asked(question))
    assert question.answer.result(20) == SecretAnswer("from-askpass")
    first.close()
    del person


# --- the console of Windows -------------------------------------------------------------------------------


class Keyboard:
    """In the place of msvcrt: keys that are there already, and what is shown."""

    def __init__(self, keys: str) -> None:
        self._keys = list(keys)
        self.shown = ""

    def kbhit(self) -> bool:
        return bool(self._keys)

    def getwch(self) -> str:
        return self._keys.pop(0)

    def putwch(self, character: str) -> None:
        self.shown += character


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ("abc\r", "abc"),
        ("abx\bc\r", "abc"),
        ("\b\ba\n", "a"),
        ("a\xe0Hb\x00;c\r", "abc"),
        ("ab\x03", None),
        ("\x1a", None),
        ("\r", ""),
        ("\u5f20\r", "\u5f20"),
    ],
)
def test_keys_of_a_windows_console(keys: str, line: str | None) -> None:
    keyboard = Keyboard(keys)
    assert WindowsConsole(keyboard).ask("? ", echo=True) == line
    assert keyboard.shown.startswith("? ")
    silent = Keyboard(keys)
    assert WindowsConsole(silent).ask("? ", echo=False) == line
    assert silent.shown == "? \r\n"


def test_a_question_on_a_windows_console_can_be_given_up() -> None:
    given_up = threading.Event()
    given_up.set()
    assert WindowsConsole(Keyboard("")).ask("? ", echo=True, given_up=given_up) is None


def test_host_key_answers_do_not_depend_on_where_they_are_asked() -> None:
    question = host_key()
    answers = iter(["what", "Yes"])
    said: list[str] = []
    answer_question(question, lambda _prompt, _echo: next(answers), said.append)
    assert question.answer.result(0) == HostKeyAnswer(trust=True)
    assert any("+--[ED25519" in text for text in said)
