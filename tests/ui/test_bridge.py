"""News from any thread arrives in the GUI thread, in order; slow things run elsewhere and report there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future

import pytest
from pytestqt.qtbot import QtBot

from app.core.events import Event, Withdrawn
from app.ui.bridge import Background, EventBridge


@pytest.fixture
def background(qapp: object) -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def test_events_of_many_threads_arrive_in_the_gui_thread_each_in_its_order(qtbot: QtBot) -> None:
    bridge = EventBridge()
    heard: list[Event] = []
    threads: set[threading.Thread] = set()

    def hear(event: Event) -> None:
        heard.append(event)
        threads.add(threading.current_thread())

    bridge.deliver_to(hear)

    def tell(name: str) -> None:
        for number in range(200):
            bridge.publish(Withdrawn(f"{name}/{number}"))

    tellers = [threading.Thread(target=tell, args=(name,)) for name in "abcd"]
    for teller in tellers:
        teller.start()
    qtbot.waitUntil(lambda: len(heard) == 800)
    for teller in tellers:
        teller.join()
    assert threads == {threading.current_thread()}
    for name in "abcd":
        mine = [
            event.question_id
            for event in heard
            if isinstance(event, Withdrawn) and event.question_id[0] == name
        ]
        assert mine == [f"{name}/{number}" for number in range(200)]


def test_a_task_runs_in_another_thread_and_its_result_comes_back(
    qtbot: QtBot, background: Background
) -> None:
    seen: list[tuple[str, threading.Thread]] = []

    def done(future: Future[str]) -> None:
        seen.append((future.result(), threading.current_thread()))

    background.run(lambda: threading.current_thread().name, done)
    assert not seen
    qtbot.waitUntil(lambda: bool(seen))
    assert seen[0][0].startswith("background")
    assert seen[0][1] is threading.current_thread()


def test_what_a_task_raises_comes_with_the_result(qtbot: QtBot, background: Background) -> None:
    seen: list[BaseException | None] = []

    def fail() -> None:
        raise OSError("disk full")

    background.run(fail, lambda future: seen.append(future.exception()))
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], OSError)


@pytest.mark.expected_logs("A background task failed.")
def test_a_failure_that_nobody_waits_for_is_logged(
    qtbot: QtBot, background: Background, caplog: pytest.LogCaptureFixture
) -> None:
    background.run(lambda: 1 // 0)
    qtbot.waitUntil(lambda: "A background task failed." in caplog.text)
