"""One question at a time, and every one of them ends: answered, called off, or with nobody to ask."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import pytest

from app.core.events import Asked, Event, Withdrawn
from app.core.faults import FaultCode, RelayTrayError
from app.core.questions import (
    CodesAnswer,
    CodesQuestion,
    HostKeyAnswer,
    HostKeyQuestion,
    Prompt,
    SecretAnswer,
    SecretKind,
    SecretQuestion,
)
from app.transport.asking import Asker, describe, reply, reply_nobody


def password(number: int = 1) -> SecretQuestion:
    return SecretQuestion(id=f"q{number}", profile="lab", kind=SecretKind.PASSWORD, subject="alice@relay")


@pytest.fixture
def events() -> Queue[Event]:
    return Queue()


@pytest.fixture
def asker(events: Queue[Event]) -> Asker:
    return Asker(events.put)


def asked(events: Queue[Event]) -> SecretQuestion:
    event = events.get(timeout=10)
    assert isinstance(event, Asked)
    assert isinstance(event.question, SecretQuestion)
    return event.question


def test_the_answer_comes_back(asker: Asker, events: Queue[Event]) -> None:
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(asker.ask, password())
        assert reply(asked(events).answer, SecretAnswer("secret", remember=True))
        assert asking.result(10) == SecretAnswer("secret", remember=True)
    assert events.empty()


def test_cancelling_gives_none(asker: Asker, events: Queue[Event]) -> None:
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(asker.ask, password())
        assert reply(asked(events).answer, None)
        assert asking.result(10) is None


def test_one_question_at_a_time(asker: Asker, events: Queue[Event]) -> None:
    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(asker.ask, password(number)) for number in range(3)]
        for _ in range(3):
            question = asked(events)
            assert events.empty()
            reply(question.answer, SecretAnswer(question.id))
        assert sorted(str(answer and answer.secret) for answer in (a.result(10) for a in asking)) == [
            "q0",
            "q1",
            "q2",
        ]


def test_a_caller_that_gives_up_withdraws_its_question(asker: Asker, events: Queue[Event]) -> None:
    cancelled = threading.Event()
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(asker.ask, password(), cancelled)
        question = asked(events)
        cancelled.set()
        assert asking.result(10) is None
    assert events.get(timeout=1) == Withdrawn("q1")
    assert question.answer.cancelled()
    assert not reply(question.answer, SecretAnswer("too late"))
    assert asker_still_works(asker, events)


def asker_still_works(asker: Asker, events: Queue[Event]) -> bool:
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(asker.ask, password(9))
        reply(asked(events).answer, SecretAnswer("x"))
        return asking.result(10) is not None


class Watched:
    """A cancellation that never comes; tells when it is first looked at, that is: when one waits."""

    def __init__(self) -> None:
        self.looked_at = threading.Event()

    def is_set(self) -> bool:
        self.looked_at.set()
        return False


def test_withdraw_all_ends_the_shown_and_the_waiting(asker: Asker, events: Queue[Event]) -> None:
    with ThreadPoolExecutor() as pool:
        asking = [pool.submit(asker.ask, password(0))]
        shown = asked(events)
        waiting = Watched()
        asking.append(pool.submit(asker.ask, password(1), waiting))
        assert waiting.looked_at.wait(10)
        asker.withdraw_all()
        assert [one.result(10) for one in asking] == [None, None]
    assert events.get(timeout=1) == Withdrawn(shown.id)
    assert events.empty()
    assert asker_still_works(asker, events)


def test_a_caller_that_has_given_up_already_asks_nothing(asker: Asker, events: Queue[Event]) -> None:
    cancelled = threading.Event()
    cancelled.set()
    assert asker.ask(password(), cancelled) is None
    assert events.empty()


def test_an_answer_that_is_there_counts_even_when_called_off(events: Queue[Event]) -> None:
    cancelled = threading.Event()

    def publish(event: Event) -> None:
        if isinstance(event, Asked) and isinstance(event.question, SecretQuestion):
            reply(event.question.answer, SecretAnswer("quick"))
            cancelled.set()

    assert Asker(publish).ask(password(), cancelled) == SecretAnswer("quick")


def test_nobody_to_ask_says_what_would_have_been_asked() -> None:
    def publish(event: Event) -> None:
        assert isinstance(event, Asked)
        reply_nobody(event.question)
        reply_nobody(event.question)  # does no harm

    with pytest.raises(RelayTrayError) as caught:
        Asker(publish).ask(password())
    assert caught.value.fault.code is FaultCode.NOBODY_TO_ASK
    assert caught.value.fault.details == {"question": "the password of alice@relay"}


def test_a_front_end_that_cancels_the_future_has_cancelled() -> None:
    def publish(event: Event) -> None:
        assert isinstance(event, Asked)
        event.question.answer.cancel()

    assert Asker(publish).ask(password()) is None


def test_a_front_end_that_fails_does_not_block_the_next_question(events: Queue[Event]) -> None:
    def publish(event: Event) -> None:
        events.put(event)
        if isinstance(event, Asked) and event.question.id == "q1":
            raise RuntimeError

    asker = Asker(publish)
    with pytest.raises(RuntimeError):
        asker.ask(password())
    events.get()
    assert asker_still_works(asker, events)


def test_every_kind_can_be_asked_and_described() -> None:
    def publish(event: Event) -> None:
        assert isinstance(event, Asked)
        question = event.question
        if isinstance(question, HostKeyQuestion):
            reply(question.answer, HostKeyAnswer(trust=True))
        elif isinstance(question, CodesQuestion):
            reply(question.answer, CodesAnswer(("123456",)))

    asker = Asker(publish)
    host_key = HostKeyQuestion(
        id="1",
        profile="lab",
        is_server=False,
        host="[relay]:2222",
        key_type="ssh-ed25519",
        fingerprint="SHA256:x",
        randomart="",
    )
    codes = CodesQuestion(
        id="2", profile="lab", title="", instructions="", prompts=(Prompt("Code: ", echo=False),)
    )
    assert asker.ask(host_key) == HostKeyAnswer(trust=True)
    assert asker.ask(codes) == CodesAnswer(("123456",))
    assert describe(host_key) == "whether to trust the ssh-ed25519 key SHA256:x of [relay]:2222"
    assert describe(codes) == "lab: Code:"
    passphrase = SecretQuestion(id="3", profile="lab", kind=SecretKind.PASSPHRASE, subject="/k")
    assert describe(passphrase) == "the passphrase of /k"
