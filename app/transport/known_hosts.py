"""The known_hosts format of OpenSSH (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"): reading, matching, rewriting.

Everything here works on bytes and values; the files are read and written by ``host_keys``. Lines that say
nothing to us (comments, unknown markers, broken base64, keys of SSH 1) are skipped and never touched.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_BOM = b"\xef\xbb\xbf"


class Marker(StrEnum):
    """What a line says about its key."""

    NONE = ""
    CERT_AUTHORITY = "@cert-authority"
    REVOKED = "@revoked"


@dataclass(frozen=True, slots=True)
class KnownHost:
    """One line that names a key."""

    line: int  # counted from 1
    marker: Marker
    names: str  # the pattern list, or one hashed name
    key_type: str
    blob: bytes

    def is_for(self, host_name: str) -> bool:
        return names_match(self.names, host_name)


def parse(data: bytes) -> list[KnownHost]:
    """All lines with keys. Never raises: what cannot be read is left out."""
    found = (_parse_line(number, line) for number, line in _numbered_lines(data))
    return [entry for entry in found if entry is not None]


def names_match(names: str, host_name: str) -> bool:
    """Whether the name list of a line means this host (``match_maybe_hashed`` of OpenSSH)."""
    host = host_name.lower()
    if names.startswith("|"):
        return _hash_matches(names, host)
    matched = False
    for pattern in names.lower().split(","):
        negated = pattern.startswith("!")
        if _pattern_matches(pattern.removeprefix("!"), host):
            if negated:
                return False
            matched = True
    return matched


def blob_type(blob: bytes) -> str:
    """The key type that a key blob begins with; "" when it is no key blob."""
    if len(blob) < 4:
        return ""
    (length,) = struct.unpack(">I", blob[:4])
    if length > len(blob) - 4:
        return ""
    return blob[4 : 4 + length].decode("ascii", "replace")


def new_line(host_name: str, blob: bytes) -> bytes:
    """A line that pins this key, as ssh itself writes it."""
    return f"{host_name} {blob_type(blob)} {base64.b64encode(blob).decode()}\n".encode()


def renamed(data: bytes, old: str, new: str | None) -> bytes:
    """The file with every pin of exactly ``old`` given to ``new``, or taken away when that is None.

    Patterns with wildcards and lines with markers speak about more than one host and stay; all other lines
    are kept byte for byte.
    """
    return b"".join(_renamed_line(line, old.lower(), new) for line in data.splitlines(keepends=True))


def _renamed_line(line: bytes, old: str, new: str | None) -> bytes:
    entry = _parse_line(1, line.removeprefix(_BOM))
    if entry is None or entry.marker is not Marker.NONE or not entry.is_for(old):
        return line
    instead = [] if new is None else [new]
    if entry.names.startswith("|"):
        left = instead
    else:
        names = entry.names.split(",")
        left = [kept for name in names for kept in (instead if name.lower() == old else [name])]
        if left == names:
            return line  # it matched by a wildcard
    raw_names, raw_left = (text.encode("utf-8", "surrogateescape") for text in (entry.names, ",".join(left)))
    return line.replace(raw_names, raw_left, 1) if left else b""


def _numbered_lines(data: bytes) -> Iterator[tuple[int, bytes]]:
    return enumerate(data.removeprefix(_BOM).split(b"\n"), start=1)


def _parse_line(number: int, line: bytes) -> KnownHost | None:
    fields = line.split(None, 4)
    marker = Marker.NONE
    if fields and fields[0].startswith(b"@"):
        if fields[0] not in (b"@cert-authority", b"@revoked"):
            return None
        marker = Marker(fields.pop(0).decode())
    if len(fields) < 3 or fields[0].startswith(b"#"):
        return None
    try:
        blob = base64.b64decode(fields[2], validate=True)
    except binascii.Error:
        return None
    key_type = fields[1].decode("ascii", "replace")
    if not key_type or blob_type(blob) != key_type:
        return None
    return KnownHost(number, marker, fields[0].decode("utf-8", "surrogateescape"), key_type, blob)


def _pattern_matches(pattern: str, text: str) -> bool:
    """OpenSSH knows ``*`` and ``?`` only; brackets are part of "[host]:port" and mean themselves.

    Patterns also come from certificates, that is from strangers: the time is bounded by the product of the
    lengths, which a regular expression's is not.
    """
    at = seen = 0  # in the text, in the pattern
    star, resume = -1, 0  # the last "*", and where the text after it may begin
    while at < len(text):
        if seen < len(pattern) and pattern[seen] == "*":
            star, resume = seen, at
            seen += 1
        elif seen < len(pattern) and pattern[seen] in ("?", text[at]):
            at, seen = at + 1, seen + 1
        elif star >= 0:
            resume += 1
            at, seen = resume, star + 1
        else:
            return False
    return not pattern[seen:].strip("*")


def _hash_matches(names: str, host: str) -> bool:
    """``|1|salt|hash``: HMAC-SHA1 of the name, keyed with the salt (hostfile.c)."""
    parts = names.split("|")
    if len(parts) != 4 or parts[1] != "1":
        return False
    try:
        salt, expected = base64.b64decode(parts[2]), base64.b64decode(parts[3])
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(hmac.new(salt, host.encode(), hashlib.sha1).digest(), expected)
