"""The server protocol, conversation by conversation, each in turns, at one go and one byte at a time."""

from __future__ import annotations

import base64

import pytest

from app.socks.server_protocol import (
    ConnectRequest,
    Credentials,
    Dialect,
    RefusalCause,
    Refused,
    ServerProtocol,
)
from tests.socks.transcripts import client_bytes, drain, play_in_slices, play_in_turns, read_transcript, said

ALICE = Credentials.of("alice", "s3cret")

OPEN_DOOR = {
    "nc -X 5 asks for an IPv4 literal and ssh says nothing before it is open": """
        client   05 01 00
        server   05 00
        client   05 01 00 01 7f000001 0016
        wants    127.0.0.1 22 socks5
        early
        opened   05 00 00 01 00000000 0000
    """,
    "connect-proxy and plink send the literal as a name": """
        client   05 02 00 02
        server   05 00
        client   05 01 00 03 09 "127.0.0.1" 0016
        wants    127.0.0.1 22 socks5
    """,
    "plink offers none, CHAP and user/password": """
        client   05 03 00 03 02
        server   05 00
        client   05 01 00 03 1a "lab-gpu.relaytray.internal" 0016
        wants    lab-gpu.relaytray.internal 22 socks5
        opened   05 00 00 01 00000000 0000
    """,
    "curl --socks5-hostname offers none and GSSAPI": """
        client   05 02 00 01
        server   05 00
        client   05 01 00 03 07 "Lab-GPU" 01bb
        wants    Lab-GPU 443 socks5
    """,
    "IPv6": """
        client   05 01 00
        server   05 00
        client   05 01 00 04 20010db8 00000000 00000000 00000001 0050
        wants    2001:db8::1 80 socks5
    """,
    "an IPv4 address in IPv6 clothes": """
        client   05 01 00
        server   05 00
        client   05 01 00 04 00000000 00000000 0000ffff 0a010002 0050
        wants    10.1.0.2 80 socks5
    """,
    "IPv6 as a name, and in brackets": """
        client   05 01 00
        server   05 00
        client   05 01 00 03 06 "[::01]" 0050
        wants    ::1 80 socks5
    """,
    "a Chinese name goes on as IDNA": """
        client   05 01 00
        server   05 00
        client   05 01 00 03 0e "\\u8df3\\u677f\\u673a.Test" 0016
        wants    xn--nqvwfv94i.Test 22 socks5
    """,
    "a punycode name is left alone": """
        client   05 01 00
        server   05 00
        client   05 01 00 03 11 "xn--fiqs8s.test.." 0016
        wants    xn--fiqs8s.test.. 22 socks5
    """,
    "an impatient client sends all at once, and the first bytes for the server with it": """
        client   05 01 00
        server   05 00
        client   05 01 00 03 01 "a" ffff "SSH-2.0-eager\\r\\n" 00 ff
        wants    a 65535 socks5
        early    "SSH-2.0-eager\\r\\n" 00 ff
        opened   05 00 00 01 00000000 0000
        early
        client   "more"
        early    "more"
    """,
    "a client that insists on a password is let in with any": """
        client   05 01 02
        server   05 02
        client   01 03 "bob" 00
        server   01 00
        client   05 01 00 01 0a000001 0016
        wants    10.0.0.1 22 socks5
    """,
    "no method that we know": """
        client   05 02 01 80
        refused  05 ff
        client   05 01 00 01 7f000001 0016
        silence
    """,
    "no method at all": """
        client   05 00
        refused  05 ff
    """,
    "BIND": """
        client   05 01 00
        server   05 00
        client   05 02 00 01 7f000001 0016
        refused  05 07 00 01 00000000 0000
    """,
    "UDP ASSOCIATE from 0.0.0.0:0": """
        client   05 01 00
        server   05 00
        client   05 03 00 01 00000000 0000
        refused  05 07 00 01 00000000 0000
    """,
    "an address type that does not exist": """
        client   05 01 00
        server   05 00
        client   05 01 00 02
        refused  05 08 00 01 00000000 0000
    """,
    "the relay says no": """
        client   05 01 00
        server   05 00
        client   05 01 00 03 04 "down" 0016
        wants    down 22 socks5
        failed   REFUSED 05 05 00 01 00000000 0000
        failed   NOT_ALLOWED 05 02 00 01 00000000 0000
        failed   NETWORK_UNREACHABLE 05 03 00 01 00000000 0000
        failed   HOST_UNREACHABLE 05 04 00 01 00000000 0000
        failed   TIMED_OUT 05 06 00 01 00000000 0000
        failed   GENERAL 05 01 00 01 00000000 0000
    """,
    "SOCKS4 (nc -X 4, curl --socks4)": """
        client   04 01 0016 7f000001 "alice" 00
        wants    127.0.0.1 22 socks4
        opened   00 5a 0000 00000000
    """,
    "SOCKS4 without a user": """
        client   04 01 0050 0a010002 00
        wants    10.1.0.2 80 socks4
        failed   REFUSED 00 5b 0000 00000000
        failed   TIMED_OUT 00 5b 0000 00000000
    """,
    "SOCKS4 to 0.0.0.0 is no 4a": """
        client   04 01 0050 00000000 00
        wants    0.0.0.0 80 socks4
    """,
    "SOCKS4a (curl --socks4a) with early data": """
        client   04 01 0016 00000001 00 "lab-gpu" 00 "SSH-2.0-eager\\r\\n"
        wants    lab-gpu 22 socks4
        early    "SSH-2.0-eager\\r\\n"
        opened   00 5a 0000 00000000
    """,
    "SOCKS4a with a literal as its name": """
        client   04 01 0016 000000ff "u" 00 "::1" 00
        wants    ::1 22 socks4
    """,
    "SOCKS4a with a Chinese name": """
        client   04 01 0016 00000001 00 "\\u8df3\\u677f\\u673a.test" 00
        wants    xn--nqvwfv94i.test 22 socks4
    """,
    "SOCKS4 BIND": """
        client   04 02 0016 7f000001 00
        refused  00 5b 0000 00000000
    """,
    "HTTP CONNECT (curl --proxytunnel)": """
        client   "CONNECT lab-gpu:22 HTTP/1.1\\r\\n"
        silence
        client   "Host: lab-gpu:22\\r\\nUser-Agent: curl/7.88.1\\r\\nProxy-Connection: Keep-Alive\\r\\n\\r\\n"
        wants    lab-gpu 22 http
        opened   "HTTP/1.1 200 Connection established\\r\\n\\r\\n"
    """,
    "HTTP CONNECT by nc and connect-proxy: HTTP/1.0, no headers": """
        client   "CONNECT 127.0.0.1:22 HTTP/1.0\\r\\n\\r\\n"
        wants    127.0.0.1 22 http
    """,
    "HTTP CONNECT to IPv6, with early data": """
        client   "CONNECT [2001:DB8::0:1]:443 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n" 16 03 01 0d 0a
        wants    2001:db8::1 443 http
        early    16 03 01 0d 0a
    """,
    "HTTP CONNECT behind an empty line": """
        client   "\\r\\nCONNECT lab-gpu:22 HTTP/1.1\\r\\n\\r\\n"
        wants    lab-gpu 22 http
    """,
    "HTTP CONNECT with bare line feeds": """
        client   "CONNECT a:1 HTTP/1.1\\nHost: a\\n\\n\\n"
        wants    a 1 http
        early    "\\n"
    """,
    "a browser that takes the port for an HTTP proxy": """
        client   "GET http://example.org/ HTTP/1.1\\r\\nHost: example.org\\r\\n\\r\\n"
        refused-as "HTTP/1.1 405 Method Not Allowed\\r\\nAllow: CONNECT\\r\\n"
    """,
    "somebody's ssh": """
        client   "SSH-2.0-OpenSSH_9.2p1\\r\\n"
        refused-as "HTTP/1.1 400 Bad Request\\r\\n"
    """,
    "CONNECT without a port": """
        client   "CONNECT example.org HTTP/1.1\\r\\n\\r\\n"
        refused-as "HTTP/1.1 400 Bad Request\\r\\n"
    """,
}

