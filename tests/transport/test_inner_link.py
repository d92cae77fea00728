"""A link inside another one at its worst moments: what ends, what waits, and what the other link keeps.

That it carries everything, changes keys and notices a man in the middle is in ``test_real_sshd`` and
``test_meddler``, beside a link alone; hostile bytes are in ``tests.fuzz.fuzz_packetizer``.
"""

from __future__ import annotations

import queue
import selectors
import socket
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.socks import loop as loop_module
from app.socks.streams import StreamRefusal, StreamSink
from app.transport import packet_layer, paramiko_privates
from app.transport.fed_packetizer import FedPacketizer
from app.transport.plain_packetizer import PlainPacketizer
from app.transport.stream import LinkStream
from app.transport.stream_socket import StreamSocket
from tests.peers.byte_server import ByteServer
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import free_port
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.real_link import MIB, InnerRealLink, RealLink, down, echo_until, everything, receive, up
from tests.transport.scripted_server import Scripted, Sink, until

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")


@pytest.fixture(scope="module")
def key(key_store: KeyStore) -> Path:
    return key_store.key("person")


@pytest.fixture(scope="module")
def sshds(
    tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore, key: Path
) -> Iterator[tuple[Sshd, Sshd]]:
    """Of the relay and of the server."""
    folders = [tmp_path_factory.mktemp(name) for name in ("outer-sshd", "inner-sshd")]
    authorized = public_line(key)
    with (
        Sshd(folders[0], keys=key_store, authorized_keys=authorized) as outer,
        Sshd(folders[1], keys=key_store, authorized_keys=authorized) as inner,
    ):
        yield outer, inner


@pytest.fixture(scope="module")
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


def endless(link: RealLink, port: int) -> socket.socket:
    """A download that has begun and will not end by itself."""
    client = link.through(port, b"D" + b"%016d" % (1 << 40))
    assert receive(client, MIB)
    return client


def read_to_the_end(client: socket.socket) -> None:
    while client.recv(1 << 16):
        pass


def test_it_ends_with_the_link_around_it(sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int) -> None:
    outer_sshd, sshd = sshds
    with RealLink(outer_sshd.port, key) as outer, InnerRealLink(outer, sshd.port, key) as inner:
        with endless(inner, bytes_at) as client:
            outer_sshd.drop_sessions()
            assert inner.lost.wait(10)
            assert outer.lost.wait(10)
            with pytest.raises(ConnectionResetError):
                read_to_the_end(client)
        with pytest.raises(OSError, match="closed"):
            inner.link.open_stream("127.0.0.1", bytes_at, Sink())


@pytest.mark.parametrize("how", ["the server hangs up", "it is cut", "it is closed"])
def test_the_link_around_it_outlives_it(sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int, how: str) -> None:
    """With the clients of both, which share the loop."""
    outer_sshd, sshd = sshds
    with RealLink(outer_sshd.port, key) as outer:
        before = outer.transport.open_streams
        with (
            InnerRealLink(outer, sshd.port, key) as inner,
            endless(inner, bytes_at) as client,
            outer.through(bytes_at, b"Eone") as other,
        ):
            assert receive(other, 3) == b"one"
            if how == "the server hangs up":
                sshd.drop_sessions()
            elif how == "it is cut":
                inner.link.cut()
            else:
                inner.link.close()
            assert inner.lost.wait(10)
            with pytest.raises(ConnectionResetError):
                read_to_the_end(client)
            other.sendall(b"two")
            assert receive(other, 3) == b"two"
        until(lambda: outer.transport.open_streams == before, "its stream to go")
        assert not inner.transport.is_alive()
        with InnerRealLink(outer, sshd.port, key) as again:
            down(again, bytes_at, MIB)
        assert not outer.lost.is_set()


def test_a_cut_in_the_middle_of_anything(sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int) -> None:
    """By another thread than the one that feeds it, and than its own, which may be changing keys."""
    outer_sshd, sshd = sshds
    with RealLink(outer_sshd.port, key) as outer:
        for number in range(12):
            with InnerRealLink(outer, sshd.port, key) as inner:
                inner.transport.packetizer.REKEY_BYTES = 300_000
                with endless(inner, bytes_at) as client:
                    threading.Event().wait(0.003 * number)
                    inner.link.cut()
                    assert inner.lost.wait(10)
                    with pytest.raises(ConnectionResetError):
                        read_to_the_end(client)
        down(outer, bytes_at, 1000)
        assert not outer.lost.is_set()


