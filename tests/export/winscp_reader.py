"""WinSCP's side, written from its format and its grammar and not from our writer: INI, munging, URL, words.

Every rule is from the fact sheet's sections A.1 and A.2, which name the lines of WinSCP's source: the
command line is cut by ``CutToken``, words become switches by ``TOptions::Add``, a URL is taken apart as in
``TSessionData::ParseUrl``, values are un-munged as in ``UnMungeStr``. Names of settings know no case.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field

FACTORY = {"portnumber": "22", "fsprotocol": "1", "proxymethod": "0", "proxydns": "1", "proxylocalhost": "0"}


class NotWinScp(Exception):
    """WinSCP would read this as something else than was meant, or not at all."""


def unmunge(text: str) -> str:
    """``unescape_registry_key``: '%' and two digits; only upper-case ones have the right value."""
    data, i = bytearray(), 0
    while i < len(text):
        if ord(text[i]) > 127:
            raise NotWinScp(f"not ASCII: {text!r}")
        if text[i] == "%" and i + 2 < len(text):
            high, low = text[i + 1], text[i + 2]
            if high not in "0123456789ABCDEF" or low not in "0123456789ABCDEF":
                raise NotWinScp(f"decodes to garbage: {text!r}")
            data.append(int(high + low, 16))
            i += 3
        else:
            data.append(ord(text[i]))
            i += 1
    if data[:3] == b"\xef\xbb\xbf":
        return data[3:].decode("utf-8")
    return data.decode("cp1252")  # the code page of some system


def ini_sites(data: bytes) -> dict[str, dict[str, str]]:
    """Site name -> settings, names in lower case."""
    text = data.decode("ascii")
    if "\n" in text.replace("\r\n", ""):
        raise NotWinScp("a line without CRLF")
    sites: dict[str, dict[str, str]] = {}
    current: dict[str, str] | None = None
    for line in (line.strip() for line in text.split("\r\n")):
        if not line or line.startswith(";"):
            continue
        if line.startswith("[") and line.endswith("]"):
            kind, _, name = line[1:-1].partition("\\")
            current = sites.setdefault(unmunge(name), {}) if kind.lower() == "sessions" else {}
            continue
        name, _, value = line.partition("=")
        if current is None or not _:
            raise NotWinScp(f"a line that is in no section, or has no value: {line!r}")
        current[name.strip().lower()] = unmunge(value.strip())
    return sites


def words_of(line: str) -> list[str]:
    """``CutToken``, over and over. Quotes toggle, two are one, a backslash is nothing special."""
    words: list[str] = []
    i = 0
    while True:
        while i < len(line) and line[i] in " \t":
            i += 1
        if i >= len(line):
            return words
        word, quoting = "", False
        while i < len(line) and (quoting or line[i] not in " \t"):
            if line[i : i + 2] == '""':
                word += '"'
                i += 2
            elif line[i] == '"':
                quoting = not quoting
                i += 1
            else:
                word += line[i]
                i += 1
        words.append(word)


@dataclass
class Session:
    """What WinSCP would connect with; ``raw`` are further settings, names in lower case."""

    host: str = ""
    port: int = 22
    user: str = ""
    protocol: int = 1
    password: str = ""
    folder: str = ""
    file: str = ""  # to be downloaded
    host_key: str = ""
    overrides_cache: bool = True
    key_file: str = ""
    name: str = ""
    new_instance: bool = False
    raw: dict[str, str] = field(default_factory=dict)


def session_of(line: str) -> Session:
    """The program's whole command line."""
    words = words_of(line)[1:]
    parameters: list[str] = []
    switches: dict[str, str] = {}
    raw_words: list[str] | None = None
    last = ""
    for word in words:
        switch = _switch(word)
        if switch is not None:
            last, value = switch
            if last in switches:
                raise NotWinScp(f"twice: {last}")
            switches[last] = value
            if last == "rawsettings":
                raw_words = []
        elif last == "rawsettings" and raw_words is not None:
            raw_words.append(word)
        else:
            parameters.append(word)
    if len(parameters) != 1:
        raise NotWinScp(f"not one parameter: {parameters}")
    session = session_of_url(parameters[0])
    known = {"privatekey", "hostkey", "sessionname", "newinstance", "rawsettings", "unsafe"}
    if unknown := set(switches) - known:
        raise NotWinScp(f"switches nobody expected: {unknown}")
    session.key_file = switches.get("privatekey", session.key_file)
    session.name = switches.get("sessionname", "")
    session.new_instance = "newinstance" in switches
    if "hostkey" in switches:
        session.host_key, session.overrides_cache = switches["hostkey"], True
    for word in raw_words or []:
        name, _, value = word.partition("=")
        _set(session, name, unmunge(value))
    return session


