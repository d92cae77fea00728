"""What a Shadowsocks server's fields may hold: (field, problem, details) of what is wrong, ports aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.field_rules import MAX_NAME, host_problem, is_port, name_problem, path_problem
from app.core.problems import ProblemCode
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_methods import METHODS, PLUGIN_OPTIONS, PLUGINS, STREAM, strange_option

Found = Iterator[tuple[str, ProblemCode, Mapping[str, str]]]


def shadowsocks_problems(server: ShadowsocksServer) -> Found:
    checks = [
        ("name", server.name, name_problem(server.name)),
        ("host", server.host, host_problem(server.host)),
        ("plugin_options", server.plugin_options, path_problem(server.plugin_options)),
    ]
    for place, value, code in checks:
        if code is not None:
            yield place, code, {"value": value, "limit": str(MAX_NAME)}
    if not is_port(server.port):
        yield "port", ProblemCode.PORT_RANGE, {"value": str(server.port)}
    if server.method not in METHODS:
        broken = server.method in STREAM
        code = ProblemCode.METHOD_BROKEN if broken else ProblemCode.CHOICE_UNKNOWN
        yield "method", code, {"value": server.method, "choices": ", ".join(METHODS)}
    if server.plugin and server.plugin not in PLUGINS:
        choices = ", ".join(name for name, programs in PLUGINS.items() if name in programs)
        yield "plugin", ProblemCode.PLUGIN_UNKNOWN, {"value": server.plugin, "choices": choices}
    elif server.plugin and (option := strange_option(server.plugin, server.plugin_options)):
        known = ", ".join(sorted(PLUGIN_OPTIONS[server.plugin]))
        yield "plugin_options", ProblemCode.PLUGIN_OPTION, {"value": option, "choices": known}
