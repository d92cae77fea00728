"""The command line of what connects (``tray``, ``connect``, ``proxy``, ...) and of ``demo``."""

from __future__ import annotations

from app.cli.command_parts import Commands, add_trust, command


def add(commands: Commands) -> None:
    _add_tray(commands)
    _add_connections(commands)
    _add_demo(commands)


def _add_tray(commands: Commands) -> None:
    parser = command(commands, "tray", "show the tray icon (what happens without a command too)")
    parser.add_argument("--minimised", action="store_true", help="show no window at start")


def _add_connections(commands: Commands) -> None:
    connect = command(commands, "connect", "connect to a server, or a relay, until Ctrl-C")
    connect.add_argument("name", metavar="ALIAS")
    add_trust(connect)
    connect.add_argument(
        "--keep-trying", action="store_true", help="stay when the first try fails for a passing cause"
    )
    disconnect = command(commands, "disconnect", "disconnect a server, or a relay, in the running program")
    disconnect.add_argument("name", metavar="ALIAS")
    command(commands, "status", "what is connected")
    command(commands, "quit", "end the running program")
    # Only for --help: app.__main__ hands "proxy" over before this parser is made.
    proxy = command(commands, "proxy", "standard input and output to a server's sshd: a ProxyCommand for ssh")
    proxy.add_argument("alias", metavar="ALIAS")
    proxy.is_mixed = True
    proxy.add_argument("port", type=int, nargs="?", default=22, metavar="PORT", help="another port of it")


def _add_demo(commands: Commands) -> None:
    demo = command(commands, "demo", "a relay and a GPU server inside this program, to try everything out")
    demo.add_argument("--tray", action="store_true", help="show them in the tray")
    command(commands, "self-test", "check that this installation is complete and works")
