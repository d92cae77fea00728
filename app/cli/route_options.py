"""The options of ``relay`` and ``server`` for routes by v2ray."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from app.core.faults import FaultCode, error
from app.core.profiles import Document, Relay, Server
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Core
from app.storage.paths import expanded

_NONE = "none"


def add_relay_routes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("v2ray or Xray on the relay, as this computer reaches it")
    option = group.add_argument
    option("--v2ray", choices=[*map(str, Core), _NONE], help="which of the two; none = forget it")
    option("--v2ray-host", metavar="HOST", help="its address, if it is not the relay's own")
    option("--v2ray-port", type=int, metavar="PORT", help="its port for PCs")
    option("--v2ray-key", metavar="KEY", help="Xray: the relay's public key")
    option("--v2ray-path", metavar="/PATH", help="inside WebSocket, at this path; '' = not")
    option(
        "--v2ray-tls",
        metavar="NAME",
        help="inside TLS, with this name in the certificate, for which the system's roots (Xray: Mozilla's, "
        "which it has in itself) must vouch unless one of the next two is given; '' = not",
    )
    option("--v2ray-certificate", metavar="FILE", help="that certificate (PEM): this one and no other")
    option("--v2ray-fingerprint", metavar="SHA256", help="of that certificate: this one and no other")
    option(
        "--v2ray-program",
        metavar="FILE",
        help="the v2ray or Xray of this computer, for all relays; '' = the one that is found",
    )


def add_server_routes(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("routes")
    group.add_argument(
        "--route",
        dest="routes",
        action="append",
        type=RouteKind,
        choices=list(RouteKind),
        help="how it is reached (ssh); may be repeated, the best first: the next is taken when one fails",
    )
    group.add_argument(
        "--v2ray-ports",
        type=int,
        nargs="+",
        metavar="PORT",
        help="ports of the server that its v2ray route lets through (22)",
    )


def with_carrier(relay: Relay, arguments: argparse.Namespace) -> Relay:
    """The relay with what was given of its v2ray."""
    if arguments.v2ray == _NONE:
        return dataclasses.replace(relay, carrier=None)
    given: dict[str, Any] = {
        "core": None if arguments.v2ray is None else Core(arguments.v2ray),
        "host": arguments.v2ray_host,
        "user_port": arguments.v2ray_port,
        "encryption_key": arguments.v2ray_key,
        "websocket_path": arguments.v2ray_path,
        "server_name": arguments.v2ray_tls,
        "certificate_pem": _read(arguments.v2ray_certificate),
        "certificate_sha256": _plain(arguments.v2ray_fingerprint),
    }
    changes = {name: value for name, value in given.items() if value is not None}
    if not changes:
        return relay
    return dataclasses.replace(relay, carrier=dataclasses.replace(relay.carrier or V2rayCarrier(), **changes))


def with_program(document: Document, arguments: argparse.Namespace) -> Document:
    """The document with the program that was chosen, if one was."""
    path = arguments.v2ray_program
    if path is None:
        return document
    if path:
        path = str(expanded(path).absolute())
        if not Path(path).is_file():
            raise error(FaultCode.PROGRAM_MISSING, program=path)
    return dataclasses.replace(document, settings=dataclasses.replace(document.settings, core_program=path))


def with_routes(server: Server, arguments: argparse.Namespace) -> Server:
    """The server with what was given of its routes."""
    if arguments.routes is not None:
        server = dataclasses.replace(server, routes=tuple(arguments.routes))
    wants_v2ray = RouteKind.V2RAY in server.routes or arguments.v2ray_ports is not None
    if server.v2ray is None and wants_v2ray:
        server = dataclasses.replace(server, v2ray=V2rayRoute())
    if server.v2ray is not None and arguments.v2ray_ports is not None:
        ports = tuple(arguments.v2ray_ports)
        server = dataclasses.replace(server, v2ray=dataclasses.replace(server.v2ray, ports=ports))
    return server


def _plain(fingerprint: str | None) -> str | None:
    """As openssl and browsers write it, with colons and in capitals, or as the profile has it."""
    return None if fingerprint is None else fingerprint.replace(":", "").strip().lower()


def _read(path: str | None) -> str | None:
    """Its text: the file may not be there when it is needed."""
    if path is None:
        return None
    try:
        return expanded(path).read_text(encoding="ascii", errors="replace")
    except OSError as e:
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason=e.strerror or type(e).__name__) from e
