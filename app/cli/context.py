"""What every command gets, and the few things that all of them do."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.cli.output import Output
from app.cli.wiring import Wiring
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.problems import Problem
from app.core.profiles import Document, Relay, Server
from app.core.shadowsocks import ShadowsocksServer
from app.integration.profile_store import open_store
from app.sentences import told_port_changes
from app.storage.paths import Paths
from app.system.control_client import ControlClient


class ProblemsFound(Exception):  # noqa: N818 - problems of a profile, told field by field
    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{problem.field}: {problem.code}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True)
class Context:
    arguments: argparse.Namespace
    paths: Paths
    wiring: Wiring
    out: Output

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.paths)

    def load(self) -> Document:
        """The stored profiles; what had to be repaired while reading is told. Raises RelayTrayError."""
        store = open_store(self.paths)
        document = store.load()
        for report in store.reports:
            self.out.warning(report)
        return document

    def edit(self, change: Callable[[Document], Document]) -> Document:
        """Store the changed profiles and tell the running program. What ``change`` raises stops it."""
        store = open_store(self.paths)
        before: list[Document] = []

        def noted(document: Document) -> Document:
            before.append(document)
            return change(document)

        document = store.edit(noted)
        for report in store.reports:
            self.out.warning(report)
        try:
            self.control.call("reload")
        except RelayTrayError as e:  # or else it will see for itself
            if e.fault.code is FaultCode.APP_NOT_RUNNING:
                self._follow_names(before[0], document)
        for told in told_port_changes(before[0], document):
            self.out.text(told)
        return document

    def _follow_names(self, old: Document, new: Document) -> None:
        """What the running program would do: the pinned host keys follow the names of the servers."""
        names = {server.id: server.full_name for server in new.servers}
        if all(names.get(server.id) == server.full_name for server in old.servers):
            return
        from app.transport.host_keys import HostKeys  # late: it loads the cryptography
        from app.tunnel.pinned_keys import follow_names

        try:
            follow_names(HostKeys(self.paths.known_hosts), old, new)
        except RelayTrayError as e:
            self.out.warning(e.fault)


def the_relay(document: Document, name: str | None) -> Relay:
    """The relay of that name, or the only one when none is named. Raises NO_SUCH_RELAY."""
    if name is None and len(document.relays) == 1:
        return document.relays[0]
    relay = document.relay_named(name or "")
    if relay is None:
        near = near_match(name or "", (relay.name for relay in document.relays))
        raise error(FaultCode.NO_SUCH_RELAY, name=name or "", near=near)
    return relay


def the_server(document: Document, alias: str) -> Server:
    """Raises NO_SUCH_SERVER."""
    server = document.server_named(alias)
    if server is None:
        near = near_match(alias, (server.alias for server in document.servers))
        raise error(FaultCode.NO_SUCH_SERVER, name=alias, near=near)
    return server


def the_shadowsocks(document: Document, name: str) -> ShadowsocksServer:
    """Raises NO_SUCH_SHADOWSOCKS."""
    server = document.shadowsocks_named(name)
    if server is None:
        near = near_match(name, (one.name for one in document.shadowsocks))
        raise error(FaultCode.NO_SUCH_SHADOWSOCKS, name=name, near=near)
    return server


def near_match(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant, or ""."""
    found = difflib.get_close_matches(name.lower(), list(names), n=1, cutoff=0.5)
    return found[0] if found else ""
