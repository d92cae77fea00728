"""The demo behind the code paths of any other profile: the tunnel manager, its SOCKS port, its forwards."""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode
from app.core.states import ServerPhase
from app.provision.demo import Demo
from tests.tunnel.driver import Driver, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX commands")


@pytest.fixture
def driver(demo: Demo, tmp_path: Path) -> Iterator[Driver]:
    with Driver(tmp_path / "data", demo.document(), demo.fingerprints) as driver:
        yield driver


def test_a_click_leads_to_the_demo(driver: Driver, demo: Demo) -> None:
    driver.connect()
    options = driver.ssh_options(demo.person_key, "demo-gpu")
    data = os.urandom(5_000_000)
    answer = run("ssh", *options, "demo@demo-gpu", "cat; exit 3", input=data)
    assert (answer.returncode, answer.stdout) == (3, data), answer.stderr
    forward = demo.document().servers[0].forwards[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{forward.local_port}/", timeout=10) as page:
        assert b"It works" in page.read()


def test_a_dropped_tunnel_is_seen_and_so_is_its_return(driver: Driver, demo: Demo) -> None:
    driver.connect()
    demo.drop_tunnel()
    driver.manager.check_now("the test")
    driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.TUNNEL_DOWN)
    demo.restore_tunnel()
    driver.manager.check_now("the test")
    driver.wait_for_server(ServerPhase.CONNECTED)
