"""The data plane against the real sshd: every cipher, compression, and new keys in mid-transfer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.transport.link_transport import GCM_FIRST
from app.transport.packetizer import FastPacketizer
from tests.peers.byte_server import ByteServer
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.real_link import MIB, CountingTransport, down, echo_until, everything, linked, up

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")

MACS = (
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha2-256",
    "hmac-sha2-512",
)
SUITES = [
    *((cipher, MACS[0], "none") for cipher in GCM_FIRST),
    *(("aes128-ctr", mac, "none") for mac in MACS[1:]),
    *((cipher, MACS[0], "zlib@openssh.com") for cipher in ("aes128-gcm@openssh.com", "aes128-ctr")),
]


@pytest.fixture(scope="module")
def key(key_store: KeyStore) -> Path:
    return key_store.key("person")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore, key: Path) -> Iterator[Sshd]:
    folder = tmp_path_factory.mktemp("data-sshd")
    lines = ["Compression yes", f"Ciphers {','.join(GCM_FIRST)}", f"MACs {','.join(MACS)}"]
    with Sshd(folder, keys=key_store, authorized_keys=public_line(key), config_lines=lines) as started:
        yield started


@pytest.fixture(scope="module")
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


@pytest.fixture(params=["alone", "inside another link"])
def inside(request: pytest.FixtureRequest, sshd: Sshd) -> Sshd | None:
    """The sshd at the far end of the outer link, where there is one."""
    return None if request.param == "alone" else sshd


@pytest.mark.parametrize(
    ("inside", "cipher", "mac", "compression"),
    [
        *(("alone", *suite) for suite in SUITES),
        *(("inside another link", *suite) for suite in SUITES if suite[0].startswith("aes128")),
    ],
    indirect=["inside"],
)
def test_every_suite_moves_data_across_our_key_changes(
    inside: Sshd | None, sshd: Sshd, key: Path, bytes_at: int, cipher: str, mac: str, compression: str
) -> None:
    def prepare(transport: CountingTransport) -> None:
        options = transport.get_security_options()
        options.ciphers, options.digests, options.compression = (cipher,), (mac,), (compression,)

    with linked(inside, sshd.port, key, prepare=prepare) as link:
        transport = link.transport
        assert (link.used("local_cipher"), link.used("remote_cipher")) == (cipher, cipher)
        assert link.used("local_compression") == link.used("remote_compression") == compression
        assert link.used("agreed_on_strict_kex")
        transport.packetizer.REKEY_BYTES = 1 * MIB if compression == "none" else 8 * 1024
        down(link, bytes_at, 2 * MIB)
        up(link, bytes_at, 2 * MIB)
        echo_until(link, bytes_at, lambda: transport.key_changes >= 3)  # the last may be under way
        transport.packetizer.REKEY_BYTES = FastPacketizer.REKEY_BYTES
        everything(link, bytes_at, 100_000)


@pytest.mark.parametrize("limit", ["1M none", "default 1s"])
@pytest.mark.parametrize("cipher", ["aes128-gcm@openssh.com", "aes128-ctr"])
def test_the_far_side_changes_keys_by_bytes_and_by_time(
    inside: Sshd | None,
    tmp_path: Path,
    key_store: KeyStore,
    key: Path,
    bytes_at: int,
    limit: str,
    cipher: str,
) -> None:
    lines = [f"RekeyLimit {limit}", f"Ciphers {cipher}"]
    with (
        Sshd(tmp_path, keys=key_store, authorized_keys=public_line(key), config_lines=lines) as sshd,
        linked(inside, sshd.port, key) as link,
    ):
        echo_until(link, bytes_at, lambda: link.transport.key_changes >= 3)
        everything(link, bytes_at)


def test_both_sides_change_keys_at_once_under_many_connections(
    inside: Sshd | None, tmp_path: Path, key_store: KeyStore, key: Path, bytes_at: int
) -> None:
    lines = ["RekeyLimit 1M none"]
    with (
        Sshd(tmp_path, keys=key_store, authorized_keys=public_line(key), config_lines=lines) as sshd,
        linked(inside, sshd.port, key) as link,
    ):
        link.transport.packetizer.REKEY_BYTES = MIB
        errors: list[BaseException] = []

        def work(number: int) -> None:
            try:
                (up if number % 2 else down)(link, bytes_at, 2 * MIB)
                for _ in range(20):
                    echo_until(link, bytes_at, lambda: True)
            except BaseException as e:
                errors.append(e)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not errors
        assert link.transport.key_changes > 8
        assert not link.lost.is_set()
