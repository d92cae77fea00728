"""Busy, forbidden and impossible ports: real sockets, and a real other process that holds one."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.core.faults import Fault, FaultCode
from app.socks.listener import bind_listener
from app.system import port_holder
from app.system.port_holder import classify_bind_error, free_port_near, parse_lsof, who_holds

HOST = "127.0.0.1"

HOLD = """
import socket, sys
listener = socket.create_server((sys.argv[1], 0))
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def other_program(host: str = HOST) -> Iterator[tuple[int, int]]:
    """Another process that listens. Gives its pid and its port."""
    command = [sys.executable, "-c", HOLD, host]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline())
        finally:
            process.communicate()  # closing its standard input ends it


def fault_of_listening(host: str, port: int) -> Fault:
    with pytest.raises(OSError) as caught:
        bind_listener(host, port).close()
    return classify_bind_error(caught.value, host, port)


def refusing(number: int, winsock_code: int | None = None) -> OSError:
    problem = OSError(number, os.strerror(number))
    if winsock_code is not None:
        setattr(problem, "winerror", winsock_code)  # noqa: B010 - exists on Windows only, for mypy too
    return problem


@pytest.mark.parametrize("host", [HOST, "0.0.0.0"])
def test_another_program_holds_the_port(host: str) -> None:
    with other_program(host) as (pid, port):
        holder = f"{psutil.Process(pid).name()} (pid {pid})"
        assert who_holds(HOST, port) == holder
        fault = fault_of_listening(HOST, port)
        assert fault.code is FaultCode.PORT_BUSY
        assert fault.details["address"] == f"127.0.0.1:{port}"
        assert fault.details["holder"] == holder
        with bind_listener(HOST, int(fault.details["suggestion"])):
            pass
    assert who_holds(HOST, port) is None


def test_we_hold_the_port_ourselves() -> None:
    with socket.create_server((HOST, 0)) as listener:
        assert f"(pid {os.getpid()})" in str(who_holds(HOST, listener.getsockname()[1]))


def test_the_listener_is_named_and_not_its_clients() -> None:
    with other_program() as (pid, port), socket.create_connection((HOST, port)):
        assert str(who_holds(HOST, port)).endswith(f"(pid {pid})")


def test_the_same_port_of_another_address_is_not_in_the_way(free_port: int) -> None:
    try:
        other = socket.create_server(("127.0.0.2", free_port))
    except OSError:
        pytest.skip("this system has no second loopback address")  # macOS
    with other:
        assert who_holds(HOST, free_port) is None
        assert who_holds("0.0.0.0", free_port) is not None


def test_nobody_holds_a_free_port(free_port: int) -> None:
    assert who_holds(HOST, free_port) is None


def test_an_outgoing_connection_may_hold_the_port() -> None:
    with other_program() as (_pid, far), socket.create_connection((HOST, far)) as client:
        assert f"(pid {os.getpid()})" in str(who_holds(HOST, client.getsockname()[1]))


def test_an_address_of_another_machine() -> None:
    fault = fault_of_listening("192.0.2.1", 10080)  # TEST-NET-1: nobody's
    assert fault.code is FaultCode.LISTEN_FAILED
    assert fault.details["address"] == "192.0.2.1:10080"
    assert fault.details["reason"]


BIND_AS_NOBODY = """
import os, socket, sys
from app.socks.listener import bind_listener
from app.system.port_holder import classify_bind_error
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    bind_listener("127.0.0.1", int(sys.argv[1]))
except OSError as e:
    fault = classify_bind_error(e, "127.0.0.1", int(sys.argv[1]))
    print(fault.code, fault.details["address"], fault.details["suggestion"])
else:
    print("bound")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no privileged ports")
def test_a_port_below_1024_without_the_right_to_it() -> None:
    """macOS since 10.14 lets anybody have them on the wildcard address, and not on 127.0.0.1."""
    command = [sys.executable, "-c", BIND_AS_NOBODY, "79"]
    folder = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=60)
    assert done.stderr == ""
    assert done.stdout.split()[:2] in (["port-forbidden", "127.0.0.1:79"], ["bound"])
    if done.stdout.strip() != "bound":  # the administrator may have lowered the limit
        assert int(done.stdout.split()[2]) >= 1024


def test_windows_tells_a_reserved_port_from_a_busy_one(free_port: int) -> None:
    """WSAEACCES comes for both; what is reserved is held by nobody."""
    fault = classify_bind_error(refusing(errno.EACCES, 10013), HOST, free_port)
    assert fault.code is FaultCode.PORT_RESERVED
    assert set(fault.details) == {"address", "suggestion"}
    with other_program() as (pid, port):
        fault = classify_bind_error(refusing(errno.EACCES, 10013), HOST, port)
        assert fault.code is FaultCode.PORT_BUSY
        assert fault.details["holder"].endswith(f"(pid {pid})")


def test_a_busy_port_whose_holder_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port_holder, "_holders", lambda _port: [])
    fault = classify_bind_error(refusing(errno.EADDRINUSE), "::1", 10080)
    assert fault.code is FaultCode.PORT_BUSY
    assert fault.details["holder"] == "another program"
    assert fault.details["address"] == "[::1]:10080"


def test_a_suggestion_is_near_and_free() -> None:
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        suggested = free_port_near(HOST, port)
        assert suggested is not None
        assert suggested != port
    assert free_port_near(HOST, 65535) is not None
    assert 10022 <= (free_port_near(HOST, 22) or 0) < 10122
    assert free_port_near("192.0.2.1", 10080) is None


class TestLsof:
    """The way of macOS, where psutil needs root; the same lsof runs here."""

    def test_it_names_the_real_holder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        if shutil.which("lsof") is None:
            pytest.skip("needs lsof")

        def denied(kind: str) -> list[object]:
            raise psutil.AccessDenied

        monkeypatch.setattr(psutil, "net_connections", denied)
        with other_program() as (pid, port):
            assert str(who_holds(HOST, port)).endswith(f"(pid {pid})")
        assert who_holds(HOST, port) is None

    def test_without_lsof_nobody_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shutil, "which", lambda *_a, **_k: None)
        assert port_holder._holders_by_lsof(80) == []

    def test_an_lsof_that_hangs_is_given_up(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        if sys.platform == "win32":
            pytest.skip("there is no lsof on Windows")
        slow = tmp_path / "lsof"
        slow.write_text("#!/bin/sh\nexec sleep 60\n")
        slow.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        monkeypatch.setattr(port_holder, "LSOF_TIMEOUT_S", 0.1)
        assert port_holder._holders_by_lsof(80) == []

    def test_its_output_is_read(self) -> None:
        output = (
            "p12\ncGoogle\\x20Chrome\nf5\nn127.0.0.1:80\np13\ncnginx\nf1\nn*:80\nf2\nn[::1]:8080\npx\nn*:80\n"
        )
        first, second = parse_lsof(output, 80)
        assert (first.pid, first.name, first.host) == (12, "Google Chrome", "127.0.0.1")
        assert (second.pid, second.name, second.host) == (13, "nginx", "*")
        assert parse_lsof("", 80) == []
