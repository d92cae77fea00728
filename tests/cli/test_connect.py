"""``connect``, ``status``, ``proxy`` and the exported ssh config on real peers: sshd as relay and as server."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.core.profiles import Authentication
from tests.cli.program import Program, Running
from tests.peers.lab import Lab
from tests.peers.ports import free_port


@pytest.fixture
def program(tmp_path: Path, lab: Lab) -> Program:
    """With the lab's profiles."""
    return Program(tmp_path / "program").store(lab.document())


def trust(lab: Lab) -> list[str]:
    return ["--trust", lab.fingerprints.relay, "--trust", lab.fingerprints.server]


def connected(program: Program, lab: Lab, *more: str) -> Running:
    running = program.start("connect", "lab-gpu", *trust(lab), *more)
    try:
        running.event("state", state="connected")
    except BaseException:
        running.__exit__(None, None, None)
        raise
    return running


def errors_of(running: Running) -> dict[str, Any]:
    """The JSON error that it ended with."""
    told: dict[str, Any] = json.loads(running.errors().strip().splitlines()[-1])
    error: dict[str, Any] = told["error"]
    return error


def ssh(program: Program, command: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    config = program.data_dir / "ssh_config"
    config.write_text(program.run("ssh-config", "lab-gpu").stdout)
    words = ["ssh", "-F", str(config), "-o", "BatchMode=yes", "lab-gpu", command]
    more = {"timeout": 60, "capture_output": True, **more}
    return subprocess.run(words, env=program.env, check=False, **more)


# --- connect ----------------------------------------------------------------------------------------------


def test_it_connects_tells_each_step_and_stays_until_ctrl_c(program: Program, lab: Lab) -> None:
    relay = program.load().relays[0]
    with program.start("connect", "lab-gpu", *trust(lab)) as running:
        assert running.event("listener", purpose="socks")["address"] == f"127.0.0.1:{relay.socks_port}"
        assert running.event("link", state="up")["relay"] == "lab-relay"
        told = running.event("state", state="connected")
        assert (told["alias"], told["socks"]) == ("lab-gpu", f"127.0.0.1:{relay.socks_port}")
        with closing(socket.create_connection(("127.0.0.1", relay.socks_port), timeout=5)):
            pass
        running.interrupt()
        assert running.wait() == 0
        assert running.errors() == ""
    assert not list(program.paths.run_folder.glob("*.sock"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_other_requests_to_end_are_honoured_too(program: Program, lab: Lab, number: int) -> None:
    with connected(program, lab) as running:
        running.interrupt(number)
        assert running.wait() == 0


def test_for_people_it_prints_lines(program: Program, lab: Lab) -> None:
    with program.start_on_terminal("connect", "lab-gpu", *trust(lab)) as running:
        lines = []
        while "connected" not in (lines or [""])[-1]:
            line = running.line()
            assert line is not None, running.errors()
            lines.append(line)
        running.interrupt()
        assert running.wait() == 0
    assert "lab-relay (relay): up\n" in lines
    assert lines[-1].startswith("lab-gpu: connected; SOCKS at 127.0.0.1:")


def test_a_relay_alone_can_be_connected(program: Program, lab: Lab) -> None:
    with program.start("connect", "lab-relay", *trust(lab)) as running:
        running.event("link", state="up")
        running.interrupt()
        assert running.wait() == 0


# --- questions --------------------------------------------------------------------------------------------


def test_host_keys_are_asked_on_the_terminal_and_pinned(program: Program, lab: Lab) -> None:
    with program.start_on_terminal("connect", "lab-gpu") as running:
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
    with program.start("connect", "lab-gpu") as running:
        running.event("state", state="connected")  # the second time nothing is asked
        running.interrupt()
        assert running.wait() == 0


def test_no_is_no_and_ctrl_c_cancels(program: Program, lab: Lab) -> None:
    with program.start_on_terminal("connect", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("no\n")
        assert running.wait() == 5
        assert lab.fingerprints.relay in running.errors()
    with program.start_on_terminal("connect", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("\x03")  # the terminal turns it into SIGINT
        assert running.wait() == 130
    assert not program.paths.known_hosts.exists()


def test_with_nobody_to_ask_it_says_what_it_would_have_asked(program: Program, lab: Lab) -> None:
    with program.start("connect", "lab-gpu") as running:
        assert running.wait() == 4
        error = errors_of(running)
    assert error["code"] == "nobody-to-ask"
    assert lab.fingerprints.relay in error["sentence"]


def test_trust_is_for_exactly_that_key(program: Program, lab: Lab) -> None:
    wrong = "SHA256:" + "A" * 43
    with program.start("connect", "lab-gpu", "--trust", wrong) as running:
        assert running.wait() == 4
    assert not program.paths.known_hosts.exists()


def test_passphrases_on_the_terminal_and_through_askpass(tmp_path: Path, program: Program, lab: Lab) -> None:
    key = tmp_path / "locked"
    shutil.copy(lab.person_key, key)
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "pass w\u00f6rd", "-f", str(key)], check=True, timeout=30)
    document = program.load()
    relay = dataclasses.replace(document.relays[0], identity=str(key))
    program.store(dataclasses.replace(document, relays=(relay,)))

    with program.start_on_terminal("connect", "lab-gpu", *trust(lab)) as running:
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
    with program.start("connect", "lab-gpu", env=env) as running:
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0
    with program.start("connect", "lab-gpu") as running:
        assert running.wait() == 4
        assert str(key) in errors_of(running)["sentence"]
    log = "".join(path.read_text() for path in program.paths.log_folder.iterdir())
    assert "w\u00f6rd" not in log


# --- what goes wrong --------------------------------------------------------------------------------------


def test_each_hop_has_its_exit_code(program: Program, lab: Lab) -> None:
    pinned = connected(program, lab)
    with pinned:
        pinned.interrupt()
        pinned.wait()

    def outcome(*more: str) -> tuple[int, str]:
        with program.start("connect", "lab-gpu", *more) as running:
            code = running.wait()
            return code, str(errors_of(running)["code"])

    lab.drop_tunnel()
    assert outcome() == (6, "tunnel-down")
    lab.replace_server_with_other_machine()
    assert outcome() == (5, "host-key-changed")
    lab.relay.authorize("")
    assert outcome() == (4, "login-refused")
    lab.stop_relay()
    assert outcome() == (3, "connection-refused")
    document = program.load()
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        relay = dataclasses.replace(document.relays[0], socks_port=port)
        program.store(dataclasses.replace(document, relays=(relay,)))
        code, told = outcome()
    assert (code, told) == (7, "port-busy")
    relay = dataclasses.replace(document.relays[0], identity=str(program.home / "no-key"))
    program.store(dataclasses.replace(document, relays=(relay,)))
    lab.relay.start()
    assert outcome() == (4, "key-missing")


def test_keep_trying_waits_for_what_mends_itself(program: Program, lab: Lab) -> None:
    lab.drop_tunnel()
    with program.start("connect", "lab-gpu", *trust(lab), "--keep-trying") as running:
        assert running.event("state", state="trouble")["fault"]["code"] == "tunnel-down"
        lab.restore_tunnel()
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0


def test_after_it_was_connected_it_mends_itself(program: Program, lab: Lab) -> None:
    with connected(program, lab) as running:
        lab.relay.drop_sessions()
        running.event("link", state="waiting")
        lab.drop_tunnel()  # its ssh saw the relay hang up as well
        lab.restore_tunnel()
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0


# --- through the program that runs ------------------------------------------------------------------------


def test_a_second_connect_goes_through_the_first(program: Program, lab: Lab) -> None:
    with connected(program, lab) as first:
        with program.start("connect", "lab-gpu") as second:
            second.event("state", state="connected")
            second.interrupt()
            assert second.wait() == 0
        status = program.json("status")
        assert (status["state"], status["pid"]) == ("connected", first.process.pid)
        assert "lab-gpu: connected" in program.run("status").stdout
        program.run("disconnect", "lab-gpu")
        first.event("state", state="off")
        assert first.wait() == 0, "it has nothing left to do"


def test_connect_brings_a_server_up_in_the_running_program_and_leaves_it_as_it_was(
    program: Program, lab: Lab
) -> None:
    with connected(program, lab) as first:
        document = program.load()
        other = dataclasses.replace(document.servers[0], id="other", alias="other-gpu")
        program.run("server", "add", "other-gpu", "--route-port", str(lab.route_port), "--user", lab.user)
        del other
        first.event("profiles")
        with program.start("connect", "other-gpu", "--trust", lab.fingerprints.server) as second:
            second.event("state", state="connected", alias="other-gpu")
            second.interrupt()
            assert second.wait() == 0
        states = {server["alias"]: server["state"] for server in program.json("status")["servers"]}
        assert states == {"lab-gpu": "connected", "other-gpu": "off"}
        with program.start("connect", "lab-gpu") as third:
            third.event("state", state="connected")
            program.run("quit")
            assert first.wait() == 0
            assert third.wait() == 1
            assert errors_of(third)["code"] == "app-not-running"


def test_a_killed_program_leaves_nothing_in_the_way(program: Program, lab: Lab) -> None:
    with connected(program, lab) as first:
        first.interrupt(signal.SIGKILL)
        first.wait()
    assert program.json("status")["running"] is False
    with program.start("connect", "lab-gpu") as again:
        again.event("state", state="connected")
        again.interrupt()
        assert again.wait() == 0


# --- ssh --------------------------------------------------------------------------------------------------


def test_the_real_ssh_connects_with_the_exported_block(program: Program, lab: Lab) -> None:
    with connected(program, lab) as running:
        done = ssh(program, "echo there; cat", input=b"and back")
        assert done.returncode == 0, done.stderr
        assert done.stdout == b"there\nand back"
        data = os.urandom(20_000_000)
        done = ssh(program, "tee >(sha256sum >&2) ; cat /dev/null", input=data)
        assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()
        running.interrupt()
        running.wait()


@pytest.mark.parametrize("folder", ["with space", "o'brien \u5f20 100%h $HOME"])
def test_the_block_works_from_unusual_folders(tmp_path: Path, lab: Lab, folder: str) -> None:
    program = Program(tmp_path / folder)
    key = program.home / "my key %d"
    shutil.copy(lab.server_key, key)
    key.chmod(0o600)
    document = lab.document()
    server = dataclasses.replace(document.servers[0], identity=str(key))
    program.store(dataclasses.replace(document, servers=(server,)))
    with connected(program, lab):
        done = ssh(program, "echo there")
        assert done.stdout == b"there\n", done.stderr


def test_ssh_without_a_running_program_makes_its_own_link(program: Program, lab: Lab) -> None:
    with connected(program, lab) as running:
        running.interrupt()
        running.wait()
    done = ssh(program, "echo there; cat", input=b"and back")
    assert done.stdout == b"there\nand back", done.stderr


def test_the_first_ssh_of_all_meets_the_server(program: Program, lab: Lab, tmp_path: Path) -> None:
    """Nothing is pinned yet: the running program asks, or here is told, before ssh looks."""
    askpass = tmp_path / "askpass"
    askpass.write_text("#!/bin/sh\necho yes\n")
    askpass.chmod(0o700)
    program.env |= {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    done = ssh(program, "echo there")
    assert done.stdout == b"there\n", done.stderr
    pinned = program.paths.known_hosts.read_text()
    assert "lab-gpu.relaytray.internal" in pinned


@pytest.mark.parametrize("through", ["running", "alone"])
def test_proxy_says_which_hop_failed(program: Program, lab: Lab, through: str) -> None:
    first = connected(program, lab)
    with first:
        if through == "alone":
            first.interrupt()
            first.wait()
        lab.drop_tunnel()
        told = program.run("proxy", "lab-gpu", code=6)
        (line,) = told.stderr.splitlines()
        assert "the tunnel from lab-gpu is down" in line
        done = ssh(program, "echo there")
        assert done.returncode == 255
        assert b"the tunnel from lab-gpu is down" in done.stderr, "ssh shows our sentence"
        assert program.error("proxy", "gup", code=2)["code"] == "no-such-server"


def test_proxy_alone_with_nobody_to_ask(program: Program, lab: Lab) -> None:
    error = program.error("proxy", "lab-gpu", code=4)
    assert error["code"] == "nobody-to-ask"
    assert lab.fingerprints.relay in error["sentence"]


def test_proxy_alone_asks_on_the_terminal_while_its_pipes_belong_to_ssh(program: Program, lab: Lab) -> None:
    with program.start_on_terminal("proxy", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("yes\n")
        running.expect("fingerprint)? ")
        running.type("yes\n")
        assert (running.line() or "").startswith("SSH-2.0-")
        assert running.wait() == 0, running.errors()
    with program.start_on_terminal("proxy", "lab-gpu") as running:
        assert (running.line() or "").startswith("SSH-2.0-")


def test_proxy_alone_is_cancelled_by_ctrl_c(program: Program, lab: Lab) -> None:
    with program.start_on_terminal("proxy", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("\x03")
        assert running.wait() == 130


def test_authentication_by_agent(program: Program, lab: Lab, tmp_path: Path) -> None:
    agent_socket = str(tmp_path / "agent")
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", agent_socket], stdout=subprocess.DEVNULL)
    try:
        env = {**program.env, "SSH_AUTH_SOCK": agent_socket}
        while not os.path.exists(agent_socket):
            assert agent.poll() is None
        subprocess.run(["ssh-add", "-q", str(lab.person_key)], env=env, check=True, timeout=30)
        document = program.load()
        relay = dataclasses.replace(document.relays[0], authentication=Authentication.AGENT, identity="")
        program.store(dataclasses.replace(document, relays=(relay,)))
        with program.start("connect", "lab-gpu", *trust(lab), env={"SSH_AUTH_SOCK": agent_socket}) as running:
            running.event("state", state="connected")
            running.interrupt()
            assert running.wait() == 0
    finally:
        agent.kill()
        agent.wait(10)


def test_nothing_is_left_of_a_port_after_it_ended(program: Program, lab: Lab) -> None:
    port = free_port()
    document = program.load()
    relay = dataclasses.replace(document.relays[0], socks_port=port)
    program.store(dataclasses.replace(document, relays=(relay,)))
    with connected(program, lab) as running:
        running.interrupt()
        assert running.wait() == 0
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", port))
