"""Whatever a man in the middle changes, drops or repeats ends the link, and no wrong byte gets through."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.byte_server import BLOCK, ByteServer
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.meddler import CHANGES, Meddler
from tests.transport.real_link import CountingTransport, linked, receive

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")

SUITES = {
    "gcm": ("aes128-gcm@openssh.com", "hmac-sha2-256-etm@openssh.com", 16),
    "ctr-etm": ("aes128-ctr", "hmac-sha2-256-etm@openssh.com", 32),
    "ctr": ("aes128-ctr", "hmac-sha2-256", 0),
}


@pytest.fixture(scope="module")
def key(key_store: KeyStore) -> Path:
    return key_store.key("person")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore, key: Path) -> Iterator[Sshd]:
    ciphers = ",".join(sorted({cipher for cipher, _mac, _tag in SUITES.values()}))
    folder = tmp_path_factory.mktemp("meddled-sshd")
    lines = [f"Ciphers {ciphers}"]
    with Sshd(folder, keys=key_store, authorized_keys=public_line(key), config_lines=lines) as started:
        yield started


@pytest.fixture(scope="module")
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


@pytest.fixture(params=["alone", "inside another link"])
def inside(request: pytest.FixtureRequest, sshd: Sshd) -> Sshd | None:
    """The sshd at the far end of the outer link, where there is one: then the meddler sits behind it."""
    return None if request.param == "alone" else sshd


CASES = [
    *(("alone", suite, change) for suite in ("gcm", "ctr-etm") for change in CHANGES),
    # here the pieces are no packets, and all places in them are alike
    *(
        ("alone", "ctr", change)
        for change in ("a bit in the middle", "the last byte missing", "the packet twice")
    ),
    *(("inside another link", "gcm", change) for change in CHANGES),
    ("inside another link", "ctr-etm", "a bit in the middle"),
]


@pytest.mark.parametrize("direction", ["to client", "to server"])
@pytest.mark.parametrize(("inside", "suite", "change"), CASES, indirect=["inside"])
def test_a_changed_stream_ends_the_link(
    inside: Sshd | None, sshd: Sshd, key: Path, bytes_at: int, suite: str, change: str, direction: str
) -> None:
    cipher, mac, tag = SUITES[suite]

    def prepare(transport: CountingTransport) -> None:
        options = transport.get_security_options()
        options.ciphers, options.digests = (cipher,), (mac,)

    with Meddler(sshd.port) as meddler, linked(inside, meddler.port, key, prepare=prepare) as link:
        got = bytearray()
        with link.through(bytes_at, b"E") as client:
            client.sendall(b"quiet")
            assert receive(client, 5) == b"quiet"
            assert link.link.ping(10) is not None  # nothing is on its way now
            meddler.arm(direction, 3, CHANGES[change], tag)
            with contextlib.suppress(OSError):
                client.sendall(BLOCK[: 256 * 1024])  # enough for a wrong length to be satisfied
                while data := client.recv(1 << 16):
                    got += data
            assert meddler.changed.wait(10)
            assert link.lost.wait(10)
        assert BLOCK.startswith(bytes(got))


@pytest.mark.parametrize("direction", ["to client", "to server"])
@pytest.mark.parametrize("number", range(1, 5))
def test_a_change_in_mid_exchange_of_new_keys_ends_the_link(
    inside: Sshd | None, sshd: Sshd, key: Path, direction: str, number: int
) -> None:
    """The first packets of the exchange: KEXINIT, the key exchange itself, NEWKEYS, and what follows."""
    with Meddler(sshd.port) as meddler, linked(inside, meddler.port, key) as link:
        assert link.link.ping(10) is not None
        meddler.arm(direction, number, CHANGES["a bit in the middle"])
        with contextlib.suppress(Exception):
            link.transport.renegotiate_keys()
        link.link.ping(5)
        assert meddler.changed.is_set()
        assert link.lost.wait(10)
