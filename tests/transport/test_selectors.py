"""A real link with every selector that this system offers, its loop turned by the link's own reader."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.socks import loop as loop_module
from app.socks.polling import SelectorPoller
from tests.peers.byte_server import ByteServer
from tests.peers.keys import KeyStore, public_line
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.real_link import MIB, RealLink, down, echo_until, everything, receive, up

pytestmark = pytest.mark.skipif(find_sshd() is None, reason="needs the OpenSSH server")

SELECTORS = [
    getattr(selectors, name)
    for name in ("SelectSelector", "PollSelector", "EpollSelector", "DevpollSelector", "KqueueSelector")
    if hasattr(selectors, name)
]


@pytest.fixture(scope="module")
def key(key_store: KeyStore) -> Path:
    return key_store.key("person")


@pytest.fixture(scope="module")
def sshd(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore, key: Path) -> Iterator[Sshd]:
    folder = tmp_path_factory.mktemp("selected-sshd")
    with Sshd(folder, keys=key_store, authorized_keys=public_line(key)) as started:
        yield started


@pytest.fixture(scope="module")
def bytes_at() -> Iterator[int]:
    with ByteServer() as server:
        yield server.port


@pytest.mark.parametrize("make_selector", SELECTORS, ids=lambda kind: kind.__name__)
def test_a_link_with_this_selector(
    sshd: Sshd, key: Path, bytes_at: int, make_selector: Callable[[], selectors.BaseSelector]
) -> None:
    with RealLink(sshd.port, key, make_selector=make_selector) as link:
        poller = link.loops.pick()._poller
        assert isinstance(poller, SelectorPoller)
        assert type(poller._selector) is make_selector
        link.transport.packetizer.REKEY_BYTES = MIB
        everything(link, bytes_at)
        assert link.transport.key_changes >= 3
        sshd.drop_sessions()  # while nothing but the reader's own wait would notice
        assert link.lost.wait(10)


def test_more_clients_than_select_takes_have_a_second_loop_with_a_thread_of_its_own(
    sshd: Sshd, key: Path, bytes_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows; the limit is lowered here, since on POSIX ``select`` fails for high numbers instead."""
    monkeypatch.setattr(loop_module, "SELECT_LIMIT", 20)
    with RealLink(sshd.port, key, make_selector=selectors.SelectSelector) as link:
        clients = [link.through(bytes_at, b"E%03d" % number) for number in range(50)]
        try:
            for number, client in enumerate(clients):
                assert receive(client, 3) == b"%03d" % number
            loops = link.loops._loops
            assert [len(loop._members) for loop in loops] == [20, 20, 10]
            driver, *others = [loop._thread for loop in loops]
            assert driver is link.transport
            assert all(thread is not None and thread.is_alive() for thread in others)
            link.transport.packetizer.REKEY_BYTES = MIB  # new keys, asked for in whichever thread
            down(link, bytes_at, 3 * MIB)  # in the third loop: another thread than the reader's
            up(link, bytes_at, 3 * MIB)
            clients.pop(0).close()  # and now there is room in the first
            echo_until(link, bytes_at, lambda: link.transport.key_changes >= 8)
            for client in clients:
                client.sendall(b"more")
            for client in clients:
                assert receive(client, 4) == b"more"
                client.shutdown(socket.SHUT_WR)
                assert client.recv(1) == b""
            assert not link.lost.is_set()
        finally:
            for client in clients:
                client.close()
