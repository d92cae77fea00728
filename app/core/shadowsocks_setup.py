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


def known_options(profiles: tuple[ShadowsocksServer, ...]) -> ShadowsocksOptions | None:
    """What a relay's profiles tell of its last set-up, for the next one; None: they know of none."""
    found = {one.for_phones: one for one in profiles}
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
    """From a client's plugin to what the relay was asked for, with the pretended host."""
    options = dict(part.partition("=")[::2] for part in server.plugin_options.split(";"))
    if server.plugin == "v2ray-plugin":
        return Camouflage.V2RAY_PLUGIN, options.get("host", "")
    if not server.plugin:
        return Camouflage.NONE, ""
    is_tls = options.get("obfs") == "tls"
    return Camouflage.OBFS_TLS if is_tls else Camouflage.OBFS_HTTP, options.get("obfs-host", "")
