"""Where a request for an http:// address ends, and that nothing goes to its server behind that."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.socks.handshake import FixedHandshake, ProxyHandshake
from app.socks.http_body import CHUNKED, OneRequest, RequestEnd

NEXT = b"GET http://other/ HTTP/1.1\r\nCookie: own=1\r\n\r\n"


class Stream:
    """Takes at most so many bytes at a time."""

    def __init__(self, at_once: int = 1 << 20) -> None:
        self.written = b""
        self.calls: list[str] = []
        self._at_once = at_once

    def write(self, data: memoryview) -> int:
        taken = min(len(data), self._at_once)
        self.written += bytes(data[:taken])
        return taken

    def write_eof(self) -> None:
        self.calls.append("eof")

    def consumed(self, count: int, *, backlog: int) -> None:
        self.calls.append(f"{count} {backlog}")

    def close(self) -> None:
        self.calls.append("close")


def push(stream: OneRequest, data: bytes) -> None:
    """As a connection does: what was not taken is offered again."""
    left = memoryview(data)
    while left:
        left = left[stream.write(left) :]


BODIES = [
    (0, b""),
    (3, b"a\r\n"),
    (CHUNKED, b"0\r\n\r\n"),
    (CHUNKED, b"3\r\nabc\r\n00A ; name=\"x\"\r\n0123456789\r\n0\r\n\r\n"),
    (CHUNKED, b"1\nx\r\n0\r\nTrailer: one\r\nOther: two\r\n\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("length", "body"), BODIES)
@given(st.lists(st.integers(0, 80), max_size=6), st.integers(1, 9))
def test_the_request_goes_on_and_no_other(length: int, body: bytes, cuts: list[int], at_once: int) -> None:
    head = b"POST / HTTP/1.1\r\n\r\n"
    sent = head + body
    inner = Stream(at_once)
    stream = OneRequest(inner, RequestEnd(len(head), length))
    edges = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    for start, end in pairwise(edges):
        push(stream, sent[start:end])
    assert inner.written == sent
    push(stream, b"\r\n")  # old clients send it behind a body
    with pytest.raises(OSError, match="second HTTP request"):
        push(stream, NEXT)
    assert inner.written == sent


@pytest.mark.parametrize(("length", "body"), BODIES)
def test_behind_it_in_one_piece_as_well(length: int, body: bytes) -> None:
    inner = Stream()
    stream = OneRequest(inner, RequestEnd(4, length))
    with pytest.raises(OSError, match="second HTTP request"):
        push(stream, b"head" + body + NEXT)
    assert inner.written == b"head" + body


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n",
        b"\r\n",
        b"-1\r\n",
        b"0x3\r\nabc",
        b"3\r\nabcdef\r\n",
        b"3\r\nabcXX0\r\n\r\n",
        b"3\r\nabc\n0\r\n\r\n",
        b"1" * 5000,
        b"1;" + b"x" * 5000 + b"\r\n",
    ],
)
def test_what_is_no_chunk_goes_no_further(body: bytes) -> None:
    inner = Stream()
    with pytest.raises(OSError, match="HTTP request's body"):
        push(OneRequest(inner, RequestEnd(0, CHUNKED)), body + NEXT)
    assert b"GET" not in inner.written


def test_all_else_is_the_streams_own() -> None:
    inner = Stream()
    stream = OneRequest(inner, RequestEnd(0, 0))
    stream.write_eof()
    stream.consumed(3, backlog=4)
    stream.close()
    assert inner.calls == ["eof", "3 4", "close"]


def test_tunnels_carry_anything() -> None:
    inner = Stream()
    assert FixedHandshake("h", 22).guarded(inner) is inner
    handshake = ProxyHandshake(forwards_http=True)
    assert handshake.receive(b"CONNECT h:443 HTTP/1.1\r\n\r\n")[1] == ("h", 443)
    assert handshake.guarded(inner) is inner
    asking = ProxyHandshake(forwards_http=True)
    assert asking.receive(NEXT)[1] == ("other", 80)
    guarded = asking.guarded(inner)
    push(guarded, asking.trailing())  # type: ignore[arg-type]
    with pytest.raises(OSError, match="second HTTP request"):
        push(guarded, NEXT)  # type: ignore[arg-type]
