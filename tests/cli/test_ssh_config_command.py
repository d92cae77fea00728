"""``ssh-config --install`` and the options that it writes, and ssh, scp, sftp, rsync and git through it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.profiles import Document, Relay, Server
from tests.cli.driving import connected
from tests.cli.program import Program, Running
from tests.peers.lab import Lab

THEIRS = b"Host *\n  User nobody\n"


@pytest.fixture
def program(tmp_path: Path) -> Program:
    relay = Relay(id="r", name="home", host="h", user="u")
    server = Server(id="s", alias="gpu", relay_id="r", user="ann")
    return Program(tmp_path).store(Document(relays=(relay,), servers=(server,)))


def config_of(program: Program) -> Path:
    """Where ``installed`` put it: ssh would look in the home folder of the account, and that is not ours."""
    return program.home / ".ssh" / "config"


def install(program: Program, *more: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return program.run("ssh-config", "--install", "--config", str(config_of(program)), *more, code=code)


def resolved(program: Program, alias: str) -> dict[str, str]:
    command = ["ssh", "-G", "-F", str(config_of(program)), alias]
    told = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    return {keyword: value for keyword, _, value in (line.partition(" ") for line in told.splitlines())}


# --- the command ------------------------------------------------------------------------------------------


def test_install_status_remove(program: Program) -> None:
    config = config_of(program)
    config.parent.mkdir()
    config.write_bytes(THEIRS)
    where = ("ssh-config", "--config", str(config))
    assert program.json(*where, "--status") == {
        "installed": False,
        "user_config": str(config),
        "owned_file": str(program.paths.ssh_config),
    }
    assert "now includes" in install(program).stdout
    assert program.json(*where, "--status")["installed"]
    assert resolved(program, "gpu")["user"] == "ann"
    program.run("server", "edit", "gpu", "--alias", "other", "--user", "bob")
    assert resolved(program, "other")["user"] == "bob"
    assert resolved(program, "gpu")["hostname"] == "gpu", "no stale block"
    program.run("server", "remove", "other")
    assert resolved(program, "other")["hostname"] == "other"
    assert not program.json(*where, "--remove")["installed"]
    assert config.read_bytes() == THEIRS
    assert [path.name for path in config.parent.iterdir()] == ["config"]


def test_a_config_that_cannot_be_used_is_one_sentence(program: Program) -> None:
    config = config_of(program)
    config.parent.mkdir()
    config.write_bytes(THEIRS)
    config.chmod(0o666)
    (line,) = install(program, code=2).stderr.splitlines()
    assert "0666" in line
    assert config.read_bytes() == THEIRS
    status = program.run("ssh-config", "--status", "--config", str(config), code=2)
    assert "does not include" in status.stdout
    assert status.stderr == line + "\n"


def test_one_of_the_deeds_or_an_alias(program: Program) -> None:
    for words in ((), ("gpu", "--status")):
        assert program.error("ssh-config", *words, code=2)["code"] == "usage"


# --- the options of a server ------------------------------------------------------------------------------


def test_options_are_stored_shown_and_written(program: Program) -> None:
    install(program)
    options = ("--ssh-option", "ConnectTimeout 30", "--ssh-option", "SetEnv A=b")
    flags = ("--forward-x11", "--forward-agent", "--compression", "--file-protocol", "scp")
    shown = program.json("server", "add", "new", "--user", "ann", *flags, *options)
    assert shown["ssh_options"] == ["ConnectTimeout 30", "SetEnv A=b"]
    assert shown["file_protocol"] == "scp"
    found = resolved(program, "new")
    assert (found["forwardx11"], found["forwardagent"], found["compression"]) == ("yes", "yes", "yes")
    assert found["connecttimeout"] == "30"
    program.run("server", "edit", "new", "--no-forward-x11", "--no-forward-agent", "--no-compression")
    found = resolved(program, "new")
    assert (found["forwardx11"], found["forwardagent"], found["compression"]) == ("no", "no", "no")
    assert found["connecttimeout"] == "30", "what is not named stays"
    program.run("server", "edit", "new", "--no-ssh-options", "--file-protocol", "sftp")
    assert program.load().servers[1].ssh_options == ()
    assert resolved(program, "new")["connecttimeout"] == "none"


@pytest.mark.parametrize(
    ("command", "line", "words"),
    [
        (("add", "second", "--user", "ann"), "Nonsense yes", "Bad configuration option: nonsense"),
        (("edit", "gpu"), "ServerAliveInterval often", "invalid time value"),
        (("edit", "gpu"), "ProxyJump evil", "ProxyJump"),
        (("add", "second", "--user", "ann"), "nonsense", "nonsense"),
    ],
)
def test_a_refused_line_is_not_saved(
    program: Program, command: tuple[str, ...], line: str, words: str
) -> None:
    (sentence,) = program.run("server", *command, "--ssh-option", line, code=2).stderr.splitlines()
    assert words in sentence
    assert [(server.alias, server.ssh_options) for server in program.load().servers] == [("gpu", ())]


# --- on demand --------------------------------------------------------------------------------------------


@pytest.fixture
def installed(lab_program: Program) -> Program:
    """With the lab's server, which is not met yet."""
    install(lab_program)
    return lab_program


@pytest.fixture(params=["running", "alone"])
def met(request: pytest.FixtureRequest, installed: Program, lab: Lab) -> Iterator[Program]:
    """With the host keys pinned; the program runs, or it does not."""
    with connected(installed, lab) as running:
        if request.param == "alone":
            running.interrupt()
            running.wait()
        yield installed


