"""``relay offers|create|destroy|billing`` as a person runs them, killed in the middle too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.keys import KeyStore, public_line
from tests.peers.lightsail import LoopbackLightsail, RefusedError, own_address
from tests.peers.sshd import Sshd

ADDRESS = own_address()
# The program itself, which asks more often how far the service is.
_PROGRAM = """\
import dataclasses, sys
from app.cli.commands import run
from app.main import make_wiring
from app.provision.lightsail.desk import LightsailDesk
from app.provision.surroundings import Ground

def make_cloud(request):
    ground = Ground(request.paths, request.store, request.manager, request.changed)
    return LightsailDesk(ground, poll_s=0.02)

sys.exit(run(sys.argv[1:], dataclasses.replace(make_wiring(), make_cloud=make_cloud)))
"""

pytestmark = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="port 22 of a loopback address needs root"
)


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    folder = tmp_path_factory.mktemp("machine")
    lines = [f"ListenAddress {ADDRESS}:22"]
    sshd = Sshd(folder / "sshd", keys=KeyStore(folder / "keys"), config_lines=lines).start()
    yield sshd
    sshd.stop()


@pytest.fixture
def service(machine: Sshd) -> Iterator[LoopbackLightsail]:
    host_keys = tuple(" ".join(public_line(key).split()[:2]) for key in machine.host_keys.values())
    with LoopbackLightsail(
        address=ADDRESS, user=machine.user, host_keys=host_keys, on_key=machine.authorize
    ) as started:
        yield started


class Commands:
    def __init__(self, folder: Path, service: LoopbackLightsail) -> None:
        self.folder = folder
        self._environment = {**os.environ, **service.environment, "HOME": str(folder)}

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, "--data-dir", str(self.folder / "data"), *words],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str) -> tuple[int, str, str]:
        process = self.start(*words)
        out, err = process.communicate(timeout=110)
        return process.returncode, out, err

    def values(self, *words: str) -> list[dict[str, Any]]:
        code, out, err = self.run("--json", *words)
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def commands(tmp_path: Path, service: LoopbackLightsail) -> Commands:
    return Commands(tmp_path, service)


def test_there_and_back(commands: Commands, service: LoopbackLightsail) -> None:
    code, out, _ = commands.run("relay", "offers", "--region", "ap-northeast-1")
    assert code == 0
    assert out.splitlines()[0].split()[:2] == ["image", "debian_12"]
    assert "5.00 USD a month" in out
    code, out, err = commands.run("relay", "create", "tokyo", "--region", "ap-northeast-1")
    assert (code, service.is_empty) == (4, True), err  # nobody is there to say yes to the price
    code, out, err = commands.run("relay", "create", "tokyo", "--region", "ap-northeast-1", "--yes")
    assert code == 0, err
    assert "Debian 12.8 in ap-northeast-1, Nano, 5.00 USD a month" in out
    assert "Waiting until it runs. Done." in out
    assert "relaytray relay setup tokyo" in out
    (relay,) = commands.values("relay", "list")
    (bill,) = commands.values("relay", "billing")
    assert (bill["total"], {thing["relay"] for thing in bill["things"]}) == (5.0, {"tokyo"})
    assert "tokyo" in json.dumps(relay)
    steps = commands.values("relay", "destroy", "tokyo", "--yes")
    assert steps[-1] == {"event": "done", "relay": "tokyo"}
    assert service.is_empty
    code, _, err = commands.run("relay", "destroy", "tokyo", "--yes")
    assert code == 2
    assert "has made no machine" in err


@pytest.mark.parametrize("action", ["ImportKeyPair", "CreateInstances", "AttachStaticIp"])
def test_killed_right_after_something_was_made(
    commands: Commands, service: LoopbackLightsail, action: str
) -> None:
    """Nobody has heard that it is there: the next run finds it by its name."""
    killed: list[int] = []

    def kill(done: str) -> None:
        if done == action and not killed:
            killed.append(process.pid)
            process.kill()

    service.trouble.after = kill
    process = commands.start("relay", "create", "tokyo", "--region", "ap-northeast-1", "--yes")
    process.communicate(timeout=110)
    assert killed == [process.pid]
    code, out, err = commands.run("relay", "create", "tokyo", "--yes")
    assert code == 0, err
    assert "going on with it" in out
    assert (service.changes["CreateInstance"], service.changes["AllocateStaticIp"]) == (1, 1)
    killed.clear()
    service.trouble.after = lambda done: kill(action) if done == "DeleteInstance" else None
    process = commands.start("relay", "destroy", "tokyo", "--yes")
    process.communicate(timeout=110)
    assert killed == [process.pid]
    assert commands.run("relay", "destroy", "tokyo", "--yes")[0] == 0
    assert service.is_empty


def test_a_refusal_says_how_to_go_on(commands: Commands, service: LoopbackLightsail) -> None:
    service.trouble.refuse_action["CreateInstances"] = RefusedError(
        "ServiceException", "You have reached your limit of instances."
    )
    code, _, err = commands.run("relay", "create", "tokyo", "--region", "ap-northeast-1", "--yes")
    assert code == 3
    assert "reached a limit" in err
    assert "relaytray relay create tokyo" in err
    assert "never-to-be-seen" not in err


def test_ports_that_are_none(commands: Commands) -> None:
    code, _, err = commands.run("relay", "create", "tokyo", "--open", "99999", "--yes")
    assert code == 2
    assert "no port" in err
