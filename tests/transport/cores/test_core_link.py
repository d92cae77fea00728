"""A link through the real v2ray and the real Xray: started, used, refused, killed."""

from __future__ import annotations

import dataclasses
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.v2ray_route import Carrier, Core, Tls
from app.log_setup import MASK, set_up_logging
from app.transport.cores import connecting, core_link, core_stream
from app.transport.cores.connecting import CoreRoute, clock_difference_s, connect_core
from app.transport.cores.core_link import CoreLink, Heard
from app.transport.cores.finder import find_core
from tests.peers.lab import Lab
from tests.peers.ports import Deadline, free_port
from tests.peers.v2ray_ends import V2rayEnds, new_uuid


def route(ends: V2rayEnds, **changes: Any) -> CoreRoute:
    usual: dict[str, Any] = {
        "alias": "lab-gpu",
        "relay": "gate",
        "carrier": ends.carrier,
        "user_id": ends.user_id,
    }
    return CoreRoute(**(usual | changes))


def connected(ends: V2rayEnds, **changes: Any) -> CoreLink:
    deadline = Deadline(20, "the bridge")
    while True:  # a bridge may need a moment after its start
        try:
            return connect_core(route(ends, **changes), threading.Event(), lambda _link: None)
        except RelayTrayError as e:
            if e.fault.code not in (FaultCode.ROUTE_CLOSED, FaultCode.ROUTE_SILENT):
                raise
            deadline.wait()


def fault_of(route: CoreRoute, cancelled: threading.Event | None = None) -> tuple[FaultCode, dict[str, str]]:
    with pytest.raises(RelayTrayError) as caught:
        connect_core(route, cancelled or threading.Event(), lambda _link: None).close()
    return caught.value.fault.code, dict(caught.value.fault.details)


def core_process(link: CoreLink) -> psutil.Process:
    """The core itself: below its guard, elsewhere than on Windows."""
    guard = psutil.Process(link.core.pid)
    return guard if sys.platform == "win32" else guard.children()[0]


@pytest.fixture(params=[*Core])
def each(request: pytest.FixtureRequest, lab: Lab) -> Iterator[V2rayEnds]:
    with V2rayEnds(lab, request.param) as ends:
        yield ends


@pytest.fixture
def ends(lab: Lab) -> Iterator[V2rayEnds]:
    with V2rayEnds(lab, Core.V2RAY) as ends:
        yield ends


@pytest.mark.parametrize("core", [*Core])
def test_a_server_with_a_bridge_of_its_own(lab: Lab, core: Core) -> None:
    with V2rayEnds(lab, core, hybrid=False) as ends:
        link = connected(ends)
        try:
            assert link.ask().heard is Heard.BANNER
        finally:
            link.close()


