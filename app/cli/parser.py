"""The command line as argparse sees it. What each command does is in ``commands``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from app import __version__
from app.cli.exit_codes import epilog
from app.core.profiles import Authentication, Exit, Forward
from app.export.proxy_environment import Shell


class UsageError(Exception):
    """The command line is not one of ours; the message says what is wrong and how it would be right."""


class _Parser(argparse.ArgumentParser):
    """Leaves telling to the caller, who knows whether JSON is wanted."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")


_Commands = argparse._SubParsersAction  # noqa: SLF001 - argparse has no public name for it


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as a namespace; ``command`` is "tray" where none is named. Raises UsageError."""
    return build_parser().parse_args(argv)


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="relaytray",
        description="Reach GPU servers through your own relay. Without a command: the tray icon.",
        epilog=epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"relaytray {__version__}")
    _add_global_options(parser, data_dir=None, as_json=False, verbose=False)
    parser.set_defaults(command="tray", action="", minimised=False)
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=_Parser)
    _add_tray(commands)
    _add_relay(commands)
    _add_server(commands)
    _add_files(commands)
    _add_connections(commands)
    _add_exports(commands)
    _add_secret(commands)
    _add_demo(commands)
    return parser


def _add_global_options(
    parser: argparse.ArgumentParser, *, data_dir: object, as_json: object, verbose: object
) -> None:
    group = parser.add_argument_group("options for every command")
    group.add_argument(
        "--data-dir", type=Path, metavar="DIR", default=data_dir, help="keep every file of this program here"
    )
    group.add_argument("--json", action="store_true", default=as_json, help="JSON on standard output")
    group.add_argument("--verbose", action="store_true", default=verbose, help="the log on standard error")


def _command(commands: _Commands[_Parser], name: str, help_: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=help_, description=help_, allow_abbrev=False)
    # Given here or before the command; SUPPRESS keeps what was given before it.
    _add_global_options(
        parser, data_dir=argparse.SUPPRESS, as_json=argparse.SUPPRESS, verbose=argparse.SUPPRESS
    )
    parser.set_defaults(command=name, action="")
    return parser


def _actions(parser: argparse.ArgumentParser) -> _Commands[_Parser]:
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=_Parser, dest="action")
    assert isinstance(actions, argparse._SubParsersAction)  # noqa: SLF001
    return actions


def _action(actions: _Commands[_Parser], name: str, help_: str) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=help_, description=help_, allow_abbrev=False)
    _add_global_options(
        parser, data_dir=argparse.SUPPRESS, as_json=argparse.SUPPRESS, verbose=argparse.SUPPRESS
    )
    return parser


# --- one function per group of commands -------------------------------------------------------------------


def _add_tray(commands: _Commands[_Parser]) -> None:
    parser = _command(commands, "tray", "show the tray icon (what happens without a command too)")
    parser.add_argument("--minimised", action="store_true", help="show no window at start")


def _add_relay(commands: _Commands[_Parser]) -> None:
    actions = _actions(_command(commands, "relay", "your relays"))
    add = _action(actions, "add", "add a relay")
    add.add_argument("name", metavar="NAME")
    _add_relay_options(add)
    edit = _action(actions, "edit", "change a relay; what is not named stays as it is")
    edit.add_argument("name", metavar="NAME")
    edit.add_argument("--name", dest="new_name", metavar="NEW", help="another name")
    _add_relay_options(edit)
    _add_common_actions(actions, "relay", "NAME")


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
    option("--idle-close", type=int, metavar="MINUTES", help="close an unused connection (0 = never)")
    option(
        "--connect-at-launch",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="connect when the tray program starts",
    )


def _add_server(commands: _Commands[_Parser]) -> None:
    actions = _actions(_command(commands, "server", "your GPU servers"))
    add = _action(actions, "add", "add a server")
    add.add_argument("alias", metavar="ALIAS")
    _add_server_options(add)
    edit = _action(actions, "edit", "change a server; what is not named stays as it is")
    edit.add_argument("alias", metavar="ALIAS")
    edit.add_argument("--alias", dest="new_alias", metavar="NEW", help="another alias")
    _add_server_options(edit)
    _add_common_actions(actions, "server", "ALIAS")


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


def _add_common_actions(actions: _Commands[_Parser], what: str, metavar: str) -> None:
    _action(actions, "list", f"list the {what}s")
    dest = metavar.lower()
    _action(actions, "show", f"show one {what}").add_argument(dest, metavar=metavar)
    _action(actions, "remove", f"remove a {what}").add_argument(dest, metavar=metavar)


def _add_files(commands: _Commands[_Parser]) -> None:
    actions = _actions(_command(commands, "import", "take over profiles of another program"))
    ssh_config = _action(actions, "ssh-config", "hosts of an ssh config, after a preview")
    ssh_config.add_argument("file", nargs="?", type=Path, metavar="FILE", help="(~/.ssh/config)")
    ssh_config.add_argument("--yes", action="store_true", help="import without asking")
    actions = _actions(_command(commands, "profiles", "profiles as a file, without secrets"))
    for name, help_ in (("export", "write all profiles to FILE"), ("import", "add the profiles of FILE")):
        _action(actions, name, help_).add_argument("file", type=Path, metavar="FILE")


def _add_connections(commands: _Commands[_Parser]) -> None:
    connect = _command(commands, "connect", "connect to a server, or a relay, until Ctrl-C")
    connect.add_argument("name", metavar="ALIAS")
    connect.add_argument(
        "--trust",
        action="append",
        default=[],
        type=_fingerprint,
        metavar="SHA256:...",
        help="pin a host key with exactly this fingerprint without asking; may be repeated",
    )
    connect.add_argument(
        "--keep-trying", action="store_true", help="stay when the first try fails for a passing cause"
    )
    disconnect = _command(commands, "disconnect", "disconnect a server, or a relay, in the running program")
    disconnect.add_argument("name", metavar="ALIAS")
    _command(commands, "status", "what is connected")
    _command(commands, "quit", "end the running program")
    # Only for --help: app.__main__ hands "proxy" over before this parser is made.
    proxy = _command(
        commands, "proxy", "standard input and output to a server's sshd: a ProxyCommand for ssh"
    )
    proxy.add_argument("alias", metavar="ALIAS")
    proxy.add_argument("port", type=int, nargs="?", default=22, metavar="PORT", help="another port of it")


def _add_exports(commands: _Commands[_Parser]) -> None:
    ssh_config = _command(commands, "ssh-config", "print the ssh config block of a server")
    ssh_config.add_argument("alias", metavar="ALIAS")
    environment = _command(commands, "proxy-environment", "print shell lines for programs that know proxies")
    environment.add_argument("relay", nargs="?", metavar="RELAY", help="(the only relay, if there is one)")
    environment.add_argument("--shell", type=Shell, choices=list(Shell), help="(that of this system)")


def _add_secret(commands: _Commands[_Parser]) -> None:
    actions = _actions(_command(commands, "secret", "passphrases and passwords in the system's keyring"))
    _action(actions, "list", "list their names")
    forget = _action(actions, "forget", "remove one, or all")
    chosen = forget.add_mutually_exclusive_group(required=True)
    chosen.add_argument("name", nargs="?", metavar="NAME", help="key file or account, as listed")
    chosen.add_argument("--all", action="store_true")
    remember = _action(actions, "remember", "put one into the keyring; it is read from the terminal")
    remember.add_argument("kind", choices=["passphrase", "password", "socks"])
    remember.add_argument("subject", metavar="NAME", help="key file, USER@HOST, or relay for its SOCKS port")


def _add_demo(commands: _Commands[_Parser]) -> None:
    demo = _command(commands, "demo", "a relay and a GPU server inside this program, to try everything out")
    demo.add_argument("--tray", action="store_true", help="show them in the tray")
    _command(commands, "self-test", "check that this installation is complete and works")


# --- values -----------------------------------------------------------------------------------------------


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


def _fingerprint(text: str) -> str:
    """Exactly as ssh-keygen prints it: 43 characters of base64 behind ``SHA256:``."""
    prefix, _, digest = text.strip().partition(":")
    digest = digest.rstrip("=")
    if prefix.upper() != "SHA256" or len(digest) != 43:
        raise argparse.ArgumentTypeError(f"{text!r} is no fingerprint such as SHA256:... of 43 characters")
    return f"SHA256:{digest}"
