"""Files that only this user may open: made so, changed to be so, and looked at.

ssh refuses a private key that others may read, and so does Win32-OpenSSH. A file that holds one is made with
its rights from the first moment, so that nobody can open it in between.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path


def create_private(path: Path) -> int:
    """A new file that only this user (and Windows itself) may open; its descriptor, for writing.

    Never follows or replaces what is there. Raises FileExistsError, OSError.
    """
    if sys.platform == "win32":
        from app.system.windows_rights import create_private_file

        return create_private_file(path)
    else:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags, 0o600)


def make_private(path: Path) -> None:
    """Take every right on it away from others, and give its owner the right to read and write it.

    Raises OSError, also where the file system keeps no rights (FAT) and they stay as they were.
    """
    if sys.platform == "win32":
        from app.system.windows_rights import make_file_private

        make_file_private(path)
    else:
        path.chmod(0o600)
    if (reason := why_not_private(path)) is not None:
        raise PermissionError(f"{reason}, and that could not be changed")


def make_folder_private(path: Path) -> None:
    """Only its owner may look into it (and Windows itself); raises as ``make_private`` does."""
    if sys.platform == "win32":
        from app.system import windows_rights

        windows_rights.make_folder_private(path)
    else:
        path.chmod(0o700)
    if (reason := why_not_private(path)) is not None:
        raise PermissionError(f"{reason}, and that could not be changed")


def is_own(path: Path) -> bool:
    """Whether it is this user's to change; on Windows also what administrators made. Raises OSError."""
    if sys.platform == "win32":
        from app.system.sddl import is_of_other
        from app.system.windows_rights import owner_and_rights, user_sid

        return not is_of_other(owner_and_rights(path), user_sid())
    else:
        return path.stat().st_uid == os.geteuid()


def why_not_private(path: Path) -> str | None:
    """Who else may open it, in a few words; None when nobody may. Raises OSError.

    Told are what ssh itself complains about: rights of others, and an owner that is somebody else. The
    administrator of the computer may always open it.
    """
    if sys.platform == "win32":
        from app.system.sddl import others_in_sddl
        from app.system.windows_rights import owner_and_rights, user_sid

        return others_in_sddl(owner_and_rights(path), user_sid())
    else:
        found = path.stat()
        if found.st_uid not in (os.geteuid(), 0):
            return "it belongs to another user"
        if stat.S_IMODE(found.st_mode) & 0o077:
            return f"other users may open it (mode {stat.S_IMODE(found.st_mode):04o})"
        return None