def _switch(word: str) -> tuple[str, str] | None:
    """``/name=value``, ``-name:value``; a word such as /home/x, with more than letters, is a parameter."""
    if len(word) < 2 or word[0] not in "/-":
        return None
    i = 1
    while i < len(word) and word[i] not in "=:":
        if word[i] not in string.ascii_letters + "?":
            return None
        i += 1
    return word[1:i].lower(), word[i + 1 :]


def session_of_url(url: str) -> Session:
    session = Session()
    for scheme, protocol in (("sftp://", 2), ("scp://", 0)):
        for prefix in ("", "winscp-"):
            if url.lower().startswith(prefix + scheme):
                session.protocol, url = protocol, url[len(prefix + scheme) :]
                break
        else:
            continue
        break
    else:
        raise NotWinScp(f"another scheme: {url!r}")
    if any(ord(char) > 126 or ord(char) <= 32 for char in url):
        raise NotWinScp(f"not encoded: {url!r}")
    connect, slash, path = url.partition("/")
    user_info, at, host_info = connect.rpartition("@")
    host, _, port = host_info.partition(":")
    session.host = url_decoded(host)
    session.port = int(port) if port else 22
    user, *parameters = user_info.split(";") if at else [""]
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.lower() == "fingerprint":
            session.host_key, session.overrides_cache = url_decoded(value), False
        elif name.lower().startswith("x-"):
            _set(session, url_decoded(name[2:]), unmunge(url_decoded(value)))
        else:
            raise NotWinScp(f"a parameter nobody expected: {name}")
    user, _, password = user.partition(":")
    session.user, session.password = url_decoded(user), url_decoded(password)
    folder = (slash + path).partition(";")[0]
    if folder not in ("", "/"):
        directory, _, file = folder.rpartition("/")
        session.folder, session.file = url_decoded(directory + "/"), url_decoded(file)
    return session


def url_decoded(text: str) -> str:
    """``DecodeUrlChars``: a plus sign is a space."""
    data, i = bytearray(), 0
    while i < len(text):
        if text[i] == "%":
            data.append(int(text[i + 1 : i + 3], 16))
            i += 3
        else:
            data += (" " if text[i] == "+" else text[i]).encode()
            i += 1
    return data.decode("utf-8")


def _set(session: Session, name: str, value: str) -> None:
    match name.lower():
        case "hostname" | "portnumber" | "username" | "fsprotocol":
            raise NotWinScp(f"{name} is told twice")
        case "publickeyfile":
            session.key_file = value
        case "sshhostkey":
            session.host_key = value
        case "remotedirectory":
            session.folder = value
        case other:
            session.raw[other] = value


def fingerprint_matches(expected: str, key_type: str, digest: str) -> bool:
    """``VerifyFingerprint`` for SHA-256: "type bits digest", "type-digest" or the digest alone."""
    for one in expected.split(";"):
        words = one.split(" ")
        if len(words) == 3 and words[0] == key_type and words[1].isdigit():
            found = words[2]
        elif one.startswith(key_type + "-"):
            found = one[len(key_type) + 1 :]
        else:
            found = one
        if found.replace("-", "+").replace("_", "/").rstrip("=") == digest.rstrip("="):
            return True
    return False
