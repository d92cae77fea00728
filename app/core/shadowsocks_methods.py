"""Shadowsocks' encryption methods, and the plugins that RelayTray starts. Pure.

Sources: SIP004 (AEAD), SIP007 and SIP022 (AEAD-2022, whose password is the key itself), SIP003 (plugins).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping

KEY_BYTES: Mapping[str, int] = {  # AEAD-2022: the password is the key itself, in base64
    "2022-blake3-aes-128-gcm": 16,
    "2022-blake3-aes-256-gcm": 32,
    "2022-blake3-chacha20-poly1305": 32,
}
AEAD = ("aes-128-gcm", "aes-192-gcm", "aes-256-gcm", "chacha20-ietf-poly1305", "xchacha20-ietf-poly1305")
# They can be read and are told; no client that RelayTray runs offers them: without integrity, long broken.
STREAM = (
    "aes-128-cfb", "aes-192-cfb", "aes-256-cfb", "aes-128-ctr", "aes-192-ctr", "aes-256-ctr",
    "bf-cfb", "camellia-128-cfb", "camellia-192-cfb", "camellia-256-cfb", "cast5-cfb", "des-cfb",
    "idea-cfb", "rc2-cfb", "rc4", "rc4-md5", "rc4-md5-6", "seed-cfb", "salsa20", "chacha20", "chacha20-ietf",
    "xchacha20", "table", "none", "plain",
)  # fmt: skip
METHODS = (*AEAD, *KEY_BYTES)  # what a profile may have
DEFAULT_METHOD = "aes-256-gcm"

# By the name in links and profiles: the programs that are it, the usual one first. No other plugin is ever
# started: its name comes with a link that a stranger may have made, and a client runs it as a command.
PLUGINS: Mapping[str, tuple[str, ...]] = {
    "obfs-local": ("obfs-local",),
    "simple-obfs": ("obfs-local",),
    "v2ray-plugin": ("v2ray-plugin", "ss-v2ray-plugin"),
}

_OBFS = frozenset(("obfs", "obfs-host", "obfs-uri", "http-method", "fast-open"))
# No other option is ever handed on: "server;remoteAddr=0.0.0.0;localAddr=127.0.0.1;localPort=22" makes of
# v2ray-plugin a way into this computer, and "cert" opens a file, on Windows one of another machine.
PLUGIN_OPTIONS: Mapping[str, frozenset[str]] = {
    "obfs-local": _OBFS,
    "simple-obfs": _OBFS,
    "v2ray-plugin": frozenset(
        ("mode", "host", "path", "tls", "mux", "certRaw", "loglevel", "fast-open", "fastOpen")
    ),
}


def strange_option(plugin: str, options: str) -> str:
    """The first of the options (SIP003: ``name=value;name;...``, backslashes escape) that is not handed on to
    this plugin; "" = there is none."""
    known = PLUGIN_OPTIONS.get(plugin, frozenset())
    parts = re.findall(r"(?:\\.|[^;\\]|\\\Z)+", options, re.DOTALL)
    names = (part.partition("=")[0] for part in parts)
    return next((name for name in names if name not in known), "")


def key_length_is_wrong(method: str, password: str) -> bool:
    """Whether a method of AEAD-2022 would not take this password as its key (or keys, joined by colons)."""
    wanted = KEY_BYTES.get(method)
    if wanted is None:
        return False
    return any(_length(part) != wanted for part in password.split(":"))


def _length(key: str) -> int:
    try:
        return len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return -1
