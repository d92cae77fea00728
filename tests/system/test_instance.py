"""One instance and its control channel: real processes, killed ones, and clients that mean no good."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.system import control_server
from app.system.control_client import ADDRESS_FILE, ControlClient, fault_from_json, read_address, read_line
from app.system.control_server import MAX_REQUEST, MAX_STRANGERS, ControlServer
from app.system.instance import InstanceLock
from tests.peers.ports import Deadline
from tests.system.control_program import Handler, RunFolder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


@contextlib.contextmanager
def serving(folder: RunFolder) -> Iterator[Handler]:
    handler = Handler()
    server = ControlServer(folder, handler)
    server.start()
    try:
        yield handler
    finally:
        server.stop()


@contextlib.contextmanager
def program(folder: RunFolder) -> Iterator[subprocess.Popen[str]]:
    """Another process that serves the folder; ``first_line`` tells whether it could."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.system.control_program", str(folder.run_folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def raw_connection(folder: RunFolder) -> socket.socket:
    """To the control channel, without saying anything yet."""
    address = read_address(folder.run_folder)
    assert address is not None
    if address.socket_path:
        sock = socket.socket(socket.AF_UNIX)
        sock.connect(address.socket_path)
        sock.settimeout(20)
        return sock
    return socket.create_connection(("127.0.0.1", address.port), timeout=20)


def code_of(client: ControlClient, do: str, **arguments: object) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        client.call(do, **arguments)
    return caught.value.fault.code


# --- requests ---------------------------------------------------------------------------------------------


def test_every_request_reaches_the_handler(folder: RunFolder) -> None:
    client = ControlClient(folder)
    assert not client.find()
    with serving(folder) as handler:
        assert client.find()
        assert client.call("ping")["pid"] == os.getpid()
        assert client.call("status")["state"] == "off"
        client.call("raise")
        client.call("connect", name="gpu", trusted=["SHA256:x"])
        assert handler.asked == [("raise",), ("connect", "gpu", ("SHA256:x",))]
        client.call("quit")
        assert handler.ended.is_set()
    assert not client.find()
    assert not list(folder.run_folder.glob("*.sock")), "nothing is left of the socket"
    assert read_address(folder.run_folder) is None


def test_faults_come_back_as_faults(folder: RunFolder) -> None:
    client = ControlClient(folder)
    assert code_of(client, "ping") is FaultCode.APP_NOT_RUNNING
    with serving(folder):
        with pytest.raises(RelayTrayError) as caught:
            client.call("connect", name="gup")
        assert caught.value.fault.code is FaultCode.NO_SUCH_SERVER
        assert caught.value.fault.details == {"name": "gup", "near": "gpu"}
        assert code_of(client, "dance") is FaultCode.INTERNAL


@pytest.mark.expected_logs("The control request 'disconnect' failed.")
def test_a_mistake_in_the_handler_is_answered_and_logged(folder: RunFolder) -> None:
    with serving(folder):
        assert code_of(ControlClient(folder), "disconnect", name="gpu") is FaultCode.INTERNAL
        assert ControlClient(folder).find()


def test_an_unknown_fault_of_a_newer_program_is_still_a_fault() -> None:
    for raw in (None, {}, {"code": "of-the-future", "details": {}}, {"code": "cancelled", "details": 5}, "x"):
        assert fault_from_json(raw).code is FaultCode.INTERNAL


def test_events_come_until_one_end_closes(folder: RunFolder) -> None:
    client = ControlClient(folder)
    with serving(folder) as handler:
        stream = client.stream("watch")
        lines = stream.lines()
        assert next(lines) == {"event": "hello"}
        client.call("reload")
        assert next(lines) == {"event": "profiles"}
        stream.close()
        deadline = Deadline(10, "the server to notice that the watcher left")
        while handler.subscribers:
            deadline.wait()
        other = client.stream("watch")
        others = other.lines()
        assert next(others) == {"event": "hello"}
    assert list(others) == [], "the end of the server is the end of the stream"
    other.close()


def test_a_watcher_that_does_not_read_is_dropped_and_costs_nobody_anything(folder: RunFolder) -> None:
    with serving(folder) as handler:
        stream = ControlClient(folder).stream("watch")
        began = time.monotonic()
        big = {"event": "x" * 10000}
        deadline = Deadline(20, "the watcher to be dropped")
        while handler.subscribers:
            for subscriber in list(handler.subscribers):
                subscriber(big)
            if time.monotonic() - began > 15:
                deadline.wait()
        stream.close()
        assert ControlClient(folder).find()


def test_proxy_carries_bytes_after_its_answer(folder: RunFolder) -> None:
    client = ControlClient(folder)
    with serving(folder):
        with client.proxy("gpu", 2222) as sock:
            sock.settimeout(20)
            sock.sendall(b"x" * 100_000)
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while data := sock.recv(65536):
                received += data
        assert received == b"gpu:2222 " + b"x" * 100_000 + b" end"
        for alias, code in (("down", FaultCode.TUNNEL_DOWN), ("nix", FaultCode.NO_SUCH_SERVER)):
            with pytest.raises(RelayTrayError) as caught:
                client.proxy(alias)
            assert caught.value.fault.code is code
        for port in (0, 65536, "22", None):
            with pytest.raises(RelayTrayError):
                client.call("proxy", alias="gpu", port=port)


def test_what_is_sent_behind_the_request_is_not_lost(folder: RunFolder) -> None:
    with serving(folder):
        address = read_address(folder.run_folder)
        assert address is not None
        request = {"v": 1, "token": address.token, "do": "proxy", "alias": "gpu"}
        with raw_connection(folder) as sock:
            sock.sendall(json.dumps(request).encode() + b"\nearly")
            assert json.loads(read_line(sock, 1000)) == {"ok": True}
            sock.shutdown(socket.SHUT_WR)
            received = b""
            while data := sock.recv(100):
                received += data
        assert received == b"gpu:22 early end"


def test_proxies_outlive_the_server(folder: RunFolder) -> None:
    """They belong to the link manager once they are handed over."""
    with serving(folder):
        sock = ControlClient(folder).proxy("gpu")
    with sock:
        sock.settimeout(20)
        sock.sendall(b"still")
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while data := sock.recv(100):
            received += data
    assert received == b"gpu:22 still end"


# --- one instance -----------------------------------------------------------------------------------------


def test_a_second_program_finds_the_first(folder: RunFolder) -> None:
    with program(folder) as first:
        assert first_line(first) == "ready"
        with program(folder) as second:
            assert first_line(second) == "busy"
            assert second.wait(20) == 3
        assert not InstanceLock(folder).acquire()
        assert ControlClient(folder).call("ping")["pid"] == first.pid
        ControlClient(folder).call("quit")
        assert first.wait(20) == 0
    lock = InstanceLock(folder)
    assert lock.acquire()
    lock.release()


def test_what_a_killed_program_left_is_taken_over(folder: RunFolder) -> None:
    with program(folder) as first:
        assert first_line(first) == "ready"
        first.kill()
        first.wait(20)
        assert folder.socket.exists()
        assert read_address(folder.run_folder) is not None, "kill -9 leaves everything lying there"
        assert not ControlClient(folder).find()
        with program(folder) as second:
            assert first_line(second) == "ready"
            assert ControlClient(folder).call("ping")["pid"] == second.pid


# --- private ----------------------------------------------------------------------------------------------


def test_nobody_else_can_read_or_reach_it(folder: RunFolder) -> None:
    folder.run_folder.mkdir(mode=0o755)
    with serving(folder):
        assert stat.S_IMODE(folder.run_folder.stat().st_mode) == 0o700
        assert stat.S_IMODE((folder.run_folder / ADDRESS_FILE).stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.socket.stat().st_mode) == 0o600
        address = read_address(folder.run_folder)
        assert address is not None
        assert len(address.token) == 64
        assert address.token not in repr(address)


def test_an_address_that_others_could_have_written_is_not_believed(folder: RunFolder) -> None:
    with serving(folder):
        path = folder.run_folder / ADDRESS_FILE
        for mode in (0o622, 0o602, 0o666):
            path.chmod(mode)
            assert read_address(folder.run_folder) is None
        path.chmod(0o600)
        assert ControlClient(folder).find()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can give files away")
def test_files_of_another_user_are_not_believed(folder: RunFolder) -> None:
    with serving(folder):
        os.chown(folder.run_folder / ADDRESS_FILE, 12345, 12345)
        assert read_address(folder.run_folder) is None
    os.chown(folder.run_folder, 12345, 12345)
    with pytest.raises(RelayTrayError) as caught:
        InstanceLock(folder).acquire()
    assert caught.value.fault.code is FaultCode.FILE_UNWRITABLE


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"socket": 5}', '{"socket":"x","port":"y"}', "\xff"]
)
def test_a_damaged_address_file_means_not_running(folder: RunFolder, text: str) -> None:
    folder.run_folder.mkdir(mode=0o700)
    (folder.run_folder / ADDRESS_FILE).write_bytes(text.encode("latin-1"))
    assert read_address(folder.run_folder) is None
    assert not ControlClient(folder).find()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for start in (
        InstanceLock(RunFolder(tmp_path / "file" / "run")).acquire,
        ControlServer(RunFolder(tmp_path / "file" / "run"), Handler()).start,
    ):
        with pytest.raises(RelayTrayError) as caught:
            start()
        assert caught.value.fault.code is FaultCode.FILE_UNWRITABLE


