"""The block is read back by the real ``ssh -G`` and its ProxyCommand run by real shells."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Relay, Server
from app.export.ssh_config import command_line, needs_proof, ssh_config_block, ssh_config_file
from app.sentences import sentence
from tests.export import old_ssh_grammar

RELAY = Relay(id="r", name="home", host="h", user="u")
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann", identity="/keys/id")
pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="needs ssh")

# Every name that a folder may have here and that some parser may take for something else.
FOLDERS = [
    "plain",
    "with space",
    "two  spaces",
    "o'brien",
    "50%h off",
    "%%",
    "\u5f20\u4e09 \u00fcber",
    "a#b",
    "# c",
    "$HOME",
    "a`b`",
    "semi;colon & more",
    "(paren)",
    "back\\slash",
    'quo"te',
    "tilde~",
    "star*?[x]",
    "!bang",
    "-dash",
    "comma,",
    "equals=",
    "trailing\\",
    "{brace}",
]


def block(server: Server = SERVER, **changes: Any) -> str:
    values: dict[str, Any] = {"proxy_command": ["/usr/bin/x", "proxy", "a"], "known_hosts": "/k"}
    return ssh_config_block(server, RELAY, **{**values, **changes})


def read_by_ssh(text: str, folder: Path, host: str = "lab-gpu") -> dict[str, str]:
    """What ssh makes of the text, by lower-case keyword."""
    file = folder / "config"
    file.write_text(text, encoding="utf-8", newline="\n")
    done = subprocess.run(
        ["ssh", "-G", "-T", "-F", str(file), host], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, f"{done.stderr}\n{text}"
    assert not done.stderr
    found: dict[str, str] = {}
    for line in done.stdout.splitlines():
        keyword, _, value = line.partition(" ")
        found.setdefault(keyword, value)
    return found


def assert_path(found: dict[str, str], path: str) -> None:
    """-G shows some values before, some after the % tokens are expanded."""
    for keyword in ("identityfile", "userknownhostsfile"):
        assert found[keyword] in (path, path.replace("%", "%%"))


def test_the_whole_block(tmp_path: Path) -> None:
    text = block(proxy_command=["/usr/bin/relaytray", "proxy", "lab-gpu"], known_hosts="/d/known_hosts")
    assert text == (
        "# lab-gpu, through the relay home (written by RelayTray)\n"
        "Host lab-gpu\n"
        "  HostName lab-gpu.relaytray.internal\n"
        "  Port 22\n"
        "  HostKeyAlias lab-gpu.relaytray.internal\n"
        '  UserKnownHostsFile "/d/known_hosts"\n'
        "  StrictHostKeyChecking yes\n"
        "  UpdateHostKeys no\n"
        '  ProxyCommand "/usr/bin/relaytray" proxy lab-gpu\n'
        "  User ann\n"
        '  IdentityFile "/keys/id"\n'
        "  IdentitiesOnly yes\n"
        "  ForwardX11 no\n"
        "  ForwardAgent no\n"
        "  Compression no\n"
        "  ServerAliveInterval 15\n"
        "  ServerAliveCountMax 4\n"
    )
    found = read_by_ssh(text, tmp_path)
    assert found["hostname"] == "lab-gpu.relaytray.internal"
    assert found["hostkeyalias"] == "lab-gpu.relaytray.internal"
    assert found["user"] == "ann"
    assert found["port"] == "22"
    assert found["userknownhostsfile"] == "/d/known_hosts"
    assert found["stricthostkeychecking"] in ("true", "yes")
    assert found["identityfile"] == "/keys/id"
    assert found["identitiesonly"] == "yes"
    assert found["forwardx11"] == "no"
    assert found["proxycommand"] == '"/usr/bin/relaytray" proxy lab-gpu'


def test_what_the_person_says_for_every_host_does_not_reach_our_pinned_keys(tmp_path: Path) -> None:
    theirs = "Host *\n  UpdateHostKeys yes\n  StrictHostKeyChecking no\n  ProxyJump elsewhere\n"
    found = read_by_ssh(block() + theirs, tmp_path)
    assert found["updatehostkeys"] in ("no", "false")
    assert found["stricthostkeychecking"] in ("yes", "true")
    assert "proxyjump" not in found


def test_only_keywords_that_openssh_8_1_knows() -> None:
    known = {
        "Host",
        "HostName",
        "Port",
        "User",
        "HostKeyAlias",
        "UserKnownHostsFile",
        "StrictHostKeyChecking",
        "UpdateHostKeys",
    }
    known |= {"IdentityFile", "IdentitiesOnly", "ForwardX11", "ServerAliveInterval", "ServerAliveCountMax"}
    known |= {"ProxyCommand", "ForwardX11Trusted", "ForwardAgent", "Compression", "#"}
    text = block(server_with(forward_x11=True, forward_agent=True, compression=True, identity="/i"))
    assert {line.split()[0] for line in text.splitlines()} == known


@pytest.mark.parametrize("folder", FOLDERS)
def test_ssh_reads_every_path_as_it_is(folder: str, tmp_path: Path) -> None:
    path = f"/base/{folder}/file"
    found = read_by_ssh(block(server_with(identity=path), known_hosts=path), tmp_path)
    assert_path(found, path)


def server_with(**changes: Any) -> Server:
    base = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")
    return dataclasses.replace(base, **changes)


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_path_that_exists_is_found_by_ssh(folder: str, tmp_path: Path) -> None:
    """Expansion included: ssh-keygen looks a host up in the very file that ssh would use."""
    place = tmp_path / folder
    place.mkdir()
    known_hosts, identity = place / "known hosts", place / "id key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(identity)], check=True, timeout=30
    )
    known_hosts.write_text("")
    config = tmp_path / "config"
    server = server_with(identity=str(identity))
    config.write_text(block(server, known_hosts=str(known_hosts), proxy_command=["/bin/false"]))
    done = subprocess.run(
        ["ssh", "-vvv", "-F", str(config), "lab-gpu"], capture_output=True, text=True, timeout=30, check=False
    )
    # Not type -1: it was read. (The log spells unusual characters in another way.)
    assert re.search(r"identity file .*id key type \d", done.stderr), done.stderr


ECHO = "import json,sys; print(json.dumps(sys.argv[1:]))"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_proxy_command_gets_every_word_as_it_is(folder: str, tmp_path: Path) -> None:
    """Run by ssh itself, from a program in that folder, with that folder as an argument."""
    place = tmp_path / folder
    place.mkdir()
    program, said = place / "prog ram", tmp_path / "said"
    program.write_text(
        f'#!{sys.executable}\nimport json,sys\nopen({str(said)!r},"w").write(json.dumps(sys.argv))\n'
    )
    program.chmod(0o700)
    words = [str(program), "--data-dir", str(place), "proxy", "lab-gpu", folder]
    config = tmp_path / "config"
    config.write_text(block(proxy_command=words))
    for shell in ("/bin/sh", "/bin/bash"):
        if not Path(shell).exists():
            continue
        said.unlink(missing_ok=True)
        subprocess.run(
            ["ssh", "-F", str(config), "lab-gpu"],
            env={**os.environ, "SHELL": shell},
            capture_output=True,
            timeout=30,
            check=False,
        )
        assert said.exists(), shell
        assert json.loads(said.read_text()) == words, shell


_PATH_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\x7f\u2028\u2029\x85")


@given(name=st.text(_PATH_CHARACTERS, min_size=1, max_size=30).filter(lambda name: "${" not in name))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_survives(name: str, tmp_path: Path) -> None:
    """What ssh reads is what was written, for any file name without control characters."""
    path = f"/base/{name}/x"
    found = read_by_ssh(block(server_with(identity=path), known_hosts=path), tmp_path)
    assert_path(found, path)


@given(words=st.lists(st.text(_PATH_CHARACTERS | st.just("/"), max_size=20), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_words_survive_a_unix_shell(words: list[str]) -> None:
    line = command_line([sys.executable, "-c", ECHO, *words]).replace("%%", "%")
    done = subprocess.run(["/bin/sh", "-c", "exec " + line], capture_output=True, timeout=30, check=True)
    assert json.loads(done.stdout) == words


def test_windows_paths_have_forward_slashes_and_quotes(tmp_path: Path) -> None:
    text = block(
        server_with(identity="C:\\Users\\Jane Doe\\.ssh\\id 100%"),
        known_hosts="C:\\Users\\Jane Doe\\AppData\\Roaming\\RelayTray\\known_hosts",
        proxy_command=[
            "C:\\Program Files\\RelayTray\\relaytray.exe",
            "--data-dir",
            "D:\\a b",
            "proxy",
            "lab-gpu",
        ],
        windows=True,
    )
    found = read_by_ssh(text, tmp_path)
    assert found["identityfile"] == "C:/Users/Jane Doe/.ssh/id 100%%"
    assert found["userknownhostsfile"] == "C:/Users/Jane Doe/AppData/Roaming/RelayTray/known_hosts"
    command = '"C:/Program Files/RelayTray/relaytray.exe" --data-dir "D:/a b" proxy lab-gpu'
    assert found["proxycommand"] == command


def test_the_home_folder_is_written_out() -> None:
    text = block(server_with(identity="~/.ssh/id"), home="/home/ann/")
    assert 'IdentityFile "/home/ann/.ssh/id"' in text
    windows = block(server_with(identity="~\\.ssh\\id"), home="C:\\Users\\a", windows=True)
    assert 'IdentityFile "C:/Users/a/.ssh/id"' in windows


def test_without_a_key_of_its_own_ssh_uses_what_it_has() -> None:
    text = block(server_with())
    assert "IdentityFile" not in text
    assert "IdentitiesOnly" not in text


@pytest.mark.parametrize(
    "value", ["/a/${HOME}/b", "/a\nProxyCommand evil", "/a\x00b", "/a\rb"], ids=["dollar", "lf", "nul", "cr"]
)
def test_what_no_ssh_config_can_say_is_refused(value: str) -> None:
    for changes in ({"known_hosts": value}, {"server": server_with(identity=value)}):
        with pytest.raises(RelayTrayError) as caught:
            block(**changes)
        assert caught.value.fault.code is FaultCode.PROFILE_INVALID


def test_words_that_cannot_be_said_are_refused() -> None:
    with pytest.raises(RelayTrayError):
        command_line(["/x", "a\nb"])
    with pytest.raises(RelayTrayError):
        command_line(["C:/x.exe", 'a"b'], windows=True)


def test_a_relay_name_cannot_break_out_of_its_comment() -> None:
    relay = Relay(id="r", name="a\nHost *\r ProxyCommand evil", host="h", user="u")
    text = ssh_config_block(SERVER, relay, proxy_command=["/x"], known_hosts="/k")
    assert len([line for line in text.splitlines() if line.lstrip().startswith("Host ")]) == 1


@pytest.mark.parametrize("user", ["ann", "a b", "dom\\ann", 'q"x', "ann@corp.example", "\u5f20"])
def test_user_names(user: str, tmp_path: Path) -> None:
    found = read_by_ssh(block(server_with(user=user)), tmp_path)
    assert found["user"] == user


# --- what the profile says about the session --------------------------------------------------------------


@pytest.mark.parametrize("x11", [False, True])
@pytest.mark.parametrize("agent", [False, True])
@pytest.mark.parametrize("compression", [False, True])
def test_ssh_does_as_the_profile_says_and_not_as_a_later_star_block(
    x11: bool, agent: bool, compression: bool, tmp_path: Path
) -> None:
    server = server_with(forward_x11=x11, forward_agent=agent, compression=compression)
    contrary = [("ForwardX11", not x11), ("ForwardAgent", not agent), ("Compression", not compression)]
    later = "Host *\n" + "".join(f"  {keyword} {'yes' if value else 'no'}\n" for keyword, value in contrary)
    found = read_by_ssh(block(server) + later, tmp_path)
    assert found["forwardx11"] == ("yes" if x11 else "no")
    assert found["forwardagent"] == ("yes" if agent else "no")
    assert found["compression"] == ("yes" if compression else "no")
    if x11:
        assert found["forwardx11trusted"] == "yes"


def test_own_lines_win_over_our_defaults_only(tmp_path: Path) -> None:
    lines = (
        "ServerAliveInterval=7",
        "\tConnectTimeout  30 ",
        "# a comment",
        "",
        'SetEnv A="b c" D=e',
        "LogLevel ERROR",
    )
    text = block(server_with(ssh_options=lines))
    assert "# a comment" not in text
    assert "  ConnectTimeout  30\n" in text
    found = read_by_ssh(text, tmp_path)
    assert (found["serveraliveinterval"], found["serveralivecountmax"]) == ("7", "4")
    assert (found["connecttimeout"], found["loglevel"]) == ("30", "ERROR")
    assert found["hostname"] == "lab-gpu.relaytray.internal"
    before, _, _ = text.partition("ServerAliveInterval=7")
    for keyword in (
        "HostName",
        "Port",
        "HostKeyAlias",
        "UserKnownHostsFile",
        "StrictHostKeyChecking",
        "ProxyCommand",
    ):
        assert f"\n  {keyword} " in before


@pytest.mark.parametrize(
    "line",
    [
        "ProxyJump evil",
        "host *",
        "Match all",
        "Include /x",
        "HostName evil",
        "IdentityFile2 /evil",  # the old name of IdentityFile
        "User\nHost *",
        "nonsense",
        "A \ud800",
    ],
)
def test_a_line_that_leads_elsewhere_is_refused(line: str) -> None:
    with pytest.raises(RelayTrayError) as raised:
        block(server_with(ssh_options=("ConnectTimeout 3", line)))
    assert raised.value.fault.code is FaultCode.PROFILE_INVALID


@pytest.mark.parametrize("alias", ["*", "a b", "", "!a", "A", "a\nHost *", "a?"])
def test_an_alias_that_ssh_takes_for_more_than_a_name_is_refused(alias: str) -> None:
    with pytest.raises(RelayTrayError) as raised:
        block(server_with(alias=alias))
    assert raised.value.fault.code is FaultCode.PROFILE_INVALID


@pytest.mark.parametrize(
    "user", ["DOMAIN\\ann", "a b", "\u5f20", "ann@host", "o'brien", 'quo"te', "a\\\\b", "a#b"]
)
def test_a_user_name_is_read_as_it_is(user: str, tmp_path: Path) -> None:
    assert read_by_ssh(block(server_with(user=user)), tmp_path)["user"] == user


@pytest.mark.parametrize("user", ["50%", "${HOME}", "a\nb", "a\ud800"])
def test_a_user_name_that_some_ssh_expands_is_refused(user: str) -> None:
    with pytest.raises(RelayTrayError) as raised:
        block(server_with(user=user))
    told = sentence(raised.value.fault)
    assert raised.value.fault.details["problem"].endswith("."), told
    assert "saved" not in told, "it is saved already, and only this is not possible"


def test_the_whole_file_says_who_wrote_it(tmp_path: Path) -> None:
    text = ssh_config_file([block(), block(server_with(alias="other", user="bob"))])
    assert text.startswith("# Written by RelayTray")
    assert "# relaytray ssh-config --remove\n" in text.partition("Host ")[0]
    elsewhere = ssh_config_file([block()], "/a b\nHost *")
    assert '# relaytray --data-dir "/a b Host *" ssh-config --remove\n' in elsewhere
    assert read_by_ssh(text, tmp_path, "lab-gpu")["user"] == "ann"
    assert read_by_ssh(text, tmp_path, "other")["user"] == "bob"
    assert read_by_ssh(ssh_config_file([]), tmp_path, "x")["hostname"] == "x"


def test_a_relay_s_name_stays_a_comment() -> None:
    relay = dataclasses.replace(RELAY, name="a\nHost *\r\ud800#")
    text = ssh_config_block(SERVER, relay, proxy_command=["/x"], known_hosts="/k")
    assert text.splitlines()[0] == "# lab-gpu, through the relay a Host * ?# (written by RelayTray)"
    assert text.count("Host ") == 2
    assert not needs_proof(text)


@given(names=st.lists(st.text(_PATH_CHARACTERS, min_size=1, max_size=20), min_size=20, max_size=60))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ssh_resolves_what_was_put_in(names: list[str], tmp_path: Path) -> None:
    """Many blocks of one host: ssh keeps the identities of all of them."""
    paths = list(dict.fromkeys(f"/base/{name.replace('${', '$')}/x" for name in names))
    text = ssh_config_file([block(server_with(identity=path)) for path in paths])
    file = tmp_path / "config"
    file.write_bytes(text.encode())
    done = subprocess.run(
        ["ssh", "-G", "-F", str(file), "lab-gpu"], capture_output=True, timeout=30, check=True
    )
    found = re.findall("^identityfile (.*)$", done.stdout.decode(), re.MULTILINE)
    assert [path.replace("%%", "%") for path in found] == [path.replace("%%", "%") for path in paths]


# --- the grammar of OpenSSH before 8.7 --------------------------------------------------------------------


def read_by_old_ssh(text: str, *, cuts_at_hash: bool) -> dict[str, str]:
    found = old_ssh_grammar.values_for(text, "lab-gpu", cuts_at_hash=cuts_at_hash)
    return {keyword: " ".join(values) for keyword, values in found.items()}


def is_read_by_old_ssh_as_meant(path: str, user: str, *, windows: bool = False) -> bool:
    words = [path, "--data-dir", path, "proxy", "lab-gpu"]
    server = server_with(identity=path, user=user)
    text = block(server, known_hosts=path, proxy_command=words, windows=windows)
    written = (path.replace("\\", "/") if windows else path).replace("%", "%%")
    command = command_line(words, windows=windows)
    meant = {"identityfile": written, "userknownhostsfile": written, "user": user, "proxycommand": command}
    try:
        readings = [read_by_old_ssh(ssh_config_file([text]), cuts_at_hash=cut) for cut in (False, True)]
    except old_ssh_grammar.RefusedError:
        return False
    return all(reading[keyword] == value for reading in readings for keyword, value in meant.items())


@given(
    name=st.text(_PATH_CHARACTERS, min_size=1, max_size=30).filter(lambda name: "${" not in name),
    user=st.text(st.sampled_from("ann bob\\-_.@\u00e9'"), min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool),
    windows=st.booleans(),
)
@settings(max_examples=400, deadline=None)
def test_old_and_new_read_the_same_or_proof_is_needed(name: str, user: str, windows: bool) -> None:
    path = f"C:\\base\\{name}\\x".replace('"', "'") if windows else f"/base/{name}/x"
    text = block(
        server_with(identity=path, user=user), known_hosts=path, proxy_command=[path, path], windows=windows
    )
    assert is_read_by_old_ssh_as_meant(path, user, windows=windows) or needs_proof(text)


@pytest.mark.parametrize(
    "path",
    [
        "C:\\Users\\Jane Doe\\.ssh\\id",
        "\\\\srv\\share\\id 100%",
        "C:\\o'brien\\\u5f20 (1)\\",
        "C:\\a,b;c&d=e\\id",
    ],
)
def test_usual_windows_paths_need_no_proof(path: str) -> None:
    text = block(server_with(identity=path), known_hosts=path, proxy_command=[path], windows=True)
    assert not needs_proof(text)
    assert is_read_by_old_ssh_as_meant(path, "DOMAIN\\ann", windows=True)


@pytest.mark.parametrize("path", ["/a#b", "/a # b", 'a"b', "/a\\", "/a\\'b"])
def test_the_model_knows_what_the_old_ones_cannot_read(path: str) -> None:
    """Or else the property above would say nothing."""
    assert not is_read_by_old_ssh_as_meant(path, "ann")
    assert needs_proof(block(server_with(identity=path)))
