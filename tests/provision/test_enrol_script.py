"""What the one-time key of a line can do at the relay, and what a thief of it tries."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.peers.keys import KeyStore, public_line
from tests.provision.relay_account import PC_ID, RelayAccount

TOKEN = "tok00001"
SHELLS = ("dash", "busybox sh", "bash --posix")


@pytest.fixture
def relay(tmp_path: Path, key_store: KeyStore) -> RelayAccount:
    """Its scripts and files; sshd is not running."""
    made = RelayAccount(tmp_path / "relay", key_store)
    made.permissions(
        "host", "host=relay.example", "port=2222", f"key={public_line(key_store.key('relay-host'))}"
    )
    return made


@dataclasses.dataclass
class Line:
    """A token, and whoever holds it."""

    relay: RelayAccount
    keys: KeyStore
    id: str = TOKEN

    def issue(self, port: str = "22222", **values: str) -> str:
        words = {"alias": "gpu1", "pc": PC_ID, "hours": "1", "user_sshd": "0", "sshd_port": "22"} | values
        key = public_line(self.keys.key(f"line-{self.id}"))
        done = self.relay.permissions(
            "issue", f"id={self.id}", f"key={key}", f"port={port}", *(f"{k}={v}" for k, v in words.items())
        )
        return done.stdout

    def call(
        self, command: str, text: str | bytes = "", shell: str = "dash", *, as_server: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        """``as_server``: with the key that was reported, where the line has a bridge."""
        script = self.relay.base / "libexec" / "enrol"
        return subprocess.run(
            [*shell.split(), str(script), *(["--bridge"] if as_server else []), self.id],
            input=text.encode() if isinstance(text, str) else text,
            env={"PATH": os.environ["PATH"], "SSH_ORIGINAL_COMMAND": command},
            capture_output=True,
            timeout=30,
        )

    def told(self) -> str:
        path = self.relay.base / "enrol" / self.id
        return path.read_text() if path.exists() else ""


@pytest.fixture
def line(relay: RelayAccount, key_store: KeyStore) -> Line:
    made = Line(relay, key_store)
    assert "port=22222\n" in made.issue()
    return made


def good_report(keys: KeyStore, name: str = "server", **changes: str) -> str:
    values = {
        "key": public_line(keys.key(name)),
        "user": "gpu",
        "home": "/home/gpu",
        "keeper": "loop",
        "sshd": "system",
        "sshd_port": "22",
        "missing": "",
        "host_key": public_line(keys.key("gpu-host")),
    }
    return "".join(f"{name}={value}\n" for name, value in (values | changes).items())


@pytest.mark.parametrize("shell", SHELLS)
def test_report_is_kept_and_permits_the_key(line: Line, shell: str) -> None:
    report = good_report(line.keys)
    done = line.call("report", report, shell)
    assert (done.stdout, done.stderr, done.returncode) == (b"accepted\n", b"", 0)
    assert line.told().startswith(report)
    enrol = line.relay.home / ".relaytray" / "libexec" / "enrol"
    allowed = (
        'restrict,port-forwarding,permitlisten="127.0.0.1:22222",permitopen="127.0.0.1:1",'
        f'command="{enrol} --tunnel 22222" {public_line(line.keys.key("server"))} relaytray-server-22222'
    )
    assert allowed in line.relay.authorized_keys.read_text().splitlines()


@pytest.mark.parametrize("shell", SHELLS)
def test_script_comes_filled_in(line: Line, shell: str) -> None:
    done = line.call("script", shell=shell)
    assert done.returncode == 0
    text = done.stdout.decode()
    for setting in (
        f"id='{TOKEN}'",
        "relay_host='relay.example'",
        "relay_port='2222'",
        f"relay_keys='{public_line(line.keys.key('relay-host'))}'",
        "listen_port='22222'",
        "alias='gpu1'",
    ):
        assert f"\n{setting}\n" in text
    assert text.endswith('main "$@"; exit\n')
    assert "# relaytray: settings" not in text


CONFIG = '{\n  "inbounds": [],\n\n  "a": "\\\\n $HOME"\n}\n'
CORE = bytes(range(256)) * 5000


def with_bridge(line: Line, core: str = "v2ray") -> None:
    base = line.relay.base
    (base / "etc" / "bridges").mkdir()
    (base / "etc" / "bridges" / line.id).write_text(f"core={core}\nport=16823\n\n{CONFIG}")
    cores = base / "libexec" / "cores"
    (cores / "xray-python" / "xray").mkdir(parents=True)
    (cores / "v2ray-x86_64").write_bytes(CORE)
    (cores / "xray-python" / "xray" / "xray.cpython-311-aarch64-linux-gnu.so").write_bytes(CORE[1:])


@pytest.mark.parametrize("shell", SHELLS)
def test_bridge_is_for_the_key_that_reported(line: Line, shell: str) -> None:
    with_bridge(line)
    assert line.call("config", shell=shell, as_server=True).returncode == 3, "nobody has reported"
    line.call("report", good_report(line.keys))
    for command in ("config", "about x86_64 none", "core x86_64 none", "check x86_64 none"):
        refused = line.call(command, shell=shell)
        assert (refused.returncode, refused.stdout) == (3, b""), "the line's key may not"
    assert line.call("config", shell=shell, as_server=True).stdout.decode() == CONFIG
    about = line.call("about x86_64 none", shell=shell, as_server=True).stdout.decode().split()
    assert about[:3] == ["program", hashlib.sha256(CORE).hexdigest(), str(len(CORE))]
    assert abs(int(about[3]) - time.time()) < 60
    assert line.call("core x86_64 311", shell=shell, as_server=True).stdout == CORE
    assert line.call("check x86_64 none", CORE, shell, as_server=True).stdout == b"same\n"
    for other in (CORE[:-1], CORE + b"x", CORE * 9):
        assert line.call("check x86_64 none", other, shell, as_server=True).stdout == b""
    text = line.call("script", shell=shell).stdout.decode()
    assert "\nbridge='v2ray'\nbridge_port='16823'\n" in text
    assert "\nkeep_bridge() {\n" in text


@pytest.mark.parametrize(
    "command",
    [
        *(
            "",
            "script",
            "report",
            "config x",
            "config; id",
            "$(id)",
            "core",
            "core x86_64",
            "core riscv64 none",
        ),
        *("core ../x none", "core x86_64/../v2ray none", "about * *", "about x86_64 *", "core same ../../x"),
        *("check ? none", "config\nid", "-- config", "core x86_64 none none"),
    ],
)
def test_servers_key_fetches_nothing_else(line: Line, command: str) -> None:
    with_bridge(line)
    line.call("report", good_report(line.keys))
    refused = line.call(command, as_server=True)
    assert (refused.returncode, refused.stdout) == (3, b""), command


def test_xray_for_a_python_of_that_very_kind(line: Line) -> None:
    with_bridge(line, "xray")
    line.call("report", good_report(line.keys))
    assert line.call("core aarch64 311", as_server=True).stdout == CORE[1:]
    assert line.call("about aarch64 311", as_server=True).stdout.startswith(b"python ")
    assert (
        b"no xray for a machine of the type aarch64" in line.call("core aarch64 312", as_server=True).stderr
    )
    assert line.call("core x86_64 311", as_server=True).returncode == 3


@pytest.mark.parametrize("end", ["dropped", "expired", "a newer line", "used"])
def test_bridge_goes_with_its_line(line: Line, end: str) -> None:
    with_bridge(line)
    kept = line.relay.base / "etc" / "bridges" / line.id
    if end == "dropped":
        line.relay.permissions("drop", "port=22222", f"id={line.id}")
    elif end == "expired":
        token = line.relay.base / "etc" / "tokens" / line.id
        token.write_text(re.sub("expires=.*", "expires=1000000000", token.read_text()))
        assert "error=expired" in line.relay.permissions("report", f"id={line.id}").stdout
    else:
        if end == "used":  # by the machine that this line's server is to be no more, say
            line.call("report", good_report(line.keys))
        Line(line.relay, line.keys, "tok00009").issue(known=line.id)
    assert not kept.exists()
    assert line.call("core x86_64 none", as_server=True).returncode == 3


def test_same_server_may_report_again_and_another_may_not(line: Line) -> None:
    line.call("report", good_report(line.keys))
    again = line.call("report", good_report(line.keys, keeper="cron"))
    assert again.stdout == b"accepted\n"
    assert "keeper=cron" in line.told()
    other = line.call("report", good_report(line.keys, "other-server"))
    assert other.returncode == 3
    assert b"used for another server already" in other.stderr
    assert "keeper=cron" in line.told()


def test_two_at_once_and_only_one_gets_it(line: Line) -> None:
    reports = [good_report(line.keys, f"racer-{number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda report: line.call("report", report), reports))
    winners = [report for report, answer in zip(reports, done, strict=True) if answer.returncode == 0]
    assert len(winners) == 1
    assert line.told().startswith(winners[0])
    assert line.relay.authorized_keys.read_text().count('permitlisten="127.0.0.1:22222"') == 1


def test_key_of_another_server_cannot_be_taken(line: Line, relay: RelayAccount) -> None:
    line.call("report", good_report(line.keys))
    second = Line(relay, line.keys, "tok00002")
    second.issue("22223", alias="gpu2")
    done = second.call("report", good_report(line.keys))
    assert b"another server or computer has this key already" in done.stderr
    assert second.told() == ""


def test_key_of_a_computer_cannot_be_taken(line: Line, relay: RelayAccount) -> None:
    """Its line would come before the computer's in authorized_keys, and lock that computer out."""
    key = public_line(relay.pc_key)
    relay.permissions("permit-pc", f"id={PC_ID}", f"key={key}", "exit=no", "name=pc")
    done = line.call("report", good_report(line.keys, key=key))
    assert b"another server or computer has this key already" in done.stderr
    assert line.told() == ""


ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"
ODD_REPORTS = {
    "empty": "",
    "no key": "user=gpu\n",
    "not a key": "key=hello\n",
    "short key": f"key={ED}{'a' * 42}\n",
    "long key": f"key={ED}{'a' * 44}\n",
    "key with options": f'key=command="id" {ED}{"a" * 43}\n',
    "key with more": f"key={ED}{'a' * 43} no-pty\n",
    "rsa tunnel key": "key=ssh-rsa AAAAB3NzaC1yc2E\n",
    "key with a quote": f'key={ED}{"a" * 42}"\n',
    "unknown name": "KEY\nexpires=99999999999\n",
    "no name": "KEY\nhello\n",
    "empty line": "KEY\n\nuser=gpu\n",
    "twice a user": "KEY\nuser=a\nuser=b\n",
    "two keys": "KEY\nKEY\n",
    "user with a space": "KEY\nuser=a b\n",
    "user like an option": "KEY\nuser=-oProxyCommand=x\n",
    "user with a command": "KEY\nuser=$(touch pwned)\n",
    "user with backticks": "KEY\nuser=`touch pwned`\n",
    "user too long": f"KEY\nuser={'u' * 65}\n",
    "empty user": "KEY\nuser=\n",
    "home not absolute": "KEY\nhome=~\n",
    "home with a bell": "KEY\nhome=/a\a\n",
    "home with a return": "KEY\nhome=/a\r\n",
    "home too long": f"KEY\nhome=/{'h' * 400}\n",
    "keeper": "KEY\nkeeper=systemd; id\n",
    "sshd": "KEY\nsshd=/bin/sh\n",
    "port": "KEY\nsshd_port=0x16\n",
    "port too large": "KEY\nsshd_port=65536\n",
    "negative port": "KEY\nsshd_port=-1\n",
    "host key with a name": "KEY\nhost_key=evil ssh-ed25519 AAAA\n",
    "host key of a certificate": "KEY\nhost_key=ssh-ed25519-cert-v01@openssh.com AAAA\n",
    "host key with more": "KEY\nhost_key=ssh-ed25519 AAAA AAAA\n",
    "too many host keys": "KEY\n" + "host_key=ssh-ed25519 AAAA\n" * 9,
    "host key too long": f"KEY\nhost_key=ssh-rsa AAAA{'a' * 3000}\n",
    "missing with escapes": "KEY\nmissing=\x1b[2Jboo\n",
    "missing too long": f"KEY\nmissing={'m' * 401}\n",
    "at": "KEY\nat=1\n",
    "far too long": "KEY\n" + "missing=" + "m" * 200000,
}


