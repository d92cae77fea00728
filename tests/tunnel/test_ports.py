"""The local ports: forwards through the server itself, the exit, logins at the port, ports that are taken."""

from __future__ import annotations

import dataclasses
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.events import DocumentChanged, ListenersChanged, PortsMoved
from app.core.faults import FaultCode
from app.core.port_changes import PortPurpose
from app.core.profiles import Document, Exit, Forward, Relay
from app.core.states import LinkPhase, ServerPhase
from app.secrets import SecretName
from tests.peers.byte_server import ByteServer, digest_of
from tests.peers.lab import Lab
from tests.peers.ports import free_port as find_free_port
from tests.tunnel.driver import Driver, run


@pytest.fixture
def web(tmp_path: Path) -> Iterator[int]:
    """A web page on the server's loopback."""
    import http.server
    import threading

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"jupyter says hello"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Not on our terminal."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def with_server(document: Document, **changes: object) -> Document:
    server = dataclasses.replace(document.servers[0], **changes)  # type: ignore[arg-type]
    return dataclasses.replace(document, servers=(server,))


def test_extra_forwards_leave_at_the_server_itself(lab: Lab, tmp_path: Path, web: int) -> None:
    local = find_free_port()
    forward = Forward(local_port=local, remote_port=web, remote_host="127.0.0.1")
    document = with_server(lab.document(), forwards=(forward,))
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.wait_for_ports()
        for _ in range(2):  # the first one brings up the relay's link and the server's own inside it
            done = run("curl", "-sm", "20", f"http://127.0.0.1:{local}/")
            assert done.stdout == b"jupyter says hello", done
        assert driver.questions() == []
    assert lab.server.log().count("Accepted publickey") == 1


def test_traffic_leaves_at_the_server_where_its_exit_says_so(lab: Lab, tmp_path: Path, web: int) -> None:
    document = with_server(lab.document(), exit=Exit.SERVER)
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.wait_for_ports()
        proxy = f"socks5h://127.0.0.1:{driver.socks_port}"
        for url in (f"http://localhost:{web}/", f"http://127.0.0.1:{web}/", f"http://lab-gpu:{web}/"):
            assert run("curl", "-sm", "20", "-x", proxy, url).stdout == b"jupyter says hello", url
        # as in the user's v2ray set-up: localhost:22 is the server itself (its sshd listens elsewhere here)
        port = str(lab.server.port)
        done = run(
            "nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "-N", "localhost", port, input=b"x\r\n"
        )
        assert done.stdout.startswith(b"SSH-2.0")
        # nothing listens: a truthful refusal
        closed = run("nc", "-X", "5", "-x", f"127.0.0.1:{driver.socks_port}", "localhost", "1")
        assert b"refused" in closed.stderr


def test_the_inner_link_moves_whole_files(lab: Lab, tmp_path: Path) -> None:
    from tests.tunnel.test_data_plane import read_all, through, upload

    document = with_server(lab.document(), exit=Exit.SERVER)
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver, ByteServer() as server:
        driver.wait_for_ports()
        count = 60 << 20
        with through(driver, server.port) as client:
            assert upload(client, count) == f"{digest_of(count)} {count}"
        with through(driver, server.port) as client:
            client.sendall(b"D" + b"%016d" % count)
            assert read_all(client) == (digest_of(count), count)


def test_the_plain_port_to_the_servers_sshd(lab: Lab, tmp_path: Path) -> None:
    document = with_server(lab.document(), local_ssh_port=find_free_port())
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        options = [o for o in driver.ssh_options(lab.server_key) if "ProxyCommand" not in o]
        port = str(document.servers[0].local_ssh_port)
        done = run("ssh", *options, "-p", port, f"{lab.user}@127.0.0.1", "echo plain")
        assert done.stdout == b"plain\n", done.stderr


