"""``secret`` with a real GNOME keyring on a private bus, and with none."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.driving import errors_of, trust
from tests.cli.program import Program
from tests.peers.keyring_daemon import KeyringDaemon, missing_programs
from tests.peers.lab import Lab


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Program]:
    """The program where a keyring is unlocked."""
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with KeyringDaemon(tmp_path) as daemon:
        program = Program(tmp_path)
        program.env = dict(daemon.env)
        yield program


def remember(program: Program, kind: str, name: str, secret: str) -> str:
    """Types it on the terminal; returns what the terminal showed."""
    with program.start_on_terminal("secret", "remember", kind, name) as running:
        shown = running.expect(": ")
        running.type(secret + "\n")
        assert running.wait() == 0, running.errors()
        assert "Stored the" in (running.line() or "")
        return shown + running.screen


def test_a_routes_user_id_is_kept_under_the_servers_name(keyring: Program) -> None:
    keyring.run("relay", "add", "home", "--host", "r.example", "--user", "ann")
    keyring.run("server", "add", "gpu", "--user", "bob")
    shown = remember(keyring, "v2ray", "gpu", "3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    assert "3f2504e0" not in shown
    assert keyring.json("secret", "list") == [{"kind": "v2ray", "name": "gpu"}]
    assert 'There is no server named "gp"' in keyring.run("secret", "remember", "v2ray", "gp", code=2).stderr


def test_secrets_are_stored_listed_and_forgotten_by_name(keyring: Program, tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert keyring.json("secret", "list") == []
    shown = remember(keyring, "passphrase", str(key), "ge heim \u00e9")
    assert f"the key {key}" in shown
    assert "heim" not in shown
    remember(keyring, "password", "ann@r.example", "pw")
    listed = keyring.json("secret", "list")
    assert listed == [
        {"kind": "passphrase", "name": str(key)},
        {"kind": "password", "name": "ann@r.example"},
    ]
    assert f"passphrase  {key}" in keyring.run("secret", "list").stdout
    assert keyring.error("secret", "forget", "ann@r.exampl", code=2)["sentence"].count("ann@r.example")
    keyring.run("secret", "forget", "password:ann@r.example")
    assert len(keyring.json("secret", "list")) == 1
    assert keyring.json("secret", "forget", "--all")["forgotten"] == [listed[0]]
    assert keyring.json("secret", "list") == []
    assert keyring.json("secret", "forget", "--all") == {"forgotten": []}


def test_the_socks_password_belongs_to_a_relay(keyring: Program) -> None:
    with keyring.start_on_terminal("secret", "remember", "socks", "nix") as running:
        assert running.wait() == 2
    keyring.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    remember(keyring, "socks", "home", "pw")
    assert keyring.json("secret", "list") == [{"kind": "socks", "name": "home"}]


def test_nothing_typed_is_cancelled_and_nobody_there_is_told(keyring: Program) -> None:
    for typed in ("\n", "\x04"):
        with keyring.start_on_terminal("secret", "remember", "password", "ann@h") as running:
            running.expect(": ")
            running.type(typed)
            assert running.wait() == 130
    assert keyring.error("secret", "remember", "password", "ann@h", code=4)["code"] == "nobody-to-ask"
    assert keyring.json("secret", "list") == []


def test_a_remembered_passphrase_is_the_one_that_a_login_looks_for(keyring: Program, lab: Lab) -> None:
    """Nobody is there to ask, and the relay lets us in all the same."""
    key = Path(keyring.env["HOME"]) / ".ssh" / "id_locked"
    key.parent.mkdir(parents=True)
    shutil.copy(lab.person_key, key)
    key.chmod(0o600)
    subprocess.run(["ssh-keygen", "-q", "-p", "-N", "pw \u00e9", "-f", str(key)], check=True, timeout=30)
    keyring.store(lab.document(identity="~/.ssh/id_locked"))
    with keyring.start("connect", "lab-gpu", *trust(lab)) as running:
        assert running.wait() == 4
        assert errors_of(running)["code"] == "nobody-to-ask"
    remember(keyring, "passphrase", "~/.ssh/id_locked", "pw \u00e9")
    assert keyring.json("secret", "list") == [{"kind": "passphrase", "name": str(key)}]
    with keyring.start("connect", "lab-gpu", *trust(lab)) as running:
        running.event("state", state="connected")
        running.interrupt()
        assert running.wait() == 0


def test_without_a_keyring_it_says_so(tmp_path: Path) -> None:
    program = Program(tmp_path)
    for arguments in (("list",), ("forget", "--all"), ("remember", "password", "x")):
        error = program.error("secret", *arguments, code=9)
        assert error["code"] == "keyring-missing"