class Awkward:
    """A ``StreamOpener`` whose streams take little or nothing, and bring what comes in small pieces."""

    def __init__(self, outer: RealLink) -> None:
        self._link = outer.link
        self.loops = outer.loops
        self.most = 7000  # bytes that are taken at once
        self.piece = 1500
        self.streams: list[AwkwardStream] = []

    def open_stream(self, host: str, port: int, sink: StreamSink) -> Any:
        stream = AwkwardStream(self, sink)
        self.streams.append(stream)
        stream.real = self._link.open_stream(host, port, stream)
        return stream

    def let_go(self, most: int) -> None:
        self.most = most
        for stream in self.streams:
            stream.sink.stream_writable()


class AwkwardStream:
    """Both a stream, and the sink of the real one."""

    def __init__(self, owner: Awkward, sink: StreamSink) -> None:
        self.owner, self.sink = owner, sink
        self.real: LinkStream | None = None

    def write(self, data: memoryview) -> int:
        assert self.real is not None
        return self.real.write(data[: self.owner.most]) if self.owner.most else 0

    def stream_data(self, data: memoryview) -> None:
        for at in range(0, len(data), self.owner.piece):
            self.sink.stream_data(data[at : at + self.owner.piece])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sink if name.startswith("stream_") else self.real, name)


def test_a_stream_that_takes_little_and_brings_crumbs(
    sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int
) -> None:
    outer_sshd, sshd = sshds
    with RealLink(outer_sshd.port, key) as outer:
        awkward = Awkward(outer)
        with InnerRealLink(outer, sshd.port, key, opener=awkward) as inner:
            inner.transport.packetizer.REKEY_BYTES = MIB
            everything(inner, bytes_at, 2 * MIB)
            awkward.piece = 13
            echo_until(inner, bytes_at, lambda: inner.transport.key_changes >= 6)
            down(inner, bytes_at, 100_000)


def test_a_stream_that_takes_nothing_for_a_while(sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int) -> None:
    """The client is not read meanwhile, and memory does not grow; then all of it arrives."""
    outer_sshd, sshd = sshds
    with RealLink(outer_sshd.port, key) as outer:
        awkward = Awkward(outer)
        with (
            InnerRealLink(outer, sshd.port, key, opener=awkward) as inner,
            inner.through(bytes_at, b"U") as client,
        ):
            until(lambda: inner.transport.open_streams == 1, "it to be open")
            awkward.most = 0
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.sendall(bytes(200 * MIB))
            packets = inner.transport.packetizer
            assert isinstance(packets, FedPacketizer)
            assert packets.outbox.size < 2 * MIB
            asking = threading.Thread(target=lambda: inner.link.ping(20))
            asking.start()
            awkward.let_go(1 << 20)
            asking.join(10)
            assert not asking.is_alive()
            up(inner, bytes_at, 3 * MIB)


