"""Hosts as they stand on the wire, to and from the one spelling that the rest of the program sees.

Clients send literals as names (connect-proxy 1.105 and plink 0.78 do so for 127.0.0.1), bracketed IPv6,
IPv4 dressed as IPv6, and names in UTF-8. Whoever decides where a connection goes must see one form only.
"""

from __future__ import annotations

import ipaddress
import re

MAX_NAME = 255  # bytes; the length of a SOCKS5 name is one byte (RFC 1928 section 5)

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_SCOPE = re.compile(r"[A-Za-z0-9._-]+")

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def host_from_packed(packed: bytes) -> str:
    """The literal of 4 or 16 network-order bytes; IPv4-mapped IPv6 (``::ffff:a.b.c.d``) becomes IPv4."""
    if len(packed) == 4:
        return ".".join(map(str, packed))
    return _spelled(ipaddress.ip_address(packed))


def host_from_name(name: bytes) -> str:
    """The host that a client named: a literal in its one normal spelling, or the name as it was sent.

    ``b"[::0001]"`` -> ``"::1"``; ``b"Lab-GPU"`` -> ``"Lab-GPU"``; UTF-8 names become their IDNA form.
    Raises ValueError, with a sentence that quotes nothing of the input, for what can be no host.
    """
    if not name:
        raise ValueError("The host name is empty.")
    if len(name) > MAX_NAME:
        raise ValueError("The host name is longer than 255 bytes.")
    try:
        text = name.decode("utf-8")
    except UnicodeDecodeError:
        raise ValueError("The host name is not UTF-8.") from None
    if text.startswith("[") and text.endswith("]"):
        return _spelled(_bracketed(text[1:-1]))
    literal = _literal(text)
    if literal is not None:
        return _spelled(literal)
    if not text.isascii():
        text = _to_idna(text)
    if not _NAME.fullmatch(text):
        raise ValueError("The host name contains characters that no host name has.")
    return text


def pack_host(host: str) -> tuple[int, bytes]:
    """(ATYP, address field) of a SOCKS5 request for this host (RFC 1928 section 5).

    A literal travels as its bytes, a name as a length and its ASCII form. Raises ValueError as
    ``host_from_name`` does. An IPv6 scope (``fe80::1%eth0``) has no place in the 16 bytes: it goes as a name.
    """
    text = host_from_name(host.encode("utf-8", "replace"))
    literal = _literal(text)
    if isinstance(literal, ipaddress.IPv4Address):
        return 1, literal.packed
    if literal is not None and literal.scope_id is None:
        return 4, literal.packed
    name = text.encode("ascii")
    return 3, bytes((len(name),)) + name


def _literal(text: str) -> _Address | None:
    if ":" not in text and not text[-1:].isdigit():
        return None  # as nearly every name, which ``ipaddress`` takes its time to say
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    # ipaddress takes anything but "%" as a scope, line ends included.
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return address if _SCOPE.fullmatch(address.scope_id) else None
    return address


def _bracketed(text: str) -> ipaddress.IPv6Address:
    literal = _literal(text)
    if not isinstance(literal, ipaddress.IPv6Address):
        raise ValueError("What stands in brackets is no IPv6 address.")  # noqa: TRY004 - a value, not a type
    return literal


def _spelled(address: _Address) -> str:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)


def _to_idna(text: str) -> str:
    """Names are sent on in the form that DNS knows, as the standard library makes it (IDNA 2003)."""
    try:
        encoded = text.encode("idna")
    except UnicodeError:
        raise ValueError("The host name has no IDNA form.") from None
    if not encoded or len(encoded) > MAX_NAME:
        raise ValueError("The IDNA form of the host name is empty or longer than 255 bytes.")
    return encoded.decode("ascii")
