"""One relay's link under every order of wishes: wanted, called off, edited, removed, lost, and the end."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.events import LinkChanged, ServerChanged, TrafficChanged, Withdrawn
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Settings
from app.core.questions import HostKeyAnswer
from app.core.reconnect import may_try_for_program
from app.core.states import LinkPhase, ServerPhase
from app.socks.client_protocol import ClientProtocol
from tests.peers.lab import Lab
from tests.peers.ports import free_port as find_free_port
from tests.tunnel.driver import Driver

OURS = ("supervise-", "probe-", "connect-", "close-", "link-", "forward", "clock", "ports", "cancel-watch")


def with_relay(document: Document, **changes: Any) -> Document:
    relay = dataclasses.replace(document.relays[0], **changes)
    return dataclasses.replace(document, relays=(relay, *document.relays[1:]))


def without_reconnecting(document: Document) -> Document:
    return dataclasses.replace(document, settings=Settings(reconnect=False))


def our_threads() -> list[str]:
    """Of the tunnel, after a moment for what is in its last lines (it has closed everything by then)."""
    for thread in threading.enumerate():
        if thread.name.startswith(OURS):
            thread.join(1)
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(OURS)]


def never(driver: Driver, happens: Callable[[], bool], for_s: float = 1.0) -> None:
    """Look at every event for so long; what must not happen has not happened."""
    with pytest.raises(TimeoutError):
        driver.wait_for(happens, "nothing", for_s)


def trust(driver: Driver, number: int) -> None:
    """Answer the question that was asked as number ``number`` (from 0) once it is there."""
    driver.wait_for(lambda: len(driver.questions()) > number, "a question")
    driver.questions()[number].answer.set_result(HostKeyAnswer(trust=True))


def withdrawn(driver: Driver) -> list[str]:
    return [event.question_id for event in driver.events if isinstance(event, Withdrawn)]


def server_phases(driver: Driver) -> list[ServerPhase]:
    return [e.state.phase for e in driver.events if isinstance(e, ServerChanged)]


@contextmanager
def socks_client(
    port: int, host: str = "lab-gpu", target_port: int = 22, *, receive_buffer: int = 0
) -> Iterator[socket.socket]:
    """A program that has asked for the server and holds its connection."""
    with socket.socket() as client:
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(20)
        client.connect(("127.0.0.1", port))
        protocol = ClientProtocol(host, target_port)
        client.sendall(protocol.to_send())
        while not protocol.done:
            data = client.recv(1)
            if not data:
                raise ConnectionError("closed")
            protocol.receive(data)
            if protocol.refusal is not None:
                raise ConnectionRefusedError(protocol.refusal.name)
            client.sendall(protocol.to_send())
        yield client


@contextmanager
def counting_relay() -> Iterator[tuple[int, list[int]]]:
    """A machine that hangs up on everybody, and who came."""
    came: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    client, address = listener.accept()
                except OSError:
                    return
                came.append(address[1])
                client.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1], came
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture
def driver(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        yield driver


@pytest.fixture
def asking(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    """Nothing is trusted: the link stands still at the relay's host key question."""
    with Driver(tmp_path / "data", lab.document()) as driver:
        driver.manager.connect(driver.server_id)
        driver.wait_for(lambda: len(driver.questions()) == 1, "the question")
        yield driver


# --- wishes in every order --------------------------------------------------------------------------------


