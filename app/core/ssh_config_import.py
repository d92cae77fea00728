"""From a person's ssh config to profiles: a preview of what could be imported, and of what could not.

A host that is reached through one jump host becomes a server, and its jump host a relay; a plain host
becomes a relay. What this cannot carry over (several jumps, commands of their own, Match) is named, not
guessed.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.profiles import DEFAULT_SOCKS_PORT, Authentication, Forward, Relay, ReverseRoute, Server
from app.core.ssh_config_reader import (
    Complaints,
    ConfigFile,
    Include,
    Values,
    literal_names,
    match_lines,
    read,
    split_arguments,
    values_for,
)
from app.core.validation import suggested_alias

DEFAULT_KEEPALIVE_S = 15  # as in profiles.Relay

_TOKEN = re.compile(r"%(.)|\$\{(\w+)\}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_JUMP = re.compile(
    r"(?:ssh://)?(?:(?P<user>.+)@)?(?:\[(?P<v6>[^\]]+)\]|(?P<host>[^:@]+))(?::(?P<port>\d+))?/?"
)


class SkipReason(StrEnum):
    """Why something was left out; the comment names the details its sentence uses."""

    MATCH_BLOCK = "match-block"  # alias
    PROXY_COMMAND = "proxy-command"  # alias, detail
    SEVERAL_JUMPS = "several-jumps"  # alias, detail
    BAD_VALUE = "bad-value"  # alias, detail
    INCLUDE_LOOP = "include-loop"  # alias
    INCLUDE_TOO_DEEP = "include-too-deep"  # alias
    BAD_LINE = "bad-line"  # detail
    FILE_UNREADABLE = "file-unreadable"  # alias, detail
    LINE_LEFT_OUT = "line-left-out"  # alias, detail


@dataclass(frozen=True, slots=True)
class Skipped:
    alias: str  # the host, file or Match line that was left out, or the host whose line was
    reason: SkipReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """Profiles that could be added, with ids of their own; nothing has been added yet."""

    relays: tuple[Relay, ...] = ()
    servers: tuple[Server, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What ssh takes from its surroundings where the config says nothing."""

    user: str = ""  # the login name on this computer
    identity: str = ""  # the first of the default key files that exists; "" = none, so the agent is used
    environment: Mapping[str, str] = field(default_factory=dict)  # for ${NAME} in paths


@dataclass(frozen=True, slots=True, kw_only=True)
class HostValues:
    """One host of the config as ``ssh -G`` would tell it."""

    name: str
    host: str
    port: int
    user: str
    identity: str  # the first IdentityFile, "" where there is none
    certificate: str
    jump: str  # as in ProxyJump; "" = direct
    proxy_command: str
    keepalive_s: int
    forward_x11: bool
    forward_agent: bool
    compression: bool
    values: Values


class _SkipError(Exception):
    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def parse(text: str, include: Include, person: Person, new_id: Callable[[], str], name: str = "") -> Preview:
    """The profiles in a config. ``include`` reads the files of Include lines; ``name`` is this file's own.

    Never raises on any text (what the callbacks raise passes through).
    """
    config, complaints = read(text, include, name)
    return _Importer(config, person, new_id).preview(complaints)


def host_values(config: ConfigFile, name: str, person: Person) -> HostValues:
    """What ssh would use for a host. Raises ValueError where ssh refuses the value (ports, numbers)."""
    values = values_for(config, name)
    host = _expanded(values.one("hostname"), {"h": name}, {}).lower() or name.lower()
    user = values.one("user") or person.user
    port = _port(values.one("port") or "22")
    tokens = {"d": "~", "h": host, "n": name, "p": str(port), "r": user, "u": person.user}

    def path(keyword: str) -> str:
        found = [a[0] for a in values.every.get(keyword, []) if a and a[0].lower() != "none"]
        return _expanded(found[0], tokens, person.environment) if found else ""

    return HostValues(
        name=name,
        host=host,
        port=port,
        user=user,
        identity=path("identityfile"),
        certificate=path("certificatefile"),
        jump=_unless_none(values.one("proxyjump").partition("#")[0].strip()),
        proxy_command=_unless_none(values.one("proxycommand")),
        keepalive_s=_seconds(values.one("serveraliveinterval")),
        forward_x11=_is_yes(values.one("forwardx11")),
        forward_agent=_is_yes(values.one("forwardagent")),
        compression=_is_yes(values.one("compression")),
        values=values,
    )


