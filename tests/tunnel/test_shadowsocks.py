"""Shadowsocks servers through the manager: real servers and clients, and curl as the program."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import queue
import signal
import socket
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.core.events import ShadowsocksChanged
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Relay, Server, Settings
from app.core.shadowsocks import SECRET_KIND, ProxyPhase, ShadowsocksServer
from app.log_setup import set_up_logging
from app.secrets import SecretName
from app.socks.client_protocol import ClientProtocol
from app.transport.cores import shadowsocks_finder, shadowsocks_link
from app.transport.cores.running import RunningProxy
from app.transport.cores.shadowsocks_probe import Understood
from tests.peers.byte_server import ByteServer, digest_of
from tests.peers.lab import Lab
from tests.peers.ports import Deadline, free_port, is_listening
from tests.peers.shadowsocks_server import ShadowsocksPeer
from tests.tunnel.driver import Driver, run

PASSWORD = "correct horse battery"
MIB = 1024 * 1024
OBFS = "obfs=tls;obfs-host=example.org"


class Proxies(Driver):
    """The one Shadowsocks server of the document is ``profile``."""

    def __init__(
        self, folder: Path, profile: ShadowsocksServer, password: str = PASSWORD, **more: Any
    ) -> None:
        super().__init__(folder, Document(shadowsocks=(profile,), **more))
        self.remember(password)
        self._others = psutil.Process().children(recursive=True)

    def remember(self, password: str) -> None:
        self.secrets.keep_for_session(SecretName(SECRET_KIND, self.profile.id), password)

    @property
    def profile(self) -> ShadowsocksServer:
        return self.manager.document.shadowsocks[0]

    @property
    def port(self) -> int:
        return self.profile.local_port

    def change(self, **changes: Any) -> None:
        profile = dataclasses.replace(self.profile, **changes)
        self.manager.replace_document(dataclasses.replace(self.manager.document, shadowsocks=(profile,)))

    def wait(self, phase: ProxyPhase, code: FaultCode | None = None, timeout_s: float = 30) -> None:
        def holds() -> bool:
            state = self.manager.snapshot().shadowsocks[self.profile.id]
            return state.phase is phase and code == (state.fault.code if state.fault else None)

        self.wait_for(holds, f"{phase} {code or ''}", timeout_s)

    def up(self) -> None:
        self.manager.connect_shadowsocks(self.profile.id)
        self.wait(ProxyPhase.RUNNING)

    def family(self) -> list[psutil.Process]:
        """The client, its plugin and the guard."""
        found = [p for p in psutil.Process().children(recursive=True) if p not in self._others]
        return [process for process in found if is_alive(process)]

    def client(self) -> psutil.Process:
        (found,) = (p for p in self.family() if p.name() == "ss-local")
        return found


def is_alive(process: psutil.Process) -> bool:
    """An orphan that ended stays ours as a zombie: the tests' process is where orphans go."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def profile_of(peer: ShadowsocksPeer, method: str = "aes-256-gcm", **more: Any) -> ShadowsocksServer:
    usual: dict[str, Any] = {"id": "ss", "name": "tokyo", "host": "127.0.0.1", "port": peer.port}
    return ShadowsocksServer(**(usual | {"method": method, "local_port": free_port()} | more))


@pytest.fixture
def peer() -> Iterator[ShadowsocksPeer]:
    with ShadowsocksPeer("aes-256-gcm", PASSWORD) as peer:
        yield peer


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, str]]:
    """The port of a web server with a file "big", and that file's SHA256."""
    folder = tmp_path_factory.mktemp("web")
    data = os.urandom(3 * MIB)
    (folder / "big").write_bytes(data)
    port = free_port()
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(folder)]
    process = subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = Deadline(20, "the web server")
    while not is_listening(port):
        deadline.wait()
    yield port, hashlib.sha256(data).hexdigest()
    process.kill()
    process.wait()


