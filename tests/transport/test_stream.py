"""Streams against a server that does what no good server does, and against bad moments."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import pytest
from paramiko.message import Message

from app.transport.stream import FIRST_WINDOW, MIN_WINDOW, LinkStream, WindowBudget
from tests.transport.scripted_server import (
    CLOSE,
    CONFIRMATION,
    DATA,
    EOF,
    EXTENDED,
    FAILURE,
    OPEN,
    OPEN_FAILURE,
    REMOTE,
    REQUEST,
    WINDOW_ADJUST,
    Scripted,
    Sink,
    body,
    until,
)


@pytest.fixture
def far() -> Iterator[Scripted]:
    with Scripted() as far:
        yield far


def test_a_stream_opens_carries_and_ends_in_order(far: Scripted) -> None:
    sink = Sink()
    channel = far.open(sink)
    assert sink.stream is not None
    far.say(DATA, channel, rest=body(b"hello"))
    assert sink.stream.write(memoryview(b"answer")) == 6
    assert far.wait_for(DATA) == [struct.pack(">I", REMOTE) + body(b"answer")]
    far.say(EOF, channel)
    far.say(CLOSE, channel)
    until(lambda: "closed" in sink.told, "the close")
    assert sink.told == ["opened", b"hello", "eof", "closed"]
    far.wait_for(CLOSE)
    assert far.link.open_streams == 0


def test_a_close_without_an_eof_is_an_end_as_well(far: Scripted) -> None:
    """RFC 4254 section 5.3: EOF may be left out, and some servers always do."""
    sink = Sink()
    channel = far.open(sink)
    far.say(DATA, channel, rest=body(b"all of it"))
    far.say(CLOSE, channel)
    until(lambda: len(sink.told) == 3, "the close")
    assert sink.told == ["opened", b"all of it", "closed"]
    far.wait_for(CLOSE)


def test_nothing_is_sent_on_a_channel_behind_its_close(far: Scripted) -> None:
    """The far end's CLOSE, answered by the reader, may come while a loop is about to write: RFC 4254 5.3."""
    sink = Sink()
    far.open(sink)
    stream, send_data = sink.stream, far.transport.send_data
    assert stream is not None

    def late(*args: Any) -> bool:
        stream.far_close(Message())
        return send_data(*args)

    far.transport.send_data = late  # type: ignore[method-assign,assignment]
    stream.write(memoryview(b"too late"))
    stream.write_eof()
    far.round_trip()
    assert len(far.all(CLOSE)) == 1
    assert not far.all(DATA)
    assert not far.all(EOF)


def test_a_request_behind_our_close_is_not_answered(far: Scripted) -> None:
    sink = Sink()
    channel = far.open(sink)
    assert sink.stream is not None
    far.say(REQUEST, channel, rest=body(b"what") + b"\x01")
    far.wait_for(FAILURE)
    sink.stream.close()
    far.wait_for(CLOSE)
    far.say(REQUEST, channel, rest=body(b"what") + b"\x01")
    far.round_trip()
    assert len(far.all(FAILURE)) == 1