class _Importer:
    def __init__(self, config: ConfigFile, person: Person, new_id: Callable[[], str]) -> None:
        self._config = config
        self._person = person
        self._new_id = new_id
        self._relays: dict[tuple[str, int, str], Relay] = {}  # by host, port, user
        self._servers: list[Server] = []
        self._skipped: list[Skipped] = []

    def preview(self, complaints: Complaints) -> Preview:
        jumping: list[tuple[HostValues, str]] = []
        for name in literal_names(self._config):
            try:
                host = self._host(name)
                if host is None:
                    continue
                jump = _jump_of(host)
                if jump:
                    jumping.append((host, jump))
                else:
                    self._relay(host)
            except _SkipError as e:
                self._skipped.append(Skipped(name, e.reason, e.detail))
        for host, jump in jumping:  # after the plain hosts, so that a jump host has the name it has there
            try:
                self._server(host, self._relay_of_jump(jump))
            except _SkipError as e:
                self._skipped.append(Skipped(host.name, e.reason, e.detail))
        skipped = (*self._skipped, *_complaints(complaints, match_lines(self._config)))
        return Preview(tuple(self._relays.values()), tuple(self._servers), skipped)

    def _host(self, name: str) -> HostValues | None:
        """None for a name whose own Host line never applies (inside an Include of another host's block)."""
        try:
            host = host_values(self._config, name, self._person)
        except ValueError as e:
            raise _SkipError(SkipReason.BAD_VALUE, str(e)) from e
        return host if host.values.is_named else None

    def _relay(self, host: HostValues) -> Relay:
        key = (host.host, host.port, host.user)
        if key not in self._relays:
            taken = {relay.socks_port for relay in self._relays.values()}
            self._relays[key] = Relay(
                id=self._new_id(),
                name=self._free_name(host),
                host=host.host,
                port=host.port,
                user=host.user,
                authentication=_authentication(host, self._person),
                identity=host.identity or ("" if _is_keyless(host) else self._person.identity),
                certificate=host.certificate,
                keepalive_s=host.keepalive_s or DEFAULT_KEEPALIVE_S,
                socks_port=_socks_port(host.values, taken),
            )
            self._left_out(host, [f"LocalForward {' '.join(a)}" for a in _local_forwards(host.values)])
        return self._relays[key]

    def _free_name(self, host: HostValues) -> str:
        taken = {relay.name.lower() for relay in self._relays.values()}
        if host.name.lower() not in taken:
            return host.name
        told = f"{host.user}@{host.host}"
        return told if told.lower() not in taken else f"{told}:{host.port}"

    def _relay_of_jump(self, jump: str) -> Relay:
        if "," in jump:
            raise _SkipError(SkipReason.SEVERAL_JUMPS, jump)
        found = _JUMP.fullmatch(jump)
        if found is None:
            raise _SkipError(SkipReason.BAD_VALUE, f"ProxyJump {jump}")
        name = found["host"] or found["v6"]
        try:
            relay = host_values(self._config, name, self._person)
            port = _port(found["port"]) if found["port"] else relay.port
        except ValueError as e:
            raise _SkipError(SkipReason.BAD_VALUE, str(e)) from e
        further = _jump_of(relay)
        if further:
            raise _SkipError(SkipReason.SEVERAL_JUMPS, f"{further}, {jump}")
        return self._relay(dataclasses.replace(relay, user=found["user"] or relay.user, port=port))

    def _server(self, host: HostValues, relay: Relay) -> None:
        alias = suggested_alias(host.name, {server.alias for server in self._servers})
        forwards, others = _forwards(host.values)
        self._left_out(host, [*others, *_without_field(host)])
        self._servers.append(
            Server(
                id=self._new_id(),
                alias=alias,
                relay_id=relay.id,
                route=ReverseRoute(host=host.host, port=host.port),
                user=host.user,
                identity=host.identity,
                forwards=forwards,
                forward_x11=host.forward_x11,
                forward_agent=host.forward_agent,
                compression=host.compression,
            )
        )

    def _left_out(self, host: HostValues, lines: Sequence[str]) -> None:
        self._skipped += [Skipped(host.name, SkipReason.LINE_LEFT_OUT, line) for line in lines]


# --- single values ----------------------------------------------------------------------------------------


def _jump_of(host: HostValues) -> str:
    """The jump host, also where a ProxyCommand is the older way to write one: ``ssh -W %h:%p relay``."""
    if not host.proxy_command:
        return host.jump
    jump = _jump_in_command(host.proxy_command)
    if not jump:
        raise _SkipError(SkipReason.PROXY_COMMAND, host.proxy_command)
    return jump


def _jump_in_command(command: str) -> str:
    """``[user@]host[:port]`` of an ``ssh -W %h:%p [-q] [-l user] [-p port] host``; "" for any other
    command."""
    try:
        words = list(split_arguments(command.removeprefix("exec ")))
    except ValueError:
        return ""
    if not words or words[0].replace("\\", "/").rpartition("/")[2].lower() not in ("ssh", "ssh.exe"):
        return ""
    given: dict[str, str] = {}
    hosts: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        if word in ("-W", "-l", "-p"):
            given[word] = next(rest, "")
        elif word != "-q" and word.startswith("-"):
            return ""
        elif word != "-q":
            hosts.append(word)
    if given.get("-W") not in ("%h:%p", "[%h]:%p") or len(hosts) != 1:
        return ""
    host = f"{given['-l']}@{hosts[0]}" if "-l" in given else hosts[0]
    return f"{host}:{given['-p']}" if "-p" in given else host


