"""The server of the PAC file: whoever knows its address gets it, and nobody else; it cannot be held up."""

from __future__ import annotations

import http.client
import socket
import subprocess
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.system import pac_server
from app.system.pac_server import FILE_NAME, MAX_CLIENTS, MAX_REQUEST, MIME_TYPE, PacServer, answer_to
from tests.peers.ports import Deadline, free_port

TOKEN = "0123456789abcdef0123456789abcdef"
TEXT = "function FindProxyForURL(url, host) { return 'DIRECT'; }\n"


@pytest.fixture
def server() -> Iterator[PacServer]:
    made = PacServer(TOKEN)
    made.start(free_port())
    made.serve(TEXT)
    yield made
    made.stop()


def asked(server: PacServer, request: bytes) -> bytes:
    """All that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(request)
        answer = bytearray()
        while data := sock.recv(65536):
            answer += data
    return bytes(answer)


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_programs_get_the_file_with_its_type_and_keep_no_copy(server: PacServer) -> None:
    url = urlsplit(server.serve(TEXT))
    assert (url.scheme, url.hostname, url.port) == ("http", "127.0.0.1", server.port)
    for method, wanted in (("GET", TEXT.encode()), ("HEAD", b"")):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        connection.request(method, url.path)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, wanted)
        assert response.headers["Content-Type"] == MIME_TYPE
        assert response.headers["Content-Length"] == str(len(TEXT))
        assert response.headers["Cache-Control"] == "no-store"
        connection.close()


def test_curl_gets_it(server: PacServer) -> None:
    words = ["curl", "-sSf", "--noproxy", "*", server.serve(TEXT)]
    assert subprocess.run(words, capture_output=True, text=True, check=True, timeout=30).stdout == TEXT


def test_another_text_has_another_address_and_old_ones_lead_to_it(server: PacServer) -> None:
    old = server.serve(TEXT)
    new = server.serve(TEXT + "// more\n")
    assert new != old == server.serve(TEXT) != server.serve("")
    server.serve(TEXT + "// more\n")
    answer = asked(server, f"GET {urlsplit(old).path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert answer.endswith(b"// more\n"), "a program with the old address would go directly without it"


GOOD = f"/{TOKEN}/v/{FILE_NAME}"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (f"GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1:PORT", 200),
        (f"GET {GOOD}?x HTTP/1.1\r\nhOST:  LocalHost:PORT ", 200),
        (f"GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1", 200),  # libproxy
        (f"GET {GOOD} HTTP/1.0", 200),
        (f"GET {GOOD} HTTP/1.1\r\nHost: evil.example:PORT", 403),
        (f"GET {GOOD} HTTP/1.1\r\nHost: 127.0.0.1.evil.example", 403),
        (f"GET {GOOD} HTTP/1.0\r\nHost: evil.example", 403),
        (f"GET {GOOD} HTTP/1.1", 400),
        (f"GET {GOOD} HTTP/1.1\r\nHost: localhost\r\nHost: evil.example", 400),
        (f"GET http://localhost{GOOD} HTTP/1.1\r\nHost: localhost", 400),
        ("GET / HTTP/1.1\r\nHost: localhost", 404),
        (f"GET /{TOKEN[:-1]}/v/{FILE_NAME} HTTP/1.1\r\nHost: localhost", 404),
        (f"GET /{TOKEN} HTTP/1.1\r\nHost: localhost", 404),
        (f"GET /{TOKEN}/a/b/{FILE_NAME} HTTP/1.1\r\nHost: localhost", 404),
        (f"GET //v/{FILE_NAME} HTTP/1.1\r\nHost: localhost", 404),
        (f"POST {GOOD} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", 405),
        ("CONNECT example.org:443 HTTP/1.1\r\nHost: localhost", 400),
        ("\x16\x03\x01\x02", 400),
        ("", 400),
    ],
)
def test_only_who_knows_the_path_and_asks_for_this_computer(
    server: PacServer, request_: str, status: int
) -> None:
    answer = asked(server, request_.replace("PORT", str(server.port)).encode("latin-1") + b"\r\n\r\n")
    assert status_of(answer) == status
    assert (TEXT.encode() in answer) is (status == 200)


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_request_has_an_answer_and_none_gives_it_away(head: bytes) -> None:
    answer = answer_to(head, TOKEN, 1, b"the text")
    assert status_of(answer) in (400, 403, 404, 405)
    assert not answer.endswith(b"the text")


def test_it_takes_its_old_port_again_and_another_when_that_is_taken(server: PacServer) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        other = PacServer(TOKEN)
        assert other.start(taken.getsockname()[1]) not in (0, taken.getsockname()[1])
        other.stop()
    port = server.port
    asked(server, b"GET / HTTP/1.0\r\n\r\n")
    server.stop()
    again = PacServer(TOKEN)
    assert again.start(port) == port
    again.stop()
    again.stop()


def test_those_who_say_nothing_keep_nobody_out(server: PacServer) -> None:
    silent = [
        socket.create_connection(("127.0.0.1", server.port), timeout=20) for _ in range(MAX_CLIENTS + 9)
    ]
    try:
        assert status_of(asked(server, f"GET {GOOD} HTTP/1.0\r\n\r\n".encode())) == 200
        assert len(server._clients) <= MAX_CLIENTS
        names = [thread.name for thread in threading.enumerate()]
        assert names.count("pac-server") == 1, "one thread, however many ask"
    finally:
        for sock in silent:
            sock.close()


def test_one_that_says_nothing_or_reads_nothing_is_let_go(
    server: PacServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pac_server, "CLIENT_S", 0.2)
    server.serve("/" * 30_000_000)  # more than any socket holds
    with (
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as silent,
        socket.create_connection(("127.0.0.1", server.port), timeout=20) as lazy,
    ):
        lazy.sendall(f"GET {GOOD} HTTP/1.0\r\n\r\n".encode())
        assert silent.recv(1) == b""
        deadline = Deadline(20, "the server to let go of both")
        while server._clients:
            deadline.wait()


def test_a_large_file_arrives_whole(server: PacServer) -> None:
    server.serve("x" * 5_000_000)
    assert asked(server, f"GET {GOOD} HTTP/1.0\r\n\r\n".encode()).endswith(b"\r\n\r\n" + b"x" * 5_000_000)


def test_a_request_without_end_is_refused(server: PacServer) -> None:
    answer = asked(server, b"GET / HTTP/1.1\r\nX: " + b"x" * MAX_REQUEST + b"\r\n" + b"y" * 1000)
    assert status_of(answer) == 431


def test_it_ends_at_once_with_clients_at_it(server: PacServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(b"GET ")
        server.stop()
        assert server._thread is not None
        assert not server._thread.is_alive()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", server.port), timeout=20)


def test_one_that_was_never_started_can_be_stopped() -> None:
    PacServer(TOKEN).stop()
