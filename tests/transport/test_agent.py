"""Agents: the real ssh-agent, and some that misbehave."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.transport import agent as agent_module
from app.transport.agent import SigningDeclined, agent_keys
from app.transport.keys import load_private_key
from tests.peers.keys import KeyStore, public_line
from tests.peers.ssh_agent import SshAgent

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ssh-agent with a socket")


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Socket paths are limited to some 100 characters."""
    folder = Path(tempfile.mkdtemp(prefix="rt-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ssh_agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The socket of a real agent without keys; SSH_AUTH_SOCK points to it."""
    with SshAgent() as agent:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(agent.path))
        yield agent.path


def ssh_add(*arguments: str | Path) -> None:
    subprocess.run(["ssh-add", "-q", *map(str, arguments)], check=True, capture_output=True, timeout=30)


def fault_code(timeout_s: float = 5.0) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        agent_keys(timeout_s)
    return caught.value.fault.code


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_keys_of_every_type_sign(ssh_agent: Path, key_store: KeyStore, key_type: str) -> None:
    path = key_store.key("in-agent", key_type)
    ssh_add(path)
    (key,) = agent_keys()
    assert f"{key.get_name()} {key.get_base64()}" == public_line(path)
    assert key.comment == "in-agent"
    assert key.asbytes() == load_private_key(path).asbytes()
    assert key == agent_keys()[0]
    assert len({key, agent_keys()[0]}) == 1
    verifier = paramiko.PKey.from_type_string(key.get_name(), key.asbytes())
    for algorithm in ["rsa-sha2-512", "rsa-sha2-256"] if key_type == "rsa" else [key.get_name()]:
        signature = key.sign_ssh_data(b"data", algorithm)
        assert paramiko.Message(signature).get_text() == algorithm
        assert verifier.verify_ssh_sig(b"data", paramiko.Message(signature))


def test_many_keys_in_the_agents_order(ssh_agent: Path, key_store: KeyStore) -> None:
    paths = [key_store.key(f"many-{number}") for number in range(30)]
    ssh_add(*paths)
    assert [key.comment for key in agent_keys()] == [f"many-{number}" for number in range(30)]


def test_an_empty_agent(ssh_agent: Path) -> None:
    assert fault_code() is FaultCode.AGENT_EMPTY


def test_a_locked_agent_has_no_keys_and_signs_nothing(
    ssh_agent: Path, key_store: KeyStore, short_folder: Path
) -> None:
    ssh_add(key_store.key("in-agent"))
    (key,) = agent_keys()
    askpass = short_folder / "askpass"
    askpass.write_text("#!/bin/sh\necho locked\n")
    askpass.chmod(0o700)
    environment = os.environ | {"SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-x"], check=True, env=environment, capture_output=True, timeout=30)
    assert fault_code() is FaultCode.AGENT_EMPTY
    with pytest.raises(SigningDeclined):
        key.sign_ssh_data(b"data")


def test_a_key_that_was_taken_away_declines(ssh_agent: Path, key_store: KeyStore) -> None:
    ssh_add(key_store.key("in-agent"))
    (key,) = agent_keys()
    ssh_add("-D")
    with pytest.raises(SigningDeclined):
        key.sign_ssh_data(b"data")


def test_an_agent_that_is_gone_declines(
    ssh_agent: Path, key_store: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    ssh_add(key_store.key("in-agent"))
    (key,) = agent_keys()
    ssh_agent.unlink()
    with pytest.raises(SigningDeclined):
        key.sign_ssh_data(b"data")
    assert fault_code() is FaultCode.AGENT_UNAVAILABLE


def test_no_agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    assert fault_code() is FaultCode.AGENT_UNAVAILABLE
    for value in ("", str(tmp_path / "missing"), str(tmp_path)):
        monkeypatch.setenv("SSH_AUTH_SOCK", value)
        assert fault_code() is FaultCode.AGENT_UNAVAILABLE


class FakeAgent:
    """Accepts connections and answers each with the same bytes; None = never."""

    def __init__(self, folder: Path, answer: bytes | None) -> None:
        self.path = folder / "fake"
        self._answer = answer
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen()
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, name="fake-agent")
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._held.append(client)
            if self._answer is not None:
                client.recv(1000)
                client.sendall(self._answer)
                client.shutdown(socket.SHUT_WR)

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        for one in (self._listener, *self._held):
            one.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\0",
        b"\0\0\0\0",
        b"\0\0\0\1\5",
        b"\0\0\0\5\14",
        b"\xff\xff\xff\xff" + b"x" * 100,
        b"\0\0\0\5\14\xff\xff\xff\xff",
        b"\0\0\0\x0d\14\0\0\0\1\0\0\0\4abcd",
        b"HTTP/1.1 400 Bad Request\r\n",
    ],
)
def test_nonsense_is_no_agent_or_an_empty_one(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    fake = FakeAgent(short_folder, answer)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(fake.path))
    try:
        assert fault_code() in (FaultCode.AGENT_UNAVAILABLE, FaultCode.AGENT_EMPTY)
    finally:
        fake.stop()


def test_an_agent_that_hangs_is_given_up(short_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeAgent(short_folder, None)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(fake.path))
    started = time.monotonic()
    try:
        assert fault_code(timeout_s=0.2) is FaultCode.AGENT_UNAVAILABLE
    finally:
        fake.stop()
    assert time.monotonic() - started < 5


def test_work_that_hangs_in_a_thread_is_given_up() -> None:
    """The way Windows agents are asked."""
    release = threading.Event()

    def hang() -> bytes:
        release.wait(10)
        return b""

    with pytest.raises(TimeoutError):
        agent_module._within(0.05, hang)
    release.set()
    assert agent_module._within(5, lambda: b"answer") == b"answer"

    def fail() -> bytes:
        raise RuntimeError("broken pipe")

    with pytest.raises(OSError, match="broken pipe"):
        agent_module._within(5, fail)


def test_windows_agents_that_are_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The named pipe code, on a path that is none."""
    monkeypatch.setattr(agent_module, "_ON_WINDOWS", True)
    monkeypatch.setattr(agent_module, "_WINDOWS_PIPE", str(tmp_path / "missing"))
    monkeypatch.setenv("SSH_AUTH_SOCK", r"\\.\pipe\also-missing")
    assert fault_code() is FaultCode.AGENT_UNAVAILABLE


@pytest.mark.parametrize("key_type", ["ed25519", "ecdsa", "rsa"])
def test_certificates_are_listed_with_their_own_type(
    ssh_agent: Path, key_store: KeyStore, tmp_path: Path, key_type: str
) -> None:
    path = tmp_path / "key"
    shutil.copy(key_store.key("certified", key_type), path)
    shutil.copy(f"{key_store.key('certified', key_type)}.pub", f"{path}.pub")
    command = ["ssh-keygen", "-q", "-s", str(key_store.key("user-ca")), "-I", "me", "-n", "me", f"{path}.pub"]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    ssh_add(path)
    plain, certificate = agent_keys()
    assert certificate.get_name() == f"{plain.get_name()}-cert-v01@openssh.com"
    algorithm = re.sub("^ssh-rsa", "rsa-sha2-256", certificate.get_name())
    signature = certificate.sign_ssh_data(b"data", algorithm)
    verifier = paramiko.PKey.from_type_string(plain.get_name(), plain.asbytes())
    assert verifier.verify_ssh_sig(b"data", paramiko.Message(signature))
