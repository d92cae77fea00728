"""The link's transport at its worst moments: the end, a key exchange, a peer that does not read."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any

import paramiko
import pytest
from paramiko.message import Message

from app.socks.loop import Loop, LoopGroup
from app.transport import link_transport, packetizer
from app.transport.link import Link
from app.transport.link_transport import LinkTransport
from app.transport.stream import WindowBudget
from tests.transport.scripted_server import CLOSE, EOF, OPEN, NoPassword, Noting, Scripted, Sink, until


def test_a_stream_asked_for_just_as_the_link_ends_is_refused_or_told() -> None:
    """Between "is it alive" and the table of streams the reader may have told everybody already."""
    with Scripted() as far:
        transport = far.transport
        is_active = transport.is_active
        asked = threading.Event()

        def slow() -> bool:
            alive = is_active()
            if threading.current_thread() is threading.main_thread() and not asked.is_set():
                asked.set()
                far.link.cut()
                far.lost.wait(1)
            return alive

        transport.is_active = slow  # type: ignore[method-assign]
        sink = Sink()
        try:
            sink.stream = far.link.open_stream("target", 80, sink)
        except OSError:
            return
        until(lambda: "lost" in sink.told, "the stream to be told", 3)


def test_every_stream_hears_that_the_link_is_lost_once() -> None:
    with Scripted() as far:
        sinks = [Sink() for _ in range(20)]
        for sink in sinks[:10]:
            far.open(sink)
        for sink in sinks[10:]:
            sink.stream = far.link.open_stream("target", 80, sink)
        far.server.close()
        assert far.lost.wait(10)
        assert [sink.told.count("lost") for sink in sinks] == [1] * 20
        with pytest.raises(OSError, match="closed"):
            far.link.open_stream("target", 80, Sink())


def test_control_messages_keep_their_order_when_a_key_exchange_ends() -> None:
    """What is sent in the moment after the new keys must not overtake what waited for them."""
    with Scripted() as far:
        sink = Sink()
        far.open(sink)
        stream, transport = sink.stream, far.transport
        assert stream is not None
        original = paramiko.Transport._parse_newkeys  # type: ignore[attr-defined]
        with transport.clear_to_send_lock:
            transport.clear_to_send.clear()
        stream.write_eof()  # waits

        def newkeys(self: Any, m: Message) -> None:
            transport.clear_to_send.set()
            stream.close()  # another thread, at this very moment

        paramiko.Transport._parse_newkeys = newkeys  # type: ignore[attr-defined]
        try:
            transport._parse_newkeys(Message())
        finally:
            paramiko.Transport._parse_newkeys = original  # type: ignore[attr-defined]
        far.wait_for(CLOSE)
        assert [kind for kind, _ in far.server.heard if kind in (EOF, CLOSE)] == [EOF, CLOSE]


def test_a_ping_ends_in_time_when_the_socket_is_full_because_the_peer_is_dead() -> None:
    with Scripted() as far:
        sink = Sink()
        far.open(sink, window=1 << 30)
        hold = threading.Event()
        far.server._handler_table[80] = lambda _m: hold.wait(30)
        far.say_from_us(80)
        stream = sink.stream
        assert stream is not None
        pushed: list[int] = []
        pushing = threading.Thread(target=push, args=(stream, pushed), daemon=True)
        pushing.start()
        count = -1
        while count != len(pushed) or not pushed:
            count = len(pushed)
            time.sleep(0.3)
        before = time.monotonic()
        asking: list[float | None] = []
        asker = threading.Thread(target=lambda: asking.append(far.link.ping(0.5)), daemon=True)
        asker.start()
        asker.join(5)
        took = time.monotonic() - before
        hold.set()
        far.link.cut()
        pushing.join(5)
        asker.join(5)
        assert asking == [None]
        assert took < 2


def push(stream: Any, pushed: list[int]) -> None:
    data = memoryview(bytes(16 * 1024))
    try:
        for _ in range(10_000):
            pushed.append(stream.write(data))  # noqa: PERF401 - each may raise
    except OSError:
        pass


def test_a_peer_that_asks_and_never_reads_the_answers_loses_the_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packetizer, "MAX_MESSAGES", 2000)
    with Scripted() as far:
        hold = threading.Event()
        far.server._handler_table[82] = lambda _m: hold.wait(30)
        asking = threading.Thread(target=ask_for_ever, args=(far,), daemon=True)
        asking.start()
        lost = far.lost.wait(20)
        hold.set()
        far.link.cut()
        asking.join(10)
        assert lost


def ask_for_ever(far: Scripted) -> None:
    try:
        for _ in range(200_000):
            far.say(80, 1, rest=b"x\x01")
    except (OSError, EOFError):
        pass


def test_questions_during_a_key_exchange_are_answered_behind_it_and_are_bounded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link_transport, "MAX_WAITING_CONTROL", 50)
    with Scripted() as far:
        with far.transport.clear_to_send_lock:
            far.transport.clear_to_send.clear()
        for _ in range(49):
            far.say(80, 1, rest=b"x\x01")
        until(lambda: len(far.transport._control) == 49, "the answers to wait")
        assert not far.all(82)
        assert not far.lost.is_set()
        with contextlib.suppress(OSError, EOFError):  # it hangs up on the way
            for _ in range(10):
                far.say(80, 1, rest=b"x\x01")
        assert far.lost.wait(10)


def test_a_link_that_dies_just_behind_the_login_is_told_as_lost() -> None:
    near, far = socket.socketpair()
    server = Noting(far)
    server.set_log_channel("scripted-server")
    server.logger.disabled = True
    server.add_server_key(paramiko.ECDSAKey.generate())
    server.start_server(server=NoPassword(), event=threading.Event())
    loop = Loop("link-under-test", driven=True)
    transport = LinkTransport(near, name="link-under-test", budget=WindowBudget(), loop=loop)
    transport.start_client(timeout=10)
    transport.auth_none("somebody")
    server.close()
    server.join(5)
    until(lambda: not transport.is_active(), "the link to end")
    loops = LoopGroup("forward-under-test", first=loop)
    lost = threading.Event()
    try:
        link = Link(transport, loops, lambda _link: lost.set())
        assert not link.is_alive
        assert lost.is_set()
    finally:
        loops.stop()


def test_a_channel_that_the_far_end_opens_is_refused() -> None:
    with Scripted() as far:
        far.say(OPEN, 7, rest=b"session" + (5).to_bytes(4, "big") + bytes(8))
        assert far.wait_for(92)[0][:8] == (5).to_bytes(4, "big") + (1).to_bytes(4, "big")
        far.round_trip()
