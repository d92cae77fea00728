"""Reads a person's ssh config with the files that it includes, and nothing of it is ever written.

An Include is resolved as OpenSSH does for a user's config (readconf.c): "~" is the home folder, a relative
path lies in ``~/.ssh``, wildcards give the files in alphabetical order, and a missing file is no error.
"""

from __future__ import annotations

import getpass
import glob
import os
from collections.abc import Sequence
from pathlib import Path

from app.core.faults import FaultCode, error
from app.core.ssh_config_import import Person, Preview, parse
from app.core.ssh_config_reader import IncludedFile
from app.storage.paths import expanded
from app.storage.profiles_file import new_id

MAX_BYTES = 4 * 1024 * 1024  # an ssh config is far smaller; a device or a log file is not read
DEFAULT_IDENTITIES = ("id_rsa", "id_ecdsa", "id_ed25519")  # in the order in which ssh tries them


def preview_ssh_config(file: Path | None = None, home: Path | None = None) -> Preview:
    """What could be imported from ``file`` (the person's own config where it is None).

    Blocks on the disk. Raises RelayTrayError FILE_UNREADABLE for the file itself; an included file that
    cannot be read is among the skipped.
    """
    home = home or Path.home()
    path = expanded(file or home / ".ssh" / "config")
    main = _read(path)
    if main.failure:
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason=main.failure)
    person = Person(user=_login_name(), identity=_default_identity(home), environment=dict(os.environ))

    def include(pattern: str) -> Sequence[IncludedFile]:
        return [_read(found) for found in included_paths(pattern, home)]

    return parse(main.text, include, person, new_id, main.name)


def included_paths(pattern: str, home: Path) -> list[Path]:
    """The files that one argument of an Include line means, in order; none where none exists."""
    if "\0" in pattern:
        return []
    if pattern == "~" or pattern.startswith(("~/", "~\\")):
        text = glob.escape(str(home)) + pattern[1:]
    elif pattern.startswith("~"):
        text = os.path.expanduser(pattern)  # noqa: PTH111 - stays a pattern; another user's home
    else:
        # An absolute pattern stays as it is.
        text = os.path.join(glob.escape(str(home / ".ssh")), pattern)  # noqa: PTH118 - a pattern, no path
    if os.name == "posix":
        text = _without_escapes(text)
    return [Path(name) for name in sorted(glob.glob(text))]  # noqa: PTH207 - absolute pattern


def _without_escapes(pattern: str) -> str:
    r"""glob(3) takes ``\*`` for a star as such; Python's glob wants ``[*]``."""
    result: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            result.append(f"[{escaped}]" if escaped in ("*", "?", "[") else escaped)
        else:
            result.append(character)
    return "".join(result)


def _read(path: Path) -> IncludedFile:
    try:
        name = str(path.resolve())
        if path.exists() and not path.is_file():
            return IncludedFile(name, failure="it is not a file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as e:
        return IncludedFile(str(path), failure=e.strerror or type(e).__name__)
    except (RuntimeError, ValueError) as e:  # a loop of links before Python 3.13; a NUL in the name
        return IncludedFile(str(path), failure=type(e).__name__)
    if len(data) > MAX_BYTES:
        return IncludedFile(name, failure="it is too large for an ssh config")
    return IncludedFile(name, data.decode("utf-8", "replace"))


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in the password file, and no variable says who it is
        return ""


def _default_identity(home: Path) -> str:
    """The first of ssh's default keys that exists, as it would stand in an IdentityFile line."""
    for name in DEFAULT_IDENTITIES:
        if (home / ".ssh" / name).is_file():
            return f"~/.ssh/{name}"
    return ""
