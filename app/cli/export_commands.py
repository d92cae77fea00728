"""``ssh-config`` and ``proxy-environment``: text for other programs, with this computer's own paths in it."""

from __future__ import annotations

import os
from pathlib import Path

from app.cli.context import Context, the_relay, the_server
from app.cli.exit_codes import ExitCode
from app.core.faults import FaultCode, error
from app.core.profiles import Document, Server
from app.export.proxy_environment import Shell, proxy_environment, socks_address, socks_url
from app.export.ssh_config import ssh_config_block
from app.storage.paths import Paths, default_paths
from app.system.programs import relaytray_command


def ssh_config_text(paths: Paths, document: Document, server: Server) -> str:
    """The block for ``server`` on this computer. Raises NO_SUCH_RELAY, PROFILE_INVALID."""
    relay = document.relay(server.relay_id)
    if relay is None:
        raise error(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near="")
    return ssh_config_block(
        server,
        relay,
        proxy_command=proxy_words(paths, server.alias),
        known_hosts=str(paths.known_hosts),
        home=str(Path.home()),
        windows=os.name == "nt",
    )


def proxy_words(paths: Paths, alias: str) -> list[str]:
    """The words that start ``relaytray proxy ALIAS`` for these paths."""
    where = [] if paths == default_paths() else ["--data-dir", str(paths.root)]
    return [*relaytray_command(), *where, "proxy", alias]


def default_shell() -> Shell:
    """PowerShell on Windows: cmd.exe has PSModulePath too, so they cannot be told apart from here."""
    return Shell.POWERSHELL if os.name == "nt" else Shell.SH


def ssh_config(context: Context) -> int:
    document = context.load()
    server = the_server(document, context.arguments.alias)
    text = ssh_config_text(context.paths, document, server)
    if context.out.as_json:
        context.out.value({"alias": server.alias, "ssh_config": text})
    else:
        context.out.raw(text)
    return ExitCode.OK


def environment(context: Context) -> int:
    relay = the_relay(context.load(), context.arguments.relay)
    shell = context.arguments.shell or default_shell()
    text = proxy_environment(relay, shell)
    if context.out.as_json:
        value = {"relay": relay.name, "socks": socks_address(relay), "url": socks_url(relay)}
        context.out.value({**value, "shell": str(shell), "lines": text})
    else:
        context.out.raw(text)
    return ExitCode.OK
