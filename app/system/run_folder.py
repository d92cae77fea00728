"""The private folder in which the running program says where it can be reached."""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path

from app.core.faults import FaultCode, error
from app.system.control_client import ADDRESS_FILE, VERSION, Address


def make_run_folder(folder: Path) -> None:
    """The folder exists, is ours and private. Raises FILE_UNWRITABLE."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.name == "posix":
            if folder.stat().st_uid != os.geteuid():
                raise error(FaultCode.FILE_UNWRITABLE, path=folder, reason="it belongs to another user")
            folder.chmod(0o700)
    except OSError as e:
        raise error(FaultCode.FILE_UNWRITABLE, path=folder, reason=reason_of(e)) from e


def reason_of(problem: BaseException) -> str:
    """The words of the system, without the number and the file name."""
    return (problem.strerror if isinstance(problem, OSError) else None) or str(problem)


def write_address(run_folder: Path, address: Address) -> None:
    """Tell the other programs of this user where we listen; whole or not at all. Raises OSError."""
    said = {"v": VERSION, "pid": address.pid, "socket": address.socket_path, "port": address.port}
    said["token"] = address.token
    path = run_folder / ADDRESS_FILE
    new = path.with_name(f"{ADDRESS_FILE}.{os.getpid()}")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(said).encode())
    _replace(new, path)


def remove_address(run_folder: Path) -> None:
    """Nobody listens any more."""
    with contextlib.suppress(OSError):
        (run_folder / ADDRESS_FILE).unlink(missing_ok=True)


def _replace(new: Path, path: Path) -> None:
    """``os.replace``, tried again where a scanner or a reader has the old file open (Windows)."""
    for _ in range(20):
        try:
            new.replace(path)
            return
        except PermissionError:
            time.sleep(0.05)
    new.replace(path)
