"""What is read from a config is what the real ``ssh -G`` says, odd quoting, patterns and includes too."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.ssh_config_import import HostValues, Person, SkipReason, host_values
from app.core.ssh_config_reader import IncludedFile, read
from app.storage.ssh_config_files import included_paths, preview_ssh_config

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs the OpenSSH client")
NAMES = ("gpu", "gate", "a.lab", "GPU", "x-1")


def asked(config: Path, name: str) -> dict[str, list[str]] | None:
    """``ssh -G``, None where ssh refuses the config."""
    command = ["ssh", "-G", "-F", str(config), name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    if done.returncode:
        return None
    told: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        told.setdefault(keyword, []).append(value)
    return told


def ours(config: Path, name: str, user: str) -> HostValues:
    def include(pattern: str) -> Sequence[IncludedFile]:
        found = included_paths(pattern, Path.home())
        return [IncludedFile(str(path), path.read_text(encoding="utf-8")) for path in found]

    tree, _ = read(config.read_text(encoding="utf-8"), include, str(config))
    return host_values(tree, name, Person(user=user))


def assert_same(config: Path, name: str, default_user: str) -> bool:
    told = asked(config, name)
    if told is None:
        return False
    found = ours(config, name, default_user)
    assert found.host == told["hostname"][0].lower()
    assert str(found.port) == told["port"][0]
    assert found.user == told["user"][0]
    assert found.jump.removeprefix("ssh://") == told.get("proxyjump", [""])[0]
    assert found.proxy_command == told.get("proxycommand", [""])[0]
    named = list(dict.fromkeys(arguments[0] for arguments in found.values.every.get("identityfile", [])))
    if named:  # else ssh lists its defaults
        assert named == told["identityfile"]
    switches = (found.forward_x11, found.forward_agent, found.compression)
    for keyword, is_on in zip(("forwardx11", "forwardagent", "compression"), switches, strict=True):
        assert is_on == (told[keyword][0] == "yes"), keyword
    if found.keepalive_s:
        assert told["serveraliveinterval"] == [str(found.keepalive_s)]
    return True


@pytest.fixture(scope="module")
def default_user(tmp_path_factory: pytest.TempPathFactory) -> str:
    empty = tmp_path_factory.mktemp("empty") / "config"
    empty.touch()
    told = asked(empty, "x")
    assert told is not None
    return told["user"][0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "User early\nHost gpu\n User late",
        "Host gpu\n User bob\n Port 2222\nHost *\n User all\n Port 1",
        "Host *\n User all\nHost gpu\n User never",
        "Host g* !gate\n User g\nHost gate\n User gate",
        "Host !gate\n User nobody",
        "Host gp? *.lab\n User q",
        "Host gpu gate\n HostName %h.Example.ORG",
        "Host=gpu\nUser=bob\nPort = 2222",
        "HOST gpu\n\tuSeR\tbob   \r\n PORT 23\r",
        'Host "gpu"\n User "bob"\n IdentityFile "~/my keys/id"\n IdentityFile /two',
        'Host "a b" gpu\n User x',
        "Host 'gpu'\n IdentityFile ~/my\\ keys/id",
        '"Host" gpu\n "User" bob',
        "Host gpu # trailing\n User bob # comment\n # whole\n\n IdentityFile a#b",
        "Host gpu\n ProxyJump gate\n ProxyCommand nc %h %p",
        "Host gpu\n ProxyCommand nc %h %p # not a comment\n ProxyJump gate",
        "Host gpu gate\n ProxyJump none\nHost *\n ProxyJump gate",
        "Host gpu gate\n ProxyCommand none\nHost *\n ProxyJump gate",
        "Host gpu\n ProxyJump bob@gate:2222\n",
        "Host gpu\n ProxyJump=gate # comment",
        "ProxyJump none\nProxyCommand nc\nProxyCommand nd\nProxyJump gate",
        "Host gpu GPU\n ProxyJump none\n ProxyCommand none\n ProxyJump gate",
        "Match all\n User everyone",
        "Host gate\n User a\nMatch all\n Port 99\nHost gpu\n User b",
        "Host gpu\n Port ssh",
        "Host *\n ServerAliveInterval 25",
        "Host gpu\n IdentityFile none\n",
        "Host **g**u**\n User stars",
        "Host *a*b*c*d*e*f*\n User none\nHost ?*?\n User two",
        "Host g[p]u\n User set",
        "Host gpu,gate\n User list",
    ],
)
def test_matrix(tmp_path: Path, text: str, default_user: str) -> None:
    config = tmp_path / "config"
    config.write_text(text, encoding="utf-8", newline="")
    assert all(assert_same(config, name, default_user) for name in NAMES)


def test_what_a_server_has_is_taken_or_named(tmp_path: Path, default_user: str) -> None:
    """ForwardX11 and its like, and every LocalForward that ``ssh -G`` tells: nothing goes without a word."""
    config = tmp_path / "config"
    config.write_text(
        "Host gpu\n ProxyJump gate\n ForwardX11 YES\n ForwardAgent true\n CertificateFile /c.pub\n"
        " LocalForward 8888 localhost:8888\n LocalForward *:1001 a:2\n LocalForward :1002 a:2\n"
        " LocalForward 127.0.0.1:1003 [::1]:2\n LocalForward [::1]:1004 b:2\n LocalForward /s a:6\n"
        " LocalForward 8888 localhost:8888\n LocalForward 1005 /remote.sock\n"
        "Host quiet\n ProxyJump gate\n ForwardX11 no\n ClearAllForwardings yes\n LocalForward 7 a:7\n"
        "Host gate\n LocalForward 1006 a:1\n"
        "Host *\n Compression yes\n ForwardX11 yes\n",
        encoding="utf-8",
    )
    assert all(assert_same(config, name, default_user) for name in ("gpu", "quiet", "gate"))
    preview = preview_ssh_config(config, tmp_path)
    server, quiet = preview.servers
    assert (server.forward_x11, server.forward_agent, server.compression) == (True, True, True)
    assert (quiet.forward_x11, quiet.forward_agent, quiet.compression) == (False, False, True)
    told = asked(config, "gpu")
    assert told is not None
    left_out = [skipped.detail for skipped in preview.skipped if skipped.alias == "gpu"]
    assert {skipped.reason for skipped in preview.skipped} == {SkipReason.LINE_LEFT_OUT}
    taken = [
        f"{forward.local_port} {forward.remote_host}:{forward.remote_port}" for forward in server.forwards
    ]
    ports = {line.split()[0].rpartition(":")[2] for line in told["localforward"]}
    assert taken == ["8888 localhost:8888", "1003 ::1:2", "1004 b:2"]
    assert left_out == [
        "LocalForward *:1001 a:2", "LocalForward :1002 a:2", "LocalForward /s a:6",
        "LocalForward 1005 /remote.sock", "CertificateFile /c.pub",
    ]  # fmt: skip
    forwards = [*taken, *(line.removeprefix("LocalForward ") for line in left_out[:-1])]
    assert {line.split()[0].rpartition(":")[2] for line in forwards} == ports
    assert [(one.alias, one.detail) for one in preview.skipped if one.alias != "gpu"] == [
        ("gate", "LocalForward 1006 a:1")
    ]
    assert (asked(config, "quiet") or {}).get("localforward") is None
    assert quiet.forwards == ()


@pytest.mark.parametrize(
    "text",
    [
        "Include {dir}/one.conf\nHost gpu\n User main",
        "Host gpu\n Include {dir}/one.conf\n Port 44",
        "Host other\n Include {dir}/one.conf\nHost gpu\n Port 44",
        "Include {dir}/*.conf",
        "Include {dir}/two.conf {dir}/one.conf",
        'Include "{dir}/with space.conf"\n',
        "Include {dir}/with\\ space.conf",
        'Include "{dir}/\\[x\\].conf"',
        "Include {dir}/missing.conf {dir}/t?o.conf",
        "Include={dir}/nest.conf",
        "Host *\n Include {dir}/nest.conf\nHost gate\n User late",
        "Host gate\n Include {dir}/nest.conf",
    ],
)
def test_includes(tmp_path: Path, text: str, default_user: str) -> None:
    (tmp_path / "one.conf").write_text("User one\nHost gpu\n Port 11\nHost gate\n User onegate\n")
    (tmp_path / "two.conf").write_text("Port 12\nHost gpu\n User two\nMatch all\n IdentityFile /two\n")
    (tmp_path / "with space.conf").write_text("User space\n")
    (tmp_path / "[x].conf").write_text("User bracket\n")
    (tmp_path / "nest.conf").write_text(
        f"Host gate\n Include {tmp_path}/one.conf\n Port 13\nHost *\n User n\n"
    )
    config = tmp_path / "config"
    config.write_text(text.replace("{dir}", str(tmp_path)))
    assert all(assert_same(config, name, default_user) for name in NAMES)


patterns = st.lists(
    st.sampled_from(
        ["gpu", "gate", "*", "g*", "!gate", "!g*", "?pu", "*.lab", '"gpu"', "'a.lab'", "GPU", "x-?"]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)
words = st.text(st.sampled_from("ab\"'\\ #=~%,@:"), min_size=1, max_size=6)
lines = st.one_of(
    patterns.map("Host {}".format),
    st.sampled_from(["bob", "x y", '"q r"', "a#b", "b # c", "=c"]).map("User {}".format),
    words.map("User {}".format),
    words.map("IdentityFile {}".format),
    words.map("ProxyCommand {}".format),
    st.sampled_from(["gate", "none", "b@gate:23", "a,b", "ssh://u@gate:24", "gate #c"]).map(
        "ProxyJump {}".format
    ),
    st.sampled_from(["h", "%h.org", "UPPER", "::1"]).map("HostName {}".format),
    st.integers(1, 65535).map("Port {}".format),
    st.sampled_from(["Match all", "", "# x", "Port=7", "  User\t=  z", "ServerAliveInterval 9"]),
)


@given(st.lists(lines, max_size=9), st.sampled_from(NAMES))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_ssh_accepts_is_read_the_same_way(default_user: str, found: list[str], name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.write_text("\n".join(found), encoding="utf-8")
        assert_same(config, name, default_user)
