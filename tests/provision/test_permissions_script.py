"""Who may do what at a relay: ports, servers and computers in its files, and what sshd is told of them."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.resource_files import resource
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import free_port
from tests.provision.relay_account import PC_ID, RelayAccount

SHELLS = ("dash", "busybox sh", "bash --posix")


@pytest.fixture
def relay(tmp_path: Path, key_store: KeyStore) -> RelayAccount:
    made = RelayAccount(tmp_path / "relay", key_store)
    made.permissions(
        "host", "host=relay.example", "port=22", f"key={public_line(key_store.key('relay-host'))}"
    )
    made.permissions("permit-pc", f"id={PC_ID}", f"key={public_line(made.pc_key)}", "exit=no", "name=my pc")
    return made


def issue(relay: RelayAccount, token: str, port: object, shell: str = "dash", **values: str) -> str:
    key = public_line(relay.admin_key)  # any will do here
    words = {"id": token, "key": key, "port": str(port), "alias": "gpu1", "pc": PC_ID, "hours": "24"}
    words |= {"user_sshd": "0", "sshd_port": "22"} | values
    done = relay.permissions("issue", *(f"{name}={value}" for name, value in words.items()), shell=shell)
    assert done.stderr == ""
    return done.stdout


@pytest.fixture
def busy_port() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("shell", SHELLS)
def test_port_of_ones_own_choice(relay: RelayAccount, shell: str) -> None:
    port = free_port()
    told = issue(relay, "tok00001", port, shell)
    assert f"port={port}\n" in told
    assert "host=relay.example\nhost_port=22\nhost_key=ssh-ed25519 AAAA" in told
    assert (relay.base / f"etc/servers/{port}").read_text() == f"alias=gpu1\ntokens=tok00001\npcs={PC_ID}\n"
    # the same server again: a newer line, and the unused one is void
    assert f"port={port}\n" in issue(relay, "tok00002", port, shell, known="tok00000 tok00001")
    assert (relay.base / f"etc/servers/{port}").read_text().splitlines()[1] == "tokens=tok00002 tok00001"
    assert not (relay.base / "etc/tokens/tok00001").exists()
    assert f'permitopen="127.0.0.1:{port}"' in relay.authorized_keys.read_text()
    mine = relay.permissions("list", f"pc={PC_ID}", shell=shell).stdout
    assert mine == f"server={port} gpu1 no no\npermitted={port}\n"
    others = relay.permissions("list", "pc=pc999999", shell=shell).stdout
    assert others == f"pc={PC_ID} my pc\nserver={port} gpu1 no no\n"


def test_port_of_another_server_is_refused(relay: RelayAccount) -> None:
    port = free_port()
    issue(relay, "tok00001", port)
    assert (
        issue(relay, "tok00002", port, alias="gpu2") == f"error=port-taken\nport={port}\nholder=server gpu1\n"
    )
    assert f"port={port}\n" not in issue(relay, "tok00002", port, alias="gpu2", any="yes")


@pytest.mark.parametrize("shell", SHELLS)
def test_two_people_may_each_have_a_server_of_the_same_name(relay: RelayAccount, shell: str) -> None:
    """The other one's keeps its port and its permission, whether its line was pasted yet or not."""
    port = free_port()
    issue(relay, "tok00001", port, shell)
    before = (relay.base / f"etc/servers/{port}").read_text()
    refused = issue(relay, "tok00002", port, shell, known="tok00009")
    assert refused == f"error=port-taken\nport={port}\nholder=server gpu1\n"
    assert f"port={port}\n" not in issue(relay, "tok00002", port, shell, any="yes")
    assert (relay.base / f"etc/servers/{port}").read_text() == before
    assert (relay.base / "etc/tokens/tok00001").exists()