@pytest.mark.parametrize("shell", SHELLS)
def test_odd_reports_are_refused_whole(line: Line, shell: str) -> None:
    key = f"key={public_line(line.keys.key('server'))}"
    for name, text in ODD_REPORTS.items():
        done = line.call("report", text.replace("KEY", key), shell)
        assert (done.returncode, done.stdout) == (3, b""), (name, done)
        assert done.stderr.startswith(b"RelayTray: "), (name, done)
        assert line.told() == "", name
    assert sorted(path.name for path in (line.relay.base / "enrol").iterdir()) == []
    assert not list(line.relay.home.rglob("pwned"))


def test_bytes_that_are_no_text_are_refused_or_dropped(line: Line) -> None:
    key = f"key={public_line(line.keys.key('server'))}\n".encode()
    assert line.call("report", bytes(range(256)) * 4).returncode == 3
    assert line.call("report", key + b"home=/h\xc3\xb6me\n").returncode == 0  # names need not be ASCII
    assert line.call("report", key.replace(b"\n", b"\0\n") + b"user=g\0pu\n").returncode == 0
    assert "\0" not in line.told()


@pytest.mark.parametrize(
    "command", ["", "id", "sh", "script; id", "report\nid", " script", "scp -t /", "internal-sftp"]
)
def test_any_other_command_is_refused(line: Line, command: str) -> None:
    done = line.call(command)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"can only bring its server online" in done.stderr


