"""TCP connections: several addresses, ones that refuse, ones that never answer, and calling it off."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.transport import tcp
from app.transport.tcp import connect_tcp
from tests.peers.ports import free_port

V4, V6 = socket.AF_INET, socket.AF_INET6
NEVER = threading.Event()


@pytest.fixture
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


@pytest.fixture
def silent() -> Iterator[int]:
    """A port that answers no SYN: its backlog is full."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(address)
            fillers.append(filler)
        yield int(address[1])
        for filler in fillers:
            filler.close()


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[Any, str, int]) -> None:
    found = [(family, socket.SOCK_STREAM, 6, "", (host, port)) for family, host, port in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)


def code_of(host: str, port: int, timeout_s: float = 5.0, cancelled: threading.Event = NEVER) -> FaultCode:
    with pytest.raises(RelayTrayError) as raised:
        connect_tcp(host, port, cancelled, timeout_s).close()
    return raised.value.fault.code


def test_a_connected_socket_blocks_and_does_not_wait_to_fill_packets(listening: int) -> None:
    with connect_tcp("127.0.0.1", listening, NEVER) as sock:
        assert sock.gettimeout() is None
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_refused_port_is_said_to_refuse() -> None:
    assert code_of("127.0.0.1", free_port()) is FaultCode.CONNECTION_REFUSED


def test_a_port_that_never_answers_is_given_up_in_time(silent: int) -> None:
    began = time.monotonic()
    assert code_of("127.0.0.1", silent, 0.6) is FaultCode.CONNECT_TIMED_OUT
    assert time.monotonic() - began < 3


def test_cancelling_ends_it_at_once(silent: int) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    began = time.monotonic()
    assert code_of("127.0.0.1", silent, 10, cancelled) is FaultCode.CANCELLED
    assert time.monotonic() - began < 3


def test_a_silent_address_does_not_hold_up_the_next(
    monkeypatch: pytest.MonkeyPatch, silent: int, listening: int
) -> None:
    answers(monkeypatch, (V4, "127.0.0.1", silent), (V4, "127.0.0.1", listening))
    began = time.monotonic()
    connect_tcp("two-addresses", 0, NEVER).close()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("order", [1, -1], ids=["refused first", "refused last"])
def test_an_address_that_refused_says_more_than_one_that_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    """A relay with an IPv6 address too, asked from a computer without IPv6."""
    closed = free_port()
    pair = [(V4, "127.0.0.1", closed), (V4, "127.0.0.2", 1)]
    answers(monkeypatch, *pair[::order])
    begin = tcp._begin

    def without_a_route(address: Any) -> socket.socket:
        if address[1][0] == "127.0.0.2":
            raise OSError(errno.ENETUNREACH, "connect")
        return begin(address)

    monkeypatch.setattr(tcp, "_begin", without_a_route)
    assert code_of("two-addresses", closed) is FaultCode.CONNECTION_REFUSED


def test_no_route_at_all_is_said_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_route(_address: Any) -> socket.socket:
        raise OSError(errno.ENETUNREACH, "connect")

    monkeypatch.setattr(tcp, "_begin", no_route)
    assert code_of("127.0.0.1", 1) is FaultCode.NETWORK_UNREACHABLE


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert code_of("no-such-name", 1) is FaultCode.DNS_FAILED
    assert code_of("no\0name", 1) is FaultCode.DNS_FAILED


def test_a_name_that_is_never_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: release.wait(20) and [])
    assert code_of("slow-name", 1, 0.3) is FaultCode.DNS_FAILED
    release.set()
