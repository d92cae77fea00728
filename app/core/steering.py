"""Which connected Shadowsocks server has this system's proxy: a value, and what news makes of it.

A server that is lost for a while keeps it: programs that went directly meanwhile would tell everybody on the
way what the person meant to keep to themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from app.core.profiles import Document
from app.core.shadowsocks import ProxyPhase, ShadowsocksServer, Steering
from app.core.states import ListenerState


@dataclass(frozen=True, slots=True)
class Claims:
    """``order``: ids of the servers that want the system's proxy and may have it; the newest wish last.

    ``ports``: the local ports that are open for them.
    """

    document: Document
    phases: Mapping[str, ProxyPhase] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    ports: Mapping[str, int] = field(default_factory=dict)

    @property
    def winner(self) -> ShadowsocksServer | None:
        """With the port that is open: the one that the profile has just been given may be somebody else's,
        who would then get all that programs send."""
        found = self.document.shadowsocks_server(self.order[-1]) if self.order else None
        return found and replace(found, local_port=self.ports.get(found.id, found.local_port))

    @property
    def losers(self) -> tuple[ShadowsocksServer, ...]:
        found = (self.document.shadowsocks_server(id_) for id_ in self.order[:-1])
        return tuple(one for one in found if one is not None)

    def phase_of(self, id_: str) -> ProxyPhase:
        return self.phases.get(id_, ProxyPhase.OFF)

    def after_phase(self, id_: str, phase: ProxyPhase) -> Claims:
        """A client has come up, gone down, or waits."""
        ports = {one: port for one, port in self.ports.items() if one != id_ or phase is not ProxyPhase.OFF}
        return _ordered(replace(self, phases={**self.phases, id_: phase}, ports=ports))

    def after_listeners(self, listeners: Iterable[ListenerState]) -> Claims:
        """Local ports were opened, or could not be."""
        opened = {
            one.server_id: one.port for one in listeners if one.purpose == "shadowsocks" and one.fault is None
        }
        return replace(self, ports={**self.ports, **opened})

    def after_document(self, document: Document) -> Claims:
        """Profiles have changed: who was told to have it just now is the newest."""
        before = {one.id: one.steering for one in self.document.shadowsocks}
        told = {one.id for one in document.shadowsocks if before.get(one.id) is not one.steering}
        ids = {one.id for one in document.shadowsocks}
        phases = {id_: phase for id_, phase in self.phases.items() if id_ in ids}
        return _ordered(replace(self, document=document, phases=phases), told)


def _ordered(claims: Claims, told: Collection[str] = ()) -> Claims:
    able = [one.id for one in claims.document.shadowsocks if _may_have_it(claims, one)]
    kept = [id_ for id_ in claims.order if id_ in able and id_ not in told]
    return replace(claims, order=tuple(kept + [id_ for id_ in able if id_ not in kept]))


def _may_have_it(claims: Claims, server: ShadowsocksServer) -> bool:
    if server.steering is Steering.PORT:
        return False
    phase = claims.phase_of(server.id)
    is_held = server.id in claims.order and phase in (ProxyPhase.STARTING, ProxyPhase.WAITING)
    return phase is ProxyPhase.RUNNING or is_held
