"""The editors that are installed, found by looking at files (and, on Windows, the registry), quickly.

What is found is what can be started with exact words and without a console window:

* Windows: the program itself (``Code.exe``). The command beside it, ``bin\\code.cmd``, needs cmd.exe, which
  would read ``%`` and ``&`` in a URI in its own way.
* macOS: the command inside the bundle. ``open -a`` hands no words to a program that runs already.
* Linux: the command from PATH, or where packages, Snap, Flatpak and the JetBrains Toolbox put it.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.editors import PRODUCTS, Family, Product
from app.core.faults import Fault, FaultCode
from app.core.uses import Editor

# Below the folder for programs of Windows: of this user, and of all.
_WINDOWS = {
    "vscode": (("Microsoft VS Code", "Code.exe"),),
    "vscode-insiders": (("Microsoft VS Code Insiders", "Code - Insiders.exe"),),
    "vscodium": (("VSCodium", "VSCodium.exe"),),
    "cursor": (("cursor", "Cursor.exe"),),
    "windsurf": (("Windsurf", "Windsurf.exe"),),
    "gateway": (("JetBrains Gateway*", "bin", "gateway64.exe"), ("Gateway", "bin", "gateway64.exe")),
    "zed": (("Zed", "bin", "zed.exe"), ("Zed", "Zed.exe")),
}
_GATEWAY_OF_ALL_WINDOWS_USERS = ("JetBrains", "JetBrains Gateway*", "bin", "gateway64.exe")
_MAC_BUNDLES = {
    "vscode": "Visual Studio Code.app",
    "vscode-insiders": "Visual Studio Code - Insiders.app",
    "vscodium": "VSCodium.app",
    "cursor": "Cursor.app",
    "windsurf": "Windsurf.app",
    "gateway": "JetBrains Gateway.app",
    "zed": "Zed.app",
}
_LINUX_COMMANDS = {
    "gateway": ("gateway", "jetbrains-gateway", "gateway.sh"),
    "zed": ("zed", "zeditor", "zedit", "zed-editor"),
}
_LINUX_FOLDERS = {
    "vscode": ("usr/share/code", "opt/visual-studio-code"),
    "vscode-insiders": ("usr/share/code-insiders", "opt/visual-studio-code-insiders"),
    "vscodium": ("usr/share/codium", "opt/vscodium-bin"),
    "cursor": ("usr/share/cursor", "opt/cursor", "opt/Cursor"),
    "windsurf": ("usr/share/windsurf", "opt/windsurf", "opt/Windsurf"),
    "gateway": ("opt/gateway", "opt/jetbrains-gateway"),
    "zed": ("opt/zed.app",),
}
_FLATPAKS = {
    "vscode": "com.visualstudio.code",
    "vscode-insiders": "com.visualstudio.code.insiders",
    "vscodium": "com.vscodium.codium",
    "zed": "dev.zed.Zed",
    "gateway": "com.jetbrains.Gateway",
}
_SANDBOXED = {"vscode", "vscode-insiders", "vscodium", "gateway"}  # Zed as a Flatpak steps out by itself


def registered_program(scheme: str) -> str:
    """The program that Windows starts for links of this scheme, or ""."""
    if sys.platform == "win32":
        import winreg

        for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            try:
                line = winreg.QueryValue(hive, rf"Software\Classes\{scheme}\shell\open\command")
            except OSError:
                continue
            return program_of_command_line(line)
    return ""


def program_of_command_line(line: str) -> str:
    r"""``C:\x y\Code.exe`` of ``"C:\x y\Code.exe" "--open-url" "--" "%1"``."""
    line = line.strip()
    if line.startswith('"'):
        return line[1:].partition('"')[0]
    return line.partition(" ")[0]


@dataclass(frozen=True)
class Computer:
    """Where to look; tests lead it to folders of their own."""

    platform: str = sys.platform
    home: Path = field(default_factory=Path.home)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    root: Path = field(default_factory=lambda: Path("/"))  # not on Windows, where the environment says all
    registered: Callable[[str], str] = registered_program

    def folder(self, variable: str) -> Path | None:
        value = self.environment.get(variable, "")
        return Path(value) if value and Path(value).is_absolute() else None


def find_editors(computer: Computer | None = None) -> tuple[Editor, ...]:
    """Those that are here, in the order of ``core.editors.PRODUCTS``. Looks at a few dozen files."""
    computer = computer or Computer()
    found = []
    for product in PRODUCTS:
        program = next((path for path in _candidates(product, computer) if _is_program(path)), None)
        if program is not None:
            found.append(Editor(product.key, product.name, str(program), _remark(product, program)))
    return tuple(found)


def _candidates(product: Product, computer: Computer) -> Iterator[Path]:
    if computer.platform == "win32":
        return _on_windows(product, computer)
    if computer.platform == "darwin":
        return _on_macos(product, computer)
    return _on_linux(product, computer)


def _is_program(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.X_OK)
    except OSError:
        return False


def _remark(product: Product, program: Path) -> Fault | None:
    if product.key in _SANDBOXED and "flatpak" in program.parts:
        reason = "as a Flatpak it may not run the programs of this computer, which ssh needs to connect"
        return Fault.of(FaultCode.PROGRAM_FAILED, program=product.name, reason=reason)
    return None


# --- Windows ----------------------------------------------------------------------------------------------


def _on_windows(product: Product, computer: Computer) -> Iterator[Path]:
    local = computer.folder("LOCALAPPDATA")
    bases = [local / "Programs"] if local else []
    for variable in ("ProgramFiles", "ProgramW6432", "ProgramFiles(x86)"):
        base = computer.folder(variable)
        if base is not None and base not in bases:
            bases.append(base)
    for base in bases:
        for parts in _WINDOWS[product.key]:
            yield from _matching(base, parts)
        if product.family is Family.GATEWAY:
            yield from _matching(base, _GATEWAY_OF_ALL_WINDOWS_USERS)
    if product.family is Family.GATEWAY and local:
        yield from _toolbox(local / "JetBrains" / "Toolbox" / "apps", ("bin", "gateway64.exe"))
    # A portable one, or one in a folder that the person chose, has told Windows about its links.
    registered = computer.registered(product.scheme)
    if registered:
        yield Path(registered)
    yield from _beside_commands_on_path(product, computer)


def _beside_commands_on_path(product: Product, computer: Computer) -> Iterator[Path]:
    """``bin\\code.cmd`` is on PATH; the program is one folder up."""
    if product.family is not Family.VSCODE:
        return
    for folder in computer.environment.get("PATH", "").split(";"):
        if folder and (Path(folder) / f"{product.command}.cmd").is_file():
            yield Path(folder).parent / _WINDOWS[product.key][0][-1]


def _matching(base: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """The path below ``base``; where a part is a pattern, the newest version first."""
    if not any("*" in part for part in parts):
        yield base.joinpath(*parts)
        return
    yield from sorted(base.glob("/".join(parts)), reverse=True)


# --- macOS ------------------------------------------------------------------------------------------------


def _on_macos(product: Product, computer: Computer) -> Iterator[Path]:
    folders = [computer.root / "Applications", computer.home / "Applications"]
    if product.family is Family.GATEWAY:
        folders.append(computer.home / "Applications" / "JetBrains Toolbox")
    for folder in folders:
        contents = folder / _MAC_BUNDLES[product.key] / "Contents"
        match product.family:
            case Family.VSCODE:
                for name in (product.command, "code"):
                    yield contents / "Resources" / "app" / "bin" / name
            case Family.ZED:
                yield contents / "MacOS" / "cli"
            case Family.GATEWAY:
                yield contents / "MacOS" / "gateway"
    found = _which(product.command, computer)
    if found is not None and product.family is not Family.GATEWAY:
        yield found


# --- Linux ------------------------------------------------------------------------------------------------


def _on_linux(product: Product, computer: Computer) -> Iterator[Path]:
    names = _LINUX_COMMANDS.get(product.key, (product.command,))
    for name in names:
        found = _which(name, computer)
        if found is not None:
            yield found
    for folder in _LINUX_FOLDERS[product.key]:
        for name in names:
            yield computer.root / folder / "bin" / name
    for name in names:
        yield computer.root / "snap" / "bin" / name
        yield computer.home / ".local" / "bin" / name
    if product.family is Family.GATEWAY:
        toolbox = _data_folder(computer) / "JetBrains" / "Toolbox"
        yield toolbox / "scripts" / "gateway"
        yield from _toolbox(toolbox / "apps", ("bin", "gateway.sh"))
    if product.key in _FLATPAKS:
        for base in (_data_folder(computer), computer.root / "var" / "lib"):
            yield base / "flatpak" / "exports" / "bin" / _FLATPAKS[product.key]
    if product.key == "cursor":
        yield from _app_images(computer, "[Cc]ursor*.AppImage")


def _which(name: str, computer: Computer) -> Path | None:
    """Outside the remote commands that VS Code puts on the PATH of its own terminals."""
    folders = computer.environment.get("PATH", "").split(":")
    kept = [one for one in folders if one and "/remote-cli" not in one and Path(one).is_absolute()]
    found = shutil.which(name, path=os.pathsep.join(kept)) if kept else None
    return Path(found) if found else None


def _data_folder(computer: Computer) -> Path:
    return computer.folder("XDG_DATA_HOME") or computer.home / ".local" / "share"


def _app_images(computer: Computer, pattern: str) -> Iterator[Path]:
    """Where people keep programs that are one file each; the newest version first."""
    for folder in (computer.home / "Applications", computer.home / ".local" / "bin", computer.root / "opt"):
        yield from sorted(folder.glob(pattern), reverse=True)


# --- JetBrains Toolbox ------------------------------------------------------------------------------------


def _toolbox(apps: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Version 2 of it has ``apps/gateway``, version 1 ``apps/JetBrainsGateway/ch-0/<version>``."""
    for pattern in ("[Gg]ateway*", "JetBrainsGateway/ch-*/*"):
        for folder in sorted(apps.glob(pattern), reverse=True):
            yield folder.joinpath(*parts)
