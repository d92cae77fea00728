"""Xray from 26.5.3: VLESS with its own encryption, and VLESS reverse (the older form was removed in 26.4.25).

Source: Xray's documentation of VLESS ``reverse``, ``decryption`` and ``finalRules``; every form here was run
with 26.10.10. Without ``finalRules`` such a version silently blocks private addresses and whatever comes out
of a reverse tunnel.
"""

from __future__ import annotations

from collections.abc import Sequence

from app.core.v2ray_route import SSHD_PORT, Carrier, RoutedServer
from app.export.v2ray.pieces import (
    ANSWER,
    WATCH,
    Raw,
    answer,
    blackhole,
    config,
    portal_tag,
    socks_inbound,
    stream_settings,
    to_server_rules,
    tunnel_email,
    user_email,
    watch_domain,
    watch_email,
    watch_inbound,
    watch_rule,
)

_TUNNEL, _USER, _FROM_RELAY = "tunnel", "user", "from-relay"
_VISION = "xtls-rprx-vision"  # only where nothing but TCP (and TLS) is in between


def relay_config(carrier: Carrier, servers: Sequence[RoutedServer]) -> str:
    """For the relay: whoever dials in reaches their server's permitted ports and nothing else."""
    bridged = [server for server in servers if not server.is_hybrid]
    hybrids = [server for server in servers if server.is_hybrid]
    rules = [watch_rule(server, _TUNNEL) for server in bridged if server.watch_uuid]
    for server in bridged:
        rules += to_server_rules(server, portal_tag(server), _USER)
    for server in hybrids:
        rules += to_server_rules(server, f"route-{server.name}", _USER)
    inbounds = []
    if bridged:
        clients = [
            _client(server.tunnel_uuid, tunnel_email(server), carrier)
            | {"reverse": {"tag": portal_tag(server)}}
            for server in bridged
        ]
        watched = [server for server in bridged if server.watch_uuid]
        clients += [_client(server.watch_uuid, watch_email(server), carrier) for server in watched]
        inbounds.append(_inbound(_TUNNEL, carrier.tunnel_port, clients, carrier))
    users = [
        _client(uuid, user_email(server, number), carrier)
        for server in servers
        for number, uuid in enumerate(server.user_uuids)
    ]
    inbounds.append(_inbound(_USER, carrier.user_port, users, carrier))
    return config(
        inbounds=inbounds,
        outbounds=[blackhole(), *(_fixed(f"route-{s.name}", s.hybrid_port) for s in hybrids)],
        rules=rules,
    )


def server_config(carrier: Carrier, server: RoutedServer, watch_port: int = 0) -> str:
    """For the server: its bridge. It answers with its own ports whatever the relay asks for.

    ``watch_port``: of 127.0.0.1 there, where it can be asked whether the bridge is alive; 0 = nowhere.
    """
    tunnel = _outbound(_TUNNEL, carrier.tunnel_port, server.tunnel_uuid, carrier)
    tunnel["settings"]["reverse"] = {"tag": _FROM_RELAY}
    exits = [_fixed(f"port-{port}", server.sshd_port if port == SSHD_PORT else port) for port in server.ports]
    rules: list[Raw] = [
        {"inboundTag": [_FROM_RELAY], "network": "tcp", "port": str(port), "outboundTag": f"port-{port}"}
        for port in server.ports
    ]
    if not watch_port:
        return config(inbounds=[], outbounds=[blackhole(), tunnel, *exits], rules=rules)
    asked = {"inboundTag": [_FROM_RELAY], "domain": [f"full:{watch_domain(server)}"], "outboundTag": ANSWER}
    watch = _outbound(WATCH, carrier.tunnel_port, server.watch_uuid, carrier)
    return config(
        inbounds=[watch_inbound(server, watch_port)],
        outbounds=[blackhole(), tunnel, *exits, watch, answer()],
        rules=[asked, {"inboundTag": [WATCH], "outboundTag": WATCH}, *rules],
    )


def client_config(carrier: Carrier, uuid: str, socks_port: int) -> str:
    """For this computer: what enters at the SOCKS port comes out at the server."""
    return config(
        inbounds=[socks_inbound(socks_port)],
        outbounds=[blackhole(), _outbound("relay", carrier.user_port, uuid, carrier)],
        rules=[{"inboundTag": ["socks"], "network": "tcp", "outboundTag": "relay"}],
    )


def _client(uuid: str, email: str, carrier: Carrier) -> Raw:
    return {"id": uuid, "email": email, "flow": _flow(carrier)}


def _flow(carrier: Carrier) -> str:
    return _VISION if carrier.vision and not carrier.websocket_path else ""


def _encryption(carrier: Carrier) -> str:
    """VLESS's own; "none" only inside TLS, which ``route_rules`` sees to."""
    if not carrier.encryption_key:
        return "none"
    return f"mlkem768x25519plus.{carrier.encryption_form}.{carrier.encryption_key}"


def _inbound(tag: str, port: int, clients: list[Raw], carrier: Carrier) -> Raw:
    tls: Raw | None = None
    if carrier.tls is not None:
        files = {"certificateFile": carrier.tls.certificate_file, "keyFile": carrier.tls.key_file}
        tls = {"certificates": [files]}
    key = carrier.decryption_key
    decryption = f"mlkem768x25519plus.native.600s.{key}" if key else "none"
    return {
        "tag": tag,
        "listen": "0.0.0.0",  # noqa: S104 - the relay is the public end
        "port": port,
        "protocol": "vless",
        "settings": {"decryption": decryption, "clients": clients},
        "streamSettings": stream_settings(tls, carrier.websocket_path),
    }


def _outbound(tag: str, port: int, uuid: str, carrier: Carrier) -> Raw:
    tls: Raw | None = None
    if carrier.tls is not None:
        tls = {"serverName": carrier.tls.server_name}
        if carrier.tls.certificate_sha256:  # else the system's roots decide
            tls["pinnedPeerCertSha256"] = carrier.tls.certificate_sha256
    return {
        "tag": tag,
        "protocol": "vless",
        "settings": {
            "address": carrier.host,
            "port": port,
            "id": uuid,
            "encryption": _encryption(carrier),
            "flow": _flow(carrier),
        },
        "streamSettings": stream_settings(tls, carrier.websocket_path, carrier.websocket_host),
    }


def _fixed(tag: str, port: int) -> Raw:
    """One port of this machine, whatever is asked for; nothing else may leave here."""
    allowed = {"action": "allow", "network": "tcp", "ip": ["127.0.0.1"], "port": str(port)}
    return {
        "tag": tag,
        "protocol": "freedom",
        "settings": {"redirect": f"127.0.0.1:{port}", "finalRules": [allowed]},
    }
