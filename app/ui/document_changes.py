"""Changes of the document, as functions from document to document. Pure."""

from __future__ import annotations

from dataclasses import replace

from app.core.profiles import (
    DEFAULT_SOCKS_PORT,
    Document,
    Forward,
    Relay,
    ReverseRoute,
    Server,
)
from app.core.validation import local_ports
from app.ui.shadowsocks_changes import with_shadowsocks

_FIRST_SSH_PORT = 10122


def new_relay(document: Document, relay_id: str) -> Relay:
    """An empty relay whose SOCKS port is free of our own."""
    taken = {port for port, _, _ in local_ports(document)}
    port = next(number for number in range(DEFAULT_SOCKS_PORT, 65536) if number not in taken)
    return Relay(id=relay_id, name="", host="", socks_port=port)


def new_server(document: Document, server_id: str, relay_id: str = "") -> Server:
    """An empty server behind that relay, or the first."""
    taken = {server.route.port for server in document.servers}
    port = next(number for number in range(ReverseRoute().port, 65536) if number not in taken)
    relay = document.relay(relay_id) or document.relays[0]
    return Server(id=server_id, alias="", relay_id=relay.id, route=ReverseRoute(port=port))


def with_relay(document: Document, relay: Relay) -> Document:
    """The relay put in the place of the one with its id, or added."""
    if document.relay(relay.id) is None:
        return replace(document, relays=(*document.relays, relay))
    return replace(document, relays=tuple(relay if one.id == relay.id else one for one in document.relays))


def with_server(document: Document, server: Server) -> Document:
    if document.server(server.id) is None:
        return replace(document, servers=(*document.servers, server))
    return replace(
        document, servers=tuple(server if one.id == server.id else one for one in document.servers)
    )


def without_relay(document: Document, relay_id: str) -> Document:
    """Does nothing if a server still needs the relay."""
    if document.servers_of(relay_id):
        return document
    return replace(document, relays=tuple(one for one in document.relays if one.id != relay_id))


def without_server(document: Document, server_id: str) -> Document:
    settings = document.settings
    if settings.default_server_id == server_id:
        settings = replace(settings, default_server_id="")
    servers = tuple(one for one in document.servers if one.id != server_id)
    return replace(document, servers=servers, settings=settings)


def with_free_ssh_port(document: Document, server_id: str) -> Document:
    """A plain ssh port that none of our own uses, where the server has none yet."""
    server = document.server(server_id)
    if server is None or server.local_ssh_port:
        return document
    taken = {port for port, _, _ in local_ports(document)}
    port = next(number for number in range(_FIRST_SSH_PORT, 65536) if number not in taken)
    return with_server(document, replace(server, local_ssh_port=port))


def with_port(document: Document, purpose: str, owner_id: str, old_port: int, new_port: int) -> Document:
    """One local port changed: of a relay or a Shadowsocks server, or a server's plain ssh port or forward."""
    relay, server = document.relay(owner_id), document.server(owner_id)
    proxy = document.shadowsocks_server(owner_id)
    if purpose == "shadowsocks" and proxy is not None:
        return with_shadowsocks(document, replace(proxy, local_port=new_port))
    if purpose == "socks" and relay is not None:
        return with_relay(document, replace(relay, socks_port=new_port))
    if server is None:
        return document
    if purpose == "ssh":
        return with_server(document, replace(server, local_ssh_port=new_port))

    def moved(forward: Forward) -> Forward:
        return replace(forward, local_port=new_port) if forward.local_port == old_port else forward

    return with_server(document, replace(server, forwards=tuple(moved(one) for one in server.forwards)))
