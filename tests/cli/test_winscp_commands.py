"""``relaytray winscp`` and ``relaytray putty``, the real program, with the real plink where it is started."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from pathlib import Path

import pytest

from app.core.profiles import Document
from app.integration.key_files import KeyFormat, convert
from tests.cli.program import Program
from tests.export import winscp_reader
from tests.peers.keys import public_line
from tests.peers.lab import Lab
from tests.peers.ports import Deadline


@pytest.fixture
def unpinned(lab: Lab, tmp_path: Path) -> Program:
    """With a profile whose key was converted; no host key is known yet."""
    document = lab.document()
    key = Path(shutil.copy(lab.server_key, tmp_path / "the key"))
    convert(key, Path(f"{key}.ppk"), to=KeyFormat.PPK2)
    server = dataclasses.replace(document.servers[0], identity=str(key), remote_folder=str(tmp_path))
    return Program(tmp_path).store(Document(relays=document.relays, servers=(server,)))


@pytest.fixture
def program(unpinned: Program, lab: Lab) -> Program:
    """As it is after the first connection."""
    server_key = public_line(lab.server.host_keys["ed25519"])
    lines = [lab.relay.host_key_line, f"lab-gpu.relaytray.internal {server_key}", ""]
    unpinned.paths.known_hosts.write_text("\n".join(lines))
    return unpinned


def test_before_the_first_connection_it_says_what_to_do(unpinned: Program) -> None:
    for command in (["winscp", "lab-gpu", "--print"], ["putty", "lab-gpu"]):
        told = unpinned.run(*command, code=None)
        assert told.returncode != 0
        assert "Connect to lab-gpu once" in told.stderr, told


def test_the_link_the_line_and_the_files(program: Program, lab: Lab, tmp_path: Path) -> None:
    told = program.json("winscp", "lab-gpu", "--print")
    session = winscp_reader.session_of(told["command_line"])
    same = winscp_reader.session_of_url(told["url"])
    assert (session.host, session.user, session.folder) == (same.host, same.user, same.folder)
    assert session.folder == f"{tmp_path}/"
    ini = tmp_path / "made.ini"
    said = program.run("winscp", "lab-gpu", "--ini", str(ini)).stdout
    assert "Import Sites" in said
    assert winscp_reader.ini_sites(ini.read_bytes()).keys() == {"RelayTray/lab-gpu"}
    reg = tmp_path / "made.reg"
    program.run("putty", "lab-gpu", "--reg", str(reg))
    assert "lab-gpu.relaytray.internal" in reg.read_bytes().decode("utf-16")
    words = program.json("putty", "lab-gpu", "--print")["plink"]
    assert words[0] == "plink"
    line = program.run("putty", "lab-gpu", "--print").stdout.splitlines()
    assert [one.split()[0] for one in line] == ["putty", "plink", "psftp"]


@pytest.mark.skipif(sys.platform == "win32", reason="WinSCP may be there")
def test_what_is_not_here_is_told_in_one_sentence(program: Program, lab: Lab, tmp_path: Path) -> None:
    for more in ([], ["--store"]):
        told = program.run("winscp", "lab-gpu", *more, code=None)
        assert "only there on Windows" in told.stderr
    missing = {"PATH": str(tmp_path)}
    assert "PuTTY was not found" in program.run("putty", "lab-gpu", code=None, env=missing).stderr
    told = program.run("winscp", "lab-gpu", "--ini", str(tmp_path / "no" / "such.ini"), code=None)
    assert "such.ini" in told.stderr
    assert program.run("winscp", "nobody", code=None).returncode != 0


@pytest.mark.skipif(sys.platform == "win32", reason="a script stands in for PuTTY")
def test_putty_is_started_with_words_that_connect(program: Program, lab: Lab, tmp_path: Path) -> None:
    """plink in the place of putty takes the very same words, and what it says shows that it arrived."""
    if shutil.which("plink") is None:
        pytest.skip("needs plink")
    stand_in = tmp_path / "bin" / "putty"
    stand_in.parent.mkdir()
    stand_in.write_text(f'#!/bin/sh\nexec plink -batch "$@" "echo arrived > {tmp_path}/arrived"\n')
    stand_in.chmod(0o755)
    path = f"{stand_in.parent}:{program.env['PATH']}"
    told = program.run("putty", "lab-gpu", env={"PATH": path})
    assert "Opened lab-gpu in PuTTY" in told.stdout
    deadline = Deadline(30, "plink to arrive")
    while not (tmp_path / "arrived").exists() or not (tmp_path / "arrived").read_text():
        deadline.wait()
    assert (tmp_path / "arrived").read_text() == "arrived\n"
