"""One running program per data folder.

``InstanceLock`` says who is the one; the kernel frees it when a program is killed, so that nothing is ever
stale. Its holder may run a ``ControlServer``, through which the others ask it for things.
"""

from __future__ import annotations

import filelock

from app.core.faults import FaultCode, error
from app.system.control_client import ControlClient, RunPaths
from app.system.control_server import ControlHandler, ControlServer
from app.system.run_folder import make_run_folder, reason_of

__all__ = ["ControlClient", "ControlHandler", "ControlServer", "InstanceLock", "RunPaths"]

LOCK_FILE = "instance.lock"


class InstanceLock:
    """Held by the one program that serves a data folder."""

    def __init__(self, paths: RunPaths) -> None:
        self._folder = paths.run_folder
        self._lock = filelock.FileLock(str(paths.run_folder / LOCK_FILE), thread_local=False)

    def acquire(self) -> bool:
        """Whether the lock is ours now; at once. Raises FILE_UNWRITABLE where no lock file can be made."""
        make_run_folder(self._folder)
        try:
            self._lock.acquire(blocking=False)
        except filelock.Timeout:
            return False
        except (OSError, NotImplementedError) as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=self._lock.lock_file, reason=reason_of(e)) from e
        return True

    def release(self) -> None:
        self._lock.release()
