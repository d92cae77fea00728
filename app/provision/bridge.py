"""A server's bridge of v2ray or Xray: put where the relay gives it out.

The relay keeps it in a file that only root and the account of ``resources/scripts/relay/enrol`` can read,
until the line's permission is dropped or the line expires unused; that script gives it to nobody but the key
which the server has reported. Blocks, and raises RelayTrayError.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from types import ModuleType

from app.core.faults import FaultCode, error
from app.core.profiles import Relay, Server, SetupMode
from app.core.v2ray_route import Carrier, Core, RoutedServer
from app.export.v2ray import v2ray4, xray
from app.provision import enrolment
from app.transport.remote_shell import RemoteShell

_WRITERS: Mapping[Core, ModuleType] = {Core.V2RAY: v2ray4, Core.XRAY: xray}
_FIRST_WATCH_PORT, _WATCH_PORTS = 20000, 12000  # below those that systems give out by themselves


def bridge_text(carrier: Carrier, routed: RoutedServer, watch_port: int) -> str:
    """What ``enrol`` reads: lines for the script, an empty one, and the program's configuration.

    ``watch_port``: of the server's 127.0.0.1; where another program has it, the script there takes the next.
    """
    config = _WRITERS[carrier.core].server_config(carrier, routed, watch_port)
    return f"core={carrier.core}\nport={carrier.tunnel_port}\nwatch_port={watch_port}\n\n{config}"


def new_watch_port() -> int:
    return _FIRST_WATCH_PORT + secrets.randbelow(_WATCH_PORTS)


def give(shell: RemoteShell, relay: Relay, server: Server, carrier: Carrier, routed: RoutedServer) -> None:
    """From now on the server that reports with this line gets its bridge; ``carrier.host`` is where it dials.

    Raises V2RAY_NOT_SET_UP at a relay that was set up without root, ENROLMENT_MISSING, REMOTE_SCRIPT_FAILED.
    """
    if relay.setup is not SetupMode.SYSTEM:
        raise error(FaultCode.V2RAY_NOT_SET_UP, name=relay.name)
    text = bridge_text(carrier, routed, new_watch_port())
    enrolment.keep_bridge(shell, relay, server, text)