def fetch(web: tuple[int, str], proxy: str, *more: str) -> bool:
    """Whether curl gets the whole file by that proxy, by name."""
    words = ("curl", "-sS", "--fail", "--noproxy", "", "--max-time", "20", "--proxy", proxy, *more)
    got = run(*words, f"http://localhost:{web[0]}/big")
    return hashlib.sha256(got.stdout).hexdigest() == web[1]


def all_programs_work(port: int, web: tuple[int, str]) -> bool:
    at = f"127.0.0.1:{port}"
    by_get, by_connect = fetch(web, f"http://{at}"), fetch(web, f"http://{at}", "--proxytunnel")
    return by_get and by_connect and fetch(web, f"socks5h://{at}") and fetch(web, f"socks4a://{at}")


def test_running_and_off_again(peer: ShadowsocksPeer, tmp_path: Path, web: tuple[int, str]) -> None:
    with Proxies(tmp_path / "data", profile_of(peer)) as driver:
        assert not is_listening(driver.port)
        driver.up()
        assert all_programs_work(driver.port, web)
        name = "http://gpu.relaytray.internal/"  # of a server of ours: it never leaves
        got = run("curl", "-sS", "--proxy", f"socks5h://127.0.0.1:{driver.port}", name)
        assert got.returncode == 97
        phases = [event.state.phase for event in driver.events if isinstance(event, ShadowsocksChanged)]
        assert phases == [ProxyPhase.STARTING, ProxyPhase.RUNNING]
        (listener,) = driver.manager.snapshot().listeners
        assert (listener.purpose, listener.server_id, listener.fault) == ("shadowsocks", "ss", None)
        with socket.create_connection(("127.0.0.1", driver.port), timeout=10) as open_one:
            open_one.sendall(b"\x05\x01\x00")
            assert open_one.recv(2) == b"\x05\x00"
            open_one.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + web[0].to_bytes(2, "big"))
            assert open_one.recv(10)[1] == 0
            driver.manager.disconnect_shadowsocks("ss")
            driver.wait(ProxyPhase.OFF)
            with pytest.raises(ConnectionResetError):
                open_one.recv(1)
        driver.wait_for(lambda: not is_listening(driver.port), "the port to be closed")
        driver.wait_for(lambda: not driver.family(), "the client to be gone")


def test_it_is_no_way_around_the_password_of_a_socks_port(peer: ShadowsocksPeer, tmp_path: Path) -> None:
    """Other accounts of this computer reach every local port; this one asks nobody who they are."""
    relay = Relay(id="r", name="gate", host="127.0.0.1", port=1, user="ann", socks_port=free_port())
    server = Server(id="s", alias="gpu", relay_id="r", user="ann")
    more: dict[str, Any] = {"relays": (relay,), "servers": (server,)}

    def told(driver: Proxies) -> FaultCode:
        heard: queue.Queue[object] = queue.Queue()
        driver.manager._proxies.dial("ss", "gpu.relaytray.internal", 22, heard.put)
        answer = heard.get(timeout=20)
        assert isinstance(answer, Fault)
        return answer.code

    with Proxies(tmp_path / "data", profile_of(peer), **more) as driver:
        assert told(driver) is not FaultCode.NO_SUCH_SERVER
        locked = dataclasses.replace(relay, socks_user="ann")
        driver.manager.replace_document(dataclasses.replace(driver.manager.document, relays=(locked,)))
        assert told(driver) is FaultCode.NO_SUCH_SERVER


class _Greedy(socketserver.StreamRequestHandler):
    """A web server that is told to close, and would rather have what the client asks of others, too."""

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            while data := self.request.recv(65536):
                self.server.heard += data  # type: ignore[attr-defined]
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")


