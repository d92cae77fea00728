"""Paths that lead nowhere, and what is there and no file: a sentence at once, and nothing put out of use."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document, Relay
from app.provision.doctor.local_checks import key_file
from app.system.winscp import find_putty
from app.transport.keys import public_blob
from tests.cli.program import Program

NOBODY = "~nosuchuser/x"
RELAY = Relay(id="r", name="own", host="h", user="u", identity=NOBODY)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX: pipes and home folders by name")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.parametrize(
    "words",
    [
        ("--data-dir", NOBODY, "relay", "list"),
        ("--data-dir", NOBODY, "proxy", "gpu"),
        ("import", "ssh-config", NOBODY),
        ("link", "import", NOBODY),
        ("pac", "set", "--list", NOBODY),
        ("ssh-config", "--status", "--config", NOBODY),
        ("relay", "add", "a", "--host", "h", "--v2ray-certificate", NOBODY),
    ],
)
def test_a_home_folder_of_nobody_is_told(program: Program, words: tuple[str, ...]) -> None:
    error = program.error(*words, code=2)
    assert (error["code"], error["details"]["path"]) == ("file-unreadable", NOBODY)
    assert "~nosuchuser is nobody's home folder" in error["sentence"]


def test_a_key_in_a_home_folder_of_nobody_is_missing() -> None:
    with pytest.raises(RelayTrayError) as caught:
        key_file(RELAY, None)
    assert caught.value.fault.code is FaultCode.KEY_MISSING
    assert caught.value.fault.details["path"] == NOBODY
    assert public_blob(NOBODY) == b""


def test_a_program_in_a_home_folder_of_nobody_is_missing() -> None:
    assert find_putty(NOBODY) == find_putty()


def test_a_pipe_or_a_device_as_profiles_is_refused_at_once(program: Program, pipe: Path) -> None:
    for path in (pipe, Path("/dev/zero")):
        error = program.error("profiles", "import", str(path), code=2)
        assert error["code"] == "file-unreadable"
        assert "not a file" in error["sentence"]
    program.data_dir.mkdir()
    pipe.rename(program.paths.document)
    for words in (("relay", "list"), ("relay", "add", "a", "--host", "h", "--user", "u", "--agent")):
        assert program.error(*words, code=2)["details"]["path"] == str(program.paths.document)


def test_a_pipe_is_not_replaced_by_an_export_or_a_report(program: Program, pipe: Path) -> None:
    program.store(Document(relays=(RELAY,)))
    for words in (("profiles", "export", str(pipe)), ("doctor", "own", "--report", str(pipe))):
        error = program.error(*words, code=1)
        assert (error["code"], error["details"]["path"]) == ("file-unwritable", str(pipe))
        assert stat.S_ISFIFO(pipe.stat().st_mode)
