"""Putting the rights of a private key file right: ssh refuses one that others may open.

As ``chmod 600`` and, for the folder ``.ssh``, ``chmod 700``; on Windows as ``icacls`` with inheritance off.
Looked at again afterwards: some file systems keep no rights.
"""

from __future__ import annotations

from pathlib import Path

from app.core.faults import FaultCode, error
from app.core.private_keys import RightsChange
from app.integration.key_files import looks_like_key
from app.system.file_rights import is_own, make_folder_private, make_private, why_not_private
from app.transport.keys import expanded


def fix(source: Path) -> tuple[RightsChange, ...]:
    """What was changed; nothing where all was right. Only ever touches a private key file of this user.

    Raises KEY_MISSING, KEY_UNREADABLE (also for what is no private key), and KEY_STAYS_OPEN where the file is
    somebody else's or the rights do not hold.
    """
    path = expanded(source).absolute()
    try:
        real = path.resolve(strict=True)  # a link has no rights of its own
        is_mine, was = is_own(real), why_not_private(real)
    except FileNotFoundError as e:
        raise error(FaultCode.KEY_MISSING, path=path) from e
    except (OSError, RuntimeError, ValueError) as e:  # RuntimeError: a loop of links, in older Pythons
        raise error(FaultCode.KEY_UNREADABLE, path=path, reason=getattr(e, "strerror", None) or e) from e
    if not is_mine:
        raise error(FaultCode.KEY_STAYS_OPEN, path=path, reason="it belongs to another user")
    if not _can_read(real):
        was = "you could not read it yourself"
        _close(real, path)
    if not looks_like_key(real):
        raise error(FaultCode.KEY_UNREADABLE, path=path, reason="it is no private key")
    if was is None:
        return _fix_folder(real.parent)
    _close(real, path)
    return (RightsChange(str(real), was), *_fix_folder(real.parent))


def _can_read(real: Path) -> bool:
    try:
        with real.open("rb"):
            return True
    except PermissionError:
        return False
    except OSError:
        return True  # another trouble, which looking at it will tell


def _close(real: Path, path: Path) -> None:
    try:
        make_private(real)
    except OSError as e:
        raise error(FaultCode.KEY_STAYS_OPEN, path=path, reason=e.strerror or e) from e


def _fix_folder(folder: Path) -> tuple[RightsChange, ...]:
    """Only ``.ssh`` is there for keys alone. What cannot be changed there does no harm to the key."""
    if folder.name.lower() != ".ssh":
        return ()
    try:
        was = why_not_private(folder)
        if was is None or not is_own(folder):
            return ()
        make_folder_private(folder)
    except OSError:
        return ()
    return (RightsChange(str(folder), was),)
