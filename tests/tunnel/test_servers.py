"""Servers behind a relay: probes, the server's own link, and states that must not lie."""

from __future__ import annotations

import dataclasses
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.events import ServerChanged
from app.core.faults import FaultCode
from app.core.profiles import Document, Forward
from app.core.questions import HostKeyAnswer
from app.core.states import LinkPhase, ServerPhase
from app.socks.streams import StreamOpener
from app.transport.host_keys import HostKeys
from app.transport.link import Link
from app.tunnel import inner_link as inner_link_module
from tests.peers import processes
from tests.peers.lab import Lab
from tests.peers.ports import free_port as find_free_port
from tests.tunnel.driver import Driver
from tests.tunnel.test_supervision import our_threads, trust, withdrawn

SECOND = "second-server-id"


def with_second_server(document: Document) -> Document:
    """Another alias for the same machine behind the same relay."""
    second = dataclasses.replace(document.servers[0], id=SECOND, alias="second")
    return dataclasses.replace(document, servers=(document.servers[0], second))


def with_server(document: Document, **changes: Any) -> Document:
    server = dataclasses.replace(document.servers[0], **changes)
    return dataclasses.replace(document, servers=(server, *document.servers[1:]))


@pytest.fixture
def driver(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        yield driver


@pytest.fixture
def two(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    with Driver(tmp_path / "data", with_second_server(lab.document()), lab.fingerprints) as driver:
        yield driver


def phase_of(driver: Driver, server_id: str) -> ServerPhase:
    return driver.manager.snapshot().servers[server_id].phase


def inner_link(driver: Driver, server_id: str = "") -> Any:
    """The link to the server itself, as a forward gets it."""
    answers: list[Any] = []
    driver.manager.server_link(server_id or driver.server_id, answers.append)
    driver.wait_for(lambda: bool(answers), "the link to the server")
    return answers[0]


def hold_next_probe(
    keeper: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[threading.Event, Callable[[], None]]:
    """The next probe waits after its work is done, until the returned function lets it go on."""
    done, go_on = threading.Event(), threading.Event()
    probe_once = keeper._probe_once

    def held(cancelled: threading.Event) -> Any:
        fault = probe_once(cancelled)
        monkeypatch.undo()
        done.set()
        go_on.wait(20)
        return fault

    monkeypatch.setattr(keeper, "_probe_once", held)
    return done, go_on.set


# --- probes -----------------------------------------------------------------------------------------------


def test_two_servers_behind_one_relay_go_their_own_ways(two: Driver) -> None:
    two.connect()
    two.manager.connect(SECOND)
    two.wait_for(lambda: phase_of(two, SECOND) is ServerPhase.CONNECTED, "the second server")
    two.manager.disconnect(two.server_id)
    assert phase_of(two, two.server_id) is ServerPhase.OFF
    assert phase_of(two, SECOND) is ServerPhase.CONNECTED
    assert two.manager.snapshot().links[two.relay_id].phase is LinkPhase.UP
    two.connect()
    two.manager.disconnect(two.server_id)
    two.manager.disconnect(SECOND)
    two.wait_for_link(LinkPhase.OFF)


def test_wanted_again_while_the_called_off_probe_still_runs(
    two: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.connect()  # keeps the link up
    keeper = two.manager._servers[SECOND]
    done, go_on = hold_next_probe(keeper, monkeypatch)
    two.manager.connect(SECOND)
    assert done.wait(20)
    two.manager.disconnect(SECOND)
    two.manager.connect(SECOND)
    go_on()
    two.wait_for(lambda: phase_of(two, SECOND) is ServerPhase.CONNECTED, "the second server", 5)


def test_a_probe_that_succeeded_just_before_the_link_was_lost(
    driver: Driver, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connected must not be shown while the link is down."""
    driver.connect()
    keeper = driver.manager._servers[driver.server_id]
    done, go_on = hold_next_probe(keeper, monkeypatch)
    keeper.recheck()
    assert done.wait(20)
    lab.drop_tunnel()
    lab.stop_relay()
    driver.wait_for_link(LinkPhase.WAITING)
    seen = len(driver.events)
    go_on()
    driver.wait_for(lambda: not keeper._probing, "the end of the probe")
    told = [e.state.phase for e in driver.events[seen:] if isinstance(e, ServerChanged)]
    assert ServerPhase.CONNECTED not in told
    assert phase_of(driver, driver.server_id) is not ServerPhase.CONNECTED


@pytest.mark.expected_logs("The probe of lab-gpu met an error")
def test_a_probe_that_breaks_is_not_the_last_one(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(sock: socket.socket, *_args: object) -> None:
        sock.close()
        raise ValueError("a bug")

    monkeypatch.setattr("app.tunnel.servers.probe_server", broken)
    driver.manager.connect(driver.server_id)
    driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.INTERNAL)
    monkeypatch.undo()
    driver.manager.connect(driver.server_id)
    driver.wait_for_server(ServerPhase.CONNECTED)


def test_a_person_who_says_no_is_not_asked_in_a_loop(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.tunnel.servers.probe_delay_s", lambda _failures: 0.05)
    with Driver(tmp_path / "data", lab.document(), [lab.fingerprints.relay]) as driver:
        driver.answer = lambda _question: HostKeyAnswer(trust=False)
        driver.manager.connect(driver.server_id)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.HOST_KEY_UNKNOWN)
        with pytest.raises(TimeoutError):
            driver.wait_for(lambda: len(driver.questions()) > 1, "nothing", 1)
        driver.answer = lambda _question: HostKeyAnswer(trust=True)
        driver.connect()


# --- profiles that change ---------------------------------------------------------------------------------


@pytest.fixture
def asking(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    """The relay is trusted; the probe stands still at the question about the server's key."""
    with Driver(tmp_path / "data", lab.document(), [lab.fingerprints.relay]) as driver:
        driver.manager.connect(driver.server_id)
        driver.wait_for(lambda: len(driver.questions()) == 1, "the question")
        assert driver.questions()[0].is_server
        yield driver


def test_edited_while_its_question_is_open(asking: Driver) -> None:
    asking.manager.replace_document(with_server(asking.document, alias="renamed"))
    asking.wait_for(lambda: len(asking.questions()) == 2, "the question about the new name", 3)
    assert withdrawn(asking) == [asking.questions()[0].id]
    assert asking.questions()[1].profile == "renamed"
    trust(asking, 1)
    asking.wait_for_server(ServerPhase.CONNECTED)


@pytest.mark.parametrize("how", ["disconnect", "remove", "stop"])
def test_its_question_is_withdrawn(asking: Driver, how: str) -> None:
    if how == "disconnect":
        asking.manager.disconnect(asking.server_id)
    elif how == "remove":
        asking.manager.replace_document(dataclasses.replace(asking.document, servers=()))
    else:
        asking.manager.stop()
    asking.wait_for(lambda: withdrawn(asking) == [asking.questions()[0].id], "the withdrawal", 1)


def test_moved_to_another_relay(lab: Lab, tmp_path: Path) -> None:
    document = lab.document()
    other = dataclasses.replace(document.relays[0], id="other", name="other", socks_port=find_free_port())
    document = dataclasses.replace(document, relays=(*document.relays, other))
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        driver.manager.replace_document(with_server(document, relay_id="other"))
        driver.wait_for(
            lambda: driver.manager.snapshot().links["other"].phase is LinkPhase.UP, "the other relay", 10
        )
        driver.wait_for_server(ServerPhase.CONNECTED)
        driver.wait_for_link(LinkPhase.OFF)  # of the first one: nobody wants it any more


def test_two_servers_swap_their_names(two: Driver) -> None:
    two.connect()
    two.manager.connect(SECOND)
    two.wait_for(lambda: phase_of(two, SECOND) is ServerPhase.CONNECTED, "the second server")
    first, second = two.document.servers
    swapped = (
        dataclasses.replace(first, alias=second.alias),
        dataclasses.replace(second, alias=first.alias),
    )
    two.manager.replace_document(dataclasses.replace(two.document, servers=swapped))
    keys = HostKeys(two.known_hosts, [])
    assert [len(keys.pinned(server.full_name)) for server in swapped] == [1, 1]


# --- the server's own link --------------------------------------------------------------------------------


def test_removed_while_its_link_is_up(driver: Driver) -> None:
    driver.connect()
    link = inner_link(driver)
    driver.manager.replace_document(dataclasses.replace(driver.document, servers=()))
    driver.wait_for(lambda: not link.is_alive, "the end of its link", 5)
    driver.manager.stop()
    assert our_threads() == []


def test_stop_leaves_no_thread_of_it(driver: Driver) -> None:
    driver.connect()
    inner_link(driver)
    driver.manager.stop()
    assert our_threads() == []


def test_stop_waits_for_one_that_was_cut_and_is_slow_to_end(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.connect()
    link = inner_link(driver)
    tell = Link._ended

    def told_late(self: Link) -> None:
        if self is link:
            time.sleep(1.5)
        tell(self)

    monkeypatch.setattr(Link, "_ended", told_late)
    link._transport._on_end = link._ended
    driver.manager.disconnect(driver.server_id)
    driver.manager.stop()
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("close-")] == []
    assert our_threads() == []


@pytest.mark.parametrize("who", ["the keepalive", "a check after sleep"])
def test_one_that_does_not_answer_is_dropped_and_made_anew(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    """The relay's link lives, and so does the server's sshd: only the process of this one is stuck."""
    monkeypatch.setattr(inner_link_module, "PING_TIMEOUT_S", 0.5)
    keepalive = 1 if who == "the keepalive" else 0
    with Driver(tmp_path / "data", lab.document(keepalive_s=keepalive), lab.fingerprints) as driver:
        driver.connect()
        before = {process.pid for process in processes.tree_of(lab.server.pid)}
        stuck = inner_link(driver)
        ours = [p for p in processes.tree_of(lab.server.pid) if p.pid not in before]
        stopped = [one for process in ours for one in processes.suspend_tree(process.pid)]
        assert stopped
        try:
            if not keepalive:
                driver.manager.check_now("the computer woke")
            driver.wait_for(lambda: not stuck.is_alive, "it to be given up")
            assert phase_of(driver, driver.server_id) is ServerPhase.CONNECTED
            assert inner_link(driver) is not stuck
        finally:
            processes.resume_all(stopped)


def test_another_name_leaves_it_where_it_is(driver: Driver) -> None:
    driver.connect()
    link = inner_link(driver)
    driver.manager.replace_document(with_server(driver.document, alias="another-name"))
    driver.wait_for_server(ServerPhase.CONNECTED)
    assert inner_link(driver) is link
    driver.manager.replace_document(with_server(driver.document, alias="another-name", user="nobody"))
    driver.wait_for(lambda: not link.is_alive, "the link of another user to end", 5)


def test_stop_while_it_is_being_made(driver: Driver, lab: Lab) -> None:
    driver.connect()
    lab.server.pause()
    try:
        answers: list[Any] = []
        driver.manager.server_link(driver.server_id, answers.append)
        driver.manager.stop()
        assert our_threads() == []
        assert [answer.code for answer in answers] == [FaultCode.CANCELLED]
    finally:
        lab.server.resume()


def test_after_stop_nobody_waits_for_ever(driver: Driver) -> None:
    driver.manager.stop()
    answers: list[Any] = []
    driver.manager.server_link(driver.server_id, answers.append)
    assert [answer.code for answer in answers] == [FaultCode.CANCELLED]
    assert our_threads() == []


def test_a_disconnect_does_not_spoil_the_next_connect(driver: Driver, lab: Lab) -> None:
    driver.connect()
    lab.server.pause()
    answers: list[Any] = []
    driver.manager.server_link(driver.server_id, answers.append)
    driver.manager.disconnect(driver.server_id)
    driver.wait_for(lambda: bool(answers), "the answer", 3)
    assert answers[0].code is FaultCode.CANCELLED
    lab.server.resume()
    driver.connect()
    assert not hasattr(inner_link(driver), "code")  # a link, and no fault


def test_the_disconnect_calls_off_what_began_before_the_connect(lab: Lab, tmp_path: Path) -> None:
    """A program began it; then the person connected, and thought better of it."""
    with Driver(tmp_path / "data", lab.document(), [lab.fingerprints.relay]) as driver:
        answers: list[Any] = []
        driver.manager.server_link(driver.server_id, answers.append)
        driver.wait_for(lambda: bool(driver.questions()), "the question")
        driver.manager.connect(driver.server_id)
        driver.manager.disconnect(driver.server_id)
        driver.wait_for(lambda: bool(answers), "the answer", 3)
        assert answers[0].code is FaultCode.CANCELLED
        driver.wait_for(lambda: len(withdrawn(driver)) == len(driver.questions()), "the withdrawal", 3)


@pytest.mark.parametrize("cause", [OSError("the loops have ended"), ValueError("a bug")])
@pytest.mark.expected_logs("Connecting to lab-gpu met an error")
def test_a_connect_that_breaks_answers_and_is_not_the_last_one(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, cause: Exception
) -> None:
    driver.connect()

    def broken(*_args: object) -> StreamOpener:
        raise cause

    monkeypatch.setattr("app.tunnel.inner_link.connect_inside", broken)
    assert inner_link(driver).code in (FaultCode.INTERNAL, FaultCode.LINK_LOST)
    outer = driver.manager._relays[driver.relay_id]._link
    assert isinstance(outer, Link)
    driver.wait_for(lambda: outer.open_streams == 0, "its stream to be closed")
    monkeypatch.undo()
    driver.manager._servers[driver.server_id]._inner._failed_at -= 100
    assert not hasattr(inner_link(driver), "code")


def test_its_link_does_not_keep_the_relays_link_from_being_idle(lab: Lab, tmp_path: Path) -> None:
    forward = Forward(local_port=find_free_port(), remote_port=lab.server.port, remote_host="127.0.0.1")
    document = with_server(lab.document(idle_close_min=1), forwards=(forward,))
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        inner_link(driver)
        supervisor = driver.manager._relays[driver.relay_id]
        driver.wait_for(lambda: supervisor._traffic.connections == 0, "no connection in use", 5)
        supervisor._traffic.last_used -= 61
        supervisor.check_now()
        driver.wait_for_link(LinkPhase.OFF, timeout_s=5)
