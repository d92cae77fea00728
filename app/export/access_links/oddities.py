"""What a person should know about an access before they use it, or hand it to a phone."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from app.core.access import Access, Odd, Oddity, ShadowsocksAccess, VmessAccess
from app.core.shadowsocks_methods import KEY_BYTES, PLUGINS

# Outline's client takes no others, and no SIP003 plugin at all (it ignores the option and then fails).
OUTLINE_METHODS = ("chacha20-ietf-poly1305", "aes-128-gcm", "aes-192-gcm", "aes-256-gcm")
_LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")
_NUMBER = re.compile(r"0x[0-9a-f]{1,8}|[0-9]{1,12}")
_OCTAL = re.compile(r"0[0-9]+")
_SHORT = 12  # characters; a password made by hand and shorter than this can be guessed from recorded traffic


def oddities(access: Access) -> tuple[Odd, ...]:
    """In the order of their weight."""
    if isinstance(access, ShadowsocksAccess):
        return (*_of_shadowsocks(access), *_of_place(access))
    if isinstance(access, VmessAccess):
        return (*_of_vmess(access), *_of_place(access))
    return tuple(_of_place(access))


def for_outline(access: ShadowsocksAccess) -> tuple[Odd, ...]:
    """Why Outline's client could not use this access; nothing when it can."""
    found = []
    if access.method not in OUTLINE_METHODS:
        found.append(Odd(Oddity.NOT_FOR_OUTLINE_METHOD, {"method": access.method}))
    if access.plugin:
        found.append(Odd(Oddity.NOT_FOR_OUTLINE_PLUGIN, {"plugin": access.plugin}))
    return tuple(found)


def _of_shadowsocks(access: ShadowsocksAccess) -> Iterator[Odd]:
    if access.method in ("aes-128-gcm", "aes-192-gcm"):
        yield Odd(Oddity.METHOD_SLOW, {"method": access.method, "better": "aes-256-gcm"})
    if access.plugin in PLUGINS:
        yield Odd(Oddity.PLUGIN_NEEDED, {"plugin": access.plugin})
    if access.prefix:
        yield Odd(Oddity.PREFIX_IGNORED)
    if access.method not in KEY_BYTES and len(access.password) < _SHORT:
        yield Odd(Oddity.PASSWORD_SHORT)


def _of_vmess(access: VmessAccess) -> Iterator[Odd]:
    if access.alter_id:
        yield Odd(Oddity.ALTER_ID, {"value": str(access.alter_id)})
    if access.security in ("none", "zero") and not access.tls:
        yield Odd(Oddity.ENCRYPTED_ALL_THE_SAME)


def _of_place(access: Access) -> Iterator[Odd]:
    if _is_local(access.host.lower().rstrip(".")):
        yield Odd(Oddity.LOCAL_ADDRESS, {"host": access.host})


def _is_local(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        number = _as_number(host)
        if number is None:
            return f".{host}".endswith(_LOCAL_NAMES)
        address = ipaddress.IPv4Address(number)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    return not address.is_global


def _as_number(host: str) -> int | None:
    """What the systems' resolvers (inet_aton) take for an IPv4 address: "127.1", "0x7f.1", "2130706433"."""
    parts = host.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    try:
        *first, last = (int(part, 8 if _OCTAL.fullmatch(part) else 0) for part in parts)
    except ValueError:  # "09"
        return None
    if any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        return None
    return int.from_bytes(bytes(first), "big") << (8 * (4 - len(first))) | last