def test_a_server_that_was_renamed_keeps_its_port(relay: RelayAccount) -> None:
    port = free_port()
    issue(relay, "tok00001", port)
    assert f"port={port}\n" in issue(relay, "tok00002", port, alias="newname", known="tok00001")
    assert (relay.base / f"etc/servers/{port}").read_text().startswith("alias=newname\n")


def test_a_port_that_was_opened_without_a_line_is_kept_for_it(relay: RelayAccount, busy_port: int) -> None:
    """The server's owner has kept it open by hand until now."""
    relay.permissions("permit-route", f"port={busy_port}", "alias=gpu1", f"pc={PC_ID}")
    assert f"port={busy_port}\n" in issue(relay, "tok00001", busy_port, any="yes")


@pytest.mark.parametrize("shell", SHELLS)
def test_port_that_something_listens_on_is_refused(relay: RelayAccount, busy_port: int, shell: str) -> None:
    told = issue(relay, "tok00001", busy_port, shell)
    assert told.startswith(f"error=port-taken\nport={busy_port}\nholder=")
    assert not list((relay.base / "etc/tokens").iterdir())


def test_first_free_port_from_22222(relay: RelayAccount) -> None:
    first = int(issue(relay, "tok00001", "auto").partition("\n")[0].removeprefix("port="))
    second = int(issue(relay, "tok00002", "auto", alias="gpu2").partition("\n")[0].removeprefix("port="))
    assert 22222 <= first < second < 22322


def test_many_at_once_get_a_port_each(relay: RelayAccount) -> None:
    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(lambda n: issue(relay, f"tok0000{n}", "auto", alias=f"gpu{n}"), range(6)))
    ports = [answer.partition("\n")[0] for answer in told]
    assert len(set(ports)) == 6, told
    lines = relay.authorized_keys.read_text()
    assert all(f"relaytray-line-tok0000{number}" in lines for number in range(6))
    assert not (relay.base / "lock").exists()
    assert not (relay.base / "etc/lock").exists()


def test_lock_of_a_dead_process_is_no_obstacle(relay: RelayAccount) -> None:
    with subprocess.Popen(["true"]) as dead:
        pass
    for lock in (relay.base / "lock", relay.base / "etc/lock"):
        lock.mkdir()
        (lock / "pid").write_text(f"pid={dead.pid}\n")
    assert "port=" in issue(relay, "tok00001", "auto")


@pytest.mark.parametrize(
    "odd",
    [
        {"port": "0"},
        {"port": "65536"},
        {"port": "22;id"},
        {"port": "$(id)"},
        {"alias": "a b"},
        {"alias": "../x"},
        {"alias": "a'b"},
        {"pc": "../../xx"},
        {"hours": "-1"},
        {"hours": "1h"},
        {"key": "ssh-ed25519 AAAA;id"},
        {"key": 'command="id" ssh-ed25519 AAAA'},
        {"person_key": "ssh-ed25519 AAAA' x"},
        {"sshd_port": "x"},
        {"token": "../../etc"},
    ],
)
def test_odd_values_change_nothing(relay: RelayAccount, odd: dict[str, str]) -> None:
    values = {"token": "tok00001", "port": "22222"} | odd
    assert issue(relay, **values).startswith("error=not-understood\n")
    assert not list((relay.base / "etc/tokens").iterdir())
    assert not list((relay.base / "etc/servers").iterdir())


