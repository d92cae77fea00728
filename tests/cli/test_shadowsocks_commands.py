"""``shadowsocks`` with a real keyring and a real server: its password by pipe, its client by two commands."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.shadowsocks_commands import read_password
from app.core.shadowsocks import ShadowsocksServer
from tests.cli.program import Program
from tests.peers.keyring_daemon import KeyringDaemon, missing_programs
from tests.peers.ports import free_port
from tests.peers.shadowsocks_server import ShadowsocksPeer

PASSWORD = "pass word \u00e9"


@pytest.fixture
def keyring(tmp_path: Path) -> Iterator[Program]:
    """The program where a keyring is unlocked."""
    if missing_programs():
        pytest.skip(f"needs {', '.join(missing_programs())}")
    with KeyringDaemon(tmp_path) as daemon:
        program = Program(tmp_path)
        program.env = dict(daemon.env)
        yield program


def test_from_its_password_to_its_removal(keyring: Program) -> None:
    with ShadowsocksPeer("aes-256-gcm", PASSWORD) as peer:
        port = str(free_port())
        words = ["--host", "127.0.0.1", "--port", str(peer.port), "--local-port", port]
        added = keyring.run("shadowsocks", "add", "tokyo", *words, "--json", stdin=f"{PASSWORD}\n".encode())
        assert PASSWORD not in added.stdout + added.stderr
        value = json.loads(added.stdout)
        assert (value["name"], value["method"], value["address"]) == (
            "tokyo",
            "aes-256-gcm",
            f"127.0.0.1:{port}",
        )
        assert keyring.json("secret", "list") == [{"kind": "shadowsocks", "name": "tokyo"}]
        with keyring.start("shadowsocks", "connect", "tokyo") as running:
            running.event("shadowsocks", state="running")
            (state,) = keyring.json("status")["shadowsocks"]
            assert (state["shadowsocks"], state["state"]) == ("tokyo", "running")
            keyring.run("shadowsocks", "disconnect", "tokyo")
            running.event("shadowsocks", state="off")
            assert running.wait() == 0
        keyring.run("shadowsocks", "remove", "tokyo")
        assert keyring.json("secret", "list") == []
        assert keyring.json("shadowsocks", "list") == []


def test_what_is_wrong_is_said_before_a_password_is_asked_for(tmp_path: Path) -> None:
    program = Program(tmp_path)
    told = program.run("shadowsocks", "add", "a", "--host", "", "--plugin", "nc", code=2).stderr
    assert "RelayTray starts no plugin" in told
    assert program.error("shadowsocks", "show", "tokyo", code=2)["code"] == "no-such-shadowsocks"


def test_a_password_that_is_no_text_is_told(tmp_path: Path) -> None:
    program = Program(tmp_path)
    words = ["shadowsocks", "add", "a", "--host", "127.0.0.1", "--port", "1"]
    told = program.run(*words, stdin=b"geheim\xff77\n", code=2).stderr
    assert "the password of a is no text in UTF-8" in told
    assert "geheim" not in told
    assert program.json("shadowsocks", "list") == []


def test_a_byte_order_mark_is_no_part_of_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """Editors and shells of Windows put one before a text."""
    server = ShadowsocksServer(id="x", name="a", host="h", port=1, method="aes-256-gcm")
    piped = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfgeheim77\r\nmore"), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", piped)
    assert read_password(server) == "geheim77"


def test_a_client_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    program = Program(tmp_path)
    words = ["--host", "127.0.0.1", "--port", str(free_port()), "--local-port", str(free_port())]
    added = program.run("shadowsocks", "add", "a", *words, stdin=PASSWORD.encode(), code=9)
    assert "no keyring" in added.stderr
    with program.start_on_terminal("shadowsocks", "connect", "a") as running:
        running.expect("Password of the Shadowsocks server a: ")
        running.type(PASSWORD + "\n")
        assert running.wait() == 3
        assert "takes no connection on port" in running.errors()
        assert PASSWORD not in running.screen
