"""ssh configs as people write them: what becomes a relay, what a server, what is left out and why.

That values are read as ssh reads them is shown against the real ``ssh -G`` in
``test_ssh_config_against_ssh.py``.
"""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.profiles import Authentication, Document, Forward
from app.core.ssh_config_import import Person, Preview, Skipped, SkipReason, parse
from app.core.ssh_config_reader import IncludedFile, split_line
from app.core.validation import problems_of
from app.sentences import skip_sentence

ME = Person(user="me", identity="~/.ssh/id_ed25519", environment={"KEYS": "/keys"})


def preview(text: str, files: dict[str, str] | None = None, person: Person = ME) -> Preview:
    def include(pattern: str) -> Sequence[IncludedFile]:
        return [IncludedFile(name, found) for name, found in (files or {}).items() if name == pattern]

    counter = itertools.count(1)
    return parse(textwrap.dedent(text), include, person, lambda: f"id{next(counter)}", "main")


def relays(found: Preview) -> list[tuple[str, str, int, str]]:
    return [(relay.name, relay.host, relay.port, relay.user) for relay in found.relays]


def test_the_write_up_of_a_person() -> None:
    found = preview(
        """
        # my machines
        Host relay
            HostName 203.0.113.7
            Port 2222
            User ubuntu
            IdentityFile ~/.ssh/lightsail.pem
            ServerAliveInterval 30

        Host gpu-1
            HostName localhost
            Port 22222
            User chen
            IdentityFile "~/.ssh/my gpu key"
            ForwardX11 yes
            ProxyJump relay
            LocalForward 8888 localhost:8888
            LocalForward 127.0.0.1:6006 node-2:6006

        Host *
            Compression yes
        """
    )
    assert relays(found) == [("relay", "203.0.113.7", 2222, "ubuntu")]
    relay = found.relays[0]
    assert (relay.identity, relay.authentication) == ("~/.ssh/lightsail.pem", Authentication.KEY_FILE)
    assert relay.keepalive_s == 30
    (server,) = found.servers
    assert (server.alias, server.relay_id, server.user) == ("gpu-1", relay.id, "chen")
    assert (server.route.host, server.route.port) == ("localhost", 22222)
    assert server.identity == "~/.ssh/my gpu key"
    assert server.forwards == (
        Forward(local_port=8888, remote_port=8888),
        Forward(local_port=6006, remote_port=6006, remote_host="node-2"),
    )
    assert (server.forward_x11, server.forward_agent, server.compression) == (True, False, True)
    assert found.skipped == ()
    assert problems_of(Document(relays=found.relays, servers=found.servers)) == []


def test_defaults() -> None:
    (relay,) = preview("Host gate.example.org").relays
    assert (relay.host, relay.port, relay.user) == ("gate.example.org", 22, "me")
    assert relay.identity == "~/.ssh/id_ed25519"
    assert relay.keepalive_s == 15
    (relay,) = preview("Host a", person=Person(user="me")).relays
    assert (relay.identity, relay.authentication) == ("", Authentication.AGENT)


@pytest.mark.parametrize(
    ("line", "authentication", "identity"),
    [
        ("PubkeyAuthentication no", Authentication.PASSWORD, ""),
        ("PreferredAuthentications password", Authentication.PASSWORD, ""),
        ("PreferredAuthentications keyboard-interactive,publickey", Authentication.KEYBOARD_INTERACTIVE, ""),
        ("PreferredAuthentications publickey,password", Authentication.KEY_FILE, "~/.ssh/id_ed25519"),
        ("IdentityFile %d/.ssh/%r-%h-%p-%n-%%", Authentication.KEY_FILE, "~/.ssh/me-h-22-a-%"),
        ("IdentityFile ${KEYS}/${NOT_SET}", Authentication.KEY_FILE, "/keys/${NOT_SET}"),
        ("IdentityFile none", Authentication.KEY_FILE, "~/.ssh/id_ed25519"),
        ("IdentityFile one\nIdentityFile two", Authentication.KEY_FILE, "one"),
    ],
)
def test_how_to_log_in(line: str, authentication: Authentication, identity: str) -> None:
    (relay,) = preview(f"Host a\nHostName h\n{line}").relays
    assert (relay.authentication, relay.identity) == (authentication, identity)


def test_a_jump_host_that_is_no_host_of_its_own() -> None:
    found = preview("Host gpu\n ProxyJump bob@203.0.113.9:2200\nHost gpu2\n ProxyJump bob@203.0.113.9:2200")
    assert relays(found) == [("203.0.113.9", "203.0.113.9", 2200, "bob")]
    assert {server.relay_id for server in found.servers} == {found.relays[0].id}


def test_a_jump_host_with_another_user_is_another_relay() -> None:
    found = preview("Host gate\n HostName g.org\nHost gpu\n ProxyJump bob@gate\nHost c\n ProxyJump gate")
    assert relays(found) == [("gate", "g.org", 22, "me"), ("bob@g.org", "g.org", 22, "bob")]
    assert [server.relay_id for server in found.servers] == [found.relays[1].id, found.relays[0].id]
    assert [relay.socks_port for relay in found.relays] == [10080, 10081]


