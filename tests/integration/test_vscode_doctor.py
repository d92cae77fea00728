"""What the doctor says about settings and ssh, with the real ssh of this computer."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.editors import product
from app.core.faults import Fault, FaultCode
from app.core.findings import Finding, FindingCode, SettingChange, Severity, is_in_the_way
from app.core.profiles import Server
from app.core.uses import SshConfigState
from app.integration import vscode_doctor
from app.integration.vscode_doctor import VscodeDoctor, ssh_version
from app.integration.vscode_settings import SettingsFile
from app.sentences.of_findings import finding_sentence
from app.system.editors import Computer

SSH = shutil.which("ssh") or ""
pytestmark = pytest.mark.skipif(not SSH, reason="needs an ssh program")
SERVER = Server(id="s", alias="lab-gpu", relay_id="r")
GOOD = {"remote.SSH.connectTimeout": 90, "remote.SSH.remotePlatform": {"lab-gpu": "linux"}}


@dataclass
class Bench:
    """A home folder with an ssh config and one settings file."""

    home: Path
    servers: tuple[Server, ...] = (SERVER,)
    is_installed: bool = True
    fault: Fault | None = None

    @property
    def config(self) -> Path:
        return self.home / "config"

    @property
    def settings(self) -> Path:
        return self.home / "settings.json"

    def doctor(self) -> VscodeDoctor:
        state = SshConfigState(self.is_installed, str(self.config), str(self.home / "ours"), self.fault)
        return VscodeDoctor(self.servers, state, Computer("linux", self.home, {}, self.home, lambda _: ""))

    def check(self, settings: dict[str, Any], key: str = "vscode") -> dict[str, Finding]:
        """What is found, by code; what is always right is left out of ``settings``."""
        self.settings.write_text(json.dumps({**GOOD, **settings}))
        found = self.doctor().check(SettingsFile(product(key), self.settings))
        assert all(finding.file == str(self.settings) for finding in found)
        assert all("?" not in finding_sentence(finding) for finding in found), "a detail is missing"
        return {str(finding.code): finding for finding in found}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.config.write_text("Host lab-gpu\n  HostName lab-gpu.relaytray.internal\n")
    return made


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], str]:
    def make(says: str) -> str:
        path = tmp_path / "ssh-like"
        path.write_text(f'#!/bin/sh\n[ "$1" = -V ] && echo "{says}" >&2 && exit 0\nexec {SSH} "$@"\n')
        path.chmod(0o755)
        return str(path)

    return make


def codes(found: tuple[Finding, ...]) -> list[str]:
    return [str(finding.code) for finding in found]


def test_good_settings_give_no_finding(bench: Bench) -> None:
    assert bench.check({}) == {}
    assert bench.check({"remote.SSH.connectTimeout": 0}) == {}, "no limit at all"
    assert bench.check({"remote.SSH.path": SSH, "remote.SSH.configFile": str(bench.config)}) == {}
    assert bench.check({"remote.SSH.path": "", "remote.SSH.configFile": None}) == {}
    assert bench.check({"remote.SSH.configFile": "~/config"}) == {}
    assert bench.doctor().general() == ()
    assert not is_in_the_way(())


# --- the settings -----------------------------------------------------------------------------------------


def test_the_ssh_program_has_to_be_there_and_to_be_openssh(
    bench: Bench, program: Callable[[str], str]
) -> None:
    (gone,) = bench.check({"remote.SSH.path": str(bench.home / "ssh.exe")}).values()
    assert (gone.code, gone.severity) == (FindingCode.SSH_PATH_MISSING, Severity.BREAKS)
    assert gone.setting == "remote.SSH.path"
    assert str(bench.home / "ssh.exe") in finding_sentence(gone)
    assert is_in_the_way((gone,))
    assert set(bench.check({"remote.SSH.path": str(bench.config)})) == {"ssh-path-missing"}, "not to be run"
    assert set(bench.check({"remote.SSH.path": "ssh"})) == {"ssh-path-relative"}
    assert set(bench.check({"remote.SSH.path": program("plink: Release 0.83")})) == {"ssh-path-not-openssh"}
    assert bench.check({"remote.SSH.path": program("OpenSSH_for_Windows_9.5p1, LibreSSL 3.8.2")}) == {}


def test_an_ssh_program_that_refuses_the_config_is_told(bench: Bench) -> None:
    bench.config.write_text("Host lab-gpu\n  NoSuchKeyword yes\n")
    found = bench.check({"remote.SSH.path": SSH})
    assert set(found) == {"ssh-path-refuses"}
    assert "nosuchkeyword" in finding_sentence(found["ssh-path-refuses"]).lower()


def test_another_config_file_has_to_lead_to_ours(bench: Bench) -> None:
    other = bench.home / "my config"
    assert set(bench.check({"remote.SSH.configFile": str(other)})) == {"config-file-missing"}
    assert set(bench.check({"remote.SSH.configFile": "my config"})) == {"config-file-relative"}
    other.write_text("Host x\n  User y\n")
    (found,) = bench.check({"remote.SSH.configFile": str(other)}).values()
    assert (found.code, found.severity) == (FindingCode.CONFIG_FILE_OTHER, Severity.BREAKS)
    told = finding_sentence(found)
    line = f'Include "{bench.config}"'
    assert line in told
    other.write_text(f"{line}\n" + other.read_text())
    assert bench.check({"remote.SSH.configFile": str(other)}) == {}, "what was advised helps"


def test_a_short_timeout_is_to_be_raised(bench: Bench) -> None:
    for value in (15, 59.5, "long", None, True):
        (found,) = bench.check({"remote.SSH.connectTimeout": value}).values()
        assert found.code is FindingCode.TIMEOUT_SHORT
        assert found.change == SettingChange(("remote.SSH.connectTimeout",), 60)
    assert "15 seconds" in finding_sentence(bench.check({"remote.SSH.connectTimeout": None})["timeout-short"])
    assert "timeout-short" not in bench.check({"remote.SSH.connectTimeout": None}, "vscodium")


def test_each_server_needs_its_platform(bench: Bench) -> None:
    bench.servers = (SERVER, Server(id="t", alias="two", relay_id="r"))
    (found,) = bench.check({}).values()
    assert found.change == SettingChange(("remote.SSH.remotePlatform", "two"), "linux")
    found = bench.check({"remote.SSH.remotePlatform": {"lab-gpu": "windows", "two": "linux"}})[
        "platform-other"
    ]
    assert found.change is None, "it may be true"
    assert '"windows"' in finding_sentence(found)
    bench.servers = (SERVER,)
    assert set(bench.check({"remote.SSH.remotePlatform": "linux"})) == {"platform-missing"}


def test_hints(bench: Bench) -> None:
    (found,) = bench.check({"remote.SSH.useLocalServer": False}).values()
    assert (found.code, found.severity) == (FindingCode.LOCAL_SERVER_OFF, Severity.HINT)
    extensions = bench.home / ".vscode/extensions"
    extensions.mkdir(parents=True)
    (found,) = bench.check({}).values()
    assert (found.code, found.severity) == (FindingCode.EXTENSION_MISSING, Severity.HINT)
    (extensions / "ms-vscode-remote.remote-ssh-edit-0.87.0").mkdir()
    assert set(bench.check({})) == {"extension-missing"}, "that one only edits configs"
    (extensions / "ms-vscode-remote.remote-ssh-0.120.0").mkdir()
    assert bench.check({}) == {}


def test_vscodium_has_an_ssh_of_its_own(bench: Bench) -> None:
    (bench.home / ".vscode-oss/extensions").mkdir(parents=True)
    found = bench.check({"remote.SSH.path": "/gone", "remote.SSH.useLocalServer": False}, "vscodium")
    assert {code: finding.severity for code, finding in found.items()} == {
        "extension-missing": Severity.BREAKS,
        "host-keys-unchecked": Severity.HINDERS,
    }


def test_damaged_settings_are_told_and_the_rest_is_looked_at(bench: Bench) -> None:
    bench.settings.write_text('{"a": ')
    (found,) = bench.doctor().check(SettingsFile(product("vscode"), bench.settings))
    assert (found.code, found.severity) == (FaultCode.FILE_NOT_UNDERSTOOD, Severity.BREAKS)
    assert "line 1, column 7" in finding_sentence(found)
    assert bench.settings.read_text() == '{"a": '


# --- ssh --------------------------------------------------------------------------------------------------


def test_the_config_has_to_be_installed_and_to_win(bench: Bench) -> None:
    bench.is_installed = False
    assert bench.doctor().general() == (), "a block that was pasted does it too"
    bench.config.write_text("")
    assert codes(bench.doctor().general()) == ["config-not-installed"]
    bench.config.unlink()
    assert codes(bench.doctor().general()) == ["config-not-installed"]
    bench.is_installed = True
    bench.config.write_text(
        "Host lab-gpu\n  HostName 10.0.0.1\nHost *\n  HostName lab-gpu.relaytray.internal\n"
    )
    (found,) = bench.doctor().general()
    assert (found.code, found.severity) == (FindingCode.ALIAS_NOT_READ, Severity.BREAKS)
    assert "lab-gpu" in finding_sentence(found)
    bench.fault = Fault.of(FaultCode.SSH_CONFIG_UNSAFE, path=bench.config, reason="others may write to it")
    assert codes(bench.doctor().general()) == ["ssh-config-unsafe"]
    bench.fault, bench.is_installed, bench.servers = None, False, ()
    assert codes(bench.doctor().general()) == ["config-not-installed"]


@pytest.mark.parametrize(
    ("says", "wanted"),
    [
        ("OpenSSH_8.0p1", [("ssh-old", Severity.HINDERS)]),
        ("OpenSSH_for_Windows_7.2p2", [("ssh-old", Severity.BREAKS)]),
        ("OpenSSH_8.1p1", []),
        ("OpenSSH_10.2p1", []),
    ],
)
def test_an_old_ssh_is_told(
    bench: Bench,
    program: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    says: str,
    wanted: list[tuple[str, Severity]],
) -> None:
    old = program(says)
    monkeypatch.setattr(vscode_doctor, "ssh_programs", lambda: (old,))
    assert [(str(one.code), one.severity) for one in bench.doctor().general()] == wanted


def test_no_ssh_or_one_that_does_not_start_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vscode_doctor, "ssh_programs", lambda: ())
    assert codes(bench.doctor().general()) == ["program-missing"]
    monkeypatch.setattr(vscode_doctor, "ssh_programs", lambda: (str(bench.config),))
    assert codes(bench.doctor().general())[0] == "program-failed"


def test_the_version_of_the_ssh_here_is_understood() -> None:
    version = ssh_version(SSH)
    assert version is not None
    assert version >= (8, 1)
    assert ssh_version(sys.executable) is None


def test_a_program_that_hangs_is_no_ssh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hanging = tmp_path / "hangs"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(vscode_doctor, "_VERSION_TIMEOUT_S", 0.2)
    assert ssh_version(str(hanging)) is None
