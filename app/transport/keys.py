"""Private key files: every format that ssh and ssh-keygen write, read into paramiko's keys.

paramiko's own loaders know neither PKCS#8 nor Ed25519 outside OpenSSH's format, and cannot tell a wrong
passphrase from a damaged file. The files are read by ``cryptography`` here; nothing is ever written.
PuTTY's files are told apart here, and read in ``app.integration.key_files``, which converts them.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_pem_private_key,
    load_ssh_private_key,
    load_ssh_public_identity,
)
from paramiko.pkey import PublicBlob

from app.core.faults import FaultCode, RelayTrayError, error
from app.export.openssh_key import comment_in
from app.export.ssh_wire import PrivateKey
from app.export.ssh_wire import public_blob as wire_blob
from app.transport.known_hosts import blob_type

_MAX_SIZE = 1 << 20  # bytes; the largest real key files have some 15 KiB
_OPENSSH_MAGIC = b"openssh-key-v1\0"
_BLOCK = re.compile(
    rb"^-----BEGIN (?P<label>(?:[A-Z0-9]+ )*PRIVATE KEY)-----[ \t]*\n(?P<body>.*?)"
    rb"(?P<end>^-----END (?P=label)-----|\Z)",
    re.MULTILINE | re.DOTALL,
)
_PUBLIC = re.compile(rb"(sk-)?(ssh|ecdsa)-[a-z0-9-]+(@openssh\.com)? AAAA")
_CURVES = ("secp256r1", "secp384r1", "secp521r1")
_DAMAGED = "the file is damaged or cut off"


@dataclass(frozen=True, slots=True)
class _KeyFile:
    """The one private key block of a file, looked at from outside."""

    path: Path
    block: bytes  # from BEGIN to END, with line feeds only
    openssh: bool
    encrypted: bool
    public_blob: bytes  # OpenSSH's format tells it without the passphrase; else b""


def load_private_key(path: str | Path, passphrase: str | None = None) -> paramiko.PKey:
    """The key in this file; "~" is expanded. The result holds the secret in memory only.

    Raises KEY_MISSING, KEY_UNREADABLE (no key, damaged), KEY_UNSUPPORTED (a real key that must be
    converted or used in another way; the reason says how) and PASSPHRASE_WRONG (also when none was given
    and one is needed).
    """
    return _as_paramiko(_unlocked(_open(path), passphrase or "")[0])


@dataclass(frozen=True, slots=True)
class UnlockedKey:
    """A key to be written elsewhere. Holds the secret; never log or keep it."""

    key: PrivateKey
    comment: bytes
    is_encrypted: bool  # the file that it came from


def unlock_private_key(path: str | Path, passphrase: str | None = None) -> UnlockedKey:
    """Like ``load_private_key``, for those who write keys. Raises the same."""
    key_file = _open(path)
    loaded, password = _unlocked(key_file, passphrase or "")
    comment = comment_in(key_file.block, password or b"") if key_file.openssh else None
    if comment is None:
        comment = comment_beside(key_file.path, wire_blob(loaded))
    return UnlockedKey(loaded, comment, key_file.encrypted)


def expanded(path: str | Path) -> Path:
    """With "~" as the home folder; as it is where that is nobody's: no key will be found there."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def needs_passphrase(path: str | Path) -> bool:
    """Whether the file is encrypted. Raises the same as ``load_private_key``, without PASSPHRASE_WRONG."""
    return _open(path).encrypted


def public_blob(path: str | Path) -> bytes:
    """The public half that belongs to this private key file, without any passphrase; b"" if unknown.

    From the file itself (OpenSSH's format) or from the ``.pub`` file beside it. Never raises.
    """
    file = expanded(path)
    return public_blob_inside(file) or _blob_in(Path(f"{file}.pub")) or _blob_in(file)


def public_blob_inside(file: Path) -> bytes:
    """Only what a private key file in OpenSSH's format tells itself; b"" for others. Never raises."""
    try:
        return _inspect(file, read_key_file(file)).public_blob
    except RelayTrayError:
        return b""


def public_half(path: str | Path) -> tuple[bytes, bytes]:
    """Key and comment of a private key file (or a public one), without any passphrase; the key is b"" where
    only that would tell.

    What the file itself says comes first: a ``.pub`` beside it may be of another key.
    Raises KEY_MISSING, KEY_UNREADABLE, KEY_UNSUPPORTED.
    """
    file = expanded(path)
    data = read_key_file(file)
    if _PUBLIC.match(data):
        return _public_line(file)
    key_file = _inspect(file, data)
    beside, comment = _public_line(Path(f"{file}.pub"))
    inside = key_file.public_blob
    if not key_file.encrypted and not blob_type(inside).startswith("sk-"):
        loaded, _ = _unlocked(key_file, "")
        inside = wire_blob(loaded)
        own = comment_in(key_file.block, b"") if key_file.openssh else None
        return inside, own or (comment if beside == inside else b"")
    return inside or beside, comment if not inside or beside == inside else b""


