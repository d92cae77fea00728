"""The settings files of VS Code and its kin: where they are, what they say, and a change with its backup."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.editors import PRODUCTS, Family, Product
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.findings import SettingChange
from app.core.uses import Editor
from app.export.jsonc import BOM, JsoncError, read, with_value
from app.storage import persons_file
from app.storage.atomic_file import write_private
from app.system.editors import Computer

BACKUP_SUFFIX = ".relaytray-backup"
_FLATPAKS = {"vscode": "com.visualstudio.code", "vscodium": "com.vscodium.codium"}


@dataclass(frozen=True)
class SettingsFile:
    """``remote.SSH...`` are settings of the application: they count in this file only, not in that of a
    profile or a workspace."""

    product: Product
    path: Path

    def values(self) -> Mapping[str, Any]:
        """What is set; nothing where there is no file. Raises FILE_UNREADABLE, FILE_NOT_UNDERSTOOD."""
        value = self._understood(persons_file.read(self.path) or b"")
        if not isinstance(value, dict):
            reason = "it holds no settings, which stand in braces"
            raise error(FaultCode.FILE_NOT_UNDERSTOOD, path=self.path, reason=reason)
        return value

    def preview(self, changes: Sequence[SettingChange]) -> str:
        """What ``apply`` would do, as a diff. Raises what it raises."""
        before = persons_file.read(self.path) or b""
        after = self._changed(before, changes)
        name = str(self.path)
        return "\n".join(difflib.unified_diff(_lines(before), _lines(after), name, name, n=2, lineterm=""))

    def apply(self, changes: Sequence[SettingChange]) -> None:
        """Make the changes and no other. A file that was there is copied beside itself before the first one.

        Raises FILE_UNREADABLE, FILE_UNWRITABLE, FILE_NOT_UNDERSTOOD; the file is then what it was.
        """

        def change(before: bytes | None) -> bytes | None:
            after = self._changed(before or b"", changes)
            if before is not None and after != before:
                self._back_up(before)
            return after

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            reason = e.strerror or type(e).__name__
            raise error(FaultCode.FILE_UNWRITABLE, path=self.path, reason=reason) from e
        persons_file.rewrite(self.path, change)

    def _back_up(self, data: bytes) -> None:
        backup = self.path.with_name(self.path.name + BACKUP_SUFFIX)
        if persons_file.read(backup) is not None:
            return
        try:
            write_private(backup, data)
        except OSError as e:
            reason = e.strerror or type(e).__name__
            raise error(FaultCode.FILE_UNWRITABLE, path=backup, reason=reason) from e

    def _changed(self, data: bytes, changes: Sequence[SettingChange]) -> bytes:
        try:
            for change in changes:
                data = with_value(data, change.path, change.value)
        except JsoncError as e:
            raise error(FaultCode.FILE_NOT_UNDERSTOOD, path=self.path, reason=e) from None
        return data

    def _understood(self, data: bytes) -> Any:
        try:
            return read(data)
        except JsoncError as e:
            raise error(FaultCode.FILE_NOT_UNDERSTOOD, path=self.path, reason=e) from None


def settings_files(editors: Sequence[Editor], computer: Computer | None = None) -> tuple[SettingsFile, ...]:
    """One for each of VS Code's kin that is installed, or has left settings here; some may not exist yet."""
    computer = computer or Computer()
    programs = {editor.key: Path(editor.program) for editor in editors}
    files = []
    for product in PRODUCTS:
        if product.family is not Family.VSCODE:
            continue
        program = programs.get(product.key)
        path = settings_path(product, computer, program)
        if program is not None or path.exists():
            files.append(SettingsFile(product, path))
    return tuple(files)


def settings_path(product: Product, computer: Computer, program: Path | None = None) -> Path:
    """Where the settings are; for a portable editor, beside its ``program``."""
    portable = _portable_data(product, computer, program) if program is not None else None
    if portable is not None:
        return portable / "user-data" / "User" / "settings.json"
    return _base(product, computer, program) / product.settings_folder / "User" / "settings.json"


def _base(product: Product, computer: Computer, program: Path | None) -> Path:
    if computer.platform == "win32":
        return computer.folder("APPDATA") or computer.home / "AppData" / "Roaming"
    if computer.platform == "darwin":
        return computer.home / "Library" / "Application Support"
    if program is not None and "flatpak" in program.parts and product.key in _FLATPAKS:
        return computer.home / ".var" / "app" / _FLATPAKS[product.key] / "config"
    return computer.folder("XDG_CONFIG_HOME") or computer.home / ".config"


def _portable_data(product: Product, computer: Computer, program: Path) -> Path | None:
    """A folder "data" beside the program makes it portable; on macOS one beside the bundle."""
    if computer.platform == "darwin":
        bundle = next((one for one in program.parents if one.suffix == ".app"), None)
        folder = bundle.parent / f"{product.command}-portable-data" if bundle is not None else None
    else:
        # Linux starts bin/code, which may be reached through a link; Windows Code.exe itself.
        real = program.resolve()
        folder = (real.parent if computer.platform == "win32" else real.parent.parent) / "data"
    if folder is None or not (folder / "user-data").is_dir():
        return None
    return folder


def _lines(data: bytes) -> list[str]:
    return data.removeprefix(BOM).decode("utf-8").splitlines()


def read_values(file: SettingsFile) -> Mapping[str, Any] | RelayTrayError:
    """The same as ``values``, for those who go on after a file that is damaged."""
    try:
        return file.values()
    except RelayTrayError as e:
        return e
