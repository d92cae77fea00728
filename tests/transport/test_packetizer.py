"""The fast packetizer against paramiko's own, on one socket pair: same bytes, same refusals."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from paramiko.compress import ZlibCompressor, ZlibDecompressor
from paramiko.message import Message
from paramiko.packet import NeedRekeyException, Packetizer
from paramiko.ssh_exception import SSHException

from app.transport.packet_format import MAX_PACKET
from app.transport.packetizer import FastPacketizer
from tests.fuzz.fuzz_packetizer import try_one

KEY = bytes(range(16))
IV = bytes(range(12))


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    a, b = socket.socketpair()
    a.settimeout(5)
    b.settimeout(5)
    yield a, b
    a.close()
    b.close()


def set_gcm(packetizer: Packetizer, *, out: bool) -> None:
    engine: Any = AESGCM(KEY)
    common = {
        "block_engine": engine,
        "block_size": 16,
        "mac_engine": None,
        "mac_size": 16,
        "mac_key": None,
        "aead": True,
    }
    if out:
        packetizer.set_outbound_cipher(**common, iv_out=IV)
    else:
        packetizer.set_inbound_cipher(**common, iv_in=IV)


def message(kind: int, body: bytes) -> Message:
    m = Message()
    m.add_byte(bytes([kind]))
    m.add_bytes(body)
    return m


def data_message(channel: int, data: bytes) -> Message:
    return message(94, struct.pack(">II", channel, len(data)) + data)


@pytest.mark.parametrize("fast_side", ["sender", "receiver", "both"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_speaks_with_paramikos_own(pair: Any, fast_side: str, encrypted: bool) -> None:
    sender = (Packetizer if fast_side == "receiver" else FastPacketizer)(pair[0])
    receiver = (Packetizer if fast_side == "sender" else FastPacketizer)(pair[1])
    if encrypted:
        set_gcm(sender, out=True)
        set_gcm(receiver, out=False)
    sizes = [0, 1, 10, 11, 12, 13, 250, 4096, 32768, 65000]
    sent = [bytes(random.Random(size).randbytes(size)) for size in sizes]

    def send() -> None:
        for body in sent:
            sender.send_message(message(80, body))

    thread = threading.Thread(target=send)
    thread.start()
    for body in sent:
        kind, got = receiver.read_message()
        assert (kind, got.asbytes()) == (80, body)
    thread.join()


def test_channel_data_takes_the_fast_lane_and_is_split_by_the_peers_packet_size(pair: Any) -> None:
    sender, receiver = FastPacketizer(pair[0]), FastPacketizer(pair[1])
    set_gcm(sender, out=True)
    set_gcm(receiver, out=False)
    got: list[tuple[int, bytes]] = []

    def take(channel: int, data: memoryview) -> bool:
        got.append((channel, bytes(data)))
        return True

    receiver.on_channel_data = take
    data = random.Random(1).randbytes(100_000)

    def send() -> None:
        sender.enqueue_channel_data(7, memoryview(data), 32768)
        sender.send_message(message(80, b"end"))

    thread = threading.Thread(target=send)
    thread.start()
    assert receiver.read_message()[0] == 80
    thread.join()
    assert [channel for channel, _ in got] == [7] * 4
    assert [len(part) for _, part in got] == [32768, 32768, 32768, 1696]
    assert b"".join(part for _, part in got) == data


def test_channel_data_that_nobody_takes_is_given_to_paramiko(pair: Any) -> None:
    sender, receiver = FastPacketizer(pair[0]), FastPacketizer(pair[1])
    set_gcm(sender, out=True)
    set_gcm(receiver, out=False)
    receiver.on_channel_data = lambda _channel, _data: False
    sender.send_message(data_message(3, b"hello"))
    kind, got = receiver.read_message()
    assert kind == 94
    assert (got.get_int(), got.get_binary()) == (3, b"hello")


def test_compression_goes_through_the_fast_cipher(pair: Any) -> None:
    sender, receiver = FastPacketizer(pair[0]), FastPacketizer(pair[1])
    for packetizer, out in ((sender, True), (receiver, False)):
        set_gcm(packetizer, out=out)
    sender.set_outbound_compressor(ZlibCompressor())
    receiver.set_inbound_compressor(ZlibDecompressor())
    got: list[bytes] = []

    def take(_channel: int, data: memoryview) -> bool:
        got.append(bytes(data))
        return True

    receiver.on_channel_data = take
    sender.enqueue_channel_data(1, memoryview(b"a" * 50_000), 32768)
    sender.flush()
    sender.send_message(message(80, b"end"))
    assert receiver.read_message()[0] == 80
    assert b"".join(got) == b"a" * 50_000


def record(kind: Callable[[FastPacketizer], None]) -> bytes:
    """The bytes on the wire that ``kind`` makes."""
    a, b = socket.socketpair()
    with a, b:
        packetizer = FastPacketizer(a)
        set_gcm(packetizer, out=True)
        kind(packetizer)
        return b.recv(1 << 20)


def receive(wire: bytes) -> tuple[int, Message]:
    a, b = socket.socketpair()
    with a, b:
        b.settimeout(5)
        packetizer = FastPacketizer(b)
        set_gcm(packetizer, out=False)
        packetizer.on_channel_data = lambda _channel, _data: True
        a.sendall(wire)
        a.shutdown(socket.SHUT_WR)
        return packetizer.read_message()


def two_messages(packetizer: FastPacketizer) -> None:
    packetizer.send_message(message(80, b"one"))
    packetizer.send_message(message(80, b"two"))


@given(st.data())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_changed_bit_anywhere_ends_the_link(data: st.DataObject) -> None:
    wire = bytearray(record(lambda p: p.send_message(message(80, b"payload of some length"))))
    at = data.draw(st.integers(0, len(wire) * 8 - 1))
    wire[at // 8] ^= 1 << at % 8
    with pytest.raises((SSHException, EOFError)):
        receive(bytes(wire))


def test_a_truncated_packet_ends_the_link() -> None:
    wire = record(lambda p: p.send_message(message(80, b"payload")))
    for cut in range(len(wire)):
        with pytest.raises((SSHException, EOFError)):
            receive(wire[:cut])


def test_a_replayed_packet_ends_the_link() -> None:
    wire = record(two_messages)
    half = len(wire) // 2
    a, b = socket.socketpair()
    with a, b:
        packetizer = FastPacketizer(b)
        set_gcm(packetizer, out=False)
        a.sendall(wire[:half] + wire[:half])
        assert packetizer.read_message()[0] == 80
        with pytest.raises(SSHException, match="tampered"):
            packetizer.read_message()


@given(st.binary(min_size=1, max_size=200))
@settings(deadline=None, max_examples=150)
def test_garbage_never_does_anything_but_end_the_link(garbage: bytes) -> None:
    with pytest.raises((SSHException, EOFError)):
        receive(garbage)


@pytest.mark.parametrize("length", [0, 15, 17, MAX_PACKET + 16, 0xFFFFFFF0])
def test_an_impossible_length_is_refused_before_it_is_waited_for(length: int) -> None:
    with pytest.raises(SSHException, match="length"):
        receive(struct.pack(">I", length) + bytes(64))


def test_rekeying_is_asked_for_once_and_a_peer_that_ignores_it_is_dropped(pair: Any) -> None:
    sender, receiver = FastPacketizer(pair[0]), FastPacketizer(pair[1])
    set_gcm(sender, out=True)
    set_gcm(receiver, out=False)
    receiver.REKEY_BYTES = 10_000
    receiver.REKEY_BYTES_OVERFLOW_MAX = 20_000
    receiver.on_channel_data = lambda _channel, _data: True
    for _ in range(2):
        sender.enqueue_channel_data(1, memoryview(bytes(6000)), 32768)
    sender.flush()
    with pytest.raises(NeedRekeyException):
        receiver.read_message()
    assert receiver.need_rekey()
    for _ in range(4):
        sender.enqueue_channel_data(1, memoryview(bytes(6000)), 32768)
    sender.flush()
    with pytest.raises(SSHException, match="ignores"):
        receiver.read_message()


def test_the_reader_never_waits_for_a_full_socket(pair: Any) -> None:
    """What the reader thread sends is left to the thread that may wait."""
    deferred = threading.Event()
    reader = FastPacketizer(pair[0])
    set_gcm(reader, out=True)
    set_gcm(reader, out=False)
    peer = FastPacketizer(pair[1])
    set_gcm(peer, out=True)
    set_gcm(peer, out=False)
    reader.defer_flush = lambda **_: deferred.set()
    pair[0].setblocking(False)
    with contextlib.suppress(BlockingIOError):  # fill the way out
        while True:
            pair[0].send(bytes(65536))
    pair[0].settimeout(5)
    peer.send_message(message(80, b"question"))
    assert reader.read_message()[0] == 80
    reader.send_message(message(81, os.urandom(1000)))  # would block for 5 s and fail otherwise
    assert deferred.is_set()


def test_close_wakes_a_blocked_reader(pair: Any) -> None:
    packetizer = FastPacketizer(pair[0])
    set_gcm(packetizer, out=False)
    pair[0].settimeout(None)
    ended = threading.Event()

    def read() -> None:
        try:
            packetizer.read_message()
        except EOFError:
            ended.set()

    thread = threading.Thread(target=read)
    thread.start()
    packetizer.close()
    assert ended.wait(5)
    thread.join()


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=150, derandomize=True, suppress_health_check=list(HealthCheck))
def test_hostile_bytes_become_what_was_sealed_or_end_the_link(rng: random.Random) -> None:
    """A short run of the fuzz command, the same each time; its text states the invariant."""
    try_one(rng)
