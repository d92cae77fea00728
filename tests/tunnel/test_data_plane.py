"""Bytes through the SOCKS port and a real sshd: whole, in order, both ways, under every kind of trouble."""

from __future__ import annotations

import hashlib
import os
import resource
import select
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.core.states import LinkPhase, ServerPhase
from app.socks.client_protocol import ClientProtocol
from app.transport.link_transport import LinkTransport
from app.transport.packetizer import FastPacketizer
from tests.peers.byte_server import BLOCK, ByteServer, digest_of
from tests.peers.lab import Lab
from tests.tunnel.driver import Driver

MIB = 1 << 20


@pytest.fixture
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


@pytest.fixture
def driver(permissive_lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    lab = permissive_lab
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.wait_for_ports()
        yield driver


def through(driver: Driver, port: int, first: bytes = b"") -> socket.socket:
    """A connection through the SOCKS port; ``first`` is sent right behind the request, unasked."""
    client = socket.create_connection(("127.0.0.1", driver.socks_port), timeout=30)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    protocol = ClientProtocol("127.0.0.1", port)
    client.sendall(protocol.to_send())
    while not protocol.done:
        protocol.receive(client.recv(1))
        request = protocol.to_send()
        if request:
            client.sendall(request + first)
    assert protocol.refusal is None, protocol.refusal
    return client


def read_all(client: socket.socket) -> tuple[str, int]:
    sha, count = hashlib.sha256(), 0
    while data := client.recv(MIB):
        sha.update(data)
        count += len(data)
    return sha.hexdigest(), count


def upload(client: socket.socket, count: int) -> str:
    client.sendall(b"U")
    left = count
    while left:
        part = BLOCK[: min(left, len(BLOCK))]
        client.sendall(part)
        left -= len(part)
    client.shutdown(socket.SHUT_WR)
    return client.recv(200).decode()


def test_a_gibibyte_each_way_at_once_across_rekeyings(
    driver: Driver, bytes_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FastPacketizer, "REKEY_BYTES", 300 * MIB)
    rekeyings: list[float] = []
    original = LinkTransport._parse_newkeys

    def counting(self: LinkTransport, message: object) -> None:
        rekeyings.append(time.monotonic())
        original(self, message)  # type: ignore[arg-type]

    monkeypatch.setattr(LinkTransport, "_parse_newkeys", counting)
    count = 1024 * MIB
    answers: list[str] = []
    with through(driver, bytes_at) as up, through(driver, bytes_at) as down:
        sender = threading.Thread(target=lambda: answers.append(upload(up, count)))
        sender.start()
        down.sendall(b"D" + b"%016d" % count)
        assert read_all(down) == (digest_of(count), count)
        sender.join()
    assert answers == [f"{digest_of(count)} {count}"]
    assert len(rekeyings) >= 4  # the first exchange, and at least three in mid-transfer


def test_the_far_side_may_ask_for_new_keys_at_any_time(
    tmp_path: Path, bytes_at: int, key_store: object
) -> None:
    lab = Lab(tmp_path / "lab", key_store, permissive=True)  # type: ignore[arg-type]
    lab.relay.config_lines = ["RekeyLimit 16M 2s"]
    with lab, Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.wait_for_ports()
        count = 200 * MIB
        with through(driver, bytes_at) as up, through(driver, bytes_at) as down:
            answers: list[str] = []
            sender = threading.Thread(target=lambda: answers.append(upload(up, count)))
            sender.start()
            down.sendall(b"D" + b"%016d" % count)
            assert read_all(down) == (digest_of(count), count)
            sender.join()
        assert answers == [f"{digest_of(count)} {count}"]


@pytest.mark.parametrize("cipher", ["aes256-ctr", "aes128-gcm@openssh.com", "aes256-gcm@openssh.com"])
def test_every_cipher_that_the_relay_may_choose(
    tmp_path: Path, bytes_at: int, key_store: object, cipher: str
) -> None:
    lab = Lab(tmp_path / "lab", key_store, permissive=True)  # type: ignore[arg-type]
    lab.relay.config_lines = [f"Ciphers {cipher}"]
    with lab, Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.wait_for_ports()
        with through(driver, bytes_at) as up:
            assert upload(up, 5 * MIB) == f"{digest_of(5 * MIB)} {5 * MIB}"
        with through(driver, bytes_at) as down:
            down.sendall(b"D" + b"%016d" % (5 * MIB))
            assert read_all(down) == (digest_of(5 * MIB), 5 * MIB)


def test_early_data_behind_the_request_arrives_first(driver: Driver, bytes_at: int) -> None:
    with through(driver, bytes_at, first=b"Eearly") as client:
        client.sendall(b" and late")
        got = b""
        while len(got) < 14:
            got += client.recv(100)
        assert got == b"early and late"


def test_half_close_both_ways(driver: Driver, bytes_at: int) -> None:
    with through(driver, bytes_at) as client:
        client.sendall(b"Eone")
        assert client.recv(10) == b"one"
        client.sendall(b"two")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client)[1] == 3  # the answer came after our end was closed, and then theirs


