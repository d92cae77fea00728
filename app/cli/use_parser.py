"""The command line of ``use``."""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, command

FILE_KEYS = ("winscp-ini", "putty-reg", "filezilla-xml", "cyberduck-bookmark")


def add(commands: Commands) -> None:
    parser = command(commands, "use", "everything that other programs get for a server, on this computer")
    parser.add_argument("alias", metavar="ALIAS")
    parser.add_argument(
        "--save",
        nargs=2,
        metavar=("FILE_KEY", "FILE"),
        help=f"write one of the files: {', '.join(FILE_KEYS)}",
    )
    parser.add_argument(
        "--config", type=Path, metavar="FILE", help="the ssh config that would include ours (~/.ssh/config)"
    )