def test_more_clients_than_select_takes_are_in_other_loops_than_the_one_that_feeds(
    sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: see ``test_selectors``."""
    monkeypatch.setattr(loop_module, "SELECT_LIMIT", 10)
    outer_sshd, sshd = sshds
    with (
        RealLink(outer_sshd.port, key, make_selector=selectors.SelectSelector) as outer,
        InnerRealLink(outer, sshd.port, key) as inner,
    ):
        clients = [inner.through(bytes_at, b"E%03d" % number) for number in range(25)]
        try:
            for number, client in enumerate(clients):
                assert receive(client, 3) == b"%03d" % number
            assert len(outer.loops._loops) == 3
            inner.transport.packetizer.REKEY_BYTES = MIB
            down(inner, bytes_at, 3 * MIB)  # in the third loop
            up(inner, bytes_at, 3 * MIB)
            for client in clients:
                client.sendall(b"more")
                assert receive(client, 4) == b"more"
        finally:
            for client in clients:
                client.close()


@pytest.mark.expected_logs("links are slower")
def test_the_slow_way_inside_the_slow_way(
    sshds: tuple[Sshd, Sshd], key: Path, bytes_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a paramiko that is not the one we know."""
    monkeypatch.setattr(paramiko_privates, "PACKETIZER_NAMES", ("_renamed",))
    packet_layer.packetizer_class.cache_clear()
    outer_sshd, sshd = sshds
    try:
        with RealLink(outer_sshd.port, key) as outer, InnerRealLink(outer, sshd.port, key) as inner:
            assert isinstance(inner.transport.packetizer, PlainPacketizer)
            inner.transport.packetizer.REKEY_BYTES = MIB
            everything(inner, bytes_at)
            assert inner.transport.key_changes >= 3
            assert inner.link.ping(10) is not None
    finally:
        packet_layer.packetizer_class.cache_clear()


# --- the socket by itself -----------------------------------------------------------------------------------


def opened(far: Scripted, sock: StreamSocket, window: int = MIB) -> int:
    """The stream of this socket is open; our number of its channel."""
    sock.open(far.link, "target", 22)
    channel = int.from_bytes(far.wait_for(90)[-1][16:20], "big")
    far.say(91, channel, 7, window, 32768)
    return channel


def test_whether_it_opens_is_told_once(sshds: tuple[Sshd, Sshd], key: Path) -> None:
    answers: queue.SimpleQueue[StreamRefusal | None] = queue.SimpleQueue()
    with RealLink(sshds[0].port, key) as outer:
        sock = StreamSocket(answers.put)
        sock.open(outer.link, "127.0.0.1", free_port())
        refusal = answers.get(timeout=10)
        assert refusal is not None
        assert refusal.code == 2
        assert sock.recv(10) == b""
        with pytest.raises(BrokenPipeError):
            sock.send(b"x")
        late = StreamSocket(answers.put)
        late.open(outer.link, "127.0.0.1", sshds[1].port)
        late.close()
        given_up = StreamSocket(answers.put)
        given_up.close()
        given_up.open(outer.link, "127.0.0.1", sshds[1].port)
        until(lambda: not outer.transport.open_streams, "both to go")
        outer.link.cut()
        assert outer.lost.wait(10)
        with pytest.raises(OSError, match="closed"):
            StreamSocket(answers.put).open(outer.link, "127.0.0.1", 1)


def test_a_link_that_goes_before_it_answers_is_an_answer() -> None:
    answers: queue.SimpleQueue[StreamRefusal | None] = queue.SimpleQueue()
    with Scripted() as far:
        sock = StreamSocket(answers.put)
        sock.open(far.link, "target", 22)
        far.wait_for(90)
        far.server.close()
        assert isinstance(answers.get(timeout=10), StreamRefusal)
        assert sock.recv(10) == b""


def test_it_waits_as_long_as_it_is_told() -> None:
    with Scripted() as far:
        sock = StreamSocket(lambda _outcome: None)
        channel = opened(far, sock)
        sock.settimeout(0.05)
        with pytest.raises(TimeoutError):
            sock.recv(10)
        far.say(94, channel, rest=b"\0\0\0\x05hello")
        sock.settimeout(10)
        assert sock.recv(2) == b"he"
        assert sock.recv(100) == b"llo"
        sock.settimeout(0.05)
        assert sock.send(bytes(2 * MIB)) == MIB  # the window
        with pytest.raises(TimeoutError):
            sock.send(b"x")
        far.say(93, channel, 5)
        sock.settimeout(10)
        assert sock.send(b"0123456789") == 5
        sock.send_without_waiting()
        with pytest.raises(BlockingIOError):
            sock.send(b"0123456789")
        far.say(96, channel)
        assert sock.recv(1) == b""


@pytest.mark.parametrize("end", ["close", "shutdown"])
def test_a_close_wakes_who_reads_and_who_sends(end: str) -> None:
    with Scripted() as far:
        sock = StreamSocket(lambda _outcome: None)
        opened(far, sock)
        told: queue.SimpleQueue[Any] = queue.SimpleQueue()

        def send() -> None:
            try:
                while True:
                    sock.send(bytes(MIB))
            except OSError as e:
                told.put(type(e))

        threads = [threading.Thread(target=lambda: told.put(sock.recv(1))), threading.Thread(target=send)]
        for thread in threads:
            thread.start()
        threading.Event().wait(0.05)
        sock.close() if end == "close" else sock.shutdown(socket.SHUT_RDWR)
        assert {told.get(timeout=10), told.get(timeout=10)} == {b"", BrokenPipeError}
        for thread in threads:
            thread.join()
        far.wait_for(97)


def test_single_bytes_that_nobody_reads_yet_cost_no_object_each() -> None:
    """While the person is asked whether to trust the host key, say."""
    sock = StreamSocket(lambda _outcome: None)
    byte = memoryview(b"x")
    tracemalloc.start()
    try:
        for _ in range(100_000):
            sock.stream_data(byte)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
    assert sock.recv(200_000) == b"x" * 100_000


def test_a_piece_of_nothing_is_no_end() -> None:
    sock = StreamSocket(lambda _outcome: None)
    sock.settimeout(0.05)
    sock.stream_data(memoryview(b""))
    with pytest.raises(TimeoutError):
        sock.recv(1)
    packets = FedPacketizer(sock)
    sock.stream_data(memoryview(b""))
    sock.stream_data(memoryview(b"more"))
    assert packets.read_all(4) == b"more"


class Preempted(StreamSocket):
    """Who sends is held up before it looks how long it may wait."""

    gate: threading.Event | None = None

    def __init__(self) -> None:
        super().__init__(lambda _outcome: None)
        self.has_come = threading.Event()
        self._limit: float | None = None

    @property
    def _timeout_s(self) -> float | None:
        if self.gate is not None and threading.current_thread().name == "sender":
            self.has_come.set()
            self.gate.wait(10)
        return self._limit

    @_timeout_s.setter
    def _timeout_s(self, limit: float | None) -> None:
        self._limit = limit


@pytest.mark.parametrize("is_preempted", [False, True])
def test_whoever_still_waits_to_send_when_the_login_is_over_holds_nobody_up(is_preempted: bool) -> None:
    """It has the outbox's lock, and the outer reader wants it, which alone could hear of room."""
    with Scripted() as far:
        sock = Preempted()
        channel = opened(far, sock, window=0)
        packets = FedPacketizer(sock)
        sock.settimeout(30)
        gate = threading.Event()
        if is_preempted:
            sock.gate = gate
        sender = threading.Thread(target=lambda: packets.write_all(b"x" * 100), name="sender")
        sender.start()
        sock.has_come.wait(10) if is_preempted else threading.Event().wait(0.1)
        packets.begin_forwarding()
        gate.set()
        flushed = threading.Event()

        def flush() -> None:
            packets.flush()
            flushed.set()

        packets.outbox.put(b"of a client")
        far.loops.pick().call(flush)
        far.say(93, channel, 100_000)
        assert flushed.wait(10)
        sender.join(10)
        until(lambda: b"".join(body[8:] for body in far.all(94)) == b"x" * 100 + b"of a client", "both")


def test_room_that_comes_just_when_the_login_is_over_is_not_missed() -> None:
    class Late(StreamSocket):
        def send_without_waiting(self) -> None:
            super().send_without_waiting()
            packets.write_all(b"x" * 100)  # another thread's, in between
            far.say(93, channel, 100_000)
            far.round_trip()

    with Scripted() as far:
        sock = Late(lambda _outcome: None)
        channel = opened(far, sock, window=0)
        packets = FedPacketizer(sock)
        packets.begin_forwarding()
        far.wait_for(94)
        assert not packets.outbox.is_full


def test_a_thread_that_waits_for_its_turn_hears_of_the_end() -> None:
    sock = StreamSocket(lambda _outcome: None)
    packets = FedPacketizer(sock)
    packets.begin_forwarding()
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def read() -> None:
        try:
            packets.read_message()
        except EOFError as e:
            told.put(e)

    thread = threading.Thread(target=read)
    thread.start()
    threading.Event().wait(0.05)
    packets.close()
    assert isinstance(told.get(timeout=10), EOFError)
    thread.join()
    sock.stream_data(memoryview(b"too late"))