def test_pcs_reach_what_they_are_permitted(relay: RelayAccount, key_store: KeyStore) -> None:
    other = public_line(key_store.key("other-pc"))
    relay.permissions("permit-pc", "id=pc000001", f"key={other}", "exit=yes", "name=second")
    port = free_port()
    issue(relay, "tok00001", port)
    lines = relay.authorized_keys.read_text().splitlines()
    tail = 'permitlisten="127.0.0.1:1",command="/bin/false"'
    mine = f'restrict,port-forwarding,permitopen="127.0.0.1:{port}",{tail} {public_line(relay.pc_key)}'
    assert f"{mine} relaytray-pc-{PC_ID}" in lines
    # let out without root: to the usual ports, for only such a list keeps Unix sockets closed
    (line,) = [line for line in lines if line.endswith(f" {other} relaytray-pc-pc000001")]
    assert line.startswith('restrict,port-forwarding,permitopen="127.0.0.1:1",permitopen="*:20",')
    assert {f'permitopen="*:{port}"' for port in (22, 80, 443, 8080)} < set(line.split(","))
    assert f",{tail} " in line
    assert '"*:*"' not in line
    assert len(line) < 8000
    relay.permissions("drop-pc", "id=pc000001")
    assert other not in relay.authorized_keys.read_text()


def test_drop_takes_only_ones_own(relay: RelayAccount) -> None:
    port = free_port()
    issue(relay, "tok00001", port)
    assert relay.permissions("drop", f"port={port}", "id=tok00009").stdout == "dropped=no\n"
    assert (relay.base / f"etc/servers/{port}").exists()
    assert relay.permissions("drop", f"port={port}", "id=tok00001").stdout == "dropped=yes\ntunnel=none\n"
    assert not list((relay.base / "etc/tokens").iterdir())
    assert not list((relay.base / "etc/servers").iterdir())
    assert relay.permissions("report", "id=tok00001").stdout == "error=missing\n"


def test_system_relay_that_was_not_set_up_is_told(tmp_path: Path) -> None:
    done = subprocess.run(
        ["dash", "-s", "--", "system", "list"],
        input=resource("scripts/relay/permissions.sh").read_text(encoding="ascii"),
        env={"PATH": "/usr/bin:/bin", "RELAYTRAY_ROOT": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.returncode) == ("error=not-set-up\n", 3)
    assert list(tmp_path.iterdir()) == []


# --- the region in a person's authorized_keys ---------------------------------------------------------------

BEGIN = b"# relaytray: begin"
others = st.lists(
    st.binary(max_size=30)
    .map(lambda data: data.replace(b"\0", b"").replace(b"\n", b""))
    .filter(lambda line: not line.startswith(b"# relaytray: ")),
    max_size=6,
)


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=others, ends=st.booleans())
def test_region_comes_and_goes_and_other_lines_stay(
    relay: RelayAccount, shell: str, lines: list[bytes], ends: bool
) -> None:
    before = b"\n".join(lines) + (b"\n" if ends and lines else b"")
    relay.authorized_keys.write_bytes(before)
    script = [*shell.split(), str(relay.base / "libexec/authorized-keys")]
    for _ in range(2):
        subprocess.run([*script, "--sync"], check=True, timeout=30)
        with_region = relay.authorized_keys.read_bytes()
        assert with_region.startswith(before)
        assert with_region.count(BEGIN) == 1
    subprocess.run([*script, "--unsync"], check=True, timeout=30)
    assert relay.authorized_keys.read_bytes() == before


def test_mode_and_link_of_the_file_stay(relay: RelayAccount) -> None:
    real = relay.home / "dotfiles-keys"
    relay.authorized_keys.rename(real)
    relay.authorized_keys.symlink_to(real)
    real.chmod(0o640)
    issue(relay, "tok00001", free_port())
    assert relay.authorized_keys.is_symlink()
    assert BEGIN in real.read_bytes()
    assert real.stat().st_mode & 0o777 == 0o640


def cannot_make_folders(folder: Path) -> str:
    """A PATH where mkdir fails, as on a full disk."""
    (folder / "bin").mkdir()
    (folder / "bin/mkdir").write_text("#!/bin/sh\nexit 1\n", encoding="ascii")
    (folder / "bin/mkdir").chmod(0o755)
    return f"{folder}/bin:{os.environ['PATH']}"


