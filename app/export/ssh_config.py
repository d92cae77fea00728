"""The ssh config block of one server, in the spelling that every OpenSSH from 8.1 on reads the same way.

The rules (checked with OpenSSH 8.1, 8.6, 9.2 and 10.5, and read in the Win32 sources):

* Only keywords that 8.1 knows: one unknown keyword breaks ssh for every host.
* Paths in double quotes, with forward slashes on Windows; ``%`` doubled, because ssh expands tokens.
* The ProxyCommand starts with a double quote: Win32-OpenSSH then hands the line to CreateProcess as it is,
  Git's ssh and Unix give it to a shell (readconf.c, sshconnect.c, w32fd.c).
* No comment behind a value; no line is long for its own sake.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.core.faults import FaultCode, error
from app.core.profiles import Relay, Server

_PLAIN_WORD = re.compile(r"[A-Za-z0-9@_+=:,./-]+")  # needs no quotes, in no shell and in no ssh_config
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def ssh_config_block(
    server: Server,
    relay: Relay,
    *,
    proxy_command: Sequence[str],
    known_hosts: str,
    home: str = "",
    windows: bool = False,
) -> str:
    """The ``Host`` block that lets the real ssh reach ``server``; ends with a newline.

    ``proxy_command`` are the words that start ``relaytray proxy ALIAS`` (see app.system.programs);
    ``known_hosts`` is our own file, where the server's key is pinned under its full name. A leading "~" of
    the identity becomes ``home``, because ssh does not take it from $HOME. ``windows`` says that paths are
    those of Windows. Raises PROFILE_INVALID when a value cannot be written in an ssh config at all.
    """
    lines = [
        f"# {server.alias}, through the relay {_comment(relay.name)} (written by RelayTray)",
        f"Host {server.alias}",
        f"  HostName {server.full_name}",
        "  Port 22",
    ]
    if server.user:
        lines.append(f"  User {_word(server.user)}")
    lines += [
        f"  HostKeyAlias {server.full_name}",
        f"  UserKnownHostsFile {_path(known_hosts, windows=windows)}",
        "  StrictHostKeyChecking yes",
    ]
    if server.identity:
        identity = _from_home(server.identity, home)
        lines += [f"  IdentityFile {_path(identity, windows=windows)}", "  IdentitiesOnly yes"]
    lines += [
        "  ForwardX11 no",
        "  ServerAliveInterval 15",
        "  ServerAliveCountMax 4",
        f"  ProxyCommand {command_line(proxy_command, windows=windows)}",
    ]
    return "\n".join(lines) + "\n"


def command_line(words: Sequence[str], *, windows: bool = False) -> str:
    """The words as one ProxyCommand, good for CreateProcess on Windows and for a Unix shell elsewhere.

    Raises PROFILE_INVALID for a word that no ssh config can carry.
    """
    first, *rest = words
    quoted = [_command_word(first, windows=windows)]
    quoted += [word if _PLAIN_WORD.fullmatch(word) else _command_word(word, windows=windows) for word in rest]
    return " ".join(quoted)


def _command_word(word: str, *, windows: bool) -> str:
    _refuse_controls(word)
    if windows:
        if '"' in word:
            raise error(FaultCode.PROFILE_INVALID, problem=f"a double quote cannot be part of {word}")
        return '"' + word.replace("\\", "/").replace("%", "%%") + '"'
    # Inside double quotes a POSIX shell gives a meaning to these four characters only.
    return '"' + re.sub(r'([\\"$`])', r"\\\1", word).replace("%", "%%") + '"'


def _path(path: str, *, windows: bool) -> str:
    """A file name as a value of ssh_config, always in quotes."""
    _refuse_controls(path)
    if "${" in path:
        raise error(FaultCode.PROFILE_INVALID, problem=f"ssh would take ${{...}} in {path} for a variable")
    # A backslash or a double quote in a Unix file name: OpenSSH 8.7 and newer; older ones know no way.
    path = path.replace("\\", "/") if windows else path.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + path.replace("%", "%%") + '"'


def _word(value: str) -> str:
    """A value that is no path: quoted only where it must be."""
    _refuse_controls(value)
    if _PLAIN_WORD.fullmatch(value):
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _from_home(path: str, home: str) -> str:
    if home and (path == "~" or path.startswith(("~/", "~\\"))):
        return home.rstrip("/\\") + path[1:]
    return path


def _comment(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _refuse_controls(value: str) -> None:
    if _CONTROL.search(value):
        raise error(FaultCode.PROFILE_INVALID, problem="a control character cannot be part of an ssh config")
