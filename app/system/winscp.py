"""WinSCP and PuTTY on this computer: where they are, whether they run, where WinSCP keeps its sites.

Windows only; elsewhere nothing is found, and nothing raised. May start PowerShell to ask for the Store's
WinSCP, which takes a second: keep it off the GUI thread.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.system.programs import no_window_flags
from app.system.registry import Root, has_key, read_value

WINSCP_KEY = r"Software\Martin Prikryl\WinSCP 2"
_OVERRIDE_KEY = r"Software\Martin Prikryl\WinSCP 2 Override"
_UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall"
_STORE_PACKAGE = "MartinPikryl.WinSCP"  # spelt like this
_STORE_FAMILY = _STORE_PACKAGE + "_tvv458r3h9r5m"
_HANDLERS = ("winscp-SFTP", "winscp-SCP", "WinSCP.Url", "sftp", "scp")
_STORE_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class WinScpProgram:
    path: Path
    is_from_store: bool = False


@dataclass(frozen=True, slots=True)
class SiteStore:
    """Where this WinSCP keeps its sites: in an INI file, or in the registry of this user."""

    ini: Path | None = None

    @property
    def name(self) -> str:
        """As a person finds it again."""
        return str(self.ini) if self.ini else rf"HKEY_CURRENT_USER\{WINSCP_KEY}\Sessions"


def find_winscp(chosen: str = "", *, ask_store: bool = True) -> WinScpProgram | None:
    """``chosen``: a portable WinSCP.exe that the person pointed at, or its folder; it comes first.

    ``ask_store``: start PowerShell to ask for the Store's, where no other is found.
    """
    if os.name != "nt":
        return None
    for path in [*_chosen(chosen, "WinSCP.exe"), *_winscp_places()]:
        if path.is_file():
            return WinScpProgram(path, is_from_store="WindowsApps" in path.parts)
    store = _store_program() if ask_store else None
    return WinScpProgram(store, is_from_store=True) if store else None


def find_putty(chosen: str = "", name: str = "putty") -> Path | None:
    """PuTTY itself, or another of its programs by ``name``."""
    if os.name != "nt":
        return None
    exe = f"{name}.exe"
    places = [*_chosen(chosen, exe), *_on_path(name)]
    places += [folder / "PuTTY" / exe for folder in _program_folders()]
    winscp = next((path for path in _winscp_places() if path.is_file()), None)
    places += [winscp.parent / "PuTTY" / exe] if winscp else []
    return next((path for path in places if path.is_file()), None)


def handles_links() -> bool:
    """Whether ``winscp-sftp://`` leads anywhere on this computer."""
    return any(
        has_key(root, r"Software\Classes\winscp-SFTP\shell\open\command")
        for root in (Root.USER, Root.MACHINE)
    )


def is_running(name: str = "WinSCP.exe") -> bool:
    wanted = name.lower()
    return any(found.lower() == wanted for found in _process_names())


def site_store(program: WinScpProgram) -> SiteStore:
    """In the order in which WinSCP itself looks (its ``DetectStorage``)."""
    override = read_value(Root.USER, _OVERRIDE_KEY, "IniFile")
    if isinstance(override, str) and override:
        path = Path(os.path.expandvars(_unmunged(override)))
        if path.is_file():
            return SiteStore(path)
    beside = program.path.with_suffix(".ini")
    in_profile = Path(os.environ.get("APPDATA", str(Path.home()))) / beside.name
    if not (isinstance(override, str) and override):
        for path in (beside, in_profile):
            if path.is_file():
                return SiteStore(path)
    if program.is_from_store or _has_registry_store():
        return SiteStore()
    if isinstance(override, str) and override:
        return SiteStore(Path(os.path.expandvars(_unmunged(override))))
    return SiteStore(beside if _is_writable(beside.parent) else in_profile)


def _has_registry_store() -> bool:
    return has_key(Root.USER, WINSCP_KEY) or has_key(Root.MACHINE, WINSCP_KEY, bits=32)


def _is_writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _unmunged(text: str) -> str:
    data = re.sub(rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode())
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


# --- where programs are -----------------------------------------------------------------------------------