@pytest.mark.parametrize(
    "jump", ["ssh://bob@[2001:db8::1]:2200", "bob@[2001:db8::1]:2200", "bob@[2001:db8::1]:2200 # home"]
)
def test_forms_of_a_jump(jump: str) -> None:
    found = preview(f"Host gpu\n ProxyJump {jump}")
    assert relays(found) == [("2001:db8::1", "2001:db8::1", 2200, "bob")]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ssh -W %h:%p gate", ("g.org", 22, "me")),
        ("ssh -q -W [%h]:%p -l bob -p 2200 gate", ("g.org", 2200, "bob")),
        ("exec /usr/bin/ssh -W %h:%p bob@gate", ("g.org", 22, "bob")),
        ('"C:/Windows/System32/OpenSSH/ssh.exe" -W %h:%p gate', ("g.org", 22, "me")),
    ],
)
def test_the_older_way_to_write_a_jump(command: str, expected: tuple[str, int, str]) -> None:
    found = preview(f"Host gate\n HostName g.org\nHost gpu\n ProxyCommand {command}")
    by_id = {relay.id: relay for relay in found.relays}
    relay = by_id[found.servers[0].relay_id]
    assert (relay.host, relay.port, relay.user) == expected


@pytest.mark.parametrize(
    ("lines", "reason", "detail"),
    [
        ("ProxyCommand connect -S 127.0.0.1:10080 %h %p", SkipReason.PROXY_COMMAND, "connect"),
        ("ProxyCommand ssh -F other -W %h:%p gate", SkipReason.PROXY_COMMAND, "ssh -F"),
        ("ProxyCommand ssh gate nc %h %p", SkipReason.PROXY_COMMAND, "nc"),
        ("ProxyCommand ssh -W 'broken gate", SkipReason.PROXY_COMMAND, "broken"),
        ("ProxyJump a,b", SkipReason.SEVERAL_JUMPS, "a,b"),
        ("ProxyJump behind", SkipReason.SEVERAL_JUMPS, "gate, behind"),
        ("ProxyJump @", SkipReason.BAD_VALUE, "ProxyJump @"),
        ("ProxyJump gate:0", SkipReason.BAD_VALUE, "Port 0"),
        ("Port 70000", SkipReason.BAD_VALUE, "Port 70000"),
        ("Port x", SkipReason.BAD_VALUE, "Port x"),
    ],
)
def test_left_out_with_the_reason(lines: str, reason: SkipReason, detail: str) -> None:
    found = preview(f"Host x\n {lines}\nHost behind\n ProxyJump gate\nHost gate\n HostName g.org")
    (skipped,) = found.skipped
    assert (skipped.alias, skipped.reason) == ("x", reason)
    assert detail in skipped.detail
    assert skip_sentence(skipped).startswith("x was left out")
    assert [relay.name for relay in found.relays] == ["gate"]


def test_none_switches_a_jump_off() -> None:
    found = preview("Host a\n ProxyJump none\nHost b\n ProxyCommand none\nHost *\n ProxyJump gate")
    assert sorted(relay.name for relay in found.relays) == ["a", "b"]
    assert found.servers == ()


def test_defaults_of_all_hosts_and_negation() -> None:
    found = preview(
        """
        Host gate
          User boss
        Host !gate *.lab
          ProxyJump gate
        Host * !gate
          User chen
          Port 22222
        Host a.lab b
        """
    )
    assert relays(found) == [("gate", "gate", 22, "boss"), ("b", "b", 22222, "chen")]
    assert [(s.alias, s.user, s.route.host, s.route.port) for s in found.servers] == [
        ("a.lab", "chen", "a.lab", 22222)
    ]


def test_match_is_left_out_and_said_so() -> None:
    found = preview(
        "Match host gpu exec 'touch /tmp/x'\n User evil\nHost gpu\n User chen\nMatch all\n Port 23"
    )
    assert relays(found) == [("gpu", "gpu", 23, "chen")]
    assert found.skipped == (Skipped("Match host gpu exec 'touch /tmp/x'", SkipReason.MATCH_BLOCK),)


def test_include_in_place_in_blocks_and_nested() -> None:
    files = {
        "a.conf": "Host inner\n User fromfile\nInclude deep.conf",
        "deep.conf": "Host deep\n HostName d.org",
        "in-block.conf": "User blockuser\nHost never\n User x",
    }
    found = preview("Include a.conf\nHost one\n Include in-block.conf missing.conf\n Port 24", files)
    assert relays(found) == [("inner", "inner", 22, "fromfile"), ("one", "one", 24, "blockuser")]
    # "deep" is included inside the block of "inner": it applies to no name at all.
    found = preview("Include deep.conf\nHost one", files)
    assert relays(found) == [("deep", "d.org", 22, "me"), ("one", "one", 22, "me")]


