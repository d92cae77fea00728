"""The lab itself: what the tests stand on is what it says it is, and the hardened keys hold."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psutil
import pytest

from tests.peers.lab import Lab
from tests.peers.ports import is_listening, read_banner


def ssh(
    lab: Lab, *words: str, key: Path | None = None, port: int | None = None
) -> subprocess.CompletedProcess[str]:
    """The real ssh to 127.0.0.1, by default as the person to the relay."""
    command = ["ssh", "-F", "/dev/null", "-i", str(key or lab.person_key), "-p", str(port or lab.relay_port)]
    for option in (
        "BatchMode=yes",
        "IdentitiesOnly=yes",
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
    ):
        command += ["-o", option]
    command += [*words[:-1], f"{lab.user}@127.0.0.1", *words[-1:]]
    return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=30)


def test_server_runs_commands_through_the_route(lab: Lab) -> None:
    assert ssh(lab, "echo $((6*7))", key=lab.server_key, port=lab.route_port).stdout == "42\n"


def test_keys_at_the_relay_can_do_nothing_but_their_forward(lab: Lab, free_port: int) -> None:
    tunnel_key = lab.keys.key("gpu-tunnel")
    for key in (lab.person_key, tunnel_key):
        assert ssh(lab, "id", key=key).returncode != 0
        assert "prohibited" in ssh(lab, "-W", f"127.0.0.1:{lab.server.port}", "", key=key).stderr
        refused = ssh(
            lab, "-N", "-oExitOnForwardFailure=yes", "-R", f"127.0.0.1:{free_port}:127.0.0.1:1", "", key=key
        )
        assert "remote port forwarding failed" in refused.stderr
    assert ssh(lab, "-W", f"127.0.0.1:{lab.route_port}", "").stdout.startswith("SSH-2.0-")


def test_permissive_key_may_open_anything(permissive_lab: Lab) -> None:
    target = f"127.0.0.1:{permissive_lab.server.port}"
    assert ssh(permissive_lab, "-W", target, "").stdout.startswith("SSH-2.0-")


def test_faults_can_be_made_and_mended(lab: Lab) -> None:
    before = lab.fingerprints
    lab.drop_tunnel()
    assert not is_listening(lab.route_port)
    lab.restore_tunnel()
    lab.pause_tunnel()
    assert is_listening(lab.route_port)
    assert read_banner(lab.route_port, timeout_s=0.2) == b""
    lab.resume_tunnel()
    lab.stop_relay()
    assert not is_listening(lab.relay_port)
    lab.start_relay()
    assert lab.fingerprints == before
    lab.change_relay_host_key()
    assert lab.fingerprints.relay != before.relay
    lab.replace_server_with_other_machine()
    assert lab.fingerprints.server != before.server
    assert read_banner(lab.route_port).startswith(b"SSH-2.0-")


def test_paused_relay_keeps_its_connections_and_does_not_answer(lab: Lab) -> None:
    lab.relay.pause()
    assert read_banner(lab.relay_port, timeout_s=0.2) == b""
    lab.relay.resume()
    assert read_banner(lab.relay_port).startswith(b"SSH-2.0-")
    assert lab.tunnel_is_up


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_nothing_is_left(lab: Lab, way: str) -> None:
    pids = [lab.relay.pid, *lab.relay.session_pids()]
    assert len(pids) >= 2
    getattr(lab.relay, way)()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]
