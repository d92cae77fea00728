"""What a relay runs beside SSH, as the profiles know it: for the begin and the end of its set-up. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.profiles import Relay, SetupMode
from app.core.provisioning import (
    SetupOptions,
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
