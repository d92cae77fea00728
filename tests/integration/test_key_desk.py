"""Keys made, looked at and given to an agent, with a real agent and a store of secrets without a keyring."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.private_keys import Added, KeyKind, NewKey
from app.integration.key_desk import KeyDesk, certificate_fits, check_usable, keys_in
from app.integration.key_files import KeyFormat, convert
from app.secrets import SecretName, SecretStore
from tests.peers.keys import KeyStore, fingerprint
from tests.peers.ssh_agent import SshAgent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ssh-agent with a socket")


class Keyring:
    """Of this process; ``priority`` is what keyring asks of a backend."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, user: str) -> str | None:
        return self.kept.get((service, user))

    def set_password(self, service: str, user: str, secret: str) -> None:
        self.kept[service, user] = secret


@pytest.fixture
def secrets() -> Iterator[SecretStore]:
    store = SecretStore(backend=Keyring())  # type: ignore[arg-type]
    yield store
    store.close()


@pytest.fixture
def agent(monkeypatch: pytest.MonkeyPatch) -> Iterator[SshAgent]:
    with SshAgent() as started:
        monkeypatch.setenv("SSH_AUTH_SOCK", str(started.path))
        yield started


def code_of(desk: KeyDesk, path: Path, passphrase: str = "", **how: str) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        desk.add_to_agent(str(path), passphrase, **how)  # type: ignore[arg-type]
    return caught.value.fault.code


def test_a_key_is_made_and_its_passphrase_kept(tmp_path: Path, secrets: SecretStore) -> None:
    desk = KeyDesk(secrets)
    wanted = NewKey(path=str(tmp_path / "id"), passphrase="open sesame", remember=True, comment="me")
    assert "sesame" not in repr(wanted)
    made = desk.make(wanted)
    assert (made.path, made.public_path) == (str(tmp_path / "id"), str(tmp_path / "id.pub"))
    assert made.public_line == (tmp_path / "id.pub").read_text().strip()
    assert made.fingerprint == fingerprint(tmp_path / "id")
    assert (made.is_encrypted, made.is_remembered, made.exposed) == (True, True, "")
    assert secrets.names() == [SecretName("passphrase", made.path)]
    secrets.forget_session()
    assert secrets.get(SecretName("passphrase", made.path)) == "open sesame"


def test_a_passphrase_that_is_not_to_be_remembered_lasts_for_the_session(
    tmp_path: Path, secrets: SecretStore
) -> None:
    made = KeyDesk(secrets).make(NewKey(path=str(tmp_path / "id"), passphrase="pw"))
    assert not made.is_remembered
    assert secrets.names() == []
    assert secrets.session_names() == [SecretName("passphrase", made.path)]
    made = KeyDesk(secrets).make(NewKey(path=str(tmp_path / "open"), remember=True))
    assert (made.is_encrypted, made.is_remembered) == (False, False)
    assert len(secrets.session_names()) == 1


