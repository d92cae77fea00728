"""Asking the person: one question at a time for the whole program, from any thread.

A question travels as an ``Asked`` event; whoever shows it fills the Future inside. The asking thread waits
here, so ``ask`` must never be called in the GUI thread or in the thread that answers.
"""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError, Future, InvalidStateError
from typing import Protocol, TypeVar, overload

from app.core.events import Asked, Publish, Withdrawn
from app.core.faults import FaultCode, error
from app.core.questions import (
    CodesAnswer,
    CodesQuestion,
    HostKeyAnswer,
    HostKeyQuestion,
    Question,
    SecretAnswer,
    SecretKind,
    SecretQuestion,
)
from app.log_setup import register_secret

_POLL_S = 0.1  # how soon a cancelled question is noticed; nothing else depends on it

Answer = HostKeyAnswer | SecretAnswer | CodesAnswer
_AnswerT = TypeVar("_AnswerT", HostKeyAnswer, SecretAnswer, CodesAnswer)


class NobodyToAsk(Exception):  # noqa: N818 - it is an answer of the front end, not a mistake
    """A front end puts this into the Future when it has no terminal, window or askpass program."""


class Cancellation(Protocol):
    """A ``threading.Event``, or what looks like one."""

    def is_set(self) -> bool: ...


class Asker:
    """Brings questions to the person. Thread-safe; one instance for the whole program."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._turn = threading.Lock()  # held while a question is in front of the person
        self._state = threading.Lock()
        self._round = 0  # counts withdraw_all() calls, so that waiting askers notice one

    @overload
    def ask(
        self, question: HostKeyQuestion, cancelled: Cancellation | None = None
    ) -> HostKeyAnswer | None: ...

    @overload
    def ask(self, question: SecretQuestion, cancelled: Cancellation | None = None) -> SecretAnswer | None: ...

    @overload
    def ask(self, question: CodesQuestion, cancelled: Cancellation | None = None) -> CodesAnswer | None: ...

    def ask(self, question: Question, cancelled: Cancellation | None = None) -> Answer | None:
        """The person's answer; None when they, ``cancelled`` or ``withdraw_all`` called it off.

        Blocks, first until other questions are answered, then until this one is. Raises
        NOBODY_TO_ASK when the front end has no way to ask.
        """
        with self._state:
            round_ = self._round
        if not self._wait_for_turn(round_, cancelled):
            return None
        try:
            self._publish(Asked(question))
            return self._wait_for_answer(question, round_, cancelled)
        finally:
            self._turn.release()

    def withdraw_all(self) -> None:
        """Call off every question, shown or waiting. The threads that asked get None."""
        with self._state:
            self._round += 1

    def _called_off(self, round_: int, cancelled: Cancellation | None) -> bool:
        return self._round != round_ or (cancelled is not None and cancelled.is_set())

    def _wait_for_turn(self, round_: int, cancelled: Cancellation | None) -> bool:
        while not self._called_off(round_, cancelled):
            if self._turn.acquire(timeout=_POLL_S):
                if not self._called_off(round_, cancelled):
                    return True
                self._turn.release()
        return False

    def _wait_for_answer(
        self, question: Question, round_: int, cancelled: Cancellation | None
    ) -> Answer | None:
        while True:
            if self._called_off(round_, cancelled) and question.answer.cancel():
                self._publish(Withdrawn(question.id))
                return None
            try:
                return _kept_out_of_the_log(question.answer.result(timeout=_POLL_S))
            except TimeoutError:
                continue
            except CancelledError:
                return None  # the front end itself gave up, for example while it shuts down
            except NobodyToAsk as e:
                raise error(FaultCode.NOBODY_TO_ASK, question=describe(question)) from e


def _kept_out_of_the_log(answer: Answer | None) -> Answer | None:
    if isinstance(answer, SecretAnswer):
        register_secret(answer.secret)
    elif isinstance(answer, CodesAnswer):
        for code in answer.answers:
            register_secret(code)
    return answer


def reply(future: Future[_AnswerT | None], answer: _AnswerT | None) -> bool:
    """Answer a question; False when it has been answered or withdrawn meanwhile. For front ends."""
    try:
        future.set_result(answer)
    except InvalidStateError:
        return False
    return True


def reply_nobody(question: Question) -> None:
    """Tell whoever asked that this front end cannot ask anybody."""
    try:
        question.answer.set_exception(NobodyToAsk())
    except InvalidStateError:
        pass


def describe(question: Question) -> str:
    """What the question is about, in English and without any secret: "the password of alice@relay"."""
    if isinstance(question, HostKeyQuestion):
        return f"whether to trust the {question.key_type} key {question.fingerprint} of {question.host}"
    if isinstance(question, SecretQuestion):
        what = "passphrase" if question.kind is SecretKind.PASSPHRASE else "password"
        return f"the {what} of {question.subject}"
    asked = ", ".join(prompt.text.strip() for prompt in question.prompts)
    return f"{question.profile}: {asked}"
