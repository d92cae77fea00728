"""The command line of ``open``."""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, command
from app.core.editors import PRODUCTS


def add(commands: Commands) -> None:
    parser = command(commands, "open", "open a folder of a server in an editor of this computer")
    parser.is_mixed = True
    option = parser.add_argument
    option("alias", nargs="?", metavar="ALIAS")
    option("folder", nargs="?", metavar="FOLDER", help="(the one opened last, or that of the profile)")
    option(
        "--editor",
        choices=[product.key for product in PRODUCTS],
        default="",
        help="which editor (the first one that is found)",
    )
    option("--list", action="store_true", help="only list the editors that are found")
    option("--link", action="store_true", help="only print the link that opens it")
    option("--config", type=Path, metavar="FILE", help="your ssh config (~/.ssh/config)")
