"""``connect`` on real peers, sshd as relay and as server: steps, questions, what goes wrong."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from app.core.profiles import Authentication
from tests.cli.driving import connected, errors_of, trust
from tests.cli.program import Program
from tests.peers.lab import Lab
from tests.peers.ports import free_port

# --- connect ----------------------------------------------------------------------------------------------


def test_it_connects_tells_each_step_and_stays_until_ctrl_c(lab_program: Program, lab: Lab) -> None:
    relay = lab_program.load().relays[0]
    with lab_program.start("connect", "lab-gpu", *trust(lab)) as running:
        assert running.event("listener", purpose="socks")["address"] == f"127.0.0.1:{relay.socks_port}"
        assert running.event("link", state="up")["relay"] == "lab-relay"
        told = running.event("state", state="connected")
        assert (told["alias"], told["socks"]) == ("lab-gpu", f"127.0.0.1:{relay.socks_port}")
        with closing(socket.create_connection(("127.0.0.1", relay.socks_port), timeout=5)):
            pass
        running.interrupt()
        assert running.wait() == 0
        assert running.errors() == ""
    assert not list(lab_program.paths.run_folder.glob("*.sock"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_requests_to_end_are_honoured_too(lab_program: Program, lab: Lab, number: int) -> None:
    with connected(lab_program, lab) as running:
        running.interrupt(number)
        assert running.wait() == 0


def test_for_people_it_prints_lines(lab_program: Program, lab: Lab) -> None:
    with lab_program.start_on_terminal("connect", "lab-gpu", *trust(lab)) as running:
        lines: list[str] = []
        while "connected" not in (lines or [""])[-1]:
            line = running.line()
            assert line is not None, running.errors()
            lines.append(line)
        running.interrupt()
        assert running.wait() == 0
    assert "lab-relay (relay): up\n" in lines
    assert lines[-1].startswith("lab-gpu: connected; SOCKS at 127.0.0.1:")


def test_a_relay_alone_can_be_connected(lab_program: Program, lab: Lab) -> None:
    with lab_program.start("connect", "lab-relay", *trust(lab)) as running:
        running.event("link", state="up")
        running.interrupt()
        assert running.wait() == 0


# --- questions --------------------------------------------------------------------------------------------


def test_host_keys_are_asked_on_the_terminal_and_pinned(lab_program: Program, lab: Lab) -> None:
    with lab_program.start_on_terminal("connect", "lab-gpu") as running:
        shown = running.expect("fingerprint)? ")
        assert lab.fingerprints.relay in shown
        running.type("yes\n")
        shown = running.expect("fingerprint)? ")
        assert lab.fingerprints.server in shown
        running.type(lab.fingerprints.server + "\n")
        while "connected" not in (running.line() or "connected, or it ended"):
            pass
        running.interrupt()
        assert running.wait() == 0, running.errors()
    with lab_program.start("connect", "lab-gpu") as running:
        running.event("state", state="connected")  # the second time nothing is asked
        running.interrupt()
        assert running.wait() == 0


def test_no_is_no_and_ctrl_c_cancels(lab_program: Program, lab: Lab) -> None:
    with lab_program.start_on_terminal("connect", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("no\n")
        assert running.wait() == 5
        assert lab.fingerprints.relay in running.errors()
    with lab_program.start_on_terminal("connect", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("\x03")  # the terminal turns it into SIGINT
        assert running.wait() == 130
    assert not lab_program.paths.known_hosts.exists()


def test_with_nobody_to_ask_it_says_what_it_would_have_asked(lab_program: Program, lab: Lab) -> None:
    with lab_program.start("connect", "lab-gpu") as running:
        assert running.wait() == 4
        error = errors_of(running)
    assert error["code"] == "nobody-to-ask"
    assert lab.fingerprints.relay in error["sentence"]


def test_trust_is_for_exactly_that_key(lab_program: Program, lab: Lab) -> None:
    wrong = "SHA256:" + "A" * 43
    with lab_program.start("connect", "lab-gpu", "--trust", wrong) as running:
        assert running.wait() == 4
    assert not lab_program.paths.known_hosts.exists()


def test_passphrases_on_the_terminal_and_through_askpass(
    tmp_path: Path, lab_program: Program, lab: Lab
) -> None:
    key = tmp_path / "locked"
    shutil.copy(lab.person_key, key)
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "pass w\u00f6rd", "-f", str(key)], check=True, timeout=30)
    document = lab_program.load()
    relay = dataclasses.replace(document.relays[0], identity=str(key))
    lab_program.store(dataclasses.replace(document, relays=(relay,)))

    with lab_program.start_on_terminal("connect", "lab-gpu", *trust(lab)) as running:
        running.expect(f"Passphrase for the key {key}: ")
        running.type("wrong\n")
        running.expect("That passphrase does not fit.")
        running.expect(": ")
        running.type("pass w\u00f6rd\n")
        while "connected" not in (running.line() or "connected, or it ended"):
            pass
        running.interrupt()
        assert running.wait() == 0, running.errors()
    assert "w\u00f6rd" not in running.screen

    askpass = tmp_path / "askpass"
    askpass.write_text("#!/bin/sh\necho 'pass w\u00f6rd'\n")
    askpass.chmod(0o700)
    env = {"SSH_ASKPASS": str(askpass), "DISPLAY": ":99"}
    with lab_program.start("connect", "lab-gpu", env=env) as running:
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0
    with lab_program.start("connect", "lab-gpu") as running:
        assert running.wait() == 4
        assert str(key) in errors_of(running)["sentence"]
    log = "".join(path.read_text() for path in lab_program.paths.log_folder.iterdir())
    assert "w\u00f6rd" not in log


# --- what goes wrong --------------------------------------------------------------------------------------


def test_each_hop_has_its_exit_code(lab_program: Program, lab: Lab) -> None:
    pinned = connected(lab_program, lab)
    with pinned:
        pinned.interrupt()
        pinned.wait()

    def outcome(*more: str) -> tuple[int, str]:
        with lab_program.start("connect", "lab-gpu", *more) as running:
            code = running.wait()
            return code, str(errors_of(running)["code"])

    document = lab_program.load()
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        relay = dataclasses.replace(document.relays[0], socks_port=port)
        lab_program.store(dataclasses.replace(document, relays=(relay,)))
        code, told = outcome()
    assert (code, told) == (7, "port-busy")
    lab_program.store(document)
    lab.drop_tunnel()
    assert outcome() == (6, "tunnel-down")
    lab.replace_server_with_other_machine()
    assert outcome() == (5, "host-key-changed")
    lab.relay.authorize("")
    assert outcome() == (4, "login-refused")
    lab.stop_relay()
    assert outcome() == (3, "connection-refused")
    relay = dataclasses.replace(document.relays[0], identity=str(lab_program.home / "no-key"))
    lab_program.store(dataclasses.replace(document, relays=(relay,)))
    lab.relay.start()
    assert outcome() == (4, "key-missing")


def test_keep_trying_waits_for_what_mends_itself(lab_program: Program, lab: Lab) -> None:
    lab.drop_tunnel()
    with lab_program.start("connect", "lab-gpu", *trust(lab), "--keep-trying") as running:
        assert running.event("state", state="trouble")["fault"]["code"] == "tunnel-down"
        lab.restore_tunnel()
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0


def test_after_it_was_connected_it_mends_itself(lab_program: Program, lab: Lab) -> None:
    with connected(lab_program, lab) as running:
        lab.relay.drop_sessions()
        running.event("link", state="waiting")
        lab.drop_tunnel()  # its ssh saw the relay hang up as well
        lab.restore_tunnel()
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0


def test_authentication_by_agent(lab_program: Program, lab: Lab, tmp_path: Path) -> None:
    agent_socket = str(tmp_path / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", agent_socket], stdout=subprocess.DEVNULL)
    try:
        env = {**lab_program.env, "SSH_AUTH_SOCK": agent_socket}
        while not os.path.exists(agent_socket):
            assert agent.poll() is None
        subprocess.run(["ssh-add", "-q", str(lab.person_key)], env=env, check=True, timeout=30)
        document = lab_program.load()
        relay = dataclasses.replace(document.relays[0], authentication=Authentication.AGENT, identity="")
        lab_program.store(dataclasses.replace(document, relays=(relay,)))
        with lab_program.start(
            "connect", "lab-gpu", *trust(lab), env={"SSH_AUTH_SOCK": agent_socket}
        ) as running:
            running.event("state", state="connected")
            running.interrupt()
            assert running.wait() == 0
    finally:
        agent.kill()
        agent.wait(10)


def test_nothing_is_left_of_a_port_after_it_ended(lab_program: Program, lab: Lab) -> None:
    port = free_port()
    document = lab_program.load()
    relay = dataclasses.replace(document.relays[0], socks_port=port)
    lab_program.store(dataclasses.replace(document, relays=(relay,)))
    with connected(lab_program, lab) as running:
        running.interrupt()
        assert running.wait() == 0
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", port))
