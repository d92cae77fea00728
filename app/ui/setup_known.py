"""What a relay runs beside SSH, as the profiles know it: for the begin and the end of its set-up. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.profiles import Relay, SetupMode
from app.core.provisioning import (
    Camouflage,
    SetupOptions,
    ShadowsocksOptions,
    Step,
    StepReport,
    StepState,
    V2rayOptions,
)
from app.core.shadowsocks import ShadowsocksServer
from app.ui.texts import QT_TRANSLATE_NOOP, Text

_THERE = {StepState.DONE, StepState.RIGHT}


def known_v2ray(relay: Relay) -> V2rayOptions | None:
    """As the set-up left it, so that looking it over looks at this too; None where it has none."""
    carrier = relay.carrier
    if carrier is None or relay.setup is not SetupMode.SYSTEM:
        return None
    usual = V2rayOptions()
    return V2rayOptions(
        core=carrier.core,
        user_port=carrier.user_port,
        tunnel_port=carrier.tunnel_port or usual.tunnel_port,
        server_name=carrier.server_name,
        websocket_path=carrier.websocket_path,
    )


def known_shadowsocks(proxies: tuple[ShadowsocksServer, ...]) -> ShadowsocksOptions | None:
    """``proxies``: those that this relay runs."""
    main = next((one for one in proxies if not one.for_phones), None)
    if main is None:
        return None
    phone = next((one for one in proxies if one.for_phones), None)
    usual = ShadowsocksOptions()
    camouflage, host = _camouflage(main)
    return ShadowsocksOptions(
        method=main.method,
        port=main.port,
        camouflage=camouflage,
        camouflage_host=host or usual.camouflage_host,
        for_phones=phone is not None,
        phone_port=phone.port if phone is not None else usual.phone_port,
    )


def has_now(
    options: SetupOptions, steps: tuple[StepReport, ...], proxies: tuple[ShadowsocksServer, ...]
) -> Iterator[Text]:
    """What the person has once the set-up is through."""
    there = {report.step for report in steps if report.state in _THERE}
    if options.v2ray is not None and Step.V2RAY in there:
        source = QT_TRANSLATE_NOOP(
            "SetUp",
            'Your GPU servers can be reached by v2ray too: press "Also by v2ray" on the page of each one.',
        )
        yield Text("SetUp", source)
    if options.shadowsocks is None or Step.SHADOWSOCKS not in there:
        return
    for one in proxies:
        source = QT_TRANSLATE_NOOP(
            "SetUp",
            "Shadowsocks runs at {address}. It is in the list now; connected, it is the proxy "
            "127.0.0.1:{local} of this computer.",
        )
        if one.for_phones:
            source = QT_TRANSLATE_NOOP("SetUp", "Phones use {address}: let Outline read its QR code.")
        yield Text("SetUp", source, {"address": f"{one.host}:{one.port}", "local": str(one.local_port)})


def _camouflage(server: ShadowsocksServer) -> tuple[Camouflage, str]:
    """From a client's plugin to what the relay was asked for, with the pretended host."""
    options = dict(part.partition("=")[::2] for part in server.plugin_options.split(";"))
    if server.plugin == "v2ray-plugin":
        return Camouflage.V2RAY_PLUGIN, options.get("host", "")
    if not server.plugin:
        return Camouflage.NONE, ""
    is_tls = options.get("obfs") == "tls"
    return Camouflage.OBFS_TLS if is_tls else Camouflage.OBFS_HTTP, options.get("obfs-host", "")
