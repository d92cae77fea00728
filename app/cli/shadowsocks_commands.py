"""``shadowsocks add|set|list|show|remove|disconnect``; ``connect`` is in ``connect_command``."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.cli.context import Context, ProblemsFound, the_shadowsocks
from app.cli.exit_codes import ExitCode
from app.cli.terminal import open_terminal
from app.core.document import to_json
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document
from app.core.shadowsocks import DEFAULT_LOCAL_PORT, SECRET_KIND, ShadowsocksServer
from app.core.shadowsocks_methods import DEFAULT_METHOD, KEY_BYTES, key_length_is_wrong
from app.core.validation import local_ports, problems_of_shadowsocks
from app.log_setup import register_secret
from app.secrets import SecretName, SecretStore
from app.storage.paths import expanded
from app.storage.profiles_file import new_id

_LONGEST = 4096  # characters of a password


def shadowsocks(context: Context) -> int:
    match context.arguments.action:
        case "add":
            return _add(context)
        case "set":
            return _set(context)
        case "list":
            return _list(context)
        case "show":
            return _show(context)
        case "remove":
            return _remove(context)
        case _:
            return _disconnect(context)


def shadowsocks_value(server: ShadowsocksServer) -> dict[str, Any]:
    """As it is stored, and the address of its local port."""
    (raw,) = to_json(Document(shadowsocks=(server,)))["shadowsocks"]
    return {**raw, "address": f"127.0.0.1:{server.local_port}"}


def _list(context: Context) -> int:
    document = context.load()
    rows = [
        (one.name, f"{one.host}:{one.port}", one.method, one.plugin or "-", f"127.0.0.1:{one.local_port}")
        for one in document.shadowsocks
    ]
    context.out.table(("NAME", "SERVER", "METHOD", "PLUGIN", "LOCAL PORT"), rows)
    context.out.value([shadowsocks_value(one) for one in document.shadowsocks])
    return ExitCode.OK


def _show(context: Context) -> int:
    value = shadowsocks_value(the_shadowsocks(context.load(), context.arguments.name))
    context.out.value(value)
    for name, item in value.items():
        if not name.endswith("id"):
            context.out.text(f"{name}: {item}")
    return ExitCode.OK


def _add(context: Context) -> int:
    arguments = context.arguments
    before = context.load()
    new = ShadowsocksServer(id=new_id(), name=arguments.name, host="", port=0, method=DEFAULT_METHOD)
    draft = _changed(new, arguments)

    def change(document: Document) -> Document:
        port = arguments.local_port or _free_port(document)
        return _with(document, dataclasses.replace(draft, local_port=port), arguments)

    change(before)  # nobody types a password for what is refused afterwards
    password = read_password(draft)
    document = context.edit(change)
    return _saved(context, document, draft.id, password)


def _set(context: Context) -> int:
    arguments = context.arguments
    server = the_shadowsocks(context.load(), arguments.name)

    def change(document: Document) -> Document:
        found = document.shadowsocks_server(server.id) or the_shadowsocks(document, arguments.name)
        return _with(document, _changed(found, arguments), arguments)

    change(context.load())
    password = read_password(_changed(server, arguments)) if arguments.password else None
    document = context.edit(change)
    return _saved(context, document, server.id, password)


def _remove(context: Context) -> int:
    name = context.arguments.name
    gone = the_shadowsocks(context.load(), name)

    def change(document: Document) -> Document:
        left = tuple(one for one in document.shadowsocks if one.id != gone.id)
        return dataclasses.replace(document, shadowsocks=left)

    context.edit(change)
    with _secrets(context) as secrets:
        secrets.forget(SecretName(SECRET_KIND, gone.id))
    context.out.both(f"Removed {name}.", {"removed": name})
    return ExitCode.OK


def _disconnect(context: Context) -> int:
    name = context.arguments.name
    context.control.call("disconnect-shadowsocks", name=name)
    context.out.both(f"Disconnected {name}.", {"disconnected": name})
    return ExitCode.OK


# --- one server -------------------------------------------------------------------------------------------


def _changed(server: ShadowsocksServer, arguments: argparse.Namespace) -> ShadowsocksServer:
    given = {
        "name": getattr(arguments, "new_name", None),
        "host": arguments.host,
        "port": arguments.port,
        "method": arguments.method,
        "plugin": arguments.plugin,
        "plugin_options": arguments.plugin_options,
        "local_port": arguments.local_port,
        "connect_at_launch": arguments.connect_at_launch,
    }
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    return dataclasses.replace(server, **changes)


def _with(document: Document, server: ShadowsocksServer, arguments: argparse.Namespace) -> Document:
    problems = problems_of_shadowsocks(server, document)
    if problems:
        raise ProblemsFound(problems)
    is_there = document.shadowsocks_server(server.id) is not None
    all_ = tuple(server if one.id == server.id else one for one in document.shadowsocks)
    return dataclasses.replace(
        document,
        shadowsocks=all_ if is_there else (*all_, server),
        settings=dataclasses.replace(document.settings, **_program(arguments)),
    )


def _program(arguments: argparse.Namespace) -> dict[str, Any]:
    path = arguments.program
    if path:
        path = str(expanded(path).absolute())
        if not Path(path).is_file():
            raise error(FaultCode.PROGRAM_MISSING, program=path)
    return {} if path is None else {"shadowsocks_program": path}


def _free_port(document: Document) -> int:
    taken = {port for port, _, _ in local_ports(document)}
    return next(port for port in range(DEFAULT_LOCAL_PORT, 65536) if port not in taken)


def _saved(context: Context, document: Document, id_: str, password: str | None) -> int:
    server = document.shadowsocks_server(id_)
    if server is None:  # removed by somebody else in between
        raise error(FaultCode.NO_SUCH_SHADOWSOCKS, name=context.arguments.name, near="")
    if password is not None:
        _remember(context, server, password)
    context.out.both(f"Saved {server.name}.", shadowsocks_value(server))
    return ExitCode.OK


# --- its password -----------------------------------------------------------------------------------------


def read_password(server: ShadowsocksServer) -> str:
    """Typed, or the first line of what is piped in: never a word of the command line.

    Raises NOBODY_TO_ASK, CANCELLED, INPUT_NOT_TEXT, SHADOWSOCKS_KEY_LENGTH.
    """
    is_piped = sys.stdin is not None and not sys.stdin.isatty()
    try:
        if is_piped and (piped := sys.stdin.buffer.readline(_LONGEST)):
            typed: str | None = piped.decode("utf-8-sig").rstrip("\r\n")
        else:
            typed = _typed(f"Password of the Shadowsocks server {server.name}: ")
            (typed or "").encode()
    except UnicodeError as e:
        raise error(FaultCode.INPUT_NOT_TEXT, what=f"the password of {server.name}") from e
    if not typed:
        raise error(FaultCode.CANCELLED, what=f"the password of {server.name}")
    register_secret(typed)
    if key_length_is_wrong(server.method, typed):
        code, expected = FaultCode.SHADOWSOCKS_KEY_LENGTH, KEY_BYTES[server.method]
        raise error(code, name=server.name, method=server.method, expected=expected)
    return typed


def _typed(prompt: str) -> str | None:
    terminal = open_terminal()
    if terminal is None:
        raise error(FaultCode.NOBODY_TO_ASK, question=prompt.strip())
    with terminal:
        return terminal.ask(prompt, echo=False)


def _remember(context: Context, server: ShadowsocksServer, password: str) -> None:
    """Raises why the keyring does not take it: this command has no memory in which it could stay."""
    with _secrets(context) as secrets:
        if not secrets.remember(SecretName(SECRET_KIND, server.id), password):
            raise RelayTrayError(secrets.status().fault or Fault.of(FaultCode.KEYRING_MISSING))


@contextlib.contextmanager
def _secrets(context: Context) -> Iterator[SecretStore]:
    store = context.wiring.make_secrets(lambda _fault: None)
    try:
        yield store
    finally:
        store.close()