def _chosen(chosen: str, exe: str) -> list[Path]:
    path = Path(chosen)
    with contextlib.suppress(RuntimeError):  # a "~" that is nobody's: nothing is found there
        path = path.expanduser()
    return [path / exe if path.is_dir() else path] if chosen else []


def _winscp_places() -> Iterator[Path]:
    for bits in (64, 32):
        for root in (Root.USER, Root.MACHINE):
            yield from _uninstall_places(root, bits)
    for folder in _program_folders():
        yield folder / "WinSCP" / "WinSCP.exe"
    yield from _on_path("WinSCP")
    for root in (Root.USER, Root.MACHINE):
        for scheme in _HANDLERS:
            command = read_value(root, rf"Software\Classes\{scheme}\shell\open\command", "")
            if isinstance(command, str) and (found := re.match(r'\s*"([^"]+)"', command)):
                path = Path(found[1])
                if path.name.lower() == "winscp.exe":  # sftp:// may be another program's
                    yield path


def _uninstall_places(root: Root, bits: int) -> Iterator[Path]:
    key = rf"{_UNINSTALL}\winscp3_is1"
    for name in ("InstallLocation", "Inno Setup: App Path"):
        folder = read_value(root, key, name, bits=bits)
        if isinstance(folder, str) and folder:
            yield Path(folder.strip('"'), "WinSCP.exe")
    icon = read_value(root, key, "DisplayIcon", bits=bits)
    if isinstance(icon, str) and icon:
        yield Path(icon.rsplit(",", 1)[0].strip('"'))


def _program_folders() -> list[Path]:
    names = ("ProgramFiles(x86)", "ProgramFiles", "ProgramW6432")
    folders = [Path(os.environ[name]) for name in names if os.environ.get(name)]
    local = os.environ.get("LOCALAPPDATA")
    return [*folders, *([Path(local, "Programs")] if local else [])]


def _on_path(name: str) -> list[Path]:
    """What PATH leads to, but never a program that happens to lie in the working folder."""
    found = shutil.which(name + ".exe")
    return [Path(found)] if found and Path(found).is_absolute() else []


def _store_program() -> Path | None:
    """The Store's build lies in a folder that cannot be listed; Windows tells where."""
    # By its full path: a program of that name in the working folder is not to be trusted.
    system_root = os.environ.get("SystemRoot", r"C:\Windows")  # noqa: SIM112 - its name on Windows
    shell = Path(system_root, "System32", "WindowsPowerShell", "v1.0", "powershell.exe")
    if not shell.is_file():
        return None
    question = (
        f"Get-AppxPackage -Name {_STORE_PACKAGE} | Where-Object PackageFamilyName -eq '{_STORE_FAMILY}'"
        " | ForEach-Object InstallLocation"
    )
    try:
        done = subprocess.run(
            [str(shell), "-NoProfile", "-NonInteractive", "-Command", question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_STORE_TIMEOUT_S,
            creationflags=no_window_flags(),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    folder = done.stdout.decode("utf-8", "replace").strip()
    return Path(folder, "WinSCP.exe") if folder else None


# --- processes --------------------------------------------------------------------------------------------


def _process_names() -> list[str]:
    """File names of all running programs, those of other users too (Windows' own list of them)."""
    names: list[str] = []
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        class Entry(ctypes.Structure):
            """PROCESSENTRY32W"""

            _fields_ = [
                ("size", wintypes.DWORD),
                ("usage", wintypes.DWORD),
                ("process", wintypes.DWORD),
                ("heap", ctypes.c_size_t),
                ("module", wintypes.DWORD),
                ("threads", wintypes.DWORD),
                ("parent", wintypes.DWORD),
                ("priority", wintypes.LONG),
                ("flags", wintypes.DWORD),
                ("file", wintypes.WCHAR * 260),
            ]

        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateToolhelp32Snapshot.restype = wintypes.HANDLE
        snapshot = wintypes.HANDLE(kernel.CreateToolhelp32Snapshot(2, 0))  # TH32CS_SNAPPROCESS
        entry = Entry(size=ctypes.sizeof(Entry))
        is_more = kernel.Process32FirstW(snapshot, ctypes.byref(entry))
        while is_more:
            names.append(entry.file)
            is_more = kernel.Process32NextW(snapshot, ctypes.byref(entry))
        kernel.CloseHandle(snapshot)
    return names