@pytest.mark.parametrize(
    "token", ["", "../../etc", "tok0000", "tok000011", "TOK00001", "tok0000*", "nothere1"]
)
def test_no_other_token(line: Line, token: str) -> None:
    done = dataclasses.replace(line, id=token).call("script")
    assert (done.returncode, done.stdout) == (3, b"")


def test_expired_line_does_nothing(line: Line) -> None:
    file = line.relay.base / "etc/tokens" / TOKEN
    file.write_text(file.read_text().replace("expires=1", "expires=0"))
    for command in ("script", "report"):
        done = line.call(command, good_report(line.keys))
        assert done.returncode == 3
        assert b"has expired" in done.stderr
    line.relay.permissions("permit-pc", f"id={PC_ID}", f"key={public_line(line.keys.key('pc'))}", "exit=no")
    assert f"relaytray-line-{TOKEN}" not in line.relay.authorized_keys.read_text()


def test_quotes_in_the_relays_own_files_do_not_reach_a_shell(line: Line) -> None:
    file = line.relay.base / "etc/tokens" / TOKEN
    file.write_text(file.read_text().replace("alias=gpu1", "alias=a';touch pwned;'"))
    assert line.call("script").returncode == 3


# --- over a real sshd ---------------------------------------------------------------------------------------


