"""What a relay's v2ray is to do, as its record has it: the carrier, the servers, who may reach them. Pure.

The record lies on the relay (``/etc/relaytray/v2ray/now/state.json``, root's alone) and is the only place
where all of it is known: each computer and each server knows its own part. The program's configuration
follows from it and is never read back.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from app.core.field_rules import is_port
from app.core.route_rules import digest_of_pem, is_public_key, is_user_id
from app.core.v2ray_route import SSHD_PORT, Carrier, Core, RoutedServer, Tls
from app.export.v2ray import v2ray4, xray

_VERSION = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_NOT_IN_NAMES = re.compile(r"[^a-z0-9-]+")
_LONGEST = 40
_WRITERS: Mapping[Core, ModuleType] = {Core.V2RAY: v2ray4, Core.XRAY: xray}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownServer:
    """One server behind this relay. ``port`` names it: that of the relay which its ``ssh -R`` holds."""

    port: int
    name: str
    users: Mapping[str, str] = field(default_factory=dict, repr=False)  # of computers, by their pc_id
    ports: tuple[int, ...] = (SSHD_PORT,)
    sshd_port: int = SSHD_PORT
    tunnel_uuid: str = field(default="", repr=False)  # "" = a hybrid
    watch_uuid: str = field(default="", repr=False)

    @property
    def routed(self) -> RoutedServer:
        is_hybrid = not self.tunnel_uuid
        return RoutedServer(
            name=self.name,
            tunnel_uuid=self.tunnel_uuid,
            watch_uuid=self.watch_uuid,
            user_uuids=tuple(self.users[pc] for pc in sorted(self.users)),
            # a hybrid leads to the one port that ssh holds, whatever is asked for
            ports=(SSHD_PORT,) if is_hybrid else self.ports,
            sshd_port=self.sshd_port,
            hybrid_port=self.port if is_hybrid else 0,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayState:
    carrier: Carrier  # its host is nobody's business here: each computer has its own name for the relay
    servers: tuple[KnownServer, ...] = ()

    # --- what follows from it -----------------------------------------------------------------------------

    @property
    def config(self) -> str:
        """For the relay's program, as JSON. It logs no addresses and no visits."""
        routed = [server.routed for server in self.servers]
        raw = json.loads(_WRITERS[self.carrier.core].relay_config(self.carrier, routed))
        raw["log"]["access"] = "none"
        return json.dumps(raw, indent=2) + "\n"

    @property
    def listening(self) -> tuple[int, ...]:
        """The ports that the program opens: that of bridges only once there is one."""
        bridged = any(server.tunnel_uuid for server in self.servers)
        return (self.carrier.user_port, *((self.carrier.tunnel_port,) if bridged else ()))

    def server(self, port: int) -> KnownServer | None:
        return next((one for one in self.servers if one.port == port), None)

    # --- what can be done to it ---------------------------------------------------------------------------

    def with_user(self, port: int, alias: str, pc_id: str, user_id: str) -> RelayState:
        """This computer may reach that server by the id. A server that is new here becomes a hybrid.

        Who had the id there before is this computer too, with another key of its own.
        """
        found = self.server(port) or KnownServer(port=port, name=self._name_for(alias))
        others = {pc: one for pc, one in found.users.items() if one != user_id}
        return self._with(dataclasses.replace(found, users={**others, pc_id: user_id}))

    def is_elsewhere(self, user_id: str, port: int) -> bool:
        """Whether the id leads to another server: by one id the program can tell one way only."""
        return any(user_id in one.users.values() for one in self.servers if one.port != port)

    def with_bridge(
        self, port: int, ports: tuple[int, ...], sshd_port: int, tunnel_uuid: str, watch_uuid: str
    ) -> RelayState:
        """The server, which is known, dials in itself from now on; ids that it has already stay."""
        found = self.server(port)
        assert found is not None
        return self._with(
            dataclasses.replace(
                found,
                ports=tuple(sorted(set(ports))),
                sshd_port=sshd_port,
                tunnel_uuid=found.tunnel_uuid or tunnel_uuid,
                watch_uuid=found.watch_uuid or watch_uuid,
            )
        )

    def without_bridge(self, port: int) -> RelayState:
        """Back to a hybrid."""
        found = self.server(port)
        if found is None:
            return self
        plain = KnownServer(port=found.port, name=found.name, users=found.users)
        return self._with(plain)

    def without_user(self, port: int, pc_id: str) -> RelayState:
        """A server that nobody may reach any more goes, too, and with it its bridge's id."""
        found = self.server(port)
        if found is None:
            return self
        users = {pc: one for pc, one in found.users.items() if pc != pc_id}
        if not users:
            return self.without_server(port)
        return self._with(dataclasses.replace(found, users=users))

    def without_server(self, port: int) -> RelayState:
        return dataclasses.replace(self, servers=tuple(one for one in self.servers if one.port != port))

    def _with(self, server: KnownServer) -> RelayState:
        others = [one for one in self.servers if one.port != server.port]
        ordered = sorted([*others, server], key=lambda one: one.port)
        return dataclasses.replace(self, servers=tuple(ordered))

    def _name_for(self, alias: str) -> str:
        """The alias as far as names allow it, and one that no other server here has."""
        plain = _NOT_IN_NAMES.sub("-", alias.lower()).strip("-")[:_LONGEST].strip("-") or "server"
        taken = {one.name for one in self.servers}
        name, number = plain, 2
        while name in taken:
            end = f"-{number}"
            name, number = plain[: _LONGEST - len(end)] + end, number + 1
        return name

    # --- as text ------------------------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """JSON, the same for the same state."""
        carrier = dataclasses.asdict(self.carrier)
        del carrier["host"]
        servers = [dataclasses.asdict(server) for server in self.servers]
        raw = {"version": _VERSION, "carrier": carrier, "servers": servers}
        return json.dumps(raw, indent=1, sort_keys=True) + "\n"


