"""Each rule of a profile: what is refused, where, and why; and what is fine."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.problems import Problem, ProblemCode
from app.core.profiles import (
    AdminLogin,
    Authentication,
    Document,
    Enrolment,
    Exit,
    Forward,
    Relay,
    ReverseRoute,
    Server,
    Settings,
    SetupMode,
)
from app.core.validation import (
    problems_of,
    problems_of_relay,
    problems_of_server,
    ssh_option_problem,
    suggested_alias,
    unique_name,
)
from app.sentences import problem_sentence

RELAY = Relay(id="r1", name="gate", host="relay.example.org", user="me", identity="~/.ssh/id")
SERVER = Server(id="s1", alias="lab-gpu", relay_id="r1", user="chen")
DOCUMENT = Document(relays=(RELAY,), servers=(SERVER,))


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.field, str(problem.code)) for problem in problems]


def relay_problems(document: Document = DOCUMENT, **changes: Any) -> list[tuple[str, str]]:
    return found(problems_of_relay(dataclasses.replace(RELAY, **changes), document))


def server_problems(document: Document = DOCUMENT, **changes: Any) -> list[tuple[str, str]]:
    return found(problems_of_server(dataclasses.replace(SERVER, **changes), document))


def test_good_profiles_have_no_problems() -> None:
    assert problems_of(DOCUMENT) == []


@pytest.mark.parametrize(
    "host",
    [
        "relay.example.org",
        "10.0.0.1",
        "::1",
        "fe80::1%eth0",
        "2001:db8::1",
        "relay_1",
        "\u8df3\u677f.example",
        "a.",
    ],
)
def test_good_hosts(host: str) -> None:
    assert relay_problems(host=host) == []


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("", "empty"),
        (" ", "has-spaces"),
        ("a b", "has-spaces"),
        (" a", "has-spaces"),
        ("a\u3000b", "has-spaces"),
        ("-oProxyCommand=x", "leading-dash"),
        ("a\nHost *", "control-character"),
        ("a\x00", "control-character"),
        ("host:22", "host-syntax"),
        ("me@host", "host-syntax"),
        ("[::1]", "host-syntax"),
        ("ssh://host/", "host-syntax"),
        ("$(id)", "host-syntax"),
        ("a'b", "host-syntax"),
    ],
)
def test_bad_hosts(host: str, code: str) -> None:
    assert relay_problems(host=host) == [("host", code)]
    assert server_problems(route=ReverseRoute(host=host)) == [("route.host", code)]
    forward = Forward(local_port=8888, remote_port=8888, remote_host=host)
    assert server_problems(forwards=(forward,)) == [("forwards[0].remote_host", code)]


@pytest.mark.parametrize(
    ("user", "code"),
    [("", "empty"), ("  ", "empty"), ("-l", "leading-dash"), ("a\nb", "control-character"),
     ("a;b", "user-syntax"), ("a -o", "user-syntax"), ("a\\", "user-syntax"), ("`id`", "user-syntax")],
)  # fmt: skip
def test_bad_users(user: str, code: str) -> None:
    assert relay_problems(user=user) == [("user", code)]
    assert server_problems(user=user) == [("user", code)]


def test_a_user_may_be_told_later_behind_a_relay_that_was_set_up() -> None:
    document = Document(relays=(dataclasses.replace(RELAY, setup=SetupMode.SYSTEM),), servers=(SERVER,))
    assert server_problems(document, user="") == []
    assert server_problems(document, user="-a") == [("user", "leading-dash")]
    assert server_problems(user="") == [("user", "empty")]


@pytest.mark.parametrize("place", ["admin", "login_before"])
def test_the_logins_of_a_set_up(place: str) -> None:
    def problems_of_login(login: AdminLogin) -> list[tuple[str, str]]:
        changes: dict[str, Any] = {place: login}
        return relay_problems(**changes)

    good = AdminLogin(user="root", identity="~/.ssh/id")
    assert problems_of_login(good) == []
    assert problems_of_login(AdminLogin(user="me", authentication=Authentication.AGENT)) == []
    bad: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"user": ""}, ("user", "empty")),
        ({"user": "-oProxyCommand=x"}, ("user", "leading-dash")),
        ({"identity": ""}, ("identity", "key-not-named")),
        ({"identity": "a\nb"}, ("identity", "control-character")),
        ({"certificate": "a\nb"}, ("certificate", "control-character")),
    ]
    for changes, (field, code) in bad:
        assert problems_of_login(dataclasses.replace(good, **changes)) == [(f"{place}.{field}", code)]


@pytest.mark.parametrize("name", ["abc", "abcdefgH", "../../ab", "abcdefghi", "abcdefg\n", ""])
def test_ids_of_permissions(name: str) -> None:
    if name:
        assert relay_problems(pc_id=name) == [("pc_id", "id-syntax")]
    assert server_problems(enrolment=Enrolment(id=name)) == [("enrolment.id", "id-syntax")]
    older = Enrolment(id="a1b2c3d4", older=("b1b2c3d4", name))
    assert server_problems(enrolment=older) == [("enrolment.older", "id-syntax")]
    assert relay_problems(pc_id="a1b2c3d4") == []
    assert server_problems(enrolment=Enrolment(id="a1b2c3d4")) == []


def test_the_home_that_a_server_told_is_one_line() -> None:
    assert server_problems(home="/home/chen") == []
    assert server_problems(home="/home\nHost *") == [("home", "control-character")]


@pytest.mark.parametrize("user", ["me", "LAB\\chen", "chen@lab.example", "John Smith", "u-1_x.y", "\u9648"])
def test_good_users(user: str) -> None:
    assert relay_problems(user=user) == []


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**30])
def test_ports_out_of_range(port: int) -> None:
    assert relay_problems(port=port) == [("port", "port-range")]
    assert relay_problems(socks_port=port) == [("socks_port", "port-range")]
    assert server_problems(route=ReverseRoute(port=port)) == [("route.port", "port-range")]
    forward = Forward(local_port=port, remote_port=port)
    assert sorted(server_problems(forwards=(forward,))) == [
        ("forwards[0].local_port", "port-range"),
        ("forwards[0].remote_port", "port-range"),
    ]


def test_no_plain_ssh_port_is_fine_and_a_wrong_one_is_not() -> None:
    assert server_problems(local_ssh_port=0) == []
    assert server_problems(local_ssh_port=-1) == [("local_ssh_port", "port-range")]


@pytest.mark.parametrize(
    ("name", "code"), [("", "empty"), (" ", "empty"), ("a\tb", "control-character"), ("x" * 101, "too-long")]
)
def test_bad_names(name: str, code: str) -> None:
    assert relay_problems(name=name) == [("name", code)]


def test_names_are_unique_whatever_their_case() -> None:
    other = dataclasses.replace(RELAY, id="r2", name="GATE", socks_port=10081)
    problems = problems_of_relay(other, DOCUMENT)
    assert found(problems) == [("name", "name-taken")]
    assert problems[0].profile_id == "r2"
    twin = dataclasses.replace(SERVER, id="s2")
    assert found(problems_of_server(twin, DOCUMENT)) == [("alias", "name-taken")]


@pytest.mark.parametrize("alias", ["lab-gpu", "a", "0x", "gpu.lab_1", "9a", "a-", "localhost2"])
def test_good_aliases(alias: str) -> None:
    assert server_problems(Document(relays=(RELAY,)), alias=alias) == []


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("", "empty"),
        ("x" * 101, "too-long"),
        ("Lab", "alias-syntax"),
        ("-a", "alias-syntax"),
        (".a", "alias-syntax"),
        ("a b", "alias-syntax"),
        ("a\n", "alias-syntax"),
        ("a*", "alias-syntax"),
        ("\u670d\u52a1\u5668", "alias-syntax"),
        ("localhost", "alias-reserved"),
        ("LOCALHOST", "alias-reserved"),
        ("localhost.", "alias-reserved"),
        ("10.0.0.1", "alias-reserved"),
        ("127.1", "alias-reserved"),
        ("2130706433", "alias-reserved"),
        ("::1", "alias-reserved"),
        ("x.relaytray.internal", "alias-reserved"),
        ("x.relaytray.internal.", "alias-reserved"),
    ],
)
def test_bad_aliases(alias: str, code: str) -> None:
    assert server_problems(Document(relays=(RELAY,)), alias=alias) == [("alias", code)]


def test_key_file_must_be_named() -> None:
    assert relay_problems(identity=" ") == [("identity", "key-not-named")]
    assert relay_problems(identity="", authentication=Authentication.AGENT) == []
    assert relay_problems(identity="~/a\nb") == [("identity", "control-character")]
    assert server_problems(identity="") == []
    assert server_problems(remote_folder="/a\nb") == [("remote_folder", "control-character")]


def test_numbers_and_socks_user() -> None:
    assert relay_problems(keepalive_s=-1) == [("keepalive_s", "number-range")]
    assert relay_problems(idle_close_min=10**9) == [("idle_close_min", "number-range")]
    assert relay_problems(socks_user="a:b") == [("socks_user", "socks-user-syntax")]
    assert relay_problems(socks_user="\u5bc6" * 86) == [("socks_user", "socks-user-syntax")]
    assert relay_problems(socks_user="a\n") == [("socks_user", "control-character")]


def test_the_relay_of_a_server_exists() -> None:
    assert server_problems(relay_id="gone") == [("relay_id", "relay-unknown")]


def test_one_exit_for_each_relay() -> None:
    first = dataclasses.replace(SERVER, exit=Exit.SERVER)
    second = dataclasses.replace(first, id="s2", alias="other")
    document = Document(relays=(RELAY,), servers=(first, second))
    assert [p.details["other"] for p in problems_of_server(second, document)] == ["lab-gpu"]
    assert found(problems_of(document)) == [("exit", "exit-taken"), ("exit", "exit-taken")]
    elsewhere = dataclasses.replace(second, relay_id="r2")
    relays = (RELAY, dataclasses.replace(RELAY, id="r2", name="b", socks_port=10081))
    assert problems_of(Document(relays=relays, servers=(first, elsewhere))) == []


def test_local_ports_clash_and_the_other_is_named() -> None:
    other = dataclasses.replace(RELAY, id="r2", name="b")
    problems = problems_of_relay(other, DOCUMENT)
    assert found(problems) == [("socks_port", "port-clash")]
    assert problem_sentence(problems[0]) == (
        "Port 10080 is already used by gate (SOCKS). Choose a different port."
    )
    forwards = (Forward(local_port=10080, remote_port=1), Forward(local_port=6006, remote_port=6006))
    assert server_problems(forwards=forwards, local_ssh_port=6006) == [
        ("forwards[0].local_port", "port-clash"),
        ("forwards[1].local_port", "port-clash"),
    ]
    taken = Document(relays=(RELAY,), servers=(dataclasses.replace(SERVER, local_ssh_port=10122),))
    clash = problems_of_relay(dataclasses.replace(RELAY, socks_port=10122), taken)
    assert clash[0].details == {"port": "10122", "other": "lab-gpu (ssh)"}


def test_settings() -> None:
    settings = Settings(log_level="loud", language="xx")
    problems = problems_of(dataclasses.replace(DOCUMENT, settings=settings))
    assert found(problems) == [
        ("settings.log_level", "choice-unknown"),
        ("settings.language", "choice-unknown"),
    ]
    assert problems[0].profile_id == ""


texts = st.text(max_size=20)
ports = st.integers()
relays = st.builds(
    Relay,
    id=texts,
    name=texts,
    host=texts,
    user=texts,
    identity=texts,
    port=ports,
    socks_port=ports,
    keepalive_s=ports,
    socks_user=st.text(st.characters(), max_size=300),
)
servers = st.builds(
    Server,
    id=texts,
    alias=texts,
    relay_id=texts,
    user=texts,
    local_ssh_port=ports,
    forwards=st.tuples(st.builds(Forward, local_port=ports, remote_port=ports, remote_host=texts)),
)


@given(st.builds(Document, relays=st.tuples(relays, relays), servers=st.tuples(servers, servers)))
def test_never_raises_and_every_problem_has_its_sentence(document: Document) -> None:
    for problem in problems_of(document):
        template = problem_sentence(dataclasses.replace(problem, details=dict.fromkeys(problem.details, "x")))
        assert "?" not in template


@given(texts, st.sets(texts.map(str.lower)))
def test_a_suggested_alias_is_a_good_one(name: str, taken: set[str]) -> None:
    alias = suggested_alias(name, taken)
    assert alias not in taken
    assert server_problems(Document(relays=(RELAY,)), alias=alias) == []


def test_suggestions() -> None:
    assert suggested_alias("GPU 1") == "gpu-1"
    assert suggested_alias("\u670d\u52a1\u5668") == "server"
    assert suggested_alias("10.0.0.5") == "server-10.0.0.5"
    assert suggested_alias("gpu", {"gpu", "gpu-2"}) == "gpu-3"
    assert unique_name("Lab", {"lab"}) == "Lab 2"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("LogLevel ERROR", None),
        ("  SetEnv A=1", None),
        ("RequestTTY=yes", None),
        ("ServerAliveInterval\t30", None),
        ("", None),
        ("# a remark", None),
        ("LogLevel", ProblemCode.SSH_OPTION_SYNTAX),
        ("Log-Level ERROR", ProblemCode.SSH_OPTION_SYNTAX),
        ('"LogLevel" ERROR', ProblemCode.SSH_OPTION_SYNTAX),
        ("Host other", ProblemCode.SSH_OPTION_OURS),
        ("host=other", ProblemCode.SSH_OPTION_OURS),
        ("MATCH all", ProblemCode.SSH_OPTION_OURS),
        ("ProxyCommand nc %h %p", ProblemCode.SSH_OPTION_OURS),
        ("StrictHostKeyChecking no", ProblemCode.SSH_OPTION_OURS),
        ("LogLevel ERROR\nHost *", ProblemCode.CONTROL_CHARACTER),
        ("LogLevel ERROR\rHost *", ProblemCode.CONTROL_CHARACTER),
    ],
)
def test_more_lines_for_the_ssh_config(line: str, code: ProblemCode | None) -> None:
    found, _keyword = ssh_option_problem(line)
    assert found is code
