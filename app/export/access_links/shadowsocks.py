"""``ss://`` links: SIP002, the older form that is base64 as a whole, and Outline's access keys.

Sources: SIP002 (shadowsocks.org/doc/sip002), SIP022 for the AEAD-2022 methods, "Config Format" on the same
site for the older form, and Outline's reference of access keys (``prefix``, ``ssconf://``).
"""

from __future__ import annotations

import base64
import re
from urllib.parse import quote, unquote, unquote_to_bytes

from app.core.access import LinkProblemCode, LinkUnreadable, OnlineAccess, ShadowsocksAccess
from app.core.field_rules import CONTROL
from app.core.shadowsocks_methods import AEAD, KEY_BYTES, STREAM, key_length_is_wrong
from app.export.access_links.pieces import (
    as_text,
    bracketed,
    clean_name,
    decoded_text,
    host_and_port,
)

KIND = "Shadowsocks"
_LIKE_A_METHOD = re.compile(
    r"(2022-blake3|aes|aria|ascon|camellia|chacha|lea|rabbit|seed|sm4|xchacha)[a-z0-9-]{1,25}"
)
_OTHER_NAMES = {
    "chacha20-poly1305": "chacha20-ietf-poly1305",
    "xchacha20-poly1305": "xchacha20-ietf-poly1305",
}


def read_shadowsocks(link: str) -> ShadowsocksAccess:
    """One ``ss://`` link. Raises LinkUnreadable."""
    body, _, fragment = link[len("ss://") :].partition("#")
    name = clean_name(as_text(unquote_to_bytes(fragment), KIND))
    authority, _, query = body.partition("?")
    authority = authority.removesuffix("/")
    credentials, at, place = authority.rpartition("@")
    if not at:
        return _read_whole(authority, name)
    host, port = host_and_port(unquote(place), KIND)
    method, password = _credentials(credentials)
    options = _query(query)
    plugin, _, plugin_options = options.get("plugin", "").partition(";")
    return checked(
        ShadowsocksAccess(
            host=host,
            port=port,
            method=method,
            password=password,
            plugin=plugin,
            plugin_options=plugin_options,
            prefix=_prefix(options.get("prefix", "")),
            name=name,
        )
    )


def read_online(link: str) -> OnlineAccess:
    """Outline's ``ssconf://host/path#name``, which stands for ``https://host/path``.

    Raises LinkUnreadable.
    """
    rest, _, fragment = link[len("ssconf://") :].partition("#")
    host = rest.split("/", 1)[0].split("?", 1)[0]
    if not host or "@" in host:
        raise LinkUnreadable(LinkProblemCode.ADDRESS_NOT_HTTPS)
    return OnlineAccess(f"https://{rest}", clean_name(unquote(fragment)))


def checked(access: ShadowsocksAccess) -> ShadowsocksAccess:
    """With the method's proper name; raises LinkUnreadable where no client could use it."""
    method = access.method.strip().lower()
    method = _OTHER_NAMES.get(method, method)
    if method not in (*AEAD, *STREAM, *KEY_BYTES):
        told = method if _LIKE_A_METHOD.fullmatch(method) else ""  # it may be the password, in a wrong place
        raise LinkUnreadable(LinkProblemCode.METHOD_UNKNOWN, method=told)
    if method in STREAM:
        raise LinkUnreadable(LinkProblemCode.METHOD_BROKEN, method=method)
    if not access.password:
        raise LinkUnreadable(LinkProblemCode.PASSWORD_MISSING)
    if method in KEY_BYTES:
        _check_keys(method, access.password)
    if CONTROL.search(access.plugin + access.plugin_options) or ";" in access.plugin:
        raise LinkUnreadable(LinkProblemCode.FIELD_DAMAGED, kind=KIND, field="plugin")
    return ShadowsocksAccess(
        host=access.host,
        port=access.port,
        method=method,
        password=access.password,
        plugin=access.plugin,
        plugin_options=access.plugin_options if access.plugin else "",  # of no plugin, they are of nothing
        prefix=access.prefix,
        name=access.name,
    )


def shadowsocks_link(access: ShadowsocksAccess) -> str:
    """SIP002; AEAD-2022 methods with percent-encoded user info, which SIP022 demands."""
    if access.method in KEY_BYTES:
        user = f"{quote(access.method, safe='')}:{quote(access.password, safe='')}"
    else:
        user = base64.urlsafe_b64encode(f"{access.method}:{access.password}".encode()).decode().rstrip("=")
    link = f"ss://{user}@{bracketed(access.host)}:{access.port}"
    options = []
    if access.plugin:
        plugin = f"{access.plugin};{access.plugin_options}" if access.plugin_options else access.plugin
        options.append(f"plugin={quote(plugin, safe='')}")
    if access.prefix:
        options.append(f"prefix={quote(access.prefix, safe='')}")
    if options:
        link += "/?" + "&".join(options)
    return f"{link}#{quote(access.name, safe='')}" if access.name else link


def _read_whole(authority: str, name: str) -> ShadowsocksAccess:
    """``ss://BASE64(method:password@host:port)``, with the password as it is."""
    text = decoded_text(authority, KIND)
    credentials, at, place = text.rpartition("@")
    if not at:
        raise LinkUnreadable(LinkProblemCode.CREDENTIALS_MISSING)
    method, colon, password = credentials.partition(":")
    if not colon:
        raise LinkUnreadable(LinkProblemCode.CREDENTIALS_MISSING)
    host, port = host_and_port(place, KIND)
    return checked(ShadowsocksAccess(host=host, port=port, method=method, password=password, name=name))


def _credentials(text: str) -> tuple[str, str]:
    if ":" in text:
        method, _, password = text.partition(":")
        return as_text(unquote_to_bytes(method), KIND), as_text(unquote_to_bytes(password), KIND)
    method, colon, password = decoded_text(unquote(text), KIND).partition(":")
    if not colon:
        raise LinkUnreadable(LinkProblemCode.CREDENTIALS_MISSING)
    return method, password


def _query(query: str) -> dict[str, str]:
    """The first value of each name; ``+`` is itself, since the other programs use percent encoding only."""
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if name and name not in found:
            found[name] = value if name == "prefix" else as_text(unquote_to_bytes(value), KIND)
    return found


def _prefix(value: str) -> str:
    """Percent-encoded UTF-8 of characters that each stand for one byte (Outline's reference)."""
    text = as_text(unquote_to_bytes(value), KIND)
    if any(ord(character) > 0xFF for character in text):
        raise LinkUnreadable(LinkProblemCode.PREFIX_DAMAGED)
    return text


def _check_keys(method: str, password: str) -> None:
    """One key, or several joined by colons (the server's before the user's, SIP023)."""
    if key_length_is_wrong(method, password):
        raise LinkUnreadable(LinkProblemCode.KEY_LENGTH, method=method, expected=KEY_BYTES[method])
