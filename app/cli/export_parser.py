"""The command line of ``ssh-config`` and ``proxy-environment``."""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, command
from app.export.proxy_environment import Shell


def add(commands: Commands) -> None:
    _add_ssh_config(commands)
    _add_environment(commands)


def _add_ssh_config(commands: Commands) -> None:
    help_ = "print the ssh config block of a server, or let ~/.ssh/config include those of all servers"
    ssh_config = command(commands, "ssh-config", help_)
    what = ssh_config.add_mutually_exclusive_group(required=True)
    what.add_argument("alias", nargs="?", metavar="ALIAS", help="print its block")
    for name, help_ in (
        ("install", "let your ssh config include a file with all servers, which follows every change"),
        ("remove", "take that away; the rest of your ssh config stays as it is"),
        ("status", "tell whether it is installed, and whether ssh can read it"),
    ):
        what.add_argument(f"--{name}", dest="deed", action="store_const", const=name, help=help_)
    ssh_config.add_argument("--config", type=Path, metavar="FILE", help="your ssh config (~/.ssh/config)")


def _add_environment(commands: Commands) -> None:
    environment = command(commands, "proxy-environment", "print shell lines for programs that know proxies")
    environment.add_argument("relay", nargs="?", metavar="RELAY", help="(the only relay, if there is one)")
    environment.add_argument("--shell", type=Shell, choices=list(Shell), help="(that of this system)")
