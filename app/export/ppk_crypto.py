"""The cryptography of PuTTY's private key files, versions 2 and 3 (PuTTY manual, appendix C).

What opens a file are three keys made from the passphrase: one and an initial vector for AES-256-CBC, and one
for the MAC over everything. Version 3 makes them with Argon2, version 2 with plain SHA-1.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2d, Argon2i, Argon2id

from app.export.ssh_wire import PrivateKey, Reader, mpint, string

BLOCK = 16
_KINDS: dict[str, type[Argon2id | Argon2i | Argon2d]] = {
    "Argon2id": Argon2id,
    "Argon2i": Argon2i,
    "Argon2d": Argon2d,
}
_CURVES: dict[str, ec.EllipticCurve] = {
    "ecdsa-sha2-nistp256": ec.SECP256R1(),
    "ecdsa-sha2-nistp384": ec.SECP384R1(),
    "ecdsa-sha2-nistp521": ec.SECP521R1(),
}
ALGORITHMS = ("ssh-ed25519", "ssh-rsa", *_CURVES)
# A file from somebody else must not make this computer run out of memory or think for minutes.
_MAX_MEMORY_KIB = 1 << 20
_MAX_WORK_KIB = 1 << 24  # memory times passes: some ten seconds
_MAX_PARALLELISM = 64
_MAX_SALT = 1024
_MAX_RSA_BITS = 16384


class Keys(NamedTuple):
    cipher: bytes
    iv: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Argon2:
    """How version 3 turns a passphrase into keys. The defaults are of the order that PuTTYgen chooses."""

    salt: bytes
    kind: str = "Argon2id"
    memory_kib: int = 8192
    passes: int = 21
    parallelism: int = 1

    def problem(self) -> str:
        """Why these numbers are refused; "" when they are fine."""
        if self.kind not in _KINDS:
            return "its passphrase is hashed in a way that is not known"
        numbers = (self.memory_kib, self.passes, self.parallelism)
        # RFC 9106 section 3.1: 8 KiB for each lane; and a salt of 8 bytes, which the library insists on
        if min(numbers) < 1 or self.memory_kib < 8 * self.parallelism or len(self.salt) < 8:
            return "the numbers for its passphrase make no sense"
        if (
            self.memory_kib > _MAX_MEMORY_KIB
            or self.memory_kib * self.passes > _MAX_WORK_KIB
            or self.parallelism > _MAX_PARALLELISM
            or len(self.salt) > _MAX_SALT
        ):
            return "trying its passphrase would take far too much memory or time"
        return ""


def keys_v2(passphrase: bytes) -> Keys:
    """For a file that is not encrypted too: with an empty passphrase."""
    halves = [hashlib.sha1(prefix + passphrase).digest() for prefix in (b"\0\0\0\0", b"\0\0\0\1")]  # noqa: S324
    mac = hashlib.sha1(b"putty-private-key-file-mac-key" + passphrase).digest()  # noqa: S324 - the format's
    return Keys(b"".join(halves)[:32], bytes(BLOCK), mac)


def keys_v3(passphrase: bytes, argon2: Argon2 | None) -> Keys:
    """``argon2`` is None for a file that is not encrypted."""
    if argon2 is None:
        return Keys(b"", b"", b"")
    hashed = _KINDS[argon2.kind](
        salt=argon2.salt,
        length=80,
        iterations=argon2.passes,
        lanes=argon2.parallelism,
        memory_cost=argon2.memory_kib,
    ).derive(passphrase)
    return Keys(hashed[:32], hashed[32:48], hashed[48:])


def mac(version: int, keys: Keys, *parts: bytes) -> bytes:
    """Over algorithm, encryption, comment, public and (plain, padded) private part."""
    digest = hashlib.sha256 if version >= 3 else hashlib.sha1
    return hmac.new(keys.mac, b"".join(string(part) for part in parts), digest).digest()


def padded(private: bytes) -> bytes:
    """As PuTTY fills up the last block: with the beginning of a hash, so that nothing random is needed."""
    return private + hashlib.sha1(private).digest()[: -len(private) % BLOCK]  # noqa: S324 - the format's


def encrypt(keys: Keys, data: bytes) -> bytes:
    work = Cipher(algorithms.AES(keys.cipher), modes.CBC(keys.iv)).encryptor()
    return work.update(data) + work.finalize()


def decrypt(keys: Keys, data: bytes) -> bytes:
    work = Cipher(algorithms.AES(keys.cipher), modes.CBC(keys.iv)).decryptor()
    return work.update(data) + work.finalize()


# --- the private part -------------------------------------------------------------------------------------


def private_part(key: PrivateKey) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.private_numbers()
        return b"".join(mpint(number) for number in (numbers.d, numbers.p, numbers.q, numbers.iqmp))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return mpint(key.private_numbers().private_value)
    return string(key.private_bytes_raw())


def key_of(algorithm: str, public: bytes, private: bytes) -> PrivateKey:
    """Raises ValueError when the private part is none. Padding after it may be anything."""
    reader = Reader(private)
    if algorithm == "ssh-ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(reader.string())
    if algorithm in _CURVES:
        return ec.derive_private_key(reader.mpint(), _CURVES[algorithm])
    return _rsa_key(Reader(public), reader)


def _rsa_key(public: Reader, private: Reader) -> PrivateKey:
    public.string()
    e, n = public.mpint(), public.mpint()
    d, p, q, iqmp = (private.mpint() for _ in range(4))
    if n.bit_length() > _MAX_RSA_BITS or min(e, n, d, p - 1, q - 1, iqmp) < 1 or p * q != n:
        raise ValueError("these numbers are no RSA key")
    public_numbers = rsa.RSAPublicNumbers(e, n)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), iqmp, public_numbers).private_key()


def may_be_private_part(algorithm: str, data: bytes) -> bool:
    """Whether it begins like one: what a wrong passphrase decrypts to practically never does."""
    length = int.from_bytes(data[:4], "big")
    if algorithm == "ssh-ed25519":
        return length == 32
    return 0 < length <= min(len(data) - 4, _MAX_RSA_BITS // 8 + 1)
