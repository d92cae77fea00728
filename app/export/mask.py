"""Takes names out of what a diagnosis says, the same name always by the same word: relay-1, server-2, user-1.

Pure. Replaced are the names, hosts and users of all profiles, the paths of keys, the home folder, this
computer's own name, every address that is not this computer's loopback, and every fingerprint (what a key
scanner of the internet knows finds its host by it). What never holds a name is left as it is.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Iterator, Mapping

from app.core.diagnosis import Diagnosis, Examined
from app.core.faults import Fault
from app.core.profiles import Document

_WITHOUT_NAMES = {
    "check",
    "down",
    "key_type",
    "method",
    "methods",
    "needed",
    "number",
    "port",
    "relay_ms",
    "seconds",
    "server_ms",
    "up",
    "what",
}
_USUAL_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_FINGERPRINT = r"SHA256:[A-Za-z0-9+/]{43}"
_IPV4 = r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)"
_IPV6 = r"(?<![0-9A-Fa-f:])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{2,39}(?:\.\d{1,3}){0,3}(?:%\w+)?"


class Mask:
    """For one document; remembers which word stands for which address. One thread at a time."""

    def __init__(self, document: Document, *, home: str = "", user: str = "", computer: str = "") -> None:
        self._words: dict[str, str] = {}  # by folded name
        self._counts: dict[str, int] = {}
        home = home.rstrip("/\\")
        names = [(kind, name) for kind, name in _names(document, home, user) if name and not _is_own(name)]
        for kind, name in names:
            self._word(kind, name)
        fixed = [(name, word) for name, word in ((home, "~"), (computer, "this-computer")) if name]
        for name, word in fixed:
            self._words.setdefault(name.casefold(), word)
        self._names = sorted({name for _, name in names} | {name for name, _ in fixed}, key=len, reverse=True)
        parts = [*(re.escape(name) for name in self._names), _FINGERPRINT, _IPV6, _IPV4]
        self._pattern = re.compile("|".join(parts), re.IGNORECASE)

    def text(self, text: str) -> str:
        return self._pattern.sub(lambda match: self._replacement(match[0]), text)

    def diagnosis(self, diagnosis: Diagnosis) -> Diagnosis:
        return Diagnosis(
            relay_name=self.text(diagnosis.relay_name),
            alias=self.text(diagnosis.alias),
            checks=tuple(self.examined(examined) for examined in diagnosis.checks),
        )

    def examined(self, examined: Examined) -> Examined:
        fault = examined.fault
        return dataclasses.replace(
            examined,
            details=self._details(examined.details),
            figure=examined.figure,
            fault=None if fault is None else self.fault(fault),
        )

    def fault(self, fault: Fault) -> Fault:
        return Fault(fault.code, self._details(fault.details))

    def _details(self, details: Mapping[str, str]) -> dict[str, str]:
        return {
            name: value if name in _WITHOUT_NAMES else self.text(value) for name, value in details.items()
        }

    def _replacement(self, found: str) -> str:
        known = self._words.get(found.casefold()) or self._other_case(found)
        if known is not None:
            return known
        if found.upper().startswith("SHA256:"):
            return self._word("fingerprint", found)
        return found if _is_own(found) or not _is_address(found) else self._word("address", found)

    def _other_case(self, found: str) -> str | None:
        """For the few letters that match each other though they do not fold to the same."""
        for name in self._names:
            if re.fullmatch(re.escape(name), found, re.IGNORECASE):
                return self._words[name.casefold()]
        return None

    def _word(self, kind: str, name: str) -> str:
        key = name.casefold()
        if key not in self._words:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._words[key] = f"{kind}-{self._counts[kind]}"
        return self._words[key]


def _names(document: Document, home: str, user: str) -> Iterator[tuple[str, str]]:
    """What stands in the profiles, by kind; what is named twice keeps its first kind."""
    for relay in document.relays:
        yield "relay", relay.name
        yield "relay-host", relay.host
        if relay.carrier is not None:
            for host in (relay.carrier.host, relay.carrier.server_name, relay.carrier.websocket_host):
                yield "relay-host", host
        for login in (relay, relay.admin):
            if login is not None:
                yield "user", login.user
                yield from _key_names(home, login.identity, login.certificate)
    for server in document.servers:
        yield "server", server.alias
        yield "host", server.route.host
        yield "user", server.user
        yield from _key_names(home, server.identity)
    for proxy in document.shadowsocks:
        yield "shadowsocks", proxy.name
        yield "shadowsocks-host", proxy.host
    yield "user", user


def _key_names(home: str, *paths: str) -> Iterator[tuple[str, str]]:
    """Of keys in the home folder the file's name alone, unless ssh itself gives it; of others all of it."""
    for path in paths:
        name = re.split(r"[/\\]", path.rstrip("/\\"))[-1]
        if path and not path.startswith("~") and not (home and path.startswith(home)):
            yield "key", path
        if name not in _USUAL_KEYS:
            yield "key", name


def _is_own(host: str) -> bool:
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
