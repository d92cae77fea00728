"""Commands that go through a program that runs already, on real peers."""

from __future__ import annotations

import dataclasses
import signal

from tests.cli.driving import connected, errors_of
from tests.cli.program import Program
from tests.peers.lab import Lab

# --- through the program that runs ------------------------------------------------------------------------


def test_a_second_connect_goes_through_the_first(lab_program: Program, lab: Lab) -> None:
    with connected(lab_program, lab) as first:
        with lab_program.start("connect", "lab-gpu") as second:
            second.event("state", state="connected")
            second.interrupt()
            assert second.wait() == 0
        status = lab_program.json("status")
        assert (status["state"], status["pid"]) == ("connected", first.process.pid)
        assert "lab-gpu: connected" in lab_program.run("status").stdout
        error = lab_program.error("tray", code=1)
        assert "has no window" in error["sentence"], "a second start must not seem to have worked"
        lab_program.run("disconnect", "lab-gpu")
        first.event("state", state="off")
        assert first.wait() == 0, "it has nothing left to do"


def test_connect_brings_a_server_up_in_the_running_program_and_leaves_it_as_it_was(
    lab_program: Program, lab: Lab
) -> None:
    with connected(lab_program, lab) as first:
        document = lab_program.load()
        other = dataclasses.replace(document.servers[0], id="other", alias="other-gpu")
        lab_program.run("server", "add", "other-gpu", "--route-port", str(lab.route_port), "--user", lab.user)
        del other
        first.event("profiles")
        with lab_program.start("connect", "other-gpu", "--trust", lab.fingerprints.server) as second:
            second.event("state", state="connected", alias="other-gpu")
            second.interrupt()
            assert second.wait() == 0
        states = {server["alias"]: server["state"] for server in lab_program.json("status")["servers"]}
        assert states == {"lab-gpu": "connected", "other-gpu": "off"}
        with lab_program.start("connect", "lab-gpu") as third:
            third.event("state", state="connected")
            lab_program.run("quit")
            assert first.wait() == 0
            assert third.wait() == 1
            assert errors_of(third)["code"] == "app-not-running"


def test_a_killed_program_leaves_nothing_in_the_way(lab_program: Program, lab: Lab) -> None:
    with connected(lab_program, lab) as first:
        first.interrupt(signal.SIGKILL)
        first.wait()
    assert lab_program.json("status")["running"] is False
    with lab_program.start("connect", "lab-gpu") as again:
        again.event("state", state="connected")
        again.interrupt()
        assert again.wait() == 0
