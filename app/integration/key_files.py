"""Private keys between the formats of OpenSSH and of PuTTY, WinSCP and FileZilla (.ppk), as files.

A key that is written is open to this user only from its first moment, replaces nothing, and is there as a
whole or not at all. It is never left without its passphrase unless the person said so. Takes up to a second
(passphrases are slow to try on purpose): keep it off the GUI thread.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.uses import KeyState
from app.export.openssh_key import write_openssh_key
from app.export.ppk import Ppk, PpkVersion, default_version, is_ppk, parse_ppk, unlock_ppk, write_ppk
from app.export.ppk_crypto import Argon2
from app.export.ssh_wire import public_blob as wire_blob
from app.storage.atomic_file import write_new_private
from app.system.file_rights import create_private, why_not_private
from app.transport import keys
from app.transport.host_keys import fingerprint, key_bits
from app.transport.keys import UnlockedKey, expanded
from app.transport.known_hosts import blob_type


class KeyFormat(StrEnum):
    PPK2 = "ppk2"
    PPK3 = "ppk3"
    OPENSSH = "openssh"


@dataclass(frozen=True, slots=True)
class KeyDescription:
    """What can be told of a private key file; empty where only its passphrase would tell."""

    path: Path
    form: str  # "OpenSSH", "PEM", "PuTTY 2", "PuTTY 3"
    key_type: str
    bits: int
    fingerprint: str
    comment: str
    is_encrypted: bool
    exposed: str  # who else may open the file; "" = nobody


def ppk_path(identity: Path) -> Path:
    """Where the converted key of this one is: beside it."""
    return identity if identity.suffix.lower() == ".ppk" else Path(f"{identity}.ppk")


def openssh_beside(ppk: Path) -> Path:
    """Where the same key for ssh is, or would be. Raises FILE_EXISTS where another key has that name."""
    target = ppk.with_suffix("") if ppk.suffix else Path(f"{ppk}.openssh")
    if os.path.lexists(target) and public_blob(target) != public_blob(ppk):
        raise error(FaultCode.FILE_EXISTS, path=target)
    return target


def best_ppk(*, is_encrypted: bool) -> KeyFormat:
    """A passphrase is worth the newer version; every program reads the older one."""
    version = default_version(is_encrypted=is_encrypted)
    return KeyFormat.PPK3 if version is PpkVersion.V3 else KeyFormat.PPK2


def needs_passphrase(source: Path) -> bool:
    """Whether the file is encrypted. Raises KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED."""
    ppk = read_ppk(source)
    return keys.needs_passphrase(source) if ppk is None else ppk.is_encrypted


def read_ppk(source: Path) -> Ppk | None:
    """None when it is a file of another kind. Raises KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED."""
    path = expanded(source)
    data = keys.read_key_file(path)
    return parse_ppk(data, path) if is_ppk(data) else None


def load_key(source: Path, passphrase: str = "") -> UnlockedKey:
    """The key in a file of any format.

    Raises KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED, PASSPHRASE_WRONG.
    """
    ppk = read_ppk(source)
    if ppk is None:
        return keys.unlock_private_key(expanded(source), passphrase)
    for password in _spellings(passphrase) if ppk.is_encrypted else [b""]:
        try:
            return UnlockedKey(unlock_ppk(ppk, password), ppk.comment, ppk.is_encrypted)
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.PASSPHRASE_WRONG:
                raise
    raise error(FaultCode.PASSPHRASE_WRONG, path=ppk.path)


def _spellings(passphrase: str) -> Iterator[bytes]:
    """And on Windows as its PuTTYgen took it: in the code page of the system."""
    yield from keys.spellings(passphrase)
    if sys.platform == "win32" and not passphrase.isascii():
        yield passphrase.encode("mbcs", "replace")


# --- converting -------------------------------------------------------------------------------------------


def convert(
    source: Path,
    target: Path,
    *,
    to: KeyFormat,
    passphrase: str = "",
    new_passphrase: str | None = None,
    allow_unencrypted: bool = False,
    comment: str | None = None,
    replace_same_key: bool = False,
) -> Path:
    """Write the key in ``source`` to ``target``; returns its absolute path. The source stays as it is.

    ``new_passphrase``: None keeps what the source has, "" takes it away, which needs ``allow_unencrypted``
    when the source has one. ``replace_same_key`` replaces a file that holds the very same key.

    Raises what ``load_key`` raises; FILE_EXISTS, FILE_UNWRITABLE, and CANCELLED when the key would lose its
    passphrase and nobody allowed that.
    """
    target = expanded(target).absolute()
    unlocked = load_key(source, passphrase)
    new = new_passphrase if new_passphrase is not None else passphrase if unlocked.is_encrypted else ""
    if unlocked.is_encrypted and not new and not allow_unencrypted:
        raise error(FaultCode.CANCELLED, what=f"writing {target} without the passphrase of the key")
    told = unlocked.comment if comment is None else comment.encode("utf-8", "replace")
    try:
        data = _written(unlocked, to, _one_line(told), new.encode("utf-8", "surrogatepass"))
    except (UnsupportedAlgorithm, MemoryError) as e:
        why = "this computer cannot protect a passphrase as version 3 does: choose version 2"
        raise error(FaultCode.KEY_UNSUPPORTED, path=source, reason=why) from e
    is_replaced = replace_same_key and _holds(target, unlocked) and not _is_same_file(source, target)
    try:
        write_new_private(target, data, create_private, overwrite=is_replaced)
    except FileExistsError as e:
        raise error(FaultCode.FILE_EXISTS, path=target) from e
    except (OSError, ValueError) as e:  # ValueError: a zero byte in the path
        reason = getattr(e, "strerror", None) or e
        raise error(FaultCode.FILE_UNWRITABLE, path=target, reason=reason) from e
    return target


def _written(unlocked: UnlockedKey, to: KeyFormat, comment: bytes, passphrase: bytes) -> bytes:
    salt = os.urandom(16)
    if to is KeyFormat.OPENSSH:
        return write_openssh_key(
            unlocked.key, comment=comment, passphrase=passphrase, salt=salt, check=os.urandom(4)
        )
    version = PpkVersion.V2 if to is KeyFormat.PPK2 else PpkVersion.V3
    return write_ppk(unlocked.key, version, comment=comment, passphrase=passphrase, argon2=Argon2(salt))


def _one_line(comment: bytes) -> bytes:
    return b" ".join(comment.replace(b"\0", b" ").splitlines())


def _holds(target: Path, unlocked: UnlockedKey) -> bool:
    """Whether this is a private key file with the same key; a link, or what cannot be read, never is."""
    try:
        if target.is_symlink():
            return False
        ppk = read_ppk(target)
    except RelayTrayError:
        return False
    found = keys.public_blob_inside(target) if ppk is None else ppk.public_blob
    return found == wire_blob(unlocked.key)


def _is_same_file(source: Path, target: Path) -> bool:
    """The person's own key must never be written over, by whatever name it goes."""
    try:
        return expanded(source).samefile(target)
    except OSError:
        return True


