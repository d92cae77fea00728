"""What a hostile review of the data plane found, each as it went wrong: threads, ends, others' bugs."""

from __future__ import annotations

import select
import selectors
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from app.socks.listener import Listener, bind_listener
from app.socks.loop import Loop, LoopGroup
from app.transport import link_transport, packetizer
from app.transport.outbox import Outbox
from app.transport.packetizer import FastPacketizer
from tests.peers.byte_server import BLOCK, ByteServer
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd
from tests.transport.real_link import RealLink, receive
from tests.transport.scripted_server import DATA, EOF, OPEN, Scripted, Sink, until


def test_a_socket_found_full_by_two_threads_at_once_is_watched() -> None:
    """The reader makes room while another thread is between finding it full and saying so: nothing stays."""
    told: list[str] = []

    class Sock:
        full = True

        def send(self, data: Any) -> int:
            if self.full:
                raise BlockingIOError
            told.append("sent")
            return len(data)

    sock: Any = Sock()

    class Noticing(Outbox):
        """Lets the reader in at the very moment when the flag is set."""

        def __setattr__(self, name: str, value: Any) -> None:
            super().__setattr__(name, value)
            if name == "is_full" and value and threading.current_thread() is threading.main_thread():
                reader.start()
                reader.join(0.2)  # it waits for the lock, or finds nothing to send

    outbox = Noticing(sock, lambda: False)
    outbox.on_full = lambda: told.append("watch" if outbox.is_full else "nobody watches")

    def make_room() -> None:
        sock.full = False
        outbox.flush_again()

    reader = threading.Thread(target=make_room)
    outbox.put(b"packet")
    outbox.flush()
    reader.join(5)
    assert "sent" in told  # else the packet waits until somebody sends another


def test_a_send_that_fails_ends_the_link_for_part_of_a_packet_is_lost() -> None:
    """Windows' WSAENOBUFS passes; what was sent behind the hole would be garbage to the peer."""
    with Scripted() as far:
        outbox = far.transport._fast.outbox  # type: ignore[union-attr]

        class NoBuffers:
            def send(self, _data: Any) -> int:
                raise OSError(105, "no buffer space available")

        outbox._sock = NoBuffers()
        far.transport.send_control(b"\x02" + bytes(4))
        assert far.lost.wait(10)


@pytest.mark.parametrize("during", ["a full socket", "a key exchange"])
def test_a_limit_that_a_clients_handler_meets_ends_the_link(
    monkeypatch: pytest.MonkeyPatch, during: str
) -> None:
    """It was raised in the handler, in the reader thread, and logged there as that client's bug."""
    with Scripted() as far:
        if during == "a full socket":
            monkeypatch.setattr(packetizer, "MAX_MESSAGES", 0)
        else:
            monkeypatch.setattr(link_transport, "MAX_WAITING_CONTROL", 0)
            with far.transport.clear_to_send_lock:
                far.transport.clear_to_send.clear()
        loop = far.loops.pick()
        loop.call(lambda: far.transport.send_control(b"\x02" + bytes(4)))
        assert far.lost.wait(10)
        assert "the peer" in far.link.why_lost()


@pytest.mark.expected_logs("A connection failed")
@pytest.mark.parametrize("when", ["stream_opened", "stream_data", "stream_eof", "stream_closed"])
def test_a_bug_of_one_connection_does_not_end_the_link(when: str) -> None:
    class Buggy(Sink):
        """Fails once."""

        def fail(self, *_arguments: Any, **_named: Any) -> None:
            self.__dict__.pop(when)
            self.told.append("failed")
            raise ZeroDivisionError

    with Scripted() as far:
        good, bad = Sink(), Buggy()
        setattr(bad, when, bad.fail)
        number = far.open(good)
        bad.stream = far.link.open_stream("target", 80, bad)
        theirs = int.from_bytes(far.wait_for(OPEN, 2)[-1][16:20], "big")
        far.say(91, theirs, 8, 1 << 20, 32768)
        far.say(DATA, theirs, rest=b"\0\0\0\x02hi")
        far.say(EOF, theirs)
        far.say(97, theirs)
        far.say(DATA, number, rest=b"\0\0\0\x04good")
        until(lambda: b"good" in good.told, "the other stream to go on")
        assert "failed" in bad.told
        assert "lost" in bad.told
        assert not far.lost.is_set()