def test_the_usual_place(tmp_path: Path, secrets: SecretStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    desk = KeyDesk(secrets)
    first, second = (desk.make(NewKey(path="")).path for _ in range(2))
    assert first == str(tmp_path / ".ssh" / "id_ed25519")
    assert second == f"{first}_relaytray"
    assert desk.usual_path(KeyKind.RSA) == str(tmp_path / ".ssh" / "id_rsa")
    assert [path.name for path in keys_in(tmp_path / ".ssh")] == ["id_ed25519", "id_ed25519_relaytray"]


def test_a_look_never_fails(tmp_path: Path, secrets: SecretStore, key_store: KeyStore) -> None:
    desk = KeyDesk(secrets)
    path = Path(shutil.copy(key_store.key("look", passphrase="pw"), tmp_path / "id"))
    path.chmod(0o644)
    look = desk.look(str(path))
    assert (look.key_type, look.is_encrypted, look.fault) == ("ssh-ed25519", True, None)
    assert "0644" in look.exposed
    (change,) = desk.fix(str(path))
    assert change.was == look.exposed
    assert desk.look(str(path)).exposed == ""
    (tmp_path / "text").write_text("hello")
    for name, code in (("text", FaultCode.KEY_UNREADABLE), ("missing", FaultCode.KEY_MISSING)):
        seen = desk.look(str(tmp_path / name))
        assert seen.fault is not None
        assert (seen.fault.code, seen.exposed) == (code, "")


def test_the_agent_gets_a_locked_key(
    tmp_path: Path, secrets: SecretStore, agent: SshAgent, key_store: KeyStore
) -> None:
    desk = KeyDesk(secrets)
    path = Path(shutil.copy(key_store.key("to-agent", passphrase="pw"), tmp_path / "id"))
    assert code_of(desk, path) is FaultCode.PASSPHRASE_WRONG
    assert code_of(desk, path, "wrong") is FaultCode.PASSPHRASE_WRONG
    assert secrets.names() == secrets.session_names() == []
    assert desk.add_to_agent(str(path), "pw", remember=True) is Added.ADDED
    assert secrets.names() == [SecretName("passphrase", str(path))]
    agent.add("-D")
    assert desk.add_to_agent(str(path)) is Added.ADDED  # nobody was asked
    assert agent.listed()[0].split()[1] == fingerprint(key_store.key("to-agent", passphrase="pw"))


def test_the_agent_gets_a_putty_key(
    tmp_path: Path, secrets: SecretStore, agent: SshAgent, key_store: KeyStore
) -> None:
    source = key_store.key("to-agent")
    ppk = convert(source, tmp_path / "id.ppk", to=KeyFormat.PPK3)
    assert KeyDesk(secrets).add_to_agent(str(ppk)) is Added.ADDED
    assert agent.listed()[0].split()[1] == fingerprint(source)


def test_certificates(tmp_path: Path, secrets: SecretStore, agent: SshAgent, key_store: KeyStore) -> None:
    desk, path, other = KeyDesk(secrets), tmp_path / "id", tmp_path / "other"
    for mine in (path, other):
        words = ["-q", "-t", "ed25519", "-N", "", "-f", str(mine)]
        subprocess.run(["ssh-keygen", *words], check=True, timeout=30)
    words = ["-q", "-s", str(key_store.key("desk-ca")), "-I", "me", f"{path}.pub"]
    subprocess.run(["ssh-keygen", *words], check=True, capture_output=True, timeout=30)
    certificate = tmp_path / "id-cert.pub"
    assert certificate_fits(str(certificate), path)
    assert not certificate_fits(str(certificate), other)
    assert not certificate_fits(str(tmp_path / "missing"), path)
    desk.add_to_agent(str(path))
    assert [line.split()[-1] for line in agent.listed()] == ["(ED25519)", "(ED25519-CERT)"]
    agent.add("-D")
    shutil.copy(certificate, f"{other}-cert.pub")  # of another key: left alone
    desk.add_to_agent(str(other))
    assert [line.split()[-1] for line in agent.listed()] == ["(ED25519)"]
    assert code_of(desk, other, certificate=str(certificate)) is FaultCode.KEY_UNREADABLE
    desk.add_to_agent(str(path), certificate=str(certificate))
    assert len(agent.listed()) == 3


def test_which_files_of_a_folder_are_keys(tmp_path: Path, key_store: KeyStore) -> None:
    for name in ("b", "a"):
        shutil.copy(key_store.key("found"), tmp_path / name)
    shutil.copy(f"{key_store.key('found')}.pub", tmp_path / "a.pub")
    convert(key_store.key("found"), tmp_path / "c.ppk", to=KeyFormat.PPK2)
    (tmp_path / "known_hosts").write_text("host ssh-ed25519 AAAA\n")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert [path.name for path in keys_in(tmp_path)] == ["a", "b", "c.ppk"]
    assert keys_in(tmp_path / "missing") == ()


def test_which_keys_a_login_can_use(tmp_path: Path, key_store: KeyStore) -> None:
    check_usable(key_store.key("usable"))
    check_usable(key_store.key("usable", passphrase="pw"))
    ppk = convert(key_store.key("usable"), tmp_path / "id.ppk", to=KeyFormat.PPK2)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(key_store.key("usable").read_bytes()[:200])
    public = Path(f"{key_store.key('usable')}.pub")
    for path, code in (
        (ppk, FaultCode.KEY_UNSUPPORTED),
        (public, FaultCode.KEY_UNSUPPORTED),
        (damaged, FaultCode.KEY_UNREADABLE),
        (tmp_path / "missing", FaultCode.KEY_MISSING),
    ):
        with pytest.raises(RelayTrayError) as caught:
            check_usable(path)
        assert caught.value.fault.code is code
