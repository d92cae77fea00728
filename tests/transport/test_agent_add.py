"""Keys given to the real ssh-agent, judged by ssh-add and by a login; and agents that do not want them."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.private_keys import Added, AgentTerms
from app.system import agent_service
from app.transport import agent_add
from app.transport.agent import agent_keys
from app.transport.agent_add import add_to_agent
from app.transport.keys import certificate_blob, public_blob, unlock_private_key
from tests.peers.keys import KeyStore, fingerprint, public_line
from tests.peers.ports import Deadline
from tests.peers.ssh_agent import SshAgent
from tests.peers.sshd import Sshd, find_sshd
from tests.transport.test_agent import FakeAgent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ssh-agent with a socket")


@pytest.fixture
def ssh_agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[SshAgent]:
    with SshAgent() as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.path))
        yield agent


def add(path: Path, passphrase: str = "", certificate: bytes = b"", **terms: object) -> Added:
    unlocked = unlock_private_key(path, passphrase)
    return add_to_agent(path, unlocked, certificate, AgentTerms(**terms))  # type: ignore[arg-type]


def fault_of(path: Path, **terms: object) -> Fault:
    with pytest.raises(RelayTrayError) as caught:
        add(path, **terms)  # type: ignore[arg-type]
    return caught.value.fault


def certified(folder: Path, key_store: KeyStore, key_type: str, ca: str = "add-ca") -> Path:
    """A copy of a key with a certificate beside it."""
    source = key_store.key("add-certified", key_type)
    path = Path(shutil.copy(source, folder / "key"))
    shutil.copy(f"{source}.pub", f"{path}.pub")
    words = ["-q", "-s", str(key_store.key(ca)), "-I", "me", "-n", getpass.getuser(), f"{path}.pub"]
    subprocess.run(["ssh-keygen", *words], check=True, capture_output=True, timeout=30)
    return path


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_the_agent_has_the_key_and_signs_with_it(
    ssh_agent: SshAgent, key_store: KeyStore, key_type: str
) -> None:
    path = key_store.key("add", key_type, passphrase="pw")
    assert add(path, "pw") is Added.ADDED
    (line,) = ssh_agent.listed()
    assert line.split()[1:3] == [fingerprint(path), "add"]
    ssh_agent.add("-T", f"{path}.pub")  # has it sign, and verifies that
    assert add(path, "pw") is Added.KEPT_IT
    assert len(ssh_agent.listed()) == 1


def test_a_key_without_a_comment_has_its_path_for_one(ssh_agent: SshAgent, tmp_path: Path) -> None:
    path = tmp_path / "id"
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)]
    subprocess.run(words, check=True, timeout=30)
    add(path)
    assert ssh_agent.listed()[0].split()[2] == str(path)


@pytest.mark.skipif(find_sshd() is None, reason="needs sshd")
@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_ssh_logs_in_by_a_certificate_in_the_agent(
    ssh_agent: SshAgent, key_store: KeyStore, tmp_path: Path, key_type: str
) -> None:
    path = certified(tmp_path, key_store, key_type)
    blob = certificate_blob(f"{path}-cert.pub", public_blob(path))
    assert add(path, certificate=blob) is Added.ADDED
    assert [key.get_name().endswith("-cert-v01@openssh.com") for key in agent_keys()] == [False, True]
    assert add(path, certificate=blob) is Added.KEPT_IT
    authority = f"cert-authority {public_line(key_store.key('add-ca'))}\n"
    with Sshd(tmp_path / "sshd", keys=key_store, authorized_keys=authority) as sshd:
        words = ["-F", "none", "-o", "BatchMode=yes", "-o", "IdentityFile=none"]
        words += ["-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path / 'known'}"]
        done = subprocess.run(
            ["ssh", *words, "-p", str(sshd.port), f"{sshd.user}@127.0.0.1", "echo in"],
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
            stdin=subprocess.DEVNULL,
            env=ssh_agent.environment(),
        )
        assert done.stdout == "in\n", done.stderr


def test_the_certificate_is_added_to_a_key_that_is_there(
    ssh_agent: SshAgent, key_store: KeyStore, tmp_path: Path
) -> None:
    path = certified(tmp_path, key_store, "ed25519")
    assert add(path) is Added.ADDED
    blob = certificate_blob(f"{path}-cert.pub", public_blob(path))
    assert add(path, certificate=blob) is Added.ADDED
    assert len(agent_keys()) == 2


def test_it_forgets_the_key_after_its_lifetime(ssh_agent: SshAgent, key_store: KeyStore) -> None:
    path = key_store.key("add-short")
    assert add(path, lifetime_s=2) is Added.ADDED
    assert ssh_agent.listed()
    deadline = Deadline(10, "the agent to forget the key")
    while ssh_agent.listed():
        deadline.wait()
    add(path)
    assert add(path, lifetime_s=600) is Added.HAD_IT


def test_it_asks_before_each_use(
    key_store: KeyStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path, asked = key_store.key("add-confirm"), tmp_path / "asked"
    askpass = tmp_path / "askpass"
    askpass.write_text(f'#!/bin/sh\necho "$1" >>{asked}\nexit 0\n')
    askpass.chmod(0o700)
    with SshAgent(SSH_ASKPASS=str(askpass), SSH_ASKPASS_REQUIRE="force", DISPLAY=":none") as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.path))
        assert add(path, confirm=True) is Added.ADDED
        (key,) = agent_keys()
        key.sign_ssh_data(b"data")
        assert "add-confirm" in asked.read_text()


def test_a_locked_agent_refuses(ssh_agent: SshAgent, key_store: KeyStore) -> None:
    ssh_agent.lock()
    path = key_store.key("add")
    assert fault_of(path) == Fault.of(FaultCode.AGENT_REFUSED, path=path, reason="")


def test_an_agent_that_knows_no_limits(key_store: KeyStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that of Windows, which answers with a failure."""
    with SshAgent() as agent:
        (agent.folder / "fake").mkdir()
        fake = FakeAgent(agent.folder / "fake", b"\0\0\0\5\14\0\0\0\0")
        monkeypatch.setenv("SSH_AUTH_SOCK", str(fake.path))
        try:
            fault = fault_of(key_store.key("add"), lifetime_s=5)
        finally:
            fake.stop()
    assert fault.code is FaultCode.AGENT_REFUSED
    assert "Windows" in fault.details["reason"]


def test_an_agent_that_goes_away_meanwhile(
    ssh_agent: SshAgent, key_store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = agent_add._ask_to_add

    def late(*words: object) -> None:
        ssh_agent.path.unlink(missing_ok=True)
        ask(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(agent_add, "_ask_to_add", late)
    fault = fault_of(key_store.key("add"))
    assert fault.code is FaultCode.AGENT_REFUSED
    assert "No such file" in fault.details["reason"]


def test_no_agent(key_store: KeyStore) -> None:
    assert fault_of(key_store.key("add")) == Fault.of(FaultCode.AGENT_UNAVAILABLE)


def test_the_service_of_windows_is_started_or_told(
    ssh_agent: SshAgent, key_store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What starting it really says there, tests/windows shows."""
    path = key_store.key("add")
    monkeypatch.delenv("SSH_AUTH_SOCK")

    def disabled() -> bool:
        raise agent_service.ServiceDisabled

    monkeypatch.setattr(agent_add, "start_agent_service", disabled)
    assert fault_of(path) == Fault.of(FaultCode.AGENT_DISABLED)

    def start() -> bool:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(ssh_agent.path))
        return True

    monkeypatch.setattr(agent_add, "start_agent_service", start)
    assert add(path) is Added.ADDED
