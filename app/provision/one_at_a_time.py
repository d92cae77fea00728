"""One set-up or removal of a relay at a time, among all windows and commands of this user."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator

import filelock

from app.core.faults import FaultCode, error
from app.core.profiles import Relay
from app.storage.paths import Paths
from app.system.run_folder import make_run_folder, reason_of


@contextlib.contextmanager
def alone_with(relay: Relay, paths: Paths) -> Iterator[None]:
    """While entered, nobody else of this data folder changes that relay. Raises SETUP_RUNNING at once,
    and FILE_UNWRITABLE.

    The kernel frees the lock of a program that was killed.
    """
    name = hashlib.sha256(relay.id.encode("utf-8", "surrogatepass")).hexdigest()[:16]  # ids come from files
    path = paths.run_folder / f"relay-{name}.lock"
    lock = filelock.FileLock(path, mode=0o600, thread_local=False)
    make_run_folder(path.parent)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        raise error(FaultCode.SETUP_RUNNING, name=relay.name) from None
    except (OSError, NotImplementedError) as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=reason_of(e)) from e
    try:
        yield
    finally:
        lock.release()