@pytest.fixture
def running(line: Line) -> Iterator[Line]:
    with line.relay:
        yield line


def ssh(line: Line, *words: str, key: str = "", text: str = "") -> subprocess.CompletedProcess[str]:
    sshd = line.relay.sshd
    options = [
        "-F",
        "/dev/null",
        "-o",
        "BatchMode=yes",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "IdentitiesOnly=yes",
    ]
    identity = line.keys.key(key or f"line-{line.id}")
    command = ["ssh", *options, "-o", "UserKnownHostsFile=/dev/null", "-o", "ExitOnForwardFailure=yes"]
    command += ["-i", str(identity), "-p", str(sshd.port), *words]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)


def test_key_of_the_line_opens_nothing_else(running: Line) -> None:
    line, at = running, f"{running.relay.sshd.user}@127.0.0.1"
    assert ssh(line, at, "script").stdout.startswith("#!/bin/sh\n")
    for command in ("id", "", "cat /etc/passwd", "report; id"):
        done = ssh(line, at, command)
        assert "can only bring its server online" in done.stderr, (command, done)
        assert done.stdout == ""
    assert ssh(line, "-s", at, "sftp").stdout == ""
    assert "forwarding failed" in ssh(line, "-R", "127.0.0.1:22222:localhost:22", at, "script").stderr
    forward = ssh(line, "-W", f"127.0.0.1:{line.relay.sshd.port}", at)
    assert "SSH-2.0" not in forward.stdout
    assert forward.returncode != 0
    assert "PTY allocation request failed" in ssh(line, "-tt", at, "script").stderr
    done = ssh(line, at, "report", text=good_report(line.keys))
    assert done.stdout == "accepted\n"
