"""What a stolen key of the relay is good for: its own forward, and nothing else."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from app.core.profiles import SetupMode
from app.core.provisioning import SetupOptions
from app.provision import enrolment
from tests.other_ends.attacks import (
    SESSIONS,
    Login,
    everything,
    opens,
    opens_a_unix_socket,
    what_gets_through,
)
from tests.other_ends.stage import FIRST_PORT, USER, Box, Form, Rights, Stage
from tests.peers import machines, processes
from tests.peers.keys import KeyStore, public_line
from tests.peers.network import Network
from tests.peers.ports import Deadline

# The machines outlive a test here, and so do the processes on them.
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.expected_logs("Secsh channel"),  # paramiko's word for a channel that was refused
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]


def open_a_service(network: Network) -> None:
    """Something on the relay's file system and loopback that is nobody's business."""
    relay = network.relay
    relay.services.append(
        "mkdir -p /run/lab && cd /run/lab || exit 1\n"
        "setsid ncat -l -k -U service -c 'echo SSH-2.0-lab' </dev/null >/dev/null 2>&1 &"
    )
    relay.must_run("sh", "-c", relay.services[-1])
    relay.wait_for("/run/lab/service")
    relay.must_run("chmod", "777", "/run/lab/service")


def test_every_attack_succeeds_where_nothing_forbids_it(tmp_path: Path, key_store: KeyStore) -> None:
    with Network(tmp_path / "network") as network:
        open_a_service(network)
        network.relay.add_user("careless", key=public_line(key_store.key("careless")))
        network.relay.write("/etc/ssh/sshd_config.d/careless.conf", "PermitTunnel yes\n")
        network.relay.start_sshd()
        elsewhere = network.add_server("elsewhere")
        login = Login(network.address, "careless", key_store.key("careless"), tmp_path, elsewhere)
        attacks = everything(login)
        assert what_gets_through(login, attacks) == list(attacks)


# --- the keys that RelayTray hands out ----------------------------------------------------------------------


@dataclass
class Stolen:
    """A relay with one server online; a second server has its port but was never there."""

    stage: Stage
    box: Box
    folder: Path

    def login(self, key: str) -> Login:
        """``key``: whose it was."""
        relay = self.stage.relay
        assert relay.admin is not None
        account = self.stage.account
        path = {"pc": lambda: self.stage.pc_key.path, "tunnel": self._tunnel_key, "enrol": self._line_key}[
            key
        ]()
        user = account or f"relaytray-{key}"
        return Login(relay.host, user, path, self.folder, self.stage.boxes[0].machine)

    def _tunnel_key(self) -> Path:
        assert self.box.server.enrolment is not None
        text = self.box.machine.read(f"/home/{USER}/.ssh/relaytray-{self.box.server.enrolment.id}")
        return self._kept("tunnel", text)

    def _line_key(self) -> Path:
        """Who runs the line with an ssh of their own sees the file that it makes out of its parts."""
        path, home = self._kept("line", ""), self.folder / "thief"
        (home / "bin").mkdir(parents=True, exist_ok=True)
        (home / ".ssh").mkdir(exist_ok=True)
        ssh = home / "bin" / "ssh"
        ssh.write_text(
            f'#!/bin/sh\nfor word in "$@"; do case $word in -i?*) cp "${{word#-i}}" {path};; esac; done\n'
        )
        ssh.chmod(0o755)
        thief = {"HOME": str(home), "PATH": f"{home}/bin:/usr/bin:/bin"}
        subprocess.run(["sh", "-c", self.box.line], env=thief, capture_output=True, timeout=10)
        assert path.read_text(encoding="ascii").startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
        return path

    def _kept(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="ascii")
        return path


@pytest.fixture(scope="module", params=[Rights.ROOT, Rights.NONE], ids=["as root", "within an account"])
def stolen(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore
) -> Iterator[Stolen]:
    folder = tmp_path_factory.mktemp("stolen")
    with Stage(folder, key_store) as stage:
        stage.set_up(request.param)
        open_a_service(stage.network)
        box = stage.add_box(Form.PLAIN)
        stage.bring_online(box)
        stage.line_for(Box(Form.PLAIN, box.machine, stage.new_server("never-there")))
        yield Stolen(stage, box, folder)


@pytest.mark.parametrize("key", ["pc", "tunnel", "enrol"])
def test_stolen_key_is_good_for_nothing_else(stolen: Stolen, key: str) -> None:
    login = stolen.login(key)
    listener = stolen.stage.watch.listener(stolen.box.port)
    through = what_gets_through(login, everything(login, free=FIRST_PORT + 1))
    if stolen.stage.account and key != "enrol":
        # permitlisten does not know unix sockets (channels.c: "XXX add ACLs for streamlocal"), and only
        # sshd_config can forbid them: one more reason for a set-up by root
        through.remove("listen on a unix socket")
    assert through == []
    assert stolen.stage.watch.listener(stolen.box.port) == listener, "the server lost its tunnel"
    assert stolen.stage.ssh(stolen.box, "hostname").stdout == f"{stolen.box.server.alias}\n"


def test_exit_opens_no_unix_socket(stolen: Stolen) -> None:
    """Beside them stand the person's D-Bus, agents and Docker, each as good as a shell."""
    mode = SetupMode.ACCOUNT if stolen.stage.account else SetupMode.SYSTEM
    options = SetupOptions(mode=mode, with_bbr=False, exit_at_relay=True)
    stolen.stage.apply(options)
    try:
        login = stolen.login("pc")
        ways = {
            "a unix socket": opens_a_unix_socket,
            "a web server": opens("127.0.0.2", 443),
            "its server": opens("127.0.0.1", stolen.box.port),
        }
        assert what_gets_through(login, SESSIONS | ways) == ["a web server", "its server"]
    finally:
        stolen.stage.apply(replace(options, exit_at_relay=False))


