"""A pasted line brings a server online by v2ray or Xray, too, where SSH to the relay is blocked."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.core.faults import FaultCode
from app.core.provisioning import LineOptions
from app.core.v2ray_route import Core
from app.provision import enrolment
from app.provision.server_desk import ServerDesk
from tests.other_ends.bridge_stories import (
    Scene,
    file_goes_and_comes,
    scene,
)
from tests.other_ends.bridges import core_at_server
from tests.other_ends.stage import USER, Form
from tests.peers import machines
from tests.peers.keys import KeyStore
from tests.peers.ports import Deadline

# The machines outlive a test here, and so do the processes on them.
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.timeout(300),
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]

STATE = "/etc/relaytray/v2ray/now/state.json"
FORMS = {Core.V2RAY: Form.CONTAINER, Core.XRAY: Form.PLAIN}  # the former has nothing but sh, ssh and chmod


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[dict[Core, Scene]]:
    """Side by side: most of it is waiting."""
    for name in ("pc", "admin"):
        key_store.key(name)  # two threads must not make the same one
    with ExitStack() as stack, ThreadPoolExecutor(len(FORMS)) as pool:

        def made(core: Core) -> Scene:
            return stack.enter_context(scene(tmp_path_factory.mktemp(core), key_store, core, FORMS[core]))

        yield dict(zip(FORMS, pool.map(made, FORMS), strict=True))


@pytest.fixture(params=[*FORMS])
def on(request: pytest.FixtureRequest, scenes: dict[Core, Scene]) -> Scene:
    return scenes[request.param]


@pytest.fixture
def one(scenes: dict[Core, Scene]) -> Scene:
    """For what is the same with either."""
    return scenes[Core.V2RAY]


def script_of(on: Scene) -> str:
    given = on.bridged.box.server.enrolment
    assert given is not None
    return f"/home/{USER}/.ssh/relaytray-{given.id}"


def test_ssh_and_files_go_by_the_bridge_alone(on: Scene) -> None:
    assert len(on.bridged.box.line) <= 1200
    assert on.ssh("hostname") == f"{on.bridged.box.server.alias}\n"
    file_goes_and_comes(on, 5)
    listed = on.bridged.box.machine.must_run("sh", "-c", f"ls -l {script_of(on)}*")
    assert not [line for line in listed.splitlines() if not re.match(r"[-s]rw[-x]------ ", line)]


def test_stopped_with_its_core(scenes: dict[Core, Scene]) -> None:
    """The last of Xray, which is a module of Python there."""
    on = scenes[Core.XRAY]
    machine = on.bridged.box.machine
    assert core_at_server(on.bridged).name().startswith("python")
    machine.must_run("sh", f"{script_of(on)}.sh", "stop", user=USER)
    deadline = Deadline(20, "the last process of the line to end")
    while machine.command_lines("relaytray", USER):
        deadline.wait()


def test_only_the_server_itself_may_fetch_its_bridge(one: Scene, tmp_path: Path) -> None:
    one.stage.permit_ssh()
    stage, box = one.stage.stage, one.bridged.box
    assert box.server.enrolment is not None
    kept = f"/etc/relaytray/bridges/{box.server.enrolment.id}"
    assert stage.machine.must_run("stat", "-c", "%a %U:%G", kept) == "640 root:relaytray-enrol\n"
    for user in ("relaytray-tunnel", "relaytray-pc", "relaytray-v2ray"):
        assert stage.machine.run("cat", kept, user=user).returncode != 0
    key = tmp_path / "key"
    key.touch(mode=0o600)
    key.write_text(box.machine.read(script_of(one)), encoding="ascii")

    def asks(command: str, *options: str) -> subprocess.CompletedProcess[str]:
        words = ["ssh", "-F", "/dev/null", "-i", str(key), "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes"]
        words += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", *options]
        words += [f"relaytray-enrol@{stage.network.address}", command]
        return subprocess.run(words, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL)

    config = asks("config").stdout
    (known,) = json.loads(stage.machine.read(STATE))["servers"]
    assert known["tunnel_uuid"] in config
    assert known["watch_uuid"] in config
    assert one.bridged.user_id not in config
    tries = ["script", "report", "config x", "config; echo got-$((40+2))", "$(echo got-$((40+2)))", ""]
    tries += ["core ../../../../etc/passwd none", "core same ../../x", "about * *", "check same none"]
    for command in tries:
        done = asks(command)
        assert done.returncode != 0, command
        assert "got-42" not in done.stdout
        assert "root:" not in done.stdout
    assert asks("config", "-W", "127.0.0.1:22").stdout == ""


def test_pasted_again_and_taken_away(one: Scene) -> None:
    box, stage = one.bridged.box, one.stage.stage
    core = core_at_server(one.bridged).pid
    with box.terminal() as terminal:
        terminal.answer_to(box.line, "is up already", timeout_s=60)
    assert core_at_server(one.bridged).pid == core
    with box.terminal() as terminal:
        terminal.answer_to(enrolment.removal_line(box.server), "taken away", timeout_s=30)
    deadline = Deadline(20, "the last process of the line to end")
    while box.machine.command_lines("relaytray", USER):
        deadline.wait()
    left = box.machine.must_run("sh", "-c", f"find /home/{USER}/.ssh -name 'relaytray-*' -size +0")
    assert left == ""
    assert box.server.enrolment is not None
    kept = f"/etc/relaytray/bridges/{box.server.enrolment.id}"
    assert stage.machine.exists(kept)
    lab, desk = one.bridged.lab, ServerDesk(one.bridged.lab.ground)
    desk.bootstrap_line(box.server.id, LineOptions(), lab.cancelled)  # one without a bridge
    assert lab.server.v2ray is not None
    assert lab.server.v2ray.hybrid
    (known,) = json.loads(stage.machine.read(STATE))["servers"]
    assert (known["tunnel_uuid"], known["watch_uuid"]) == ("", "")
    assert list(known["users"].values()) == [one.bridged.user_id]
    faults = desk.remove_server(box.server.id, lab.cancelled, also_there=True)
    (fault,) = faults  # nobody is there any more, and sshd of the relay may not have noticed yet
    assert fault.code in (FaultCode.TUNNEL_DOWN, FaultCode.SERVER_SILENT)
    assert not stage.machine.exists(kept)
    assert json.loads(stage.machine.read(STATE))["servers"] == []
    assert one.bridged.user_id == ""