VIOLATIONS = {
    "data before it is open": lambda far, n: far.say(DATA, n, rest=body(b"x")),
    "end before it is open": lambda far, n: far.say(EOF, n),
    "close before it is open": lambda far, n: far.say(CLOSE, n),
    "opened twice": lambda far, n: [far.say(CONFIRMATION, n, REMOTE, 1000, 1000) for _ in range(2)],
    "opened and refused": lambda far, n: [
        far.say(CONFIRMATION, n, REMOTE, 1000, 1000),
        far.say(OPEN_FAILURE, n, 2, rest=body(b"no") + body(b"")),
    ],
    "too much data": lambda far, n: [
        far.say(CONFIRMATION, n, REMOTE, 1000, 1000),
        *[far.say(DATA, n, rest=body(bytes(100_000))) for _ in range(FIRST_WINDOW // 100_000 + 2)],
    ],
    "too much of another kind": lambda far, n: [
        far.say(CONFIRMATION, n, REMOTE, 1000, 1000),
        far.say(EXTENDED, n, 1, rest=body(bytes(200_000))),
        *[far.say(EXTENDED, n, 1, rest=body(bytes(200_000))) for _ in range(8)],
    ],
    "an unknown channel": lambda far, n: far.say(DATA, n + 1, rest=body(b"x")),
}


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_a_server_that_breaks_the_rules_loses_the_link_and_every_stream_hears_it(
    far: Scripted, violation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = Sink()
    sink.taking = False
    sink.stream = far.link.open_stream("target", 80, sink)
    if violation == "too much of another kind":
        monkeypatch.setattr(LinkStream, "_grant", lambda _stream: None)
    channel = int.from_bytes(far.wait_for(OPEN)[-1][16:20], "big")
    try:
        VIOLATIONS[violation](far, channel)
    except (OSError, EOFError):
        pass  # it hung up already
    assert far.lost.wait(10)
    assert sink.told[-1] in ("lost", "closed")
    assert sum(word in ("lost", "closed") for word in sink.told if isinstance(word, str)) == 1


LATE = {
    "data": lambda far, n: far.say(DATA, n, rest=body(b"late")),
    "other data": lambda far, n: far.say(EXTENDED, n, 1, rest=body(b"late")),
    "window": lambda far, n: far.say(WINDOW_ADJUST, n, 1),
    "eof": lambda far, n: far.say(EOF, n),
    "close": lambda far, n: far.say(CLOSE, n),
    "request": lambda far, n: far.say(REQUEST, n, rest=body(b"exit-status") + b"\0" + bytes(4)),
}


@pytest.mark.parametrize("late", LATE)
@pytest.mark.parametrize("by_us", [True, False])
def test_what_a_hasty_server_says_of_a_stream_behind_its_end_harms_no_other(
    far: Scripted, late: str, by_us: bool
) -> None:
    """Servers with a thread for each channel do: data that was under way when the CLOSE went."""
    ended, other = Sink(), Sink()
    channel = far.open(ended)
    number = far.open(other)
    assert ended.stream is not None
    assert other.stream is not None
    if by_us:
        ended.stream.close()
    far.say(CLOSE, channel)
    far.wait_for(CLOSE)
    until(lambda: far.link.open_streams == 1, "the channel to be forgotten")
    told = list(ended.told)
    LATE[late](far, channel)
    far.say(DATA, number, rest=body(b"after"))
    until(lambda: b"after" in other.told, "the other stream's bytes")
    assert ended.told == told
    assert far.link.is_alive


def test_a_number_that_no_stream_had_ends_the_link_and_is_told(far: Scripted) -> None:
    number = far.open(Sink())
    far.say(DATA, number + 1, rest=body(b"x"))
    assert far.lost.wait(10)
    assert "unknown channel" in far.link.why_lost()


def test_the_budget_is_whole_again_however_streams_end(far: Scripted) -> None:
    whole = far.budget.left
    for end in ("they close", "we close", "refused", "given up before", "lost"):
        sink = Sink()
        if end == "refused":
            count = len(far.all(OPEN))
            sink.stream = far.link.open_stream("target", 80, sink)
            channel = int.from_bytes(far.wait_for(OPEN, count + 1)[-1][16:20], "big")
            far.say(OPEN_FAILURE, channel, 2, rest=body(b"no") + body(b""))
        elif end == "given up before":
            before = len(far.all(OPEN)), len(far.all(CLOSE))
            sink.stream = far.link.open_stream("target", 80, sink)
            sink.stream.close()
            channel = int.from_bytes(far.wait_for(OPEN, before[0] + 1)[-1][16:20], "big")
            far.say(CONFIRMATION, channel, REMOTE, 1000, 1000)
            far.wait_for(CLOSE, before[1] + 1)
            far.say(CLOSE, channel)
        else:
            before_close = len(far.all(CLOSE))
            channel = far.open(sink)
            assert sink.stream is not None
            if end == "they close":
                far.say(CLOSE, channel)
                far.wait_for(CLOSE, before_close + 1)
                sink.stream.close()
            elif end == "we close":
                sink.stream.close()
                far.wait_for(CLOSE, before_close + 1)
                far.say(CLOSE, channel)
            else:
                far.link.cut()
                assert far.lost.wait(10)
                sink.stream.close()
        until(lambda: far.budget.left == whole, f"the budget when {end}")
        until(lambda: far.link.open_streams == 0, f"the channel to be forgotten when {end}")


def test_memory_that_a_slow_client_still_holds_is_not_given_to_others() -> None:
    """The far end has closed, but what it sent still waits here: the budget is not free yet."""
    with Scripted(WindowBudget(4 * FIRST_WINDOW)) as far:
        whole = far.budget.left
        sink = Sink()
        sink.taking = False
        channel = far.open(sink)
        assert sink.stream is not None
        far.say(DATA, channel, rest=body(bytes(100_000)))
        far.say(EOF, channel)
        far.say(CLOSE, channel)
        far.wait_for(CLOSE)
        assert far.budget.left == whole - (FIRST_WINDOW - MIN_WINDOW)
        sink.stream.close()
        assert far.budget.left == whole


def test_credit_comes_back_in_full_and_the_window_grows_only_for_who_keeps_up(far: Scripted) -> None:
    sink = Sink()
    channel = far.open(sink)
    sent = 0
    granted = FIRST_WINDOW
    for _ in range(60):
        if granted - sent < 100_000:
            count = len(far.all(WINDOW_ADJUST))
            far.wait_for(WINDOW_ADJUST, count or 1)
            granted = FIRST_WINDOW + sum(int.from_bytes(m[4:8], "big") for m in far.all(WINDOW_ADJUST))
        far.say(DATA, channel, rest=body(bytes(100_000)))
        sent += 100_000
        granted = FIRST_WINDOW + sum(int.from_bytes(m[4:8], "big") for m in far.all(WINDOW_ADJUST))
    assert sent == 6_000_000
    assert granted > sent
    assert far.link.is_alive
