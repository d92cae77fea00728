"""``winscp`` and ``putty``: started at a server, or given a site of it."""

from __future__ import annotations

import os
from pathlib import Path

from app.cli.context import Context, the_server
from app.cli.exit_codes import ExitCode
from app.core.profiles import Document, Server
from app.export.shell_words import Shell, typed_line
from app.export.winscp import command_line, session_url
from app.integration import putty as putty_program
from app.integration import winscp as winscp_program
from app.integration.profile_store import open_store
from app.integration.putty_sites import site_of
from app.storage.atomic_file import write_private
from app.storage.document_store import unwritable
from app.storage.paths import expanded
from app.system.winscp import find_putty, find_winscp


def winscp(context: Context) -> int:
    arguments = context.arguments
    document = context.load()
    server = the_server(document, arguments.alias)
    if arguments.program and os.name == "nt":
        document = winscp_program.remember(open_store(context.paths), Path(arguments.program))
    program = document.settings.winscp_program
    if arguments.show:
        return _print_winscp(context, document, server)
    if arguments.ini is not None:
        path = _write(arguments.ini, winscp_program.ini_file(context.paths, document, [server]))
        told = (
            f"Wrote {path}. In WinSCP 6.5 or newer: Tools > Import Sites, then INI file. Never use "
            "Import/Restore Configuration, which replaces your own sites."
        )
        context.out.both(told, {"file": str(path), "alias": server.alias})
        return ExitCode.OK
    if arguments.store:
        where = winscp_program.store_site(context.paths, document, server, program)
        told = f"WinSCP now has the site RelayTray/{server.alias}, in {where}."
        context.out.both(told, {"store": where, "site": f"RelayTray/{server.alias}"})
        return ExitCode.OK
    started = winscp_program.start(context.paths, document, server, program)
    context.out.both(f"Opened {server.alias} in WinSCP.", {"alias": server.alias, "started": started})
    return ExitCode.OK


def _print_winscp(context: Context, document: Document, server: Server) -> int:
    site = winscp_program.site_of(context.paths, document, server)
    chosen = context.arguments.program or document.settings.winscp_program
    found = find_winscp(chosen)
    program = str(found.path) if found else chosen or "WinSCP.exe"
    url, line = session_url(site), command_line(program, site)
    context.out.both(f"{url}\n{line}", {"url": url, "command_line": line})
    return ExitCode.OK


def putty(context: Context) -> int:
    arguments = context.arguments
    document = context.load()
    server = the_server(document, arguments.alias)
    if arguments.show:
        return _print_putty(context, document, server)
    if arguments.reg is not None:
        path = _write(arguments.reg, putty_program.putty_reg(context.paths, document, server))
        told = (
            f"Wrote {path}. A double click on Windows adds the session RelayTray/{server.alias} to PuTTY's."
        )
        context.out.both(told, {"file": str(path), "alias": server.alias})
        return ExitCode.OK
    words = putty_program.start_putty(context.paths, document, server, arguments.program)
    context.out.both(f"Opened {server.alias} in PuTTY.", {"alias": server.alias, "started": words})
    return ExitCode.OK


def _print_putty(context: Context, document: Document, server: Server) -> int:
    """The window's program, and the two that do the same in a terminal."""
    site = site_of(context.paths, document, server, "PuTTY")
    found = find_putty(context.arguments.program)
    program = str(found) if found else context.arguments.program or "putty"
    shell = Shell.POWERSHELL if os.name == "nt" else Shell.SH
    all_words = [
        putty_program.command_words(context.paths, site, name) for name in (program, "plink", "psftp")
    ]
    context.out.text("\n".join(typed_line(words, shell) for words in all_words))
    context.out.value({"putty": all_words[0], "plink": all_words[1], "psftp": all_words[2]})
    return ExitCode.OK


def _write(file: Path, data: bytes) -> Path:
    path = expanded(file).absolute()
    try:
        write_private(path, data)
    except OSError as e:
        unwritable(path, e)
    return path
