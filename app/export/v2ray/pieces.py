"""What the configurations of both programs have in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from app.core.v2ray_route import RoutedServer

Raw = dict[str, Any]
BLOCK = "block"  # the first outbound is where everything goes that no rule names
ANSWER, WATCH = "answer", "watch"
WATCH_PORT = 1  # of ``watch_domain``; any would do
# A line that went away silently is noticed in under a minute (Xray honours these; v2ray 4.34 ignores them).
_SOCKET = {"tcpKeepAliveIdle": 30, "tcpKeepAliveInterval": 10, "tcpUserTimeout": 30000}
_LEVEL = "warning"


def config(
    *, inbounds: Sequence[Raw], outbounds: Sequence[Raw], rules: Sequence[Raw], reverse: Raw | None = None
) -> str:
    """As JSON text. Nothing but warnings is logged: addresses and users stay out of it."""
    raw: Raw = {"log": {"loglevel": _LEVEL}}
    if reverse:
        raw["reverse"] = reverse
    raw["inbounds"] = list(inbounds)
    raw["outbounds"] = list(outbounds)
    raw["routing"] = {"domainStrategy": "AsIs", "rules": [{"type": "field", **rule} for rule in rules]}
    return json.dumps(raw, indent=2) + "\n"


def blackhole() -> Raw:
    return {"tag": BLOCK, "protocol": "blackhole"}


def answer() -> Raw:
    """At the server: what the bridge's own question leads to. It says "HTTP/1.1 403" and closes.

    Not the sshd: its log would have a line for every question, and the question needs no more than this.
    """
    return {"tag": ANSWER, "protocol": "blackhole", "settings": {"response": {"type": "http"}}}


def watch_inbound(server: RoutedServer, port: int) -> Raw:
    """At the server: what is asked here goes to the relay and, through the portal, back to this server."""
    return {
        "tag": WATCH,
        "listen": "127.0.0.1",
        "port": port,
        "protocol": "dokodemo-door",
        "settings": {"address": watch_domain(server), "port": WATCH_PORT, "network": "tcp"},
    }


def watch_domain(server: RoutedServer) -> str:
    """The only address that a watch user may ask for; never looked up anywhere, and no port of the server."""
    return f"watch.{server.name}.reverse.internal"


def socks_inbound(port: int) -> Raw:
    return {
        "tag": "socks",
        "listen": "127.0.0.1",
        "port": port,
        "protocol": "socks",
        "settings": {"auth": "noauth", "udp": False},
    }


def stream_settings(
    security: Raw | None, websocket_path: str, websocket_host: str = "", *, with_socket: bool = True
) -> Raw:
    settings: Raw = {"network": "ws" if websocket_path else "tcp"}
    if websocket_path:
        settings["wsSettings"] = {"path": websocket_path}
    if websocket_path and websocket_host:
        settings["wsSettings"]["host"] = websocket_host
    if security is not None:
        settings |= {"security": "tls", "tlsSettings": security}
    if with_socket:
        settings["sockopt"] = dict(_SOCKET)
    return settings


def user_email(server: RoutedServer, number: int) -> str:
    """Names a PC's permission in the rules; it is no address and no secret."""
    return f"user-{number}@{server.name}"


def tunnel_email(server: RoutedServer) -> str:
    return f"tunnel@{server.name}"


def watch_email(server: RoutedServer) -> str:
    return f"watch@{server.name}"


def user_emails(server: RoutedServer) -> list[str]:
    return [user_email(server, number) for number in range(len(server.user_uuids))]


def portal_tag(server: RoutedServer) -> str:
    return f"portal-{server.name}"


def watch_rule(server: RoutedServer, inbound: str) -> Raw:
    """At the relay: the bridge's question goes to its own portal, and nowhere else."""
    return {
        "inboundTag": [inbound],
        "user": [watch_email(server)],
        "network": "tcp",
        "domain": [f"full:{watch_domain(server)}"],
        "outboundTag": portal_tag(server),
    }


def to_server_rules(server: RoutedServer, outbound: str, inbound: str) -> list[Raw]:
    """What a PC may ask for is ``localhost`` and the permitted ports, by name or by address."""
    ports = ",".join(str(port) for port in server.ports)
    wanted = {
        "inboundTag": [inbound],
        "user": user_emails(server),
        "network": "tcp",
        "port": ports,
        "outboundTag": outbound,
    }
    return [wanted | {"domain": ["full:localhost"]}, wanted | {"ip": ["127.0.0.1"]}]
