"""The command line of ``secret``."""

from __future__ import annotations

from app.cli.command_parts import Commands, action, actions_of, command


def add(commands: Commands) -> None:
    _add_secret(commands)


def _add_secret(commands: Commands) -> None:
    actions = actions_of(command(commands, "secret", "passphrases and passwords in the system's keyring"))
    action(actions, "list", "list their names")
    forget = action(actions, "forget", "remove one, or all")
    chosen = forget.add_mutually_exclusive_group(required=True)
    chosen.add_argument("name", nargs="?", metavar="NAME", help="key file or account, as listed")
    chosen.add_argument("--all", action="store_true")
    remember = action(actions, "remember", "put one into the keyring; it is read from the terminal")
    remember.add_argument("kind", choices=["passphrase", "password", "socks", "v2ray"])
    remember.add_argument(
        "subject", metavar="NAME", help="key file, USER@HOST, relay for its SOCKS port, or server for v2ray"
    )
