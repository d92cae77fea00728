"""What a Shadowsocks server's profile may hold, its port beside those of others, and a port that moves."""

from __future__ import annotations

import base64
import dataclasses
from typing import Any

import pytest

from app.core.port_changes import PortPurpose, changed_ports
from app.core.problems import ProblemCode
from app.core.profiles import Document, Forward, Relay, Server
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_methods import (
    KEY_BYTES,
    METHODS,
    PLUGINS,
    STREAM,
    key_length_is_wrong,
    strange_option,
)
from app.core.validation import local_ports, problems_of, problems_of_relay, problems_of_shadowsocks
from app.sentences import problem_sentence, told_port_changes

ONE = ShadowsocksServer(id="a", name="tokyo", host="s.example", port=8388, method="aes-256-gcm")
OTHER = dataclasses.replace(ONE, id="b", name="Osaka", local_port=11081)
RELAY = Relay(id="r", name="gate", host="r.example", user="ann", identity="~/k")
SERVER = Server(
    id="s", alias="gpu", relay_id="r", user="bob", forwards=(Forward(local_port=8888, remote_port=1),)
)
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,), shadowsocks=(ONE, OTHER))


def problems(**changes: Any) -> list[tuple[str, ProblemCode]]:
    found = problems_of_shadowsocks(dataclasses.replace(ONE, **changes), DOCUMENT)
    for problem in found:
        assert "?" not in problem_sentence(problem)
        assert problem.profile_id == "a"
    return [(problem.field, problem.code) for problem in found]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"name": " "}, "name", ProblemCode.EMPTY),
        ({"name": "osaka"}, "name", ProblemCode.NAME_TAKEN),
        ({"host": ""}, "host", ProblemCode.EMPTY),
        ({"host": "a b"}, "host", ProblemCode.HAS_SPACES),
        ({"port": 0}, "port", ProblemCode.PORT_RANGE),
        ({"method": "rc4-md5"}, "method", ProblemCode.METHOD_BROKEN),
        ({"method": "aes-512"}, "method", ProblemCode.CHOICE_UNKNOWN),
        ({"plugin": "sh -c evil"}, "plugin", ProblemCode.PLUGIN_UNKNOWN),
        (
            {"plugin": "v2ray-plugin", "plugin_options": "tls;server"},
            "plugin_options",
            ProblemCode.PLUGIN_OPTION,
        ),
        ({"plugin_options": "a\nb"}, "plugin_options", ProblemCode.CONTROL_CHARACTER),
        ({"local_port": 70000}, "local_port", ProblemCode.PORT_RANGE),
        ({"local_port": 11081}, "local_port", ProblemCode.PORT_CLASH),
        ({"local_port": 10080}, "local_port", ProblemCode.PORT_CLASH),
        ({"local_port": 8888}, "local_port", ProblemCode.PORT_CLASH),
    ],
)
def test_each_field(changes: dict[str, Any], field: str, code: ProblemCode) -> None:
    assert problems(**changes) == [(field, code)]


@pytest.mark.parametrize(
    ("plugin", "options", "strange"),
    [
        ("v2ray-plugin", "", ""),
        ("v2ray-plugin", r"mode=websocket;tls;host=a.example;path=/a\;b\=c;mux=0", ""),
        ("obfs-local", "obfs=tls;obfs-host=www.example.org;obfs-uri=/;", ""),
        ("simple-obfs", "obfs=http", ""),
        ("v2ray-plugin", "server;remoteAddr=0.0.0.0;localAddr=127.0.0.1;localPort=22", "server"),
        ("v2ray-plugin", "tls;localAddr=0.0.0.0", "localAddr"),
        ("v2ray-plugin", r"tls;cert=\\evil.example\share\x", "cert"),
        ("v2ray-plugin", r"host=a\\;server", "server"),  # the backslash is escaped, the semicolon is not
        ("v2ray-plugin", r"serv\er", r"serv\er"),
        ("v2ray-plugin", r"tls;\server", r"\server"),
        ("v2ray-plugin", "server\\", "server\\"),
        ("v2ray-plugin", " server", " server"),
        ("v2ray-plugin", "TLS", "TLS"),
        ("obfs-local", "obfs=http;c=/etc/passwd", "c"),
        ("obfs-local", "obfs=http;localAddr", "localAddr"),
    ],
)
def test_only_options_that_open_nothing_here_are_handed_on_to_a_plugin(
    plugin: str, options: str, strange: str
) -> None:
    assert strange_option(plugin, options) == strange


def test_what_is_right_is_right() -> None:
    assert problems() == []
    assert problems_of(DOCUMENT) == []
    for method in METHODS:
        assert problems(method=method) == []
    for plugin in PLUGINS:
        options = "tls;host=example.org" if plugin == "v2ray-plugin" else "obfs=tls"
        assert problems(plugin=plugin, plugin_options=options) == []
    assert not set(METHODS) & set(STREAM)


def test_other_profiles_see_its_port() -> None:
    assert (11080, "a", "tokyo (Shadowsocks)") in local_ports(DOCUMENT)
    (clash,) = problems_of_relay(dataclasses.replace(RELAY, socks_port=11080), DOCUMENT)
    assert (clash.code, clash.details["other"]) == (ProblemCode.PORT_CLASH, "tokyo (Shadowsocks)")


@pytest.mark.parametrize("method", KEY_BYTES)
def test_keys_of_aead_2022(method: str) -> None:
    right = base64.b64encode(bytes(KEY_BYTES[method])).decode()
    assert not key_length_is_wrong(method, right)
    assert not key_length_is_wrong(method, f"{right}:{right}")
    for wrong in ("", right[:-4], f"{right}:", "password", right + "\n"):
        assert key_length_is_wrong(method, wrong)
    assert not key_length_is_wrong("aes-256-gcm", "anything")


def test_a_port_that_moves_is_told() -> None:
    moved = dataclasses.replace(DOCUMENT, shadowsocks=(dataclasses.replace(ONE, local_port=11085), OTHER))
    (change,) = changed_ports(DOCUMENT, moved)
    assert (change.purpose, change.server_id, change.old, change.new) == (
        PortPurpose.SHADOWSOCKS,
        "a",
        11080,
        11085,
    )
    (told,) = told_port_changes(DOCUMENT, moved)
    assert "127.0.0.1:11085" in told
    taken = dataclasses.replace(moved, relays=(dataclasses.replace(RELAY, socks_port=11080),))
    assert any("gate (SOCKS)" in told for told in told_port_changes(DOCUMENT, taken))
    assert changed_ports(DOCUMENT, dataclasses.replace(DOCUMENT, shadowsocks=(OTHER,))) == ()
