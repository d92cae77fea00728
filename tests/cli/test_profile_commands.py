"""The commands for profiles, as real processes on a throw-away data folder."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from app.core.profiles import Authentication, Exit, Forward
from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def test_a_relay_and_a_server_are_added_changed_shown_and_removed(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "r.example", "--user", "ann", "--agent")
    program.run("server", "add", "gpu", "--relay", "home", "--user", "bob", "--route-port", "2022")
    document = program.load()
    relay, server = document.relays[0], document.servers[0]
    assert (relay.name, relay.host, relay.port, relay.authentication) == (
        "home",
        "r.example",
        22,
        Authentication.AGENT,
    )
    assert (server.alias, server.relay_id, server.route.port) == ("gpu", relay.id, 2022)

    program.run("relay", "edit", "home", "--port", "2222", "--name", "away", "--connect-at-launch")
    program.run("relay", "edit", "away", "--no-small-packets-at-once")
    program.run(
        "server", "edit", "gpu", "--forward", "8888:8888", "--forward", "6006:tb:6007", "--exit", "server"
    )
    document = program.load()
    assert document.relays[0].id == relay.id
    assert (document.relays[0].name, document.relays[0].port) == ("away", 2222)
    assert document.relays[0].host == "r.example", "what is not named stays"
    assert document.relays[0].connect_at_launch
    assert not document.relays[0].small_packets_at_once
    assert document.servers[0].exit is Exit.SERVER
    assert document.servers[0].forwards == (
        Forward(local_port=8888, remote_port=8888),
        Forward(local_port=6006, remote_port=6007, remote_host="tb"),
    )
    assert "ann@r.example:2222" in program.run("relay", "list").stdout
    assert "8888:8888" in program.run("server", "show", "gpu").stdout

    program.run("server", "edit", "gpu", "--no-forwards", "--alias", "gpu2", "--route-host", "::1")
    server = program.load().servers[0]
    assert (server.forwards, server.alias, server.route.host, server.route.port) == ((), "gpu2", "::1", 2022)

    program.run("server", "remove", "gpu2")
    program.run("relay", "remove", "away")
    assert not program.load().relays
    assert program.run("relay", "list").stdout == ""
    assert program.json("relay", "list") == []


def test_every_option_of_a_relay_reaches_its_profile(program: Program) -> None:
    options = "--host h --port 2200 --user u --identity ~/.ssh/k --certificate k-cert.pub --socks-port 10999"
    more = "--socks-user me --keepalive 7 --idle-close 9 --connect-at-launch"
    program.run("relay", "add", "r", *options.split(), *more.split())
    relay = program.load().relays[0]
    assert (relay.identity, relay.authentication) == ("~/.ssh/k", Authentication.KEY_FILE)
    assert Path(relay.certificate).is_absolute()
    assert (relay.socks_port, relay.socks_user, relay.keepalive_s, relay.idle_close_min) == (
        10999,
        "me",
        7,
        9,
    )
    for authentication in ("password", "keyboard-interactive", "agent"):
        program.run("relay", "edit", "r", f"--{authentication}")
        assert program.load().relays[0].authentication == authentication
    assert program.run("relay", "edit", "r", "--agent", "--password", code=2).stderr


def test_every_option_of_a_server_reaches_its_profile(program: Program) -> None:
    program.run("relay", "add", "r", "--host", "h", "--user", "u", "--agent")
    options = "--user u --identity k --remote-folder /data --exit server --local-ssh-port 10122"
    more = "--route-host localhost --route-port 2023"
    program.run("server", "add", "s", *options.split(), *more.split())
    server = program.load().servers[0]
    assert Path(server.identity) == Path("k").absolute()
    assert (server.remote_folder, server.local_ssh_port) == ("/data", 10122)
    assert (server.route.host, server.route.port) == ("localhost", 2023)
    program.run("server", "edit", "s", "--identity", "")
    assert program.load().servers[0].identity == ""


def test_the_second_relay_gets_a_socks_port_of_its_own(program: Program) -> None:
    for name in "abc":
        program.run("relay", "add", name, "--host", "h", "--user", "u", "--agent")
    assert [relay.socks_port for relay in program.load().relays] == [10080, 10081, 10082]


def test_without_a_login_the_usual_key_is_taken_or_else_the_agent(program: Program) -> None:
    program.run("relay", "add", "one", "--host", "h", "--user", "u")
    (program.home / ".ssh").mkdir()
    (program.home / ".ssh" / "id_ed25519").write_text("key")
    program.run("relay", "add", "two", "--host", "h", "--user", "u")
    one, two = program.load().relays
    assert one.authentication is Authentication.AGENT
    assert (two.authentication, two.identity) == (Authentication.KEY_FILE, "~/.ssh/id_ed25519")


def test_problems_are_told_by_field_and_nothing_is_stored(program: Program) -> None:
    told = program.run(
        "relay", "add", "r", "--host", "a b", "--user", "", "--port", "0", "--agent", code=2
    ).stderr
    assert "host: " in told
    assert "user: " in told
    assert "port: 0 is not a port" in told
    error = program.error("relay", "add", "r", "--host", "a b", "--user", "u", "--agent", code=2)
    assert (error["code"], error["hop"]) == ("profile-invalid", "input")
    assert [problem["field"] for problem in error["problems"]] == ["host"]
    assert not program.load().relays


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("relay", "show", "nix"), "no-such-relay"),
        (("server", "show", "gup"), "no-such-server"),
        (("connect", "gup"), "no-such-server"),
        (("ssh-config", "gup"), "no-such-server"),
        (("relay", "remove", "home"), "relay-in-use"),
        (("profiles", "import", "/nowhere/at/all"), "file-unreadable"),
        (("server", "add", "x"), "profile-invalid"),
        (("relay", "add"), "usage"),
        (("nonsense",), "usage"),
        (("connect", "gpu", "--trust", "SHA256:short"), "usage"),
        (("connect", "gpu", "--trust", "anything"), "usage"),
        (("server", "edit", "gpu", "--forward", "80"), "usage"),
        (("server", "edit", "gpu", "--forward", "a:b"), "usage"),
    ],
)
def test_bad_input_ends_with_2_and_one_json_error(
    program: Program, arguments: tuple[str, ...], code: str
) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    program.run("server", "add", "gpu", "--user", "u")
    error = program.error(*arguments, code=2)
    assert error["code"] == code
    assert error["hop"] == "input"
    assert error["sentence"]
    assert '"gpu"' in error["sentence"] or code != "no-such-server", "the near match is named"


def test_json_may_stand_before_and_after_the_command(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    before = program.run("--json", "relay", "list").stdout
    assert (
        before
        == program.run("relay", "list", "--json").stdout
        == program.run("relay", "--json", "list").stdout
    )
    (relay,) = json.loads(before)
    assert relay["name"] == "home"
    assert relay["servers"] == []


def test_files_are_private_and_all_under_the_data_folder(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    assert stat.S_IMODE(program.paths.document.stat().st_mode) == 0o600
    assert stat.S_IMODE(program.data_dir.stat().st_mode) == 0o700
    assert not list(program.home.iterdir())


def test_profiles_go_out_and_come_in_again(program: Program, tmp_path: Path) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    program.run("server", "add", "gpu", "--user", "u")
    file = tmp_path / "export.json"
    assert program.json("profiles", "export", str(file))["servers"] == 1
    other = Program(tmp_path / "other")
    told = other.json("profiles", "import", str(file))
    assert [relay["name"] for relay in told["relays"]] == ["home"]
    assert other.load().servers == program.load().servers
    # The same profiles once more are no others; a changed one gets another name.
    other.run("profiles", "import", str(file))
    assert len(other.load().relays) == 1
    other.run("relay", "edit", "home", "--host", "elsewhere")
    changed = other.json("profiles", "import", str(file))["changed"]
    assert {note["field"] for note in changed} >= {"name", "socks_port"}
    assert "name became" in other.run("profiles", "import", str(file)).stdout or len(other.load().relays) == 2


def test_a_shadowsocks_server_from_a_file_is_told_with_what_is_wrong_with_it(
    program: Program, tmp_path: Path
) -> None:
    """Somebody else's file: its plugin would be a way into this computer."""
    hostile = {"id": "p1", "name": "gift", "host": "s.example", "port": 8388, "method": "aes-256-gcm"}
    hostile |= {"plugin": "v2ray-plugin", "plugin_options": "server;localAddr=127.0.0.1;localPort=22"}
    hostile |= {"steering": "global", "connect_at_launch": True}
    raw = {"format": "relaytray", "version": 1, "relays": [], "servers": [], "shadowsocks": [hostile]}
    file = tmp_path / "gift.json"
    file.write_text(json.dumps(raw))
    told = program.run("profiles", "import", str(file)).stdout
    assert 'gift: plugin_options: RelayTray does not hand the option "server" on' in told
    assert "1 Shadowsocks server" in told
    (taken,) = program.load().shadowsocks
    assert (taken.steering, taken.connect_at_launch) == ("port", False)
    assert program.json("profiles", "export", str(tmp_path / "again.json"))["shadowsocks"] == 1