def call(program: Program, *words: str, code: int = 0) -> subprocess.CompletedProcess[bytes]:
    env = {**program.env, "GIT_SSH_COMMAND": f"ssh -F '{config_of(program)}' -o BatchMode=yes"}
    done = subprocess.run(words, env=env, capture_output=True, timeout=60, check=False)
    assert done.returncode == code, done.stderr
    return done


def needs(*programs: str) -> None:
    for name in programs:
        if shutil.which(name) is None:
            pytest.skip(f"needs {name}")


def test_every_program_that_uses_ssh(met: Program, tmp_path: Path) -> None:
    needs("scp", "sftp", "rsync", "git")
    config = str(config_of(met))
    done = call(met, "ssh", "-F", config, "-o", "BatchMode=yes", "lab-gpu", "echo there")
    assert done.stdout == b"there\n"

    source, folder = tmp_path / "a file", tmp_path / "far away"
    source.write_bytes(os.urandom(300_000))
    folder.mkdir()
    call(met, "scp", "-F", config, "-B", str(source), f"lab-gpu:{folder}/scp")
    assert (folder / "scp").read_bytes() == source.read_bytes()

    batch = tmp_path / "batch"
    batch.write_text(f'put "{source}" "{folder}/sftp"\n')
    call(met, "sftp", "-F", config, "-b", str(batch), "lab-gpu")
    assert (folder / "sftp").read_bytes() == source.read_bytes()

    shell = f"ssh -F '{config}' -o BatchMode=yes"
    call(met, "rsync", "-e", shell, "-s", str(source), f"lab-gpu:{folder}/rsync")
    assert (folder / "rsync").read_bytes() == source.read_bytes()

    call(met, "git", "init", "-q", "--bare", str(folder / "repo"))
    clone = tmp_path / "clone"
    call(met, "git", "clone", "-q", f"lab-gpu:{folder}/repo", str(clone))
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    call(met, "git", "-C", str(clone), *identity, "commit", "-q", "--allow-empty", "-m", "x")
    call(met, "git", "-C", str(clone), "push", "-q", "origin", "HEAD:refs/heads/main")
    assert call(met, "git", "-C", str(folder / "repo"), "log", "--format=%s", "main").stdout == b"x\n"


def refusal(program: Program) -> str:
    """The one sentence of ours on ssh's standard error."""
    words = ("ssh", "-F", str(config_of(program)), "-o", "BatchMode=yes", "lab-gpu", "true")
    told = call(program, *words, code=255).stderr.decode().splitlines()
    (ours,) = [line for line in told if line.startswith("relaytray: ")]
    return ours


def test_a_relay_that_is_down_is_named_in_one_sentence(met: Program, lab: Lab) -> None:
    """A tunnel that is down: see test_ssh.py."""
    lab.stop_relay()
    told = refusal(met)
    # A running program may learn of it only by this.
    assert "127.0.0.1 is reachable but refused" in told or "The connection to 127.0.0.1 was lost" in told


@pytest.mark.parametrize("met", ["alone"], indirect=True)
def test_another_machine_in_place_of_the_relay_is_named_in_one_sentence(met: Program, lab: Lab) -> None:
    lab.change_relay_host_key()
    assert "showed a different key than before" in refusal(met)


@pytest.mark.parametrize("met", ["running"], indirect=True)
def test_another_machine_in_place_of_the_server_is_stopped_by_ssh(met: Program, lab: Lab) -> None:
    """ssh compares the key with the one that was pinned, and its own words name the file."""
    lab.replace_server_with_other_machine()
    done = call(met, "ssh", "-F", str(config_of(met)), "-o", "BatchMode=yes", "lab-gpu", "true", code=255)
    told = done.stderr.decode()
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in told
    assert str(met.paths.known_hosts) in told
    assert "lab-gpu.relaytray.internal" in told


def test_a_server_that_was_never_met_and_nobody_to_ask(installed: Program, lab: Lab) -> None:
    words = ("ssh", "-F", str(config_of(installed)), "-o", "BatchMode=yes", "lab-gpu", "true")
    done = subprocess.run(
        words, env=installed.env, capture_output=True, timeout=60, check=False, start_new_session=True
    )
    assert done.returncode == 255
    (ours,) = [line for line in done.stderr.decode().splitlines() if line.startswith("relaytray: ")]
    assert lab.fingerprints.relay in ours
    assert "Run this in a terminal" in ours


def test_ssh_without_a_terminal_asks_through_askpass(installed: Program, lab: Lab, tmp_path: Path) -> None:
    """As VS Code starts it. The questions are ours, not those of ssh, whose own block asks nothing."""
    askpass, asked = tmp_path / "askpass", tmp_path / "asked"
    askpass.write_text(f"#!/bin/sh\nprintf '%s' \"$1\" >>'{asked}'\necho yes\n")
    askpass.chmod(0o700)
    env = {**installed.env, "SSH_ASKPASS": str(askpass), "DISPLAY": ":99"}
    words = ("ssh", "-F", str(config_of(installed)), "lab-gpu", "echo there")
    done = subprocess.run(
        words, env=env, capture_output=True, timeout=60, check=False, start_new_session=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"there\n", b"")
    told = asked.read_text(encoding="utf-8")
    assert lab.fingerprints.relay in told
    assert lab.fingerprints.server in told


def test_ssh_on_a_terminal_asks_there(installed: Program, lab: Lab) -> None:
    """ssh holds the pipes of our process: the question comes to the terminal that both share."""
    words = [shutil.which("ssh") or "ssh", "-F", str(config_of(installed)), "lab-gpu", "echo there"]
    with Running(words, installed.env, terminal=True) as running:
        running.expect("fingerprint)? ")
        running.type("yes\n")
        running.expect("fingerprint)? ")
        running.type(lab.fingerprints.server + "\n")
        assert running.line() == "there\n"
        assert running.wait() == 0, running.errors()