def test_include_loops_depth_and_failures() -> None:
    found = preview("Include b\nHost x", {"b": "Include c", "c": "Include b main"})
    assert relays(found) == [("x", "x", 22, "me")]
    assert [(s.alias, s.reason) for s in found.skipped] == [("b", "include-loop")]
    chain = {str(i): f"Include {i + 1}\nHost h{i}" for i in range(40)}
    found = preview("Include 0", chain)
    assert [relay.name for relay in found.relays] == [f"h{i}" for i in range(15, -1, -1)]
    assert [(s.alias, s.reason) for s in found.skipped] == [("16", "include-too-deep")]

    def include(_: str) -> Sequence[IncludedFile]:
        return [IncludedFile("/secret", failure="Permission denied")]

    found = parse("Include x", include, ME, lambda: "1")
    assert found.skipped == (Skipped("/secret", SkipReason.FILE_UNREADABLE, "Permission denied"),)


def test_a_tree_of_includes_does_not_explode() -> None:
    files = {str(i): f"Include {i + 1} {i + 1}\nInclude {i + 1} {i + 1}" for i in range(16)}
    found = preview("Include 0\nHost x", files)
    assert [relay.name for relay in found.relays] == ["x"]
    assert "include-too-deep" in {s.reason for s in found.skipped}


def test_lines_of_a_server_that_cannot_be_taken_are_named() -> None:
    text = """
        Host gpu other
            ProxyJump gate
            IdentityFile ~/.ssh/k
            ForwardAgent $OTHER_AGENT
            CertificateFile ~/.ssh/k-cert.pub
            LocalForward *:8888 localhost:8888
        """
    found = preview(text)
    assert found.skipped[:2] == (
        Skipped("gpu", SkipReason.LINE_LEFT_OUT, "LocalForward *:8888 localhost:8888"),
        Skipped("gpu", SkipReason.LINE_LEFT_OUT, "ForwardAgent $OTHER_AGENT"),
    )
    assert (found.servers[0].forwards, found.servers[0].forward_agent) == ((), False)
    assert [skipped.alias for skipped in found.skipped] == ["gpu", "gpu", "other", "other"]
    assert '"ForwardAgent $OTHER_AGENT"' in skip_sentence(found.skipped[1])


def test_names_that_are_no_aliases_and_clashes() -> None:
    found = preview("Host GPU_1 gpu_1 \u670d\u52a1\u5668 10.0.0.5\n ProxyJump gate")
    assert [server.alias for server in found.servers] == ["gpu_1", "gpu_1-2", "server", "server-10.0.0.5"]


def test_the_socks_port_that_is_in_use_already() -> None:
    found = preview("Host a\n DynamicForward 127.0.0.1:1080\nHost b\n DynamicForward 1080\nHost c")
    assert [relay.socks_port for relay in found.relays] == [1080, 1081, 10080]


def test_a_line_that_ssh_refuses_is_named() -> None:
    found = preview('Host a\n User "x\n Port 23')
    assert relays(found) == [("a", "a", 23, "me")]
    assert found.skipped == (Skipped("", SkipReason.BAD_LINE, 'User "x'),)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        ("  # comment", None),
        ("\tUser\tbob\r", ("user", ("bob",))),
        ("User=bob", ("user", ("bob",))),
        ("User = bob", ("user", ("bob",))),
        ("User\t=bob # c", ("user", ("bob",))),
        ('"User" bob', ("user", ("bob",))),
        ('User "a b"', ("user", ("a b",))),
        ("User 'a b'c", ("user", ("a bc",))),
        (r'User "a\"b" \\ c\ d', ("user", ('a"b', "\\", "c d"))),
        (r"IdentityFile C:\Users\x", ("identityfile", (r"C:\Users\x",))),
        ("User a#b", ("user", ("a#b",))),
        ("ProxyCommand = nc '%h' # x", ("proxycommand", ("nc '%h' # x",))),
        ("ProxyCommand", ("proxycommand", ())),
    ],
)
def test_lines(line: str, expected: object) -> None:
    assert split_line(line) == expected


KEYWORDS = ["Host", "Match", "Include", "Port", "User", "ProxyJump", "ProxyCommand", "HostName"]
VALUES = ["a", "b", "a b", "*", "all", "22", "%h", "ssh -W %h:%p b"]
KEYWORDS += ["IdentityFile", "LocalForward", "DynamicForward", "ServerAliveInterval", ""]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(KEYWORDS),
            st.sampled_from([" ", "=", ""]),
            st.text(max_size=12) | st.sampled_from(VALUES),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_no_text_makes_it_raise(lines: list[tuple[str, str, str]]) -> None:
    text = "\n".join("".join(line) for line in lines)
    found = preview(text, {"a": text})
    assert {server.relay_id for server in found.servers} <= {relay.id for relay in found.relays}
    assert all(skip_sentence(skipped) for skipped in found.skipped)


@given(st.text())
def test_any_text_at_all(text: str) -> None:
    preview("Host a\n" + text)