def test_tunnel_stays_where_proc_hides_other_processes(stolen: Stolen) -> None:
    """Without root it notes its own sshd, to be ended by it later. That is an aid, and no condition."""
    stage, port = stolen.stage, stolen.box.port
    before = stage.watch.listener(port)
    stage.machine.must_run("mount", "-o", "remount,hidepid=2", "/proc")
    try:
        stage.drop_logins()
        stage.watch.wait_up(port, other_than=before)
        tunnel = stage.watch.listener(port)
        time.sleep(3)
        assert stage.watch.listener(port) == tunnel
        other = Box(Form.PLAIN, stolen.box.machine, stage.new_server("hidden"))
        stage.bring_online(other)
        with stage.shell() as shell:
            assert enrolment.drop(shell, stage.relay, other.server)
        stage.watch.wait_down(other.port, 20)
        assert other.server.enrolment is not None
        script = f"/home/{USER}/.ssh/relaytray-{other.server.enrolment.id}.sh"
        other.machine.must_run("sh", script, "remove", user=USER)
        assert stage.watch.listener(port) == tunnel
    finally:
        stage.machine.must_run("mount", "-o", "remount,hidepid=0", "/proc")


@contextlib.contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    try:
        yield
    finally:
        processes.end_tree(process)


def test_a_listener_of_another_user_costs_nobody_a_login(stolen: Stolen) -> None:
    """Without root the relay cannot see whose process it is, but whose user's."""
    stage = stolen.stage
    box = Box(Form.PLAIN, stolen.box.machine, stage.new_server("squatted"))
    stage.line_for(box)
    stage.machine.add_user("eve")
    eve = stage.machine.launch("ncat", "-l", "-k", "127.0.0.1", str(box.port), user="eve")
    tunnel = stage.watch.listener(stolen.box.port)
    assert stage.relay.admin is not None
    admin = Login(
        stage.relay.host, stage.relay.admin.user, stage.keys.key("admin"), stolen.folder, box.machine
    )
    with ended(eve), contextlib.closing(admin), admin.transport() as mine:
        deadline = Deadline(10, "eve's listener")
        while f":{box.port:04X} " not in stage.machine.must_run("cat", "/proc/net/tcp"):
            deadline.wait()
        with stage.shell() as shell:
            assert enrolment.drop(shell, stage.relay, box.server)
        mine.send_ignore()
        assert mine.is_active()
    assert stage.watch.listener(stolen.box.port) == tunnel, "the server lost its tunnel"


@pytest.mark.parametrize(
    "command",
    [
        "script; {0}",
        "script\n{0}",
        "$({0})",
        "`{0}`",
        "report; {0}",
        "report $({0})",
        "-c '{0}'",
        "script {0}",
        "",
    ],
)
def test_line_cannot_be_talked_into_more(stolen: Stolen, command: str) -> None:
    done = stolen.login("enrol").ssh(after=(command.format("echo got-$((40+2))"),))
    assert "got-42" not in done.stdout + done.stderr
    assert done.returncode != 0


def test_line_gives_its_script_and_takes_no_other_servers_report(stolen: Stolen) -> None:
    login = stolen.login("enrol")
    assert login.ssh(after=("script",)).stdout.startswith("#!/bin/sh\n")
    other = public_line(stolen.stage.keys.key("another-server"))
    refused = login.ssh(after=("report",), text=f"key={other}\nuser=root\n")
    assert refused.returncode != 0
    assert "used for another server already" in refused.stderr


@pytest.mark.parametrize("command", ["script", "report", "hold; {0}", "$({0})", "release {0}", ""])
def test_tunnels_key_cannot_be_talked_into_more(stolen: Stolen, command: str) -> None:
    """Without root it may name its tunnel's process, and end it; nothing else."""
    done = stolen.login("tunnel").ssh(after=(command.format("echo got-$((40+2))"),))
    assert "got-42" not in done.stdout + done.stderr
    assert done.returncode != 0
    assert stolen.stage.watch.listener(stolen.box.port)
