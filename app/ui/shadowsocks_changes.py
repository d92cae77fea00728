"""Changes of the Shadowsocks servers of a document, as functions from document to document. Pure."""

from __future__ import annotations

from dataclasses import replace

from app.core.profiles import Document
from app.core.shadowsocks import DEFAULT_LOCAL_PORT, ShadowsocksServer, Steering
from app.core.shadowsocks_methods import DEFAULT_METHOD
from app.core.validation import local_ports

_USUAL_PORT = 8388  # of Shadowsocks servers


def new_shadowsocks(document: Document, shadowsocks_id: str) -> ShadowsocksServer:
    """An empty one whose local port is free of our own."""
    taken = {port for port, _, _ in local_ports(document)}
    port = next(number for number in range(DEFAULT_LOCAL_PORT, 65536) if number not in taken)
    return ShadowsocksServer(
        id=shadowsocks_id, name="", host="", port=_USUAL_PORT, method=DEFAULT_METHOD, local_port=port
    )


def with_shadowsocks(document: Document, server: ShadowsocksServer) -> Document:
    """The server put in the place of the one with its id, or added."""
    if document.shadowsocks_server(server.id) is None:
        return replace(document, shadowsocks=(*document.shadowsocks, server))
    kept = tuple(server if one.id == server.id else one for one in document.shadowsocks)
    return replace(document, shadowsocks=kept)


def without_shadowsocks(document: Document, shadowsocks_id: str) -> Document:
    kept = tuple(one for one in document.shadowsocks if one.id != shadowsocks_id)
    return replace(document, shadowsocks=kept)


def with_steering(document: Document, shadowsocks_id: str, steering: Steering) -> Document:
    """Who uses that server. Of several that are to have the system's proxy, the newest wish wins."""
    server = document.shadowsocks_server(shadowsocks_id)
    return document if server is None else with_shadowsocks(document, replace(server, steering=steering))
