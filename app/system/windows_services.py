"""Services of Windows, with its own functions. Only to be imported there.

Source: Microsoft's reference of StartServiceW and QueryServiceStatus.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import time
from collections.abc import Iterator
from typing import Any

assert sys.platform == "win32"

ERROR_SERVICE_ALREADY_RUNNING = 1056
ERROR_SERVICE_DISABLED = 1058
_SC_MANAGER_CONNECT = 0x0001
_SERVICE_QUERY_STATUS, _SERVICE_START = 0x0004, 0x0010
_SERVICE_RUNNING = 4
_WAIT_S, _POLL_S = 5.0, 0.05


class _Status(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_ulong) for name in ("kind", "state", "accepts", "code", "own_code", "step", "hint")
    ]


def start_service(name: str) -> None:
    """Returns once it runs. Raises OSError with ``winerror``, and TimeoutError."""
    advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
    for function in ("OpenSCManagerW", "OpenServiceW"):
        getattr(advapi32, function).restype = ctypes.c_void_p
    with _open(advapi32, advapi32.OpenSCManagerW(None, None, ctypes.c_ulong(_SC_MANAGER_CONNECT))) as manager:
        rights = ctypes.c_ulong(_SERVICE_START | _SERVICE_QUERY_STATUS)
        handle = advapi32.OpenServiceW(ctypes.c_void_p(manager), ctypes.c_wchar_p(name), rights)
        with _open(advapi32, handle) as service:
            started = advapi32.StartServiceW(ctypes.c_void_p(service), ctypes.c_ulong(0), None)
            if not started and ctypes.get_last_error() != ERROR_SERVICE_ALREADY_RUNNING:
                raise ctypes.WinError(ctypes.get_last_error())
            _wait_until_it_runs(advapi32, service)


def _wait_until_it_runs(advapi32: Any, service: int) -> None:
    end = time.monotonic() + _WAIT_S
    status = _Status()
    while True:
        if not advapi32.QueryServiceStatus(ctypes.c_void_p(service), ctypes.byref(status)):
            raise ctypes.WinError(ctypes.get_last_error())
        if status.state == _SERVICE_RUNNING:
            return
        if time.monotonic() > end:
            raise TimeoutError("the service does not start")
        time.sleep(_POLL_S)


@contextlib.contextmanager
def _open(advapi32: Any, handle: int | None) -> Iterator[int]:
    if not handle:
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        yield handle
    finally:
        advapi32.CloseServiceHandle(ctypes.c_void_p(handle))