def _authentication(host: HostValues, person: Person) -> Authentication:
    preferred = host.values.one("preferredauthentications").lower().split(",")[0]
    if preferred == "keyboard-interactive":
        return Authentication.KEYBOARD_INTERACTIVE
    if _is_keyless(host):
        return Authentication.PASSWORD
    return Authentication.KEY_FILE if host.identity or person.identity else Authentication.AGENT


def _is_keyless(host: HostValues) -> bool:
    preferred = host.values.one("preferredauthentications").lower().split(",")[0]
    refuses = host.values.one("pubkeyauthentication").lower() in ("no", "false")
    return refuses or preferred in ("password", "keyboard-interactive")


def _socks_port(values: Values, taken: set[int]) -> int:
    """The port of a DynamicForward that the person already uses, else the default; the next free one of
    these."""
    wanted = [a[0].rpartition(":")[2] for a in values.every.get("dynamicforward", []) if a]
    ports = [int(port) for port in wanted if port.isascii() and port.isdigit() and 0 < int(port) <= 65535]
    port = (ports or [DEFAULT_SOCKS_PORT])[0]
    while port in taken and port < 65535:
        port += 1
    return port


def _local_forwards(values: Values) -> list[tuple[str, ...]]:
    """Each once, as ssh has it."""
    if _is_yes(values.one("clearallforwardings")):
        return []
    return list(dict.fromkeys(values.every.get("localforward", [])))


def _forwards(values: Values) -> tuple[tuple[Forward, ...], list[str]]:
    """LocalForward lines that listen on this computer alone (``[bind:]port host:port``), and the others."""
    forwards: list[Forward] = []
    others: list[str] = []
    for arguments in _local_forwards(values):
        forward = _forward(arguments)
        if forward is not None:
            forwards.append(forward)
        else:
            others.append(f"LocalForward {' '.join(arguments)}")
    return tuple(forwards), others


def _forward(arguments: Sequence[str]) -> Forward | None:
    if len(arguments) != 2:
        return None
    bind, colon, local = arguments[0].rpartition(":")
    host, _, remote = arguments[1].rpartition(":")
    numbers = [int(p) if p.isascii() and p.isdigit() and len(p) < 6 else 0 for p in (local, remote)]
    is_loopback = not colon or bind.strip("[]").lower() in _LOOPBACK  # ":8888" is every address, as "*:8888"
    if not (is_loopback and host and all(0 < n <= 65535 for n in numbers)):
        return None
    return Forward(local_port=numbers[0], remote_port=numbers[1], remote_host=host.strip("[]"))


def _without_field(host: HostValues) -> Iterator[str]:
    """What a server of the config has and a server of ours has no field for."""
    agent = host.values.one("forwardagent")  # yes, no, or the socket of an agent
    if agent and agent.lower() not in _YES_NO:
        yield f"ForwardAgent {agent}"
    if host.certificate and host.certificate != f"{host.identity}-cert.pub":  # which ssh takes by itself
        yield f"CertificateFile {host.certificate}"


def _expanded(text: str, tokens: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Known tokens and variables; the others stay as they are, to be seen in the preview."""

    def value(match: re.Match[str]) -> str:
        if match[1]:
            return "%" if match[1] == "%" else tokens.get(match[1], match[0])
        return environment.get(match[2], match[0])

    return _TOKEN.sub(value, text)


def _is_yes(value: str) -> bool:
    return _YES_NO.get(value.lower(), False)


def _unless_none(value: str) -> str:
    return "" if value.lower() == "none" else value


def _seconds(value: str) -> int:
    """0 where it is not set, is too long for us, or is in OpenSSH's other notation (1m30s)."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0


def _port(value: str) -> int:
    if value.lower() == "ssh":
        return 22
    if not (value.isascii() and value.isdigit() and len(value) < 6 and 0 < int(value) <= 65535):
        raise ValueError(f"Port {value}")
    return int(value)


def _complaints(complaints: Complaints, matches: Sequence[str]) -> Iterator[Skipped]:
    for line in matches:
        yield Skipped(line, SkipReason.MATCH_BLOCK)
    for line in complaints.lines:
        yield Skipped("", SkipReason.BAD_LINE, line)
    for file in dict.fromkeys(complaints.loops):
        yield Skipped(file, SkipReason.INCLUDE_LOOP)
    for file in dict.fromkeys(complaints.too_deep):
        yield Skipped(file, SkipReason.INCLUDE_TOO_DEEP)
    for file, why in complaints.unreadable:
        yield Skipped(file, SkipReason.FILE_UNREADABLE, why)
