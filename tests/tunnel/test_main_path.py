"""Click to connect, on real peers: sshd as relay, a second sshd behind ``ssh -R``, real clients."""

from __future__ import annotations

import dataclasses
import hashlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode
from app.core.profiles import Settings
from app.core.questions import HostKeyAnswer
from app.core.states import LinkPhase, ServerPhase
from tests.peers.lab import Lab
from tests.tunnel.driver import Driver, run


@pytest.fixture
def driver(lab: Lab, tmp_path: Path) -> Iterator[Driver]:
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        yield driver


def test_connected_means_that_the_servers_sshd_answered(driver: Driver, lab: Lab) -> None:
    driver.connect()
    answer = run("ssh", *driver.ssh_options(lab.server_key), f"{lab.user}@lab-gpu", "echo", "it-works")
    assert (answer.returncode, answer.stdout) == (0, b"it-works\n"), answer.stderr
    # both machines are pinned, under names of their own
    pinned = driver.known_hosts.read_text()
    assert "lab-gpu.relaytray.internal ssh-ed25519" in pinned
    assert f"[127.0.0.1]:{lab.relay_port} ssh-ed25519" in pinned


def test_the_first_client_brings_the_link_up(driver: Driver, lab: Lab) -> None:
    driver.wait_for_ports()
    assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.OFF
    answer = run(
        "nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "-N", "lab-gpu", "22", input=b"SSH-2.0-t\r\n"
    )
    assert answer.stdout.startswith(b"SSH-2.0-OpenSSH")
    driver.wait_for_server(ServerPhase.CONNECTED)


def test_files_go_both_ways_with_real_programs(driver: Driver, lab: Lab, tmp_path: Path) -> None:
    driver.connect()
    data = hashlib.shake_256(b"file").digest(3_000_000)
    source, scp_copy, back = tmp_path / "source", tmp_path / "scp copy", tmp_path / "back"
    source.write_bytes(data)
    options = driver.ssh_options(lab.server_key)
    done = run("scp", *options, source, f"{lab.user}@lab-gpu:{scp_copy}")
    assert done.returncode == 0, done.stderr
    shell = "ssh " + " ".join(f"'{option}'" for option in options)
    done = run("rsync", "-e", shell, f"{lab.user}@lab-gpu:{source}", back)
    assert done.returncode == 0, done.stderr
    batch = f'get "{source}" "{tmp_path / "sftp"}"\n'.encode()
    done = run("sftp", "-b", "-", *options, f"{lab.user}@lab-gpu", input=batch)
    assert done.returncode == 0, done.stderr
    assert scp_copy.read_bytes() == back.read_bytes() == (tmp_path / "sftp").read_bytes() == data


@pytest.mark.parametrize("proxy", ["nc", "connect-proxy", "proxychains4", "curl"])
def test_every_proxy_program_reaches_the_server(driver: Driver, lab: Lab, tmp_path: Path, proxy: str) -> None:
    driver.wait_for_ports()
    port = driver.socks_port
    if proxy == "curl":
        url = "telnet://lab-gpu.relaytray.internal:22"
        done = run("curl", "-sm", "5", "--socks5-hostname", f"127.0.0.1:{port}", url, input=b"SSH-2.0-t\r\n")
    elif proxy == "proxychains4":
        config = tmp_path / "proxychains.conf"
        config.write_text(f"strict_chain\nquiet_mode\nproxy_dns\n[ProxyList]\nsocks5 127.0.0.1 {port}\n")
        done = run("proxychains4", "-f", config, "nc", "-N", "lab-gpu", "22", input=b"SSH-2.0-t\r\n")
    else:
        argv = {
            "nc": ["nc", "-X", "5", "-x", f"127.0.0.1:{port}", "-N", "lab-gpu", "22"],
            "connect-proxy": ["connect-proxy", "-S", f"127.0.0.1:{port}", "lab-gpu", "22"],
        }[proxy]
        done = run(*argv, input=b"SSH-2.0-t\r\n")
    assert b"SSH-2.0-OpenSSH" in done.stdout, done.stderr


