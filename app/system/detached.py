"""Starts a program of the person that goes on without us, as if they had started it themselves."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from app.core.faults import FaultCode, error
from app.system.programs import no_window_flags

_EARLY_S = 1.5  # a program that cannot start has said so by then
_MAX_REASON = 300
# PyInstaller keeps what these were before under the same name with _ORIG.
_SEARCH_PATHS = ("LD_LIBRARY_PATH", "LIBPATH", "DYLD_LIBRARY_PATH")
_OURS_WHEN_FROZEN = ("PYTHON", "QT_", "QML", "_PYI_", "_MEI")
# Set in the terminals of VS Code and its kin: with them their command would speak to that window, or be Node.
_OF_EDITORS = ("VSCODE_", "ELECTRON_")


def environment_for_others(
    environment: Mapping[str, str] | None = None, *, frozen: bool | None = None
) -> dict[str, str]:
    """The environment without what only this program, or the editor it was started from, needs."""
    environment = os.environ if environment is None else environment
    is_frozen = bool(getattr(sys, "frozen", False)) if frozen is None else frozen
    dropped = (*_OF_EDITORS, *(_OURS_WHEN_FROZEN if is_frozen else ()))
    kept = {name: value for name, value in environment.items() if not name.startswith(dropped)}
    if is_frozen:
        for name in _SEARCH_PATHS:
            original = kept.pop(f"{name}_ORIG", None)
            kept.pop(name, None)
            if original:
                kept[name] = original
    return kept


def start_detached(program: str, words: Sequence[str] | str, *, name: str, early_s: float = _EARLY_S) -> None:
    """Start it and return when it has ended well, or still runs after a moment.

    ``name`` is how the person knows it. A text instead of words is the whole command line, for a Windows
    program that takes it apart by rules of its own. Blocks for up to ``early_s``. Raises PROGRAM_MISSING,
    PROGRAM_FAILED.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            with _without_our_libraries():
                process = subprocess.Popen(
                    words if isinstance(words, str) else [program, *words],
                    executable=program,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=errors,  # a pipe would break under a program that goes on
                    env=environment_for_others(),
                    cwd=_home(),
                    creationflags=no_window_flags(),
                    start_new_session=os.name == "posix",
                )
        except FileNotFoundError:
            raise error(FaultCode.PROGRAM_MISSING, program=program) from None
        except OSError as e:
            reason = e.strerror or type(e).__name__
            raise error(FaultCode.PROGRAM_FAILED, program=name, reason=reason) from e
        try:
            code = process.wait(early_s)
        except subprocess.TimeoutExpired:
            # Somebody has to take its exit code when it ends, or it stays a zombie.
            threading.Thread(target=process.wait, name="program-ends", daemon=True).start()
            return
        if code != 0:
            errors.seek(0)
            reason = _last_line(errors.read(65536)) or f"it ended at once with exit code {code}"
            raise error(FaultCode.PROGRAM_FAILED, program=name, reason=reason)


def _home() -> Path | None:
    """Not our folder, which could then not be removed on Windows while the program runs."""
    home = Path.home()
    return home if home.is_dir() else None


def _last_line(data: bytes) -> str:
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    told = [line for line in lines if line]
    return told[-1][:_MAX_REASON].rstrip(".") if told else ""


@contextlib.contextmanager
def _without_our_libraries() -> Iterator[None]:
    """The frozen program has Windows look for libraries in its folder first, which programs inherit."""
    _set_library_folder(None)
    try:
        yield
    finally:
        _set_library_folder(getattr(sys, "_MEIPASS", None))


def _set_library_folder(folder: str | None) -> None:
    if sys.platform == "win32" and getattr(sys, "frozen", False):
        import ctypes

        ctypes.windll.kernel32.SetDllDirectoryW(folder)
