"""``server v2ray``: whether this computer may reach a server by the v2ray or Xray of its relay."""

from __future__ import annotations

import threading

from app.cli.context import Context, the_server
from app.cli.exit_codes import ExitCode
from app.cli.setup_session import with_desk
from app.cli.wiring import SetUp
from app.core.faults import FaultCode, error
from app.core.field_rules import is_port
from app.core.profiles import Server
from app.core.v2ray_route import SSHD_PORT


def v2ray(context: Context) -> int:
    document = context.load()
    server = the_server(document, context.arguments.alias)
    if context.arguments.remove:
        return with_desk(context, document, lambda desk, cancelled: _drop(context, desk, server, cancelled))
    ports = permitted_ports(context.arguments.ports, server)

    def permit(desk: SetUp, cancelled: threading.Event) -> int:
        desk.permit_v2ray(server.id, ports, cancelled)
        value = {"event": "permitted", "alias": server.alias, "ports": list(ports)}
        context.out.both(f"{server.alias} can be reached by its relay's v2ray too.", value)
        return ExitCode.OK

    return with_desk(context, document, permit)


def _drop(context: Context, desk: SetUp, server: Server, cancelled: threading.Event) -> int:
    desk.drop_v2ray(server.id, cancelled)
    value = {"event": "dropped", "alias": server.alias}
    context.out.both(f"{server.alias} is not reached by its relay's v2ray any more.", value)
    return ExitCode.OK


def permitted_ports(text: str | None, server: Server) -> tuple[int, ...]:
    """ "22,8888"; None: as in the profile. Raises PROFILE_INVALID."""
    if text is None:
        return server.v2ray.ports if server.v2ray is not None else (SSHD_PORT,)
    parts = [part.strip() for part in text.split(",")]
    ports = tuple(int(part) for part in parts if part.isascii() and part.isdigit())
    if len(ports) < len(parts) or not all(map(is_port, ports)):
        problem = f"--ports {text}: ports are numbers from 1 to 65535, with commas between them."
        raise error(FaultCode.PROFILE_INVALID, problem=problem)
    return tuple(dict.fromkeys(ports))
