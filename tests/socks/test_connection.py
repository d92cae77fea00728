"""A client's connection in every phase: the link, the client or the loop goes. Nobody is forgotten."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.faults import Fault, FaultCode
from app.socks import connection as connection_module
from app.socks import listener as listener_module
from app.socks.connection import Connection
from app.socks.handshake import FixedHandshake, Handshake, ProxyHandshake
from app.socks.listener import Listener, bind_listener
from app.socks.local_socket import Backlog
from app.socks.loop import Loop, LoopGroup
from app.socks.streams import Path, StreamRefusal, StreamSink, Traffic

REQUEST = b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50"
OPENED = b"\x05\x00\x05\x00"


class FakeStream:
    """Takes all, and notes it."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.eof = threading.Event()
        self.closed = threading.Event()
        self.credit = 0

    def write(self, data: memoryview) -> int:
        self.written += data
        return len(data)

    def write_eof(self) -> None:
        self.eof.set()

    def consumed(self, count: int, *, backlog: int) -> None:
        self.credit += count

    def close(self) -> None:
        self.closed.set()


class FakeLink:
    def __init__(self) -> None:
        self.loops = LoopGroup("link-loops")
        self.sinks: list[StreamSink] = []
        self.streams: list[FakeStream] = []
        self.asked = threading.Semaphore(0)

    def open_stream(self, _host: str, _port: int, sink: StreamSink) -> FakeStream:
        stream = FakeStream()
        self.sinks.append(sink)
        self.streams.append(stream)
        self.asked.release()
        return stream


class FakeDialer:
    """Leaves the answer to the test."""

    def __init__(self) -> None:
        self.answers: list[Callable[[Path | Fault], None]] = []
        self.asked = threading.Semaphore(0)
        self.cancelled = threading.Event()

    def dial(self, _host: str, _port: int, answer: Callable[[Path | Fault], None]) -> Callable[[], None]:
        self.answers.append(answer)
        self.asked.release()
        return self.cancelled.set


class Bench:
    def __init__(self) -> None:
        self.front = LoopGroup("front-loops")
        self.dialer = FakeDialer()
        self.link = FakeLink()
        self.traffic = Traffic()
        self.closed = threading.Semaphore(0)
        self.clients: list[socket.socket] = []

    def client(self, handshake: Handshake | None = None) -> tuple[socket.socket, Connection]:
        listener = socket.create_server(("127.0.0.1", 0))
        with listener:
            client = socket.create_connection(listener.getsockname(), timeout=10)
            near, _address = listener.accept()
        self.clients.append(client)
        connection = Connection(
            near,
            handshake or ProxyHandshake(),
            self.dialer,
            self.front.pick(),
            self.traffic,
            lambda _connection: self.closed.release(),
        )
        connection.start()
        return client, connection

    def dialing(self, handshake: Handshake | None = None) -> tuple[socket.socket, Connection]:
        client, connection = self.client(handshake)
        if handshake is None:
            client.sendall(REQUEST)
            assert client.recv(2) == b"\x05\x00"
        assert self.dialer.asked.acquire(timeout=10)
        return client, connection

    def answer(self) -> None:
        path = Path(self.link, "target", 80, lambda _refusal: Fault.of(FaultCode.TARGET_REFUSED))
        self.dialer.answers[-1](path)

    def opening(self, handshake: Handshake | None = None) -> tuple[socket.socket, Connection]:
        client, connection = self.dialing(handshake)
        self.answer()
        assert self.link.asked.acquire(timeout=10)
        return client, connection

    def open(self) -> tuple[socket.socket, StreamSink, FakeStream]:
        client, _connection = self.opening()
        self.link.sinks[-1].stream_opened()
        assert client.recv(10)[:2] == b"\x05\x00"
        return client, self.link.sinks[-1], self.link.streams[-1]

    def settle(self) -> None:
        """All that was asked of the link's loop before is done."""
        done = threading.Event()
        self.link.loops.pick().call(done.set)
        assert done.wait(10)


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.link.loops.stop()
    bench.front.stop()
    for client in bench.clients:
        client.close()
    assert bench.traffic.connections == 0


def rest_of(client: socket.socket) -> bytes | None:
    """What the client still reads; None for a reset."""
    got = b""
    try:
        while data := client.recv(1 << 20):
            got += data
    except ConnectionResetError:
        return None
    return got


