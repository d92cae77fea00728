"""The command line as argparse sees it. What each command does is in ``commands``.

Each group of commands has a module ``..._parser`` with ``add(commands)``; the order here is that of --help.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from app import __version__
from app.cli import (
    connection_parser,
    doctor_parser,
    export_parser,
    key_parser,
    link_parser,
    open_parser,
    profile_parser,
    secret_parser,
    shadowsocks_parser,
    steering_parser,
    use_parser,
    winscp_parser,
)
from app.cli.command_parts import Parser, add_global_options
from app.cli.exit_codes import epilog

_GROUPS = (
    profile_parser,
    connection_parser,
    export_parser,
    secret_parser,
    key_parser,
    link_parser,
    use_parser,
    open_parser,
    doctor_parser,
    winscp_parser,
    shadowsocks_parser,
    steering_parser,
)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line as a namespace; ``command`` is "tray" where none is named. Raises UsageError."""
    return build_parser().parse_args(argv)


def build_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="relaytray",
        description="Reach GPU servers through your own relay. Without a command: the tray icon.",
        epilog=epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"relaytray {__version__}")
    add_global_options(parser, data_dir=None, as_json=False, verbose=False)
    parser.set_defaults(command="tray", action="", minimised=False)
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=Parser)
    for group in _GROUPS:
        group.add(commands)
    return parser
