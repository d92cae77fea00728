"""A program for the relay that lies on this computer: v2ray or Xray for Linux, in any form one gets it in.

It is the program itself, an official release (a .zip with it), or the package ``xray-core`` of PyPI (a wheel,
or as it is installed on a Linux PC), which is Xray as an extension of Python and needs that there.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import re
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.v2ray_route import Core
from app.storage.paths import expanded
from app.transport.cores.finder import MODULE, PACKAGE

LARGEST = 120 << 20  # bytes of a program; Xray has 40 MB as an extension
_ELF = b"\x7fELF"
_MACHINES = {  # e_machine and the width of addresses (elf.h): the names that uname -m has for them
    (62, 64): ("x86_64",),
    (183, 64): ("aarch64",),
    (40, 32): ("armv6l", "armv7l", "armv8l"),
    (3, 32): ("i386", "i586", "i686"),
    (243, 64): ("riscv64",),
    (22, 64): ("s390x",),
    (258, 64): ("loongarch64",),
}
_EXTENSION = re.compile(r"xray\.cpython-(\d)(\d+)t?-\w+-linux-gnu\.so")
_VERSION = re.compile(r"xray_core-([\d.]+)\.dist-info/")
_OLDEST_PACKAGE = (1, 8, 26, 10)  # carries Xray 26.7.28


@dataclass(frozen=True, slots=True)
class CoreFile:
    """What may be brought to a relay."""

    title: str  # as told to the person
    machines: tuple[str, ...]  # as ``uname -m`` says it
    sha256: str
    data: bytes = field(repr=False)
    python: str = ""  # "3.11": an extension of that Python and no other; "" = a program of its own
    module: str = ""  # the extension's file name

    @property
    def megabytes(self) -> str:
        return str(max(1, round(len(self.data) / 1e6)))

    def why_unfit(self, core: Core, machine: str, python: str) -> str:
        """Why it cannot run on such a relay, in plain words; "" where it can, as far as this tells."""
        if machine not in self.machines:
            return f"it is for {self.machines[0]}, and the relay is {machine}"
        if self.python and core is not Core.XRAY:
            return "it is Xray, and v2ray is wanted"
        if self.python and self.python != python:
            there = f"has Python {python}" if python else "has no Python"
            return f"it needs Python {self.python}, and the relay {there}"
        return ""


def read_core_file(path: Path) -> CoreFile:
    """Raises FILE_UNREADABLE, CORE_FILE_UNUSABLE."""
    path = expanded(path)
    try:
        if path.stat().st_size > LARGEST:
            raise _too_large(path)
        data = path.read_bytes()
    except OSError as e:
        reason = e.strerror or type(e).__name__
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason) from e
    if data.startswith(_ELF):
        extension = _EXTENSION.fullmatch(path.name)
        if extension is not None:
            raise _unusable(path, "it is a part of a Python package; choose the package's .whl file")
        return _program(path, path.name, data)
    if not data.startswith(b"PK"):
        if data.startswith(b"MZ"):
            raise _unusable(path, "it is a program for Windows, and that for Linux is needed")
        raise _unusable(path, "it is neither a program for Linux nor a release as .zip or .whl")
    try:
        with zipfile.ZipFile(path) as archive:
            return _from_archive(path, archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        RuntimeError,
        NotImplementedError,
        OSError,
        EOFError,
    ) as e:
        raise _unusable(path, f"the archive is damaged: {e}") from e


def installed_package() -> CoreFile | None:
    """The package ``xray-core`` of this very Python, where it is one for Linux and new enough."""
    try:
        spec = importlib.util.find_spec(MODULE)
        version = importlib.metadata.version(PACKAGE)
    except (importlib.metadata.PackageNotFoundError, ImportError, ValueError):
        return None
    if spec is None or spec.origin is None:
        return None
    for path in sorted(Path(spec.origin).parent.iterdir()):
        if _EXTENSION.fullmatch(path.name):
            try:
                return _extension(path, path.name, version, path.read_bytes())
            except (OSError, RelayTrayError):
                return None
    return None


# --- inside -------------------------------------------------------------------------------------------------


def _from_archive(path: Path, archive: zipfile.ZipFile) -> CoreFile:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    for name in names:
        base = name.rpartition("/")[2]
        if base in (str(Core.V2RAY), str(Core.XRAY)):
            return _program(path, f"{base} ({path.name})", _member(path, archive, name))
        if _EXTENSION.fullmatch(base):
            version = next((found[1] for one in names if (found := _VERSION.match(one))), "0")
            return _extension(path, base, version, _member(path, archive, name))
    if any(name.lower().endswith((".exe", ".pyd", ".dylib")) or "darwin" in name for name in names):
        raise _unusable(path, "it is for Windows or macOS, and that for Linux is needed")
    raise _unusable(path, "there is no program v2ray or xray in it")


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as file:  # what the archive says of the size is not trusted
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large(path)
    return data


def _program(path: Path, title: str, data: bytes) -> CoreFile:
    return CoreFile(title, _machines_of(path, data), hashlib.sha256(data).hexdigest(), data)


def _extension(path: Path, name: str, version: str, data: bytes) -> CoreFile:
    found = _EXTENSION.fullmatch(name)
    assert found is not None
    numbers = tuple(int(part) for part in version.split(".")[:4] if part.isdigit())
    if numbers < _OLDEST_PACKAGE:
        needed = ".".join(map(str, _OLDEST_PACKAGE))
        raise _unusable(path, f"it is {PACKAGE} {version}, and {needed} or newer is needed")
    return CoreFile(
        f"Xray ({PACKAGE} {version})",
        _machines_of(path, data),
        hashlib.sha256(data).hexdigest(),
        data,
        python=f"{found[1]}.{found[2]}",
        module=name,
    )


def _machines_of(path: Path, data: bytes) -> tuple[str, ...]:
    """Source of the form: the ELF header, System V ABI, chapter 4."""
    if not data.startswith(_ELF) or len(data) < 64:
        raise _unusable(path, "what is in it is no program for Linux")
    order = "<" if data[5] == 1 else ">"
    (machine,) = struct.unpack_from(f"{order}H", data, 18)
    width = 64 if data[4] == 2 else 32
    try:
        return _MACHINES[machine, width]
    except KeyError:
        raise _unusable(path, f"it is for a kind of processor that is not known ({machine})") from None


def _too_large(path: Path) -> RelayTrayError:
    return _unusable(path, f"it has more than {LARGEST >> 20} MB")


def _unusable(path: Path, reason: str) -> RelayTrayError:
    return error(FaultCode.CORE_FILE_UNUSABLE, path=path, reason=reason)