def test_a_link_that_goes_while_the_far_end_is_asked_is_told_to_the_client(bench: Bench) -> None:
    client, _ = bench.opening()
    bench.link.sinks[0].stream_closed(cleanly=False)
    reply = rest_of(client)
    assert reply is not None
    assert reply[0] == 5
    assert reply[1] != 0


def test_a_link_that_goes_while_the_far_end_is_asked_is_told_to_who_handed_the_socket_in(
    bench: Bench,
) -> None:
    told: list[Fault | None] = []
    client, _ = bench.opening(FixedHandshake("target", 80, told.append))
    bench.link.sinks[0].stream_closed(cleanly=False)
    rest_of(client)
    assert [fault.code for fault in told if fault] == [FaultCode.LINK_LOST]


@pytest.mark.parametrize("phase", ["dialing", "opening"])
def test_who_handed_a_socket_in_is_answered_even_when_it_is_aborted(bench: Bench, phase: str) -> None:
    told: list[Fault | None] = []
    _, connection = getattr(bench, phase)(FixedHandshake("target", 80, told.append))
    connection.abort()
    assert bench.closed.acquire(timeout=10)
    assert [fault.code for fault in told if fault] == [FaultCode.CANCELLED]


@pytest.mark.parametrize("phase", ["client", "dialing", "opening", "open"])
def test_loops_that_end_let_go_of_every_client(bench: Bench, phase: str) -> None:
    client = getattr(bench, phase)()[0]
    bench.link.loops.stop()
    bench.front.stop()
    assert bench.closed.acquire(timeout=10)
    assert rest_of(client) is None
    assert bench.traffic.connections == 0
    if phase == "dialing":
        assert bench.dialer.cancelled.is_set()
    if phase == "open":
        assert bench.link.streams[0].closed.is_set()


def test_a_client_that_read_nothing_is_reset_and_not_fooled_when_the_loop_ends(bench: Bench) -> None:
    client, sink, _ = bench.open()
    for _ in range(64):
        sink.stream_data(memoryview(bytes(256 * 1024)))
    sink.stream_eof()
    sink.stream_closed(cleanly=True)
    bench.settle()
    bench.link.loops.stop()
    assert bench.closed.acquire(timeout=10)
    assert rest_of(client) is None


def test_a_link_whose_loops_ended_before_the_client_came_is_a_refusal(bench: Bench) -> None:
    """The loop was picked while it lived; it ended before the client could move to it."""
    client, _ = bench.dialing()
    ended = bench.link.loops.pick()

    class Late:
        def holds(self, _loop: Loop) -> bool:
            return False

        def pick(self) -> Loop:
            ended.stop()
            return ended

    link: Any = FakeLink()
    link.loops = Late()
    bench.dialer.answers[-1](Path(link, "target", 80, lambda _refusal: Fault.of(FaultCode.TARGET_REFUSED)))
    reply = rest_of(client)
    assert reply
    assert reply[1] != 0


def test_a_client_for_loops_that_have_ended_is_closed(bench: Bench) -> None:
    loop = bench.front.pick()
    bench.front.stop()
    near, far = socket.socketpair()
    bench.clients.append(far)
    Connection(
        near, ProxyHandshake(), bench.dialer, loop, bench.traffic, lambda _c: bench.closed.release()
    ).start()
    assert bench.closed.acquire(timeout=10)
    assert near.fileno() == -1


def test_a_client_that_gave_up_is_let_go_though_no_link_comes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "GONE_LIMIT_S", 0.2, raising=False)
    client, _ = bench.dialing()
    client.close()
    assert bench.closed.acquire(timeout=5)
    assert bench.dialer.cancelled.is_set()


def test_a_client_that_resets_while_it_waits_is_let_go_at_once(bench: Bench) -> None:
    client, _ = bench.dialing()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    assert bench.closed.acquire(timeout=5)
    assert bench.dialer.cancelled.is_set()


def test_a_half_close_before_the_path_is_open_is_honoured_and_has_no_limit_afterwards(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "GONE_LIMIT_S", 0.3, raising=False)
    client, _ = bench.dialing()
    client.sendall(b"question")
    client.shutdown(socket.SHUT_WR)
    bench.answer()
    assert bench.link.asked.acquire(timeout=10)
    sink, stream = bench.link.sinks[0], bench.link.streams[0]
    sink.stream_opened()
    assert stream.eof.wait(10)
    assert stream.written == b"question"
    assert not bench.closed.acquire(timeout=0.6)
    sink.stream_data(memoryview(b"answer"))
    sink.stream_eof()
    assert (rest_of(client) or b"")[10:] == b"answer"