@pytest.mark.expected_logs("exception in thread", "Exception in thread")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_clients_are_told_though_the_end_itself_meets_a_bug() -> None:
    class Member:
        def __init__(self) -> None:
            self.told = threading.Event()

        def socket_ready(self, mask: int) -> None: ...

        def loop_ended(self) -> None:
            self.told.set()

    def fail() -> None:
        raise ZeroDivisionError

    with Scripted() as far:
        member = Member()
        assert far.loops.pick().add(member)
        far.transport._on_end = fail
        far.server.close()
        until(lambda: not far.link.is_alive, "the end")
        far.loops.stop()
        assert member.told.is_set()


def test_a_ping_of_a_link_that_is_gone_does_not_wait() -> None:
    with Scripted() as far:
        far.link.cut()
        until(lambda: not far.transport._streams and far.lost.is_set(), "the end")
        asker = threading.Thread(target=lambda: far.link.ping(600), daemon=True)
        asker.start()
        asker.join(10)
        assert not asker.is_alive()


def test_a_driven_loop_whose_thread_died_still_lets_go() -> None:
    loop = Loop("driven", driven=True)
    driver = threading.Thread(target=loop.drive)  # and it never turns it
    driver.start()
    driver.join()
    told = threading.Event()

    class Member:
        def socket_ready(self, mask: int) -> None: ...

        def loop_ended(self) -> None:
            told.set()

    loop.add(Member())
    assert loop.stop()
    assert told.is_set()


@pytest.mark.expected_logs("could not be served")
def test_a_bug_with_one_client_does_not_close_the_port() -> None:
    loop = Loop("loop-under-test")
    accepted: list[socket.socket] = []

    def accept(client: socket.socket) -> None:
        accepted.append(client)
        if len(accepted) == 1:
            raise ZeroDivisionError

    listener = Listener(bind_listener("127.0.0.1", 0), loop, accept)
    try:
        for number in (1, 2):
            with socket.create_connection(("127.0.0.1", listener.port), timeout=5):
                until(lambda number=number: len(accepted) == number, "the client")
    finally:
        loop.stop()
        for client in accepted:
            client.close()


@pytest.mark.parametrize("size", [-12, 1 << 30])
def test_a_length_that_nobody_has_checked_yet_moves_nothing(size: int) -> None:
    """With encrypt-then-MAC paramiko's own code computes with the length before it knows that it is true."""
    near, far = socket.socketpair()
    with near, far:
        packets = FastPacketizer(near)
        far.sendall(bytes(64))
        packets.read_all(16)
        with pytest.raises(Exception, match="packet of"):
            packets.read_all(size)
        assert packets.read_all(48) == bytes(48)


