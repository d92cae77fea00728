"""What goes wrong between finding a core and its first connection: programs made up for each case."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.v2ray_route import Core
from app.socks.client_protocol import Login
from app.transport.cores import running
from app.transport.cores.finder import CoreProgram
from app.transport.cores.running import RunningCore, check_config, with_login

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs made up with sh")

UUID = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
CONFIG = json.dumps({"log": {"loglevel": "warning"}, "inbounds": [{"protocol": "socks", "settings": {}}]})


def core(folder: Path, script: str, check: str | None = None) -> CoreProgram:
    def program(name: str, text: str) -> tuple[str, ...]:
        (folder / name).write_text("#!/bin/sh\n" + text + "\n")
        (folder / name).chmod(0o755)
        return (str(folder / name),)

    judge = () if check is None else program("check", check)
    return CoreProgram("v2ray 4.99.0", Core.V2RAY, program("core", script), judge)


def fault_of(program: CoreProgram, cancelled: threading.Event | None = None) -> tuple[FaultCode, str]:
    with pytest.raises(RelayTrayError) as caught:
        RunningCore(
            program,
            lambda _port: CONFIG,
            name="core",
            hidden=(),
            cancelled=cancelled or threading.Event(),
            on_end=lambda: pytest.fail("it never was up"),
        )
    return caught.value.fault.code, caught.value.fault.details.get("reason", "")


def test_one_that_ends_at_once_says_why_and_no_secret(tmp_path: Path) -> None:
    said = f"echo '2026/11/26 23:24:39 [Warning] main: a > b > no user {UUID}.'; exit 1"
    assert fault_of(core(tmp_path, said)) == (FaultCode.CORE_DIED, "no user ***")


def test_one_that_ends_without_a_word(tmp_path: Path) -> None:
    assert fault_of(core(tmp_path, "exit 23")) == (FaultCode.CORE_REFUSED_CONFIG, "it does not say why")
    code, reason = fault_of(core(tmp_path, "exit 255"))
    assert (code, reason) == (FaultCode.CORE_DIED, "it ended with exit code 255")


def test_one_that_opens_no_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "START_TIMEOUT_S", 0.3)
    assert fault_of(core(tmp_path, "exec sleep 60")) == (FaultCode.CORE_DIED, "it opens no port")


def test_called_off_while_it_starts(tmp_path: Path) -> None:
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    assert fault_of(core(tmp_path, "exec sleep 60"), cancelled)[0] is FaultCode.CANCELLED


def test_a_configuration_is_judged_before(tmp_path: Path) -> None:
    script = f"echo started > {tmp_path}/started; exec sleep 60"
    judged = core(tmp_path, script, f"cat > {tmp_path}/seen; echo 'main: failed > bad user {UUID}'; exit 23")
    assert fault_of(judged) == (FaultCode.CORE_REFUSED_CONFIG, "bad user ***")
    assert not (tmp_path / "started").exists()
    seen = json.loads((tmp_path / "seen").read_text())
    assert seen["inbounds"][0]["settings"]["auth"] == "password"
    assert fault_of(core(tmp_path, script, "exit 1")) == (
        FaultCode.CORE_REFUSED_CONFIG,
        "it does not say why",
    )


def test_a_judge_that_hangs_or_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_CHECK_TIMEOUT_S", 0.2)
    hangs = core(tmp_path, "exit 1", "exec sleep 60")
    assert fault_of(hangs) == (FaultCode.PROGRAM_FAILED, "it does not end")
    Path(hangs.check[0]).chmod(0o644)
    assert fault_of(hangs) == (FaultCode.PROGRAM_FAILED, "Permission denied")


def test_what_is_called_off_is_not_judged_further(tmp_path: Path) -> None:
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(RelayTrayError) as caught:
        check_config(core(tmp_path, "exit 1", "exit 0"), CONFIG, cancelled)
    assert caught.value.fault.code is FaultCode.CANCELLED


def test_only_who_knows_the_password_comes_in() -> None:
    raw = json.loads(with_login(CONFIG, Login("u", "p")))
    assert raw["inbounds"][0]["settings"] == {
        "auth": "password",
        "accounts": [{"user": "u", "pass": "p"}],
        "udp": False,
    }
    assert raw["log"] == {"loglevel": "warning", "access": "none"}
