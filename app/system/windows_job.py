"""A job object of Windows: its processes end when the last handle to it is closed, however that happens.

Only to be imported there. Source: Microsoft's reference of CreateJobObjectW, SetInformationJobObject
(JOBOBJECT_EXTENDED_LIMIT_INFORMATION) and AssignProcessToJobObject.
"""

from __future__ import annotations

import ctypes
import subprocess
import sys

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402 - only there

_EXTENDED_LIMITS = 9  # JobObjectExtendedLimitInformation
_KILL_ON_JOB_CLOSE = 0x2000


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("per_process_user_time", ctypes.c_int64),
        ("per_job_user_time", ctypes.c_int64),
        ("flags", wintypes.DWORD),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority_class", wintypes.DWORD),
        ("scheduling_class", wintypes.DWORD),
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("basic", _BasicLimits),
        ("io", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    ]


class Job:
    """Thread-safe but for ``close``. Raises OSError."""

    def __init__(self) -> None:
        self._kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
        self._kernel32.CreateJobObjectW.restype = wintypes.HANDLE
        self._handle = self._kernel32.CreateJobObjectW(None, None)  # not inherited by any child
        if not self._handle:
            raise ctypes.WinError(ctypes.get_last_error())
        limits = _ExtendedLimits()
        limits.basic.flags = _KILL_ON_JOB_CLOSE
        done = self._kernel32.SetInformationJobObject(
            wintypes.HANDLE(self._handle), _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        if not done:
            failure = ctypes.WinError(ctypes.get_last_error())
            self.close()
            raise failure

    def take(self, process: subprocess.Popen[bytes]) -> None:
        """The process, and whatever it starts, belongs to the job from now on."""
        handle = int(process._handle)  # type: ignore[attr-defined]  # noqa: SLF001 - it has no other name
        done = self._kernel32.AssignProcessToJobObject(wintypes.HANDLE(self._handle), wintypes.HANDLE(handle))
        if not done:
            raise ctypes.WinError(ctypes.get_last_error())

    def close(self) -> None:
        """Ends every process of the job."""
        if self._handle:
            self._kernel32.CloseHandle(wintypes.HANDLE(self._handle))
            self._handle = None
