"""The exported ssh config with the real ssh, and ``proxy`` with and without a running lab_program."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from tests.cli.driving import connected, ssh
from tests.cli.program import Program
from tests.peers.lab import Lab

# --- ssh --------------------------------------------------------------------------------------------------


def test_the_real_ssh_connects_with_the_exported_block(lab_program: Program, lab: Lab) -> None:
    with connected(lab_program, lab) as running:
        done = ssh(lab_program, "echo there; cat", input=b"and back")
        assert done.returncode == 0, done.stderr
        assert done.stdout == b"there\nand back"
        data = os.urandom(20_000_000)
        done = ssh(lab_program, "tee >(sha256sum >&2) ; cat /dev/null", input=data)
        assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(data).digest()
        running.interrupt()
        running.wait()


@pytest.mark.parametrize("folder", ["with space", "o'brien \u5f20 100%h $HOME"])
def test_the_block_works_from_unusual_folders(tmp_path: Path, lab: Lab, folder: str) -> None:
    lab_program = Program(tmp_path / folder)
    key = lab_program.home / "my key %d"
    shutil.copy(lab.server_key, key)
    key.chmod(0o600)
    document = lab.document()
    server = dataclasses.replace(document.servers[0], identity=str(key))
    lab_program.store(dataclasses.replace(document, servers=(server,)))
    with connected(lab_program, lab):
        done = ssh(lab_program, "echo there")
        assert done.stdout == b"there\n", done.stderr


def test_ssh_without_a_running_program_makes_its_own_link(lab_program: Program, lab: Lab) -> None:
    with connected(lab_program, lab) as running:
        running.interrupt()
        running.wait()
    done = ssh(lab_program, "echo there; cat", input=b"and back")
    assert done.stdout == b"there\nand back", done.stderr


def test_the_first_ssh_of_all_meets_the_server(lab_program: Program, lab: Lab, tmp_path: Path) -> None:
    """Nothing is pinned yet: the running program asks, or here is told, before ssh looks."""
    askpass = tmp_path / "askpass"
    askpass.write_text("#!/bin/sh\necho yes\n")
    askpass.chmod(0o700)
    lab_program.env |= {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    done = ssh(lab_program, "echo there")
    assert done.stdout == b"there\n", done.stderr
    pinned = lab_program.paths.known_hosts.read_text()
    assert "lab-gpu.relaytray.internal" in pinned


@pytest.mark.parametrize("through", ["running", "alone"])
def test_proxy_says_which_hop_failed(lab_program: Program, lab: Lab, through: str) -> None:
    first = connected(lab_program, lab)
    with first:
        if through == "alone":
            first.interrupt()
            first.wait()
        lab.drop_tunnel()
        told = lab_program.run("proxy", "lab-gpu", code=6)
        (line,) = told.stderr.splitlines()
        assert "the tunnel from lab-gpu is down" in line
        done = ssh(lab_program, "echo there")
        assert done.returncode == 255
        assert b"the tunnel from lab-gpu is down" in done.stderr, "ssh shows our sentence"
        assert lab_program.error("proxy", "gup", code=2)["code"] == "no-such-server"


def test_proxy_alone_with_nobody_to_ask(lab_program: Program, lab: Lab) -> None:
    error = lab_program.error("proxy", "lab-gpu", code=4)
    assert error["code"] == "nobody-to-ask"
    assert lab.fingerprints.relay in error["sentence"]


def test_proxy_alone_asks_on_the_terminal_while_its_pipes_belong_to_ssh(
    lab_program: Program, lab: Lab
) -> None:
    with lab_program.start_on_terminal("proxy", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("yes\n")
        running.expect("fingerprint)? ")
        running.type("yes\n")
        assert (running.line() or "").startswith("SSH-2.0-")
        assert running.wait() == 0, running.errors()
    with lab_program.start_on_terminal("proxy", "lab-gpu") as running:
        assert (running.line() or "").startswith("SSH-2.0-")


def test_proxy_alone_is_cancelled_by_ctrl_c(lab_program: Program, lab: Lab) -> None:
    with lab_program.start_on_terminal("proxy", "lab-gpu") as running:
        running.expect("fingerprint)? ")
        running.type("\x03")
        assert running.wait() == 130
