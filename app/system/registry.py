"""The Windows registry in a few words; importable everywhere, and empty where there is none.

Only HKCU is ever written. Keys are written with backslashes, as Windows does.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any, TypeAlias

Value: TypeAlias = str | int


class Root(StrEnum):
    USER = "HKCU"
    MACHINE = "HKLM"


def read_value(root: Root, key: str, name: str, *, bits: int = 0) -> Value | None:
    """A text or a number; None where there is none, or it may not be read. ``name`` "" is the default value.

    ``bits`` 32 or 64 looks where programs of that kind look.
    """
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(_hive(root), key, 0, winreg.KEY_READ | _view(bits)) as opened:
                value, kind = winreg.QueryValueEx(opened, name)
        except OSError:
            return None
        if kind == winreg.REG_EXPAND_SZ:
            return winreg.ExpandEnvironmentStrings(value)
        return value if kind in (winreg.REG_SZ, winreg.REG_DWORD) else None
    return None


def has_key(root: Root, key: str, *, bits: int = 0) -> bool:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(_hive(root), key, 0, winreg.KEY_READ | _view(bits)):
                return True
        except OSError:
            return False
    return False


def subkeys(root: Root, key: str) -> list[str]:
    found: list[str] = []
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(_hive(root), key) as opened:
                count = winreg.QueryInfoKey(opened)[0]
                found += [winreg.EnumKey(opened, i) for i in range(count)]
        except OSError:
            pass
    return found


def write_user_values(key: str, values: Iterable[tuple[str, Value]], *, remove: Collection[str] = ()) -> None:
    """Below HKCU, which makes the key if it is missing; texts as REG_SZ, numbers as REG_DWORD.

    Values named in ``remove`` that are not among the new ones go; all others stay. Raises OSError.
    """
    if sys.platform == "win32":
        import winreg

        with winreg.CreateKeyEx(
            winreg.HKEY_CURRENT_USER, key, 0, winreg.KEY_READ | winreg.KEY_WRITE
        ) as opened:
            written = set()
            for name, value in values:
                kind = winreg.REG_DWORD if isinstance(value, int) else winreg.REG_SZ
                winreg.SetValueEx(opened, name, 0, kind, value)
                written.add(name.lower())
            for name in remove:
                if name.lower() not in written:
                    _delete_value(opened, name)


def _delete_value(opened: Any, name: str) -> None:
    if sys.platform == "win32":
        import winreg

        try:
            winreg.DeleteValue(opened, name)
        except FileNotFoundError:
            pass


def _hive(root: Root) -> int:
    if sys.platform == "win32":
        import winreg

        return winreg.HKEY_CURRENT_USER if root is Root.USER else winreg.HKEY_LOCAL_MACHINE
    return 0


def _view(bits: int) -> int:
    if sys.platform == "win32":
        import winreg

        return {32: winreg.KEY_WOW64_32KEY, 64: winreg.KEY_WOW64_64KEY}.get(bits, 0)
    return 0
