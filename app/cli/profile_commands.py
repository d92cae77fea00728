"""``relay`` and ``server``: list, show, add, edit, remove."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from app.cli.context import Context, ProblemsFound, the_relay, the_server
from app.cli.exit_codes import ExitCode
from app.cli.route_options import with_carrier, with_program, with_routes
from app.core.document import to_json
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import DEFAULT_SOCKS_PORT, Authentication, Document, Relay, Server
from app.core.validation import local_ports, problems_of_relay, problems_of_server
from app.export.proxy_environment import socks_address
from app.integration.ssh_blocks import ssh_option_fault
from app.storage.profiles_file import new_id
from app.storage.ssh_config_files import DEFAULT_IDENTITIES


def relay(context: Context) -> int:
    match context.arguments.action:
        case "list":
            return _list_relays(context)
        case "show":
            document = context.load()
            return _show(context, relay_value(the_relay(document, context.arguments.name), document))
        case "add":
            return _add_relay(context)
        case "edit":
            return _edit_relay(context)
        case _:
            return remove_relay_profile(context)


def server(context: Context) -> int:
    match context.arguments.action:
        case "list":
            return _list_servers(context)
        case "show":
            document = context.load()
            shown = the_server(document, context.arguments.alias)
            forwards = ", ".join(map(str, shown.forwards))
            return _show(context, server_value(shown, document), forwards=forwards)
        case "add":
            return _add_server(context)
        case "edit":
            return _edit_server(context)
        case _:
            return remove_server_profile(context)


# --- showing ----------------------------------------------------------------------------------------------


def relay_value(relay: Relay, document: Document) -> dict[str, Any]:
    """As it is stored, and the aliases behind it."""
    (raw,) = to_json(Document(relays=(relay,)))["relays"]
    return {**raw, "servers": [server.alias for server in document.servers_of(relay.id)]}


def server_value(server: Server, document: Document) -> dict[str, Any]:
    """As it is stored, with the name of its relay, and the name it has in SOCKS and ssh."""
    (raw,) = to_json(Document(servers=(server,)))["servers"]
    relay = document.relay(server.relay_id)
    return {**raw, "relay": relay.name if relay else "", "full_name": server.full_name}


def _show(context: Context, value: dict[str, Any], **told: str) -> int:
    """``told``: fields that people read better in another form."""
    context.out.value(value)
    for name, item in {**value, **told}.items():
        if name.endswith("id"):
            continue
        shown = ", ".join(map(str, item)) if isinstance(item, list) else item
        if isinstance(item, dict):
            shown = " ".join(f"{key}={part}" for key, part in item.items())
        context.out.text(f"{name}: {shown}")
    return ExitCode.OK


def _list_relays(context: Context) -> int:
    document = context.load()
    rows = [
        (r.name, f"{r.user}@{r.host}:{r.port}", r.authentication, socks_address(r)) for r in document.relays
    ]
    context.out.table(("NAME", "ACCOUNT", "LOGIN", "SOCKS"), rows)
    context.out.value([relay_value(r, document) for r in document.relays])
    return ExitCode.OK


def _list_servers(context: Context) -> int:
    document = context.load()
    rows = []
    for s in document.servers:
        relay = document.relay(s.relay_id)
        route = f"{s.route.host}:{s.route.port}"
        rows.append((s.alias, relay.name if relay else "?", route, s.user, s.exit))
    context.out.table(("ALIAS", "RELAY", "ROUTE", "USER", "EXIT"), rows)
    context.out.value([server_value(s, document) for s in document.servers])
    return ExitCode.OK


# --- relays -----------------------------------------------------------------------------------------------


def _add_relay(context: Context) -> int:
    arguments = context.arguments
    fields = _relay_fields(arguments)
    if "authentication" not in fields:
        fields |= _usual_login()

    def change(document: Document) -> Document:
        port = fields.get("socks_port") or _free_socks_port(document)
        added = Relay(**{"host": "", **fields, "socks_port": port}, id=new_id(), name=arguments.name)
        return with_program(_with_relay(document, with_carrier(added, arguments)), arguments)

    document = context.edit(change)
    return _saved(context, relay_value(the_relay(document, arguments.name), document), arguments.name)


def _edit_relay(context: Context) -> int:
    arguments = context.arguments
    fields = _relay_fields(arguments)
    if arguments.new_name is not None:
        fields["name"] = arguments.new_name

    def change(document: Document) -> Document:
        changed = dataclasses.replace(the_relay(document, arguments.name), **fields)
        return with_program(_with_relay(document, with_carrier(changed, arguments)), arguments)

    document = context.edit(change)
    name = arguments.new_name or arguments.name
    return _saved(context, relay_value(the_relay(document, name), document), name)


def tell_of_machine(context: Context, relay: Relay) -> None:
    """Without its profile a machine in a cloud account is easily forgotten, and costs money all the same."""
    if relay.machine:
        context.out.aside(
            f"Its machine at Amazon Lightsail is still there and costs money. Delete it with: "
            f"relaytray relay destroy {relay.name}"
        )


def remove_relay_profile(context: Context) -> int:
    name = context.arguments.name

    def change(document: Document) -> Document:
        gone = the_relay(document, name)
        refuse_while_in_use(gone, document)
        return dataclasses.replace(document, relays=tuple(r for r in document.relays if r.id != gone.id))

    relay = the_relay(context.load(), name)
    context.edit(change)
    context.out.both(f"Removed {name}.", {"removed": name})
    tell_of_machine(context, relay)
    return ExitCode.OK


def refuse_while_in_use(relay: Relay, document: Document) -> None:
    """Raises RELAY_IN_USE."""
    users = document.servers_of(relay.id)
    if users:
        raise error(FaultCode.RELAY_IN_USE, name=relay.name, servers=", ".join(s.alias for s in users))


def _with_relay(document: Document, relay: Relay) -> Document:
    problems = problems_of_relay(relay, document)
    if problems:
        raise ProblemsFound(problems)
    others = any(r.id == relay.id for r in document.relays)
    relays = tuple(relay if r.id == relay.id else r for r in document.relays)
    return dataclasses.replace(document, relays=relays if others else (*relays, relay))


def _relay_fields(arguments: argparse.Namespace) -> dict[str, Any]:
    """The options that were given, as fields of a Relay."""
    given = {
        "host": arguments.host,
        "port": arguments.port,
        "user": arguments.user,
        "authentication": arguments.authentication,
        "certificate": absolute(arguments.certificate),
        "socks_port": arguments.socks_port,
        "socks_user": arguments.socks_user,
        "keepalive_s": arguments.keepalive,
        "idle_close_min": arguments.idle_close,
        "connect_at_launch": arguments.connect_at_launch,
        "small_packets_at_once": arguments.small_packets_at_once,
    }
    if arguments.identity is not None:
        given |= {"authentication": Authentication.KEY_FILE, "identity": absolute(arguments.identity)}
    return {name: value for name, value in given.items() if value is not None}


def _usual_login() -> dict[str, Any]:
    """What ssh would try first: a key in its usual place, or else the agent."""
    for name in DEFAULT_IDENTITIES:
        if (Path.home() / ".ssh" / name).is_file():
            return {"authentication": Authentication.KEY_FILE, "identity": f"~/.ssh/{name}"}
    return {"authentication": Authentication.AGENT}


def _free_socks_port(document: Document) -> int:
    taken = {port for port, _, _ in local_ports(document)}
    return next(port for port in range(DEFAULT_SOCKS_PORT, 65536) if port not in taken)


# --- servers ----------------------------------------------------------------------------------------------


def _add_server(context: Context) -> int:
    arguments = context.arguments
    fields = _server_fields(arguments)

    def change(document: Document) -> Document:
        relay = the_relay(document, arguments.relay)
        added = Server(**fields, id=new_id(), alias=arguments.alias, relay_id=relay.id)
        return _with_server(document, _routed(added, arguments))

    document = context.edit(change)
    return _saved(context, server_value(the_server(document, arguments.alias), document), arguments.alias)


def _edit_server(context: Context) -> int:
    arguments = context.arguments
    fields = _server_fields(arguments)
    if arguments.new_alias is not None:
        fields["alias"] = arguments.new_alias

    def change(document: Document) -> Document:
        changed = dataclasses.replace(the_server(document, arguments.alias), **fields)
        if arguments.relay is not None:
            changed = dataclasses.replace(changed, relay_id=the_relay(document, arguments.relay).id)
        return _with_server(document, _routed(changed, arguments))

    document = context.edit(change)
    alias = arguments.new_alias or arguments.alias
    return _saved(context, server_value(the_server(document, alias), document), alias)


def remove_server_profile(context: Context) -> int:
    alias = context.arguments.alias

    def change(document: Document) -> Document:
        gone = the_server(document, alias)
        return dataclasses.replace(document, servers=tuple(s for s in document.servers if s.id != gone.id))

    context.edit(change)
    context.out.both(f"Removed {alias}.", {"removed": alias})
    return ExitCode.OK


def _with_server(document: Document, server: Server) -> Document:
    problems = problems_of_server(server, document)
    if problems:
        raise ProblemsFound(problems)
    before = document.server(server.id)
    if before is None or before.ssh_options != server.ssh_options:
        fault = ssh_option_fault(server)
        if fault is not None:
            raise RelayTrayError(fault)
    others = any(s.id == server.id for s in document.servers)
    servers = tuple(server if s.id == server.id else s for s in document.servers)
    return dataclasses.replace(document, servers=servers if others else (*servers, server))


def _server_fields(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {
        "user": arguments.user,
        "identity": absolute(arguments.identity),
        "remote_folder": arguments.remote_folder,
        "exit": arguments.exit,
        "local_ssh_port": arguments.local_ssh_port,
        "forwards": None if arguments.forwards is None else tuple(arguments.forwards),
        "forward_x11": arguments.forward_x11,
        "forward_agent": arguments.forward_agent,
        "compression": arguments.compression,
        "ssh_options": None if arguments.ssh_options is None else tuple(arguments.ssh_options),
        "file_protocol": arguments.file_protocol,
    }
    return {name: value for name, value in given.items() if value is not None}


def _routed(server: Server, arguments: argparse.Namespace) -> Server:
    given = {"port": arguments.route_port, "host": arguments.route_host}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    server = dataclasses.replace(server, route=dataclasses.replace(server.route, **changes))
    return with_routes(server, arguments)


# --- both -------------------------------------------------------------------------------------------------


def absolute(path: str | None) -> str | None:
    """The program may run elsewhere later: a relative path would lead nowhere."""
    if not path or path.startswith("~"):
        return path
    return str(Path(path).absolute())


def _saved(context: Context, value: dict[str, Any], name: str) -> int:
    context.out.both(f"Saved {name}.", value)
    return ExitCode.OK
