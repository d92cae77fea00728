"""The command line of ``key``."""

from __future__ import annotations

import argparse

from app.cli.command_parts import Commands, Parser, action, actions_of, command
from app.core.private_keys import KeyKind


def add(commands: Commands) -> None:
    actions = actions_of(
        command(commands, "key", "private key files: make, choose, convert them, put their rights right")
    )
    _add_new(actions)
    _add_use(actions)
    action(actions, "list", "the private keys in ~/.ssh, and which profiles use them")
    show = action(actions, "show", "tell type, size, fingerprint, comment and who may open it")
    show.add_argument("source", metavar="FILE")
    fix = action(actions, "fix", "let nobody but you open a key (chmod 600; on Windows, no inherited rights)")
    fix.add_argument("source", metavar="FILE")
    _add_add(actions)
    _add_convert(actions)


def _add_new(actions: Commands) -> None:
    new = action(actions, "new", "make a key; it overwrites nothing")
    new.is_mixed = True
    new.add_argument("target", nargs="?", metavar="FILE", help="(~/.ssh/id_ed25519, or the next free name)")
    new.add_argument(
        "--type",
        dest="kind",
        choices=[str(kind) for kind in KeyKind],
        default=str(KeyKind.ED25519),
        help="(ed25519); rsa has 4096 bits, for very old machines",
    )
    lock = new.add_mutually_exclusive_group()
    lock.add_argument("--passphrase", action="store_true", help="insist on one; it is read from the terminal")
    lock.add_argument("--no-passphrase", action="store_true", help="whoever can read the file has the key")
    new.add_argument(
        "--no-remember", action="store_true", help="do not put the passphrase into the system's keyring"
    )
    new.add_argument("--comment", metavar="TEXT", help="(user@computer)")
    _add_profile(new, is_required=False)


def _add_use(actions: Commands) -> None:
    use = action(actions, "use", "log in with this key at a relay or a server")
    use.add_argument("source", metavar="FILE")
    use.add_argument(
        "--convert", action="store_true", help="make an OpenSSH copy of a PuTTY key beside it, without asking"
    )
    _add_profile(use, is_required=True)


def _add_profile(parser: Parser, *, is_required: bool) -> None:
    profile = parser.add_mutually_exclusive_group(required=is_required)
    profile.add_argument("--relay", metavar="NAME", help="use it for logins at this relay")
    profile.add_argument("--server", metavar="ALIAS", help="use it for logins at this GPU server")


def _add_add(actions: Commands) -> None:
    add = action(actions, "add", "give a key to the running ssh agent (as ssh-add; Pageant too)")
    add.add_argument("source", metavar="FILE")
    add.add_argument("--certificate", metavar="FILE", help="(FILE-cert.pub where there is one)")
    add.add_argument(
        "--lifetime", type=_seconds, default=0, metavar="SECONDS", help="the agent forgets it after that"
    )
    add.add_argument("--confirm", action="store_true", help="the agent asks you each time it is used")


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**32:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return int(text)


def _add_convert(actions: Commands) -> None:
    convert = action(
        actions, "convert", "write a key in another format; passphrases are read from the terminal"
    )
    convert.add_argument("source", metavar="SOURCE", help="key in a format of OpenSSH, PEM or PuTTY (.ppk)")
    convert.is_mixed = True
    convert.add_argument("target", nargs="?", metavar="TARGET", help="(beside the source)")
    convert.add_argument(
        "--to",
        choices=["ppk", "ppk2", "ppk3", "openssh"],
        help="(ppk, and openssh for a .ppk); ppk is version 3 with a passphrase, 2 without",
    )
    lock = convert.add_mutually_exclusive_group()
    lock.add_argument("--new-passphrase", action="store_true", help="ask for another passphrase")
    lock.add_argument("--no-passphrase", action="store_true", help="write the key without a passphrase")
    convert.add_argument("--comment", metavar="TEXT", help="(that of the source)")
    convert.add_argument("--yes", action="store_true", help="do not ask whether the passphrase may go")
    convert.add_argument(
        "--replace", action="store_true", help="replace TARGET where that is the same key in a file"
    )
