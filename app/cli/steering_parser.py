"""The command line of ``pac`` and ``system-proxy``, and of ``shadowsocks steer``."""

from __future__ import annotations

from app.cli.command_parts import Commands, action, actions_of, command
from app.core.shadowsocks import Others, Steering


def add(commands: Commands) -> None:
    _add_pac(commands)
    _add_system_proxy(commands)


def add_steer(actions: Commands) -> None:
    """Among the actions of ``shadowsocks``."""
    steer = action(actions, "steer", "say who uses it: programs that know its port, or the whole system")
    steer.add_argument("name", metavar="NAME")
    steer.add_argument(
        "steering",
        type=Steering,
        choices=list(Steering),
        help="port: programs that are told its local port; pac: this system's proxy, by your lists "
        "(relaytray pac); global: this system's proxy, for everything but private networks",
    )


def _add_pac(commands: Commands) -> None:
    actions = actions_of(
        command(commands, "pac", "which domains go through Shadowsocks when its steering is pac")
    )
    show = action(actions, "show", "print the file that browsers are given")
    show.add_argument(
        "name", nargs="?", metavar="NAME", help="Shadowsocks server whose port is in it (the first)"
    )
    for verb, help_ in (
        ("add", "put domains on one of your lists"),
        ("remove", "take domains off your lists"),
    ):
        edit = action(actions, verb, help_)
        if verb == "add":
            edit.add_argument("which", choices=["proxied", "direct"], help="what is done with them")
        edit.add_argument("domains", nargs="+", metavar="DOMAIN", help="and everything below it")
    set_ = action(actions, "set", "replace your lists, or choose a GFWList file")
    set_.add_argument(
        "--proxied", nargs="*", metavar="DOMAIN", help="your domains that go through it; none = empty"
    )
    set_.add_argument("--direct", nargs="*", metavar="DOMAIN", help="your domains that are reached directly")
    set_.add_argument(
        "--list", metavar="FILE", dest="list_file", help="a GFWList file (AutoProxy rules); '' = none"
    )
    set_.add_argument("--others", type=Others, choices=list(Others), help="what no list has (direct)")


def _add_system_proxy(commands: Commands) -> None:
    actions = actions_of(
        command(commands, "system-proxy", "the proxy that this system tells its programs to use")
    )
    action(actions, "show", "tell what it is, and whether RelayTray has set it")
    action(actions, "restore", "put back what was there before RelayTray has set it")
    actions.add_parser("guard").set_defaults(command="system-proxy", action="guard")  # for ourselves