# --- where Unix sockets cannot be had, as on Windows -------------------------------------------------------


def test_a_path_that_is_too_long_means_a_local_port(tmp_path: Path) -> None:
    deep = RunFolder(tmp_path / ("d" * 120) / "run")
    with serving(deep):
        address = read_address(deep.run_folder)
        assert address is not None
        assert not address.socket_path
        assert ControlClient(deep).find()
        with ControlClient(deep).proxy("gpu") as sock:
            sock.settimeout(20)
            assert sock.recv(100) == b"gpu:22 "
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(100) == b" end"


# --- hostile clients --------------------------------------------------------------------------------------


@pytest.mark.expected_logs("without the right token")
@pytest.mark.parametrize("token", ["", "0" * 64, "wrong", None, 5, "\ud800", "\u00e9" * 64])
def test_without_the_token_nothing_is_answered(folder: RunFolder, token: object) -> None:
    with serving(folder) as handler:
        with raw_connection(folder) as sock:
            sock.sendall(json.dumps({"v": 1, "token": token, "do": "raise"}).encode() + b"\n")
            assert sock.recv(100) == b""
        assert not handler.asked
        assert ControlClient(folder).find()


@pytest.mark.expected_logs("without the right token")
@pytest.mark.parametrize(
    "data",
    [
        b"\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x05\x01\x00\n",
        b"[]\n",
        b"5\n",
        b'"x"\n',
        b"{}\n",
        b"[" * 60000 + b"\n",
        b'{"v":1' + b" " * 60000 + b"}\n",
        b"x" * (MAX_REQUEST + 70000),
        bytes(range(256)) * 8 + b"\n",
    ],
)
def test_garbage_is_hung_up_on(folder: RunFolder, data: bytes) -> None:
    with serving(folder) as handler:
        with raw_connection(folder) as sock, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            sock.sendall(data)
            assert sock.recv(100) == b""
        assert ControlClient(folder).find()
        assert not handler.asked


