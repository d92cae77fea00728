"""The v2ray route end to end: real v2ray and Xray, real sshd, real ssh through our own SOCKS port."""

from __future__ import annotations

import dataclasses
import hashlib
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.events import Notice
from app.core.faults import FaultCode
from app.core.profiles import Exit, Forward
from app.core.reconnect import FIRST_DELAY_S
from app.core.routes import RouteKind
from app.core.states import LinkPhase, ServerPhase
from app.core.v2ray_route import Core
from app.secrets import SecretName
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from app.transport.cores import core_link, core_stream
from app.tunnel import core_end, pulse
from tests.export.test_v2ray import self_signed
from tests.peers.byte_server import BLOCK, ByteServer
from tests.peers.lab import Lab
from tests.peers.ports import Deadline, free_port
from tests.peers.v2ray_ends import V2rayEnds, new_uuid
from tests.tunnel.driver import Driver, run

BOTH = (RouteKind.V2RAY, RouteKind.REVERSE)


def driver_of(ends: V2rayEnds, folder: Path, *routes: RouteKind, user_id: str = "", **relay: Any) -> Driver:
    driver = Driver(folder / "data", ends.document(*routes, **relay), ends.lab.fingerprints)
    driver.secrets.keep_for_session(SecretName("v2ray", "lab-gpu"), user_id or ends.user_id)
    return driver


