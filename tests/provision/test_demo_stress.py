"""Many connections, many at once, and key exchanges in the middle of transfers."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import paramiko
import pytest

from app.provision.demo import Demo
from app.transport.packetizer import FastPacketizer
from tests.peers.ports import Deadline
from tests.provision.clients import Clients

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX commands")


def echo(clients: Clients, word: str, host: str) -> None:
    done = clients.ssh(f"cat; echo {word} >&2; exit 5", host=host, input=word.encode())
    assert (done.stdout, done.stderr, done.returncode) == (word.encode(), f"{word}\n".encode(), 5)


def test_200_connections(clients: Clients) -> None:
    """Both directions of the tunnel's channels are opened and closed each time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda n: echo(clients, f"w{n}", "gpu-direct"), range(200)))


def test_20_at_once(clients: Clients) -> None:
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda n: echo(clients, f"w{n}", "gpu"), range(40)))


def test_nothing_is_kept_of_ended_connections(clients: Clients, demo: Demo) -> None:
    demo_threads = lambda: [t.name for t in threading.enumerate() if t.name.startswith("demo-")]  # noqa: E731
    before = sorted(demo_threads())
    for number in range(5):
        echo(clients, f"w{number}", "gpu")
    deadline = Deadline(10, "the threads of ended connections to end")
    while sorted(demo_threads()) != before:
        deadline.wait()
    tunnel = demo._now.tunnel
    assert tunnel is not None
    assert not tunnel._transport._held
    assert not tunnel._transport._carried
    assert not demo._now._crew._sockets


def both_ways(clients: Clients, tmp_path: Path, size: int, *options: str) -> None:
    data = os.urandom(1 << 20) * (size >> 20)
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(data)
    with source.open("rb") as stdin, target.open("wb") as stdout:
        done = clients.ssh("cat", stdin=stdin, stdout=stdout, options=options)
    assert done.returncode == 0, done.stderr
    assert hashlib.sha256(target.read_bytes()).digest() == hashlib.sha256(data).digest()


def test_new_keys_at_the_clients_wish(clients: Clients, tmp_path: Path) -> None:
    """The client of the GPU server and the one of the relay ask for new keys after each MiB."""
    clients.write_config("RekeyLimit 1M")
    both_ways(clients, tmp_path, 32 << 20)


def test_new_keys_at_the_demos_wish(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay, the tunnel's two ends and the GPU server ask after each MiB."""
    monkeypatch.setattr(FastPacketizer, "REKEY_BYTES", 1 << 20)
    both_ways(clients, tmp_path, 32 << 20)
    monkeypatch.setattr(FastPacketizer, "REKEY_BYTES", 3 << 20)
    clients.write_config("RekeyLimit 2M")
    both_ways(clients, tmp_path, 32 << 20)


def test_new_keys_while_channels_come_and_go(
    clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FastPacketizer, "REKEY_BYTES", 1 << 20)
    clients.write_config("RekeyLimit 1M")
    with ThreadPoolExecutor(5) as pool:
        transfer = pool.submit(both_ways, clients, tmp_path, 32 << 20)
        list(pool.map(lambda n: echo(clients, f"w{n}", "gpu"), range(20)))
        transfer.result()


@pytest.mark.parametrize("cipher", ["aes128-ctr", "aes256-gcm@openssh.com"])
def test_other_clients_and_ciphers(demo: Demo, cipher: str) -> None:
    """paramiko as the client, straight to the GPU server by the route port."""
    with paramiko.SSHClient() as client:
        client.load_host_keys(str(demo.known_hosts))
        preferred: Any = paramiko.Transport
        others = [name for name in preferred._preferred_ciphers if name != cipher]
        client.connect(
            "127.0.0.1",
            demo.route_port,
            username="demo",
            key_filename=str(demo.person_key),
            allow_agent=False,
            look_for_keys=False,
            disabled_algorithms={"ciphers": others},
        )
        stdin, stdout, _stderr = client.exec_command("wc -c")
        stdin.write(b"x" * 3_000_000)
        stdin.channel.shutdown_write()
        assert stdout.read().strip() == b"3000000"
        assert stdout.channel.recv_exit_status() == 0
        with client.open_sftp() as files:
            with files.open("written", "wb") as file:
                file.write(b"y" * 1_000_000)
            with files.open("written", "rb") as file:
                file.prefetch()
                assert file.read() == b"y" * 1_000_000
            assert files.normalize(".") == str(demo.home)


@pytest.mark.parametrize("end", ["stop", "drop_tunnel"])
def test_an_end_in_the_middle_of_everything(clients: Clients, demo: Demo, end: str) -> None:
    """Transfers both ways, and clients that read nothing, when the demo or its tunnel goes away."""
    busy = clients.command("ssh", "gpu", "head -c 900000000 /dev/zero; cat >/dev/null")
    running = [
        subprocess.Popen(busy, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for _ in range(4)
    ]
    for client in running:
        assert client.stdout
        assert client.stdout.read(100_000)
    begin = time.monotonic()
    getattr(demo, end)()
    assert time.monotonic() - begin < 3
    for client in running:
        with client:
            client.communicate(timeout=20)
            assert client.returncode != 0
    if end == "drop_tunnel":
        demo.restore_tunnel()
        echo(clients, "back", "gpu")


def test_a_slow_reader_holds_up_nobody_else(clients: Clients) -> None:
    """A client that reads nothing fills the windows on its way; others must not notice."""
    command = clients.command("ssh", "gpu", "head -c 100000000 /dev/zero")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as slow:
        assert slow.stdout
        assert len(slow.stdout.read(1000)) == 1000
        for number in range(5):
            echo(clients, f"w{number}", "gpu")
        assert len(slow.stdout.read()) == 100_000_000 - 1000
        assert slow.wait(20) == 0
