"""What ``relay setup`` is told about the services that it shall bring."""

from __future__ import annotations

import argparse

from app.cli.profile_commands import absolute
from app.core.faults import FaultCode, error
from app.core.profiles import Document, Relay
from app.core.provisioning import Camouflage, SetupOptions, ShadowsocksOptions, V2rayOptions
from app.core.routes import V2rayCarrier
from app.core.shadowsocks_setup import known_options, profiles_of
from app.core.v2ray_route import Core

NO_CAMOUFLAGE = "none"
_OF_SHADOWSOCKS = ("method", "ss_port", "camouflage", "camouflage_host", "phones", "phone_port")
_OF_V2RAY = ("core", "v2ray_port", "bridge_port", "tls", "websocket", "v2ray_program")


def v2ray_options(arguments: argparse.Namespace, relay: Relay) -> V2rayOptions | None:
    """What was said; the rest is as it is there already. None: v2ray was not spoken of.

    Raises PROFILE_INVALID where something about it was said without --v2ray.
    """
    if not arguments.v2ray:
        _refuse_alone(arguments, _OF_V2RAY, "--v2ray")
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


def shadowsocks_options(
    arguments: argparse.Namespace, relay: Relay, document: Document
) -> ShadowsocksOptions | None:
    """The same for Shadowsocks, of which the profiles tell what is there already."""
    if not arguments.shadowsocks:
        _refuse_alone(arguments, _OF_SHADOWSOCKS, "--shadowsocks")
        return None
    known = known_options(profiles_of(document, relay.id)) or ShadowsocksOptions()
    return ShadowsocksOptions(
        method=arguments.method or known.method,
        port=known.port if arguments.ss_port is None else arguments.ss_port,
        camouflage=known.camouflage if arguments.camouflage is None else _camouflage(arguments.camouflage),
        camouflage_host=arguments.camouflage_host or known.camouflage_host,
        for_phones=known.for_phones if arguments.phones is None else arguments.phones,
        phone_port=known.phone_port if arguments.phone_port is None else arguments.phone_port,
    )


def _camouflage(said: str) -> Camouflage:
    return Camouflage.NONE if said == NO_CAMOUFLAGE else Camouflage(said)


def _refuse_alone(arguments: argparse.Namespace, names: tuple[str, ...], service: str) -> None:
    for name in names:
        if getattr(arguments, name) is not None:
            option = "--" + ("no-" if getattr(arguments, name) is False else "") + name.replace("_", "-")
            problem = f"{option} says something about {service}: add it."
            raise error(FaultCode.PROFILE_INVALID, problem=problem)


def brings_services(options: SetupOptions) -> bool:
    return options.v2ray is not None or options.shadowsocks is not None or options.without_shadowsocks
