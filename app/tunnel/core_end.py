"""One server's v2ray route as the far end of a supervisor: the core, and the server's sshd behind it."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable

from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document, Relay, Server
from app.core.route_rules import digest_of_pem
from app.core.routes import V2rayCarrier
from app.core.states import LinkState
from app.core.v2ray_route import Carrier, Tls
from app.secrets import SecretName, SecretStore
from app.transport.cores.connecting import CoreRoute, connect_core
from app.transport.cores.core_link import CoreLink
from app.tunnel.context import Context
from app.tunnel.far_ends import AnyLink, OnLost

SECRET_KIND = "v2ray"
ASK_EVERY_S = 15  # through it: a silent loss shows after two of these at most, and then 15 s of silence


class CoreEnd:
    """``on_told`` hears each new state of the link, in the supervisor's thread."""

    def __init__(self, server: Server, context: Context, on_told: Callable[[LinkState], None]) -> None:
        self.server = server
        self._context = context
        self._on_told = on_told
        self._link: CoreLink | None = None

    @property
    def is_used(self) -> bool:
        """Something goes through its link, or a program is reading the last bytes that came by it."""
        link = self._link
        return link is not None and (bool(link.open_streams) or link.loops.have_members)

    def connect(self, relay: Relay, cancelled: threading.Event, on_lost: OnLost) -> AnyLink:
        server = self.server
        assert relay.carrier is not None
        user_id = self._context.tools.secrets.get(SecretName(SECRET_KIND, server.alias))
        if not user_id:
            raise error(FaultCode.ROUTE_ID_MISSING, alias=server.alias)
        real = self._context.document.relay(relay.id) or relay
        route = CoreRoute(
            alias=server.alias,
            relay=real.name,
            carrier=carrier_of(relay.carrier, relay),
            user_id=user_id,
            chosen_program=self._context.document.settings.core_program,
        )
        self._link = link = connect_core(route, cancelled, on_lost)
        return link

    def concerns(self, old: Relay, new: Relay) -> bool:
        # Another name of the server changes nothing, and its secret may not have followed it yet.
        return (old.host, old.port, old.carrier) != (new.host, new.port, new.carrier)

    def told(self, relay: Relay, state: LinkState) -> None:  # noqa: ARG002 - it has one
        self._on_told(state)

    def why_lost(self, relay: Relay, link: AnyLink) -> Fault:
        real = self._context.document.relay(relay.id) or relay
        if isinstance(link, CoreLink):
            return link.fault(real.name)
        return Fault.of(FaultCode.LINK_LOST, host=relay.host, reason=link.why_lost())


def core_route(server: Server, document: Document, secrets: SecretStore) -> CoreRoute:
    """For who looks at it beside the tunnel. Its user id is "" where the keyring has none. May block.

    Raises NO_SUCH_RELAY; the relay must have a carrier.
    """
    relay = document.relay(server.relay_id)
    if relay is None or relay.carrier is None:
        raise error(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near="")
    return CoreRoute(
        alias=server.alias,
        relay=relay.name,
        carrier=carrier_of(relay.carrier, as_machine(server, relay)),
        user_id=secrets.get(SecretName(SECRET_KIND, server.alias)) or "",
        chosen_program=document.settings.core_program,
    )


def as_machine(server: Server, relay: Relay) -> Relay:
    """What the supervisor of this route looks after: where it dials, and by which name the log knows it."""
    assert relay.carrier is not None
    return dataclasses.replace(
        relay,
        name=f"{server.alias} by {relay.carrier.core}",
        host=relay.carrier.host or relay.host,
        port=relay.carrier.user_port,
        keepalive_s=ASK_EVERY_S if relay.keepalive_s else 0,
    )


def carrier_of(profile: V2rayCarrier, machine: Relay) -> Carrier:
    """From the profile to what configurations are written from."""
    tls = None
    if profile.server_name:
        tls = Tls(
            server_name=profile.server_name,
            certificate_pem=profile.certificate_pem,
            certificate_sha256=digest_of_pem(profile.certificate_pem) or profile.certificate_sha256,
            certificate_file="",  # the relay's own business
            key_file="",
        )
    return Carrier(
        core=profile.core,
        host=machine.host,
        tunnel_port=profile.tunnel_port,
        user_port=machine.port,
        tls=tls,
        websocket_path=profile.websocket_path,
        websocket_host=profile.websocket_host,
        encryption_key=profile.encryption_key,
        encryption_form=profile.encryption_form,
        vision=profile.vision,
    )