def test_xray_stands_in_for_v2ray(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    real = find_core(Core.XRAY)
    monkeypatch.setattr(connecting, "find_core", lambda _core, _chosen: real)
    with V2rayEnds(lab, Core.V2RAY) as ends:
        link = connected(ends)
        assert link.core.program.core is Core.XRAY
        link.close()


def test_a_wrong_user_id_is_told_within_seconds(each: V2rayEnds, monkeypatch: pytest.MonkeyPatch) -> None:
    assert core_stream.SILENT_S < 10
    monkeypatch.setattr(core_link, "SILENT_S", 2.0)
    start = time.monotonic()
    code, details = fault_of(route(each, user_id=new_uuid()))
    assert code in (FaultCode.ROUTE_SILENT, FaultCode.ROUTE_CLOSED)
    assert each.core is Core.XRAY or code is FaultCode.ROUTE_SILENT
    assert details == {"alias": "lab-gpu", "relay": "gate"}
    assert time.monotonic() - start < 8


def test_a_server_that_is_not_there(ends: V2rayEnds, lab: Lab) -> None:
    lab.drop_tunnel()
    assert fault_of(route(ends))[0] in (FaultCode.ROUTE_CLOSED, FaultCode.ROUTE_SILENT)


def test_a_relay_that_is_not_there(ends: V2rayEnds) -> None:
    ends.stop_relay()
    port = str(ends.carrier.user_port)
    assert fault_of(route(ends)) == (FaultCode.CONNECTION_REFUSED, {"host": "127.0.0.1", "port": port})


def test_a_configuration_that_it_does_not_take(each: V2rayEnds) -> None:
    code, details = fault_of(route(each, user_id="no uuid at all, but longer than thirty"))
    assert code is FaultCode.CORE_REFUSED_CONFIG
    assert details["program"].lower().startswith(str(each.core))
    assert details["reason"]


def test_a_key_that_xray_would_end_silently_for(lab: Lab) -> None:
    with V2rayEnds(lab, Core.XRAY) as ends:
        carrier = dataclasses.replace(ends.carrier, encryption_key="short")
        code, details = fault_of(route(ends, carrier=carrier))
        assert (code, details["reason"]) == (
            FaultCode.CORE_REFUSED_CONFIG,
            "the relay's public key is not one",
        )


def test_a_core_that_is_killed_is_told_and_its_clients_are_reset(each: V2rayEnds) -> None:
    lost = threading.Event()
    link = connect_core(route(each), threading.Event(), lambda _link: lost.set())
    sink = Sink()
    link.open_stream("localhost", 22, sink)
    sink.wait("opened")
    core_process(link).kill()
    sink.wait("closed dirty")
    assert lost.wait(10)
    assert not link.is_alive
    fault = link.fault("gate")
    assert fault.code is FaultCode.CORE_DIED
    assert "SIGKILL" in fault.details["reason"]
    with pytest.raises(OSError, match="SIGKILL"):
        link.open_stream("localhost", 22, Sink())
    link.close()


def test_streams_say_why_they_do_not_open(ends: V2rayEnds, lab: Lab) -> None:
    link = connected(ends)
    lab.drop_tunnel()
    sink = Sink()
    link.open_stream("localhost", 22, sink)
    sink.wait("refused")
    link.close()


def test_half_close_is_passed_on_and_bytes_come_whole(ends: V2rayEnds) -> None:
    link = connected(ends)
    sink = Sink()
    stream = link.open_stream("localhost", 22, sink)
    sink.wait("opened")

    def speak() -> None:
        stream.write(memoryview(b"nonsense\r\n"))
        stream.write_eof()

    link.loops.pick().call(speak)
    sink.wait("eof")
    assert sink.data.startswith(b"SSH-2.0-")
    assert b"Invalid SSH identification" in sink.data
    stream.close()
    deadline = Deadline(5, "the stream to be forgotten")
    while link.open_streams:
        deadline.wait()
    link.close()


@pytest.mark.expected_logs("the id is")
def test_the_secrets_are_in_no_log_and_on_no_command_line(each: V2rayEnds, tmp_path: Path) -> None:
    logs = set_up_logging(tmp_path / "logs", level="debug")
    try:
        link = connected(each)
        core = core_process(link)
        words = [word for process in (core, psutil.Process(link.core.pid)) for word in process.cmdline()]
        assert each.user_id not in " ".join(words)
        logging.getLogger("relaytray.test").warning("the id is %s", each.user_id)
        link.close()
        text = (tmp_path / "logs" / "relaytray.log").read_text(encoding="utf-8")
        assert each.user_id not in text
        assert f"the id is {MASK}" in text
        assert "started" in text, "what the core says is in the log"
    finally:
        logs.close()


def test_others_do_not_come_through_its_port(ends: V2rayEnds) -> None:
    link = connected(ends)
    with socket.create_connection(("127.0.0.1", link.core.port), timeout=5) as sock:
        sock.sendall(b"\x05\x01\x00")
        assert sock.recv(2) in (b"\x05\xff", b"")
    link.close()


@pytest.mark.parametrize("core", [*Core])
def test_it_does_not_outlive_us(core: Core, lab: Lab) -> None:
    with V2rayEnds(lab, core) as ends:
        code = "import sys, threading\nfrom tests.transport.cores.owner import main\nmain(*sys.argv[1:])"
        words = [sys.executable, "-c", code, str(core), str(ends.carrier.user_port)]
        with subprocess.Popen(
            [*words, ends.carrier.encryption_key], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as owner:
            assert owner.stdin is not None
            assert owner.stdout is not None
            owner.stdin.write(ends.user_id + "\n")
            owner.stdin.flush()
            guard = psutil.Process(int(owner.stdout.readline()))
            family = [guard, *guard.children(recursive=True)]
            assert len(family) >= 2
            os.kill(owner.pid, signal.SIGKILL)
            owner.wait()
        gone, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
        assert gone


def test_it_can_be_called_off(ends: V2rayEnds) -> None:
    cancelled = threading.Event()
    cancelled.set()
    assert fault_of(route(ends), cancelled)[0] is FaultCode.CANCELLED


class Clock(threading.Thread):
    """A web server whose clock is off, as a relay's WebSocket has one."""

    def __init__(self, date: str) -> None:
        super().__init__(daemon=True)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._answer = f"HTTP/1.1 400 Bad Request\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode()

    def run(self) -> None:
        with self._listener, self._listener.accept()[0] as sock:
            sock.recv(1000)
            sock.sendall(self._answer)


@pytest.mark.parametrize(
    ("date", "known"), [("Thu, 01 Jan 2015 00:00:00 GMT", True), ("yesterday", False), ("", False)]
)
def test_a_clock_is_read_where_it_is_told(date: str, known: bool) -> None:
    clock = Clock(date)
    clock.start()
    carrier = Carrier(
        core=Core.V2RAY, host="127.0.0.1", tunnel_port=0, user_port=clock.port, websocket_path="/ws"
    )
    off = clock_difference_s(carrier)
    clock.join()
    assert (off is not None and off < -300_000_000) is known
    assert clock_difference_s(dataclasses.replace(carrier, websocket_path="")) is None
    assert clock_difference_s(dataclasses.replace(carrier, user_port=free_port())) is None


def test_a_certificate_that_is_none_is_not_one_to_trust(lab: Lab) -> None:
    """v2ray would run, and trust every authority of the system instead."""
    pem = "-----BEGIN CERTIFICATE-----\nMIIB/w==\n-----END CERTIFICATE-----\n"
    tls = Tls(server_name="h", certificate_pem=pem, certificate_sha256="", certificate_file="", key_file="")
    with V2rayEnds(lab, Core.V2RAY, websocket_path="/ws") as ends:
        pinned = dataclasses.replace(ends.carrier, tls=tls)
        code, details = fault_of(dataclasses.replace(route(ends), carrier=pinned))
        assert code is FaultCode.CORE_REFUSED_CONFIG
        assert "certificate" in details["reason"]
        assert clock_difference_s(pinned) is None


def test_a_skewed_clock_is_named(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """The relay's WebSocket tells its time; ours is made to be ten minutes ahead for that comparison."""
    real = time.time
    with V2rayEnds(lab, Core.V2RAY, websocket_path="/ws") as ends:
        link = connected(ends)
        link.close()
        assert abs(clock_difference_s(ends.carrier) or 999) < 5
        monkeypatch.setattr(core_link, "SILENT_S", 2.0)
        monkeypatch.setattr(time, "time", lambda: real() + 600)
        code, details = fault_of(route(ends, user_id=new_uuid()))
        assert code is FaultCode.CLOCK_SKEWED
        assert 595 <= int(details["seconds"]) <= 605


class Sink:
    """The forwarder's side, remembering what it was told."""

    def __init__(self) -> None:
        self.data = b""
        self._told: list[str] = []
        self._news = threading.Condition()

    def wait(self, what: str, timeout_s: float = 15) -> None:
        with self._news:
            assert self._news.wait_for(lambda: what in self._told, timeout_s), (what, self._told)

    def _tell(self, what: str) -> None:
        with self._news:
            self._told.append(what)
            self._news.notify_all()

    def stream_opened(self) -> None:
        self._tell("opened")

    def stream_refused(self, _refusal: object) -> None:
        self._tell("refused")

    def stream_data(self, data: memoryview) -> None:
        self.data += bytes(data)

    def stream_eof(self) -> None:
        self._tell("eof")

    def stream_closed(self, *, cleanly: bool) -> None:
        self._tell("closed" if cleanly else "closed dirty")

    def stream_writable(self) -> None:
        self._tell("writable")
