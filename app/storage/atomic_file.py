"""Write a file as a whole or not at all, readable by this user only.

After a crash or a power failure at any moment the file is either the old one or the new one. Order:
temporary file in the same folder with its permissions, content, fsync, replace, fsync of the folder.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_STALE_S = 600.0  # a temporary file this old belongs to a writer that was killed
# On Windows a virus scanner or an indexer may hold the file for a moment.
_RETRY_WAITS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4) if sys.platform == "win32" else ()


def write_private(path: Path, data: bytes) -> None:
    """Replaces the content of ``path``; the new file has mode 0600 (Windows: the rights of its folder).

    A symbolic link stays, and the file it leads to is replaced. Any thread; two writers at once leave one
    of the two contents. Raises OSError, with the old content untouched; also for a device, a pipe or a
    socket, which a plain file in its place would put out of use.
    """
    with contextlib.suppress(FileNotFoundError):
        refuse_what_is_no_file(path)
    target = _behind_links(path)
    _sweep(target)
    handle, name = tempfile.mkstemp(prefix=_temporary_prefix(target), suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            _flush_to_disk(file.fileno())
        replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _flush_folder(target.parent)


def write_new_private(
    path: Path, data: bytes, create: Callable[[Path], int], *, overwrite: bool = False
) -> None:
    """A new file, whole or not at all, that is never there with the rights of its folder.

    ``create`` makes a file that only this user may open and returns its descriptor. Raises FileExistsError
    when something has that name already (a link counts; unless ``overwrite``), and OSError.
    """
    _sweep(path)
    temporary = path.parent / f"{_temporary_prefix(path)}{secrets.token_hex(8)}.tmp"
    handle = create(temporary)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            _flush_to_disk(file.fileno())
        if overwrite:
            replace(temporary, path)
        else:
            _put_new(temporary, path, data, create)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    _flush_folder(path.parent)


def _put_new(temporary: Path, path: Path, data: bytes, create: Callable[[Path], int]) -> None:
    """Gives the file its name, which nothing may have: also not since a moment ago."""
    if sys.platform == "win32":
        _insist(lambda: temporary.rename(path))  # never replaces, on Windows
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links: FAT, and some on a network. Filled in place, then.
        handle = create(path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                _flush_to_disk(file.fileno())
        except BaseException:
            with contextlib.suppress(OSError):
                path.unlink()
            raise


def make_private_folder(path: Path) -> None:
    """The folder, made with mode 0700 if it was missing (and its parents with the usual mode).

    An existing one is left as it is: it may be a folder that the person chose. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir(mode=0o700, exist_ok=True)


def replace(source: Path, target: Path, waits_s: Iterable[float] = _RETRY_WAITS_S) -> None:
    """``Path.replace``, tried again after each of the waits while Windows says that somebody has it open."""
    _insist(lambda: source.replace(target), waits_s)


def _insist(move: Callable[[], object], waits_s: Iterable[float] = _RETRY_WAITS_S) -> None:
    for wait_s in waits_s:
        try:
            move()
        except PermissionError:
            time.sleep(wait_s)
        else:
            return
    move()


def _behind_links(path: Path) -> Path:
    if not path.is_symlink():
        return path
    try:
        return path.resolve()
    except RuntimeError as e:  # Python before 3.13 tells a loop of links this way
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from e


def refuse_what_is_no_file(path: Path) -> None:
    """OSError for a device, a pipe or a socket, and what ``stat`` raises; a folder passes, since what is done
    with it next fails with words of the system's own.
    """
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        raise OSError(errno.EINVAL, "it is a device or a pipe, not a file", str(path))


def _temporary_prefix(target: Path) -> str:
    return f".{target.name}."


def _sweep(target: Path) -> None:
    """Removes what writers that were killed left behind."""
    now = time.time()
    for left in target.parent.glob(f"{_escaped(_temporary_prefix(target))}*.tmp"):
        with contextlib.suppress(OSError):
            if now - left.stat().st_mtime > _STALE_S:
                left.unlink()


def _escaped(text: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in text)


def _flush_to_disk(descriptor: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        # fsync(2) on macOS leaves the data in the drive's own cache.
        with contextlib.suppress(OSError):
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def _flush_folder(folder: Path) -> None:
    """Makes the new name survive a power failure, where the system and the file system offer that."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
