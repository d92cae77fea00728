"""``import ssh-config`` and ``profiles export|import``: profiles from and to files."""

from __future__ import annotations

from typing import Any

from app.cli.context import Context
from app.cli.exit_codes import ExitCode
from app.cli.profile_commands import relay_value, server_value
from app.cli.shadowsocks_commands import shadowsocks_value
from app.cli.terminal import open_terminal
from app.core.faults import FaultCode, error
from app.core.profiles import Document
from app.core.ssh_config_import import Preview
from app.core.validation import problems_of_relay, problems_of_server, problems_of_shadowsocks
from app.sentences import problem_sentence, skip_sentence
from app.storage.profiles_file import Renamed, document_of, export_profiles, merge, read_profiles_file
from app.storage.ssh_config_files import preview_ssh_config


def import_ssh_config(context: Context) -> int:
    """Show what would be added, ask, add it."""
    preview = preview_ssh_config(context.arguments.file)
    incoming = document_of(preview)
    _show_preview(context, preview, incoming)
    if not incoming.relays and not incoming.servers:
        context.out.text("Nothing to import.")
        context.out.value(_added_value(incoming, preview, (), imported=False))
        return ExitCode.OK
    if not context.arguments.yes and not _confirmed():
        context.out.value(_added_value(incoming, preview, (), imported=False))
        return context.out.fault(error(FaultCode.CANCELLED, what="the import").fault)
    renamed = _merge(context, incoming)
    context.out.value(_added_value(incoming, preview, renamed, imported=True))
    return ExitCode.OK


def export_file(context: Context) -> int:
    document, path = context.load(), context.arguments.file.absolute()
    export_profiles(document, path)
    counts = {
        "relays": len(document.relays),
        "servers": len(document.servers),
        "shadowsocks": len(document.shadowsocks),
    }
    context.out.both(f"Wrote {_counted(document)} to {path}.", {"file": str(path), **counts})
    return ExitCode.OK


def import_file(context: Context) -> int:
    incoming = read_profiles_file(context.arguments.file)
    renamed = _merge(context, incoming)
    context.out.value(_added_value(incoming, Preview(), renamed, imported=True))
    return ExitCode.OK


def _merge(context: Context, incoming: Document) -> tuple[Renamed, ...]:
    renamed: tuple[Renamed, ...] = ()

    def change(document: Document) -> Document:
        nonlocal renamed
        merged, renamed = merge(document, incoming)
        return merged

    document = context.edit(change)
    for note in renamed:
        context.out.text(f"  {note.profile}: {note.field} became {note.new} (was {note.old})")
    _tell_problems(context, document, incoming)
    context.out.text(f"Imported {_counted(incoming)}.")
    return renamed


def _show_preview(context: Context, preview: Preview, incoming: Document) -> None:
    for relay in incoming.relays:
        account = f"{relay.user}@{relay.host}:{relay.port}"
        context.out.text(
            f"  relay  {relay.name}: {account}, login by {_login(relay.identity) or relay.authentication}"
        )
    for server in incoming.servers:
        relay_of = incoming.relay(server.relay_id)
        through = f"port {server.route.port} of {relay_of.name if relay_of else '?'}"
        context.out.text(f"  server {server.alias}: {server.user}, through {through}")
    for skipped in preview.skipped:
        context.out.text(f"  left out: {skip_sentence(skipped)}")


def _login(identity: str) -> str:
    return f"the key {identity}" if identity else ""


def _confirmed() -> bool:
    """Raises NOBODY_TO_ASK without a terminal."""
    terminal = open_terminal()
    if terminal is None:
        raise error(FaultCode.NOBODY_TO_ASK, question="Import these profiles (or give --yes)?")
    with terminal:
        answer = terminal.ask("Import these profiles? [y/N] ", echo=True)
    return (answer or "").strip().lower() in ("y", "yes")


def _tell_problems(context: Context, document: Document, incoming: Document) -> None:
    """What came in may still lack something: say so, it can be corrected later."""
    for relay in document.relays:
        if incoming.relay(relay.id) is not None:
            for problem in problems_of_relay(relay, document):
                context.out.text(f"  {relay.name}: {problem.field}: {problem_sentence(problem)}")
    for server in document.servers:
        if incoming.server(server.id) is not None:
            for problem in problems_of_server(server, document):
                context.out.text(f"  {server.alias}: {problem.field}: {problem_sentence(problem)}")
    for proxy in document.shadowsocks:
        if incoming.shadowsocks_server(proxy.id) is not None:
            for problem in problems_of_shadowsocks(proxy, document):
                context.out.text(f"  {proxy.name}: {problem.field}: {problem_sentence(problem)}")


def _added_value(
    incoming: Document, preview: Preview, renamed: tuple[Renamed, ...], *, imported: bool
) -> dict[str, Any]:
    return {
        "imported": imported,
        "relays": [relay_value(relay, incoming) for relay in incoming.relays],
        "servers": [server_value(server, incoming) for server in incoming.servers],
        "shadowsocks": [shadowsocks_value(server) for server in incoming.shadowsocks],
        "skipped": [
            {"name": s.alias, "reason": str(s.reason), "sentence": skip_sentence(s)} for s in preview.skipped
        ],
        "changed": [
            {"profile": note.profile, "field": note.field, "old": note.old, "new": note.new}
            for note in renamed
        ],
    }


def _counted(document: Document) -> str:
    relays, servers = len(document.relays), len(document.servers)
    told = f"{relays} relay{'' if relays == 1 else 's'} and {servers} server{'' if servers == 1 else 's'}"
    proxies = len(document.shadowsocks)
    return told + (f", {proxies} Shadowsocks server{'' if proxies == 1 else 's'}" if proxies else "")
