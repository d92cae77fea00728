"""``key new``, ``use``, ``fix``, ``add`` and ``list`` as a person types them."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.command_parts import UsageError
from app.cli.parser import parse
from app.core.profiles import Authentication, Document, Relay, Server, SetupMode
from app.integration.key_files import KeyFormat, convert, load_key
from tests.cli.driving import connected
from tests.cli.program import Program
from tests.cli.test_key_commands import answer
from tests.peers.keyring_daemon import KeyringDaemon, missing_programs
from tests.peers.keys import KeyStore, fingerprint, public_line
from tests.peers.lab import Lab
from tests.peers.ssh_agent import SshAgent

RELAY = Relay(id="r", name="relay", host="relay.example", user="me", authentication=Authentication.AGENT)
SERVER = Server(id="s", alias="gpu", relay_id="r", user="me")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "program").store(Document(relays=(RELAY,), servers=(SERVER,)))


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Program]:
    """The program where a keyring is unlocked."""
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with KeyringDaemon(tmp_path) as daemon:
        made = Program(tmp_path)
        made.env = dict(daemon.env)
        yield made


def copied(key_store: KeyStore, folder: Path, name: str = "id", passphrase: str = "") -> Path:
    return Path(shutil.copy(key_store.key("cli-use", passphrase=passphrase), folder / name))


# --- new --------------------------------------------------------------------------------------------------


def test_a_new_key_logs_in_at_once_and_asks_for_nothing(
    keyring: Program, lab: Lab, key_store: KeyStore
) -> None:
    """Its passphrase goes to a real keyring, and the next login takes it from there."""
    document = lab.document()
    keyring.store(document)
    relay = document.relays[0].name
    with keyring.start_on_terminal("key", "new", "--relay", relay, "--comment", "me") as running:
        shown = answer(running, ("(empty for none): ", "open sesame"), ("again: ", "open sesame"))
        assert running.wait() == 0, running.errors()
        told = [running.line() or "" for _ in range(5)]
        assert "sesame" not in shown + running.screen
    path = Path(keyring.env["HOME"]) / ".ssh" / "id_ed25519"
    assert str(path) in told[0]
    assert fingerprint(path) in told[0]
    assert "keyring" in told[1]
    assert told[2] == f"Logins at the relay {relay} use it from now on.\n"
    line = told[4].strip()
    assert line == f"{public_line(path)} me"
    assert keyring.json("secret", "list") == [{"kind": "passphrase", "name": str(path)}]
    stored = keyring.load().relays[0]
    assert (stored.authentication, stored.identity) == (Authentication.KEY_FILE, str(path))
    lab.relay.authorize(lab.relay_authorized_keys().replace(public_line(lab.person_key), line))
    connected(keyring, lab).__exit__(None, None, None)  # nobody is there to be asked


def test_without_a_passphrase_that_is_said(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "folder" / "id"
    told = program.run("key", "new", "--no-passphrase", str(path), "--server", "gpu").stdout
    assert "whoever can read that file can log in as you" in told
    assert f"{public_line(path)} " in told
    assert program.load().servers[0].identity == str(path)
    load_key(path)
    assert program.error("key", "new", str(path), code=2)["details"] == {"path": str(path)}


def test_a_new_key_as_json(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "id"
    words = ("--comment", "me", "--relay", "relay")
    told = program.json("key", "new", "--no-passphrase", *words, str(path))
    assert told == {
        "path": str(path),
        "public_path": f"{path}.pub",
        "public": Path(f"{path}.pub").read_text().strip(),
        "fingerprint": fingerprint(path),
        "encrypted": False,
        "remembered": False,
        "exposed": "",
        "relay": "relay",
        "set_up_again": False,
    }


def test_nothing_is_made_where_something_is_wrong(program: Program, tmp_path: Path) -> None:
    path = str(tmp_path / "id")
    assert program.error("key", "new", path, code=4)["code"] == "nobody-to-ask"
    assert program.error("key", "new", path, "--relay", "rely", code=2)["details"]["near"] == "relay"
    with pytest.raises(UsageError):
        parse(["key", "new", path, "--relay", "r", "--server", "s"])
    for words, typed in (
        ((), (("none): ", "one"), ("again: ", "other"))),
        (("--passphrase",), ((f"New passphrase for {path}: ", ""),)),
    ):
        with program.start_on_terminal("key", "new", path, *words) as running:
            answer(running, *typed)
            assert running.wait() == 130
    assert not (tmp_path / "id").exists()


def test_without_a_keyring_the_key_is_made_all_the_same(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "id"
    with program.start_on_terminal("key", "new", str(path), "--passphrase") as running:
        answer(running, (": ", "pw"), ("again: ", "pw"))
        assert running.wait() == 0
        assert "no keyring" in running.errors()
    load_key(path, "pw")


# --- use --------------------------------------------------------------------------------------------------


def test_an_existing_key_is_chosen(program: Program, tmp_path: Path, key_store: KeyStore) -> None:
    path = copied(key_store, tmp_path)
    path.chmod(0o644)
    told = program.json("key", "use", str(path), "--relay", "relay")
    assert (told["relay"], told["public"]) == ("relay", f"{public_line(key_store.key('cli-use'))} cli-use")
    assert "0644" in told["exposed"]
    assert program.load().relays[0].authentication is Authentication.KEY_FILE
    shown = program.run("key", "use", str(path), "--server", "gpu").stdout
    assert "Logins at the server gpu use the key" in shown
    assert "relaytray key fix" in shown
    assert program.load().servers[0].identity == str(path)


def test_a_relay_that_was_set_up_must_let_the_key_in(
    program: Program, tmp_path: Path, key_store: KeyStore
) -> None:
    relay = dataclasses.replace(RELAY, setup=SetupMode.SYSTEM, certificate=str(tmp_path / "of-another"))
    program.store(Document(relays=(relay,)))
    shown = program.run("key", "use", str(copied(key_store, tmp_path)), "--relay", "relay").stdout
    assert "relaytray relay setup relay" in shown
    assert program.load().relays[0].certificate == ""


def test_the_certificate_of_the_key_stays(program: Program, tmp_path: Path, key_store: KeyStore) -> None:
    path = copied(key_store, tmp_path)
    shutil.copy(f"{key_store.key('cli-use')}.pub", f"{path}.pub")
    words = ["ssh-keygen", "-q", "-s", str(key_store.key("cli-ca")), "-I", "me", f"{path}.pub"]
    subprocess.run(words, check=True, capture_output=True, timeout=30)
    certificate = f"{path}-cert.pub"
    program.store(Document(relays=(dataclasses.replace(RELAY, certificate=certificate),)))
    program.run("key", "use", str(path), "--relay", "relay")
    assert program.load().relays[0].certificate == certificate


def test_what_cannot_be_used_changes_no_profile(
    program: Program, tmp_path: Path, key_store: KeyStore
) -> None:
    public = f"{key_store.key('cli-use')}.pub"
    assert program.error("key", "use", public, "--relay", "relay", code=4)["code"] == "key-unsupported"
    missing = str(tmp_path / "missing")
    assert program.error("key", "use", missing, "--server", "gpu", code=4)["code"] == "key-missing"
    with pytest.raises(UsageError):
        parse(["key", "use", missing])
    assert program.load().relays[0] == RELAY


def test_a_putty_key_is_converted_if_the_person_wants(
    program: Program, tmp_path: Path, key_store: KeyStore
) -> None:
    locked = copied(key_store, tmp_path, "source", "pw")
    ppk = convert(locked, tmp_path / "id.ppk", to=KeyFormat.PPK3, passphrase="pw")
    words = ("key", "use", str(ppk), "--relay", "relay")
    assert "convert" in program.error(*words, code=4)["details"]["reason"]
    with program.start_on_terminal(*words) as running:
        answer(running, ("(yes or no)? ", "no"))
        assert running.wait() == 130
    assert not (tmp_path / "id").exists()
    with program.start_on_terminal(*words) as running:
        answer(running, ("(yes or no)? ", "yes"), (f"{ppk}: ", "pw"))
        assert running.wait() == 0, running.errors()
    assert program.load().relays[0].identity == str(tmp_path / "id")
    load_key(tmp_path / "id", "pw")
    assert program.json(*words)["path"] == str(tmp_path / "id")  # it is there already
    (tmp_path / "id").write_text("something else")
    assert program.error(*words, code=2)["code"] == "file-exists"


# --- fix, add, list ---------------------------------------------------------------------------------------


def test_rights_are_put_right_and_told(program: Program, tmp_path: Path, key_store: KeyStore) -> None:
    path = copied(key_store, tmp_path)
    path.chmod(0o640)
    told = program.run("key", "fix", str(path)).stdout
    assert told == f"Only you may open {path} now. Before: other users may open it (mode 0640).\n"
    assert program.run("key", "fix", str(path)).stdout.startswith("Nothing to change")
    if os.geteuid() == 0:
        os.chown(path, 4242, 4242)
        assert program.error("key", "fix", str(path), code=4)["code"] == "key-stays-open"


def test_the_agent_gets_a_key(program: Program, tmp_path: Path, key_store: KeyStore) -> None:
    path = copied(key_store, tmp_path, passphrase="pw")
    plain = copied(key_store, tmp_path, "plain")
    assert program.error("key", "add", str(plain), code=4)["code"] == "agent-unavailable"
    with SshAgent() as agent:
        env = {"SSH_AUTH_SOCK": str(agent.path)}
        with program.start_on_terminal("key", "add", str(path), env={**program.env, **env}) as running:
            answer(running, (f"{path}: ", "wrong"), (f"{path}: ", "pw"))
            assert running.wait() == 0, running.errors()
        assert "already" in program.run("key", "add", str(path), env=env).stdout
        again = program.run("--json", "key", "add", str(plain), "--lifetime", "60", "--confirm", env=env)
        assert '"added"' in again.stdout
        assert len(agent.listed()) == 2


@pytest.mark.parametrize("wrong", ["0", "-1", "x", str(2**32)])
def test_a_lifetime_is_a_number_of_seconds(wrong: str) -> None:
    assert parse(["key", "add", "id", "--lifetime", "60", "--confirm"]).lifetime == 60
    with pytest.raises(UsageError):
        parse(["key", "add", "id", f"--lifetime={wrong}"])


def test_the_keys_that_are_there(program: Program, key_store: KeyStore) -> None:
    assert "relaytray key new" in program.run("key", "list").stdout
    folder = program.home / ".ssh"
    folder.mkdir()
    path = copied(key_store, folder)
    path.chmod(0o644)
    (folder / "damaged").write_bytes(path.read_bytes()[:200])
    program.store(Document(relays=(RELAY,), servers=(dataclasses.replace(SERVER, identity="~/.ssh/id"),)))
    damaged, found = program.json("key", "list")
    assert damaged["trouble"]
    assert (found["path"], found["fingerprint"]) == (str(path), fingerprint(key_store.key("cli-use")))
    assert (found["used_by"], found["encrypted"], found["trouble"]) == (["gpu"], False, "")
    shown = program.run("key", "list").stdout
    assert f"{path}: ssh-ed25519, {found['fingerprint']}, without a passphrase, for gpu, careful:" in shown
