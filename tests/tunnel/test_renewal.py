"""A server that gets its port while the link is up is reached, and nothing that the link carries is cut."""

from __future__ import annotations

import dataclasses
import hashlib
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from app.core.profiles import Document, Enrolment, Relay, ReverseRoute, Server
from app.core.states import LinkPhase
from app.transport.link import Link
from app.tunnel import renewal
from app.tunnel.far_ends import AnyLink
from app.tunnel.renewal import with_new_permissions
from tests.peers import processes
from tests.peers.byte_server import ByteServer, digest_of
from tests.peers.lab import Lab
from tests.tunnel.driver import Driver
from tests.tunnel.test_supervision import socks_client

SERVER = Server(id="s", alias="gpu", relay_id="r", route=ReverseRoute(port=1000))
DOCUMENT = Document(relays=(Relay(id="r", name="lab", host="h"),), servers=(SERVER,))


def with_line(document: Document, port: int = 0) -> Document:
    """A line was made for its first server."""
    server = document.servers[0]
    route = dataclasses.replace(server.route, port=port or server.route.port)
    changed = dataclasses.replace(server, enrolment=Enrolment(id="a1b2c3d4"), route=route)
    return dataclasses.replace(document, servers=(changed, *document.servers[1:]))


def test_only_a_new_line_or_port_gives_new_permissions() -> None:
    assert with_new_permissions(DOCUMENT, DOCUMENT) == set()
    lined = with_line(DOCUMENT)
    assert with_new_permissions(DOCUMENT, lined) == {"r"}
    assert with_new_permissions(lined, lined) == set()
    assert with_new_permissions(lined, with_line(DOCUMENT, port=1001)) == {"r"}
    assert with_new_permissions(lined, DOCUMENT) == set()
    moved = dataclasses.replace(DOCUMENT, servers=(dataclasses.replace(SERVER, user="somebody"),))
    assert with_new_permissions(DOCUMENT, moved) == set()


def test_a_relay_that_is_set_up_again_gives_new_permissions() -> None:
    def at(time: int) -> Document:
        return dataclasses.replace(DOCUMENT, relays=(dataclasses.replace(DOCUMENT.relays[0], setup_at=time),))

    assert with_new_permissions(at(5), at(6)) == {"r"}
    assert with_new_permissions(at(5), at(5)) == with_new_permissions(at(5), at(0)) == set()


@pytest.fixture
def second(lab: Lab) -> Server:
    """Behind the same relay, at a port that the person's key may not open yet."""
    return Server(id="second", alias="second", relay_id="lab-relay-id", route=ReverseRoute(port=1), user="me")


def logins(lab: Lab) -> int:
    return lab.relay.log().count("Accepted publickey")


def test_the_link_is_made_anew_and_carries_on_what_it_carried(
    lab: Lab, second: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "_SETTLE_S", 0.2)
    monkeypatch.setattr(renewal, "LOOK_S", 0.1)
    second = dataclasses.replace(second, route=ReverseRoute(port=lab.server.port))
    document = lab.document()
    document = dataclasses.replace(document, servers=(*document.servers, second))
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        with socks_client(driver.socks_port) as held:
            assert held.recv(4) == b"SSH-"
            with pytest.raises(ConnectionRefusedError), socks_client(driver.socks_port, "second"):
                pass
            allowed = lab.relay_authorized_keys().replace(
                f'permitopen="127.0.0.1:{lab.route_port}"',
                f'permitopen="127.0.0.1:{lab.route_port}",permitopen="127.0.0.1:{lab.server.port}"',
            )
            lab.relay.authorize(allowed)
            supervisor = driver.manager._relays[driver.relay_id]
            old = supervisor._link
            before = logins(lab)
            second = dataclasses.replace(second, enrolment=Enrolment(id="a1b2c3d4"))
            changed = dataclasses.replace(document, servers=(document.servers[0], second))
            driver.manager.replace_document(changed)
            driver.wait_for(lambda: supervisor._link not in (None, old), "another link")
            with socks_client(driver.socks_port, "second") as client:
                assert client.recv(4) == b"SSH-"
            held.sendall(b"SSH-2.0-test\r\n")
            assert len(held.recv(100)) > 0  # the rest of its banner, and its key exchange
            assert held.recv(100)
            assert old is not None
            assert old.is_alive
            assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.UP
        driver.wait_for(lambda: not old.is_alive, "the old link to end")
        assert logins(lab) == before + 1
        with socks_client(driver.socks_port) as client:
            assert client.recv(4) == b"SSH-"


UNREAD = 900_000  # bytes: within a window


@contextmanager
def unread_bytes(driver: Driver, link: AnyLink, port: int) -> Iterator[socket.socket]:
    """A program that reads nothing, to which the far end has sent all of ``UNREAD`` and closed."""
    with socks_client(driver.socks_port, "127.0.0.1", port, receive_buffer=4096) as slow:
        (connection,) = driver.manager._connections._programs
        connection._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # the system keeps nothing
        slow.sendall(b"D%016d" % UNREAD)
        slow.shutdown(socket.SHUT_WR)
        driver.wait_for(lambda: not link.open_streams, "the far end to be done")
        yield slow