@pytest.mark.parametrize("name", ["authorized-keys", "permissions.sh"])
def test_lock_that_cannot_be_made_is_told(relay: RelayAccount, name: str, tmp_path: Path) -> None:
    script = resource(f"scripts/relay/{name}").read_text(encoding="ascii")
    command = ["dash", str(relay.base / "libexec" / name), "--sync"]
    if name == "permissions.sh":
        command = ["dash", "-c", script, "sh", "account", "drop-pc", f"id={PC_ID}"]
    environment = {"PATH": cannot_make_folders(tmp_path), "HOME": str(relay.home)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert "could not be written" in done.stderr or "error=unwritable" in done.stdout


@pytest.mark.parametrize("action", ["--sync", "--unsync"])
@pytest.mark.parametrize("shell", SHELLS)
def test_full_disk_costs_nobody_a_key(relay: RelayAccount, shell: str, action: str) -> None:
    relay.authorized_keys.write_bytes(b"ssh-ed25519 AAAA somebody\n" * 200 + b"the last one")
    script = [*shell.split(), str(relay.base / "libexec/authorized-keys")]
    subprocess.run([*script, "--sync"], check=True, timeout=30)
    if action == "--sync":  # something to change
        relay.authorized_keys.write_bytes(b"ssh-rsa AAAA another\n" + relay.authorized_keys.read_bytes())
    before = relay.authorized_keys.read_bytes()
    done = subprocess.run(
        ["sh", "-c", 'trap "" XFSZ; ulimit -f 4; exec "$@"', "sh", *script, action],
        capture_output=True,
        timeout=30,
    )
    assert done.returncode != 0
    assert relay.authorized_keys.read_bytes() == before
    assert sorted(path.name for path in relay.authorized_keys.parent.iterdir()) == ["authorized_keys"]


@pytest.mark.parametrize("shell", SHELLS)
def test_lines_below_a_region_without_its_end_stay(relay: RelayAccount, shell: str) -> None:
    script = [*shell.split(), str(relay.base / "libexec/authorized-keys")]
    relay.authorized_keys.write_bytes(b"first\n")
    subprocess.run([*script, "--sync"], check=True, timeout=30)
    cut = relay.authorized_keys.read_bytes().replace(b"# relaytray: end\n", b"")
    relay.authorized_keys.write_bytes(cut + b"ssh-ed25519 AAAA somebody\nlast\n")
    subprocess.run([*script, "--unsync"], check=True, timeout=30)
    assert relay.authorized_keys.read_bytes() == b"first\nssh-ed25519 AAAA somebody\nlast\n"


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("end", [b"# relaytray: end\n", b"", b"without an end"])
def test_a_line_between_ours_stays_and_keeps_none_of_ours(
    relay: RelayAccount, key_store: KeyStore, shell: str, end: bytes
) -> None:
    """An editor has sorted the file: a key that was dropped must not open the relay from below that line."""
    script = [*shell.split(), str(relay.base / "libexec/authorized-keys")]
    theirs = b"ssh-ed25519 AAAA somebody\n"
    relay.authorized_keys.write_bytes(b"first\n")
    dropped = public_line(key_store.key("other-pc"))
    relay.permissions("permit-pc", "id=pc000001", f"key={dropped}", "exit=no", "name=second")
    begin, one, two, last = relay.authorized_keys.read_bytes().splitlines(keepends=True)[1:]
    relay.authorized_keys.write_bytes(b"first\n" + begin + one + theirs + two + theirs + end)
    (relay.base / "etc/pcs/pc000001").unlink()
    subprocess.run([*script, "--sync"], check=True, timeout=30)
    kept = b"first\n" + theirs * 2 + (end if b"without" in end else b"")
    synced = relay.authorized_keys.read_bytes()
    assert synced.startswith(kept)
    assert dropped not in synced.decode()
    assert synced.count(b" relaytray-pc-") == synced.count(last) == 1
    subprocess.run([*script, "--unsync"], check=True, timeout=30)
    assert relay.authorized_keys.read_bytes() == kept