class TestWishesInEveryOrder:
    def test_connect_right_after_disconnect_while_connecting(self, asking: Driver) -> None:
        asking.manager.disconnect(asking.server_id)
        asking.manager.connect(asking.server_id)
        trust(asking, 1)  # the first one was withdrawn with the attempt
        trust(asking, 2)  # the server's
        asking.wait_for_server(ServerPhase.CONNECTED)
        assert len(withdrawn(asking)) == 1

    def test_connect_right_after_disconnect_while_up(self, driver: Driver) -> None:
        driver.connect()
        for _ in range(5):
            driver.manager.disconnect(driver.server_id)
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.CONNECTED)
            assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.UP

    def test_connect_while_the_old_link_is_just_closing(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The supervisor has taken the wish to close already, when the wish to connect comes."""
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        close = supervisor._drop_link

        def connect_meanwhile() -> None:
            monkeypatch.undo()
            driver.manager.connect(driver.server_id)
            close()

        monkeypatch.setattr(supervisor, "_drop_link", connect_meanwhile)
        driver.manager.disconnect(driver.server_id)
        driver.wait_for(lambda: supervisor._drop_link == close, "the closing")
        driver.wait_for_server(ServerPhase.CONNECTED)

    def test_a_program_that_comes_after_the_disconnect_brings_the_link_up_again(
        self, driver: Driver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        close = supervisor._drop_link
        answers: list[Any] = []

        def ask_meanwhile() -> None:
            monkeypatch.undo()
            driver.manager.relay_link(driver.relay_id, answers.append)
            close()

        monkeypatch.setattr(supervisor, "_drop_link", ask_meanwhile)
        driver.manager.disconnect(driver.server_id)
        driver.wait_for(lambda: len(answers) == 1, "the answer")
        assert not isinstance(answers[0], Fault)

    def test_who_waits_hears_of_the_disconnect_at_once(self, asking: Driver) -> None:
        answers: list[Any] = []
        asking.manager.relay_link(asking.relay_id, answers.append)
        asking.manager.disconnect_relay(asking.relay_id)
        assert [answer.code for answer in answers] == [FaultCode.CANCELLED]

    def test_off_is_reached_and_the_question_withdrawn(self, asking: Driver) -> None:
        asking.manager.disconnect(asking.server_id)
        asking.wait_for_link(LinkPhase.OFF, timeout_s=3)
        asking.wait_for_server(ServerPhase.OFF, timeout_s=3)
        assert withdrawn(asking) == [asking.questions()[0].id]

    def test_the_second_click_is_not_kept_for_later(self, lab: Lab, tmp_path: Path) -> None:
        """Connecting what is connected must not count as a try that is still due when the link is lost."""
        document = without_reconnecting(lab.document())
        with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
            driver.connect()
            driver.manager.connect(driver.server_id)
            lab.relay.drop_sessions()
            driver.wait_for_link(LinkPhase.FAILED, FaultCode.LINK_LOST)
            never(
                driver, lambda: driver.manager.snapshot().links[driver.relay_id].phase is not LinkPhase.FAILED
            )
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.LINK_LOST)

    def test_a_link_lost_at_once_again_and_again_is_tried_more_and_more_rarely(
        self, lab: Lab, tmp_path: Path
    ) -> None:
        with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
            driver.manager.connect_relay(driver.relay_id)
            for _ in range(3):
                driver.wait_for_link(LinkPhase.UP)
                lab.relay.drop_sessions()
                driver.wait_for_link(LinkPhase.WAITING, FaultCode.LINK_LOST)
            states = [e.state for e in driver.events if isinstance(e, LinkChanged)]
            assert [s.retry_in_s for s in states if s.phase is LinkPhase.WAITING] == [1.0, 2.0, 4.0]


# --- without reconnecting ---------------------------------------------------------------------------------


class TestNothingComesBackByItself:
    @pytest.fixture
    def lost(self, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
        """Connected, with a probe every half a second, and then lost; reconnecting is switched off."""
        monkeypatch.setattr("app.tunnel.servers.probe_delay_s", lambda _failures: 0.5)
        document = without_reconnecting(lab.document())
        with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
            driver.connect()
            lab.relay.drop_sessions()
            driver.wait_for_link(LinkPhase.FAILED, FaultCode.LINK_LOST)
            yield driver

    def test_not_by_our_own_probes(self, lost: Driver) -> None:
        never(lost, lambda: lost.manager.snapshot().links[lost.relay_id].phase is not LinkPhase.FAILED)

    def test_not_by_a_check_after_sleep(self, lost: Driver) -> None:
        lost.wait_for(lambda: may_try_for_program(Fault(FaultCode.LINK_LOST), 2), "the time")
        lost.manager._relays[lost.relay_id]._failed_at -= 100  # long ago
        lost.manager.check_now("test")
        never(lost, lambda: lost.manager.snapshot().links[lost.relay_id].phase is not LinkPhase.FAILED)
        assert lost.manager.snapshot().servers[lost.server_id].phase is ServerPhase.TROUBLE

    def test_a_program_may_and_the_state_follows(self, lost: Driver, lab: Lab) -> None:
        lab.drop_tunnel()
        lab.restore_tunnel()
        lost.manager._relays[lost.relay_id]._failed_at -= 100
        with socks_client(lost.socks_port) as client:
            assert client.recv(4) == b"SSH-"
        lost.wait_for_server(ServerPhase.CONNECTED)


def test_a_program_that_is_refused_leaves_no_server_connecting_for_ever(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(identity=str(lab.server_key)), lab.fingerprints) as driver:
        driver.wait_for_ports()
        driver.manager.connect_relay(driver.relay_id)
        driver.wait_for_link(LinkPhase.FAILED, FaultCode.LOGIN_REFUSED)
        with pytest.raises(ConnectionRefusedError), socks_client(driver.socks_port):
            pass
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.LOGIN_REFUSED, 3)


# --- profiles that change ---------------------------------------------------------------------------------


class TestTheProfileChanges:
    def test_edited_while_a_question_is_open(self, asking: Driver) -> None:
        document = with_relay(asking.document, host="localhost")
        asking.manager.replace_document(document)
        asking.wait_for(lambda: len(asking.questions()) == 2, "a question for the new address", 3)
        assert withdrawn(asking) == [asking.questions()[0].id]
        assert asking.questions()[1].host.startswith("[localhost]")
        trust(asking, 1)
        trust(asking, 2)
        asking.wait_for_server(ServerPhase.CONNECTED)
        assert ServerPhase.OFF not in server_phases(asking)

    def test_edited_while_connected(self, driver: Driver) -> None:
        driver.connect()
        for host in ("localhost", "127.0.0.1", "localhost"):
            before = len(driver.events)
            driver.manager.replace_document(with_relay(driver.document, host=host))
            driver.wait_for(
                lambda b=before: any(  # type: ignore[misc]
                    isinstance(e, LinkChanged) and e.state.phase is LinkPhase.UP for e in driver.events[b:]
                ),
                "the new link",
            )
            driver.wait_for_server(ServerPhase.CONNECTED)
        assert ServerPhase.OFF not in server_phases(driver)
        lost = [e for e in driver.events if isinstance(e, LinkChanged) and e.state.fault is not None]
        assert lost == []  # nothing was lost: it was replaced

    def test_renamed_while_connected_changes_nothing(self, driver: Driver) -> None:
        driver.connect()
        seen = len(driver.events)
        driver.manager.replace_document(with_relay(driver.document, name="other name"))
        driver.manager.connect(driver.server_id)
        assert not [e for e in driver.events[seen:] if isinstance(e, LinkChanged)]
        driver.wait_for_server(ServerPhase.CONNECTED)

    @pytest.mark.parametrize("up", [True, False])
    def test_removed(self, up: bool, lab: Lab, tmp_path: Path) -> None:
        with Driver(tmp_path / "data", lab.document(), lab.fingerprints if up else ()) as driver:
            if up:
                driver.connect()
            else:
                driver.manager.connect(driver.server_id)
                driver.wait_for(lambda: len(driver.questions()) == 1, "the question")
            driver.manager.replace_document(Document())
            driver.manager.stop()  # waits for what was removed, too
            assert our_threads() == []
            assert up or withdrawn(driver) == [driver.questions()[0].id]
            with pytest.raises(Exception, match="no-such-server"):
                driver.manager.connect(driver.server_id)

    def test_removed_at_the_moment_the_link_comes_up(self, asking: Driver) -> None:
        asking.manager._meters.pop(asking.relay_id)  # as _sync_profiles does just before it stops it
        trust(asking, 0)
        asking.wait_for_link(LinkPhase.UP)

    def test_a_server_whose_relay_is_gone(self, driver: Driver) -> None:
        driver.manager.replace_document(dataclasses.replace(driver.document, relays=()))
        with pytest.raises(Exception, match="no-such-relay"):
            driver.manager.connect(driver.server_id)
        assert driver.manager.snapshot().servers[driver.server_id].phase is ServerPhase.OFF

    def test_the_socks_port_moves_to_a_busy_one_and_back(self, driver: Driver) -> None:
        driver.connect()
        with socket.create_server(("127.0.0.1", 0)) as other:
            moved = with_relay(driver.document, socks_port=other.getsockname()[1])
            driver.manager.replace_document(moved)
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.PORT_BUSY, 5)
        driver.manager.retry_listeners()
        driver.wait_for_server(ServerPhase.CONNECTED, timeout_s=5)

    def test_a_shorter_idle_time_counts_at_once(self, driver: Driver) -> None:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        driver.wait_for(lambda: supervisor._traffic.connections == 0, "the probe to be gone")
        supervisor._traffic.last_used -= 61
        driver.manager.replace_document(with_relay(driver.document, idle_close_min=1))
        driver.wait_for_link(LinkPhase.OFF, timeout_s=3)


# --- idle -------------------------------------------------------------------------------------------------


def test_our_own_probes_do_not_count_as_use(lab: Lab, tmp_path: Path) -> None:
    """Or a link with a server behind it would never be idle."""
    with Driver(tmp_path / "data", lab.document(idle_close_min=5), lab.fingerprints) as driver:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        keeper = driver.manager._servers[driver.server_id]
        supervisor._traffic.last_used = used = time.monotonic() - 100
        keeper.recheck()
        driver.wait_for(lambda: keeper._verified, "the probe")
        driver.wait_for(lambda: len(driver.manager._connections) == 0, "its connection to be gone")
        assert supervisor._traffic.last_used == used
        assert supervisor._traffic.received == 0


def test_a_connection_by_the_port_of_another_relay_keeps_the_link_it_uses(lab: Lab, tmp_path: Path) -> None:
    document = lab.document(idle_close_min=1)
    other = dataclasses.replace(document.relays[0], id="other", name="other", socks_port=find_free_port())
    document = dataclasses.replace(document, relays=(*document.relays, other))
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        with socks_client(other.socks_port) as client:
            assert client.recv(4) == b"SSH-"
            assert driver.manager.snapshot().links["other"].phase is LinkPhase.OFF
            supervisor._traffic.last_used -= 61
            supervisor.check_now()
            never(driver, lambda: driver.manager.snapshot().links[driver.relay_id].phase is not LinkPhase.UP)


def test_figures_are_told_while_a_connection_is_held(driver: Driver) -> None:
    driver.connect()
    for _ in range(2):
        driver.wait_for(
            lambda: driver.manager.snapshot().traffic[driver.relay_id].connections == 0, "no connection", 5
        )
        with socks_client(driver.socks_port):
            driver.wait_for(
                lambda: driver.manager.snapshot().traffic[driver.relay_id].connections == 1,
                "the figures of the connection",
                5,
            )
    told = [e.traffic.connections for e in driver.events if isinstance(e, TrafficChanged)]
    assert 1 in told


def test_without_keepalives_a_check_still_finds_a_dead_relay(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(keepalive_s=0), lab.fingerprints) as driver:
        driver.connect()
        lab.relay.pause()
        try:
            driver.manager.check_now("test")
            driver.wait_for_link(LinkPhase.WAITING, FaultCode.LINK_LOST, 10)
            driver.wait_for_server(ServerPhase.CONNECTING, timeout_s=10)  # it tries again, and says so
        finally:
            lab.relay.resume()
        driver.manager.disconnect(driver.server_id)


# --- storms -----------------------------------------------------------------------------------------------


def storm(port: int, count: int) -> list[str]:
    """So many programs at once; how each fared."""
    outcomes: list[str] = []

    def one() -> None:
        try:
            with socks_client(port):
                outcomes.append("open")
        except OSError as e:
            outcomes.append(type(e).__name__)

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_forty_programs_make_one_attempt_at_a_relay_that_hangs_up(lab: Lab, tmp_path: Path) -> None:
    with (
        counting_relay() as (port, came),
        Driver(tmp_path / "data", lab.document(port=port), lab.fingerprints) as driver,
    ):
        driver.wait_for_ports()
        assert storm(driver.socks_port, 40) == ["ConnectionRefusedError"] * 40
        assert len(came) <= 2  # the stragglers may come two seconds after the first failure
        driver.wait_for_server(ServerPhase.TROUBLE)


def test_forty_programs_make_one_login_that_is_refused(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(identity=str(lab.server_key)), lab.fingerprints) as driver:
        driver.wait_for_ports()
        for _ in range(2):
            assert storm(driver.socks_port, 40) == ["ConnectionRefusedError"] * 40
        assert lab.relay.log().count("by authenticating user") == 1
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.LOGIN_REFUSED)


def test_programs_that_never_give_up_make_ever_fewer_logins() -> None:
    """Fail2ban locks out after five in ten minutes, as it is delivered."""
    refused = Fault(FaultCode.LOGIN_REFUSED)
    now, failed_at, attempts = 0.0, 0.0, 1
    while now < 600:
        now += 1
        if may_try_for_program(refused, now - failed_at, attempts):
            failed_at, attempts = now, attempts + 1
    assert attempts < 5


def test_after_a_no_nobody_is_asked_again_by_programs(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document()) as driver:
        driver.answer = lambda _question: HostKeyAnswer(trust=False)
        driver.manager.connect(driver.server_id)
        driver.wait_for_link(LinkPhase.FAILED, FaultCode.HOST_KEY_UNKNOWN)
        driver.manager.check_now("test")
        driver.manager._relays[driver.relay_id]._failed_at -= 59
        assert storm(driver.socks_port, 5) == ["ConnectionRefusedError"] * 5
        assert len(driver.questions()) == 1
        driver.answer = lambda _question: HostKeyAnswer(trust=True)
        driver.connect()  # the person may


def _read_to_the_end(client: socket.socket) -> None:
    while client.recv(4096):
        pass


# --- the end ----------------------------------------------------------------------------------------------


class TestStop:
    @staticmethod
    def stop(driver: Driver, within_s: float = 3.0) -> None:
        began = time.monotonic()
        driver.manager.stop()
        assert time.monotonic() - began < within_s
        assert our_threads() == []

    def test_with_a_question_open(self, asking: Driver) -> None:
        answers: list[Any] = []
        asking.manager.relay_link(asking.relay_id, answers.append)
        self.stop(asking)
        assert withdrawn(asking) == [asking.questions()[0].id]
        assert [answer.code for answer in answers] == [FaultCode.CANCELLED]
        assert len(asking.questions()) == 1

    def test_while_the_relay_says_nothing(self, driver: Driver, lab: Lab) -> None:
        lab.relay.pause()
        try:
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.CONNECTING)
            self.stop(driver)
        finally:
            lab.relay.resume()

    def test_while_the_connected_relay_says_nothing(self, driver: Driver, lab: Lab) -> None:
        driver.connect()
        lab.relay.pause()
        try:
            driver.manager.check_now("test")
            self.stop(driver)
        finally:
            lab.relay.resume()

    def test_while_a_name_is_looked_up_for_ever(
        self, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        go_on = threading.Event()

        def hang(*_args: object, **_kwargs: object) -> list[Any]:
            go_on.wait(30)
            return []

        with Driver(tmp_path / "data", lab.document(host="relay.invalid"), lab.fingerprints) as driver:
            monkeypatch.setattr("app.transport.tcp.socket.getaddrinfo", hang)
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.CONNECTING)
            try:
                self.stop(driver)
            finally:
                go_on.set()

    def test_while_waiting_for_the_next_try(self, lab: Lab, tmp_path: Path, free_port: int) -> None:
        with Driver(tmp_path / "data", lab.document(port=free_port), lab.fingerprints) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.WAITING)
            self.stop(driver)

    def test_programs_that_hold_connections_see_the_end(self, driver: Driver) -> None:
        driver.connect()
        with socks_client(driver.socks_port) as client:
            self.stop(driver)
            client.settimeout(3)
            with pytest.raises(ConnectionResetError):
                _read_to_the_end(client)

    def test_nothing_opens_afterwards(self, driver: Driver) -> None:
        driver.wait_for_ports()
        self.stop(driver)
        driver.manager.connect(driver.server_id)
        driver.manager.retry_listeners()
        driver.manager.socks_address(driver.relay_id)
        driver.manager._open_ports()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", driver.socks_port), timeout=3).close()
        ours, theirs = socket.socketpair()
        told: list[Fault | None] = []
        with closing(ours):
            driver.manager.open_for(theirs, "lab-gpu", 22, told.append)
            ours.settimeout(3)
            assert ours.recv(1) == b""
        assert [fault.code for fault in told if fault] == [FaultCode.CANCELLED]


def test_two_programs_with_the_same_profiles(driver: Driver, lab: Lab) -> None:
    driver.connect()
    with Driver(driver.paths.root, driver.document, lab.fingerprints) as second:
        second.manager.connect(second.server_id)
        second.wait_for_server(ServerPhase.TROUBLE, FaultCode.PORT_BUSY)
        assert second.manager.snapshot().links[second.relay_id].phase is LinkPhase.UP
        assert second.questions() == []
    assert driver.manager.snapshot().servers[driver.server_id].phase is ServerPhase.CONNECTED


def test_trusted_fingerprints_are_pinned_and_no_others(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(), [lab.fingerprints.relay]) as driver:
        driver.answer = lambda _question: HostKeyAnswer(trust=False)
        driver.manager.connect(driver.server_id)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.HOST_KEY_UNKNOWN)
        assert [q.is_server for q in driver.host_key_questions()] == [True]
        assert len(driver.known_hosts.read_text().splitlines()) == 1
    with Driver(tmp_path / "data", lab.document(), [lab.fingerprints.server]) as driver:
        driver.connect()  # the relay is pinned by now, the server by the fingerprint
        assert driver.questions() == []