@pytest.mark.parametrize("scheme", ["socks5h", "socks5", "socks4", "socks4a", "http"])
def test_all_dialects_on_one_port(permissive_lab: Lab, tmp_path: Path, web: int, scheme: str) -> None:
    lab = permissive_lab
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.wait_for_ports()
        url = f"http://127.0.0.1:{web}/"
        done = run("curl", "-sSpm", "20", "-x", f"{scheme}://127.0.0.1:{driver.socks_port}", url)
        assert done.stdout == b"jupyter says hello", done.stderr


def test_a_port_with_user_and_password(lab: Lab, tmp_path: Path) -> None:
    document = lab.document(socks_user="me")
    driver = Driver(tmp_path / "data", document, lab.fingerprints)
    driver.secrets.keep_for_session(SecretName("socks", document.relays[0].name), "s3cret/:@")
    with driver:
        driver.connect()  # our own probe knows the password
        base = ("curl", "-sm", "5", "--socks5-hostname", f"127.0.0.1:{driver.socks_port}")
        good = run(*base, "--proxy-user", "me:s3cret/:@", "telnet://lab-gpu:22", input=b"SSH-2.0-x\r\n")
        assert good.stdout.startswith(b"SSH-2.0")
        for login in ("me:wrong", "you:s3cret/:@", ":"):
            bad = run(*base, "--proxy-user", login, "telnet://lab-gpu:22", input=b"SSH-2.0-x\r\n")
            assert bad.returncode != 0
            assert bad.stdout == b""
        assert run(*base, "telnet://lab-gpu:22", input=b"SSH-2.0-x\r\n").returncode != 0