def test_an_unknown_server_name_never_leaves_this_computer(driver: Driver, lab: Lab) -> None:
    driver.connect()
    done = run("nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "nobody.relaytray.internal", "22")
    assert done.returncode != 0
    assert "nobody" not in lab.relay.log()


def test_the_relay_forbids_what_its_key_may_not_do(driver: Driver, lab: Lab) -> None:
    driver.connect()
    done = run("nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "127.0.0.1", str(lab.relay_port))
    assert b"not allowed" in done.stderr
    # a port of the server itself needs the exit at the server
    done = run("nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "lab-gpu", "8888")
    assert b"not allowed" in done.stderr


class TestWhichHopIsDown:
    def test_the_gpu_tunnel(self, driver: Driver, lab: Lab) -> None:
        driver.connect()
        lab.drop_tunnel()
        done = run("nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "lab-gpu", "22")
        assert b"refused" in done.stderr
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.TUNNEL_DOWN)
        assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.UP
        lab.restore_tunnel()
        driver.wait_for_server(ServerPhase.CONNECTED)

    def test_another_machine_answers(self, driver: Driver, lab: Lab) -> None:
        driver.connect()
        lab.replace_server_with_other_machine()
        driver.manager.check_now("test")
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.HOST_KEY_CHANGED)
        fault = driver.manager.snapshot().servers[driver.server_id].fault
        assert fault is not None
        assert fault.details["pinned"] == lab.server.fingerprint()
        assert fault.details["fingerprint"] == lab.fingerprints.server
        assert driver.questions() == []

    def test_the_server_hangs(self, driver: Driver, lab: Lab) -> None:
        driver.connect()
        lab.server.pause()
        try:
            driver.manager.check_now("test")
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.SERVER_SILENT, 40)
        finally:
            lab.server.resume()

    def test_the_relay_refuses_connections(self, driver: Driver, lab: Lab) -> None:
        lab.drop_tunnel()
        lab.stop_relay()
        driver.manager.connect(driver.server_id)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.CONNECTION_REFUSED)
        driver.wait_for_link(LinkPhase.WAITING, FaultCode.CONNECTION_REFUSED)
        lab.start_relay()  # and the server's tunnel with it
        driver.wait_for_server(ServerPhase.CONNECTED)

    def test_the_relays_key_changed(self, driver: Driver, lab: Lab) -> None:
        driver.connect()
        driver.manager.disconnect(driver.server_id)
        driver.wait_for_link(LinkPhase.OFF)
        lab.change_relay_host_key()
        driver.manager.connect(driver.server_id)
        driver.wait_for_link(LinkPhase.FAILED, FaultCode.HOST_KEY_CHANGED)
        driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.HOST_KEY_CHANGED)
        assert driver.questions() == []

    def test_the_login_is_refused(self, lab: Lab, tmp_path: Path) -> None:
        document = lab.document(identity=str(lab.server_key))
        with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.FAILED, FaultCode.LOGIN_REFUSED)
            # a program does not make it try again and again
            done = run("nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "lab-gpu", "22")
            assert done.returncode != 0
            assert lab.relay.log().count("Connection closed by authenticating user") <= 1

    def test_the_name_of_the_relay_does_not_exist(self, lab: Lab, tmp_path: Path) -> None:
        document = lab.document(host="relay.invalid")
        with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.WAITING, FaultCode.DNS_FAILED)

    def test_something_else_than_ssh_answers(self, lab: Lab, tmp_path: Path, free_port: int) -> None:
        import http.server

        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        try:
            with Driver(tmp_path / "data", lab.document(port=web.server_port), lab.fingerprints) as driver:
                driver.manager.connect(driver.server_id)
                driver.wait_for_link(LinkPhase.WAITING, FaultCode.NOT_SSH)
        finally:
            web.shutdown()
            web.server_close()
            thread.join()


def test_first_sight_asks_once_for_each_machine_and_later_sights_are_silent(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document()) as driver:
        driver.answer = lambda question: HostKeyAnswer(trust=True)
        driver.connect()
        asked = [(q.is_server, q.fingerprint) for q in driver.host_key_questions()]
        assert asked == [(False, lab.fingerprints.relay), (True, lab.fingerprints.server)]
    with Driver(tmp_path / "data", lab.document()) as driver:
        driver.connect()
        assert driver.questions() == []


def test_a_machine_that_is_not_trusted_is_not_used(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document()) as driver:
        driver.answer = lambda question: HostKeyAnswer(trust=False)
        driver.manager.connect(driver.server_id)
        driver.wait_for_link(LinkPhase.FAILED, FaultCode.HOST_KEY_UNKNOWN)
        assert not driver.known_hosts.exists()
        assert lab.relay.log().count("Accepted publickey") == 1  # the GPU server's own


