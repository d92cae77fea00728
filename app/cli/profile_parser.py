"""The command line of ``relay``, ``server``, ``import`` and ``profiles``."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.cloud_parser import add_cloud_actions
from app.cli.command_parts import Commands, action, actions_of, command
from app.cli.route_options import add_relay_routes, add_server_routes
from app.cli.setup_parser import add_relay_actions, add_server_actions
from app.core.profiles import Authentication, Exit, FileProtocol, Forward


def add(commands: Commands) -> None:
    _add_relay(commands)
    _add_server(commands)
    _add_files(commands)


def _add_relay(commands: Commands) -> None:
    actions = actions_of(command(commands, "relay", "your relays"))
    add = action(actions, "add", "add a relay")
    add.add_argument("name", metavar="NAME")
    _add_relay_options(add)
    edit = action(actions, "edit", "change a relay; what is not named stays as it is")
    edit.add_argument("name", metavar="NAME")
    edit.add_argument("--name", dest="new_name", metavar="NEW", help="another name")
    _add_relay_options(edit)
    _add_common_actions(actions, "relay", "NAME")
    add_relay_actions(actions)
    add_cloud_actions(actions)


def _add_relay_options(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("--host", metavar="HOST", help="name or address of the relay")
    option("--port", type=int, metavar="PORT", help="port of its sshd (22)")
    option("--user", metavar="USER", help="your account there")
    login = parser.add_argument_group("login").add_mutually_exclusive_group()
    login.add_argument("--identity", metavar="FILE", help="private key file")
    for authentication, help_ in (
        (Authentication.AGENT, "use the keys of the SSH agent"),
        (Authentication.PASSWORD, "log in with a password; it is asked for, never given here"),
        (Authentication.KEYBOARD_INTERACTIVE, "answer what the relay asks, such as one-time codes"),
    ):
        login.add_argument(
            f"--{authentication}",
            dest="authentication",
            action="store_const",
            const=authentication,
            help=help_,
        )
    option("--certificate", metavar="FILE", help="OpenSSH certificate for the key")
    option("--socks-port", type=int, metavar="PORT", help="local SOCKS port (10080, or the next free one)")
    option("--socks-user", metavar="USER", help="SOCKS clients must log in; '' = they need not")
    option(
        "--keepalive", type=int, metavar="SECONDS", help="ask the relay for a sign of life (15; 0 = never)"
    )
    option(
        "--small-packets-at-once",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="have its sshd hold no small packets back; asks it for a session that does nothing (yes)",
    )
    option("--idle-close", type=int, metavar="MINUTES", help="close an unused connection (0 = never)")
    option(
        "--connect-at-launch",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="connect when the tray program starts",
    )
    add_relay_routes(parser)


def _add_server(commands: Commands) -> None:
    actions = actions_of(command(commands, "server", "your GPU servers"))
    add = action(actions, "add", "add a server")
    add.add_argument("alias", metavar="ALIAS")
    _add_server_options(add)
    edit = action(actions, "edit", "change a server; what is not named stays as it is")
    edit.add_argument("alias", metavar="ALIAS")
    edit.add_argument("--alias", dest="new_alias", metavar="NEW", help="another alias")
    _add_server_options(edit)
    _add_common_actions(actions, "server", "ALIAS")
    add_server_actions(actions)


def _add_server_options(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("--relay", metavar="NAME", help="the relay that leads to it (the only one, if there is one)")
    option("--route-port", type=int, metavar="PORT", help="port on the relay that its tunnel opens (22222)")
    option("--route-host", metavar="HOST", help="address of that port as the relay sees it (127.0.0.1)")
    option("--user", metavar="USER", help="your account on the server")
    option("--identity", metavar="FILE", help="private key for the server; '' = agent or usual keys")
    option("--remote-folder", metavar="FOLDER", help="folder to start in, on the server")
    option("--exit", type=Exit, choices=list(Exit), help="where SOCKS traffic leaves (relay)")
    option("--local-ssh-port", type=int, metavar="PORT", help="plain local port to its sshd; 0 = none")
    option(
        "--forward",
        dest="forwards",
        action="append",
        type=forward,
        metavar="LOCAL:[HOST:]REMOTE",
        help="a plain local port to a port of the server; may be repeated",
    )
    option(
        "--no-forwards", dest="forwards", action="store_const", const=[], help="remove the forwards there are"
    )
    option(
        "--file-protocol",
        type=FileProtocol,
        choices=list(FileProtocol),
        help="how file transfer programs such as WinSCP talk to it (sftp)",
    )
    add_server_routes(parser)
    _add_ssh_options(parser.add_argument_group("ssh config"))


def _add_ssh_options(group: argparse._ArgumentGroup) -> None:
    for name, help_ in (
        ("forward-x11", "show windows of programs on the server here (the server is then trusted with them)"),
        ("forward-agent", "let the server use your ssh agent while you are logged in"),
        ("compression", "compress what ssh sends"),
    ):
        group.add_argument(f"--{name}", action=argparse.BooleanOptionalAction, default=None, help=help_)
    group.add_argument(
        "--ssh-option",
        dest="ssh_options",
        action="append",
        metavar="LINE",
        help="a line for its block, such as 'ConnectTimeout 30'; may be repeated; replaces those there are",
    )
    group.add_argument(
        "--no-ssh-options", dest="ssh_options", action="store_const", const=[], help="remove those lines"
    )


def _add_common_actions(actions: Commands, what: str, metavar: str) -> None:
    action(actions, "list", f"list the {what}s")
    dest = metavar.lower()
    action(actions, "show", f"show one {what}").add_argument(dest, metavar=metavar)


def _add_files(commands: Commands) -> None:
    actions = actions_of(command(commands, "import", "take over profiles of another program"))
    ssh_config = action(actions, "ssh-config", "hosts of an ssh config, after a preview")
    ssh_config.add_argument("file", nargs="?", type=Path, metavar="FILE", help="(~/.ssh/config)")
    ssh_config.add_argument("--yes", action="store_true", help="import without asking")
    actions = actions_of(command(commands, "profiles", "profiles as a file, without secrets"))
    for name, help_ in (("export", "write all profiles to FILE"), ("import", "add the profiles of FILE")):
        action(actions, name, help_).add_argument("file", type=Path, metavar="FILE")


def forward(text: str) -> Forward:
    """``8888:8888`` or ``8888:host:8888``; an IPv6 host stands in brackets."""
    local, _, rest = text.partition(":")
    host, _, remote = rest.rpartition(":")
    try:
        return Forward(
            local_port=int(local), remote_port=int(remote), remote_host=host.strip("[]") or "localhost"
        )
    except ValueError as e:
        raise argparse.ArgumentTypeError(f"{text!r} is not LOCAL:REMOTE or LOCAL:HOST:REMOTE") from e
