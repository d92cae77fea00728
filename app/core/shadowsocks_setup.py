"""What a relay's Shadowsocks is to be, and what the profiles tell of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.profiles import Document
from app.core.provisioning import Camouflage, ShadowsocksOptions
from app.core.shadowsocks import ShadowsocksServer

# By camouflage, the client's plugin and its options before the name of the host that it pretends to be.
CLIENT_PLUGINS: Mapping[Camouflage, tuple[str, str]] = {
    Camouflage.NONE: ("", ""),
    Camouflage.OBFS_HTTP: ("obfs-local", "obfs=http;obfs-host="),
    Camouflage.OBFS_TLS: ("obfs-local", "obfs=tls;obfs-host="),
    Camouflage.V2RAY_PLUGIN: ("v2ray-plugin", "mode=websocket;host="),
}


def profiles_of(document: Document, relay_id: str) -> tuple[ShadowsocksServer, ...]:
    """The profiles of what the set-up of this relay has brought."""
    return tuple(one for one in document.shadowsocks if one.relay_id == relay_id)


def known_options(document: Document, relay_id: str) -> ShadowsocksOptions | None:
    """What the profiles tell of the last set-up, for the next one; None: they know of none."""
    found = {one.for_phones: one for one in profiles_of(document, relay_id)}
    main, phones = found.get(False), found.get(True)
    if main is None:
        return None
    usual = ShadowsocksOptions()
    camouflage, host = _camouflage(main)
    return ShadowsocksOptions(
        method=main.method,
        port=main.port,
        camouflage=camouflage,
        camouflage_host=host or usual.camouflage_host,
        for_phones=phones is not None,
        phone_port=phones.port if phones is not None else usual.phone_port,
    )


def _camouflage(server: ShadowsocksServer) -> tuple[Camouflage, str]:
    for camouflage, (plugin, start) in CLIENT_PLUGINS.items():
        if plugin and server.plugin == plugin and server.plugin_options.startswith(start):
            return camouflage, server.plugin_options.removeprefix(start)
    return Camouflage.NONE, ""
