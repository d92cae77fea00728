"""The command line of ``doctor``.

``doctor vscode ...`` and ``doctor NAME ...`` share one parser: argparse has no action that may be left out.
"""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, command

VSCODE = "vscode"


def add(commands: Commands) -> None:
    doctor = command(commands, "doctor", "look at the whole chain to your servers, hop by hop")
    doctor.is_mixed = True
    doctor.epilog = (
        "doctor vscode [ALIAS ...] looks at ssh, and at the settings of VS Code, VSCodium, Cursor and "
        "Windsurf, instead."
    )
    option = doctor.add_argument
    option("names", nargs="*", metavar="NAME", help="a server or a relay (all of them), or: vscode")
    option("--mask", action="store_true", help="words such as relay-1 for every name and address")
    option("--report", type=Path, metavar="FILE", help="write a report that can be shared")
    option("--config", type=Path, metavar="FILE", help="your ssh config (~/.ssh/config)")
    vscode = doctor.add_argument_group("only with doctor vscode").add_argument
    vscode("--fix", action="store_true", help="offer to put right what settings can put right")
    vscode("--yes", action="store_true", help="do so without asking")
    vscode("--settings", type=Path, metavar="FILE", help="look at this settings.json of VS Code only")