def our_cores() -> list[psutil.Process]:
    """Of RelayTray, not of the lab: they have their configuration on standard input."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            words = process.cmdline()
        except psutil.Error:  # it has just ended
            continue
        reads = "stdin:" in words or any("stdin.read" in word for word in words)
        if reads and words[0] != "/bin/sh":
            found.append(process)
    return found


def notices(driver: Driver) -> list[FaultCode]:
    return [event.fault.code for event in driver.events if isinstance(event, Notice)]


def asks(driver: Driver, host: str, port: int) -> bytes:
    """The first bytes of a target through our SOCKS port; b"" when it is refused."""
    protocol = ClientProtocol(host, port)
    with socket.create_connection(("127.0.0.1", driver.socks_port), timeout=20) as sock:
        shake_hands(sock, protocol, lambda: sock.recv(1))
        if protocol.refusal is not None:
            return b""
        sock.sendall(b"SSH-2.0-t\r\n")
        return sock.recv(8, socket.MSG_WAITALL)


@pytest.fixture(params=[*Core])
def each(request: pytest.FixtureRequest, lab: Lab) -> Iterator[V2rayEnds]:
    with V2rayEnds(lab, request.param) as ends:
        yield ends


@pytest.fixture
def ends(lab: Lab) -> Iterator[V2rayEnds]:
    with V2rayEnds(lab, Core.V2RAY) as ends:
        yield ends


def test_ssh_and_a_file_through_our_port(each: V2rayEnds, lab: Lab, tmp_path: Path) -> None:
    with driver_of(each, tmp_path) as driver:
        driver.connect()
        options = driver.ssh_options(lab.server_key)
        answer = run("ssh", *options, f"{lab.user}@lab-gpu", "echo", "it-works")
        assert (answer.returncode, answer.stdout) == (0, b"it-works\n"), answer.stderr
        data = hashlib.shake_256(b"file").digest(5_000_000)
        (tmp_path / "source").write_bytes(data)
        done = run("scp", *options, tmp_path / "source", f"{lab.user}@lab-gpu:{tmp_path}/there")
        assert done.returncode == 0, done.stderr
        done = run("scp", *options, f"{lab.user}@lab-gpu:{tmp_path}/there", tmp_path / "back")
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "there").read_bytes() == (tmp_path / "back").read_bytes() == data
        # localhost is the server there, and nothing but what is permitted is reached
        assert asks(driver, "localhost", 22).startswith(b"SSH-2.0-")
        assert asks(driver, "127.0.0.1", 22).startswith(b"SSH-2.0-")
        assert asks(driver, "localhost", lab.relay.port) == b""
        assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.OFF, "no SSH to the relay"
    assert our_cores() == []


@pytest.mark.parametrize("core", [*Core])
def test_with_tls_and_a_bridge_of_the_servers_own(lab: Lab, tmp_path: Path, core: Core) -> None:
    ends = V2rayEnds(lab, core, hybrid=False, tls=self_signed(tmp_path))
    with ends, driver_of(ends, tmp_path) as driver:
        driver.connect()
        answer = run("ssh", *driver.ssh_options(lab.server_key), f"{lab.user}@lab-gpu", "echo", "ok")
        assert (answer.returncode, answer.stdout) == (0, b"ok\n"), answer.stderr


def test_a_killed_core_comes_back(each: V2rayEnds, lab: Lab, tmp_path: Path) -> None:
    with driver_of(each, tmp_path) as driver:
        driver.connect()
        (core,) = our_cores()
        core.send_signal(signal.SIGKILL)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.CORE_DIED)
        driver.wait_for_server(ServerPhase.CONNECTED)
        assert [process.pid for process in our_cores()] != [core.pid]


def test_a_wrong_user_id_is_told(ends: V2rayEnds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_link, "SILENT_S", 2.0)
    with driver_of(ends, tmp_path, user_id=new_uuid()) as driver:
        start = time.monotonic()
        driver.manager.connect(driver.server_id)
        driver.wait_for_server(ServerPhase.TROUBLE)
        assert time.monotonic() - start < 8
        fault = driver.manager.snapshot().servers[driver.server_id].fault
        assert fault is not None
        assert fault.code in (FaultCode.ROUTE_SILENT, FaultCode.ROUTE_CLOSED)


def test_a_user_id_that_is_not_there_is_asked_for(ends: V2rayEnds, tmp_path: Path) -> None:
    driver = Driver(tmp_path / "data", ends.document(), ends.lab.fingerprints)
    with driver:
        driver.manager.connect(driver.server_id)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.ROUTE_ID_MISSING)
        driver.secrets.keep_for_session(SecretName("v2ray", "lab-gpu"), ends.user_id)
        driver.connect()


def test_disconnect_ends_the_core(ends: V2rayEnds, tmp_path: Path) -> None:
    with driver_of(ends, tmp_path) as driver:
        driver.connect()
        assert len(our_cores()) == 1
        driver.manager.disconnect(driver.server_id)
        deadline = Deadline(10, "the core to end")
        while our_cores():
            deadline.wait()


def test_a_program_brings_it_up(ends: V2rayEnds, tmp_path: Path) -> None:
    with driver_of(ends, tmp_path) as driver:
        driver.wait_for_ports()
        assert asks(driver, "lab-gpu", 22).startswith(b"SSH-2.0-")
        driver.wait_for_server(ServerPhase.CONNECTED)


def test_a_server_that_went_is_refused_and_comes_back(ends: V2rayEnds, lab: Lab, tmp_path: Path) -> None:
    with driver_of(ends, tmp_path) as driver:
        driver.connect()
        lab.drop_tunnel()
        assert asks(driver, "lab-gpu", 22) == b""
        driver.wait_for_server(ServerPhase.TROUBLE)
        lab.restore_tunnel()
        driver.wait_for_server(ServerPhase.CONNECTED)


def test_a_silent_loss_is_noticed_and_mended(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The relay's core stops answering without a word; the same with other times takes under a minute."""
    monkeypatch.setattr(core_end, "ASK_EVERY_S", 1)
    monkeypatch.setattr(pulse, "PING_TIMEOUT_S", 1.0)
    monkeypatch.setattr(core_link, "SILENT_S", 2.0)
    with V2rayEnds(lab, Core.V2RAY) as ends, driver_of(ends, tmp_path, keepalive_s=1) as driver:
        driver.connect()
        with ends.paused_relay():
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.ROUTE_SILENT)
        driver.wait_for_server(ServerPhase.CONNECTED)


def test_no_answer_within_a_minute_is_long_enough() -> None:
    """The usual times: bytes that came count for the next question; three silences; the core anew."""
    noticed = 2 * core_end.ASK_EVERY_S + pulse.PINGS_UNANSWERED * pulse.PING_TIMEOUT_S
    assert noticed + FIRST_DELAY_S + core_stream.SILENT_S < 60