def test_abort_finds_a_connection_that_is_just_moving(bench: Bench) -> None:
    for _ in range(50):
        client, connection = bench.dialing()
        bench.answer()
        connection.abort()
        assert bench.closed.acquire(timeout=10)
        assert rest_of(client) is None
    assert bench.traffic.connections == 0
    assert not bench.front.pick()._members
    bench.settle()
    assert not bench.link.loops.pick()._members


def test_credit_is_given_for_what_the_client_took_and_not_for_our_reply(bench: Bench) -> None:
    client, sink, stream = bench.open()
    assert stream.credit == 0
    sent = 0
    for size in (1, 1000, 100_000, 3, 200_000, 1_000_000):
        sink.stream_data(memoryview(bytes(size)))
        sent += size
    got = 0
    while got < sent:
        got += len(client.recv(1 << 20))
    deadline = time.monotonic() + 10
    while stream.credit < sent and time.monotonic() < deadline:
        bench.settle()
    assert stream.credit == sent


def test_a_reset_of_the_far_end_is_passed_on_behind_its_last_bytes(bench: Bench) -> None:
    client, sink, _ = bench.open()
    sink.stream_data(memoryview(b"last words"))
    assert client.recv(100) == b"last words"
    sink.stream_closed(cleanly=False)
    assert rest_of(client) is None


def test_a_refusal_of_the_far_end_is_told(bench: Bench) -> None:
    client, _ = bench.opening()
    bench.link.sinks[0].stream_refused(StreamRefusal(2, "Connection refused"))
    reply = rest_of(client)
    assert reply
    assert reply[1] != 0


@pytest.mark.expected_logs("connection handler failed")
def test_a_handler_that_fails_loses_its_client_and_not_the_processor(bench: Bench) -> None:
    class Broken(ProxyHandshake):
        def receive(self, data: bytes) -> Any:
            raise ZeroDivisionError

    client, _ = bench.client(Broken())
    client.sendall(b"x")
    assert bench.closed.acquire(timeout=10)
    assert rest_of(client) is None


def test_tiny_pieces_for_a_client_that_does_not_read_cost_little() -> None:
    import tracemalloc

    backlog = Backlog()
    tracemalloc.start()
    for _ in range(200_000):
        backlog.put(memoryview(b"x"))
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(backlog) == 200_000
    assert used < 2_000_000


# --- listeners --------------------------------------------------------------------------------------------


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop("listener-loop")
    yield loop
    assert loop.stop()


class FailingAccept:
    """A listening socket that has no descriptors left for ``times`` tries."""

    def __init__(self, sock: socket.socket, times: int) -> None:
        self._sock = sock
        self.times = times
        self.tries = 0

    def accept(self) -> Any:
        self.tries += 1
        if self.tries <= self.times:
            raise OSError(10024, "Too many open sockets")  # WSAEMFILE, which is not errno.EMFILE
        return self._sock.accept()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


@pytest.mark.expected_logs("No more connections")
def test_a_listener_without_descriptors_waits_and_goes_on(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener_module, "RETRY_ACCEPT_S", 0.1)
    sock: Any = FailingAccept(bind_listener("127.0.0.1", 0), 3)
    accepted: list[socket.socket] = []
    came = threading.Event()

    def take(client: socket.socket) -> None:
        accepted.append(client)
        came.set()

    listener = Listener(sock, loop, take)
    with socket.create_connection(("127.0.0.1", listener.port)):
        assert came.wait(5)
    assert sock.tries <= 5  # and did not spin meanwhile
    accepted[0].close()
    listener.close()


def test_a_client_that_nobody_can_serve_is_closed(loop: Loop) -> None:
    def refuse(_client: socket.socket) -> None:
        raise OSError("the loops have ended")

    listener = Listener(bind_listener("127.0.0.1", 0), loop, refuse)
    with socket.create_connection(("127.0.0.1", listener.port), timeout=5) as client:
        assert not rest_of(client)
    listener.close()


def test_a_loop_that_ends_gives_its_port_back() -> None:
    loop = Loop("listener-loop")
    listener = Listener(bind_listener("127.0.0.1", 0), loop, lambda client: client.close())
    port = listener.port
    assert loop.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    gone = bind_listener("127.0.0.1", 0)
    Listener(gone, loop, lambda client: client.close())
    assert gone.fileno() == -1
