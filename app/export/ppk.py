"""PuTTY's private key files (.ppk), which WinSCP, PuTTY and FileZilla read: versions 2 and 3, both ways.

Format: PuTTY manual, appendix C. Every PuTTY and WinSCP reads version 2; version 3 (PuTTY 0.75, WinSCP 5.19)
protects a passphrase far better, so an encrypted key is best written as 3 and a plain one as 2.

Passphrases and comments are bytes here, and UTF-8 is what to give: that is what PuTTY means by them on Linux
and macOS. PuTTY and WinSCP on Windows take a passphrase in the code page of the system instead, so that one
with letters outside of ASCII may not open the file there.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PurePath

from cryptography.exceptions import UnsupportedAlgorithm

from app.core.faults import FaultCode, RelayTrayError, error
from app.export import ppk_crypto
from app.export.ppk_crypto import Argon2, Keys
from app.export.ssh_wire import PrivateKey, Reader, public_blob

MAGIC = b"PuTTY-User-Key-File-"
_MAX_SIZE = 1 << 20  # bytes; the largest real ones have some 15 KiB
_ENCRYPTIONS = ("none", "aes256-cbc")
_MAC_SIZES = {2: 20, 3: 32}
_NUMBER = re.compile(rb"[0-9]{1,9}")
_DAMAGED = "the file is damaged or cut off"


class PpkVersion(IntEnum):
    V2 = 2
    V3 = 3


@dataclass(frozen=True, slots=True)
class Ppk:
    """A file as it can be read without its passphrase; nothing of it is proven before ``unlock``."""

    path: PurePath  # for what is told about it
    version: PpkVersion
    algorithm: str
    comment: bytes
    public_blob: bytes
    is_encrypted: bool
    private: bytes
    mac: bytes
    argon2: Argon2 | None = None  # version 3, encrypted


def is_ppk(data: bytes) -> bool:
    return data.startswith(MAGIC)


def default_version(*, is_encrypted: bool) -> PpkVersion:
    return PpkVersion.V3 if is_encrypted else PpkVersion.V2


# --- writing ----------------------------------------------------------------------------------------------


def write_ppk(
    key: PrivateKey,
    version: PpkVersion,
    *,
    comment: bytes = b"",
    passphrase: bytes = b"",
    argon2: Argon2 | None = None,
) -> bytes:
    """The file. Without a passphrase it is not encrypted. ``comment`` has no line ends.

    ``argon2``: with a salt of 16 random bytes; only used, and needed, for an encrypted file of version 3.
    """
    if b"\n" in comment or b"\r" in comment:
        raise ValueError("a comment has one line")
    public = public_blob(key)
    algorithm = Reader(public).string()
    encryption = b"aes256-cbc" if passphrase else b"none"
    if not passphrase or version is PpkVersion.V2:
        argon2 = None
    elif argon2 is None:
        raise ValueError("a salt is missing")
    keys = _keys(version, passphrase, argon2)
    private = ppk_crypto.private_part(key)
    if passphrase:
        private = ppk_crypto.padded(private)
    mac = ppk_crypto.mac(version, keys, algorithm, encryption, comment, public, private)
    stored = ppk_crypto.encrypt(keys, private) if passphrase else private
    lines = [
        MAGIC + b"%d: %s" % (version, algorithm),
        b"Encryption: " + encryption,
        b"Comment: " + comment,
        *_counted(b"Public-Lines", public),
        *(_argon2_lines(argon2) if argon2 else []),
        *_counted(b"Private-Lines", stored),
        b"Private-MAC: " + mac.hex().encode(),
    ]
    return b"\n".join(lines) + b"\n"


def _keys(version: PpkVersion, passphrase: bytes, argon2: Argon2 | None) -> Keys:
    if version is PpkVersion.V2:
        return ppk_crypto.keys_v2(passphrase)
    return ppk_crypto.keys_v3(passphrase, argon2)


def _argon2_lines(argon2: Argon2) -> list[bytes]:
    return [
        b"Key-Derivation: " + argon2.kind.encode(),
        b"Argon2-Memory: %d" % argon2.memory_kib,
        b"Argon2-Passes: %d" % argon2.passes,
        b"Argon2-Parallelism: %d" % argon2.parallelism,
        b"Argon2-Salt: " + argon2.salt.hex().encode(),
    ]


def _counted(name: bytes, data: bytes) -> list[bytes]:
    text = base64.b64encode(data)
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return [name + b": %d" % len(lines), *lines]


# --- reading ----------------------------------------------------------------------------------------------


def parse_ppk(data: bytes, path: PurePath) -> Ppk:
    """What the file says of itself. Raises KEY_UNREADABLE, KEY_UNSUPPORTED (the reason says what to do)."""
    if len(data) > _MAX_SIZE:
        raise _unreadable(path, "it is far too long for a key")
    lines = _Lines(data)
    try:
        version, algorithm = _first_line(lines, path)
        encryption = lines.field(b"Encryption").decode("ascii")
        if encryption not in _ENCRYPTIONS:
            raise _unsupported(path, "it is encrypted in a way that is not known")
        comment = lines.field(b"Comment")
        public = lines.block(b"Public-Lines")
        is_encrypted = encryption != "none"
        argon2 = _argon2(lines) if is_encrypted and version is PpkVersion.V3 else None
        private = lines.block(b"Private-Lines")
        mac = bytes.fromhex(lines.field(b"Private-MAC").decode("ascii"))
        if Reader(public).string() != algorithm.encode() or len(mac) != _MAC_SIZES[version]:
            raise ValueError
        if is_encrypted and (not private or len(private) % ppk_crypto.BLOCK):
            raise ValueError
    except ValueError as e:
        raise _unreadable(path, _DAMAGED) from e
    if argon2 is not None and (problem := argon2.problem()):
        raise _unreadable(path, problem)
    return Ppk(path, version, algorithm, comment, public, is_encrypted, private, mac, argon2)


def unlock_ppk(ppk: Ppk, passphrase: bytes = b"") -> PrivateKey:
    """The key. Raises PASSPHRASE_WRONG, and KEY_UNREADABLE when the file was damaged or changed.

    A damaged file is only told from a wrong passphrase where what was decrypted begins like a key.
    """
    if not ppk.is_encrypted:
        passphrase = b""
    elif not passphrase:
        raise error(FaultCode.PASSPHRASE_WRONG, path=ppk.path)
    try:
        keys = _keys(ppk.version, passphrase, ppk.argon2)
        private = ppk_crypto.decrypt(keys, ppk.private) if ppk.is_encrypted else ppk.private
    except (ValueError, OverflowError, MemoryError, UnsupportedAlgorithm) as e:
        raise _unsupported(ppk.path, "its passphrase cannot be tried on this computer") from e
    if not hmac.compare_digest(_mac(ppk, keys, private), ppk.mac):
        if ppk.is_encrypted and not ppk_crypto.may_be_private_part(ppk.algorithm, private):
            raise error(FaultCode.PASSPHRASE_WRONG, path=ppk.path)
        raise _unreadable(ppk.path, "it is damaged, or was changed after it was made")
    try:
        key = ppk_crypto.key_of(ppk.algorithm, ppk.public_blob, private)
        if public_blob(key) != ppk.public_blob:
            raise ValueError
    except (ValueError, OverflowError, UnsupportedAlgorithm) as e:
        raise _unreadable(ppk.path, "its private and its public half do not belong together") from e
    return key


def _mac(ppk: Ppk, keys: Keys, private: bytes) -> bytes:
    encryption = _ENCRYPTIONS[ppk.is_encrypted].encode()
    parts = (ppk.algorithm.encode(), encryption, ppk.comment, ppk.public_blob, private)
    return ppk_crypto.mac(ppk.version, keys, *parts)


def _first_line(lines: _Lines, path: PurePath) -> tuple[PpkVersion, str]:
    match = re.fullmatch(rb"PuTTY-User-Key-File-([0-9]{1,3}): ([!-~]{1,100})", lines.next())
    if match is None:
        raise ValueError
    if match[1] == b"1":
        raise _unsupported(path, "it has PuTTY's first format, which is not safe: save it again in PuTTYgen")
    if match[1] not in (b"2", b"3"):
        raise _unsupported(path, f"it has version {int(match[1])} of PuTTY's format, which is not known yet")
    return PpkVersion(int(match[1])), _algorithm(match[2].decode("ascii"), path)


def _algorithm(name: str, path: PurePath) -> str:
    if name in ppk_crypto.ALGORITHMS:
        return name
    if name == "ssh-dss":
        raise _unsupported(path, "DSA keys are no longer accepted: make a new key with ssh-keygen -t ed25519")
    if name.startswith("sk-"):
        raise _unsupported(path, "it belongs to a security key: a file of it cannot be converted")
    if "-cert-" in name:
        raise _unsupported(path, "a certificate is in it: save it without the certificate in PuTTYgen")
    raise _unsupported(path, f"OpenSSH does not use keys of its kind ({name})")


def _argon2(lines: _Lines) -> Argon2:
    return Argon2(
        kind=lines.field(b"Key-Derivation").decode("ascii"),
        memory_kib=lines.number(b"Argon2-Memory"),
        passes=lines.number(b"Argon2-Passes"),
        parallelism=lines.number(b"Argon2-Parallelism"),
        salt=bytes.fromhex(lines.field(b"Argon2-Salt").decode("ascii")),
    )


class _Lines:
    """One line after another, whatever ends them. Everything raises ValueError where another is expected."""

    def __init__(self, data: bytes) -> None:
        self._lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._at = 0

    def next(self) -> bytes:
        if self._at >= len(self._lines):
            raise ValueError("the file ends early")
        self._at += 1
        return self._lines[self._at - 1]

    def field(self, name: bytes) -> bytes:
        found, separator, value = self.next().partition(b": ")
        if found != name or not separator:
            raise ValueError("another line was expected")
        return value

    def number(self, name: bytes) -> int:
        text = self.field(name)
        if not _NUMBER.fullmatch(text):
            raise ValueError("no number")
        return int(text)

    def block(self, name: bytes) -> bytes:
        count = self.number(name)
        if count > len(self._lines):
            raise ValueError("the file ends early")
        try:
            return base64.b64decode(b"".join(self.next() for _ in range(count)), validate=True)
        except binascii.Error as e:
            raise ValueError("no base64") from e


def _unreadable(path: PurePath, reason: str) -> RelayTrayError:
    return error(FaultCode.KEY_UNREADABLE, path=path, reason=reason)


def _unsupported(path: PurePath, reason: str) -> RelayTrayError:
    return error(FaultCode.KEY_UNSUPPORTED, path=path, reason=reason)
