"""Which program and which system this is, for reports. Nothing here names a person or a machine."""

from __future__ import annotations

import contextlib
import platform
import subprocess
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version

from app import __version__
from app.system.programs import find_programs, no_window_flags

_TIMEOUT_S = 5.0
_PACKAGES = ("paramiko", "cryptography", "PySide6-Essentials")


def versions() -> tuple[str, ...]:
    """One line each. Blocks: every ssh of this computer is asked."""
    packages = ", ".join(_packages())
    return (
        f"RelayTray {__version__}",
        f"{_system()} ({platform.machine()})",
        f"Python {platform.python_version()}; {packages}",
        *_ssh_versions(),
    )


def _system() -> str:
    if platform.system() == "Linux":
        with contextlib.suppress(OSError, KeyError):
            return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, Linux {platform.release()}"
    if platform.system() == "Darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return f"{platform.system()} {platform.version()}"


def _packages() -> Iterator[str]:
    for name in _PACKAGES:
        with contextlib.suppress(PackageNotFoundError):  # a frozen program may come without it
            yield f"{name} {version(name)}"


def _ssh_versions() -> Iterator[str]:
    for program in find_programs("ssh"):
        try:
            done = subprocess.run(
                [program, "-V"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
                creationflags=no_window_flags(),
            )
        except (OSError, subprocess.SubprocessError):
            continue
        lines = (done.stderr + done.stdout).decode("utf-8", "replace").strip().splitlines()
        yield f"ssh: {lines[0] if lines else '?'}"
