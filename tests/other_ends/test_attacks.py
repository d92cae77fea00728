"""What a stolen key of the relay is good for: its own forward, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.other_ends.attacks import Login, everything, what_gets_through
from tests.peers import machines
from tests.peers.keys import KeyStore, public_line
from tests.peers.network import Network

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