def test_a_keyring_that_takes_its_time_holds_up_nobody_who_is_in(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = lab.document(socks_user="me")
    driver = Driver(tmp_path / "data", document, lab.fingerprints)
    driver.secrets.keep_for_session(SecretName("socks", document.relays[0].name), "pw")
    asked, answers = threading.Event(), threading.Event()
    look_up = driver.secrets.get

    def slow(name: SecretName) -> str | None:
        asked.set()
        answers.wait(20)
        return look_up(name)

    with driver:
        driver.connect()
        with logged_in(driver.socks_port) as inside:
            assert inside.recv(4) == b"SSH-"
            monkeypatch.setattr(driver.secrets, "get", slow)
            with socket.create_connection(("127.0.0.1", driver.socks_port), timeout=20) as waiting:
                assert asked.wait(10)
                inside.sendall(b"SSH-2.0-test\r\n")
                assert inside.recv(1000)
                assert inside.recv(1000), "its key exchange"
                answers.set()
                waiting.sendall(b"\x05\x01\x02")
                assert waiting.recv(2) == b"\x05\x02"


def test_clients_that_wait_for_the_keyring_are_let_go_at_the_end(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    with Driver(tmp_path / "data", lab.document(socks_user="me"), lab.fingerprints) as driver:
        driver.wait_for_ports()
        monkeypatch.setattr(driver.secrets, "get", lambda _name: answers.wait(20) and None)
        with socket.create_connection(("127.0.0.1", driver.socks_port), timeout=20) as waiting:
            driver.wait_for(lambda: bool(driver.manager._listeners._passwords._waiting), "it to be asked")
            threading.Timer(0.5, answers.set).start()
            driver.manager.stop()
            assert not read_to_the_end(waiting)


def read_to_the_end(client: socket.socket) -> bytes:
    try:
        return client.recv(100)
    except ConnectionResetError:
        return b""


@contextmanager
def logged_in(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        for words, answer in (
            (b"\x05\x01\x02", b"\x05\x02"),
            (b"\x01\x02me\x02pw", b"\x01\x00"),
            (b"\x05\x01\x00\x03\x07lab-gpu\x00\x16", b"\x05\x00\x00\x01" + bytes(6)),
        ):
            client.sendall(words)
            assert client.recv(len(answer), socket.MSG_WAITALL) == answer
        yield client


def test_a_busy_port_is_named_with_its_holder_and_taken_when_it_is_free(lab: Lab, tmp_path: Path) -> None:
    with ByteServer() as holder:
        document = lab.document(socks_port=holder.port)
        with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
            driver.wait_for_ports()
            (state,) = driver.manager.snapshot().listeners
            assert state.fault is not None
            assert state.fault.code is FaultCode.PORT_BUSY
            assert f"pid {holder._process.pid}" in state.fault.details["holder"]
            assert int(state.fault.details["suggestion"]) > 0
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.TROUBLE, FaultCode.PORT_BUSY)
            holder._process.kill()
            holder._process.wait()
            driver.manager.connect(driver.server_id)
            driver.manager.check_now("the port is free")
            driver.wait_for_server(ServerPhase.CONNECTED)


def test_new_profiles_are_taken_while_running(lab: Lab, tmp_path: Path) -> None:
    with Driver(tmp_path / "data", lab.document(), lab.fingerprints) as driver:
        driver.connect()
        old_port, new_port = driver.socks_port, find_free_port()
        renamed = with_server(driver.document, alias="other-name")
        relay = dataclasses.replace(renamed.relays[0], socks_port=new_port)
        driver.document = dataclasses.replace(renamed, relays=(relay,))
        driver.manager.replace_document(driver.document)
        driver.wait_for(
            lambda: [s.port for s in driver.manager.snapshot().listeners] == [new_port], "the port to follow"
        )
        driver.wait_for_server(ServerPhase.CONNECTED)
        assert driver.manager.snapshot().links[driver.relay_id].phase is LinkPhase.UP
        assert "other-name.relaytray.internal ssh-ed25519" in driver.known_hosts.read_text()
        done = run(
            "ssh", *driver.ssh_options(lab.server_key, "other-name"), f"{lab.user}@other-name", "echo renamed"
        )
        assert done.stdout == b"renamed\n", done.stderr
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", old_port), timeout=5)
        # the profile goes: nothing of it stays
        driver.manager.replace_document(Document())
        driver.wait_for(lambda: not driver.manager.snapshot().links, "the relay to go")
        assert "other-name" not in driver.known_hosts.read_text()


def test_of_changes_at_once_the_newest_counts(tmp_path: Path) -> None:
    """Who stored first may be the last to say so; the profiles are read by one at a time, and then."""
    stored = [Document(relays=(Relay(id="r", name="first", host="h"),))]
    reading, may_go_on = threading.Event(), threading.Event()

    def slow() -> Document:
        found = stored[0]
        reading.set()
        assert may_go_on.wait(10)
        return found

    with Driver(tmp_path / "data", Document()) as driver:
        first = threading.Thread(target=driver.manager.follow, args=(slow,))
        first.start()
        assert reading.wait(10)
        stored[0] = Document(relays=(Relay(id="r", name="second", host="h"),))
        second = threading.Thread(target=driver.manager.follow, args=(lambda: stored[0],))
        second.start()
        second.join(0.2)  # it has every chance to overtake
        may_go_on.set()
        first.join(10)
        second.join(10)
        assert driver.manager.document == stored[0]


def test_a_port_that_moves_leaves_open_connections_alone_and_is_told(lab: Lab, tmp_path: Path) -> None:
    """The sentence says so (app.sentences.of_port_changes): open ones go on, new ones are refused."""
    document = with_server(lab.document(), local_ssh_port=find_free_port())
    old_ports = (document.relays[0].socks_port, document.servers[0].local_ssh_port)
    new_ports = (find_free_port(), find_free_port())
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()
        plain = [o for o in driver.ssh_options(lab.server_key) if "ProxyCommand" not in o]
        plain += ["-p", str(old_ports[1])]
        shells = [
            subprocess.Popen(
                ["ssh", *options, f"{lab.user}@{host}", "cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            for options, host in ((driver.ssh_options(lab.server_key), "lab-gpu"), (plain, "127.0.0.1"))
        ]
        for shell in shells:
            assert echo(shell, b"before\n") == b"before\n"
        relay = dataclasses.replace(document.relays[0], socks_port=new_ports[0])
        moved = with_server(document, local_ssh_port=new_ports[1])
        driver.manager.replace_document(dataclasses.replace(moved, relays=(relay,)))
        driver.wait_for(
            lambda: tuple(s.port for s in driver.manager.snapshot().listeners) == new_ports,
            "the ports to follow",
        )
        for port in old_ports:
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=5)
        for shell in shells:
            assert echo(shell, b"after\n") == b"after\n"
            shell.communicate(timeout=20)
            assert shell.returncode == 0
        news = [event for event in driver.events if isinstance(event, DocumentChanged | PortsMoved)]
        assert [type(event) for event in news] == [DocumentChanged, PortsMoved]
        assert isinstance(news[1], PortsMoved)
        assert [(change.purpose, change.old, change.new) for change in news[1].changes] == [
            (PortPurpose.SOCKS, old_ports[0], new_ports[0]),
            (PortPurpose.SSH, old_ports[1], new_ports[1]),
        ]
        # the same again moves nothing, and nothing is told
        driver.manager.replace_document(driver.manager.document)
        assert sum(isinstance(event, PortsMoved) for event in driver.events) == 1


def test_two_ports_that_change_places_are_both_open_at_once(lab: Lab, tmp_path: Path) -> None:
    """The one is free only when its loop has closed it, and the other is wanted at the same moment."""
    document = with_server(lab.document(), local_ssh_port=find_free_port())
    with Driver(tmp_path / "data", document, lab.fingerprints) as driver:
        driver.connect()  # the link's reader has the listeners now
        for _ in range(10):
            ports = (document.relays[0].socks_port, document.servers[0].local_ssh_port)
            relay = dataclasses.replace(document.relays[0], socks_port=ports[1])
            document = dataclasses.replace(with_server(document, local_ssh_port=ports[0]), relays=(relay,))
            driver.manager.replace_document(document)
            driver.wait_for(
                lambda ports=ports: (  # type: ignore[misc]
                    tuple(s.port for s in driver.manager.snapshot().listeners) == (ports[1], ports[0])
                ),
                "the ports to follow",
            )
            assert [state.fault for state in driver.manager.snapshot().listeners] == [None, None]


def test_whoever_asks_for_the_ports_meanwhile_waits_until_those_that_go_are_free(tmp_path: Path) -> None:
    """A server's probe asks too: it may not find busy a port off the list that is not closed yet."""
    relay = Relay(id="r", name="r", host="127.0.0.1", port=1, user="u", socks_port=find_free_port())
    document = Document(relays=(relay,))
    with Driver(tmp_path / "data", document) as driver:
        driver.wait_for(lambda: any(isinstance(e, ListenersChanged) for e in driver.events), "the first port")
        is_held, may_close = threading.Event(), threading.Event()

        def hold_up() -> None:
            is_held.set()
            may_close.wait(10)

        driver.manager._context.front.pick().call(hold_up)
        assert is_held.wait(10)
        other = dataclasses.replace(relay, id="o", name="o")
        driver.manager._context.document = Document(relays=(other,))
        listeners = driver.manager._listeners
        askers = [threading.Thread(target=listeners.reconcile) for _ in range(2)]
        for asker in askers:
            asker.start()
            asker.join(0.7)  # the second comes while the first waits for the loop, and may look who has it
        may_close.set()
        for asker in askers:
            asker.join()
        told = [event.listeners for event in driver.events if isinstance(event, ListenersChanged)]
        assert not any(state.fault for states in told for state in states)
        assert listeners.socks_address(other.id) == ("127.0.0.1", relay.socks_port)


def echo(shell: subprocess.Popen[bytes], line: bytes) -> bytes:
    assert shell.stdin is not None
    assert shell.stdout is not None
    shell.stdin.write(line)
    shell.stdin.flush()
    return shell.stdout.readline()
