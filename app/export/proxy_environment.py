"""Environment lines that send a shell's programs through a relay's SOCKS port.

``socks5h`` and not ``socks5``: names are resolved at the far end, and server aliases are names there. For
https the port is named as an HTTP proxy, which it is too: every program tunnels https through one with
CONNECT, while pip, conda and others need a package for SOCKS that may be missing (pip then refuses to do
anything). Plain http stays with SOCKS, since the port fetches no pages.
"""

from __future__ import annotations

from urllib.parse import quote

from app.core.profiles import Relay
from app.export.shell_words import Shell

__all__ = ["LOOPBACK", "Shell", "http_url", "proxy_environment", "socks_address", "socks_url"]

LOOPBACK = "127.0.0.1"
_LOCAL = "localhost,127.0.0.1,::1"


def socks_address(relay: Relay) -> str:
    """``127.0.0.1:10080``"""
    return f"{LOOPBACK}:{relay.socks_port}"


def socks_url(relay: Relay) -> str:
    """``socks5h://127.0.0.1:10080``; with the user's name when the port asks for one, never the password."""
    return f"socks5h://{_user(relay)}{socks_address(relay)}"


def http_url(relay: Relay) -> str:
    """The same port as an HTTP proxy; for https only."""
    return f"http://{_user(relay)}{socks_address(relay)}"


def proxy_environment(relay: Relay, shell: Shell | str, *, localhost_is_server: bool = False) -> str:
    """Lines to paste into ``shell``; the last one ends with a newline.

    ``localhost_is_server``: the relay's traffic leaves at a server, and there ``localhost`` is meant. Where
    it leaves at the relay, this computer's own web pages stay reachable: NO_PROXY names them.

    The lower-case names are there too on Unix: curl and others read ``http_proxy`` only in lower case.
    Windows does not tell the cases apart.
    """
    values = {
        "ALL_PROXY": socks_url(relay),
        "HTTPS_PROXY": http_url(relay),
        "HTTP_PROXY": socks_url(relay),
        "NO_PROXY": "" if localhost_is_server else _LOCAL,
    }
    match Shell(shell):
        case Shell.SH:
            lines = [f"export {name}='{value}' {name.lower()}='{value}'" for name, value in values.items()]
        case Shell.POWERSHELL:
            lines = [f"$env:{name} = '{value}'" for name, value in values.items()]
        case Shell.CMD:
            lines = [_set_line(name, value) for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _user(relay: Relay) -> str:
    return f"{quote(relay.socks_user, safe='')}@" if relay.socks_user else ""


def _set_line(name: str, value: str) -> str:
    """Quotes keep a blank at the end of a pasted line out of the value.

    A percent sign of the user's name must not begin a %VARIABLE%. A caret helps at the prompt, only outside
    of quotes; a percent-encoded name has nothing else that needs them.
    """
    return f"set {name}={value.replace('%', '^%')}" if "%" in value else f'set "{name}={value}"'
