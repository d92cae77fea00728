"""Rights of files on Windows, with its own functions: no console window and nothing to find in PATH.

Only to be imported there. Source: Microsoft's reference of CreateFileW, GetNamedSecurityInfoW and
SetFileSecurityW.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.system.sddl import private_folder_sddl, private_sddl

assert sys.platform == "win32"

import msvcrt  # noqa: E402 - only there

_GENERIC_WRITE = 0x40000000
_CREATE_NEW = 1
_FILE_ATTRIBUTE_NORMAL = 0x80
_TOKEN_QUERY = 0x0008
_TOKEN_USER = 1  # TOKEN_INFORMATION_CLASS
_SE_FILE_OBJECT = 1
_OWNER, _DACL, _PROTECTED_DACL = 0x1, 0x4, 0x80000000
_SDDL_REVISION = 1


def create_private_file(path: Path) -> int:
    """A new file with these rights from the start; its descriptor, for writing. Raises OSError."""

    class SecurityAttributes(ctypes.Structure):
        _fields_ = [
            ("length", ctypes.c_ulong),
            ("descriptor", ctypes.c_void_p),
            ("inherit_handle", ctypes.c_int),
        ]

    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateFileW.restype = ctypes.c_void_p
    with _descriptor(private_sddl(user_sid())) as descriptor:
        attributes = SecurityAttributes(ctypes.sizeof(SecurityAttributes), descriptor, 0)
        handle = kernel32.CreateFileW(
            ctypes.c_wchar_p(str(path)),
            ctypes.c_ulong(_GENERIC_WRITE),
            ctypes.c_ulong(0),  # nobody opens it beside us until it is written
            ctypes.byref(attributes),
            ctypes.c_ulong(_CREATE_NEW),
            ctypes.c_ulong(_FILE_ATTRIBUTE_NORMAL),
            ctypes.c_void_p(),
        )
    if handle in (None, ctypes.c_void_p(-1).value):
        raise _last_error(path)
    return msvcrt.open_osfhandle(handle, os.O_WRONLY | os.O_BINARY | os.O_NOINHERIT)


def make_file_private(path: Path) -> None:
    """What its folder gives no longer counts, as after ``icacls /inheritance:r``. Raises OSError."""
    _set_rights(path, private_sddl(user_sid()))


def make_folder_private(path: Path) -> None:
    """What is in it already keeps its rights. Raises OSError."""
    _set_rights(path, private_folder_sddl(user_sid()))


def _set_rights(path: Path, sddl: str) -> None:
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    with _descriptor(sddl) as descriptor:
        # Not SetNamedSecurityInfoW, which under Wine keeps what the folder gives.
        changed = advapi32.SetFileSecurityW(
            ctypes.c_wchar_p(str(path)), ctypes.c_ulong(_DACL | _PROTECTED_DACL), ctypes.c_void_p(descriptor)
        )
        if not changed:
            raise _last_error(path)


def owner_and_rights(path: Path) -> str:
    """As SDDL. Raises OSError."""
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    descriptor, text = ctypes.c_void_p(), ctypes.c_wchar_p()
    code = advapi32.GetNamedSecurityInfoW(
        ctypes.c_wchar_p(str(path)),
        ctypes.c_int(_SE_FILE_OBJECT),
        ctypes.c_ulong(_OWNER | _DACL),
        ctypes.c_void_p(),
        ctypes.c_void_p(),
        ctypes.c_void_p(),
        ctypes.c_void_p(),
        ctypes.byref(descriptor),
    )
    if code:
        raise OSError(None, ctypes.FormatError(code).strip(), str(path), code)
    try:
        _check(
            advapi32.ConvertSecurityDescriptorToStringSecurityDescriptorW(
                descriptor,
                ctypes.c_ulong(_SDDL_REVISION),
                ctypes.c_ulong(_OWNER | _DACL),
                ctypes.byref(text),
                ctypes.c_void_p(),
            )
        )
        return _taken_over(text)
    finally:
        _free(descriptor)


def user_sid() -> str:
    """Of the user that this program runs as. Raises OSError."""
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    kernel32.GetCurrentProcess.restype = ctypes.c_void_p
    token = ctypes.c_void_p()
    process = ctypes.c_void_p(kernel32.GetCurrentProcess())
    _check(advapi32.OpenProcessToken(process, ctypes.c_ulong(_TOKEN_QUERY), ctypes.byref(token)))
    try:
        size = ctypes.c_ulong(256)  # a SID has 68 bytes at most
        told = ctypes.create_string_buffer(size.value)
        _check(advapi32.GetTokenInformation(token, _TOKEN_USER, told, size, ctypes.byref(size)))
        sid = ctypes.c_void_p.from_buffer(told)  # TOKEN_USER begins with a pointer to it
        text = ctypes.c_wchar_p()
        _check(advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)))
        return _taken_over(text)
    finally:
        kernel32.CloseHandle(token)


@contextlib.contextmanager
def _descriptor(sddl: str) -> Iterator[int | None]:
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    made = ctypes.c_void_p()
    _check(
        advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(
            ctypes.c_wchar_p(sddl), ctypes.c_ulong(_SDDL_REVISION), ctypes.byref(made), ctypes.c_void_p()
        )
    )
    try:
        yield made.value
    finally:
        _free(made)


def _taken_over(text: Any) -> str:
    """The text that Windows allocated, which is freed."""
    value = text.value or ""
    _free(ctypes.cast(text, ctypes.c_void_p))
    return value


def _free(memory: ctypes.c_void_p) -> None:
    ctypes.WinDLL("kernel32").LocalFree(memory)


def _check(succeeded: int) -> None:
    if not succeeded:
        raise ctypes.WinError(ctypes.get_last_error())


def _last_error(path: Path) -> OSError:
    code = ctypes.get_last_error()
    return OSError(None, ctypes.FormatError(code).strip(), str(path), code)
