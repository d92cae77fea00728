"""WinSCP sites: its settings, the URL and command line that open one, and its INI file.

A site is written with what differs from WinSCP's own defaults: for a key that is missing, WinSCP takes those.
``ProxyLocalhost`` is there although the host is no loopback name: whoever changes the host to 127.0.0.1
must not get past the proxy without a word. No password is ever in any of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from app.core.faults import FaultCode, error
from app.core.profiles import FileProtocol
from app.export.proxied_site import AT_PROXY, PING_S, SOCKS5, SSH_PORT, ProxiedSite, utf8
from app.export.proxy_environment import LOOPBACK
from app.export.putty_host_keys import preferred_families

PROGRAM = "WinSCP"
Setting: TypeAlias = tuple[str, str | int]

MAX_COMMAND_LINE = 10240  # characters; WinSCP cuts a longer one off without a word when it hands it on
_SECTION = "Sessions"
_SCP, _SFTP = 0, 2  # FSProtocol; 1 would fall back from SFTP to SCP
_NULL_PACKETS = 1  # PingType
_TIMEOUT_S = 60  # the link may have to come up first, and the person be asked for a passphrase
_BOM = b"\xef\xbb\xbf"
_ALWAYS_ESCAPED = b" \\*?%"
# Everything that ``settings`` may write. Other keys of a stored site are the person's own, and stay.
OUR_KEYS = (
    *("HostName", "PortNumber", "UserName", "FSProtocol", "PublicKeyFile", "SshHostKey", "HostKey"),
    *("ProxyMethod", "ProxyHost", "ProxyPort", "ProxyUsername", "ProxyDNS", "ProxyLocalhost"),
    *("PingType", "PingIntervalSecs", "Timeout", "Compression", "AgentFwd"),
    *("RemoteDirectory", "UpdateDirectories"),
)
_IN_URL = {"HostName", "PortNumber", "UserName", "FSProtocol"}
_HAVE_SWITCHES = {"PublicKeyFile": "privatekey", "SshHostKey": "hostkey"}


def settings(site: ProxiedSite) -> list[Setting]:
    """What WinSCP is to know, in the order of its own files; values are not munged.

    ``SshHostKey`` is the expected key; ``HostKey`` is the order of algorithms. Raises HOST_KEY_NOT_PINNED.
    """
    server, relay = site.server, site.relay
    found: list[Setting] = [
        ("HostName", site.host),
        ("PortNumber", SSH_PORT),
        ("UserName", server.user),
        ("FSProtocol", _SCP if server.file_protocol is FileProtocol.SCP else _SFTP),
        ("PublicKeyFile", site.key_file),
        ("SshHostKey", ";".join(key.for_winscp for key in site.needs_host_keys)),
        ("HostKey", preferred_families(site.host_keys)),
        ("ProxyMethod", SOCKS5),
        ("ProxyHost", LOOPBACK),
        ("ProxyPort", relay.socks_port),
        ("ProxyUsername", relay.socks_user),
        ("ProxyDNS", AT_PROXY),
        ("ProxyLocalhost", 1),
        ("PingType", _NULL_PACKETS),
        ("PingIntervalSecs", PING_S),
        ("Timeout", _TIMEOUT_S),
    ]
    found += [("Compression", 1)] if server.compression else []
    found += [("AgentFwd", 1)] if server.forward_agent else []
    if site.folder:
        # Without the second, WinSCP replaces the folder by the one that was open last.
        found += [("RemoteDirectory", _without_slash(site.folder)), ("UpdateDirectories", 0)]
    return [(name, value) for name, value in found if value != "" and (name, value) != ("PortNumber", 22)]


def _without_slash(folder: str) -> str:
    return folder.rstrip("/") or "/"


# --- munging ----------------------------------------------------------------------------------------------


def munge(text: str) -> str:
    """A value as WinSCP stores it (``MungeStr``); it reads no lower-case digits after a percent sign."""
    return _escaped(text).replace("%2A", "*")


def munge_name(name: str) -> str:
    """The same for the name of a site; "/" parts its folders."""
    return _escaped(name)


def _escaped(text: str) -> str:
    data = utf8(text)
    if not text.isascii():
        data = _BOM + data  # how WinSCP knows UTF-8 from the code page of the system
    return "".join(
        f"%{byte:02X}"
        if byte in _ALWAYS_ESCAPED or not 32 <= byte <= 126 or (byte == ord(".") and i == 0)
        else chr(byte)
        for i, byte in enumerate(data)
    )


def unmunge(text: str) -> str:
    """Back again; what is no UTF-8 was written in a code page, of which only ASCII is sure."""
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), utf8(text))
    return data.removeprefix(_BOM).decode("utf-8", "replace")


# --- URL and command line ---------------------------------------------------------------------------------


def session_url(site: ProxiedSite, *, handled: bool = False) -> str:
    """A URL that tells everything; ``handled``: in the scheme that only WinSCP answers to.

    Needs WinSCP 5.15. A path that did not end in "/" would name a file to download.
    """
    parameters = [
        f";x-{name.lower()}={_encoded(munge(str(value)))}"
        for name, value in _beside_url(site)
        if name != "SshHostKey"
    ]
    keys = ";".join(key.for_winscp_url for key in site.host_keys)
    return _url(site, f";fingerprint={_encoded(keys)}" + "".join(parameters), "winscp-" if handled else "")


def command_line(program: str, site: ProxiedSite) -> str:
    """The whole line, for ``Popen`` as one string: WinSCP takes it apart by rules of its own.

    A double quote begins and ends quoting, two of them stand for one, and a backslash is never an escape.
    ``/rawsettings`` takes all words after it that are no switches, so it comes last, and the URL first.
    """
    beside = dict(_beside_url(site))
    switches = [
        f"/{_HAVE_SWITCHES[name]}={value}" for name, value in beside.items() if name in _HAVE_SWITCHES
    ]
    raw = [f"{name}={munge(str(value))}" for name, value in beside.items() if name not in _HAVE_SWITCHES]
    words = [program, _url(site), *switches, f"/sessionname={site.server.alias}", "/newinstance"]
    line = " ".join(quoted(word) for word in [*words, "/rawsettings", *raw])
    if len(line.encode("utf-16-le", "surrogatepass")) // 2 >= MAX_COMMAND_LINE:
        raise error(FaultCode.PROFILE_INVALID, problem="Its names and paths are too long for WinSCP.")
    return line


def quoted(word: str) -> str:
    return '"' + word.replace('"', '""') + '"' if re.search(r'[\s"]', word) else word


def _beside_url(site: ProxiedSite) -> list[Setting]:
    """The settings that host, user and path of the URL do not say."""
    # A path of "/" says nothing, WinSCP then opens the home folder; any other is the folder.
    said = {*_IN_URL, "UpdateDirectories", *([] if site.folder == "/" else ["RemoteDirectory"])}
    return [(name, value) for name, value in settings(site) if name not in said]


def _url(site: ProxiedSite, parameters: str = "", prefix: str = "") -> str:
    scheme = "scp" if site.server.file_protocol is FileProtocol.SCP else "sftp"
    user = _encoded(site.server.user) + parameters
    at = "@" if user else ""
    path = "/".join(_encoded(part) for part in (site.folder or "/").split("/"))
    return f"{prefix}{scheme}://{user}{at}{site.host}:{SSH_PORT}{path}"


def _encoded(text: str) -> str:
    """Everything but letters, digits, "_", "." and "-"; a plus sign would be read as a space."""
    return "".join(
        chr(byte) if chr(byte).isascii() and (chr(byte).isalnum() or byte in b"_.-") else f"%{byte:02X}"
        for byte in utf8(text)
    )


# --- INI --------------------------------------------------------------------------------------------------


def ini_file(sites: Iterable[ProxiedSite]) -> bytes:
    """A file for Tools > Import Sites > INI file (WinSCP 6.5), which adds these and leaves the others.

    Plain ASCII, CRLF, no BOM, and nothing but sites. Never for "Import/Restore Configuration": that one
    replaces everything the person has. No ``[SshHostKeys]`` either: they would outlive the site.
    """
    sections = [[_header(site), *_lines(site)] for site in sites]
    return "".join(line + "\r\n" for section in sections for line in [*section, ""]).encode("ascii")


def with_site(data: bytes, site: ProxiedSite) -> bytes:
    """A person's WinSCP.ini with this site put in, or brought up to date where it is; all else stays.

    Keys of the site that are not ours stay too: a colour, a local folder. Raises ValueError for a file that
    is no INI of WinSCP's.
    """
    _refuse_wide(data)
    lines = data.splitlines(keepends=True)
    end = b"\n" if b"\n" in data and b"\r\n" not in data else b"\r\n"
    start, stop = _section(lines, site.name)
    if start is None:
        gap = [] if not lines or not lines[-1].strip() else [_ended(lines.pop(), end), end]
        new = [_header(site), *_lines(site), ""]
        return b"".join([*lines, *gap, *(line.encode("ascii") + end for line in new)])
    body = [_ended(line, end) for line in lines[start + 1 : stop]]
    ours = {name.lower() for name in OUR_KEYS}
    kept = [line for line in body if _key(line) not in ours]
    new_lines = [line.encode("ascii") + end for line in _lines(site)]
    return b"".join([*lines[:start], _ended(lines[start], end), *new_lines, *kept, *lines[stop:]])


def site_names(data: bytes) -> list[str]:
    """The names of all sites in an INI file. Raises ValueError."""
    _refuse_wide(data)
    found = [_section_name(line) for line in data.splitlines()]
    prefix = _SECTION.lower() + "\\"
    return [unmunge(name[len(prefix) :]) for name in found if name and name.lower().startswith(prefix)]


def _refuse_wide(data: bytes) -> None:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data:
        raise ValueError("it is in UTF-16, which WinSCP does not write")


def _header(site: ProxiedSite) -> str:
    return f"[{_SECTION}\\{munge_name(site.name)}]"


def _lines(site: ProxiedSite) -> list[str]:
    return [f"{name}={munge(str(value))}" for name, value in settings(site)]


def _section(lines: Sequence[bytes], name: str) -> tuple[int | None, int]:
    """The line that begins the site's section, and the one after its last key; names know no case."""
    wanted = f"{_SECTION}\\{name}".lower()
    start: int | None = None
    for i, line in enumerate(lines):
        found = _section_name(line)
        if start is None and found is not None and unmunge(found).lower() == wanted:
            start = i
        elif start is not None and found is not None:
            return start, _without_blanks(lines, start, i)
    return start, _without_blanks(lines, start, len(lines)) if start is not None else 0


def _without_blanks(lines: Sequence[bytes], start: int, stop: int) -> int:
    while stop > start + 1 and not lines[stop - 1].strip():
        stop -= 1
    return stop


def _section_name(line: bytes) -> str | None:
    text = line.removeprefix(_BOM).strip()
    is_header = text.startswith(b"[") and text.endswith(b"]")
    return text[1:-1].decode("ascii", "replace") if is_header else None


def _key(line: bytes) -> str:
    return line.split(b"=")[0].strip().decode("ascii", "replace").lower()


def _ended(line: bytes, end: bytes) -> bytes:
    return line if line.endswith((b"\n", b"\r")) else line + end
