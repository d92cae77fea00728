"""Machines in namespaces: what the proofs of the other ends stand on is what it says it is."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.peers import machines
from tests.peers.machines import Machine, changes
from tests.peers.network import Network
from tests.peers.ports import Deadline
from tests.peers.web_terminal import WebTerminal

# The fixture outlives a test, and so do the processes on its machines; the last test looks for leftovers.
pytestmark = [
    pytest.mark.leaks_allowed,
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("network")) as started:
        started.add_server("gpu").add_user("dev")
        started.relay.start_sshd()
        yield started


def hears(machine: Machine, address: str) -> bool:
    """Whether an SSH server at that address answers the machine within a second."""
    return machine.run("ssh-keyscan", "-T", "1", "-t", "ed25519", address).returncode == 0


def test_relay_is_reached_from_here_and_from_the_server(network: Network) -> None:
    with socket.create_connection((network.address, 22), timeout=5) as line:
        assert line.recv(100).startswith(b"SSH-2.0-")
    assert hears(network.servers[0], network.address)


def test_server_can_only_dial_out(network: Network) -> None:
    server = network.servers[0]
    server.start_sshd()
    assert hears(server, "127.0.0.1")
    gateway = f"{network.address.rpartition('.')[0]}.10"
    network.relay.disk.call("ip", "route", "add", "192.168.51.0/24", "via", gateway)
    try:
        assert not hears(network.relay, "192.168.51.2")
    finally:
        network.relay.disk.call("ip", "route", "del", "192.168.51.0/24")


def test_line_can_be_cut_without_a_word_and_comes_back(network: Network) -> None:
    server = network.servers[0]
    network.cut()
    assert not hears(server, network.address)
    network.restore()
    assert hears(server, network.address)
    network.cut()
    network.restore(with_new_address=True)
    assert hears(server, network.address)


def test_paused_sshd_takes_connections_and_says_nothing(network: Network) -> None:
    network.relay.pause_sshd()
    assert not hears(network.servers[0], network.address)
    network.relay.resume_sshd()
    assert hears(network.servers[0], network.address)


def test_what_happens_on_a_machine_stays_there(network: Network) -> None:
    machine = network.relay
    before = machine.snapshot("/etc", "/home", "/root")
    machine.add_user("guest", password="a password", key="ssh-ed25519 AAAA guest")
    machine.write("/etc/relaytray-lab", "here\n")
    found = changes(before, machine.snapshot("/etc", "/home", "/root"))
    assert [line for line in found if line.startswith("added /etc/relaytray-lab: ")]
    assert [line for line in found if line.startswith("added /home/guest/.ssh/authorized_keys: -rw-------")]
    assert not Path("/etc/relaytray-lab").exists()
    assert "guest" not in Path("/etc/passwd").read_text(encoding="utf-8").split(":")
    assert machine.run("sh", "-c", "echo 1 >/proc/sys/kernel/panic").returncode != 0
    assert machine.run("id", "-un", user="guest").stdout == "guest\n"


def test_shell_of_few_tools_takes_pasted_lines_and_closes(network: Network) -> None:
    server = network.servers[0]
    tools = server.few_tools("/few", ["sh", "ssh", "ssh-keygen"])
    with WebTerminal(server, "dev", tools=tools) as terminal:
        shown = terminal.answer_to("cd; pwd; for f in /usr/bin/*; do echo $f; done; echo a''b", "ab")
        assert "/home/dev" in shown
        assert [line for line in shown.splitlines() if line.startswith("/usr/bin/")] == [
            "/usr/bin/sh",
            "/usr/bin/ssh",
            "/usr/bin/ssh-keygen",
        ]
        terminal.paste("read line; read line")
        assert not terminal.is_idle()
        assert server.command_lines("/bin/sh -i", "dev")
    deadline = Deadline(5, "the shell to end with its terminal")
    while server.command_lines("/bin/sh -i", "dev"):
        deadline.wait()


def test_reboot_ends_everything_and_keeps_the_disk(network: Network) -> None:
    server = network.servers[0]
    server.write("/home/dev/kept", "kept\n")
    server.write("/run/forgotten", "\n")
    server.start_cron()
    server.must_run("crontab", "-", user="dev", text="@reboot echo booted >>boots\n")
    sleeper = server.launch("sleep", "1000")
    server.reboot()
    assert sleeper.wait(5) != 0
    sleeper.communicate()
    assert server.read("/home/dev/kept") == "kept\n"
    assert not server.exists("/run/forgotten")
    server.wait_for("/home/dev/boots")
    assert server.sshd_pids()


def test_systemd_runs_a_machine_and_its_users_services(network: Network) -> None:
    machine = network.add_server("with-systemd", systemd=True)
    machine.add_user("dev")
    machine.start_sshd()
    machine.must_run("loginctl", "enable-linger", "dev")
    machine.reboot()
    assert machine.run("systemctl", "is-system-running").stdout == "running\n"
    assert machine.sshd_pids()
    asked = "XDG_RUNTIME_DIR=/run/user/$(id -u) systemctl --user is-system-running --wait"
    assert machine.run("sh", "-c", asked, user="dev").stdout == "running\n"


def test_nothing_is_left_of_machines_whose_test_was_killed(tmp_path: Path) -> None:
    groups = {found.name for found in Path("/sys/fs/cgroup").glob("**/relaytray-lab-*")}
    script = textwrap.dedent("""\
        import pathlib, sys
        from tests.peers.network import Network
        with Network(pathlib.Path(sys.argv[1])) as network:
            network.add_server("gpu", systemd=True).launch("sleep", "1000")
            network.relay.start_sshd()
            print(network._device, flush=True)
            sys.stdin.read()
        """)
    command = [sys.executable, "-c", script, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, stdin=pipe, stdout=pipe, text=True, env=os.environ | {"PYTHONPATH": "."}
    ) as test:
        assert test.stdout is not None
        device = test.stdout.readline().strip()
        assert device
        family = psutil.Process(test.pid).children(recursive=True)
        assert len(family) >= 7
        test.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=10)
    assert not alive
    deadline = Deadline(10, "the device to go")
    while Path("/sys/class/net", device).exists():
        deadline.wait()
    assert str(tmp_path) not in Path("/proc/mounts").read_text(encoding="utf-8")
    while [found for found in Path("/sys/fs/cgroup").glob("**/relaytray-lab-*") if found.name not in groups]:
        deadline.wait()
    assert not [entry for machine in tmp_path.iterdir() for entry in machine.iterdir()]
