"""Answers the program's questions on the terminal, or through SSH_ASKPASS, in a thread of its own."""

from __future__ import annotations

import queue
import re
import threading
from collections.abc import Callable

from app.cli.terminal import Terminal, open_terminal
from app.core.events import Asked, Event, Withdrawn
from app.core.faults import RelayTrayError
from app.core.questions import (
    CodesAnswer,
    CodesQuestion,
    HostKeyAnswer,
    HostKeyQuestion,
    Question,
    SecretAnswer,
    SecretKind,
    SecretQuestion,
    SecretReason,
)
from app.log_setup import register_secret
from app.system.askpass import Askpass, Turn, find_askpass
from app.transport.asking import reply, reply_nobody

# What another machine sends must not move the cursor or colour the text of a question.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Ask = Callable[[str, bool], str | None]  # prompt, echo -> the line, or None


class TerminalPrompts:
    """Give it every event through ``publish``; ``close`` ends its thread. Thread-safe.

    ``find_terminal`` and ``askpass`` stand for the real ones in tests.
    """

    def __init__(
        self,
        find_terminal: Callable[[], Terminal | None] = open_terminal,
        askpass: Callable[[], Askpass | None] = find_askpass,
    ) -> None:
        self._find_terminal = find_terminal
        self._find_askpass = askpass
        self._questions: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._current: Question | None = None
        self._given_up = threading.Event()

    def publish(self, event: Event) -> None:
        """Any thread; returns at once."""
        if isinstance(event, Asked):
            self._start()
            self._questions.put(event.question)
        elif isinstance(event, Withdrawn):
            with self._lock:
                if self._current is not None and self._current.id == event.question_id:
                    self._given_up.set()

    def cancel_current(self) -> bool:
        """Answer the question that is being asked, if there is one, with "cancelled"."""
        with self._lock:
            if self._current is None:
                return False
            self._given_up.set()
            return True

    def close(self) -> None:
        """Give up what is being asked and wait for the thread."""
        self._questions.put(None)
        self.cancel_current()
        if self._thread is not None:
            self._thread.join(10)

    def _start(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="prompts", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (question := self._questions.get()) is not None:
            with self._lock:
                self._current = question
                self._given_up.clear()
            try:
                if not question.answer.done():
                    self._put(question)
            finally:
                with self._lock:
                    self._current = None

    def _put(self, question: Question) -> None:
        """Ask it wherever it can be asked, and answer it."""
        askpass = self._find_askpass()
        if askpass is not None and askpass.turn is Turn.FIRST:
            self._through_askpass(question, askpass)
            return
        terminal = self._find_terminal()
        if terminal is not None:
            with terminal:
                answer_question(
                    question,
                    lambda prompt, echo: terminal.ask(prompt, echo=echo, given_up=self._given_up),
                    terminal.say,
                )
        elif askpass is not None:
            self._through_askpass(question, askpass)
        else:
            reply_nobody(question)

    def _through_askpass(self, question: Question, askpass: Askpass) -> None:
        said: list[str] = []  # a dialog shows one text: what was said before goes in front of the prompt

        def ask(prompt: str, _echo: bool) -> str | None:
            text = "\n".join([*said, prompt])
            said.clear()
            return askpass.ask(text, self._given_up)

        try:
            answer_question(question, ask, said.append)
        except RelayTrayError:  # the program cannot be started
            reply_nobody(question)


def answer_question(question: Question, ask: Ask, say: Callable[[str], None]) -> None:
    """Put one question with ``ask`` and ``say``, and fill its Future. Blocks."""
    if isinstance(question, HostKeyQuestion):
        reply(question.answer, _host_key(question, ask, say))
    elif isinstance(question, SecretQuestion):
        reply(question.answer, _secret(question, ask, say))
    else:
        reply(question.answer, _codes(question, ask, say))


def _host_key(question: HostKeyQuestion, ask: Ask, say: Callable[[str], None]) -> HostKeyAnswer | None:
    what = "server" if question.is_server else "relay"
    say(f"The {what} {clean(question.profile)} ({clean(question.host)}) is seen for the first time.")
    say(f"Its {clean(question.key_type)} key has the fingerprint\n  {clean(question.fingerprint)}")
    say(clean(question.randomart))
    prompt = "Compare it with the one its owner gives you. Trust it (yes, no, or the fingerprint)? "
    while True:
        answer = ask(prompt, True)
        if answer is None:
            return None
        answer = answer.strip()
        # A program that answers everything with an empty line or a password never says "yes" by it.
        if answer.lower() == "yes" or answer == question.fingerprint:
            return HostKeyAnswer(trust=True)
        if answer.lower() in ("no", "n", ""):
            return HostKeyAnswer(trust=False)
        if answer.startswith("SHA256:"):
            say("That is another fingerprint: this is not the machine you expect.")
            return HostKeyAnswer(trust=False)
        prompt = "Please type yes, no, or the whole fingerprint: "


def _secret(question: SecretQuestion, ask: Ask, say: Callable[[str], None]) -> SecretAnswer | None:
    is_passphrase = question.kind is SecretKind.PASSPHRASE
    if question.reason is SecretReason.WRONG:
        say(f"That {question.kind} does not fit.")
    subject = clean(question.subject)
    prompt = f"Passphrase for the key {subject}: " if is_passphrase else f"Password of {subject}: "
    secret = ask(prompt, False)
    if secret is None:
        return None
    register_secret(secret)
    return SecretAnswer(secret)


def _codes(question: CodesQuestion, ask: Ask, say: Callable[[str], None]) -> CodesAnswer | None:
    if question.reason is SecretReason.WRONG:
        say("That was not accepted.")
    for text in (question.title, question.instructions):
        if text.strip():
            say(clean(text.strip()))
    answers = []
    for prompt in question.prompts:
        answer = ask(f"({clean(question.profile)}) {clean(prompt.text)}", prompt.echo)
        if answer is None:
            return None
        if not prompt.echo:
            register_secret(answer)
        answers.append(answer)
    return CodesAnswer(tuple(answers))


def clean(text: str) -> str:
    """Without control characters but line ends and tabs."""
    return _CONTROL.sub("", text)
