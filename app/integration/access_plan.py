"""What taking offers changes: profiles with names, ports and ids of their own, a secret for each. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.core.access import Access, ShadowsocksAccess
from app.core.profiles import DEFAULT_SOCKS_PORT, Authentication, Document, Relay, Server
from app.core.routes import RouteKind, V2rayRoute
from app.core.shadowsocks import DEFAULT_LOCAL_PORT, SECRET_KIND
from app.core.validation import local_ports, suggested_alias, unique_name
from app.export.access_links.becoming import (
    V2rayAccess,
    carrier_of,
    is_same_server,
    is_same_way,
    secret_of,
    shadowsocks_server,
)
from app.secrets import SecretName

V2RAY_SECRET = "v2ray"
_LAST_PORT = 65535

KnownSecret = Callable[[SecretName], str | None]


@dataclass
class Plan:
    """``after``: ``before`` with what was taken. ``secrets`` are new; ``restored`` had been lost."""

    before: Document
    after: Document
    secrets: dict[SecretName, str] = field(default_factory=dict, repr=False)
    restored: dict[SecretName, str] = field(default_factory=dict, repr=False)
    shadowsocks: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


def known_as(document: Document, access: Access, secret: KnownSecret) -> tuple[str, str, SecretName | None]:
    """(id, name, where its secret belongs) of the profile that an access is already; ("", "", None) = none.

    A profile whose secret was lost is taken for it, too.
    """
    for id_, name, kept in _candidates(document, access):
        if secret(kept) in (None, secret_of(access)):
            return id_, name, kept
    return "", "", None


def _candidates(document: Document, access: Access) -> Iterable[tuple[str, str, SecretName]]:
    if isinstance(access, ShadowsocksAccess):
        for known in document.shadowsocks:
            if is_same_server(known, access):
                yield known.id, known.name, SecretName(SECRET_KIND, known.id)
        return
    for relay in document.relays:
        if _is_relay_of(relay, access):
            for server in document.servers_of(relay.id):
                if server.v2ray is not None and RouteKind.V2RAY in server.routes:
                    yield server.id, server.alias, SecretName(V2RAY_SECRET, server.alias)


def _is_relay_of(relay: Relay, access: V2rayAccess) -> bool:
    if relay.carrier is None or not is_same_way(relay.carrier, access):
        return False
    return (relay.carrier.host or relay.host).lower() == access.host.lower()


def plan(
    document: Document,
    accesses: Iterable[Access],
    secret: KnownSecret,
    new_id: Callable[[], str],
    is_free: Callable[[int], bool],
) -> Plan:
    """What is known already is not doubled; of two that are the same, the second is the first."""
    planning = _Planning(document, secret, new_id, is_free)
    for access in accesses:
        planning.add(access)
    return planning.plan


class _Planning:
    def __init__(
        self,
        document: Document,
        secret: KnownSecret,
        new_id: Callable[[], str],
        is_free: Callable[[int], bool],
    ) -> None:
        self.plan = Plan(document, document)
        self._stored = secret
        self._new_id = new_id
        self._is_free = is_free

    def add(self, access: Access) -> None:
        id_, _, kept = known_as(self.plan.after, access, self._secret)
        if kept is not None:
            if self._secret(kept) is None:
                self.plan.restored[kept] = secret_of(access)
        elif isinstance(access, ShadowsocksAccess):
            id_ = self._add_shadowsocks(access)
        else:
            id_ = self._add_server(access)
        if isinstance(access, ShadowsocksAccess):
            self.plan.shadowsocks = tuple(dict.fromkeys((*self.plan.shadowsocks, id_)))
        else:
            self.plan.servers = tuple(dict.fromkeys((*self.plan.servers, id_)))

    def _secret(self, name: SecretName) -> str | None:
        return self.plan.secrets.get(name) or self.plan.restored.get(name) or self._stored(name)

    def _add_shadowsocks(self, access: ShadowsocksAccess) -> str:
        taken = {one.name.lower() for one in self.plan.after.shadowsocks}
        name = unique_name(_name_of(access), taken)
        server = shadowsocks_server(access, self._new_id(), name, self._free_port(DEFAULT_LOCAL_PORT))
        self.plan.secrets[SecretName(SECRET_KIND, server.id)] = access.password
        after = self.plan.after
        self.plan.after = dataclasses.replace(after, shadowsocks=(*after.shadowsocks, server))
        return server.id

    def _add_server(self, access: V2rayAccess) -> str:
        relay = next((one for one in self.plan.after.relays if _is_relay_of(one, access)), None)
        if relay is None:
            relay = self._add_relay(access)
        taken = {server.alias.lower() for server in self.plan.after.servers}
        server = Server(
            id=self._new_id(),
            alias=suggested_alias(_name_of(access), taken),
            relay_id=relay.id,
            v2ray=V2rayRoute(),
            routes=(RouteKind.V2RAY,),
        )
        self.plan.secrets[SecretName(V2RAY_SECRET, server.alias)] = access.uuid
        after = self.plan.after
        self.plan.after = dataclasses.replace(after, servers=(*after.servers, server))
        return server.id

    def _add_relay(self, access: V2rayAccess) -> Relay:
        after = self.plan.after
        relay = Relay(
            id=self._new_id(),
            name=unique_name(_name_of(access), {one.name.lower() for one in after.relays}),
            host=access.host,
            authentication=Authentication.AGENT,  # for the day when somebody fills in a user
            carrier=carrier_of(access),
            socks_port=self._free_port(DEFAULT_SOCKS_PORT),
        )
        self.plan.after = dataclasses.replace(after, relays=(*after.relays, relay))
        return relay

    def _free_port(self, first: int) -> int:
        """The first from there on that no profile has and nobody else holds; ``first`` if there is none."""
        taken = {port for port, _, _ in local_ports(self.plan.after)}
        taken |= {one.local_port for one in self.plan.after.shadowsocks}
        wanted = (port for port in range(first, _LAST_PORT + 1) if port not in taken)
        return next((port for port in wanted if self._is_free(port)), first)


def _name_of(access: Access) -> str:
    """As the profile is called: the link's name as far as a profile may have it, or else the machine."""
    return access.name.strip()[:80].strip() or access.host
