"""The command line of ``shadowsocks``."""

from __future__ import annotations

import argparse

from app.cli.command_parts import Commands, action, actions_of, command
from app.cli.steering_parser import add_steer
from app.core.shadowsocks import DEFAULT_LOCAL_PORT
from app.core.shadowsocks_methods import DEFAULT_METHOD, METHODS, PLUGINS


def add(commands: Commands) -> None:
    actions = actions_of(command(commands, "shadowsocks", "Shadowsocks servers, and their client here"))
    add_ = action(actions, "add", "add one; its password is asked for, or read from a pipe")
    add_.add_argument("name", metavar="NAME")
    _add_options(add_)
    set_ = action(actions, "set", "change one; what is not named stays as it is")
    set_.add_argument("name", metavar="NAME")
    set_.add_argument("--name", dest="new_name", metavar="NEW", help="another name")
    set_.add_argument("--password", action="store_true", help="ask for its password, or read it from a pipe")
    _add_options(set_)
    action(actions, "list", "list them")
    action(actions, "show", "show one").add_argument("name", metavar="NAME")
    remove = action(actions, "remove", "remove one, and its password from the keyring")
    remove.add_argument("name", metavar="NAME")
    connect = action(actions, "connect", "run its client until Ctrl-C; it listens for SOCKS and HTTP")
    connect.add_argument("name", metavar="NAME")
    connect.add_argument(
        "--keep-trying", action="store_true", help="stay when the first try fails for a passing cause"
    )
    connect.set_defaults(trust=[])
    disconnect = action(actions, "disconnect", "end its client in the running program")
    disconnect.add_argument("name", metavar="NAME")
    add_steer(actions)


def _add_options(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    option("--host", metavar="HOST", help="name or address of the server")
    option("--port", type=int, metavar="PORT", help="its port")
    option("--method", choices=METHODS, metavar="METHOD", help=f"encryption method ({DEFAULT_METHOD})")
    option("--plugin", metavar="NAME", help=f"{' or '.join(_plugins())}; '' = none")
    option("--plugin-options", metavar="OPTIONS", help="such as 'obfs=tls;obfs-host=example.org'")
    option("--local-port", type=int, metavar="PORT", help=f"local port ({DEFAULT_LOCAL_PORT}, or the next)")
    option(
        "--connect-at-launch",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="connect when the tray program starts",
    )
    option(
        "--program",
        metavar="FILE",
        help="the ss-local, sslocal or Xray of this computer, for all of them; '' = the one that is found",
    )


def _plugins() -> list[str]:
    return [name for name, programs in PLUGINS.items() if name in programs]