def test_a_reset_of_the_client_is_passed_on_and_costs_nothing_else(driver: Driver, bytes_at: int) -> None:
    with through(driver, bytes_at, b"E") as other:
        client = through(driver, bytes_at, b"D" + b"%016d" % (500 * MIB))
        client.recv(1000)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
        other.sendall(b"still here")
        assert other.recv(100) == b"still here"
    driver.wait_for(lambda: len(driver.manager._connections) == 0, "the connections to end")


def test_one_byte_at_a_time_handshake(driver: Driver, bytes_at: int) -> None:
    with socket.create_connection(("127.0.0.1", driver.socks_port), timeout=20) as client:
        for byte in b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + bytes_at.to_bytes(2, "big") + b"Ehi":
            client.send(bytes([byte]))
            select.select([], [], [], 0.002)
        got = b""
        while len(got) < 2 + 10 + 2:
            got += client.recv(100)
        assert got[:4] == b"\x05\x00\x05\x00"
        assert got.endswith(b"hi")


def test_five_hundred_connections_at_once(driver: Driver, bytes_at: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    with through(driver, bytes_at, b"E") as first:
        first.sendall(b"x")
        assert first.recv(1) == b"x"
        before = psutil.Process().memory_info().rss
        clients = [socket.create_connection(("127.0.0.1", driver.socks_port), timeout=60) for _ in range(500)]
        try:
            hello = b"\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01" + bytes_at.to_bytes(2, "big") + b"E"
            for client in clients:
                client.sendall(hello)
            for number, client in enumerate(clients):
                client.sendall(b"%04d" % number)
            for number, client in enumerate(clients):
                got = b""
                while len(got) < 2 + 10 + 4:
                    got += client.recv(100)
                assert got.endswith(b"%04d" % number)
            grown = psutil.Process().memory_info().rss - before
            assert grown < 500 * 64 * 1024  # a leak guard; the figure itself is the bench's
        finally:
            for client in clients:
                client.close()
    driver.wait_for(lambda: len(driver.manager._connections) == 0, "the connections to end")


def test_a_client_that_never_reads_holds_bounded_memory_and_nobody_up(driver: Driver, bytes_at: int) -> None:
    with through(driver, bytes_at, b"E") as first:
        before = psutil.Process().memory_info().rss
        lazy = [through(driver, bytes_at, b"D" + b"%016d" % (200 * MIB)) for _ in range(8)]
        try:
            for n in range(50):
                first.sendall(b"%03d" % n)
                got = b""
                while len(got) < 3:
                    got += first.recv(3)
            grown = psutil.Process().memory_info().rss - before
            assert grown < 8 * 4 * MIB + 64 * MIB
            # and when one reads at last, everything is there
            assert read_all(lazy[0]) == (digest_of(200 * MIB), 200 * MIB)
        finally:
            for client in lazy:
                client.close()


def test_two_hundred_rounds_leave_nothing_behind(permissive_lab: Lab, tmp_path: Path) -> None:
    lab = permissive_lab
    process = psutil.Process()
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:

        def one_round() -> None:
            driver.connect()
            driver.manager.disconnect(driver.server_id)
            driver.wait_for_server(ServerPhase.OFF)
            driver.wait_for_link(LinkPhase.OFF)
            driver.events.clear()

        for _ in range(5):
            one_round()
        driver.wait_for(lambda: len(driver.manager._connections) == 0, "the connections to end")
        settled = _what_is_open(process)
        for _ in range(195):
            one_round()
        driver.wait_for(
            lambda: all(now <= then for now, then in zip(_what_is_open(process), settled, strict=True)),
            f"descriptors and threads to be {settled}, not {_what_is_open(process)}",
        )


def _what_is_open(process: psutil.Process) -> tuple[int, int]:
    return process.num_fds(), threading.active_count()


def test_stop_ends_everything_in_the_middle_of_transfers(
    permissive_lab: Lab, tmp_path: Path, bytes_at: int
) -> None:
    lab = permissive_lab
    driver = Driver(tmp_path / "data", lab.document(), lab.fingerprints)
    with driver:
        driver.wait_for_ports()
        clients = [through(driver, bytes_at, b"D" + b"%016d" % (500 * MIB)) for _ in range(4)]
    ours = [t for t in threading.enumerate() if t.name.startswith(("link-", "forward", "supervise-"))]
    for thread in ours:
        thread.join(1)
    assert not [thread.name for thread in ours if thread.is_alive()]
    for client in clients:
        client.close()
    assert os.path.exists(driver.known_hosts)
