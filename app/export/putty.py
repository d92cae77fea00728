"""PuTTY sessions: as a .reg file, as Unix keeps them, and the words that start one with nothing stored.

Values are written as they are, unlike WinSCP's; only names are munged, in the code page of the system, so
that nothing but ASCII is sure to be found again (aliases are ASCII).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TypeAlias

from app.core.faults import FaultCode, error
from app.export.proxied_site import AT_PROXY, PING_S, SOCKS5, SSH_PORT, ProxiedSite, utf8
from app.export.proxy_environment import LOOPBACK
from app.export.putty_host_keys import preferred_families

PROGRAM = "PuTTY"
SESSIONS_KEY = r"Software\SimonTatham\PuTTY\Sessions"
Setting: TypeAlias = tuple[str, str | int]
_UNIX_SAFE = frozenset("+-.@_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def settings(site: ProxiedSite) -> list[Setting]:
    """In the order of PuTTY's own files; numbers are dwords in the registry. Raises HOST_KEY_NOT_PINNED.

    ``SSHManualHostKeys`` is a map of fingerprints to nothing: PuTTY then asks no cache and no person.
    """
    server, relay = site.server, site.relay
    keys = ",".join(key.for_putty + "=" for key in site.needs_host_keys)
    found: list[Setting] = [
        ("HostName", site.host),
        ("Protocol", "ssh"),
        ("PortNumber", SSH_PORT),
        ("PingInterval", 0),
        ("PingIntervalSecs", PING_S),
        ("ProxyDNS", AT_PROXY),
        ("ProxyLocalhost", 1),
        ("ProxyMethod", SOCKS5),
        ("ProxyHost", LOOPBACK),
        ("ProxyPort", relay.socks_port),
        ("ProxyUsername", relay.socks_user),
        ("UserName", server.user),
        ("Compression", int(server.compression)),
        ("AgentFwd", int(server.forward_agent)),
        ("HostKey", preferred_families(site.host_keys)),
        ("PublicKeyFile", site.key_file),
        ("X11Forward", int(server.forward_x11)),
        ("SSHManualHostKeys", keys),
    ]
    return [(name, value) for name, value in found if value != ""]


def reg_file(site: ProxiedSite) -> bytes:
    """For a double click on Windows: adds one session to those of PuTTY, or replaces that one."""
    lines = [
        "Windows Registry Editor Version 5.00",
        "",
        rf"[HKEY_CURRENT_USER\{SESSIONS_KEY}\{session_key(site)}]",
    ]
    lines += [f'"{name}"={_reg_value(value)}' for name, value in settings(site)]
    text = "".join(line + "\r\n" for line in [*lines, ""])
    utf8(text)  # refuses what is no text
    return b"\xff\xfe" + text.encode("utf-16-le")


def _reg_value(value: str | int) -> str:
    if isinstance(value, int):
        return f"dword:{value:08x}"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def session_key(site: ProxiedSite) -> str:
    """The name of its registry key. Raises PROFILE_INVALID for a name that is not ASCII."""
    name = site.name
    if not name.isascii():
        raise error(FaultCode.PROFILE_INVALID, problem=f"PuTTY cannot keep a session named {name!r}.")
    return "".join(
        f"%{ord(char):02X}"
        if char in " \\*?%" or not "!" <= char <= "~" or (i == 0 and char == ".")
        else char
        for i, char in enumerate(name)
    )


def unix_session(site: ProxiedSite) -> tuple[str, bytes]:
    """File name below ``~/.putty/sessions``, and what stands in it."""
    name = "".join(chr(b) if chr(b) in _UNIX_SAFE else f"%{b:02X}" for b in utf8(site.name))
    return name, utf8("".join(f"{key}={value}\n" for key, value in settings(site)))


def command_words(
    site: ProxiedSite, program: str, proxy_command: Sequence[str], *, windows: bool, batch: bool = False
) -> list[str]:
    """The words that start putty, plink or psftp with nothing stored.

    Their command lines cannot name a SOCKS proxy; so the way is ``relaytray proxy``, which also brings the
    link up by itself. Raises HOST_KEY_NOT_PINNED.
    """
    server = site.server
    keys = [word for key in site.needs_host_keys for word in ("-hostkey", key.for_putty)]
    words = [program, *(["-batch"] if batch else []), *([] if _is_psftp(program) else ["-ssh"])]
    words += ["-P", str(SSH_PORT), *(["-l", server.user] if server.user else [])]
    words += ["-i", site.key_file] if site.key_file else []
    words += ["-C"] if server.compression else []
    if not _is_psftp(program):
        words += ["-A"] if server.forward_agent else []
        words += ["-X"] if server.forward_x11 else []
    return [*words, *keys, "-proxycmd", proxy_text(proxy_command, windows=windows), site.host]


def proxy_text(words: Sequence[str], *, windows: bool) -> str:
    """The command as PuTTY reads it: backslashes and percent signs first mean something to itself."""
    line = " ".join(windows_word(word) for word in words) if windows else shlex.join(words)
    return line.replace("\\", "\\\\").replace("%", "%%")


def windows_word(word: str) -> str:
    """Quoted by the rules of Microsoft's C runtime, which Python and PuTTY go by (``list2cmdline``)."""
    text, slashes = "", 0
    for char in word:
        if char == '"':
            text += "\\" * (slashes + 1)  # those before it, doubled, and one for it
        text += char
        slashes = slashes + 1 if char == "\\" else 0
    needs_quotes = not word or " " in word or "\t" in word
    return f'"{text}{chr(92) * slashes}"' if needs_quotes else text


def _is_psftp(program: str) -> bool:
    return program.replace("\\", "/").rsplit("/", 1)[-1].lower().startswith("psftp")