LOCKED_DOOR = {
    "curl --proxy-user over SOCKS5": """
        client   05 03 00 01 02
        server   05 02
        client   01 05 "alice" 06 "s3cret"
        server   01 00
        client   05 01 00 03 07 "lab-gpu" 0016
        wants    lab-gpu 22 socks5
    """,
    "all at once": """
        client   05 01 02
        server   05 02
        client   01 05 "alice" 06 "s3cret"
        server   01 00
        client   05 01 00 03 07 "lab-gpu" 0016 "early"
        wants    lab-gpu 22 socks5
        early    "early"
    """,
    "a wrong password": """
        client   05 02 00 02
        server   05 02
        client   01 05 "alice" 06 "S3cret"
        refused  01 01
        client   05 01 00 03 07 "lab-gpu" 0016
        silence
    """,
    "the right letters, cut elsewhere": """
        client   05 01 02
        server   05 02
        client   01 06 "alices" 05 "3cret"
        refused  01 01
    """,
    "a user that is no UTF-8": """
        client   05 01 02
        server   05 02
        client   01 01 ff 06 "s3cret"
        refused  01 01
    """,
    "a login of another version": """
        client   05 01 02
        server   05 02
        client   02
        refused  01 01
    """,
    "a client that has no password": """
        client   05 01 00
        refused  05 ff
    """,
    "SOCKS4 has no place for a password": """
        client   04 01 0016 7f000001 "alice" 00
        refused  00 5b 0000 00000000
    """,
    "HTTP without a login": """
        client   "CONNECT lab-gpu:22 HTTP/1.1\\r\\nHost: lab-gpu:22\\r\\n\\r\\n"
        refused-as "HTTP/1.1 407 Proxy Authentication Required\\r\\nProxy-Authenticate: Basic realm="
    """,
    "HTTP with the login": """
        client   "CONNECT lab-gpu:22 HTTP/1.1\\r\\nproxy-authorization:basic  YWxpY2U6czNjcmV0 \\r\\n\\r\\n"
        wants    lab-gpu 22 http
    """,
    "HTTP with a wrong login": """
        client   "CONNECT lab-gpu:22 HTTP/1.1\\r\\nProxy-Authorization: Basic YWxpY2U6eA==\\r\\n\\r\\n"
        refused-as "HTTP/1.1 407 "
    """,
    "HTTP with a login that is no base64": """
        client   "CONNECT lab-gpu:22 HTTP/1.1\\r\\nProxy-Authorization: Basic ???\\r\\n\\r\\n"
        refused-as "HTTP/1.1 407 "
    """,
    "HTTP with another scheme": """
        client   "CONNECT lab-gpu:22 HTTP/1.1\\r\\nProxy-Authorization: Digest x\\r\\n\\r\\n"
        refused-as "HTTP/1.1 407 "
    """,
}

