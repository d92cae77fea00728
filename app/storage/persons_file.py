"""A configuration file of another program that belongs to the person: replaced as a whole, or left alone.

What ``atomic_file`` does for our own files, with three differences: mode, owner and (Windows) access list of
the file stay, somebody else may edit it at the same time, and every oddity is told instead of worked around.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from app.core.faults import FaultCode, error
from app.storage.atomic_file import replace

MAX_BYTES = 4 * 1024 * 1024  # a configuration is far smaller; a device or a log file is not read
_CLAIM_SUFFIX = ".relaytray-new"
_CLAIM_WAIT_S = 10.0
_CLAIM_STALE_S = 30.0  # whoever holds it needs milliseconds: this one was killed
_POLL_S = 0.02
_TRIES = 5

Change = Callable[[bytes | None], bytes | None]
"""From the content (None: there is no such file) to the new one (None: the file is to go)."""


def read(path: Path) -> bytes | None:
    """The content, or None where there is no such file. Raises FILE_UNREADABLE."""
    target = _target(path)
    try:
        kind = target.stat().st_mode
        if not stat.S_ISREG(kind):
            _unreadable(path, "it is a folder" if stat.S_ISDIR(kind) else "it is not a file")
        with target.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as e:
        _unreadable(path, e.strerror or type(e).__name__)
    if len(data) > MAX_BYTES:
        _unreadable(path, "it is too large for a configuration")
    return data


def rewrite(path: Path, change: Change, keep: Callable[[bytes], None] = lambda _before: None) -> None:
    """Give the file the content that ``change`` makes of it; its folder has to exist.

    One RelayTray at a time. When somebody else replaced the file meanwhile, ``change`` is asked again with
    that. ``keep`` gets what is about to be replaced. Raises FILE_UNREADABLE and FILE_UNWRITABLE, and what
    ``change`` and ``keep`` raise; the file is then untouched.
    """
    target = _target(path)
    for _ in range(_TRIES):
        before = read(path)
        after = change(before)
        if after == before:
            return
        try:
            claim = _claim(target)
            try:
                if read(path) == before:
                    _refuse_read_only(target, before)
                    if before is not None:
                        keep(before)
                    _put(claim, target, after, is_new=before is None)
                    return
            except BaseException:
                claim.unlink(missing_ok=True)
                raise
            claim.unlink(missing_ok=True)
        except OSError as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or type(e).__name__) from e
    raise error(FaultCode.FILE_UNWRITABLE, path=path, reason="another program writes it all the time")


def _target(path: Path) -> Path:
    """Behind symbolic links, which stay. Raises FILE_UNREADABLE for links that lead nowhere."""
    if not path.is_symlink():
        return path
    try:
        return path.resolve(strict=True)
    except FileNotFoundError:
        _unreadable(path, f"it is a link to {path.readlink()}, which does not exist")
    except (OSError, RuntimeError):  # RuntimeError: a loop of links, before Python 3.13
        _unreadable(path, "it is a link that leads back to itself")


def _unreadable(path: Path, reason: str) -> NoReturn:
    raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason) from None


def _claim(target: Path) -> Path:
    """A new file beside the target that only one process can make: the lock, and then the new content."""
    claim = target.with_name(target.name + _CLAIM_SUFFIX)
    deadline = time.monotonic() + _CLAIM_WAIT_S
    while not _made(claim):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - claim.stat().st_mtime > _CLAIM_STALE_S:
                claim.unlink()
        if time.monotonic() > deadline:
            raise TimeoutError(0, f"another RelayTray is writing it, or left {claim.name} behind")
        time.sleep(_POLL_S)
    return claim


def _made(claim: Path) -> bool:
    try:
        os.close(os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except PermissionError:
        # Windows says so while another process is removing it; anywhere else, the folder is read-only.
        if sys.platform == "win32" and claim.exists():
            return False
        raise
    return True


def _refuse_read_only(target: Path, before: bytes | None) -> None:
    """A replace would not even notice, on POSIX; but the person, or what manages the file, means it."""
    if before is not None and not target.stat().st_mode & stat.S_IWUSR:
        raise PermissionError(0, "it is marked as read-only")


def _put(claim: Path, target: Path, data: bytes | None, *, is_new: bool) -> None:
    """Ends with the claim gone; from that moment on the name may belong to another process."""
    if data is None:
        target.unlink()
        claim.unlink()
        return
    with claim.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if not is_new:
        _take_over_rights(target, claim)
    _replace(claim, target, is_new=is_new)


def _take_over_rights(source: Path, target: Path) -> None:
    """Owner and mode. A group that this person is not in cannot be given, and then gets no rights either."""
    if os.name != "posix":
        return
    found = source.stat()
    mode = stat.S_IMODE(found.st_mode)
    try:
        os.chown(target, found.st_uid, found.st_gid)
    except OSError:
        mode &= ~0o070
    target.chmod(mode)


def _replace(source: Path, target: Path, *, is_new: bool) -> None:
    if sys.platform == "win32" and not is_new and _replace_with_access_list(source, target):
        return
    replace(source, target)


def _replace_with_access_list(source: Path, target: Path) -> bool:
    """ReplaceFileW gives the new content the access list and attributes of the file that it replaces.

    A plain replace would leave the rights that the folder gives: most often the same, but not where the
    person had set others.
    """
    if sys.platform == "win32":
        import ctypes

        return bool(ctypes.windll.kernel32.ReplaceFileW(str(target), str(source), None, 0, None, None))
    return False
