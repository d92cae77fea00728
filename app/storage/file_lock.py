"""One writer at a time among all processes of this user."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from app.core.faults import FaultCode, error
from app.storage.atomic_file import make_private_folder

LOCK_TIMEOUT_S = 10.0  # another RelayTray holds a lock for milliseconds; more means that it hangs


@contextlib.contextmanager
def locked(lock_file: Path, written: Path) -> Iterator[None]:
    """Hold ``lock_file``, whose folder is made when it is missing, while ``written`` is being written.

    Not to be nested: each use is a lock anew. Blocks; raises RelayTrayError FILE_UNWRITABLE of ``written``.
    """
    lock = FileLock(lock_file, mode=0o600, timeout=LOCK_TIMEOUT_S)
    try:
        make_private_folder(lock_file.parent)
        lock.acquire()
    except Timeout:
        reason = "another RelayTray is writing it"
        raise error(FaultCode.FILE_UNWRITABLE, path=written, reason=reason) from None
    except OSError as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=written, reason=e.strerror or type(e).__name__) from e
    try:
        yield
    finally:
        lock.release()
