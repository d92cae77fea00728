"""Finding and starting other programs, and how this program can be started again by them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

_IS_WINDOWS = os.name == "nt"
CONSOLE_PROGRAM = "relaytray"  # the command with standard input and output, as against the tray's


def no_window_flags() -> int:
    """``creationflags`` for Popen: on Windows a console program must not open a window of its own."""
    if sys.platform == "win32":
        return subprocess.CREATE_NO_WINDOW
    return 0


def which(name: str, path: str | None = None) -> str | None:
    """``shutil.which``, but not out of the current folder, where Windows looks before all others: what lies
    there, in a folder of downloads for instance, may be anybody's."""
    found = shutil.which(name, path=path)
    if found is None or not _IS_WINDOWS or Path(found).is_absolute():
        return found
    folders = map(Path, os.get_exec_path() if path is None else path.split(os.pathsep))
    endings = os.environ.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")
    places = (f / (name + ending) for f in folders if f.is_absolute() for ending in endings)
    return next((str(place) for place in places if place.is_file()), None)


def find_program(name: str) -> str | None:
    """Absolute path of a program such as ``ssh``, or None: from PATH, or where Windows keeps OpenSSH."""
    found = which(name)
    if found:
        return str(Path(found).absolute())
    for folder in _windows_folders():
        found = which(name, path=str(folder))
        if found:
            return str(Path(found).absolute())
    return None


def find_programs(name: str) -> list[str]:
    """Every program of that name, as ``find_program`` looks for them: the one that is found first, first."""
    folders = [Path(folder) for folder in os.get_exec_path() if folder]
    found: dict[str, str] = {}  # by the file behind links: /bin and /usr/bin are often the same
    for folder in (*folders, *_windows_folders()):
        program = which(name, path=str(folder))
        if program:
            found.setdefault(os.path.realpath(program), str(Path(program).absolute()))
    return list(found.values())


def relaytray_command() -> list[str]:
    """The words that start this very program again from anywhere, without PYTHONPATH or a working folder.

    A frozen program is its own executable; an installed one has a console script beside its Python; a
    checkout is started through the file of its ``app`` package.
    """
    if getattr(sys, "frozen", False):
        return [str(_console_twin(Path(sys.executable), CONSOLE_PROGRAM))]
    entry = Path(__file__).resolve().parent.parent / "__main__.py"
    if {"site-packages", "dist-packages"} & set(entry.parts):
        script = Path(sys.executable).absolute().with_name(CONSOLE_PROGRAM + _exe_suffix())
        if script.is_file():
            return [str(script)]
    return [str(_console_python()), str(entry)]


def _console_python() -> Path:
    """``pythonw.exe`` has no standard input and output; ``python.exe`` beside it has."""
    python = Path(sys.executable).absolute()  # not resolved: a virtual environment is known by its link
    if python.stem.lower().startswith("pythonw"):
        return _console_twin(python, "python")
    return python


def _console_twin(program: Path, name: str) -> Path:
    twin = program.with_name(name + _exe_suffix())
    return twin if twin.is_file() else program


def _exe_suffix() -> str:
    return ".exe" if sys.platform == "win32" else ""


def _windows_folders() -> list[Path]:
    """Win32-OpenSSH first: it speaks to the Windows agent; then the programs of Git for Windows."""
    if os.name != "nt":
        return []
    system_root = os.environ.get("SystemRoot", r"C:\Windows")  # noqa: SIM112 - its name on Windows
    # "Sysnative" is how a 32-bit Python sees the real System32.
    folders = [Path(system_root, part, "OpenSSH") for part in ("System32", "Sysnative")]
    for base in ("ProgramFiles", "ProgramW6432", "LOCALAPPDATA"):
        root = os.environ.get(base)
        if not root:
            continue
        folders.append(Path(root, "OpenSSH"))
        git = Path(root, "Programs", "Git") if base == "LOCALAPPDATA" else Path(root, "Git")
        folders += [git / "usr" / "bin", git / "ucrt64" / "bin", git / "mingw64" / "bin"]
    return folders
