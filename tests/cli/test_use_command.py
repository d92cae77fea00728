"""``relaytray use``: everything for one server, as a person and as a program read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    program = Program(tmp_path)
    program.run("relay", "add", "gate", "--host", "relay.example.org", "--user", "me", "--agent")
    program.run("server", "add", "lab-gpu", "--user", "ann", "--local-ssh-port", "15022")
    return program


def test_it_tells_each_way_or_why_there_is_none(program: Program, tmp_path: Path) -> None:
    config = str(tmp_path / "config")
    told = program.run("use", "lab-gpu", "--config", config).stdout
    for way in ("ssh-config", "editor", "winscp", "filezilla", "cyberduck", "transfer", "environment"):
        assert f"[{way}]" in told
    assert "does not include" in told
    assert "Connect to lab-gpu once" in told, "WinSCP gets no host key that nobody has seen"
    assert "relaytray use lab-gpu --save filezilla-xml FILE" in told
    assert "sftp://ann@127.0.0.1:15022" in told
    value = program.json("use", "lab-gpu", "--config", config)
    assert value["faults"]["winscp"]["code"] == "host-key-not-pinned"
    assert {"use": "link", "key": "sftp", "label": "", "text": "sftp://ann@127.0.0.1:15022"} in value["texts"]
    assert value["ssh_config"]["is_installed"] is False


def test_it_saves_the_files_of_other_programs(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "site.xml"
    told = program.run("use", "lab-gpu", "--save", "filezilla-xml", str(file)).stdout
    assert told == f"Saved {file}.\n"
    assert b"<Port>15022</Port>" in file.read_bytes()
    refused = program.error("use", "lab-gpu", "--save", "winscp-ini", str(tmp_path / "x"), code=5)
    assert refused["code"] == "host-key-not-pinned"
    assert not (tmp_path / "x").exists()
    assert "no file that can be saved" in program.run("use", "lab-gpu", "--save", "x", "y", code=2).stderr


def test_an_unknown_server_is_told_with_the_near_one(program: Program) -> None:
    assert 'Did you mean "lab-gpu"' in program.run("use", "lab-gp", code=2).stderr
