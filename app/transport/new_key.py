"""Making a private key, and the public line of one.

A new key replaces nothing, is there as a whole or not at all, and nobody else may open it from its first
moment. It is written as ssh-keygen writes it, so that every ssh opens it. Making an RSA key takes seconds:
keep it off the GUI thread.
"""

from __future__ import annotations

import base64
import contextlib
import getpass
import os
import platform
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from app.core.faults import FaultCode, error
from app.core.private_keys import KeyKind
from app.export.openssh_key import write_openssh_key
from app.export.ppk import is_ppk, parse_ppk
from app.export.ssh_wire import PrivateKey
from app.export.ssh_wire import public_blob as wire_blob
from app.storage.atomic_file import make_private_folder, write_new_private
from app.system.file_rights import create_private, make_folder_private
from app.transport import keys
from app.transport.known_hosts import blob_type

_RSA_BITS = 4096


def make_key(
    path: str | Path, kind: str = KeyKind.ED25519, passphrase: str = "", comment: str | None = None
) -> Path:
    """A new key at ``path``, its public half beside it (``.pub``); returns the absolute path.

    ``passphrase`` "" leaves it unencrypted; ``comment`` None says user@computer. A missing folder is made,
    for this user alone. Raises FILE_EXISTS when either name is taken, also since a moment ago, and
    FILE_UNWRITABLE.
    """
    target = _absolute(path)
    public = public_path(target)
    for one in (target, public):  # before the work; what counts is that writing never replaces
        if os.path.lexists(one):
            raise error(FaultCode.FILE_EXISTS, path=one)
    told = _one_line(default_comment() if comment is None else comment)
    key = _new_key(KeyKind(kind))
    password = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    data = write_openssh_key(key, comment=told, passphrase=password, salt=os.urandom(16), check=os.urandom(4))
    _make_folder(target.parent)
    _write_new(target, data, create_private)
    try:
        _write_new(public, _line(wire_blob(key), told).encode("utf-8") + b"\n", _create_public)
    except BaseException:  # somebody else took that name since
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    return target


def public_path(path: Path) -> Path:
    return Path(f"{path}.pub")


def usual_path(kind: str = KeyKind.ED25519) -> Path:
    """The first free name for a new key in ~/.ssh: the one that ssh tries by itself, else one of our own."""
    folder = Path.home() / ".ssh"
    number = 0
    while True:
        more = "" if not number else "_relaytray" if number == 1 else f"_relaytray{number}"
        path = folder / f"id_{kind}{more}"
        if not os.path.lexists(path) and not os.path.lexists(public_path(path)):
            return path
        number += 1


def default_comment() -> str:
    """user@computer, as ssh-keygen says it."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):  # nobody in the list of users, as in some containers
        user = "user"
    return f"{user}@{platform.node() or 'computer'}"


def public_line(path: str | Path) -> str:
    """What goes into authorized_keys for this private key (or public one), with its comment. No passphrase
    is needed, except for the old formats that hide the public half and have no ``.pub`` beside them.

    Raises KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED.
    """
    file = _absolute(path)
    data = keys.read_key_file(file)
    if is_ppk(data):
        ppk = parse_ppk(data, file)
        return _line(ppk.public_blob, ppk.comment)
    blob, comment = keys.public_half(file)
    if not blob:
        reason = (
            "only its passphrase tells its public half: make that with ssh-keygen -y, and save it beside the "
            "key with .pub at the end"
        )
        raise error(FaultCode.KEY_UNREADABLE, path=file, reason=reason)
    return _line(blob, comment)


# --- writing ----------------------------------------------------------------------------------------------


def _new_key(kind: KeyKind) -> PrivateKey:
    if kind is KeyKind.RSA:
        return generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return Ed25519PrivateKey.generate()


def _make_folder(folder: Path) -> None:
    """For this user alone, if it was missing; Windows would give it the rights of the folder it is in."""
    with _told_of(folder):
        if folder.is_dir():
            return
        make_private_folder(folder)
    with contextlib.suppress(OSError):  # a file system that keeps no rights
        make_folder_private(folder)


def _write_new(path: Path, data: bytes, create: Callable[[Path], int]) -> None:
    with _told_of(path):
        write_new_private(path, data, create)


@contextlib.contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Errors of the file system as faults about that file."""
    try:
        yield
    except FileExistsError as e:
        raise error(FaultCode.FILE_EXISTS, path=path) from e
    except (OSError, ValueError) as e:  # ValueError: a zero byte in the path
        reason = getattr(e, "strerror", None) or e
        raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=reason) from e


def _create_public(path: Path) -> int:
    """For everybody to read, as far as the folder lets them."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"):
        flags |= getattr(os, name, 0)
    return os.open(path, flags, 0o644)


def _line(blob: bytes, comment: bytes) -> str:
    told = _one_line(comment.decode("utf-8", "replace")).decode("utf-8")
    return f"{blob_type(blob)} {base64.b64encode(blob).decode()} {told}".rstrip()


def _one_line(comment: str) -> bytes:
    """It ends up in other people's files and terminals: no line breaks, and nothing that moves a cursor."""
    shown = "".join(character if character.isprintable() else " " for character in comment)
    return " ".join(shown.split()).encode("utf-8", "replace")


def _absolute(path: str | Path) -> Path:
    with contextlib.suppress(RuntimeError):  # "~" is nobody's
        return Path(path).expanduser().absolute()
    return Path(path).absolute()
