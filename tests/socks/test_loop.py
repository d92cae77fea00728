"""The selector loops, with every selector that this system offers."""

from __future__ import annotations

import os
import selectors
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from app.socks.loop import READ, SELECT_LIMIT, Loop, LoopGroup
from app.socks.polling import make_poller

SELECTORS = [  # None: what a loop takes by itself
    None,
    *(
        getattr(selectors, name)
        for name in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
        if hasattr(selectors, name)
    ),
]


@pytest.fixture(params=SELECTORS, ids=lambda kind: kind.__name__ if kind else "ours")
def loop(request: pytest.FixtureRequest) -> Iterator[Loop]:
    loop = Loop("loop-under-test", request.param)
    yield loop
    assert loop.stop()


def run_in(loop: Loop, work: Callable[[], object]) -> None:
    done = threading.Event()

    def call() -> None:
        work()
        done.set()

    loop.call(call)
    assert done.wait(5)


class Member:
    """Takes a place in a loop and does nothing."""

    def socket_ready(self, mask: int) -> None: ...
    def loop_ended(self) -> None: ...


def fill(loop: Loop, count: int) -> None:
    for _ in range(count):
        loop.add(Member())


class Echo:
    """Sends back what it reads."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def socket_ready(self, mask: int) -> None:
        self.sock.send(self.sock.recv(100))

    def loop_ended(self) -> None:
        self.sock.close()


def test_a_watched_socket_is_served_until_it_is_not(loop: Loop) -> None:
    near, far = socket.socketpair()
    near.settimeout(5)
    with near, far:
        echo = Echo(far)
        run_in(loop, lambda: loop.watch(far, READ, echo))
        near.send(b"hello")
        assert near.recv(100) == b"hello"
        run_in(loop, lambda: loop.watch(far, 0, echo))
        near.send(b"nobody")
        near.settimeout(0.05)
        with pytest.raises(TimeoutError):
            near.recv(100)


def test_calls_keep_their_order_and_come_from_any_thread(loop: Loop) -> None:
    got: list[int] = []
    done = threading.Event()
    for number in range(1000):
        loop.call(lambda number=number: got.append(number))  # type: ignore[misc]
    loop.call(done.set)
    assert done.wait(5)
    assert got == list(range(1000))


def test_timers_ring_in_order_and_a_cancelled_one_does_not(loop: Loop) -> None:
    rang: list[str] = []
    done = threading.Event()

    def begin() -> None:
        loop.call_later(0.08, done.set)
        loop.call_later(0.06, lambda: rang.append("second"))
        loop.call_later(0.02, lambda: rang.append("first"))
        loop.call_later(0.03, lambda: rang.append("never")).cancel()

    loop.call(begin)
    assert done.wait(5)
    assert rang == ["first", "second"]


@pytest.mark.expected_logs("connection handler failed")
def test_one_failing_handler_does_not_end_the_loop(loop: Loop) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    loop.call(fail)
    run_in(loop, lambda: None)


def test_what_was_called_before_stop_is_done_and_members_are_told() -> None:
    loop = Loop("loop-under-test")
    near, far = socket.socketpair()
    with near:
        done: list[int] = []
        run_in(loop, lambda: loop.add(Echo(far)))
        for number in range(100):
            loop.call(lambda number=number: done.append(number))  # type: ignore[misc]
        assert loop.stop()
        assert done == list(range(100))
        assert near.recv(1) == b""  # the member's socket was closed


def test_call_after_stop_is_dropped() -> None:
    loop = Loop("loop-under-test")
    assert loop.stop()
    loop.call(lambda: None)


def test_a_group_starts_another_loop_where_select_is_full() -> None:
    group = LoopGroup("group", selectors.SelectSelector)
    try:
        first = group.pick()
        assert group.pick() is first
        run_in(first, lambda: fill(first, SELECT_LIMIT))
        second = group.pick()
        assert second is not first
        assert group.holds(second)
        assert group.holds(first)
    finally:
        assert group.stop()
    with pytest.raises(OSError, match="ended"):
        group.pick()


def test_epoll_has_no_such_limit() -> None:
    group = LoopGroup("group")
    try:
        first = group.pick()
        run_in(first, lambda: fill(first, 10 * SELECT_LIMIT))
        is_select = issubclass(selectors.DefaultSelector, selectors.SelectSelector)
        assert (group.pick() is first) != is_select
    finally:
        group.stop()


def test_a_closed_socket_that_a_child_still_has_a_copy_of_is_nobodys() -> None:
    poller = make_poller(None)
    near, far = socket.socketpair()
    copy, number = os.dup(near.fileno()), near.fileno()
    try:
        poller.watch(near, READ, "whose it was")
        near.close()
        poller.forget(number)
        far.send(b"x")
        assert poller.wait(0.0) == []
    finally:
        poller.close()
        far.close()
        os.close(copy)
