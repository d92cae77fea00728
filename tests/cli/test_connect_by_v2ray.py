"""The real program by a real v2ray: ssh by the config that it printed; nothing is left, no id is seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from tests.other_ends.computer import Computer
from tests.peers import processes
from tests.peers.keyring_daemon import missing_programs
from tests.peers.lab import Lab
from tests.peers.v2ray_ends import V2rayEnds
from tests.tunnel.driver import run

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason=f"needs {', '.join(missing_programs())}")


@pytest.fixture
def computer(lab: Lab, tmp_path: Path) -> Iterator[Computer]:
    with V2rayEnds(lab, Core.V2RAY) as ends:
        document = ends.document(RouteKind.V2RAY)
        server = dataclasses.replace(document.servers[0], identity=str(lab.server_key))
        server_line = lab.server.host_key_line.split(" ", 1)[1]
        known = f"{lab.relay.host_key_line}\n{server.full_name} {server_line}\n"
        document = dataclasses.replace(document, servers=(server,))
        with Computer(tmp_path, document, known, ends.user_id) as made:
            yield made


def test_ssh_by_the_printed_config_and_nothing_left_after_a_kill(computer: Computer) -> None:
    computer.start()
    assert computer.events[-1]["route"] == "v2ray"
    told = run("ssh", *computer.ssh_options(Path(), ""), computer.alias, "echo", "there")
    assert told.stdout == b"there\n", told.stderr
    status = computer.program.json("status")
    assert [one["route"] for one in status["servers"]] == ["v2ray"]
    found, looked_at = computer.places_with_the_user_id()
    assert found == []
    assert looked_at > 5
    assert "v2ray" in computer.log().lower()
    (chain,) = computer.program.json("doctor", computer.alias)["diagnoses"]
    verdicts = {one["check"]: one["verdict"] for one in chain["checks"]}
    assert verdicts["v2ray-answer"] == verdicts["server-login"] == "good"
    assert "reverse-listener" not in verdicts
    family = psutil.Process(computer.pid).children(recursive=True)
    assert any("v2ray" in " ".join(one.cmdline()) for one in family)
    computer.kill()
    processes.wait_gone(family, 30)