# --- looking ----------------------------------------------------------------------------------------------


def public_blob(path: Path) -> bytes:
    """The public half without any passphrase; b"" if unknown. Never raises."""
    try:
        ppk = read_ppk(path)
    except RelayTrayError:
        return b""
    return keys.public_blob(path) if ppk is None else ppk.public_blob


def key_state(identity: str, home: Path) -> KeyState:
    """The key of a profile as PuTTY's kin need it. Never raises.

    The fault is FILE_EXISTS when the place of the converted key is taken by something else.
    """
    if not identity:
        return KeyState()
    path = _absolute(identity, home)
    ppk = ppk_path(path)
    fault, is_encrypted = None, False
    try:
        is_encrypted = needs_passphrase(path)
    except RelayTrayError as e:
        fault = e.fault
    is_there = os.path.lexists(ppk)
    if fault is None and is_there and ppk != path and not _is_conversion(ppk, path):
        is_there = False
        fault = Fault.of(FaultCode.FILE_EXISTS, path=ppk)
    return KeyState(str(path), is_encrypted, str(ppk), is_there, fault)


def _absolute(identity: str, home: Path) -> Path:
    """``~`` is the home that the profiles mean, which is not always that of this process."""
    if identity == "~" or identity.startswith(("~/", "~\\")):
        return home / identity[2:]
    return expanded(Path(identity)).absolute()


def _is_conversion(ppk: Path, identity: Path) -> bool:
    """Whether it is the same key; where the key itself does not tell, any PuTTY key has the benefit."""
    found = public_blob(ppk) if _is_ppk_file(ppk) else b""
    wanted = public_blob(identity)
    return bool(found) and (not wanted or found == wanted)


def _is_ppk_file(path: Path) -> bool:
    try:
        return read_ppk(path) is not None
    except RelayTrayError:
        return False


def describe(path: Path, passphrase: str = "") -> KeyDescription:
    """What ``key show`` tells. With the passphrase (or without need of one) nothing is left empty.

    Raises KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED; PASSPHRASE_WRONG only for one that was given.
    """
    path = expanded(path).absolute()
    ppk = read_ppk(path)
    is_encrypted = keys.needs_passphrase(path) if ppk is None else ppk.is_encrypted
    comment = ppk.comment if ppk else b""
    if passphrase or not is_encrypted:
        unlocked = load_key(path, passphrase)
        blob, comment = wire_blob(unlocked.key), unlocked.comment
    else:
        blob = public_blob(path)
        comment = comment or keys.comment_beside(path, blob)
    return KeyDescription(
        path=path,
        form=f"PuTTY {ppk.version}" if ppk else "OpenSSH" if keys.is_openssh_format(path) else "PEM",
        key_type=blob_type(blob),
        bits=key_bits(blob) if blob else 0,
        fingerprint=fingerprint(blob) if blob else "",
        comment=comment.decode("utf-8", "replace"),
        is_encrypted=is_encrypted,
        exposed=exposed(path),
    )


def looks_like_key(path: Path) -> bool:
    """Whether it is a private key file of any kind, also one that we cannot use.

    Raises KEY_MISSING, KEY_UNREADABLE.
    """
    data = keys.read_key_file(path)
    return is_ppk(data) or keys.is_private(data)


def exposed(path: Path) -> str:
    """Who else may open the file, in a few words; "" = nobody. Never raises."""
    try:
        return why_not_private(path) or ""
    except OSError as e:
        return e.strerror or str(e)


def public_line(path: Path, passphrase: str = "") -> str:
    """The line for authorized_keys, with the comment. Raises what ``load_key`` raises."""
    unlocked = load_key(path, passphrase)
    blob = wire_blob(unlocked.key)
    comment = _one_line(unlocked.comment).decode("utf-8", "replace")
    return f"{blob_type(blob)} {base64.b64encode(blob).decode()} {comment}".rstrip()
