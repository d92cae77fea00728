"""Host keys as PuTTY and WinSCP write them: in their caches, and as the fingerprints that they are told.

The forms are those of PuTTY's cache strings and fingerprints, and of WinSCP's ``NormalizeFingerprint``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

# What both prefer by themselves, in the words of their setting "HostKey"; "WARN" ends what is used unasked.
_PREFERENCE = ("ed448", "ed25519", "ecdsa", "rsa", "dsa", "WARN")
_P = 2**255 - 19  # the field of edwards25519 (RFC 8032 section 5.1)
_D = (-121665 * pow(121666, -1, _P)) % _P


@dataclass(frozen=True, slots=True)
class HostKey:
    """One plain public host key."""

    key_type: str  # "ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"
    bits: int  # as PuTTY counts them
    cache_type: str  # the key type as it begins a cache entry
    cache_value: str
    digest: str  # base64 of SHA-256 without padding: 43 characters

    @property
    def for_winscp(self) -> str:
        """``ssh-ed25519 255 <digest>``. With "SHA256:" in it, WinSCP never finds it equal."""
        return f"{self.key_type} {self.bits} {self.digest}"

    @property
    def for_winscp_url(self) -> str:
        """``ssh-ed25519-<digest>``, its base64 in the alphabet of URLs."""
        return f"{self.key_type}-{self.digest.replace('+', '-').replace('/', '_')}"

    @property
    def for_putty(self) -> str:
        return f"SHA256:{self.digest}"

    @property
    def family(self) -> str:
        """The word for its algorithm in the setting "HostKey"."""
        return {"ssh-ed25519": "ed25519", "ssh-rsa": "rsa"}.get(self.key_type, "ecdsa")

    def cache_name(self, host: str, port: int) -> str:
        return f"{self.cache_type}@{port}:{host}"


def host_key(blob: bytes) -> HostKey:
    """From the wire form. Raises ValueError for a key that is damaged, or of a type that is not used here."""
    from app.export.ssh_wire import Reader  # it loads the cryptography library

    reader = Reader(blob)
    key_type = reader.string().decode("ascii", "replace")
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    if key_type == "ssh-ed25519":
        x, y = _point(reader.string())
        return HostKey(key_type, 255, key_type, f"0x{x:x},0x{y:x}", digest)
    if key_type == "ssh-rsa":
        exponent, modulus = reader.mpint(), reader.mpint()
        return HostKey(key_type, modulus.bit_length(), "rsa2", f"0x{exponent:x},0x{modulus:x}", digest)
    if key_type in ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"):
        curve, point = reader.string().decode("ascii", "replace"), reader.string()
        if point[:1] != b"\x04":
            raise ValueError("the point is compressed")
        half = (len(point) - 1) // 2
        x, y = (int.from_bytes(part, "big") for part in (point[1 : 1 + half], point[1 + half :]))
        return HostKey(key_type, int(curve[5:]), key_type, f"{curve},0x{x:x},0x{y:x}", digest)
    raise ValueError(f"keys of type {key_type!r} are not known here")


def host_key_of_line(line: str) -> HostKey:
    """From ``ssh-ed25519 AAAA... comment``. Raises ValueError."""
    words = line.split()
    try:
        return host_key(base64.b64decode(words[1], validate=True))
    except (IndexError, binascii.Error) as e:
        raise ValueError("it is not a public key line") from e


def preferred_families(keys: Iterable[HostKey]) -> str:
    """The setting "HostKey" that makes them ask for a key we know; "" where they do so by themselves.

    A server shows one key, the one its client prefers: with only its RSA key known, an Ed25519 key would be
    shown, and refused.
    """
    known = {key.family for key in keys}
    if not known or "ed25519" in known:
        return ""
    first = [name for name in _PREFERENCE if name in known]
    return ",".join([*first, *(name for name in _PREFERENCE if name not in known)])


def _point(encoded: bytes) -> tuple[int, int]:
    """Decompressed (RFC 8032 section 5.1.3): PuTTY's cache holds both coordinates."""
    if len(encoded) != 32:
        raise ValueError("the key has another length")
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * pow(2, (_P - 1) // 4, _P) % _P
    if (x * x - square) % _P:
        raise ValueError("the key is not a point of the curve")
    return (_P - x if x & 1 != sign else x), y
