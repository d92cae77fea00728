"""The command line of relays in a cloud account: ``relay offers|create|destroy|billing``."""

from __future__ import annotations

import argparse

from app.cli.command_parts import Commands, action
from app.core.cloud import OpenPort


def add_cloud_actions(actions: Commands) -> None:
    offers = action(
        actions, "offers", "what Amazon Lightsail offers: regions, or one region's images and sizes"
    )
    offers.add_argument("--region", metavar="REGION", help="images, sizes and monthly prices there")
    _add_account(offers)
    create = action(
        actions,
        "create",
        "make a relay in Amazon Lightsail: a machine with its own address, which costs money every month",
    )
    create.add_argument("name", metavar="NAME", help="of the relay; one that was begun is gone on with")
    create.add_argument("--region", metavar="REGION", help="where (that of your AWS configuration)")
    create.add_argument("--zone", metavar="ZONE", help="within the region (its first)")
    create.add_argument("--image", metavar="ID", help="the Linux on it (the newest Debian)")
    create.add_argument("--size", metavar="ID", help="how large (the cheapest with an IPv4 address)")
    create.add_argument(
        "--open",
        type=port,
        action="append",
        default=[],
        metavar="PORT[/udp]",
        help="a port that its firewall lets in beside ssh, for v2ray or Shadowsocks; may be repeated",
    )
    create.add_argument("--yes", action="store_true", help="do not ask")
    _add_account(create)
    destroy = action(
        actions, "destroy", "delete the machine that 'create' has made, its address and its key pair"
    )
    destroy.add_argument("name", metavar="NAME")
    destroy.add_argument("--yes", action="store_true", help="do not ask")
    _add_account(destroy)
    billing = action(
        actions,
        "billing",
        "list everything in the account that RelayTray has made, and what it costs a month",
    )
    _add_account(billing)


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--aws-profile", metavar="NAME", default="", help="of your AWS configuration (the usual chain)"
    )


def port(text: str) -> OpenPort:
    number, _, protocol = text.partition("/")
    if not number.isascii() or not number.isdecimal() or not 1 <= int(number) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    if protocol not in ("", "tcp", "udp"):
        raise argparse.ArgumentTypeError(f"{protocol!r} is neither tcp nor udp")
    return OpenPort(port=int(number), protocol=protocol or "tcp")
