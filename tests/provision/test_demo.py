"""The demo as a whole: what it says about itself, its tunnel going and coming, and its end."""

from __future__ import annotations

import logging
import os
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Authentication
from app.provision.demo import Demo
from tests.peers.keys import fingerprint
from tests.peers.ports import is_listening, read_banner
from tests.provision.clients import Clients


def test_the_profiles_lead_to_it(demo: Demo) -> None:
    document = demo.document()
    relay, server = document.relays[0], document.servers[0]
    assert (relay.id, relay.host, relay.port, relay.user) == (
        "demo-relay",
        "127.0.0.1",
        demo.relay_port,
        "demo",
    )
    assert relay.authentication is Authentication.KEY_FILE
    assert relay.identity == str(demo.person_key)
    assert (server.id, server.alias, server.relay_id, server.user) == (
        "demo-gpu",
        "demo-gpu",
        relay.id,
        "demo",
    )
    assert server.route.port == demo.route_port
    assert [forward.remote_port for forward in server.forwards] == [demo.web_port]
    assert not is_listening(server.forwards[0].local_port)
    assert document == demo.document()


def test_a_busy_socks_port_is_avoided(tmp_path: Path) -> None:
    with closing(socket.socket()) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 10080))
            other.listen()
        except OSError:
            pass  # somebody else has it, which is as good
        with Demo(tmp_path / "demo") as demo:
            assert demo.document().relays[0].socks_port != 10080


def test_fingerprints_are_those_of_ssh_keygen(demo: Demo) -> None:
    folder = demo.person_key.parent
    assert demo.fingerprints == (fingerprint(folder / "relay_host_key"), fingerprint(folder / "gpu_host_key"))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_private_files_are_private(demo: Demo) -> None:
    for path in demo.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_it_listens_on_loopback_only(demo: Demo) -> None:
    assert demo.tunnel_is_up
    addresses = {c.laddr[:2] for c in psutil.Process().net_connections("tcp") if c.status == "LISTEN"}
    ports = {demo.relay_port, demo.route_port, demo.web_port}
    assert {port for host, port in addresses if host == "127.0.0.1"} >= ports
    assert {host for host, _ in addresses} == {"127.0.0.1"}


def test_the_same_keys_after_a_restart(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "demo")
    seen = set()
    for _ in range(3):
        with demo:
            seen.add(demo.fingerprints)
            assert read_banner(demo.route_port).startswith(b"SSH-2.0-")
    assert len(seen) == 1


def test_a_damaged_key_is_made_anew(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "demo")
    with demo:
        before, key = demo.fingerprints, demo.folder / "gpu_host_key"
    key.write_bytes(key.read_bytes()[:80])
    with demo:
        assert demo.fingerprints[0] == before[0]
        assert demo.fingerprints[1] != before[1]


def test_a_folder_that_cannot_hold_it_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder")
    with pytest.raises(RelayTrayError) as raised:
        Demo(in_the_way / "demo").start()
    assert raised.value.fault.code is FaultCode.FILE_UNWRITABLE
    assert str(in_the_way) in raised.value.fault.details["path"]


def test_the_tunnel_goes_and_comes_back(demo: Demo) -> None:
    port = demo.route_port
    for _ in range(10):
        demo.drop_tunnel()
        assert (demo.tunnel_is_up, is_listening(port)) == (False, False)
        demo.restore_tunnel()
        assert (demo.tunnel_is_up, is_listening(port)) == (True, True)
        assert read_banner(port).startswith(b"SSH-2.0-")
    assert demo.route_port == port
    demo.restore_tunnel()  # nothing to do
    demo.drop_tunnel()
    demo.drop_tunnel()


def test_a_dropped_tunnel_ends_what_went_through_it(demo: Demo) -> None:
    with closing(socket.create_connection(("127.0.0.1", demo.route_port), timeout=5)) as through:
        assert through.recv(4) == b"SSH-"
        demo.drop_tunnel()
        while through.recv(4096):
            pass


def test_a_taken_route_port_is_told(demo: Demo) -> None:
    demo.drop_tunnel()
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", demo.route_port))
        other.listen()
        with pytest.raises(RelayTrayError) as raised:
            demo.restore_tunnel()
    assert str(demo.route_port) in raised.value.fault.details["reason"]
    demo.restore_tunnel()
    assert read_banner(demo.route_port)


def test_stop_is_quick_and_leaves_nothing(clients: Clients, demo: Demo) -> None:
    """Whatever is going on: open sessions, half-made connections, programs that ignore a hang-up."""
    stubborn = "trap '' HUP TERM INT; (setsid sleep 1000 &) ; echo $$; while :; do sleep 1000; done"
    idle = [socket.create_connection(("127.0.0.1", port)) for port in (demo.relay_port, demo.route_port)]
    command = clients.command("ssh", "gpu", stubborn)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdout
        pid = int(client.stdout.readline())
        begin = time.monotonic()
        demo.stop()
        assert time.monotonic() - begin < 3
        client.wait(10)
    for sock in idle:
        sock.close()
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_stopped_twice_and_never_started(tmp_path: Path) -> None:
    demo = Demo(tmp_path / "demo")
    demo.stop()
    demo.start()
    demo.start()
    demo.stop()
    demo.stop()
    with pytest.raises(RuntimeError):
        demo.document()


def test_scanners_and_garbage_do_no_harm(demo: Demo, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    garbage = [
        b"",
        b"GET / HTTP/1.1\r\n\r\n",
        b"SSH-2.0-x\r\n" + os.urandom(4096),
        os.urandom(100),
        b"\x05\x01\x00",
    ]
    for port in (demo.relay_port, demo.route_port, demo.web_port):
        for data in garbage:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=5)) as sock:
                sock.sendall(data)
    assert read_banner(demo.route_port).startswith(b"SSH-2.0-")
    assert read_banner(demo.relay_port).startswith(b"SSH-2.0-")


def test_the_page(demo: Demo) -> None:
    address = f"http://127.0.0.1:{demo.web_port}"
    with urllib.request.urlopen(f"{address}/?token=x", timeout=5) as answer:
        assert b"It works" in answer.read()
    for path, data, code in [("/no", None, 404), ("/", b"x", 405)]:
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(address + path, data=data, timeout=5)
        with closing(raised.value):
            assert raised.value.code == code