def test_a_server_gets_no_request_for_another(
    peer: ShadowsocksPeer, tmp_path: Path, web: tuple[int, str]
) -> None:
    """curl, as Firefox, uses its connection to a proxy for any host, as long as it is kept open."""
    with (
        Proxies(tmp_path / "data", profile_of(peer)) as driver,
        socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Greedy) as greedy,
    ):
        greedy.heard = b""  # type: ignore[attr-defined]
        serving = threading.Thread(target=greedy.serve_forever, args=(0.05,))
        serving.start()
        driver.up()
        words = ("curl", "-sS", "--fail", "--noproxy", "", "--proxy", f"http://127.0.0.1:{driver.port}")
        first = f"http://localhost:{greedy.server_address[1]}/"
        got = run(*words, "--cookie", "own=1", first, f"http://localhost:{web[0]}/big")
        greedy.shutdown()
        serving.join()
        assert hashlib.sha256(got.stdout).hexdigest() == web[1]
        assert greedy.heard.count(b"GET ") == 1  # type: ignore[attr-defined]
        assert b"big" not in greedy.heard  # type: ignore[attr-defined]


def test_a_wrong_password_is_no_success(
    peer: ShadowsocksPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web: tuple[int, str]
) -> None:
    monkeypatch.setattr(shadowsocks_link, "_PROBE_S", 1.5)
    with Proxies(tmp_path / "data", profile_of(peer), "another password") as driver:
        driver.manager.connect_shadowsocks("ss")
        driver.wait(ProxyPhase.WAITING, FaultCode.SHADOWSOCKS_SILENT)
        assert driver.manager.snapshot().shadowsocks["ss"].retry_in_s is not None
        driver.remember(PASSWORD)
        driver.manager.renew_shadowsocks("ss")  # changed by the person: not after the pause
        driver.wait(ProxyPhase.RUNNING)
        assert fetch(web, f"socks5h://127.0.0.1:{driver.port}")
        driver.remember("another password")
        driver.manager.renew_shadowsocks("ss")  # and the client that ran with the old one ends
        driver.wait(ProxyPhase.WAITING, FaultCode.SHADOWSOCKS_SILENT)
        driver.manager.disconnect_shadowsocks("ss")
        driver.wait(ProxyPhase.OFF)
        driver.manager.renew_shadowsocks("ss")  # nobody wants it
        assert driver.manager.snapshot().shadowsocks["ss"].phase is ProxyPhase.OFF


def test_the_sshd_of_the_own_relay_is_asked(lab: Lab, peer: ShadowsocksPeer, tmp_path: Path) -> None:
    relay = Relay(id="r", name="gate", host="127.0.0.1", port=lab.relay.port, socks_port=free_port())
    with Proxies(tmp_path / "data", profile_of(peer, relay_id="r"), relays=(relay,)) as driver:
        driver.up()
        link = driver.manager._proxies._supervisors["ss"]._link
        assert isinstance(link, shadowsocks_link.ShadowsocksLink)
        assert link.ask(5.0) is Understood.FULLY


