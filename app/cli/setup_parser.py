"""The command line of setting up the other ends: ``relay setup|remove`` and ``server line|wait|...``."""

from __future__ import annotations

import argparse

from app.cli.command_parts import Commands, Parser, action, add_trust
from app.cli.service_options import NO_CAMOUFLAGE
from app.core.profiles import Authentication
from app.core.provisioning import Camouflage
from app.core.shadowsocks_methods import METHODS
from app.core.v2ray_route import Core

MOST_HOURS = 24 * 30


def add_relay_actions(actions: Commands) -> None:
    _add_setup(actions)
    remove = action(actions, "remove", "remove a relay, and what RelayTray has set up on it")
    remove.add_argument("name", metavar="NAME")
    what = remove.add_mutually_exclusive_group()
    what.add_argument(
        "--other-end", action="store_true", help="take the set-up away and keep the profile, as it was before"
    )
    what.add_argument(
        "--keep-set-up", action="store_true", help="remove the profile only; the machine is not touched"
    )
    remove.add_argument("--plan", action="store_true", help="show what would be taken away, and do nothing")
    remove.add_argument("--yes", action="store_true", help="do not ask")


def _add_setup(actions: Commands) -> None:
    setup = action(
        actions,
        "setup",
        "set a relay up over SSH: accounts, limits and sshd's settings for tunnels, BBR; shows a plan first",
    )
    setup.add_argument("name", metavar="NAME")
    option = setup.add_argument
    option("--plan", action="store_true", help="show what would be changed, and do nothing")
    option("--yes", action="store_true", help="make the changes without asking")
    option("--account", action="store_true", help="without root: only within the account that logs in")
    option("--no-bbr", action="store_true", help="leave the machine's congestion control as it is")
    option(
        "--exit",
        action=argparse.BooleanOptionalAction,
        help="whether this computer may also reach the internet through the relay (as last time, or no)",
    )
    option("--key", metavar="FILE", help="log in with this key then (that of last time, or RelayTray's own)")
    add_trust(setup)
    _add_v2ray(setup)
    _add_shadowsocks(setup)
    _add_admin_login(setup)


def _add_v2ray(setup: Parser) -> None:
    group = setup.add_argument_group("v2ray or Xray there, a second way to the servers of this relay")
    option = group.add_argument
    option("--v2ray", action="store_true", help="set it up, or bring it to what is said here")
    option("--core", choices=[str(core) for core in Core], help="whose program (as last time, or v2ray)")
    option("--v2ray-port", type=int, metavar="PORT", help="where computers dial in (as last time, or 16824)")
    option("--bridge-port", type=int, metavar="PORT", help="where bridges do (as last time, or 16823)")
    option(
        "--tls",
        metavar="NAME",
        help="inside TLS, with a certificate for this name that is made now; '' = without (as last time)",
    )
    option("--websocket", metavar="PATH", help="inside WebSocket, at /PATH; '' = without (as last time)")
    option(
        "--v2ray-program",
        metavar="FILE",
        help="bring this program there: v2ray or xray for Linux, its release as .zip, or xray-core as .whl "
        "(else what is there, or what can be had, is used)",
    )


def _add_shadowsocks(setup: Parser) -> None:
    group = setup.add_argument_group("a Shadowsocks server there, the way to the rest of the internet")
    option = group.add_argument
    option(
        "--shadowsocks",
        action=argparse.BooleanOptionalAction,
        help="set it up, or bring it to what is said here; or take it away and leave the rest",
    )
    option(
        "--method", choices=METHODS, metavar="METHOD", help="how it encrypts (as last time, or aes-256-gcm)"
    )
    option("--ss-port", type=int, metavar="PORT", help="where computers dial in (as last time, or 8388)")
    option(
        "--camouflage",
        choices=[NO_CAMOUFLAGE, *(str(one) for one in Camouflage if one)],
        help="what it looks like to others (as last time, or none)",
    )
    option("--camouflage-host", metavar="HOST", help="the web server that it names then (www.bing.com)")
    option(
        "--phones",
        action=argparse.BooleanOptionalAction,
        help="whether phones get a port of their own, without camouflage (as last time, or yes)",
    )
    option("--phone-port", type=int, metavar="PORT", help="that port (as last time, or 8389)")


def _add_admin_login(setup: Parser) -> None:
    group = setup.add_argument_group("who sets it up (the profile's login, or that of last time)")
    group.add_argument("--admin", metavar="USER", help="root, or somebody who may use sudo")
    login = group.add_mutually_exclusive_group()
    login.add_argument("--identity", metavar="FILE", help="with this private key")
    for authentication, help_ in (
        (Authentication.AGENT, "with the keys of the SSH agent"),
        (Authentication.PASSWORD, "with a password; it is asked for, never given here"),
        (Authentication.KEYBOARD_INTERACTIVE, "by answering what the relay asks, such as one-time codes"),
    ):
        login.add_argument(
            f"--{authentication}",
            dest="authentication",
            action="store_const",
            const=authentication,
            help=help_,
        )


def add_server_actions(actions: Commands) -> None:
    line = action(
        actions,
        "line",
        "print the one line that brings a server online when it is pasted into its web terminal",
    )
    line.add_argument("alias", metavar="ALIAS")
    option = line.add_argument
    option("--no-key", action="store_true", help="do not put your public key into authorized_keys there")
    option(
        "--user-sshd",
        action="store_true",
        help="where the server has no sshd that runs: start one for your account alone",
    )
    option("--sshd-port", type=int, default=22, metavar="PORT", help="port of the sshd there (22)")
    option(
        "--bridge",
        action="store_true",
        help="keep a way by the relay's v2ray or Xray open there too, for where SSH to the relay is blocked",
    )
    option("--hours", type=int, default=24, metavar="N", help="how long the line is good for (24)")
    option("--wait", action="store_true", help="then wait until the server is online")
    wait = action(actions, "wait", "wait until a server whose line was pasted is online")
    wait.add_argument("alias", metavar="ALIAS")
    v2ray = action(
        actions,
        "v2ray",
        "let this computer reach a server by the v2ray or Xray of its relay too, or not any more",
    )
    v2ray.add_argument("alias", metavar="ALIAS")
    what = v2ray.add_mutually_exclusive_group()
    what.add_argument(
        "--ports",
        metavar="PORT,...",
        help="ports of the server that may be reached, where it has a bridge (22, its sshd)",
    )
    what.add_argument("--remove", action="store_true", help="take that way away again")
    remove = action(actions, "remove", "remove a server, and what its line has made there and on the relay")
    remove.add_argument("alias", metavar="ALIAS")
    what = remove.add_mutually_exclusive_group()
    what.add_argument(
        "--keep-set-up", action="store_true", help="remove the profile only; no machine is touched"
    )
    what.add_argument(
        "--print-line",
        action="store_true",
        help="remove nothing; print the line that takes everything away when it is pasted on the server",
    )