def digest_to_the_end(client: socket.socket) -> str:
    got = hashlib.sha256()
    while piece := client.recv(1 << 16):
        got.update(piece)
    return got.hexdigest()


def another_link(driver: Driver, document: Document, old: AnyLink | None) -> None:
    """A line is made for the server, and with it the link anew."""
    supervisor = driver.manager._relays[driver.relay_id]
    driver.manager.replace_document(with_line(document))
    driver.wait_for(lambda: supervisor._link not in (None, old), "another link")


def test_what_a_program_has_not_read_yet_outlives_the_link_it_came_by(
    permissive_lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The far end has sent all and closed; the last bytes wait on this side for a slow program."""
    monkeypatch.setattr(renewal, "_SETTLE_S", 0.2)
    monkeypatch.setattr(renewal, "LOOK_S", 0.1)
    lab, document = permissive_lab, permissive_lab.document()
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver, ByteServer() as far:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        old = supervisor._link
        assert old is not None
        with unread_bytes(driver, old, far.port) as slow:
            assert old.loops.have_members
            another_link(driver, document, old)
            time.sleep(1)
            assert digest_to_the_end(slow) == digest_of(UNREAD)
        driver.wait_for(lambda: not old.is_alive, "the old link to end")


def test_a_link_that_is_lost_serves_programs_to_their_last_bytes(permissive_lab: Lab, tmp_path: Path) -> None:
    """And one that had greeted, and not yet said where it wants to go, is served by the next link."""
    lab = permissive_lab
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver, ByteServer() as far:
        driver.connect()
        lost = driver.manager._relays[driver.relay_id]._link
        assert lost is not None
        with (
            unread_bytes(driver, lost, far.port) as slow,
            socket.create_connection(("127.0.0.1", driver.socks_port), timeout=20) as late,
        ):
            late.sendall(b"\x05\x01\x00")
            assert late.recv(2) == b"\x05\x00"
            lab.relay.drop_sessions()
            driver.wait_for(lambda: not lost.is_alive, "the link to be lost")
            driver.wait_for_link(LinkPhase.UP)
            assert digest_to_the_end(slow) == digest_of(UNREAD)
            late.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + far.port.to_bytes(2, "big") + b"Ehere")
            assert late.recv(10, socket.MSG_WAITALL)[:2] == b"\x05\x00"
            assert late.recv(4, socket.MSG_WAITALL) == b"here"


def test_a_link_before_that_does_not_answer_is_cut(lab: Lab, tmp_path: Path) -> None:
    document = lab.document()
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        old = supervisor._link
        assert isinstance(old, Link)
        with socks_client(driver.socks_port) as held:
            assert held.recv(4) == b"SSH-"
            another_link(driver, document, old)
            with silenced(old, lab.relay_port):
                driver.manager.check_now("the computer woke")
                driver.wait_for(lambda: not old.is_alive, "the old link to be given up")
            assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.UP


@contextmanager
def silenced(link: Link, port: int) -> Iterator[None]:
    """The processes of the sshd that serve this link are stopped."""
    sock = link._transport.sock
    assert isinstance(sock, socket.socket)
    ours = sock.getsockname()[1]
    ends = [c.pid for c in psutil.net_connections("tcp") if (*c.laddr[1:], *c.raddr[1:]) == (port, ours)]
    stopped = [one for pid in ends if pid for one in processes.suspend_tree(pid)]
    assert stopped
    try:
        yield
    finally:
        processes.resume_all(stopped)


def test_a_link_that_cannot_be_made_anew_stays(lab: Lab, tmp_path: Path) -> None:
    document = lab.document()
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        old = supervisor._link
        lab.relay.authorize("")
        driver.manager.replace_document(with_line(document))
        driver.wait_for(lambda: "Connection closed" in lab.relay.log() or "Failed" in lab.relay.log(), "a no")
        with socks_client(driver.socks_port) as client:
            assert client.recv(4) == b"SSH-"
        assert supervisor._link is old


def test_disconnecting_ends_the_old_links_too(lab: Lab, tmp_path: Path) -> None:
    document = lab.document()
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        old = supervisor._link
        assert old is not None
        with socks_client(driver.socks_port) as held:
            assert held.recv(4) == b"SSH-"
            another_link(driver, document, old)
            driver.manager.disconnect(driver.server_id)
            driver.wait_for_link(LinkPhase.OFF)
            assert not old.is_alive


def test_a_link_that_is_down_is_not_brought_up_for_it(lab: Lab, tmp_path: Path) -> None:
    document, before = lab.document(), logins(lab)
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.manager.replace_document(with_line(document))
        driver.connect()
        assert logins(lab) == before + 1