def test_a_version_of_the_future_is_told_so(folder: RunFolder) -> None:
    with serving(folder):
        address = read_address(folder.run_folder)
        assert address is not None
        with raw_connection(folder) as sock:
            sock.sendall(json.dumps({"v": 2, "token": address.token, "do": "ping"}).encode() + b"\n")
            answer = json.loads(read_line(sock, 10000))
        assert not answer["ok"]
        assert "version" in answer["fault"]["details"]["reason"]


def test_silent_and_half_open_clients_keep_nobody_out(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_server, "REQUEST_TIMEOUT_S", 1.0)
    with serving(folder), contextlib.ExitStack() as stack:
        silent = [stack.enter_context(raw_connection(folder)) for _ in range(MAX_STRANGERS + 40)]
        for sock in silent[::2]:
            with contextlib.suppress(OSError):  # the oldest ones were let go already
                sock.sendall(b'{"v": 1, "tok')
        began = time.monotonic()
        assert ControlClient(folder).find()
        assert ControlClient(folder).call("status")["state"] == "off"
        assert time.monotonic() - began < 5
        # And each of them is let go in the end.
        for sock in silent:
            with contextlib.suppress(ConnectionResetError):
                assert sock.recv(10) == b""


def test_one_byte_at_a_time_is_too_slow_in_the_end(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is for the whole request: a drip of bytes does not stretch it."""
    monkeypatch.setattr(control_server, "REQUEST_TIMEOUT_S", 0.5)
    with serving(folder), raw_connection(folder) as sock:
        deadline = Deadline(15, "the server to hang up")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while True:
                sock.sendall(b" ")
                deadline.wait()


def test_many_clients_at_once(folder: RunFolder) -> None:
    answers: list[bool] = []

    def ask() -> None:
        answers.extend(ControlClient(folder).find() for _ in range(10))

    with serving(folder):
        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert answers == [True] * 200


def test_stop_ends_everything_though_clients_stay(folder: RunFolder) -> None:
    server = ControlServer(folder, Handler())
    server.start()
    stream = ControlClient(folder).stream("watch")
    silent = raw_connection(folder)
    began = time.monotonic()
    server.stop()
    assert time.monotonic() - began < 3
    stream.close()
    silent.close()
    server.stop()


def test_the_request_that_ends_the_program_is_answered_all_the_same(folder: RunFolder) -> None:
    """The handler's work may make the program stop before its thread has sent the answer."""
    handler = Handler()
    server = ControlServer(folder, handler)
    began_stop = threading.Event()

    def slow_quit() -> None:
        handler.ended.set()
        began_stop.wait(10)
        time.sleep(0.2)  # the stop is under way now, and this answer is late

    handler.quit = slow_quit  # type: ignore[method-assign]
    server.start()
    answers: list[object] = []
    asking = threading.Thread(target=lambda: answers.append(ControlClient(folder).call("quit")))
    asking.start()
    assert handler.ended.wait(10)
    began_stop.set()
    server.stop()
    asking.join(10)
    assert answers == [{"ok": True}]
