"""The command line of ``doctor``."""

from __future__ import annotations

from pathlib import Path

from app.cli.command_parts import Commands, action, actions_of, command


def add(commands: Commands) -> None:
    actions = actions_of(command(commands, "doctor", "look for what would keep other programs from working"))
    _add_vscode(actions)


def _add_vscode(actions: Commands) -> None:
    vscode = action(
        actions, "vscode", "check ssh, and the settings of VS Code, VSCodium, Cursor and Windsurf"
    )
    vscode.is_mixed = True
    option = vscode.add_argument
    option("aliases", nargs="*", metavar="ALIAS", help="(all servers)")
    option("--fix", action="store_true", help="offer to put right what settings can put right")
    option("--yes", action="store_true", help="do so without asking")
    option("--settings", type=Path, metavar="FILE", help="look at this settings.json of VS Code only")
    option("--config", type=Path, metavar="FILE", help="your ssh config (~/.ssh/config)")
