"""What a relay's v2ray changes in the profiles. Pure: each takes the newest document.

What the person did meanwhile wins: a relay or server that was removed or moved is left alone.
"""

from __future__ import annotations

import dataclasses

from app.core.profiles import Document, Relay, Server
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Carrier, Core, RoutedServer


def with_carrier(document: Document, relay: Relay, carrier: Carrier) -> Document:
    """The relay's v2ray as it is now. Where the person gave another address for it, that stays."""
    found = document.relay(relay.id)
    if found is None:
        return document
    before, tls = found.carrier or V2rayCarrier(), carrier.tls
    known = V2rayCarrier(
        core=carrier.core,
        host=before.host,
        user_port=carrier.user_port,
        tunnel_port=carrier.tunnel_port,
        server_name=tls.server_name if tls is not None else "",
        certificate_pem=tls.certificate_pem if tls is not None else "",
        websocket_path=carrier.websocket_path,
        encryption_key=carrier.encryption_key if carrier.core is Core.XRAY else "",
        extra=before.extra,
    )
    changed = dataclasses.replace(found, carrier=known)
    return dataclasses.replace(
        document, relays=tuple(changed if one.id == relay.id else one for one in document.relays)
    )


def with_route(document: Document, server: Server, routed: RoutedServer) -> Document:
    """The server's second way, behind those that the person has already."""
    found = document.server(server.id)
    if found is None or found.relay_id != server.relay_id:
        return document
    routes = found.routes if RouteKind.V2RAY in found.routes else (*found.routes, RouteKind.V2RAY)
    extra = found.v2ray.extra if found.v2ray is not None else {}
    route = V2rayRoute(name=routed.name, ports=routed.ports, hybrid=routed.is_hybrid, extra=extra)
    return _with_server(document, dataclasses.replace(found, routes=routes, v2ray=route))


def without_route(document: Document, server_id: str) -> Document:
    found = document.server(server_id)
    if found is None:
        return document
    routes = tuple(one for one in found.routes if one is not RouteKind.V2RAY) or (RouteKind.REVERSE,)
    return _with_server(document, dataclasses.replace(found, routes=routes, v2ray=None))


def _with_server(document: Document, server: Server) -> Document:
    servers = tuple(server if one.id == server.id else one for one in document.servers)
    return dataclasses.replace(document, servers=servers)


def without_carrier(document: Document, relay_id: str) -> Document:
    """The relay has none any more, and so its servers have no route by it."""
    for server in document.servers_of(relay_id):
        document = without_route(document, server.id)
    relays = tuple(
        dataclasses.replace(one, carrier=None) if one.id == relay_id else one for one in document.relays
    )
    return dataclasses.replace(document, relays=relays)
