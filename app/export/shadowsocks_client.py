"""Configurations of this computer's Shadowsocks client. Pure text; they hold the password.

Sources: ss-local(1) and "config.json" of shadowsocks-libev 3.3, which shadowsocks-rust reads as well; Xray's
documentation of its ``shadowsocks`` outbound.
"""

from __future__ import annotations

import json

from app.export.v2ray.pieces import config, socks_inbound

_IDLE_S = 86400  # a quiet ssh session is no dead one; what is dead the two ends find out themselves


def client_config(
    *,
    host: str,
    port: int,
    method: str,
    password: str,
    local_port: int,
    plugin: str = "",
    plugin_options: str = "",
) -> bytes:
    """For ss-local and sslocal; ``plugin`` is the command of the plugin."""
    raw = {
        "server": host,
        "server_port": port,
        "method": method,
        "password": password,
        "local_address": "127.0.0.1",
        "local_port": local_port,
        "mode": "tcp_only",
        "timeout": _IDLE_S,
        "no_delay": True,
    }
    if plugin:
        raw |= {"plugin": plugin, "plugin_opts": plugin_options}
    return json.dumps(raw).encode()


def xray_client_config(*, host: str, port: int, method: str, password: str, local_port: int) -> str:
    """For Xray, which knows no plugin."""
    server = {"address": host, "port": port, "method": method, "password": password}
    outbound = {"tag": "server", "protocol": "shadowsocks", "settings": {"servers": [server]}}
    return config(inbounds=[socks_inbound(local_port)], outbounds=[outbound], rules=[])
