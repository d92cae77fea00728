"""Which program is taken for the Shadowsocks client, and what is said when none will do."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.shadowsocks_methods import METHODS
from app.transport.cores import finder, shadowsocks_finder
from app.transport.cores.shadowsocks_finder import ClientKind, find_client, find_plugin

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs made up with sh")
LIBEV = "shadowsocks-libev {}\n  -m aes-128-gcm, aes-256-gcm,\n xchacha20-ietf-poly1305, rc4-md5."
RUST = "[possible values: aes-128-gcm, aes-256-gcm, chacha20-ietf-poly1305, 2022-blake3-aes-256-gcm]"


def program(folder: Path, name: str, **said: str) -> str:
    """One that answers the word ``-h`` by ``h``, ``--version`` by ``version`` and ``--help`` by ``help``."""
    folder.mkdir(exist_ok=True)
    words = {"h": "-h", "version": "--version", "help": "--help"}
    cases = "\n".join(f"{words[word]}) cat <<'E'\n{text}\nE\n;;" for word, text in said.items())
    path = folder / name
    path.write_text(f'#!/bin/sh\ncase "$1" in\n{cases}\n*) exit 1;;\nesac\n')
    path.chmod(0o755)
    return str(path)


def libev(folder: Path, version: str = "3.3.5", name: str = "ss-local") -> str:
    return program(folder, name, h=LIBEV.format(version))


def rust(folder: Path, version: str = "1.15.3", name: str = "sslocal") -> str:
    return program(folder, name, h="A fast tunnel proxy", version=f"shadowsocks {version}", help=RUST)


def fault_of(method: str, plugin: str = "", chosen: str = "") -> tuple[FaultCode, dict[str, str]]:
    with pytest.raises(RelayTrayError) as caught:
        find_client(method, plugin, chosen)
    return caught.value.fault.code, dict(caught.value.fault.details)


@pytest.fixture
def nothing_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    bin_ = tmp_path / "bin"
    monkeypatch.setenv("PATH", str(bin_) + os.pathsep + "/bin")
    monkeypatch.setattr(finder, "MODULE", "no_such_module_xray")

    def find(name: str) -> str | None:
        return shutil.which(name, path=str(bin_))

    monkeypatch.setattr(finder, "find_program", find)
    monkeypatch.setattr(shadowsocks_finder, "find_program", find)
    monkeypatch.setattr(
        shadowsocks_finder, "find_programs", lambda name: [found] if (found := find(name)) else []
    )
    return bin_


def test_the_real_ones_are_found() -> None:
    for method in METHODS:
        found = find_client(method).program
        by_xray = method.startswith("2022-")
        assert found.kind is (ClientKind.XRAY if by_xray else ClientKind.LIBEV)
    assert found.title == "Xray (xray-core 1.8.26.13)"
    assert find_client("aes-256-gcm", "v2ray-plugin").plugin.endswith("/ss-v2ray-plugin")
    assert find_client("aes-256-gcm", "obfs-local").program.title == "shadowsocks-libev 3.3.5"


def test_nothing_is_said_to_be_nothing(nothing_here: Path) -> None:
    code, details = fault_of("aes-256-gcm")
    assert code is FaultCode.SHADOWSOCKS_MISSING
    assert details["needed"] == "ss-local (shadowsocks-libev) / sslocal (shadowsocks-rust) / Xray (xray-core)"
    assert "ss-local" not in fault_of("2022-blake3-aes-256-gcm")[1]["needed"]
    assert "Xray" not in fault_of("aes-256-gcm", "obfs-local")[1]["needed"]
    assert fault_of("aes-192-gcm")[1]["needed"] == "ss-local (shadowsocks-libev)"
    gone = str(nothing_here / "gone")
    assert fault_of("aes-256-gcm", chosen=gone) == (FaultCode.PROGRAM_MISSING, {"program": gone})


@posix
def test_the_chosen_one_comes_first_and_must_be_one(nothing_here: Path, tmp_path: Path) -> None:
    libev(nothing_here)
    chosen = rust(tmp_path, name="my client")
    found = find_client("aes-256-gcm", chosen=chosen).program
    assert (found.path, found.title, found.kind) == (chosen, "shadowsocks-rust 1.15.3", ClientKind.RUST)
    assert find_client("xchacha20-ietf-poly1305", chosen=chosen).program.kind is ClientKind.LIBEV
    wrong = program(tmp_path, "other", h="hello")
    assert fault_of("aes-256-gcm", chosen=wrong) == (
        FaultCode.SHADOWSOCKS_PROGRAM_WRONG,
        {"program": wrong},
    )


@posix
def test_a_method_that_it_does_not_know(nothing_here: Path) -> None:
    libev(nothing_here)
    code, details = fault_of("2022-blake3-aes-256-gcm")
    assert code is FaultCode.SHADOWSOCKS_METHOD_UNKNOWN
    assert details["program"] == "shadowsocks-libev 3.3.5"
    assert "sslocal" in details["needed"]
    rust(nothing_here)
    assert find_client("2022-blake3-aes-256-gcm").program.kind is ClientKind.RUST


@posix
def test_one_that_is_too_old(nothing_here: Path) -> None:
    path = libev(nothing_here, "2.5.6")
    assert fault_of("aes-256-gcm") == (
        FaultCode.CORE_TOO_OLD,
        {"program": path, "version": "2.5.6", "needed": "3.1.0"},
    )
    rust(nothing_here)
    assert find_client("aes-256-gcm").program.kind is ClientKind.RUST


@posix
def test_plugins_are_looked_for_beside_the_client_and_no_other_is_started(
    nothing_here: Path, tmp_path: Path
) -> None:
    client = libev(tmp_path / "my programs")
    assert fault_of("aes-256-gcm", "v2ray-plugin", client) == (
        FaultCode.SHADOWSOCKS_PLUGIN_MISSING,
        {"plugin": "v2ray-plugin"},
    )
    beside = program(tmp_path / "my programs", "v2ray-plugin")
    assert find_client("aes-256-gcm", "v2ray-plugin", client).plugin == beside
    assert find_plugin("simple-obfs", client) is None
    for name in ("touch /tmp/x", "kcptun", "../obfs-local"):
        assert fault_of("aes-256-gcm", name, client) == (
            FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN,
            {"plugin": name},
        )
