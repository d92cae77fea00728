"""What the links have in common: base64 in all its spellings, hosts, ports, names."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
import unicodedata
import uuid as uuid_module

from app.core.access import LinkProblemCode, LinkUnreadable

MAX_NAME = 200
_LONGEST_HOST = 255
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}[A-Za-z0-9_.])?")
_DIGITS = re.compile(r"[0-9]{1,5}")


def decoded(text: str, kind: str) -> bytes:
    """Base64, standard or URL-safe, padded or not, as programs write it. Raises LinkUnreadable."""
    if not _BASE64.fullmatch(text) or len(text.rstrip("=")) % 4 == 1:
        raise LinkUnreadable(LinkProblemCode.ENCODING_DAMAGED, kind=kind)
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as e:
        raise LinkUnreadable(LinkProblemCode.ENCODING_DAMAGED, kind=kind) from e


def decoded_text(text: str, kind: str) -> str:
    """Raises LinkUnreadable: no base64, no UTF-8."""
    return as_text(decoded(text, kind), kind)


def as_text(data: bytes, kind: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        raise LinkUnreadable(LinkProblemCode.NOT_TEXT, kind=kind) from e


def host_and_port(text: str, kind: str) -> tuple[str, int]:
    """``host:port`` or ``[ipv6]:port``. Raises LinkUnreadable."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise LinkUnreadable(LinkProblemCode.HOST_DAMAGED, kind=kind)
    else:
        host, colon, rest = text.rpartition(":")
        if not colon:
            host, rest = text, ""
        rest = f":{rest}"
    if not rest.startswith(":") or rest == ":":
        raise LinkUnreadable(LinkProblemCode.PORT_MISSING, kind=kind)
    return checked_host(host, kind), checked_port(rest[1:], kind)


def checked_host(host: str, kind: str) -> str:
    """A name or address without brackets; a name beyond ASCII as DNS knows it. Raises LinkUnreadable."""
    host = host.strip()
    if not host:
        raise LinkUnreadable(LinkProblemCode.HOST_MISSING, kind=kind)
    if len(host) > _LONGEST_HOST:  # before anything that takes long for it
        raise LinkUnreadable(LinkProblemCode.HOST_DAMAGED, kind=kind)
    bare = host.removeprefix("[").removesuffix("]")
    if ":" in bare:
        try:
            address = ipaddress.IPv6Address(bare)
        except ValueError as e:
            raise LinkUnreadable(LinkProblemCode.HOST_DAMAGED, kind=kind) from e
        if address.scope_id is not None:  # "%eth0" is a network of whoever made the link
            raise LinkUnreadable(LinkProblemCode.HOST_DAMAGED, kind=kind)
        return bare
    try:
        spelled = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError as e:
        raise LinkUnreadable(LinkProblemCode.HOST_DAMAGED, kind=kind) from e
    if not _HOST.fullmatch(spelled) or ".." in spelled:
        raise LinkUnreadable(LinkProblemCode.HOST_DAMAGED, kind=kind)
    return spelled


def checked_port(text: str, kind: str) -> int:
    """Raises LinkUnreadable."""
    if not text:
        raise LinkUnreadable(LinkProblemCode.PORT_MISSING, kind=kind)
    if not _DIGITS.fullmatch(text) or not 1 <= int(text) <= 65535:
        raise LinkUnreadable(LinkProblemCode.PORT_RANGE, kind=kind, value=shown(text[:20]))
    return int(text)


def checked_uuid(text: str, kind: str) -> str:
    """In its usual spelling. Raises LinkUnreadable, which does not repeat what was found: it is a secret."""
    if not text.strip():
        raise LinkUnreadable(LinkProblemCode.UUID_MISSING, kind=kind)
    try:
        return str(uuid_module.UUID(text.strip()))
    except ValueError as e:
        raise LinkUnreadable(LinkProblemCode.UUID_DAMAGED, kind=kind) from e


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def clean_name(text: str) -> str:
    """A name out of a link as it may be shown: no control or direction characters, one line, bounded."""
    return shown(text).strip()[:MAX_NAME].strip()


def shown(text: str) -> str:
    kept = (" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join("".join(kept).split())
