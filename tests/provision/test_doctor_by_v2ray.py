"""The doctor on the way by v2ray: real v2ray, real sshd; each verdict is provoked by what it is about."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.faults import FaultCode
from app.core.profiles import Document, Server
from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from app.provision.doctor import Surroundings, v2ray_checks
from app.provision.doctor.desk import DoctorDesk
from app.secrets import SecretName
from app.transport.cores.connecting import CoreRoute
from app.transport.host_keys import HostKeys
from app.transport.link import Tools
from app.transport.stream import WindowBudget
from app.tunnel.core_end import core_route
from tests.peers.lab import RELAY_ID, SERVER_ID, Lab
from tests.peers.v2ray_ends import V2rayEnds
from tests.transport.login_peers import Person, Secrets
from tests.tunnel.test_v2ray_route import our_cores

IN_STEP = Examined(check=Check.SSH_CONFIG, verdict=Verdict.GOOD, advice=Advice.CONFIG_IN_STEP)
BOTH = (RouteKind.REVERSE, RouteKind.V2RAY)


@pytest.fixture
def ends(lab: Lab) -> Iterator[V2rayEnds]:
    with V2rayEnds(lab, Core.V2RAY) as made:
        yield made


def examined(
    ends: V2rayEnds, folder: Path, *routes: RouteKind, user_id: str = "", **settings: Any
) -> dict[Check, Examined]:
    document = ends.document(*routes)
    document = dataclasses.replace(document, settings=dataclasses.replace(document.settings, **settings))
    return _go(document, ends.lab, folder, ends.user_id if user_id == "" else user_id)


def _go(document: Document, lab: Lab, folder: Path, user_id: str) -> dict[Check, Examined]:
    known_hosts = folder / "known_hosts"
    server_line = lab.server.host_key_line.split(" ", 1)[1]
    known_hosts.write_text(
        f"{lab.relay.host_key_line}\nlab-gpu.relaytray.internal {server_line}\n", encoding="utf-8"
    )
    secrets = Secrets()
    if user_id != "none":
        secrets.keep_for_session(SecretName("v2ray", "lab-gpu"), user_id)
    tools = Tools(HostKeys(known_hosts), Person().asker, secrets, WindowBudget(), set())

    def route(server: Server) -> CoreRoute:
        return core_route(server, document, secrets)  # type: ignore[arg-type]

    around = Surroundings(our_ports=set, ssh_config=lambda _server: IN_STEP, core_route=route)
    desk = DoctorDesk(lambda: document, tools, around)
    diagnosis = desk.examine(RELAY_ID, SERVER_ID, lambda _examined: None, threading.Event())
    assert not our_cores()
    return {one.check: one for one in diagnosis.checks}


def fault_of(examined: Examined) -> FaultCode:
    assert examined.verdict is Verdict.BAD
    assert examined.fault is not None
    return examined.fault.code


def test_both_ways_are_looked_at(ends: V2rayEnds, tmp_path: Path) -> None:
    found = examined(ends, tmp_path, *BOTH)
    assert found[Check.REVERSE_LISTENER].verdict is Verdict.GOOD
    assert "v2ray" in found[Check.V2RAY_PROGRAM].details["program"].lower()
    assert found[Check.V2RAY_PORT].details["port"] == str(ends.carrier.user_port)
    assert found[Check.V2RAY_CLOCK].advice is Advice.V2RAY_CLOCK_UNKNOWN
    assert found[Check.V2RAY_ANSWER].verdict is Verdict.GOOD
    assert found[Check.V2RAY_ANSWER].figure.endswith(" ms")
    assert found[Check.SERVER_BANNER].verdict is Verdict.GOOD


def test_by_v2ray_alone_the_server_s_sshd_is_reached_through_it(ends: V2rayEnds, tmp_path: Path) -> None:
    found = examined(ends, tmp_path, RouteKind.V2RAY)
    assert not {Check.TCP, Check.LOGIN, Check.REVERSE_LISTENER, Check.PERMITTED} & found.keys()
    of_server = (Check.SERVER_BANNER, Check.SERVER_HOST_KEY, Check.SERVER_LOGIN)
    assert [found[check].verdict for check in of_server] == [Verdict.GOOD] * 3


def test_a_program_that_is_not_there(ends: V2rayEnds, tmp_path: Path) -> None:
    found = examined(ends, tmp_path, RouteKind.V2RAY, core_program=str(tmp_path / "none"))
    assert fault_of(found[Check.V2RAY_PROGRAM]) is FaultCode.PROGRAM_MISSING
    assert found[Check.V2RAY_ANSWER].details == {"check": Check.V2RAY_PROGRAM.value}
    assert found[Check.SERVER_BANNER].details == {"check": Check.V2RAY_PROGRAM.value}


def test_a_relay_whose_v2ray_does_not_run(ends: V2rayEnds, tmp_path: Path) -> None:
    ends.stop_relay()
    found = examined(ends, tmp_path, RouteKind.V2RAY)
    assert fault_of(found[Check.V2RAY_PORT]) is FaultCode.CONNECTION_REFUSED
    assert found[Check.SERVER_LOGIN].details == {"check": Check.V2RAY_PORT.value}


def test_a_user_id_that_is_not_known_here(ends: V2rayEnds, tmp_path: Path) -> None:
    found = examined(ends, tmp_path, RouteKind.V2RAY, user_id="none")
    assert fault_of(found[Check.V2RAY_ANSWER]) is FaultCode.ROUTE_ID_MISSING


@pytest.mark.parametrize(("off", "verdict"), [(3.0, Verdict.GOOD), (200.0, Verdict.BAD)])
def test_the_clocks_are_compared_where_the_relay_tells_its_time(
    ends: V2rayEnds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: float, verdict: Verdict
) -> None:
    monkeypatch.setattr(v2ray_checks, "clock_difference_s", lambda _carrier: off)
    found = examined(ends, tmp_path, RouteKind.V2RAY)
    assert found[Check.V2RAY_CLOCK].verdict is verdict
    if verdict is Verdict.BAD:
        assert fault_of(found[Check.V2RAY_CLOCK]) is FaultCode.CLOCK_SKEWED
        assert found[Check.V2RAY_ANSWER].details == {"check": Check.V2RAY_CLOCK.value}