def comment_beside(file: Path, blob: bytes) -> bytes:
    """From the ``.pub`` file, if that is of this key: the old formats have no comment. Never raises."""
    beside, comment = _public_line(Path(f"{file}.pub"))
    return comment if beside == blob else b""


def is_openssh_format(path: str | Path) -> bool:
    """As against the older PEM formats. Raises the same as ``needs_passphrase``."""
    return _open(path).openssh


def load_certificate(key: paramiko.PKey, path: str | Path) -> None:
    """Attach a user certificate of OpenSSH; logins with this key then show the certificate.

    Raises KEY_MISSING, and KEY_UNREADABLE when it is no user certificate or one for another key.
    """
    blob = certificate_blob(path, key.asbytes())
    key.public_blob = PublicBlob(blob_type(blob), blob)


def certificate_blob(path: str | Path, public: bytes) -> bytes:
    """The user certificate in that file, which must be for the key with that public half. Raises the same."""
    file = expanded(path)
    words = read_key_file(file).split(None, 2)[:2]
    try:
        certificate = load_ssh_public_identity(b" ".join(words))
        if not isinstance(certificate, SSHCertificate):
            raise _unreadable(file, "it is a plain public key and no certificate")
        line = certificate.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    except (ValueError, NotImplementedError, UnsupportedAlgorithm) as e:
        raise _unreadable(file, "it is no OpenSSH certificate") from e
    if certificate.type is not SSHCertificateType.USER:
        raise _unreadable(file, "it is the certificate of a host, not of a user")
    if base64.b64decode(line.split()[1]) != public:
        raise _unreadable(file, "it belongs to another key")
    return base64.b64decode(words[1])


# --- looking at the file ----------------------------------------------------------------------------------


def _open(path: str | Path) -> _KeyFile:
    """Read and inspect; raises for keys that no passphrase would make usable."""
    file = expanded(path)
    key_file = _inspect(file, read_key_file(file))
    key_type = blob_type(key_file.public_blob)
    if key_type.startswith("sk-"):
        raise _unsupported(
            file, "it belongs to a security key: add it to the ssh agent with ssh-add and choose Agent"
        )
    if key_type == "ssh-dss" or key_file.block.startswith(b"-----BEGIN DSA"):
        raise _unsupported(file, "DSA keys are no longer accepted: make a new key with ssh-keygen -t ed25519")
    return key_file


def read_key_file(file: Path) -> bytes:
    """The text with line feeds only and without a byte order mark. Raises KEY_MISSING, KEY_UNREADABLE."""
    try:
        if file.is_dir():
            raise _unreadable(file, "it is a folder")
        if file.is_fifo():  # opening it would wait for somebody who writes
            raise _unreadable(file, "it is a pipe, not a file")
        with file.open("rb") as stream:
            data = stream.read(_MAX_SIZE + 1)
    except FileNotFoundError as e:
        raise error(FaultCode.KEY_MISSING, path=file) from e
    except (OSError, ValueError) as e:  # ValueError: a zero byte in the path
        raise _unreadable(file, getattr(e, "strerror", None) or str(e)) from e
    if len(data) > _MAX_SIZE:
        raise _unreadable(file, "it is far too long for a key")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # what "type key > copy" of PowerShell 5 makes
        data = data.decode("utf-16", "replace").encode()
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").lstrip()


def is_private(data: bytes) -> bool:
    """Whether the text that ``read_key_file`` read holds a private key in one of ssh's formats."""
    return _BLOCK.search(data) is not None


def _inspect(file: Path, data: bytes) -> _KeyFile:
    match = _BLOCK.search(data)
    if match is None:
        raise _no_private_key(file, data)
    if not match["end"]:
        raise _unreadable(file, _DAMAGED)
    block = match[0] + b"\n"
    if match["label"] == b"OPENSSH PRIVATE KEY":
        cipher, public = _openssh_header(file, match["body"])
        return _KeyFile(file, block, True, cipher != b"none", public)
    encrypted = match["label"] == b"ENCRYPTED PRIVATE KEY" or b"Proc-Type: 4,ENCRYPTED" in match["body"]
    body = match["body"].rpartition(b"\n\n")[2]  # after the headers, if there are any
    try:
        der = base64.b64decode(body)
    except binascii.Error as e:
        raise _unreadable(file, _DAMAGED) from e
    if not der or (b"Proc-Type" not in match["body"] and not _is_whole_der(der)):
        raise _unreadable(file, _DAMAGED)
    return _KeyFile(file, block, False, encrypted, b"")


def _no_private_key(file: Path, data: bytes) -> RelayTrayError:
    if data.startswith(b"PuTTY-User-Key-File-"):
        return _unsupported(
            file,
            "it is a PuTTY key: convert it with relaytray key convert, or open it in PuTTYgen and choose "
            "Conversions, Export OpenSSH key",
        )
    if b"-cert-v01@openssh.com AAAA" in data[:100]:
        return _unsupported(file, "it is a certificate: choose the private key that it belongs to")
    if _PUBLIC.match(data) or re.match(rb"-{4,5} ?BEGIN (SSH2 |RSA )?PUBLIC KEY", data):
        return _unsupported(
            file, "it is the public half: choose the private key, the file without .pub at the end"
        )
    if data.startswith(b"-----BEGIN"):
        return _unreadable(file, "it holds something else than a private key")
    return _unreadable(file, "it is no private key" if data else "it is empty")


