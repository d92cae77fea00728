"""What it means to other programs that a local port of the profiles moved: which of them follow, which not.

ssh and the editors are given a server's name and our proxy command, never a port: they follow by themselves.
Whoever was told a port by hand or in a file of its own has to be told the new one. Sentences are in
``app.sentences.of_port_changes``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.core.profiles import Document, Forward, Relay, Server
from app.core.uses import Use
from app.core.validation import local_ports


class PortPurpose(StrEnum):
    """As in ``core.states.ListenerState``."""

    SOCKS = "socks"
    SSH = "ssh"  # plain port to a server's sshd
    FORWARD = "forward"
    SHADOWSOCKS = "shadowsocks"


class UseFate(StrEnum):
    """What becomes of a way to use a server when a port moves."""

    FOLLOWS = "follows"  # nothing to do: the next connection finds its way
    REOPEN = "reopen"  # start it again from RelayTray, or with the new address
    EXPORT_AGAIN = "export-again"  # it has a copy of the old port in a file of its own


class PortNewsCode(StrEnum):
    """One entry per sentence; the comment names the details it uses."""

    SOCKS_MOVED = "socks-moved"  # relay, old, new
    SOCKS_FOLLOWERS = "socks-followers"
    SOCKS_SITES = "socks-sites"
    SOCKS_PROXIES = "socks-proxies"  # new
    SSH_MOVED = "ssh-moved"  # alias, old, new
    SSH_SITES = "ssh-sites"  # alias
    SSH_CLOSED = "ssh-closed"  # alias, old
    FORWARD_MOVED = "forward-moved"  # alias, target, old, new
    FORWARD_CLOSED = "forward-closed"  # alias, target, old
    SHADOWSOCKS_MOVED = "shadowsocks-moved"  # alias, old, new
    STILL_OPEN = "still-open"  # old
    TAKEN_OVER = "taken-over"  # old, other


@dataclass(frozen=True, slots=True)
class PortChange:
    """One local port that is another one now. ``new`` is 0 when there is none any more."""

    purpose: PortPurpose
    relay_id: str  # "" for the port of a Shadowsocks server
    server_id: str  # "" for a relay's SOCKS port; the Shadowsocks server's id for its port
    name: str  # of the relay or the Shadowsocks server, or alias of the server
    old: int
    new: int
    target: str = ""  # where a forward leads, e.g. "localhost:8888"
    other: str = ""  # what the old port is for now, as ``local_ports`` names it


@dataclass(frozen=True, slots=True)
class PortNews:
    """One thing to tell; like a Fault, but nothing went wrong."""

    code: PortNewsCode
    details: Mapping[str, str] = field(default_factory=dict)


def changed_ports(old: Document, new: Document) -> tuple[PortChange, ...]:
    """The ports that programs may have been told and that lead nowhere, or elsewhere, in ``new``.

    A port that is new is no change, nor are those of a profile that was removed: nobody was told the first,
    and who removes the second knows.
    """
    changes: list[PortChange] = []
    for relay in new.relays:
        before = old.relay(relay.id)
        if before is not None:
            changes += _of_relay(before, relay)
    for server in new.servers:
        was = old.server(server.id)
        if was is not None:
            changes += [*_of_plain_port(was, server), *_of_forwards(was, server)]
    for proxy in new.shadowsocks:
        earlier = old.shadowsocks_server(proxy.id)
        if earlier is not None and earlier.local_port != proxy.local_port:
            ports = earlier.local_port, proxy.local_port
            changes.append(PortChange(PortPurpose.SHADOWSOCKS, "", proxy.id, proxy.name, *ports))
    taken = {port: use for port, _, use in local_ports(new)}
    return tuple(replace(change, other=taken.get(change.old, "")) for change in changes)


def affected(change: PortChange) -> Mapping[Use, UseFate]:
    """What becomes of each use that has to do with this port, for the cards of the window."""
    match change.purpose:
        case PortPurpose.SOCKS:
            return {
                Use.SSH_CONFIG: UseFate.FOLLOWS,
                Use.EDITOR: UseFate.FOLLOWS,
                Use.TRANSFER: UseFate.FOLLOWS,
                Use.WINSCP: UseFate.EXPORT_AGAIN,
                Use.PUTTY: UseFate.EXPORT_AGAIN,
                Use.BROWSER: UseFate.REOPEN,
                Use.ENVIRONMENT: UseFate.REOPEN,
            }
        case PortPurpose.SSH:
            return {
                Use.FILEZILLA: UseFate.EXPORT_AGAIN,
                Use.CYBERDUCK: UseFate.EXPORT_AGAIN,
                Use.LINK: UseFate.REOPEN,
            }
        case PortPurpose.FORWARD:
            return {Use.BROWSER: UseFate.REOPEN}
        case PortPurpose.SHADOWSOCKS:  # no way to use a GPU server
            return {}


def news_of(change: PortChange) -> tuple[PortNews, ...]:
    """What to tell about one change, the most important first."""
    code = PortNewsCode
    details = {"old": str(change.old), "new": str(change.new), "target": change.target}
    details["other"] = change.other
    details["relay" if change.purpose is PortPurpose.SOCKS else "alias"] = change.name
    told: tuple[PortNewsCode, ...]
    match change.purpose:
        case PortPurpose.SOCKS:
            told = (code.SOCKS_MOVED, code.SOCKS_FOLLOWERS, code.SOCKS_SITES, code.SOCKS_PROXIES)
        case PortPurpose.SSH:
            told = (code.SSH_MOVED, code.SSH_SITES) if change.new else (code.SSH_CLOSED,)
        case PortPurpose.FORWARD:
            told = (code.FORWARD_MOVED if change.new else code.FORWARD_CLOSED,)
        case PortPurpose.SHADOWSOCKS:  # its client starts anew, and its connections end with the old one
            moved = PortNews(code.SHADOWSOCKS_MOVED, details)
            return (moved, PortNews(code.TAKEN_OVER, details)) if change.other else (moved,)
    left = code.TAKEN_OVER if change.other else code.STILL_OPEN
    return tuple(PortNews(each, details) for each in (*told, left))


def _of_relay(old: Relay, new: Relay) -> Iterable[PortChange]:
    if old.socks_port != new.socks_port:
        yield PortChange(PortPurpose.SOCKS, new.id, "", new.name, old.socks_port, new.socks_port)


def _of_plain_port(old: Server, new: Server) -> Iterable[PortChange]:
    before, after = old.local_ssh_port, new.local_ssh_port
    if before and before != after:
        yield PortChange(PortPurpose.SSH, new.relay_id, new.id, new.alias, before, after)


def _of_forwards(old: Server, new: Server) -> Iterable[PortChange]:
    """Forwards have no name: the one that leads to the same place is the same, whatever its local port."""
    gone = [forward for forward in old.forwards if not _is_among(forward, new.forwards)]
    come = [forward for forward in new.forwards if not _is_among(forward, old.forwards)]
    for forward in gone:
        target = _target(forward)
        heir = next((other for other in come if _target(other) == target), None)
        if heir is not None:
            come.remove(heir)
        after = heir.local_port if heir is not None else 0
        yield PortChange(
            PortPurpose.FORWARD, new.relay_id, new.id, new.alias, forward.local_port, after, target
        )


def _is_among(forward: Forward, others: Iterable[Forward]) -> bool:
    place = (forward.local_port, _target(forward))
    return any((other.local_port, _target(other)) == place for other in others)


def _target(forward: Forward) -> str:
    return f"{forward.remote_host}:{forward.remote_port}"
