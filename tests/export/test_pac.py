"""The PAC file as a JavaScript engine runs it, and the lists it is made of."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QCoreApplication
from PySide6.QtQml import QJSEngine

from app.core.shadowsocks import Others
from app.export.pac import PacRules, own_domains, pac_text, rule_list

PROXY = "SOCKS5 127.0.0.1:1080; PROXY 127.0.0.1:1080"
Find = Callable[[str], str]


@pytest.fixture(scope="module")
def engine(qapp: QCoreApplication) -> QJSEngine:
    return QJSEngine()


def finder(engine: QJSEngine, rules: PacRules) -> Find:
    result: Any = engine.evaluate(pac_text(rules, 1080) + "\nFindProxyForURL")
    assert not result.isError(), result.toString()

    def find(host: str) -> str:
        answer = result.call([engine.toScriptValue(f"https://{host}/"), engine.toScriptValue(host)])
        assert not answer.isError(), answer.toString()
        return str(answer.toString())

    return find


def test_the_persons_own_list_comes_first_and_longer_names_win(engine: QJSEngine) -> None:
    find = finder(
        engine,
        PacRules(
            own_proxied=("example.org", "intranet", "10.1.2.3"),
            own_direct=("cdn.example.org", "listed.example"),
            listed_proxied=("listed.example", "google.com"),
            listed_direct=("maps.google.com",),
        ),
    )
    through = ["example.org", "www.EXAMPLE.org.", "intranet", "10.1.2.3", "google.com", "a.b.google.com"]
    directly = [
        "cdn.example.org", "x.cdn.example.org", "listed.example", "maps.google.com", "notexample.org",
        "example.org.evil.net", "constructor", "hasOwnProperty", "__proto__.com", "other.net",
    ]  # fmt: skip
    assert {host: find(host) for host in through} == dict.fromkeys(through, PROXY)
    assert {host: find(host) for host in directly} == dict.fromkeys(directly, "DIRECT")


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "printer", "nas.local", "router.lan", "127.0.0.1", "10.0.0.1", "172.16.0.1",
        "172.31.9.9", "192.168.1.1", "169.254.1.1", "100.64.0.1", "::1", "[::1]", "fd00::1", "fe80::1",
        "lab.relaytray.internal", "[::ffff:7f00:1]", "::ffff:a01:203", "::ffff:c0a8:101",
    ],
)  # fmt: skip
def test_private_networks_are_reached_directly(engine: QJSEngine, host: str) -> None:
    assert finder(engine, PacRules(others=Others.PROXIED))(host) == "DIRECT"


@pytest.mark.parametrize(
    "host",
    [
        "8.8.8.8",
        "::ffff:808:808",
        "::ffff:a080:1",
        "172.32.0.1",
        "100.128.0.1",
        "2001:db8::1",
        "example.org",
        "11.0.0.1",
    ],
)
def test_everything_else_goes_as_the_person_chose(engine: QJSEngine, host: str) -> None:
    assert finder(engine, PacRules(others=Others.PROXIED))(host) == PROXY
    assert finder(engine, PacRules())(host) == "DIRECT"


def test_what_goes_through_the_port_never_falls_back() -> None:
    assert "DIRECT" not in PROXY
    assert f'"{PROXY}"' in pac_text(PacRules(), 1080)


def test_a_typed_list_is_taken_as_it_is_meant() -> None:
    domains, odd = own_domains(
        "example.org, https://www.example.net/path?x=1\n*.a.org .b.org;c.org:8443\n# a note\n"
        "\u4f8b\u5b50.\u4e2d\u56fd 10.1.2.3 bad..name 12 -x.org user@d.org example.org"
    )
    assert domains == (
        "example.org", "www.example.net", "a.org", "b.org", "c.org", "xn--fsqu00a.xn--fiqs8s",
        "10.1.2.3", "d.org",
    )  # fmt: skip
    assert odd[-3:] == ("bad..name", "12", "-x.org")


RULES = """[AutoProxy 0.2.9]
! a comment
||google.com
|https://www.one.example/
.two.example
three.example
@@||cn.three.example^
@@|http://four.example
|http://five.example/only/this
/^https?:\\/\\/six/
*.seven.example/*
keyword*with
||\u4f8b\u5b50.\u4e2d\u56fd
"""


@pytest.mark.parametrize("encoded", [False, True])
def test_gfwlist_files_are_read(encoded: bool) -> None:
    text = base64.encodebytes(RULES.encode()).decode() if encoded else RULES
    found = rule_list(text)
    assert found.proxied == (
        "google.com", "www.one.example", "two.example", "three.example", "seven.example",
        "xn--fsqu00a.xn--fiqs8s",
    )  # fmt: skip
    assert found.direct == ("cn.three.example", "four.example")
    assert found.left_out == 3


@pytest.mark.parametrize(
    "text", ["", "hello", "[AutoProxy 0.2.9]\n! nothing", "aGVsbG8=", "[Adblock]\n||x.org", "\x00"]
)
def test_what_is_no_list_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        rule_list(text)


words = st.text("abcdefgh.-_*|@/:^!0123456789", max_size=12)


@given(st.lists(words, max_size=8), st.lists(words, max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_list_makes_a_file_that_runs(engine: QJSEngine, rules: list[str], own: list[str]) -> None:
    domains, _ = own_domains(" ".join(own))
    try:
        listed = rule_list("[AutoProxy]\n" + "\n".join(rules))
        proxied, direct = listed.proxied, listed.direct
    except ValueError:
        proxied, direct = (), ()
    find = finder(engine, PacRules(own_proxied=domains, listed_proxied=proxied, listed_direct=direct))
    for domain in domains:
        assert find(domain) == PROXY
        assert find(f"sub.{domain}") == PROXY
    for domain in direct:
        if not any(domain == name or domain.endswith(f".{name}") for name in domains):
            assert find(domain) == "DIRECT"


def test_a_line_without_end_holds_nobody_up() -> None:
    """Making a domain of this one takes minutes, and the thread that does so has the system's proxy."""
    assert rule_list("[AutoProxy 0.2.9]\n||x.org\n||" + "\ufdfa" * 4_000_000).proxied == ("x.org",)
    assert own_domains("\ufdfa" * 4_000_000)[0] == ()
