"""A server's bridge of v2ray or Xray: put where the relay gives it out.

The relay keeps it in a file that only root and the account of ``resources/scripts/relay/enrol`` can read,
until the line's permission is dropped or the line expires unused; that script gives it to nobody but the key
which the server has reported. Blocks, and raises RelayTrayError.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import ModuleType

from app.core.faults import FaultCode, error
from app.core.profiles import Relay, Server, SetupMode
from app.core.provisioning import SetupOptions
from app.core.v2ray_route import Carrier, Core, RoutedServer
from app.export.v2ray import v2ray4, xray
from app.provision import enrolment, v2ray_relay
from app.provision.setup_script import SetupScript
from app.transport.remote_shell import RemoteShell

_WRITERS: Mapping[Core, ModuleType] = {Core.V2RAY: v2ray4, Core.XRAY: xray}
# Stand in the configuration for ports that only the server knows; ``resources/scripts/server/bridge.sh`` puts
# the right ones there. Nobody may ask for a server's port of such a number by its bridge.
SSHD_PLACE, WATCH_PLACE = 65533, 65534


def bridge_text(carrier: Carrier, routed: RoutedServer) -> str:
    """What ``enrol`` reads: lines for the script, an empty one, and the program's configuration."""
    placed = dataclasses.replace(routed, sshd_port=SSHD_PLACE)
    config = _WRITERS[carrier.core].server_config(carrier, placed, WATCH_PLACE)
    return f"core={carrier.core}\nport={carrier.tunnel_port}\n\n{config}"


def require_v2ray(shell: RemoteShell, relay: Relay) -> None:
    """Raises V2RAY_NOT_SET_UP where the relay has none, or was set up without root."""
    if relay.setup is SetupMode.SYSTEM:
        script = SetupScript(shell=shell, relay=relay, options=SetupOptions())
        if v2ray_relay.look(script).record is not None:
            return
    raise error(FaultCode.V2RAY_NOT_SET_UP, name=relay.name)


def give(shell: RemoteShell, relay: Relay, server: Server, carrier: Carrier, routed: RoutedServer) -> None:
    """From now on the server that reports with its newest line gets its bridge.

    ``carrier.host``: by which the server dials the relay. Raises ENROLMENT_MISSING, REMOTE_SCRIPT_FAILED.
    """
    enrolment.keep_bridge(shell, relay, server, bridge_text(carrier, routed))
