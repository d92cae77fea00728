"""The private names of paramiko: still there, all in one table; and what happens when they are not."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

import app.transport
from app.transport import packet_layer, paramiko_privates
from app.transport.packetizer import FastPacketizer
from app.transport.plain_packetizer import PlainPacketizer
from tests.peers.byte_server import ByteServer, digest_of
from tests.peers.keys import KeyStore, public_line
from tests.peers.lab import Lab
from tests.peers.sshd import Sshd
from tests.transport.real_link import MIB, RealLink, down, echo_until, everything, receive, up
from tests.transport.scripted_server import Scripted, Sink, until
from tests.tunnel.driver import Driver
from tests.tunnel.test_data_plane import read_all, through, upload

MODULES = (
    *("packetizer", "plain_packetizer", "link_transport", "loop_driver", "outbox", "stream", "link"),
    *("stream_table", "prompt_session", "fed_packetizer", "stream_socket", "packet_format"),
)


@pytest.fixture
def other_paramiko(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if a new paramiko had renamed something."""
    names = (*paramiko_privates.PACKETIZER_NAMES, "_renamed")
    monkeypatch.setattr(paramiko_privates, "PACKETIZER_NAMES", names)
    packet_layer.packetizer_class.cache_clear()
    yield
    packet_layer.packetizer_class.cache_clear()


@pytest.fixture
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


def test_this_paramiko_is_the_one_we_know() -> None:
    """A new paramiko that renames something must fail here, not in front of a user."""
    assert paramiko_privates.packetizer_problem() == ""
    assert packet_layer.packetizer_class() is FastPacketizer
    with socket.socket() as sock:
        transport = paramiko.Transport(sock)
        for name in paramiko_privates.TRANSPORT_NAMES:
            assert hasattr(transport, name), name
        packetizer: Any = transport.packetizer
        assert packetizer.__dict__[paramiko_privates.SEQUENCE_IN] == 0
        assert packetizer.__dict__[paramiko_privates.SEQUENCE_OUT] == 0
        assert packetizer._initial_kex_done is False
        packetizer._trigger_rekey()
        assert packetizer.need_rekey()
        assert transport._expected_packet == ()  # type: ignore[attr-defined]


def test_no_other_private_name_is_touched() -> None:
    folder = Path(app.transport.__file__).parent
    known = {*paramiko_privates.PACKETIZER_NAMES, *paramiko_privates.TRANSPORT_NAMES}
    for module in MODULES:
        text = (folder / f"{module}.py").read_text(encoding="utf-8")
        touched = set(re.findall(r"_private\.(\w+)", text)) | set(re.findall(r"super\(\)\.(_[a-z]\w*)", text))
        assert touched <= known, (module, touched - known)
        assert "_Packetizer__" not in text, module


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ("PACKETIZER_NAMES", ("_gone",)),
        ("OVERRIDDEN", ("gone",)),
        ("CIPHER_ARGUMENTS", {"set_inbound_cipher": ("gone",)}),
    ],
)
def test_what_is_missing_is_seen(monkeypatch: pytest.MonkeyPatch, where: str, what: Any) -> None:
    monkeypatch.setattr(paramiko_privates, where, what)
    assert "gone" in paramiko_privates.packetizer_problem()


def test_another_gcm_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    info = dict(paramiko.Transport._cipher_info)  # type: ignore[attr-defined]
    info["aes128-gcm@openssh.com"] = {"class": object}
    monkeypatch.setattr(paramiko.Transport, "_cipher_info", info)
    assert "AESGCM" in paramiko_privates.packetizer_problem()


@pytest.mark.expected_logs("links are slower")
def test_the_slow_way_is_logged_once(other_paramiko: None, caplog: pytest.LogCaptureFixture) -> None:
    assert packet_layer.packetizer_class() is PlainPacketizer
    assert not packet_layer.drives()
    assert [r.levelname for r in caplog.records if "links are slower" in r.getMessage()] == ["WARNING"]


@pytest.mark.expected_logs("links are slower")
def test_the_slow_way_carries_everything_through_the_whole_program(
    permissive_lab: Lab, tmp_path: Path, other_paramiko: None, bytes_at: int
) -> None:
    lab = permissive_lab
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.wait_for_ports()
        with through(driver, bytes_at) as client:
            assert upload(client, 5 * MIB) == f"{digest_of(5 * MIB)} {5 * MIB}"
        with through(driver, bytes_at) as client:
            client.sendall(b"D" + b"%016d" % (5 * MIB))
            assert read_all(client) == (digest_of(5 * MIB), 5 * MIB)
        with through(driver, bytes_at, first=b"Eearly") as client:
            client.sendall(b" and late")
            client.shutdown(socket.SHUT_WR)
            assert receive(client, 14) == b"early and late"
            assert client.recv(1) == b""
        driver.connect()
        unread = [through(driver, bytes_at, b"D" + b"%016d" % (500 * MIB)) for _ in range(4)]
    for client in unread:
        client.close()


@pytest.mark.expected_logs("links are slower")
@pytest.mark.parametrize("cipher", ["aes128-gcm@openssh.com", "aes128-ctr"])
def test_the_slow_way_changes_keys_in_mid_transfer(
    tmp_path: Path, key_store: KeyStore, other_paramiko: None, bytes_at: int, cipher: str
) -> None:
    key = key_store.key("person")
    lines = ["RekeyLimit 1M none", f"Ciphers {cipher}", "Compression yes"]
    with Sshd(tmp_path, keys=key_store, authorized_keys=public_line(key), config_lines=lines) as sshd:
        with RealLink(sshd.port, key) as link:
            assert isinstance(link.transport.packetizer, PlainPacketizer)
            link.transport.packetizer.REKEY_BYTES = 700_000
            down(link, bytes_at, 3 * MIB)
            up(link, bytes_at, 3 * MIB)
            echo_until(link, bytes_at, lambda: link.transport.key_changes > 6)
            everything(link, bytes_at)
            assert link.link.ping(5) is not None
        with RealLink(
            sshd.port,
            key,
            prepare=lambda transport: setattr(
                transport.get_security_options(), "compression", ("zlib@openssh.com",)
            ),
        ) as link:
            everything(link, bytes_at)


@pytest.mark.expected_logs("links are slower")
def test_the_slow_ways_loops_do_not_wait_for_a_full_socket(other_paramiko: None) -> None:
    """A peer that stops reading: streams are told to wait, and go on when it reads again."""
    with Scripted() as far:
        sink = Sink()
        far.open(sink, window=1 << 30)
        hold = threading.Event()
        far.server._handler_table[80] = lambda _m: hold.wait(30)
        far.say_from_us(80)
        assert sink.stream is not None
        data, wrote = memoryview(bytes(64 * 1024)), 0
        while sink.stream.write(data):  # would block here
            wrote += len(data)
        hold.set()
        until(lambda: "writable" in sink.told, "room")
        assert sink.stream.write(data) == len(data)
        until(lambda: sum(len(body) - 8 for body in far.all(94)) == wrote + len(data), "all of it")


@pytest.mark.expected_logs("links are slower")
def test_the_slow_ways_queue_is_bounded(other_paramiko: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.transport.plain_packetizer.MAX_MESSAGES", 500)
    with Scripted() as far:
        hold = threading.Event()
        far.server._handler_table[80] = lambda _m: hold.wait(30)
        far.say_from_us(80)
        while not far.lost.is_set():
            far.transport.send_control(b"\x02" + bytes(4) + bytes(1000))
        hold.set()
        assert "does not read" in far.link.why_lost()
