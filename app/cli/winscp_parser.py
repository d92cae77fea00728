"""The command line of ``winscp`` and ``putty``."""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, command


def add(commands: Commands) -> None:
    winscp = command(commands, "winscp", "open a server in WinSCP (Windows), or make a site of it")
    winscp.add_argument("alias", metavar="ALIAS")
    what = winscp.add_mutually_exclusive_group()
    option = what.add_argument
    option("--print", dest="show", action="store_true", help="only print the link and the command line")
    option("--ini", type=Path, metavar="FILE", help="write a file for its Tools > Import Sites > INI file")
    option("--store", action="store_true", help="put it among your own sites, while WinSCP does not run")
    winscp.add_argument("--program", default="", metavar="FILE", help="a portable WinSCP.exe; remembered")

    putty = command(commands, "putty", "open a terminal on a server in PuTTY, or make a session of it")
    putty.add_argument("alias", metavar="ALIAS")
    what = putty.add_mutually_exclusive_group()
    what.add_argument("--print", dest="show", action="store_true", help="only print the words that start it")
    what.add_argument(
        "--reg", type=Path, metavar="FILE", help="write a session, for a double click on Windows"
    )
    putty.add_argument("--program", default="", metavar="FILE", help="which PuTTY (the one installed)")
