"""The command line of ``key``."""

from __future__ import annotations

from app.cli.command_parts import Commands, action, actions_of, command


def add(commands: Commands) -> None:
    actions = actions_of(
        command(commands, "key", "private key files: look at them, convert them for PuTTY and WinSCP")
    )
    show = action(actions, "show", "tell type, size, fingerprint, comment and who may open it")
    show.add_argument("source", metavar="FILE")
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