def digest_of(text: str) -> str:
    """What ``sha256sum`` says of the record: two computers' changes do not undo each other by it."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_state(text: str) -> RelayState:
    """Raises ValueError, with a reason, for a text that no program of ours has written."""
    try:
        raw = json.loads(text)
        if raw["version"] != _VERSION:
            raise ValueError(f"it is of version {raw['version']!r}, and this program knows {_VERSION}")
        state = RelayState(
            carrier=_carrier(raw["carrier"]), servers=tuple(_server(one) for one in raw["servers"])
        )
    except (KeyError, TypeError, AttributeError) as e:
        raise ValueError(f"it lacks something, or has it in another form: {e}") from None
    _judge(state)
    return state


def _carrier(raw: Mapping[str, Any]) -> Carrier:
    tls = Tls(**raw["tls"]) if raw["tls"] is not None else None
    values = {name: value for name, value in raw.items() if name not in ("core", "tls")}
    return Carrier(core=Core(raw["core"]), host="", tls=tls, **values)


def _server(raw: Mapping[str, Any]) -> KnownServer:
    return KnownServer(**{**raw, "ports": tuple(raw["ports"]), "users": dict(raw["users"])})


def _judge(state: RelayState) -> None:
    """Only what may stand in a configuration: a wrong one must not come from here."""
    carrier = state.carrier
    if not (is_port(carrier.user_port) and is_port(carrier.tunnel_port)):
        raise ValueError("a port is none")
    if carrier.core is Core.XRAY and not is_public_key(carrier.decryption_key):
        raise ValueError("it has no key of Xray's")
    if carrier.tls is not None and not digest_of_pem(carrier.tls.certificate_pem):
        raise ValueError("its certificate is none")
    for server in state.servers:
        ids = [*server.users.values(), *filter(None, (server.tunnel_uuid, server.watch_uuid))]
        if not all(is_user_id(one) for one in ids):
            raise ValueError(f"an id of {server.name} is none")
        if not (_NAME.fullmatch(server.name) and all(map(is_port, (*server.ports, server.port)))):
            raise ValueError(f"the name or a port of {server.name!r} is none")
    for values in ([one.name for one in state.servers], [one.port for one in state.servers]):
        if len(set(values)) < len(values):
            raise ValueError("a server is there twice")