def test_a_name_out_of_a_file_does_nothing_to_the_terminal(program: Program, tmp_path: Path) -> None:
    name = "gift\x1b]0;title\x07\x1b[2J\x9b1m\u202edne"
    one = {"id": "p1", "name": name, "host": "s.example", "port": 8388, "method": "aes-256-gcm"}
    raw = {"format": "relaytray", "version": 1, "relays": [], "servers": [], "shadowsocks": [one]}
    file = tmp_path / "gift.json"
    file.write_text(json.dumps(raw))
    told = program.run("profiles", "import", str(file)).stdout + program.run("shadowsocks", "list").stdout
    assert "gift\ufffd]0;title\ufffd" in told
    assert not {"\x1b", "\x07", "\x9b", "\u202e"} & set(told)
    (listed,) = program.json("shadowsocks", "list")
    assert listed["name"] == name


SSH_CONFIG = """\
Host jump
  HostName jump.example
  User ann
  IdentityFile ~/.ssh/k
Host gpu1
  HostName 127.0.0.1
  Port 2222
  User bob
  ProxyJump jump
"""


def test_an_ssh_config_is_imported_after_a_preview(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(SSH_CONFIG)
    # Without a terminal nobody can say yes.
    told = program.run("import", "ssh-config", str(file), code=4)
    assert "relay  jump: ann@jump.example:22" in told.stdout
    assert "server gpu1: bob, through port 2222 of jump" in told.stdout
    assert "--yes" in told.stderr
    assert not program.load().relays
    with program.start_on_terminal("import", "ssh-config", str(file)) as running:
        running.expect("Import these profiles?")
        running.type("n\n")
        assert running.wait() == 130
    assert not program.load().relays
    with program.start_on_terminal("import", "ssh-config", str(file)) as running:
        running.expect("Import these profiles?")
        running.type("y\n")
        assert running.wait() == 0
    document = program.load()
    assert [relay.name for relay in document.relays] == ["jump"]
    assert [server.alias for server in document.servers] == ["gpu1"]
    value = program.json("import", "ssh-config", str(file), "--yes")
    assert value["imported"]
    assert len(program.load().servers) == 1, "what is there already is not added again"


def test_the_home_config_is_the_default(program: Program) -> None:
    (program.home / ".ssh").mkdir()
    (program.home / ".ssh" / "config").write_text(SSH_CONFIG)
    program.run("import", "ssh-config", "--yes")
    assert [server.alias for server in program.load().servers] == ["gpu1"]


def test_status_without_a_running_program(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    assert program.run("status").stdout == "RelayTray is not running.\n"
    status = program.json("status")
    assert (status["state"], status["running"]) == ("off", False)
    assert status["relays"] == [{"relay": "home", "state": "off"}]
    for command in (("disconnect", "home"), ("quit",)):
        assert program.error(*command, code=1)["code"] == "app-not-running"


def test_a_damaged_document_is_set_aside_and_told(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent")
    program.paths.document.write_text("{ nonsense")
    told = program.run("relay", "list").stderr
    assert "set aside" in told
    assert list(program.data_dir.glob("profiles.damaged-*.json"))


def test_texts_for_other_programs(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "h", "--user", "u", "--agent", "--socks-port", "10999")
    program.run("server", "add", "gpu", "--user", "u")
    assert "socks5h://127.0.0.1:10999" in program.run("proxy-environment").stdout
    assert program.run("proxy-environment", "home", "--shell", "cmd").stdout.startswith('set "ALL_PROXY=')
    assert program.json("proxy-environment")["socks"] == "127.0.0.1:10999"
    block = program.run("ssh-config", "gpu").stdout
    assert f"--data-dir {program.data_dir} proxy gpu" in block
    assert program.json("ssh-config", "gpu")["ssh_config"] == block


def test_help_and_version(program: Program) -> None:
    told = program.run("--help").stdout
    assert "exit codes:" in told
    assert "130  cancelled" in told
    assert program.run("--version").stdout.startswith("relaytray ")
    for command in ("relay", "server", "connect", "proxy", "secret", "demo", "import"):
        assert "usage:" in program.run(command, "--help").stdout


def test_who_changes_a_port_is_told_what_must_be_reopened(program: Program) -> None:
    program.run("relay", "add", "gate", "--host", "relay.example.org", "--user", "me", "--agent")
    program.run("server", "add", "lab-gpu", "--user", "ann", "--local-ssh-port", "15022")
    told = program.run("relay", "edit", "gate", "--socks-port", "10090").stdout
    assert "10090" in told
    assert "WinSCP" in told
    told = program.run("server", "edit", "lab-gpu", "--local-ssh-port", "15033").stdout
    assert "FileZilla" in told
    assert program.run("server", "edit", "lab-gpu", "--user", "bob").stdout == "Saved lab-gpu.\n"


def test_pinned_host_keys_follow_names_also_while_no_program_runs(program: Program) -> None:
    program.run("relay", "add", "home", "--host", "r.example", "--user", "ann", "--agent")
    for alias in ("gpu", "other"):
        program.run("server", "add", alias, "--relay", "home", "--user", "bob")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF1j0ncV0VdlWRhS2leHUkBBJKfV7wLxKh0Y2mJ6kq3N"
    known = program.paths.known_hosts
    known.write_text(f"other.relaytray.internal {key}\ngpu.relaytray.internal {key}\n")
    program.run("server", "edit", "gpu", "--alias", "gpu2")
    assert known.read_text() == f"other.relaytray.internal {key}\ngpu2.relaytray.internal {key}\n"
    program.run("server", "remove", "gpu2")
    assert known.read_text() == f"other.relaytray.internal {key}\n", "the next gpu2 is another machine"
    known.unlink()
    known.mkdir()
    told = program.run("server", "remove", "other")
    assert str(known) in told.stderr
    assert program.load().servers == ()