def test_calls_from_many_threads_wake_a_loop_every_time() -> None:
    """Nothing else would: there is no timer, and no socket that becomes ready."""
    for make_selector in (selectors.SelectSelector, None):
        loop = Loop("loop-under-test", make_selector)
        failures: list[int] = []

        def caller(loop: Loop = loop, failures: list[int] = failures) -> None:
            for number in range(300):
                done = threading.Event()
                loop.call(done.set)
                if not done.wait(10):
                    failures.append(number)
                    return

        threads = [threading.Thread(target=caller) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert loop.stop()


def test_listeners_survive_loops_that_end_as_they_come() -> None:
    """A port that visits a link's loop is open again, whenever that loop ended."""
    home = Loop("home")
    accepted: list[socket.socket] = []
    listener = Listener(bind_listener("127.0.0.1", 0), home, accepted.append)
    try:
        for _ in range(50):
            visited = Loop("visited")
            ender = threading.Thread(target=visited.stop)
            listener.visit(visited)
            ender.start()
            with socket.create_connection(("127.0.0.1", listener.port), timeout=10):
                ender.join()
                until(lambda: bool(accepted), "the client")
            for sock in accepted:
                sock.close()
            accepted.clear()
    finally:
        listener.close()
        home.stop()


def test_streams_written_by_a_second_loops_thread_while_the_reader_writes_too() -> None:
    """What ``select`` needs on Windows: more than one loop for a link, each with its thread."""
    with Scripted() as far:
        group = LoopGroup("second")
        loop = group.pick()
        sinks = [Sink() for _ in range(4)]
        for sink in sinks:
            far.open(sink, window=1 << 30)
        done = [threading.Event() for _ in sinks]
        data = bytes(range(256)) * 16

        def push(sink: Sink, event: threading.Event, where: Loop, left: int) -> None:
            stream = sink.stream
            assert stream is not None
            while left and stream.write(memoryview(data)):
                left -= 1
            if left:
                where.call_later(0.001, lambda: push(sink, event, where, left))
            else:
                event.set()

        for number, (sink, event) in enumerate(zip(sinks, done, strict=True)):
            where = loop if number % 2 else far.loops.pick()
            where.call(lambda s=sink, e=event, w=where: push(s, e, w, 400))  # type: ignore[misc]
        for event in done:
            assert event.wait(20)
        until(lambda: sum(len(body) - 8 for body in far.all(DATA)) == 4 * 400 * len(data), "all of it")
        assert not far.lost.is_set()
        assert group.stop()


def test_new_keys_while_the_socket_is_full() -> None:
    """The exchange waits behind what is queued, data waits behind the exchange, and all of it arrives."""
    with Scripted() as far:
        sinks = [Sink(), Sink()]
        for sink in sinks:
            far.open(sink, window=1 << 30)
        hold = threading.Event()
        far.server._handler_table[80] = lambda _m: hold.wait(30)
        far.say_from_us(80)
        data, wrote = memoryview(bytes(64 * 1024)), 0
        for sink in sinks:
            assert sink.stream is not None
            while sink.stream.write(data):
                wrote += len(data)
        assert far.transport._fast.is_congested
        asking = threading.Thread(target=far.server.renegotiate_keys)
        asking.start()
        until(lambda: not far.transport.clear_to_send.is_set(), "the exchange to begin")
        assert sinks[0].stream.write(data) == 0  # type: ignore[union-attr]
        hold.set()
        asking.join(10)
        until(lambda: sinks[0].stream.write(data) == len(data), "new keys")  # type: ignore[union-attr]
        wrote += len(data)
        until(lambda: sum(len(body) - 8 for body in far.all(DATA)) == wrote, "all of it")
        assert not far.lost.is_set()


def read_to_the_end(client: socket.socket, got: bytearray) -> None:
    while data := client.recv(1 << 16):
        got += data


def test_a_link_that_dies_lets_its_clients_read_what_came_and_says_that_it_is_not_all(
    tmp_path: Path, key_store: KeyStore
) -> None:
    key = key_store.key("person")
    with (
        ByteServer() as server,
        Sshd(tmp_path, keys=key_store, authorized_keys=public_line(key)) as sshd,
        RealLink(sshd.port, key) as link,
        link.through(server.port, b"D" + b"%016d" % (1 << 30)) as client,
        link.through(server.port, b"D" + b"%016d" % 1000) as whole,
    ):
        got = bytearray(client.recv(1))
        until(lambda: link.transport.open_streams == 2, "both")
        has_ended = select.poll()
        has_ended.register(whole, select.POLLRDHUP)
        assert has_ended.poll(10_000)
        sshd.drop_sessions()
        assert link.lost.wait(10)
        with pytest.raises(ConnectionResetError):
            read_to_the_end(client, got)
        assert BLOCK.startswith(got[: len(BLOCK)])
        assert receive(whole, 2000) == BLOCK[:1000]
        with pytest.raises(OSError, match="closed"):
            link.link.open_stream("127.0.0.1", server.port, Sink())
