"""Environment lines that send a shell's programs through a relay's SOCKS port.

``socks5h`` and not ``socks5``: names are resolved at the far end, and server aliases are names there.
"""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote

from app.core.profiles import Relay

LOOPBACK = "127.0.0.1"
_NAMES = ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY")


class Shell(StrEnum):
    """The shells whose syntax we write."""

    SH = "sh"
    POWERSHELL = "powershell"
    CMD = "cmd"


def socks_address(relay: Relay) -> str:
    """``127.0.0.1:10080``"""
    return f"{LOOPBACK}:{relay.socks_port}"


def socks_url(relay: Relay) -> str:
    """``socks5h://127.0.0.1:10080``; with the user's name when the port asks for one, never the password."""
    user = f"{quote(relay.socks_user, safe='')}@" if relay.socks_user else ""
    return f"socks5h://{user}{socks_address(relay)}"


def proxy_environment(relay: Relay, shell: Shell | str) -> str:
    """Lines to paste into ``shell``; the last one ends with a newline.

    The lower-case names are there too on Unix: curl and others read ``http_proxy`` only in lower case.
    Windows does not tell the cases apart.
    """
    url = socks_url(relay)
    match Shell(shell):
        case Shell.SH:
            lines = [f"export {name}='{url}' {name.lower()}='{url}'" for name in _NAMES]
        case Shell.POWERSHELL:
            lines = [f"$env:{name} = '{url}'" for name in _NAMES]
        case Shell.CMD:
            # A percent sign of the user's name must not begin a %VARIABLE%; typed at the prompt nothing
            # escapes it, so it is left as it is: only names with unusual characters have one.
            lines = [f'set "{name}={url}"' for name in _NAMES]
    return "\n".join(lines) + "\n"
