"""``doctor`` as a real process, with the real relay and server of the lab."""

from __future__ import annotations

import dataclasses
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from app.integration.ssh_config_install import SshConfigInstall
from tests.cli.driving import connected
from tests.cli.program import Program
from tests.peers.lab import RELAY_NAME, SERVER_ALIAS, Lab


def pin(program: Program, lab: Lab) -> None:
    """What a first connection leaves behind."""
    lines = [lab.relay.host_key_line, f"{SERVER_ALIAS}.relaytray.internal {_public(lab)}"]
    program.paths.known_hosts.parent.mkdir(parents=True, exist_ok=True)
    program.paths.known_hosts.write_text("\n".join(lines) + "\n")


def _public(lab: Lab) -> str:
    return lab.server.host_key_line.split(" ", 1)[1]


def by_check(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {checked["check"]: checked for checked in told["checks"]}


def test_all_is_told_with_figures_and_a_report_without_names(
    lab_program: Program, lab: Lab, tmp_path: Path
) -> None:
    pin(lab_program, lab)
    config = tmp_path / "ssh" / "config"
    SshConfigInstall(lab_program.paths, config=config).install(lab_program.load())
    told = lab_program.json("doctor", SERVER_ALIAS, "--config", str(config))
    assert told["healthy"]
    (diagnosis,) = told["diagnoses"]
    assert (diagnosis["relay"], diagnosis["alias"]) == (RELAY_NAME, SERVER_ALIAS)
    assert {check["verdict"] for check in diagnosis["checks"]} == {"good"}
    checks = by_check(diagnosis)
    assert checks["ssh-config"]["advice"] == "config-in-step"
    assert checks["throughput"]["figure"].endswith("MB/s")
    assert checks["host-key"]["details"] == {"fingerprint": lab.fingerprints.relay}

    report = tmp_path / "report.md"
    words = ("doctor", "--mask", "--report", str(report), "--config", str(config))
    done = lab_program.run(*words)
    assert done.stdout.startswith("server-1 through relay-1\n")
    assert f"Written: {report}" in done.stdout
    text = report.read_text()
    assert text.startswith("# RelayTray doctor\n\n* RelayTray ")
    assert "## server-1 through relay-1" in text
    for name in (SERVER_ALIAS, RELAY_NAME, lab.fingerprints.relay, lab.person_key.name):
        assert name not in done.stdout + text
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


def test_what_is_wrong_is_told_and_the_rest_waits_for_it(lab_program: Program, lab: Lab) -> None:
    pin(lab_program, lab)
    lab.drop_tunnel()
    told = lab_program.json("doctor", SERVER_ALIAS, code=10)
    assert not told["healthy"]
    checks = by_check(told["diagnoses"][0])
    assert checks["reverse-listener"]["fault"]["code"] == "tunnel-down"
    assert checks["server-login"]["details"] == {"check": "reverse-listener"}
    shown = lab_program.run("doctor", SERVER_ALIAS, code=10).stdout
    assert "    x  Tunnel of the server: The relay" in shown
    assert '    -  SSH of the server: First "Tunnel of the server" has to be put right.' in shown


def test_a_relay_alone_and_nothing_at_all(lab_program: Program, lab: Lab) -> None:
    pin(lab_program, lab)
    told = lab_program.json("doctor", RELAY_NAME)
    assert [diagnosis["alias"] for diagnosis in told["diagnoses"]] == [""]
    document = lab_program.load()
    lab_program.store(dataclasses.replace(document, servers=()))
    assert lab_program.json("doctor")["diagnoses"][0]["relay"] == RELAY_NAME
    lab_program.store(dataclasses.replace(document, servers=(), relays=()))
    assert lab_program.json("doctor") == {"healthy": True, "diagnoses": []}
    assert "Add a relay first" in lab_program.run("doctor").stdout


def test_nobody_is_there_to_confirm_a_key(lab_program: Program) -> None:
    checks = by_check(lab_program.json("doctor", SERVER_ALIAS, code=10)["diagnoses"][0])
    assert checks["host-key"]["fault"]["code"] == "nobody-to-ask"
    assert checks["login"]["details"] == {"check": "host-key"}


def test_the_person_is_asked_on_the_terminal_and_can_call_it_off(lab_program: Program, lab: Lab) -> None:
    with lab_program.start_on_terminal("doctor", SERVER_ALIAS) as running:
        running.expect(lab.fingerprints.relay)
        running.interrupt()
        assert running.wait() == 130
    assert not lab_program.paths.known_hosts.exists()
    with lab_program.start_on_terminal("doctor", RELAY_NAME) as running:
        running.expect(lab.fingerprints.relay)
        running.type("yes\n")
        assert running.wait() == 0


def test_a_running_program_is_known_by_its_port(lab_program: Program, lab: Lab) -> None:
    with connected(lab_program, lab):
        checks = by_check(lab_program.json("doctor", SERVER_ALIAS)["diagnoses"][0])
        assert checks["local-port"]["advice"] == "port-ours"


@pytest.mark.parametrize(
    "words", [("--fix",), ("gpu", "--yes"), ("vscode", "--mask"), ("vscode", "--report", "r")]
)
def test_options_of_the_other_doctor_are_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert Program(tmp_path).error("doctor", *words, code=2)["code"] == "usage"


def test_an_unknown_name_and_a_report_that_cannot_be_written(lab_program: Program, lab: Lab) -> None:
    assert lab_program.error("doctor", "lab-gp", code=2)["details"]["near"] == SERVER_ALIAS
    pin(lab_program, lab)
    done = lab_program.run("--json", "doctor", RELAY_NAME, "--report", "/no/such/folder/r.md", code=1)
    assert json.loads(done.stdout)["healthy"], "what was found is not lost"
    assert json.loads(done.stderr)["error"]["code"] == "file-unwritable"