def _openssh_header(file: Path, body: bytes) -> tuple[bytes, bytes]:
    """Cipher name and public key (PROTOCOL.key). A file that is whole here is only unreadable when locked."""
    try:
        data = base64.b64decode(body)
    except binascii.Error as e:
        raise _unreadable(file, _DAMAGED) from e
    whole = data.startswith(_OPENSSH_MAGIC)
    try:
        cipher, rest = _taken(data[len(_OPENSSH_MAGIC) :])
        _kdf, rest = _taken(rest)
        _options, rest = _taken(rest)
        count, rest = rest[:4], rest[4:]
        public, rest = _taken(rest)
        secret, _tag = _taken(rest)
    except ValueError as e:
        raise _unreadable(file, _DAMAGED) from e
    if not whole or count != b"\0\0\0\x01" or not secret or not blob_type(public):
        raise _unreadable(file, _DAMAGED)
    return cipher, public


def _taken(data: bytes) -> tuple[bytes, bytes]:
    """One length-prefixed string and what follows it. Raises ValueError."""
    end = 4 + int.from_bytes(data[:4], "big")
    if len(data) < 4 or len(data) < end:
        raise ValueError
    return data[4:end], data[end:]


def _is_whole_der(der: bytes) -> bool:
    """Whether an ASN.1 SEQUENCE ends where the data ends (X.690 section 8.1.3)."""
    if len(der) < 2 or der[0] != 0x30:
        return False
    if der[1] < 0x80:
        return len(der) == 2 + der[1]
    count = der[1] & 0x7F
    return len(der) == 2 + count + int.from_bytes(der[2 : 2 + count], "big")


def _blob_in(public_file: Path) -> bytes:
    return _public_line(public_file)[0]


def _public_line(public_file: Path) -> tuple[bytes, bytes]:
    """Key and comment; empty where there is no such file. Never raises."""
    try:
        line = read_key_file(public_file).partition(b"\n")[0]
        words = line.split(None, 2)
        blob = base64.b64decode(words[1], validate=True)
    except (RelayTrayError, IndexError, binascii.Error):
        return b"", b""
    if words[0].decode("ascii", "replace") != blob_type(blob):
        return b"", b""
    return blob, words[2].strip() if len(words) > 2 else b""


# --- unlocking it -----------------------------------------------------------------------------------------


def _unlocked(key_file: _KeyFile, passphrase: str) -> tuple[PrivateKey, bytes | None]:
    """And the spelling of the passphrase that fitted."""
    load = load_ssh_private_key if key_file.openssh else load_pem_private_key
    if key_file.encrypted and not passphrase:
        raise error(FaultCode.PASSPHRASE_WRONG, path=key_file.path)
    for password in spellings(passphrase) if key_file.encrypted else [None]:
        try:
            return _usable(key_file.path, load(key_file.block, password)), password
        except UnsupportedAlgorithm as e:
            raise _unsupported(
                key_file.path,
                "it is of a kind or locked in a way that is not known: try ssh-keygen -p -f on it",
            ) from e
        except (ValueError, TypeError, NotImplementedError, InvalidTag) as e:
            if not key_file.encrypted:
                raise _unreadable(key_file.path, _DAMAGED) from e
    raise error(FaultCode.PASSPHRASE_WRONG, path=key_file.path)


def spellings(passphrase: str) -> Iterator[bytes]:
    """The same letters can be typed as different code points on Windows, macOS and Linux."""
    forms = [passphrase]
    forms += [unicodedata.normalize(form, passphrase) for form in ("NFC", "NFD", "NFKC")]
    yield from dict.fromkeys(form.encode("utf-8", "surrogatepass") for form in forms)


def _usable(path: Path, loaded: object) -> PrivateKey:
    if isinstance(loaded, RSAPrivateKey | Ed25519PrivateKey):
        return loaded
    if isinstance(loaded, EllipticCurvePrivateKey) and loaded.curve.name in _CURVES:
        return loaded
    raise _unsupported(path, "ssh does not use keys of this kind: make one with ssh-keygen -t ed25519")


def _as_paramiko(key: PrivateKey) -> paramiko.PKey:
    if isinstance(key, RSAPrivateKey):
        return paramiko.RSAKey(key=key)
    if isinstance(key, EllipticCurvePrivateKey):
        return paramiko.ECDSAKey(vals=(key, key.public_key()))
    # paramiko's Ed25519Key takes nothing but OpenSSH's text, so it is written here, in memory
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return paramiko.Ed25519Key(file_obj=io.StringIO(text))


def _unreadable(path: Path, reason: str) -> RelayTrayError:
    return error(FaultCode.KEY_UNREADABLE, path=path, reason=reason)


def _unsupported(path: Path, reason: str) -> RelayTrayError:
    return error(FaultCode.KEY_UNSUPPORTED, path=path, reason=reason)
