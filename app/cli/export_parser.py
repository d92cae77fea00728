"""The command line of ``ssh-config`` and ``proxy-environment``."""

from __future__ import annotations

from app.cli.command_parts import Commands, command
from app.export.proxy_environment import Shell


def add(commands: Commands) -> None:
    _add_exports(commands)


def _add_exports(commands: Commands) -> None:
    ssh_config = command(commands, "ssh-config", "print the ssh config block of a server")
    ssh_config.add_argument("alias", metavar="ALIAS")
    environment = command(commands, "proxy-environment", "print shell lines for programs that know proxies")
    environment.add_argument("relay", nargs="?", metavar="RELAY", help="(the only relay, if there is one)")
    environment.add_argument("--shell", type=Shell, choices=list(Shell), help="(that of this system)")
