"""Which program is taken for a core, and what is said when none will do."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.v2ray_route import Core
from app.transport.cores import finder
from app.transport.cores.finder import find_core

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs made up with sh")


def program(folder: Path, name: str, says: str, word: str = "-version") -> str:
    """One that says ``says`` when it is asked with ``word``, and fails otherwise."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n[ \"$1\" = {word} ] || exit 1\ncat <<'E'\n{says}\nE\n")
    path.chmod(0o755)
    return str(path)


def fault_of(core: Core, chosen: str = "") -> tuple[FaultCode, dict[str, str]]:
    with pytest.raises(RelayTrayError) as caught:
        find_core(core, chosen)
    return caught.value.fault.code, dict(caught.value.fault.details)


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + os.pathsep + "/bin")
    monkeypatch.setattr(finder, "MODULE", "no_such_module_xray")
    monkeypatch.setattr(finder, "find_program", lambda name: shutil.which(name, path=str(tmp_path / "bin")))
    return tmp_path / "bin"


def test_the_real_ones_are_found() -> None:
    v2ray, xray = find_core(Core.V2RAY), find_core(Core.XRAY)
    assert v2ray.title.startswith("v2ray 4.34")
    assert v2ray.command[1:] == ("-config", "stdin:")
    assert (xray.core, xray.title) == (Core.XRAY, "Xray (xray-core 1.8.26.13)")
    assert xray.command[0] == sys.executable


def test_nothing_is_said_to_be_nothing(nothing_here: Path) -> None:
    assert fault_of(Core.V2RAY) == (FaultCode.CORE_MISSING, {"core": "v2ray"})
    assert fault_of(Core.XRAY) == (FaultCode.CORE_MISSING, {"core": "Xray"})
    gone = str(nothing_here / "gone")
    assert fault_of(Core.XRAY, gone) == (FaultCode.PROGRAM_MISSING, {"program": gone})


@posix
def test_a_file_that_the_person_chose_comes_first(nothing_here: Path, tmp_path: Path) -> None:
    chosen = program(tmp_path, "my xray", "Xray 26.10.10 (Xray, Penetrates Everything.)")
    program(nothing_here, "xray", "Xray 26.9.1 (Xray)")
    found = find_core(Core.XRAY, chosen)
    assert (found.title, found.command) == ("Xray 26.10.10", (chosen, "run", "-c", "stdin:"))
    assert found.check == (chosen, "run", "-test", "-c", "stdin:")


@posix
def test_a_chosen_v2ray_is_passed_over_for_an_xray_relay(nothing_here: Path, tmp_path: Path) -> None:
    chosen = program(tmp_path, "v2ray", "V2Ray 4.45.2 (V2Fly)")
    other = program(nothing_here, "xray", "Xray 26.9.1 (Xray)")
    assert find_core(Core.XRAY, chosen).command[0] == other
    assert find_core(Core.V2RAY, chosen).command[0] == chosen


@posix
def test_xray_stands_in_where_there_is_no_v2ray(nothing_here: Path) -> None:
    program(nothing_here, "xray", "Xray 26.9.1 (Xray)")
    assert find_core(Core.V2RAY).title == "Xray 26.9.1"


@posix
def test_version_5_has_words_of_its_own(nothing_here: Path) -> None:
    path = program(nothing_here, "v2ray", "V2Ray 5.44.1 (V2Fly)", word="version")
    found = find_core(Core.V2RAY)
    assert found.command == (path, "run", "-format", "jsonv4", "-c", "stdin:")
    assert found.check == (path, "test", "-format", "jsonv4", "-c", "stdin:")


@posix
def test_one_that_is_too_old_is_named_unless_another_will_do(nothing_here: Path, tmp_path: Path) -> None:
    old = program(nothing_here, "xray", "Xray 26.3.27 (Xray)")
    details = {"program": old, "version": "26.3.27", "needed": "26.5.3"}
    assert fault_of(Core.XRAY) == (FaultCode.CORE_TOO_OLD, details)
    chosen = program(tmp_path, "newer", "Xray 26.5.3 (Xray)")
    assert find_core(Core.XRAY, chosen).command[0] == chosen
    program(nothing_here, "v2ray", "V2Ray 4.23.4 (V2Fly)")
    assert fault_of(Core.V2RAY)[1]["needed"] == "4.34.0"


@posix
def test_what_is_no_core_is_none(nothing_here: Path) -> None:
    program(nothing_here, "xray", "hello")
    assert fault_of(Core.XRAY)[0] is FaultCode.CORE_MISSING


def test_an_old_package_and_a_module_that_is_not_the_packages(
    nothing_here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "MODULE", "xray")
    monkeypatch.setattr(finder, "_PACKAGE_NEEDED", (1, 9))
    code, details = fault_of(Core.XRAY)
    assert (code, details["program"], details["needed"]) == (FaultCode.CORE_TOO_OLD, "xray-core", "1.9")
    monkeypatch.setattr(finder, "PACKAGE", "no-such-distribution")
    assert fault_of(Core.XRAY)[0] is FaultCode.CORE_MISSING


def test_a_frozen_program_starts_itself(nothing_here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finder, "MODULE", "xray")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert find_core(Core.XRAY).command[-1] == finder.HIDDEN_COMMAND