def test_a_service_that_lets_nobody_go_near_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As RelayTray sets it up. In the last address a real one would hang, and so show that it understands."""
    monkeypatch.setattr(shadowsocks_link, "_PROBE_S", 1.5)
    acl = tmp_path / "acl"
    acl.write_text("[outbound_block_list]\n127.0.0.0/8\n192.0.2.0/24\n")
    relay = Relay(id="r", name="gate", host="127.0.0.1", port=1, socks_port=free_port())
    with ShadowsocksPeer("aes-256-gcm", PASSWORD, acl=acl) as peer:
        profile = profile_of(peer, relay_id="r")
        with Proxies(tmp_path / "data", profile, relays=(relay,)) as driver:
            driver.up()
            driver.remember("wrong")
            driver.change(plugin="", relay_id="")  # somebody else's
            driver.wait(ProxyPhase.WAITING, FaultCode.SHADOWSOCKS_SILENT)
            driver.remember(PASSWORD)
            driver.manager.connect_shadowsocks("ss")
            driver.wait(ProxyPhase.WAITING, FaultCode.SHADOWSOCKS_CLOSES)


def test_what_the_person_has_to_do_first(peer: ShadowsocksPeer, tmp_path: Path) -> None:
    missing = Settings(shadowsocks_program=str(tmp_path / "gone"))
    with Proxies(tmp_path / "data", profile_of(peer), "", settings=missing) as driver:
        driver.manager.connect_shadowsocks("ss")
        driver.wait(ProxyPhase.FAILED, FaultCode.SHADOWSOCKS_PASSWORD_MISSING)
        driver.remember(PASSWORD)
        driver.manager.connect_shadowsocks("ss")
        driver.wait(ProxyPhase.FAILED, FaultCode.PROGRAM_MISSING)
        wrong = Settings(shadowsocks_program="/bin/true")
        driver.manager.replace_document(dataclasses.replace(driver.manager.document, settings=wrong))
        driver.wait(ProxyPhase.FAILED, FaultCode.SHADOWSOCKS_PROGRAM_WRONG)
        usual = dataclasses.replace(driver.manager.document, settings=Settings())
        driver.manager.replace_document(usual)  # tried again by itself
        driver.wait(ProxyPhase.RUNNING)
        driver.change(method="2022-blake3-aes-256-gcm")
        driver.wait(ProxyPhase.FAILED, FaultCode.SHADOWSOCKS_KEY_LENGTH)
        driver.change(method="aes-256-gcm", plugin="kcptun")
        driver.wait(ProxyPhase.FAILED, FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN)
        driver.change(plugin="v2ray-plugin", plugin_options="server;localAddr=127.0.0.1;localPort=22")
        driver.wait(ProxyPhase.FAILED, FaultCode.SHADOWSOCKS_PLUGIN_OPTION)
        driver.change(plugin="", plugin_options="", local_port=-1)
        driver.wait(ProxyPhase.WAITING, FaultCode.LISTEN_FAILED)


def test_a_keyring_that_locks_itself_ends_nothing(peer: ShadowsocksPeer, tmp_path: Path) -> None:
    """As while the computer sleeps: programs would go directly, where the person has switched this on."""
    with Proxies(tmp_path / "data", profile_of(peer)) as driver:
        driver.up()
        driver.secrets.forget_session()  # the keyring of these tests has nothing
        driver.client().kill()
        driver.wait(ProxyPhase.WAITING, FaultCode.CORE_DIED)
        driver.wait(ProxyPhase.RUNNING)
        driver.manager.disconnect_shadowsocks("ss")
        driver.wait(ProxyPhase.OFF)
        driver.manager.connect_shadowsocks("ss")
        driver.wait(ProxyPhase.FAILED, FaultCode.SHADOWSOCKS_PASSWORD_MISSING)


def test_it_comes_back_by_itself(peer: ShadowsocksPeer, tmp_path: Path, web: tuple[int, str]) -> None:
    with Proxies(tmp_path / "data", profile_of(peer)) as driver:
        driver.up()
        driver.client().kill()
        driver.wait(ProxyPhase.WAITING, FaultCode.CORE_DIED)
        driver.wait(ProxyPhase.RUNNING)
        peer.stop()
        driver.manager.check_now("the network changed")
        driver.wait(ProxyPhase.WAITING, FaultCode.SHADOWSOCKS_SILENT)
        driver.wait(ProxyPhase.WAITING, FaultCode.SHADOWSOCKS_UNREACHED)
        peer.start()
        driver.manager.check_now("the network changed")
        driver.wait(ProxyPhase.RUNNING)
        assert fetch(web, f"socks5h://127.0.0.1:{driver.port}")


def test_a_port_that_another_program_has(peer: ShadowsocksPeer, tmp_path: Path) -> None:
    profile = profile_of(peer, connect_at_launch=True)
    with socket.create_server(("127.0.0.1", profile.local_port)):
        driver = Proxies(tmp_path / "data", profile)
        driver.__enter__()
        driver.wait(ProxyPhase.WAITING, FaultCode.PORT_BUSY)
    try:
        driver.wait(ProxyPhase.RUNNING)
        old = driver.port
        driver.change(local_port=free_port())
        driver.wait_for(lambda: is_listening(driver.port) and not is_listening(old), "the port to move")
        driver.wait(ProxyPhase.RUNNING)
        driver.manager.replace_document(Document())
        driver.wait_for(lambda: not driver.family(), "the client to be gone")
        assert driver.manager.snapshot().shadowsocks == {}
    finally:
        driver.__exit__()


def test_xray_stands_in_and_bytes_come_whole(
    peer: ShadowsocksPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadowsocks_finder, "find_programs", lambda _name: [])
    count = 32 * MIB
    with ByteServer() as server, Proxies(tmp_path / "data", profile_of(peer)) as driver:
        driver.up()
        with socket.create_connection(("127.0.0.1", driver.port), timeout=60) as sock:
            protocol = ClientProtocol("127.0.0.1", server.port)
            while not protocol.done:
                sock.sendall(protocol.to_send())
                protocol.receive(sock.recv(1))
            sock.sendall(b"D%016d" % count)
            digest = hashlib.sha256()
            while data := sock.recv(1 << 18):
                digest.update(data)
        assert digest.hexdigest() == digest_of(count)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_by_a_plugin_and_the_password_is_nowhere_to_be_read(tmp_path: Path, web: tuple[int, str]) -> None:
    folder = tmp_path / "data"
    logs = set_up_logging(folder / "logs", level="debug")
    with ShadowsocksPeer("aes-256-gcm", PASSWORD, "obfs-local", "obfs=tls") as hidden:
        profile = profile_of(hidden, plugin="obfs-local", plugin_options=OBFS)
        with Proxies(folder, profile) as driver:
            driver.up()
            assert fetch(web, f"socks5h://127.0.0.1:{driver.port}")
            told = [repr((process.cmdline(), process.environ())) for process in driver.family()]
            assert len(told) >= 3  # the guard, the client, its plugin
            assert PASSWORD not in "".join(told)
            assert PASSWORD not in repr(driver.events)
        logs.close()
        files = [path for path in folder.rglob("*") if path.is_file()]
        assert any(path.name == "relaytray.log" for path in files)
        assert not [path for path in files if PASSWORD.encode() in path.read_bytes()]
        assert not list((folder / "run").glob("shadowsocks-*"))


def test_where_files_without_a_name_do_not_do(
    peer: ShadowsocksPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows and macOS: the configuration is in a private file, for a moment."""
    modes: list[int] = []
    folder = tmp_path / "data" / "run"

    def spy(*arguments: Any, **named: Any) -> Any:
        modes.extend(path.stat().st_mode & 0o777 for path in folder.glob("shadowsocks-*"))
        return RunningProxy(*arguments, **named)

    monkeypatch.setattr(shadowsocks_link, "_IS_NAMELESS", False)
    monkeypatch.setattr(shadowsocks_link, "RunningProxy", spy)
    with Proxies(tmp_path / "data", profile_of(peer)) as driver:
        driver.up()
        assert modes == [0o600]
        assert not list(folder.glob("shadowsocks-*"))
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_nothing_outlives_us(tmp_path: Path) -> None:
    with ShadowsocksPeer("aes-256-gcm", PASSWORD, "v2ray-plugin", "server") as peer:
        profile = profile_of(peer, plugin="v2ray-plugin")
        code = "import sys\nfrom tests.tunnel.shadowsocks_owner import main\nmain(*sys.argv[1:])"
        command = [
            sys.executable,
            "-c",
            code,
            str(tmp_path / "data"),
            str(peer.port),
            str(profile.local_port),
        ]
        owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with owner:
            assert owner.stdin is not None
            assert owner.stdout is not None
            owner.stdin.write(PASSWORD + "\n")
            owner.stdin.flush()
            assert owner.stdout.readline() == "running\n"
            family = psutil.Process(owner.pid).children(recursive=True)
            names = {process.name() for process in family}
            assert {"ss-local", "ss-v2ray-plugin"} <= names
            os.kill(owner.pid, signal.SIGKILL)
        _gone, alive = psutil.wait_procs(family, timeout=10)
        assert not alive
        leftover = tmp_path / "data" / "run" / "shadowsocks-0.json"
        leftover.parent.mkdir(exist_ok=True)
        leftover.write_text("as another system would leave it")
        with Proxies(tmp_path / "data", profile):
            assert not leftover.exists()
