"""What the options of a relay's set-up may hold; a form shows the problems beside its fields. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.field_rules import CONTROL, host_problem, is_port, path_problem
from app.core.problems import Problem, ProblemCode
from app.core.profiles import SetupMode
from app.core.provisioning import Camouflage, SetupOptions, ShadowsocksOptions, V2rayOptions
from app.core.shadowsocks_methods import METHODS


def problems_of_setup(options: SetupOptions, ssh_port: int) -> list[Problem]:
    """``ssh_port``: the one of the relay's sshd. Fields are named as in ``SetupOptions``."""
    found: list[Problem] = []
    if options.mode is not SetupMode.SYSTEM:
        return found  # neither of the two is possible, nor asked for
    if options.v2ray is not None:
        found += _of_v2ray(options.v2ray)
    if options.shadowsocks is not None:
        found += _of_shadowsocks(options.shadowsocks)
    return found + list(_clashes(options, ssh_port))


def _of_v2ray(options: V2rayOptions) -> Iterator[Problem]:
    yield from _of_port("v2ray.user_port", options.user_port)
    yield from _of_port("v2ray.tunnel_port", options.tunnel_port)
    if options.server_name and (code := host_problem(options.server_name)):
        yield Problem("v2ray.server_name", code, {"value": options.server_name})
    if CONTROL.search(options.websocket_path):
        yield Problem("v2ray.websocket_path", ProblemCode.CONTROL_CHARACTER)
    elif options.websocket_path and not options.websocket_path.startswith("/"):
        yield Problem("v2ray.websocket_path", ProblemCode.WEBSOCKET_PATH, {"value": options.websocket_path})
    if code := path_problem(options.program):
        yield Problem("v2ray.program", code)


def _of_shadowsocks(options: ShadowsocksOptions) -> Iterator[Problem]:
    yield from _of_port("shadowsocks.port", options.port)
    if options.method not in METHODS:
        details = {"value": options.method, "choices": ", ".join(METHODS)}
        yield Problem("shadowsocks.method", ProblemCode.CHOICE_UNKNOWN, details)
    if options.camouflage is not Camouflage.NONE and (code := host_problem(options.camouflage_host)):
        yield Problem("shadowsocks.camouflage_host", code, {"value": options.camouflage_host})
    if options.for_phones:
        yield from _of_port("shadowsocks.phone_port", options.phone_port)


def _of_port(field: str, port: int) -> Iterator[Problem]:
    if not is_port(port):
        yield Problem(field, ProblemCode.PORT_RANGE, {"value": str(port)})


def _clashes(options: SetupOptions, ssh_port: int) -> Iterator[Problem]:
    """Each service of the relay has a port of its own."""
    taken = {ssh_port: "ssh"}
    wanted: list[tuple[str, int, str]] = []
    if options.v2ray is not None:
        wanted += [("v2ray.user_port", options.v2ray.user_port, "v2ray")]
        wanted += [("v2ray.tunnel_port", options.v2ray.tunnel_port, "v2ray")]
    if options.shadowsocks is not None:
        wanted += [("shadowsocks.port", options.shadowsocks.port, "Shadowsocks")]
        if options.shadowsocks.for_phones:
            wanted += [("shadowsocks.phone_port", options.shadowsocks.phone_port, "Shadowsocks")]
    for field, port, name in wanted:
        if port in taken:
            yield Problem(field, ProblemCode.PORT_CLASH, {"port": str(port), "other": taken[port]})
        taken.setdefault(port, name)
