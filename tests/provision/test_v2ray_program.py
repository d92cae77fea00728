"""Which files may be brought to a relay as its v2ray or Xray, and what is said of the others."""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import platform
import sys
import zipfile
from pathlib import Path
from typing import Literal

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.v2ray_route import Core
from app.provision import v2ray_program
from app.provision.v2ray_program import CoreFile, installed_package, read_core_file
from app.transport.cores.finder import PACKAGE


def elf(machine: int, *, width: int = 64, big: bool = False, more: bytes = b"") -> bytes:
    """The header of a program, and nothing that would run."""
    order: Literal["big", "little"] = "big" if big else "little"
    identity = b"\x7fELF" + bytes([2 if width == 64 else 1, 2 if big else 1, 1]) + bytes(9)
    return identity + (2).to_bytes(2, order) + machine.to_bytes(2, order) + bytes(44) + more


def archive(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return path


def why(path: Path) -> str:
    with pytest.raises(RelayTrayError) as caught:
        read_core_file(path)
    assert caught.value.fault.code is FaultCode.CORE_FILE_UNUSABLE
    assert caught.value.fault.details["path"] == str(path)
    return caught.value.fault.details["reason"]


@pytest.mark.parametrize(
    ("header", "machines"),
    [
        (elf(62), ("x86_64",)),
        (elf(183), ("aarch64",)),
        (elf(40, width=32), ("armv6l", "armv7l", "armv8l")),
        (elf(22, big=True), ("s390x",)),
    ],
)
def test_the_program_itself(tmp_path: Path, header: bytes, machines: tuple[str, ...]) -> None:
    path = tmp_path / "anything"
    path.write_bytes(header)
    found = read_core_file(path)
    assert (found.machines, found.python) == (machines, "")
    assert (found.data, found.sha256) == (header, hashlib.sha256(header).hexdigest())
    assert found.why_unfit(Core.V2RAY, machines[-1], "") == ""
    assert "and the relay is mips" in found.why_unfit(Core.V2RAY, "mips", "3.11")


def test_official_releases(tmp_path: Path) -> None:
    program = elf(62, more=bytes(1000))
    path = archive(tmp_path / "v2ray-linux-64.zip", geoip_dot_dat=b"x", v2ray=program, config_dot_json=b"{}")
    assert read_core_file(path).data == program
    path = archive(tmp_path / "Xray-linux-64.zip", README=b"x", xray=program)
    assert read_core_file(path).title == "xray (Xray-linux-64.zip)"


def test_a_wheel(tmp_path: Path) -> None:
    path = tmp_path / "xray_core-1.8.26.13-cp312-cp312-manylinux2014_aarch64.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("xray/__init__.py", "")
        made.writestr("xray/xray.cpython-312-aarch64-linux-gnu.so", elf(183))
        made.writestr("xray_core-1.8.26.13.dist-info/METADATA", "")
    found = read_core_file(path)
    assert (found.title, found.python, found.machines) == ("Xray (xray-core 1.8.26.13)", "3.12", ("aarch64",))
    assert found.module == "xray.cpython-312-aarch64-linux-gnu.so"
    assert found.why_unfit(Core.XRAY, "aarch64", "3.12") == ""
    other = found.why_unfit(Core.XRAY, "aarch64", "3.11")
    assert other == "it needs Python 3.12, and the relay has Python 3.11"
    assert found.why_unfit(Core.XRAY, "aarch64", "") == "it needs Python 3.12, and the relay has no Python"
    assert found.why_unfit(Core.V2RAY, "aarch64", "3.12") == "it is Xray, and v2ray is wanted"


def test_a_wheel_with_an_older_xray(tmp_path: Path) -> None:
    path = tmp_path / "old.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("xray/xray.cpython-311-x86_64-linux-gnu.so", elf(62))
        made.writestr("xray_core-1.8.4.dist-info/METADATA", "")
    assert why(path) == "it is xray-core 1.8.4, and 1.8.26.10 or newer is needed"


def test_what_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    windows = tmp_path / "v2ray.exe"
    windows.write_bytes(b"MZ" + bytes(100))
    assert "for Windows" in why(windows)
    assert "for Windows or macOS" in why(archive(tmp_path / "v2ray-windows-64.zip", v2ray_dot_exe=b"MZ"))
    assert "no program v2ray or xray in it" in why(archive(tmp_path / "photos.zip", a_dot_jpg=b"x"))
    assert "what is in it is no program for Linux" in why(archive(tmp_path / "text.zip", v2ray=b"#!/bin/sh"))
    text = tmp_path / "notes.txt"
    text.write_bytes(b"hello")
    assert "neither a program for Linux nor" in why(text)
    odd = tmp_path / "odd"
    odd.write_bytes(elf(9999))
    assert "not known (9999)" in why(odd)
    short = tmp_path / "short"
    short.write_bytes(b"\x7fELF")
    assert "no program for Linux" in why(short)
    part = tmp_path / "xray.cpython-311-x86_64-linux-gnu.so"
    part.write_bytes(elf(62))
    assert ".whl" in why(part)
    damaged = archive(tmp_path / "damaged.zip", v2ray=elf(62, more=bytes(range(256)) * 40))
    data = bytearray(damaged.read_bytes())
    data[60:90] = bytes(30)
    damaged.write_bytes(data)
    assert "damaged" in why(damaged)
    monkeypatch.setattr(v2ray_program, "LARGEST", 1 << 20)
    assert "more than 1 MB" in why(archive(tmp_path / "bomb.zip", v2ray=elf(62, more=bytes(2 << 20))))
    large = tmp_path / "large"
    large.write_bytes(elf(62, more=bytes(2 << 20)))
    assert "more than 1 MB" in why(large)
    with pytest.raises(RelayTrayError) as caught:
        read_core_file(tmp_path / "missing")
    assert caught.value.fault.code is FaultCode.FILE_UNREADABLE


def test_every_cut_of_a_release_is_told_or_read_whole(tmp_path: Path) -> None:
    """Half a download must not become half a program."""
    whole = elf(62, more=bytes(range(256)) * 20)
    data = archive(tmp_path / "whole.zip", v2ray=whole, xray_dot_json=b"{}").read_bytes()
    assert zipfile.is_zipfile(io.BytesIO(data))
    path = tmp_path / "cut.zip"
    for end in range(4, len(data), 37):
        path.write_bytes(data[:end])
        assert "damaged" in why(path)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it is none for Linux")
def test_the_package_that_is_installed_here() -> None:
    found = installed_package()
    assert isinstance(found, CoreFile)
    assert found.title == f"Xray ({PACKAGE} {importlib.metadata.version(PACKAGE)})"
    here = ".".join(platform.python_version_tuple()[:2])
    assert found.why_unfit(Core.XRAY, platform.machine(), here) == ""
    assert str(len(found.data)) not in repr(found)
    assert len(repr(found)) < 500
