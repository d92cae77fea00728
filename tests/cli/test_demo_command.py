"""``demo`` and ``self-test`` as a person without a display runs them."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
from pathlib import Path

import pytest

from app.cli.commands import run
from app.cli.demo_command import GREETING
from app.cli.wiring import TrayRequest, Wiring
from app.core.profiles import Document, Relay
from app.core.validation import local_ports
from app.integration.profile_store import open_store
from app.integration.ssh_config_install import SshConfigInstall
from app.main import make_wiring
from app.storage.paths import Paths
from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_the_demo_connects_hop_by_hop_and_runs_a_command(program: Program, tmp_path: Path) -> None:
    env = {"TMPDIR": str(tmp_path)}
    told = program.run("demo", env=env)
    assert "demo-relay (relay): up" in told.stdout
    assert "demo-gpu: connected" in told.stdout
    assert f"through ssh: {GREETING}" in told.stdout
    assert told.stdout.endswith("Everything works.\n")
    assert told.stderr == ""
    values = [json.loads(line) for line in program.run("--json", "demo").stdout.splitlines()]
    assert [value["step"] for value in values] == list(range(1, len(values) + 1))
    assert values[-1]["event"] == "done"


def test_without_a_data_folder_the_demo_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And touches none of the person's own profiles. Here without an ssh program too."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "mine"))
    monkeypatch.setattr("app.cli.demo_command.find_program", lambda _name: None)
    assert run(["demo"], make_wiring()) == 0
    assert "RelayTray's own SSH client" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


def test_an_ssh_config_that_was_installed_in_the_demo_goes_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    config = home / ".ssh" / "config"
    config.write_text("Host other\n  User me\n", encoding="ascii")
    monkeypatch.setattr("app.integration.ssh_config_install.ssh_home", lambda: home)
    included: list[str] = []

    def start_tray(request: TrayRequest) -> int:
        SshConfigInstall(request.paths).install(open_store(request.paths).load())
        included.append(config.read_text(encoding="ascii"))
        return 0

    wiring = dataclasses.replace(make_wiring(), start_tray=start_tray)
    assert run(["demo", "--tray"], wiring) == 0
    assert included[0].startswith("Include ")
    assert config.read_text(encoding="ascii") == "Host other\n  User me\n"


def test_the_demo_in_the_tray_gets_its_profiles_and_fingerprints(tmp_path: Path) -> None:
    requests: list[TrayRequest] = []

    def start_tray(request: TrayRequest) -> int:
        requests.append(request)
        assert request.paths.document.exists()
        assert request.demo is not None
        assert set(request.trusted) == set(request.demo.fingerprints)
        return 0

    wiring = dataclasses.replace(make_wiring(), start_tray=start_tray)
    assert run(["--data-dir", str(tmp_path), "demo", "--tray"], wiring) == 0
    assert len(requests) == 1
    without = dataclasses.replace(make_wiring(), start_tray=None)
    assert run(["--data-dir", str(tmp_path), "demo", "--tray"], without) == 1
    assert run(["--data-dir", str(tmp_path)], without) == 1, "no tray without Qt, and it says so"
    assert run(["--data-dir", str(tmp_path), "tray", "--minimised"], wiring_without_demo(requests)) == 0
    assert requests[-1].minimised
    assert requests[-1].paths == Paths.at(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a display")
@pytest.mark.parametrize("words", [(), ("tray",), ("demo", "--tray")])
def test_without_a_display_the_tray_says_so(program: Program, words: tuple[str, ...]) -> None:
    """And not Qt, which would end the whole process; nothing of the start is left behind."""
    program.env.pop("QT_QPA_PLATFORM", None)
    told = program.run(*words, code=1)
    assert "neither DISPLAY nor WAYLAND_DISPLAY is set" in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert program.error(*words, code=1)["code"] == "no-display"
    assert not program.paths.socket.exists()
    assert program.json("status")["running"] is False


def wiring_without_demo(requests: list[TrayRequest]) -> Wiring:
    def start_tray(request: TrayRequest) -> int:
        requests.append(request)
        return 0

    return dataclasses.replace(make_wiring(), start_tray=start_tray)


def test_self_test_checks_everything(program: Program) -> None:
    told = program.run("self-test").stdout
    for check in ("program", "resources", "tray", "keyring", "codes", "programs", "tunnel"):
        assert f"ok     {check}: " in told
    assert "FAILED" not in told
    values = [json.loads(line) for line in program.run("self-test", "--json").stdout.splitlines()]
    assert all(value["ok"] for value in values)


def test_self_test_changes_nothing_in_a_data_folder_that_was_given(program: Program) -> None:
    program.store(Document(relays=(Relay(id="r", name="own", host="h", user="u"),)))
    before = {path: path.is_file() and path.read_bytes() for path in program.data_dir.rglob("*")}
    assert "ok     tunnel: " in program.run("self-test").stdout
    assert {path: path.is_file() and path.read_bytes() for path in program.data_dir.rglob("*")} == before


def test_the_demo_takes_no_port_of_the_persons_own_profiles(
    program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And works at the port that it has got instead."""
    own = tuple(Relay(id=f"r{n}", name=f"own{n}", host="h", user="u", socks_port=10080 + n) for n in (0, 1))
    program.store(Document(relays=own))
    monkeypatch.setattr("app.cli.demo_command.find_program", lambda _name: None)
    assert run(["--data-dir", str(program.data_dir), "demo"], make_wiring()) == 0
    stored = program.load()
    assert stored.relays[:2] == own
    ports = [port for port, _, _ in local_ports(stored)]
    assert len(set(ports)) == len(ports)
    assert f"127.0.0.1:{stored.relays[2].socks_port}" in capsys.readouterr().out


def test_self_test_names_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.resource_files.ROOT", tmp_path)
    assert run(["--data-dir", str(tmp_path / "data"), "self-test"], make_wiring()) == 2
    out = capsys.readouterr().out
    assert "FAILED resources: " in out
    assert "ok     tunnel" in out, "the other checks run all the same"


@pytest.mark.expected_logs("The command status failed.")
def test_a_mistake_of_ours_is_a_sentence_and_a_log_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("app.cli.context.ControlClient.call", fail)
    assert run(["--data-dir", str(tmp_path), "--json", "status"], make_wiring()) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "internal"
    assert "ZeroDivisionError: oops" in error["sentence"]
