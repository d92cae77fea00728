"""The versions in a report: the program, the system, every ssh; and nobody's name."""

from __future__ import annotations

import getpass
import platform
import shutil
from pathlib import Path

import pytest

from app import __version__
from app.system import versions as module
from app.system.versions import versions


def test_what_is_told() -> None:
    told = versions()
    assert told[0] == f"RelayTray {__version__}"
    assert platform.python_version() in told[2]
    assert "paramiko 5" in told[2]
    whole = "\n".join(told)
    assert platform.node() not in whole or len(platform.node()) < 4
    assert getpass.getuser() not in whole
    if shutil.which("ssh"):
        assert told[3].startswith("ssh: OpenSSH_")


@pytest.mark.skipif(platform.system() != "Linux", reason="a script is a program only there")
def test_programs_that_tell_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    silent, broken = tmp_path / "silent", tmp_path / "broken"
    silent.write_text("#!/bin/sh\n")
    broken.write_text("no program")
    for program in (silent, broken):
        program.chmod(0o755)
    monkeypatch.setattr(module, "find_programs", lambda _name: [str(silent), str(broken)])
    assert versions()[3:] == ("ssh: ?",)