_ALL = [pytest.param(text, None, id=name) for name, text in OPEN_DOOR.items()]
_ALL += [pytest.param(text, ALICE, id=name) for name, text in LOCKED_DOOR.items()]


@pytest.mark.parametrize(("text", "credentials"), _ALL)
class TestTranscripts:
    def test_in_turns(self, text: str, credentials: Credentials | None) -> None:
        play_in_turns(read_transcript(text), credentials)


# A client that goes on after "early" was taken cannot be played with all its bytes up front.
_AT_ONCE = [param for param in _ALL if str(param.values[0]).count("early ") < 2]


@pytest.mark.parametrize(("text", "credentials"), _AT_ONCE)
class TestSlices:
    def test_all_at_once(self, text: str, credentials: Credentials | None) -> None:
        lines = [line for line in read_transcript(text) if line.verb != "silence"]
        play_in_slices(lines, credentials, [client_bytes(lines)])

    def test_one_byte_at_a_time(self, text: str, credentials: Credentials | None) -> None:
        lines = [line for line in read_transcript(text) if line.verb != "silence"]
        play_in_slices(lines, credentials, [bytes((byte,)) for byte in client_bytes(lines)])


SOCKS5_FAILED = "05 01 00 01 00000000 0000"
SOCKS4_FAILED = "00 5b 0000 00000000"

