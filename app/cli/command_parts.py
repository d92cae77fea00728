"""What every parser of a group of commands is made of; see ``parser`` for the groups."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeAlias


class UsageError(Exception):
    """The command line is not one of ours; the message says what is wrong and how it would be right."""


class Parser(argparse.ArgumentParser):
    """Leaves telling to the caller, who knows whether JSON is wanted.

    ``is_mixed``: options may stand between the words, also where a word may be left out. argparse takes such
    a word for left out at the first option, and then complains about it.
    """

    is_mixed = False

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")

    def parse_known_args(  # type: ignore[override]  # called by the parser that this one is part of
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if not self.is_mixed:
            return super().parse_known_args(args, namespace)
        self.is_mixed = False  # it comes back here, for the options and for the words
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self.is_mixed = True


# argparse has no public name for it, and none at all that can be subscripted at run time.
Commands: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001


def add_global_options(
    parser: argparse.ArgumentParser, *, data_dir: object, as_json: object, verbose: object
) -> None:
    group = parser.add_argument_group("options for every command")
    group.add_argument(
        "--data-dir", type=Path, metavar="DIR", default=data_dir, help="keep every file of this program here"
    )
    group.add_argument("--json", action="store_true", default=as_json, help="JSON on standard output")
    group.add_argument("--verbose", action="store_true", default=verbose, help="the log on standard error")


def command(commands: Commands, name: str, help_: str) -> Parser:
    parser = commands.add_parser(name, help=help_, description=help_, allow_abbrev=False)
    # Given here or before the command; SUPPRESS keeps what was given before it.
    add_global_options(
        parser, data_dir=argparse.SUPPRESS, as_json=argparse.SUPPRESS, verbose=argparse.SUPPRESS
    )
    parser.set_defaults(command=name, action="")
    return parser


def actions_of(parser: argparse.ArgumentParser) -> Commands:
    actions = parser.add_subparsers(metavar="ACTION", required=True, parser_class=Parser, dest="action")
    assert isinstance(actions, argparse._SubParsersAction)  # noqa: SLF001
    return actions


def action(actions: Commands, name: str, help_: str) -> Parser:
    parser = actions.add_parser(name, help=help_, description=help_, allow_abbrev=False)
    add_global_options(
        parser, data_dir=argparse.SUPPRESS, as_json=argparse.SUPPRESS, verbose=argparse.SUPPRESS
    )
    return parser


def add_trust(parser: Parser) -> None:
    parser.add_argument(
        "--trust",
        action="append",
        default=[],
        type=_fingerprint,
        metavar="SHA256:...",
        help="pin a host key with exactly this fingerprint without asking; may be repeated",
    )


def _fingerprint(text: str) -> str:
    """Exactly as ssh-keygen prints it: 43 characters of base64 behind ``SHA256:``."""
    prefix, _, digest = text.strip().partition(":")
    digest = digest.rstrip("=")
    if prefix.upper() != "SHA256" or len(digest) != 43:
        raise argparse.ArgumentTypeError(f"{text!r} is no fingerprint such as SHA256:... of 43 characters")
    return f"SHA256:{digest}"
