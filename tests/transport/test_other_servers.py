"""The data plane against servers that are not OpenSSH: other packet sizes, other windows, other habits."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers import processes
from tests.peers.byte_server import ByteServer
from tests.peers.other_sshds import OtherSshd
from tests.peers.ports import Deadline, free_port, read_banner
from tests.transport.login_peers import account
from tests.transport.real_link import MIB, CountingTransport, RealLink, echo_until, everything
from tests.transport.scripted_server import DATA, REMOTE, WINDOW_ADJUST, Scripted, Sink, until

SECRET = "s3cret-Prüfung"


@pytest.fixture(scope="module")
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


@contextlib.contextmanager
def dropbear(folder: Path) -> Iterator[int]:
    key = folder / "host_key"
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", str(key)], check=True, capture_output=True)
    port = free_port()
    program = shutil.which("dropbear", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    assert program is not None
    command = [program, "-F", "-E", "-r", str(key), "-p", f"127.0.0.1:{port}", "-P", str(folder / "pid")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        deadline = Deadline(20, "the banner of dropbear")
        while deadline.wait() and not read_banner(port).startswith(b"SSH-2.0-dropbear"):
            pass
        yield port
    finally:
        processes.end_tree(process)


@pytest.mark.skipif(
    os.name == "nt" or shutil.which("dropbearkey") is None or os.geteuid() != 0,
    reason="needs dropbear, and root to make an account for it",
)
def test_dropbear(tmp_path: Path, bytes_at: int) -> None:
    with (
        account(SECRET) as user,
        dropbear(tmp_path) as port,
        RealLink(port, user=user, password=SECRET) as link,
    ):
        everything(link, bytes_at)
        link.transport.packetizer.REKEY_BYTES = MIB
        echo_until(link, bytes_at, lambda: link.transport.key_changes >= 3)
        assert link.link.ping(10) is not None


@pytest.mark.parametrize("compression", ["none", "zlib@openssh.com"])
def test_asyncssh(bytes_at: int, compression: str) -> None:
    """It changes keys after each MiB of its own."""

    def prepare(transport: CountingTransport) -> None:
        transport.get_security_options().compression = (compression,)

    with OtherSshd("asyncssh") as server, RealLink(server.port, prepare=prepare) as link:
        everything(link, bytes_at)
        if compression == "none":
            assert link.transport.key_changes >= 3
        assert link.link.ping(10) is not None


def test_a_paramiko_server_that_takes_32_kib_and_hangs_up_on_more(bytes_at: int) -> None:
    with OtherSshd("paramiko") as server, RealLink(server.port) as link:
        everything(link, bytes_at)
        link.transport.packetizer.REKEY_BYTES = MIB
        echo_until(link, bytes_at, lambda: link.transport.key_changes >= 3)


@pytest.mark.parametrize("max_packet", [0, 1, 7, 1 << 31])
def test_packets_are_no_larger_than_the_far_end_takes(max_packet: int) -> None:
    with Scripted() as far:
        sink = Sink()
        far.open(sink, max_packet=max_packet)
        assert sink.stream is not None
        # One that says it takes anything must still get packets that its packet layer knows.
        data = bytes(range(200)) * (3 if max_packet < 100 else 1000)
        wrote = sink.stream.write(memoryview(data))
        until(lambda: sum(len(body) - 8 for body in far.all(DATA)) == wrote, "all of it")
        parts = [body[8:] for body in far.all(DATA)]
        assert b"".join(parts) == data[:wrote]
        assert max(len(part) for part in parts) <= min(max(1, max_packet), 128 * 1024)


def test_a_window_that_stays_zero_for_a_while() -> None:
    with Scripted() as far:
        sink = Sink()
        far.open(sink, window=0)
        stream = sink.stream
        assert stream is not None
        assert stream.write(memoryview(b"hello")) == 0
        far.round_trip()
        assert not far.all(DATA)
        assert "writable" not in sink.told
        channel = stream._channel
        far.say(WINDOW_ADJUST, channel, 3)
        until(lambda: "writable" in sink.told, "the window")
        assert stream.write(memoryview(b"hello")) == 3
        assert stream.write(memoryview(b"lo")) == 0
        far.say(WINDOW_ADJUST, channel, 1000)
        until(lambda: sink.told.count("writable") == 2, "the window")
        assert stream.write(memoryview(b"lo")) == 2
        far.wait_for(DATA, 2)
        assert [body[8:] for body in far.all(DATA)] == [b"hel", b"lo"]
        assert all(body[:4] == REMOTE.to_bytes(4, "big") for body in far.all(DATA))
