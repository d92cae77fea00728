"""Profiles as a file to give away or to move to another computer, and merging such a file in.

The file has the form of the document without the settings. It holds names, addresses and paths of keys, but
no key, password or passphrase: those are not in the document either.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.core.document import damaged, from_json, to_json
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document, Exit, Relay, Server
from app.core.shadowsocks import ShadowsocksServer, Steering
from app.core.ssh_config_import import Preview
from app.core.validation import (
    SSH_KEYWORDS_THAT_RUN,
    local_ports,
    ssh_option_problem,
    unique_name,
)
from app.storage.atomic_file import write_private
from app.storage.document_store import encode_json, parse_json, read_bytes, unwritable

_Profile = TypeVar("_Profile", Relay, Server, ShadowsocksServer)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # part of a secret's name in the keyring
FIRST_FREE_PORT = 1024
LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Renamed:
    """What merging had to change in a profile that came in. ``field`` is the name of the dataclass field."""

    profile: str  # name of the relay or alias of the server, as it is now
    field: str
    old: str
    new: str


def new_id() -> str:
    """An id for a new profile."""
    return uuid.uuid4().hex


def export_profiles(document: Document, path: Path) -> None:
    """Writes the profiles of the document. Raises RelayTrayError FILE_UNWRITABLE."""
    # Which folders were opened is nobody else's business.
    servers = tuple(dataclasses.replace(server, recent_folders=()) for server in document.servers)
    # A machine in a cloud account is deleted from the record of the computer that made it.
    relays = tuple(dataclasses.replace(relay, machine="") for relay in document.relays)
    raw = to_json(Document(relays=relays, servers=servers, shadowsocks=document.shadowsocks))
    del raw["settings"]
    try:
        write_private(path, encode_json(raw))
    except OSError as e:
        unwritable(path, e)


def read_profiles_file(path: Path) -> Document:
    """What ``export_profiles`` wrote; a whole document is welcome too.

    Raises RelayTrayError: FILE_UNREADABLE, FILE_DAMAGED, FILE_TOO_NEW. The file itself is left alone.
    """
    data = read_bytes(path)
    if data is None:
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason="there is no such file")
    try:
        document = from_json(parse_json(data))
        if not document.relays and not document.servers and not document.shadowsocks:
            raise damaged("there are no profiles in it")
    except RelayTrayError as e:
        raise RelayTrayError(Fault(e.fault.code, {**e.fault.details, "path": str(path)})) from e
    return document


def document_of(preview: Preview) -> Document:
    """What was found in an ssh config, ready to be merged; leave out what the person unticked first."""
    return Document(relays=preview.relays, servers=preview.servers)


def merge(document: Document, incoming: Document) -> tuple[Document, tuple[Renamed, ...]]:
    """The document with the profiles of ``incoming`` added, and what had to change in those to fit in.

    A profile that is there already is not added again, also where it had to give way when it came in, and
    differs by that. Ids that clash are made anew, names are made unique, local ports that are taken give way
    to free ones, and a relay keeps its exit. A Shadowsocks server comes in unused: not connected at the start
    of the program, nor by the whole system, which is for the person to say. Settings and unknown top-level
    fields stay those of ``document``.
    """
    merging = _Merging(document, incoming)
    for relay in incoming.relays:
        merging.add_relay(relay)
    for server in incoming.servers:
        merging.add_server(server)
    for proxy in incoming.shadowsocks:
        merging.add_shadowsocks(proxy)
    return merging.document, tuple(merging.renamed)


# --- what is there already --------------------------------------------------------------------------------
# Each gives what came in with those fields of ``known`` that change when such a profile is exported or comes
# in: a second time it must be known again.


def _relay_like(relay: Relay, known: Relay) -> Relay:
    return dataclasses.replace(
        relay, id=known.id, name=known.name, socks_port=known.socks_port, machine=known.machine
    )


def _server_like(server: Server, known: Server) -> Server:
    forwards = server.forwards
    if len(forwards) == len(known.forwards):
        forwards = tuple(
            dataclasses.replace(forward, local_port=there.local_port)
            for forward, there in zip(forwards, known.forwards, strict=True)
        )
    has_ports = server.local_ssh_port and known.local_ssh_port
    has_options = _harmless(server.ssh_options) == _harmless(known.ssh_options)
    return dataclasses.replace(
        server,
        id=known.id,
        alias=known.alias,
        local_ssh_port=known.local_ssh_port if has_ports else server.local_ssh_port,
        forwards=forwards,
        exit=known.exit,
        ssh_options=known.ssh_options if has_options else server.ssh_options,
        recent_folders=known.recent_folders,
    )


def _proxy_like(server: ShadowsocksServer, known: ShadowsocksServer) -> ShadowsocksServer:
    names = ("id", "name", "local_port", "steering", "connect_at_launch")
    return dataclasses.replace(server, **{name: getattr(known, name) for name in names})


def _harmless(options: tuple[str, ...]) -> tuple[str, ...]:
    """Without the lines for ssh that would start a program here."""
    return tuple(line for line in options if ssh_option_problem(line)[1].lower() not in SSH_KEYWORDS_THAT_RUN)


def _profiles(document: Document) -> list[Relay | Server | ShadowsocksServer]:
    return [*document.relays, *document.servers, *document.shadowsocks]


def _name_of(profile: Relay | Server | ShadowsocksServer) -> str:
    return profile.alias if isinstance(profile, Server) else profile.name


class _Merging:
    def __init__(self, document: Document, incoming: Document) -> None:
        self.document = document
        self.renamed: list[Renamed] = []
        self._relay_ids: dict[str, str] = {}  # of an incoming relay -> what it became
        # Nothing that came in has turned out to be these:
        self._unmatched = {one.id for one in _profiles(document)}
        self._incoming = {_name_of(one) for one in _profiles(incoming)}

    def _known(
        self, profile: _Profile, present: Sequence[_Profile], like: Callable[[_Profile, _Profile], _Profile]
    ) -> _Profile | None:
        """What this profile is already: by its own name, or by the one that merging gave it."""
        name = _name_of(profile)
        same = [one for one in present if like(profile, one) == one]
        found = next((one for one in same if dataclasses.replace(profile, id=one.id) == one), None)
        if found is None:
            given = re.compile(re.escape(name) + r"[ -][0-9]+")  # see unique_name
            left = {_name_of(one): one for one in same if one.id in self._unmatched}
            others = (its for its in left if its not in self._incoming and given.fullmatch(its))
            found = left.get(name) or left.get(next(others, ""))
        if found is not None:
            self._unmatched.discard(found.id)
        return found

    def add_relay(self, relay: Relay) -> None:
        known = self._known(relay, self.document.relays, _relay_like)
        if known is not None:
            self._relay_ids[relay.id] = known.id
            return
        name = unique_name(relay.name, {r.name.lower() for r in self.document.relays})
        added = dataclasses.replace(relay, id=self._free_id(relay.id), name=name)
        self._note(name, "name", relay.name, name)
        port = self._free_port(relay.socks_port, self._taken_ports())
        self._note(name, "socks_port", relay.socks_port, port)
        self._relay_ids[relay.id] = added.id
        relays = (*self.document.relays, dataclasses.replace(added, socks_port=port))
        self.document = dataclasses.replace(self.document, relays=relays)

    def add_server(self, server: Server) -> None:
        relay_id = self._relay_ids.get(server.relay_id, server.relay_id)
        server = dataclasses.replace(server, relay_id=relay_id)
        if self._known(server, self.document.servers, _server_like) is not None:
            return
        alias = unique_name(server.alias, {s.alias.lower() for s in self.document.servers}, "-")
        self._note(alias, "alias", server.alias, alias)
        added = self._with_free_ports(dataclasses.replace(server, id=self._free_id(server.id), alias=alias))
        added = self._without_programs(added)
        if added.exit is Exit.SERVER and self.document.exit_server(relay_id) is not None:
            added = dataclasses.replace(added, exit=Exit.RELAY)
            self._note(alias, "exit", Exit.SERVER, Exit.RELAY)
        self.document = dataclasses.replace(self.document, servers=(*self.document.servers, added))

    def add_shadowsocks(self, server: ShadowsocksServer) -> None:
        relay_id = self._relay_ids.get(server.relay_id, "")  # what set it up may not have come along
        server = dataclasses.replace(server, relay_id=relay_id)
        if self._known(server, self.document.shadowsocks, _proxy_like) is not None:
            return
        name = unique_name(server.name, {one.name.lower() for one in self.document.shadowsocks})
        port = self._free_port(server.local_port, self._taken_ports())
        added = dataclasses.replace(
            server,
            id=self._free_id(server.id),
            name=name,
            local_port=port,
            steering=Steering.PORT,
            connect_at_launch=False,
        )
        for field in ("name", "local_port", "steering", "connect_at_launch"):
            self._note(name, field, getattr(server, field), getattr(added, field))
        proxies = (*self.document.shadowsocks, added)
        self.document = dataclasses.replace(self.document, shadowsocks=proxies)

    def _without_programs(self, server: Server) -> Server:
        """Lines for ssh that would start a program here do not come in with a file from elsewhere."""
        kept = _harmless(server.ssh_options)
        self._note(server.alias, "ssh_options", "; ".join(server.ssh_options), "; ".join(kept))
        return dataclasses.replace(server, ssh_options=kept)

    def _with_free_ports(self, server: Server) -> Server:
        taken = self._taken_ports()
        ssh_port = server.local_ssh_port
        if ssh_port:
            ssh_port = self._free_port(ssh_port, taken)
            self._note(server.alias, "local_ssh_port", server.local_ssh_port, ssh_port)
        forwards = []
        for forward in server.forwards:
            port = self._free_port(forward.local_port, taken)
            forwards.append(dataclasses.replace(forward, local_port=port))
            self._note(server.alias, "forwards", forward, forwards[-1])
        return dataclasses.replace(server, local_ssh_port=ssh_port, forwards=tuple(forwards))

    def _taken_ports(self) -> set[int]:
        return {port for port, _, _ in local_ports(self.document)}

    @staticmethod
    def _free_port(port: int, taken: set[int]) -> int:
        """The first port from ``port`` on that is not taken; it is taken from now on."""
        upwards: Iterable[int] = range(port, LAST_PORT + 1) if port > 0 else ()
        free = next((p for p in upwards if p not in taken), None)
        if free is None:
            free = next((p for p in range(FIRST_FREE_PORT, LAST_PORT + 1) if p not in taken), port)
        taken.add(free)
        return free

    def _free_id(self, wanted: str) -> str:
        document = self.document
        taken = {one.id for one in document.relays} | {one.id for one in document.servers}
        is_taken = wanted in taken | {one.id for one in document.shadowsocks}
        return new_id() if is_taken or not _ID.fullmatch(wanted) else wanted

    def _note(self, profile: str, field: str, old: object, new: object) -> None:
        if old != new:
            self.renamed.append(Renamed(profile, field, str(old), str(new)))