def test_exit_and_forwards_work_over_it(lab: Lab, tmp_path: Path) -> None:
    with V2rayEnds(lab, Core.V2RAY) as ends, ByteServer() as there:
        document = ends.document()
        (server,) = document.servers
        forward = Forward(local_port=free_port(), remote_port=there.port)
        changed = dataclasses.replace(server, exit=Exit.SERVER, forwards=(forward,))
        document = dataclasses.replace(document, servers=(changed,))
        with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
            driver.secrets.keep_for_session(SecretName("v2ray", "lab-gpu"), ends.user_id)
            driver.connect()
            for port in (driver.socks_port, forward.local_port):
                protocol = ClientProtocol("localhost", there.port)
                with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
                    if port == driver.socks_port:
                        shake_hands(sock, protocol, lambda: sock.recv(1))
                        assert protocol.refusal is None, protocol.reason
                    sock.sendall(b"D" + str(16).zfill(16).encode())
                    assert sock.recv(16, socket.MSG_WAITALL) == BLOCK[:16]
            assert driver.manager.snapshot().servers[driver.server_id].route is RouteKind.V2RAY


# --- several routes ---------------------------------------------------------------------------------------


def test_from_v2ray_to_ssh_and_back(ends: V2rayEnds, lab: Lab, tmp_path: Path) -> None:
    with driver_of(ends, tmp_path, *BOTH) as driver:
        driver.connect()
        assert notices(driver) == []
        ends.stop_relay()
        (core,) = our_cores()
        core.kill()  # so that the loss is noticed now
        driver.wait_for(lambda: FaultCode.ROUTE_FALLBACK in notices(driver), "the fallback to be told")
        driver.wait_for_server(ServerPhase.CONNECTED)
        assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.UP
        assert asks(driver, "lab-gpu", 22).startswith(b"SSH-2.0-")
        ends.start_relay()
        driver.wait_for(lambda: FaultCode.ROUTE_RETURNED in notices(driver), "the return", 40)
        driver.wait_for_server(ServerPhase.CONNECTED)
        assert notices(driver) == [FaultCode.ROUTE_FALLBACK, FaultCode.ROUTE_RETURNED]


def test_from_ssh_to_v2ray_and_back(lab: Lab, tmp_path: Path) -> None:
    ends = V2rayEnds(lab, Core.V2RAY, hybrid=False)
    with ends, driver_of(ends, tmp_path, *reversed(BOTH)) as driver:
        driver.connect()
        assert our_cores() == []
        lab.stop_relay()
        driver.wait_for(lambda: FaultCode.ROUTE_FALLBACK in notices(driver), "the fallback to be told", 40)
        driver.wait_for_server(ServerPhase.CONNECTED)
        lab.start_relay()  # a link that is there before the server's tunnel is tried again a minute later
        driver.wait_for(lambda: FaultCode.ROUTE_RETURNED in notices(driver), "the return", 90)
        driver.wait_for_server(ServerPhase.CONNECTED)
        deadline = Deadline(20, "the core to end, which nobody uses any more")
        while our_cores():
            deadline.wait()


def test_a_program_is_served_by_the_next_route(ends: V2rayEnds, tmp_path: Path) -> None:
    ends.stop_relay()
    with driver_of(ends, tmp_path, *BOTH) as driver:
        driver.wait_for_ports()
        assert asks(driver, "lab-gpu", 22).startswith(b"SSH-2.0-")


def test_when_no_route_works_the_fault_is_told(ends: V2rayEnds, lab: Lab, tmp_path: Path) -> None:
    ends.stop_relay()
    lab.drop_tunnel()
    with driver_of(ends, tmp_path, *BOTH) as driver:
        driver.manager.connect(driver.server_id)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.TUNNEL_DOWN)
        lab.restore_tunnel()
        driver.wait_for_server(ServerPhase.CONNECTED, timeout_s=40)


def test_another_host_key_is_not_fled_from(ends: V2rayEnds, lab: Lab, tmp_path: Path) -> None:
    with driver_of(ends, tmp_path, *BOTH) as driver:
        driver.connect()
        lab.replace_server_with_other_machine()
        driver.manager.check_now("test")
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.HOST_KEY_CHANGED)
        assert notices(driver) == []


def test_profiles_change_under_it(ends: V2rayEnds, tmp_path: Path) -> None:
    with driver_of(ends, tmp_path, *BOTH) as driver:
        driver.connect()
        document = driver.document
        only_ssh = tuple(
            dataclasses.replace(server, routes=(RouteKind.REVERSE,), v2ray=None)
            for server in document.servers
        )
        driver.manager.replace_document(dataclasses.replace(document, servers=only_ssh))
        driver.manager.connect(driver.server_id)
        deadline = Deadline(20, "the core to end")
        while our_cores():
            deadline.wait()
        driver.wait_for_link(LinkPhase.UP)
        driver.wait_for_server(ServerPhase.CONNECTED)
