"""What ``relay setup`` is told about the services that it shall bring."""

from __future__ import annotations

import argparse

from app.cli.profile_commands import absolute
from app.core.faults import FaultCode, error
from app.core.profiles import Relay
from app.core.provisioning import SetupOptions, V2rayOptions
from app.core.routes import V2rayCarrier
from app.core.v2ray_route import Core

_OF_V2RAY = ("core", "v2ray_port", "bridge_port", "tls", "websocket", "v2ray_program")


def v2ray_options(arguments: argparse.Namespace, relay: Relay) -> V2rayOptions | None:
    """What was said; the rest is as it is there already. None: v2ray was not spoken of.

    Raises PROFILE_INVALID where something about it was said without --v2ray.
    """
    if not arguments.v2ray:
        for name in _OF_V2RAY:
            if getattr(arguments, name) is not None:
                option = "--" + name.replace("_", "-")
                raise error(
                    FaultCode.PROFILE_INVALID, problem=f"{option} says something about --v2ray: add it."
                )
        return None
    usual, known = V2rayOptions(), relay.carrier or V2rayCarrier(core=Core.V2RAY)

    def port(said: int | None, there: int, otherwise: int) -> int:
        return said if said is not None else there or otherwise

    return V2rayOptions(
        core=Core(arguments.core or known.core),
        user_port=port(arguments.v2ray_port, known.user_port, usual.user_port),
        tunnel_port=port(arguments.bridge_port, known.tunnel_port, usual.tunnel_port),
        server_name=known.server_name if arguments.tls is None else arguments.tls,
        websocket_path=known.websocket_path if arguments.websocket is None else arguments.websocket,
        program=absolute(arguments.v2ray_program) or "",
    )


def brings_services(options: SetupOptions) -> bool:
    return options.v2ray is not None or options.shadowsocks is not None
