"""Permissions on a relay that is a machine of its own, set up with and without root."""

from __future__ import annotations

import dataclasses
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.profiles import ReverseRoute, Server, SetupMode
from app.core.provisioning import LineOptions
from app.provision import enrolment
from tests.peers import machines
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import Machine
from tests.peers.network import Network
from tests.provision.setup_lab import SetupLab

pytestmark = [
    pytest.mark.leaks_allowed,  # the processes on the machines are ours
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory, key_store: KeyStore) -> Iterator[Network]:
    with Network(tmp_path_factory.mktemp("network")) as made:
        made.relay.add_user("admin", key=public_line(key_store.key("login")))
        made.relay.must_run(
            "sh", "-c", "mkdir -p ~root/.ssh && cp /home/admin/.ssh/authorized_keys ~root/.ssh/"
        )
        made.relay.start_sshd()
        server = made.add_server("gpu")
        server.add_user("dev")
        server.start_sshd()
        yield made


def listening(machine: Machine, port: int) -> bool:
    return bool(machine.run("ss", "-ltnH", f"sport = :{port}").stdout)


@pytest.mark.parametrize(("user", "mode"), [("admin", SetupMode.ACCOUNT), ("root", SetupMode.SYSTEM)])
def test_dropped_server_loses_its_tunnel_and_others_keep_theirs(
    network: Network, tmp_path: Path, key_store: KeyStore, user: str, mode: SetupMode
) -> None:
    lab = SetupLab(network, key_store, tmp_path, user=user, mode=mode)
    lab.apply()
    gpu = network.servers[0]
    server = Server(id="s1", alias="gpu", relay_id="relay", route=ReverseRoute(port=23456))
    words = [
        "ssh",
        "-N",
        "-F",
        "/dev/null",
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]
    words += ["-o", "BatchMode=yes", "-i", str(key_store.key("login")), "-R", "127.0.0.1:23999:127.0.0.1:1"]
    with subprocess.Popen([*words, f"{user}@{network.address}"]) as other, lab.shell() as shell:
        try:
            lab.wait_until(lambda: listening(network.relay, 23999), "another link of the same account")
            issued = enrolment.issue(shell, lab.relay, server, LineOptions())
            server = dataclasses.replace(server, enrolment=issued.enrolment)
            shown = gpu.run("sh", "-c", issued.line.text, user="dev").stdout
            assert "the tunnel is up" in shown, shown
            assert enrolment.report(shell, lab.relay, server) is not None

            assert enrolment.drop(shell, lab.relay, server)
            assert not listening(network.relay, 23456)
            assert listening(network.relay, 23999)
            log = f"/home/dev/.ssh/relaytray-{issued.enrolment.id}.log"
            lab.wait_until(lambda: "Permission denied" in gpu.read(log), "the server to be told no")
            assert enrolment.listed(shell, lab.relay) == ()
        finally:
            other.terminate()
    assert "is taken away" in gpu.run("sh", "-c", enrolment.removal_line(server), user="dev").stdout
    assert not gpu.exists("/home/dev/.ssh")
    lab.undo()
