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
from app.core.shadowsocks_methods import KEY_BYTES, METHODS, PLUGINS, STREAM, key_length_is_wrong
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
        ({"plugin_options": "a\nb"}, "plugin_options", ProblemCode.CONTROL_CHARACTER),
        ({"local_port": 70000}, "local_port", ProblemCode.PORT_RANGE),
        ({"local_port": 11081}, "local_port", ProblemCode.PORT_CLASH),
        ({"local_port": 10080}, "local_port", ProblemCode.PORT_CLASH),
        ({"local_port": 8888}, "local_port", ProblemCode.PORT_CLASH),
    ],
)
def test_each_field(changes: dict[str, Any], field: str, code: ProblemCode) -> None:
    assert problems(**changes) == [(field, code)]


def test_what_is_right_is_right() -> None:
    assert problems() == []
    assert problems_of(DOCUMENT) == []
    for method in METHODS:
        assert problems(method=method) == []
    for plugin in PLUGINS:
        assert problems(plugin=plugin, plugin_options="obfs=tls") == []
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
