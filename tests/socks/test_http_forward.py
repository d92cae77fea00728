"""Requests for http:// addresses: what goes on to the server, and what goes nowhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.socks.handshake import ProxyHandshake
from app.socks.http_forward import passed_on
from app.socks.server_protocol import ConnectRequest, Credentials, Dialect, Refused, ServerProtocol


def ask(text: bytes, *, credentials: Credentials | None = None) -> tuple[object, bytes]:
    """The event, and the first bytes for the stream."""
    protocol = ServerProtocol(credentials, forwards_http=True)
    protocol.receive(text)
    event = protocol.next_event()
    if isinstance(event, ConnectRequest):
        assert protocol.accepted() == b"", "the server answers, and nobody before it"
    return event, protocol.trailing()


def head_of(*lines: bytes) -> bytes:
    return b"\r\n".join(lines) + b"\r\n\r\n"


def test_a_browsers_request_is_written_anew() -> None:
    request = head_of(
        b"GET http://example.org/a/b?c=d#e HTTP/1.1",
        b"Host: elsewhere.example",
        b"User-Agent: x (y; z)",
        b"Proxy-Connection: keep-alive",
        b"Proxy-Authorization: Basic YTpi",
        b"Connection: Keep-Alive, X-Own",
        b"X-Own: for the proxy",
        b"Accept: */*",
    )
    event, sent = ask(request + b"rest")
    assert isinstance(event, ConnectRequest)
    assert (event.host, event.port) == ("example.org", 80)
    assert sent == (
        head_of(
            b"GET /a/b?c=d HTTP/1.1",
            b"Host: example.org",
            b"User-Agent: x (y; z)",
            b"Accept: */*",
            b"Connection: close",
        )
        + b"rest"
    )


@pytest.mark.parametrize(
    ("target", "line"), [(b"http://h", b"*"), (b"http://h/", b"/"), (b"http://h?q", b"/?q")]
)
def test_what_a_server_can_do_is_asked_of_itself(target: bytes, line: bytes) -> None:
    """RFC 9112 section 3.2.4."""
    _, sent = ask(head_of(b"OPTIONS " + target + b" HTTP/1.1"))
    assert sent.startswith(b"OPTIONS " + line + b" HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("target", "host", "port", "line"),
    [
        (b"http://h", "h", 80, b"/"),
        (b"HTTP://H:8080", "H", 8080, b"/"),
        (b"http://h:/x", "h", 80, b"/x"),
        (b"http://[::1]/x", "::1", 80, b"/x"),
        (b"http://[2001:DB8::1]:81/", "2001:db8::1", 81, b"/"),
        (b"http://h?q", "h", 80, b"/?q"),
        (b"http://h/%20?a=http://i/", "h", 80, b"/%20?a=http://i/"),
    ],
)
def test_where_it_goes(target: bytes, host: str, port: int, line: bytes) -> None:
    event, sent = ask(head_of(b"POST " + target + b" HTTP/1.0", b"Content-Length: 3") + b"abc")
    assert isinstance(event, ConnectRequest)
    assert (event.host, event.port) == (host, port)
    assert sent.startswith(b"POST " + line + b" HTTP/1.0\r\n"), "nobody may answer in chunks"
    assert sent.endswith(b"Content-Length: 3\r\nConnection: close\r\n\r\nabc")


@pytest.mark.parametrize(
    "lines",
    [
        (b"GET / HTTP/1.1", b"Host: 127.0.0.1:11080"),  # a page that asks this port itself
        (b"GET https://h/ HTTP/1.1",),
        (b"GET ftp://h/ HTTP/1.1",),
        (b"GET http:///x HTTP/1.1",),
        (b"GET http://user:secret@h/ HTTP/1.1",),
        (b"GET http://h:0/ HTTP/1.1",),
        (b"GET http://h:99999/ HTTP/1.1",),
        (b"GET http://h:1x/ HTTP/1.1",),
        (b"GET http://h/ HTTP/1.1", b"A: b", b" folded"),
        (b"GET http://h/ HTTP/1.1", b"Content-Length : 3"),
        (b"GET http://h/ HTTP/1.1", b"A: b\rC: d"),
        (b"GET http://h/ HTTP/1.1", b"A: \x00"),
        (b"GET http://h/ HTTP/1.1", b"no header at all"),
        (b"OPTIONS * HTTP/1.1",),
        (b"POST http://h/ HTTP/1.1", b"Content-Length: 3", b"Content-Length: 4"),
        (b"POST http://h/ HTTP/1.1", b"Content-Length: +3"),
        (b"POST http://h/ HTTP/1.1", b"Content-Length: 3", b"Transfer-Encoding: chunked"),
        (b"POST http://h/ HTTP/1.1", b"Transfer-Encoding: gzip, chunked"),
        (b"POST http://h/ HTTP/1.1", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    ],
)
def test_what_is_no_such_request_is_told_and_goes_nowhere(lines: tuple[bytes, ...]) -> None:
    event, _sent = ask(head_of(*lines))
    assert isinstance(event, Refused)
    assert event.data.startswith(b"HTTP/1.1 400 ")
    assert b"secret" not in event.data + event.reason.encode()


def test_the_length_of_a_body_is_never_lost() -> None:
    named = b"Connection: transfer-encoding, content-length"
    for line in (b"Transfer-Encoding: chunked", b"Content-Length: 3"):
        _event, sent = ask(head_of(b"PUT http://h/ HTTP/1.1", named, line))
        assert line + b"\r\n" in sent


def test_a_port_with_a_password_asks_for_it_first() -> None:
    credentials = Credentials.of("a", "b")
    event, _ = ask(head_of(b"GET http://h/ HTTP/1.1"), credentials=credentials)
    assert isinstance(event, Refused)
    assert event.data.startswith(b"HTTP/1.1 407 ")
    login = b"Proxy-Authorization: Basic YTpi"
    event, sent = ask(head_of(b"GET http://h/ HTTP/1.1", login), credentials=credentials)
    assert isinstance(event, ConnectRequest)
    assert b"YTpi" not in sent


def test_tunnels_are_as_ever_and_other_ports_take_nothing_else() -> None:
    protocol = ServerProtocol(forwards_http=True)
    protocol.receive(head_of(b"CONNECT h:443 HTTP/1.1"))
    assert isinstance(protocol.next_event(), ConnectRequest)
    assert protocol.accepted().startswith(b"HTTP/1.1 200 ")
    handshake = ProxyHandshake()
    reply, request = handshake.receive(head_of(b"GET http://h/ HTTP/1.1"))
    assert request is None
    assert reply.startswith(b"HTTP/1.1 405 ")


@given(st.binary(max_size=300), st.lists(st.binary(max_size=40), max_size=5))
def test_whatever_comes_one_request_goes_out(target: bytes, lines: list[bytes]) -> None:
    target = target.translate(None, bytes(range(0x21)) + b"\x7f")
    cleaned = [line.replace(b"\n", b"") for line in lines]
    try:
        _host, _port, head, _length = passed_on([b"GET http://" + target + b" HTTP/1.1", *cleaned])
    except ValueError:
        return
    assert head.count(b"\r\n\r\n") == 1
    assert head.endswith(b"\r\nConnection: close\r\n\r\n")
    bare = head.replace(b"\r\n", b"")
    assert b"\r" not in bare
    assert b"\n" not in bare


@given(st.lists(st.integers(0, 200), max_size=6))
def test_in_whatever_slices_it_comes(cuts: list[int]) -> None:
    head = head_of(b"POST http://h/x HTTP/1.1", b"Content-Length: 8", b"Proxy-Connection: close")
    sent = head + b"ab\r\n\r\ncd"
    edges = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    protocol = ServerProtocol(forwards_http=True)
    event = None
    for start, end in pairwise(edges):
        protocol.receive(sent[start:end])
        event = protocol.next_event() or event
    assert event == ConnectRequest("h", 80, Dialect.HTTP)
    body = b"Host: h\r\nContent-Length: 8\r\nConnection: close\r\n\r\nab\r\n\r\ncd"
    assert protocol.trailing() == b"POST /x HTTP/1.1\r\n" + body
