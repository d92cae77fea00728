"""``ssh-config`` and ``proxy-environment``: what other programs read, with this computer's paths in it."""

from __future__ import annotations

import os
from typing import Any

from app.cli.context import Context, the_relay, the_server
from app.cli.exit_codes import ExitCode
from app.core.uses import SshConfigState
from app.export.proxy_environment import proxy_environment, socks_address, socks_url
from app.export.shell_words import usual_shell
from app.integration.ssh_blocks import ssh_config_text
from app.integration.ssh_config_install import SshConfigInstall
from app.storage.paths import expanded


def ssh_config(context: Context) -> int:
    arguments = context.arguments
    if arguments.deed is not None:
        return _installed_ssh_config(context)
    document = context.load()
    server = the_server(document, arguments.alias)
    text = ssh_config_text(context.paths, document, server)
    if context.out.as_json:
        context.out.value({"alias": server.alias, "ssh_config": text})
    else:
        context.out.raw(text)
    return ExitCode.OK


def _installed_ssh_config(context: Context) -> int:
    arguments = context.arguments
    config = arguments.config and expanded(arguments.config).absolute()
    installed = SshConfigInstall(context.paths, config=config)
    match arguments.deed:
        case "install":
            state = installed.install(context.load())
            for fault in installed.reports:
                context.out.warning(fault)
            told = f"{state.user_config} now includes {state.owned_file}, which follows your profiles."
        case "remove":
            state = installed.remove()
            told = f"{state.user_config} no longer includes the servers of RelayTray."
        case _:
            state = installed.state()
            does = "includes" if state.is_installed else "does not include"
            told = f"{state.user_config} {does} {state.owned_file}."
    context.out.both(told, _state_value(state))
    # A fault of a config that has nothing of ours is the person's own business, and told only when asked.
    if state.fault is not None and (state.is_installed or arguments.deed == "status"):
        return context.out.fault(state.fault)
    return ExitCode.OK


def _state_value(state: SshConfigState) -> dict[str, Any]:
    return {
        "installed": state.is_installed,
        "user_config": state.user_config,
        "owned_file": state.owned_file,
    }


def environment(context: Context) -> int:
    document = context.load()
    relay = the_relay(document, context.arguments.relay)
    shell = context.arguments.shell or usual_shell(windows=os.name == "nt")
    at_server = document.exit_server(relay.id) is not None
    text = proxy_environment(relay, shell, localhost_is_server=at_server)
    if context.out.as_json:
        value = {"relay": relay.name, "socks": socks_address(relay), "url": socks_url(relay)}
        context.out.value({**value, "shell": str(shell), "lines": text})
    else:
        context.out.raw(text)
    return ExitCode.OK
