"""v2ray 4.34 and newer: VMess with AEAD (alterId 0), and its reverse proxy.

Source: v2ray's manual for version 4 (``reverse``, ``routing``, ``VMess``); every form here was run with 4.34.
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

_TUNNEL, _USER, _BRIDGE = "tunnel", "user", "bridge"


def relay_config(carrier: Carrier, servers: Sequence[RoutedServer]) -> str:
    """For the relay: whoever dials in reaches their server's permitted ports and nothing else."""
    bridged = [server for server in servers if not server.is_hybrid]
    hybrids = [server for server in servers if server.is_hybrid]
    rules: list[Raw] = [
        {
            "inboundTag": [_TUNNEL],
            "user": [tunnel_email(server)],
            "domain": [f"full:{_domain(server)}"],
            "outboundTag": portal_tag(server),
        }
        for server in bridged
    ]
    rules += [watch_rule(server, _TUNNEL) for server in bridged if server.watch_uuid]
    for server in bridged:
        rules += to_server_rules(server, portal_tag(server), _USER)
    for server in hybrids:
        rules += to_server_rules(server, _hybrid_tag(server), _USER)
    inbounds = []
    if bridged:
        clients = [_client(server.tunnel_uuid, tunnel_email(server)) for server in bridged]
        watched = [server for server in bridged if server.watch_uuid]
        clients += [_client(server.watch_uuid, watch_email(server)) for server in watched]
        inbounds.append(_inbound(_TUNNEL, carrier.tunnel_port, clients, carrier))
    clients = [
        _client(uuid, user_email(server, number))
        for server in servers
        for number, uuid in enumerate(server.user_uuids)
    ]
    inbounds.append(_inbound(_USER, carrier.user_port, clients, carrier))
    reverse = {"portals": [{"tag": portal_tag(server), "domain": _domain(server)} for server in bridged]}
    return config(
        reverse=reverse if bridged else None,
        inbounds=inbounds,
        outbounds=[blackhole(), *(_hybrid_outbound(server) for server in hybrids)],
        rules=rules,
    )


def server_config(carrier: Carrier, server: RoutedServer, watch_port: int = 0) -> str:
    """For the server: its bridge. It answers with its own ports whatever the relay asks for.

    ``watch_port``: of 127.0.0.1 there, where it can be asked whether the bridge is alive; 0 = nowhere.
    """
    asked = [watch_domain(server)] if watch_port else []
    rules: list[Raw] = [
        *({"inboundTag": [_BRIDGE], "domain": [f"full:{one}"], "outboundTag": ANSWER} for one in asked),
        *({"inboundTag": [WATCH], "outboundTag": WATCH} for _ in asked),
        {"inboundTag": [_BRIDGE], "domain": [f"full:{_domain(server)}"], "outboundTag": _TUNNEL},
        *(
            {"inboundTag": [_BRIDGE], "network": "tcp", "port": str(port), "outboundTag": _exit_tag(port)}
            for port in server.ports
        ),
    ]
    return config(
        reverse={"bridges": [{"tag": _BRIDGE, "domain": _domain(server)}]},
        inbounds=[watch_inbound(server, watch_port) for _ in asked],
        outbounds=[
            blackhole(),
            _outbound(_TUNNEL, carrier.tunnel_port, server.tunnel_uuid, carrier),
            *(_exit(port, server) for port in server.ports),
            *(_outbound(WATCH, carrier.tunnel_port, server.watch_uuid, carrier) for _ in asked),
            *(answer() for _ in asked),
        ],
        rules=rules,
    )


def client_config(carrier: Carrier, uuid: str, socks_port: int) -> str:
    """For this computer: what enters at the SOCKS port comes out at the server."""
    return config(
        inbounds=[socks_inbound(socks_port)],
        outbounds=[blackhole(), _outbound("relay", carrier.user_port, uuid, carrier)],
        rules=[{"inboundTag": ["socks"], "network": "tcp", "outboundTag": "relay"}],
    )


def _inbound(tag: str, port: int, clients: list[Raw], carrier: Carrier) -> Raw:
    tls: Raw | None = None
    if carrier.tls is not None:
        files = {"certificateFile": carrier.tls.certificate_file, "keyFile": carrier.tls.key_file}
        tls = {"certificates": [files]}
    return {
        "tag": tag,
        "listen": "0.0.0.0",  # noqa: S104 - the relay is the public end
        "port": port,
        "protocol": "vmess",
        "settings": {"clients": clients},
        "streamSettings": stream_settings(tls, carrier.websocket_path, with_socket=False),
    }


def _outbound(tag: str, port: int, uuid: str, carrier: Carrier) -> Raw:
    tls: Raw | None = None
    if carrier.tls is not None:
        tls = {"serverName": carrier.tls.server_name}
        if carrier.tls.certificate_pem:  # else the system's roots decide
            lines = carrier.tls.certificate_pem.strip().splitlines()
            tls |= {"disableSystemRoot": True, "certificates": [{"usage": "verify", "certificate": lines}]}
    stream = stream_settings(tls, carrier.websocket_path, carrier.websocket_host, with_socket=False)
    if "host" in stream.get("wsSettings", {}):  # Xray's entry; v2ray knows the header alone
        stream["wsSettings"]["headers"] = {"Host": carrier.websocket_host}
    user = {"id": uuid, "alterId": 0, "security": "auto"}
    return {
        "tag": tag,
        "protocol": "vmess",
        "settings": {"vnext": [{"address": carrier.host, "port": port, "users": [user]}]},
        "streamSettings": stream,
    }


def _client(uuid: str, email: str) -> Raw:
    return {"id": uuid, "alterId": 0, "email": email}


def _hybrid_tag(server: RoutedServer) -> str:
    return f"route-{server.name}"


def _hybrid_outbound(server: RoutedServer) -> Raw:
    """Fixed: whatever a PC asks for, it is the port that the server's ``ssh -R`` holds."""
    target = f"127.0.0.1:{server.hybrid_port}"
    return {"tag": _hybrid_tag(server), "protocol": "freedom", "settings": {"redirect": target}}


def _exit_tag(port: int) -> str:
    return f"port-{port}"


def _exit(port: int, server: RoutedServer) -> Raw:
    there = server.sshd_port if port == SSHD_PORT else port
    return {
        "tag": _exit_tag(port),
        "protocol": "freedom",
        "settings": {"redirect": f"127.0.0.1:{there}"},
    }


def _domain(server: RoutedServer) -> str:
    """What bridge and portal know each other by; never looked up anywhere."""
    return f"{server.name}.reverse.internal"