def test_the_users_own_known_hosts_gives_the_first_answer(lab: Lab, tmp_path: Path) -> None:
    mine = tmp_path / "known_hosts of mine"
    mine.write_text(lab.relay.host_key_line + "\n")
    before = mine.read_bytes()
    with Driver(tmp_path / "data", lab.document(), user_known_hosts=[mine]) as driver:
        driver.answer = lambda question: HostKeyAnswer(trust=True)
        driver.connect()
        assert [q.is_server for q in driver.host_key_questions()] == [True]
    assert mine.read_bytes() == before


def test_a_lost_link_comes_back_by_itself_and_clients_are_told(driver: Driver, lab: Lab) -> None:
    driver.connect()
    lab.relay.drop_sessions()
    driver.wait_for(
        lambda: driver.manager.snapshot().servers[driver.server_id].phase is not ServerPhase.CONNECTED,
        "the loss",
    )
    lab.drop_tunnel()
    lab.restore_tunnel()
    driver.wait_for_server(ServerPhase.CONNECTED, timeout_s=40)


def test_a_dead_relay_is_noticed_by_unanswered_keepalives(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(keepalive_s=1), lab.fingerprints) as driver:
        driver.connect()
        lab.relay.pause()
        try:
            driver.wait_for_link(LinkPhase.WAITING, FaultCode.LINK_LOST, 40)
        finally:
            lab.relay.resume()


def test_disconnect_closes_the_link_and_its_connections(driver: Driver, lab: Lab) -> None:
    driver.connect()
    import socket

    from app.socks.client_protocol import ClientProtocol

    with socket.create_connection(("127.0.0.1", driver.socks_port), timeout=10) as client:
        protocol = ClientProtocol("lab-gpu", 22)
        client.sendall(protocol.to_send())
        while not protocol.done:
            protocol.receive(client.recv(1))
            client.sendall(protocol.to_send())
        assert client.recv(4) == b"SSH-"
        driver.manager.disconnect(driver.server_id)
        try:
            while client.recv(4096):
                pass
        except ConnectionResetError:
            pass  # as good as a clean end
    driver.wait_for_link(LinkPhase.OFF)
    driver.wait_for_server(ServerPhase.OFF)


def test_a_connect_can_be_called_off(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        lab.relay.pause()
        try:
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.CONNECTING)
            driver.manager.disconnect(driver.server_id)
            driver.wait_for_link(LinkPhase.OFF, timeout_s=3)
        finally:
            lab.relay.resume()


def test_an_idle_link_closes_when_the_person_wants_that(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(idle_close_min=1), lab.fingerprints) as driver:
        driver.connect()
        supervisor = driver.manager._relays[driver.relay_id]
        driver.wait_for(lambda: supervisor._traffic.connections == 0, "the probe to be gone")
        supervisor._traffic.last_used -= 61  # a minute has passed
        supervisor.check_now()
        driver.wait_for_link(LinkPhase.OFF)
        driver.wait_for_server(ServerPhase.OFF)
        # and the next program brings it up again
        done = run(
            "nc",
            "-X",
            "5",
            "-x",
            f"127.0.0.1:{driver.socks_port}",
            "-N",
            "lab-gpu",
            "22",
            input=b"SSH-2.0-t\r\n",
        )
        assert done.stdout.startswith(b"SSH-2.0-")


@pytest.mark.parametrize("wanted", [True, False])
def test_after_sleep_a_dead_link_comes_back_only_where_the_person_wants_that(
    lab: Lab, tmp_path: Path, wanted: bool
) -> None:
    settings = Settings(reconnect_after_sleep=wanted)
    document = dataclasses.replace(lab.document(), settings=settings)
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        driver.wait_for(lambda: not driver.manager._connections, "the probe to end")
        lab.relay.pause()  # the link did not survive the sleep
        try:
            driver.manager.check_now("wake")
            phase = LinkPhase.WAITING if wanted else LinkPhase.FAILED
            driver.wait_for_link(phase, FaultCode.LINK_LOST)
        finally:
            lab.relay.resume()
        if wanted:
            driver.wait_for_server(ServerPhase.CONNECTED)


def test_a_relay_that_says_nothing_is_a_time_out_and_is_tried_again(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.transport.link.HANDSHAKE_TIMEOUT_S", 1.0)
    lab.relay.pause()
    try:
        with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_link(LinkPhase.WAITING, FaultCode.CONNECT_TIMED_OUT)
    finally:
        lab.relay.resume()
