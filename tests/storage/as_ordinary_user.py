"""Permissions mean nothing to root, as whom tests often run: do a thing as an ordinary user."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NOBODY = 65534


@contextlib.contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Gives up root's rights for the files that are opened inside (all threads: POSIX, effective id)."""
    if os.name != "posix" or os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def folder_of_ordinary_user() -> Iterator[Path]:
    """A folder that this user owns, outside of pytest's own, which only root may enter."""
    folder = Path(tempfile.mkdtemp())
    try:
        if os.name == "posix" and os.geteuid() == 0:
            os.chown(folder, _NOBODY, _NOBODY)
        yield folder
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)