MALFORMED = [
    # name, what the client sends, how the answer begins ("" = closed without a word)
    ("first byte 0", "00", ""),
    ("two empty lines", '"\\r\\n\\r\\nCONNECT a:1 HTTP/1.1\\r\\n\\r\\n"', ""),
    ("half a line end", '"\\rCONNECT a:1 HTTP/1.1\\r\\n\\r\\n"', ""),
    ("TLS hello", "16 03 01 02 00 01 00 01 fc 03 03", ""),
    ("HTTP/2 frame", "00 00 12 04 00 00 00 00 00", ""),
    ("a letter beyond ASCII", "e4", ""),
    ("SOCKS6", "06 00", ""),
    ("request of version 4", "05 01 00 04", f"05 00 {SOCKS5_FAILED}"),
    ("address type 0", "05 01 00 05 01 00 00", "05 00 05 08 00 01 00000000 0000"),
    ("address type 255", "05 01 00 05 01 00 ff", "05 00 05 08 00 01 00000000 0000"),
    ("command 0", "05 01 00 05 00 00 01 7f000001 0016", "05 00 05 07 00 01 00000000 0000"),
    ("empty name", "05 01 00 05 01 00 03 00 0016", f"05 00 {SOCKS5_FAILED}"),
    ("NUL in the name", '05 01 00 05 01 00 03 03 "a" 00 "b" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("line end in the name", '05 01 00 05 01 00 03 03 "a\\nb" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("space in the name", '05 01 00 05 01 00 03 03 "a b" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("slash in the name", '05 01 00 05 01 00 03 03 "a/b" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("name that is no UTF-8", "05 01 00 05 01 00 03 02 c3 28 0016", f"05 00 {SOCKS5_FAILED}"),
    ("name that is no IDNA", '05 01 00 05 01 00 03 04 "\\u00fc.." 0016', f"05 00 {SOCKS5_FAILED}"),
    ("IPv4 in brackets", '05 01 00 05 01 00 03 09 "[1.2.3.4]" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("half a bracket", '05 01 00 05 01 00 03 04 "[::1" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("scope with a line end", '05 01 00 05 01 00 03 09 "fe80::1%\\n" 0016', f"05 00 {SOCKS5_FAILED}"),
    ("port 0", "05 01 00 05 01 00 01 7f000001 0000", f"05 00 {SOCKS5_FAILED}"),
    ("SOCKS4 command 0", "04 00 0016 7f000001 00", SOCKS4_FAILED),
    ("SOCKS4 port 0", "04 01 0000 7f000001 00", SOCKS4_FAILED),
    ("SOCKS4a empty name", "04 01 0016 00000001 00 00", SOCKS4_FAILED),
    ("SOCKS4 endless user", f"04 01 0016 7f000001 {'61' * 256}", SOCKS4_FAILED),
    ("SOCKS4a endless name", f"04 01 0016 00000001 00 {'61' * 256}", SOCKS4_FAILED),
    ("HTTP port 0", '"CONNECT a:0 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP port 65536", '"CONNECT a:65536 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP signed port", '"CONNECT a:+1 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP empty port", '"CONNECT a: HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP empty host", '"CONNECT :1 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP user in the authority", '"CONNECT u@a:1 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP URL for CONNECT", '"CONNECT http://a:1/ HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP lower-case method", '"connect a:1 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 405 "'),
    ("HTTP POST with a body", '"POST / HTTP/1.1\\r\\nContent-Length: 3\\r\\n\\r\\nabc"', '"HTTP/1.1 405 "'),
    ("HTTP/2 preface", '"PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP/0.9", '"GET /\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP empty line after a letter", '"A\\n"', '"HTTP/1.1 400 "'),
    ("HTTP NUL in the target", '"CONNECT a" 00 ":1 HTTP/1.1\\r\\n\\r\\n"', '"HTTP/1.1 400 "'),
    ("HTTP endless line", '"CONNECT " ' + "61" * 16 * 1024, '"HTTP/1.1 431 "'),
    ("HTTP endless headers", '"CONNECT a:1 HTTP/1.1\\r\\n" ' + b"X: y\r\n".hex() * 3000, '"HTTP/1.1 431 "'),
]


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize(("sent", "answer"), [pytest.param(s, a, id=name) for name, s, a in MALFORMED])
def test_malformed(sent: str, answer: str, step: int) -> None:
    protocol = ServerProtocol()
    data = said(sent)
    events = []
    for start in range(0, len(data), step):
        protocol.receive(data[start : start + step])
        events += drain(protocol)
    assert isinstance(events[-1], Refused), events
    assert all(not isinstance(event, ConnectRequest) for event in events)
    told = b"".join(event.data for event in events if not isinstance(event, ConnectRequest))
    assert told.startswith(said(answer))
    assert bool(told) == bool(answer)
    assert events[-1].reason.endswith(".")


def test_names_of_one_and_255_bytes() -> None:
    for name in (b"a", b"a" * 255):
        protocol = ServerProtocol()
        protocol.receive(b"\x05\x01\x00" + b"\x05\x01\x00\x03" + bytes((len(name),)) + name + b"\x00\x16")
        assert drain(protocol)[-1] == ConnectRequest(name.decode(), 22, Dialect.SOCKS5)


def test_the_head_may_have_exactly_16_kib() -> None:
    for length, fits in ((16 * 1024, True), (16 * 1024 + 1, False)):
        start, end = b"CONNECT a:1 HTTP/1.1\r\nX: ", b"\r\n\r\n"
        head = start + b"y" * (length - len(start) - len(end)) + end
        protocol = ServerProtocol()
        protocol.receive(head + b"early")
        event = drain(protocol)[-1]
        assert isinstance(event, ConnectRequest) is fits
        assert protocol.trailing() == (b"early" if fits else b"")


def test_the_405_says_what_to_set_and_is_a_whole_response() -> None:
    protocol = ServerProtocol()
    protocol.receive(b"GET http://example.org/secret HTTP/1.1\r\n\r\n")
    refused = drain(protocol)[0]
    assert isinstance(refused, Refused)
    head, body = refused.data.split(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
    assert b"Connection: close" in head
    assert b"socks5h://" in body
    assert body.endswith(b"\n")
    assert body.count(b"\n") == 1
    assert b"secret" not in refused.data


@pytest.mark.parametrize("cause", list(RefusalCause))
def test_every_cause_has_an_http_response_with_a_sentence(cause: RefusalCause) -> None:
    protocol = ServerProtocol()
    protocol.receive(b"CONNECT a:1 HTTP/1.1\r\n\r\n")
    drain(protocol)
    head, body = protocol.refused(cause).split(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert body.strip().endswith(b".")


def test_before_the_request_there_is_nothing_to_answer() -> None:
    protocol = ServerProtocol()
    protocol.receive(b"\x05\x01\x00\x05")
    drain(protocol)
    assert protocol.refused(RefusalCause.TIMED_OUT) == b""
    assert protocol.trailing() == b""
    with pytest.raises(RuntimeError):
        protocol.accepted()


def test_a_password_may_hold_anything_that_utf8_can_say() -> None:
    user, password = "\u7231\u4e3d\u4e1d", "p:\u00e9 \U0001f511"
    door = Credentials.of(user, password)
    socks, http = ServerProtocol(door), ServerProtocol(door)
    told = (
        bytes((1, len(user.encode()))) + user.encode() + bytes((len(password.encode()),)) + password.encode()
    )
    socks.receive(b"\x05\x01\x02" + told + b"\x05\x01\x00\x03\x01a\x00\x16")
    login = base64.b64encode(f"{user}:{password}".encode())
    http.receive(b"CONNECT a:22 HTTP/1.1\r\nProxy-Authorization: Basic " + login + b"\r\n\r\n")
    assert drain(socks)[-1] == ConnectRequest("a", 22, Dialect.SOCKS5)
    assert drain(http)[-1] == ConnectRequest("a", 22, Dialect.HTTP)


def test_no_secret_is_told() -> None:
    assert "s3cret" not in repr(ALICE)
    for sent in (
        said('05 01 02 01 05 "alice" 07 "s3cretX"'),
        said('"CONNECT a:1 HTTP/1.1\\r\\nProxy-Authorization: Basic c2VjcmV0OnNlY3JldA==\\r\\n\\r\\n"'),
    ):
        protocol = ServerProtocol(ALICE)
        protocol.receive(sent)
        refused = drain(protocol)[-1]
        assert isinstance(refused, Refused)
        assert "cret" not in repr(refused)
