"""The real ssh against the demo: commands, shells, forwards, and what is refused."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from app.provision.demo import Demo
from tests.peers.ports import Deadline, free_port, is_listening
from tests.provision.clients import Clients, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX commands")


# --- commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["gpu", "gpu-by-w", "gpu-direct"])
def test_a_command_by_each_way(clients: Clients, demo: Demo, host: str) -> None:
    done = clients.ssh("pwd; echo to-stderr >&2; exit 7", host=host)
    assert done.stdout.decode().strip() == str(demo.home)
    assert done.stderr == b"to-stderr\n"
    assert done.returncode == 7


def test_input_ends_and_output_follows(clients: Clients) -> None:
    """sort says nothing before its input has ended: the half-close must get through."""
    done = clients.ssh("sort", input=b"b\na\nc\n")
    assert (done.stdout, done.returncode) == (b"a\nb\nc\n", 0)


def test_stdout_and_stderr_are_whole(clients: Clients) -> None:
    done = clients.ssh("head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2")
    assert (len(done.stdout), len(done.stderr), done.returncode) == (3000000, 2000000, 0)


def test_a_signal_ends_a_command(clients: Clients) -> None:
    """ssh says 255 for a remote program that a signal ended."""
    done = clients.ssh("kill -TERM $$", options=["-v", "-o", "LogLevel=DEBUG1"])
    assert done.returncode == 255
    assert b"exit-signal" in done.stderr


def test_output_that_nobody_wants(clients: Clients) -> None:
    done = clients.ssh("yes | head -n 3; echo done")
    assert done.stdout == b"y\ny\ny\ndone\n"
    with subprocess.Popen(clients.command("ssh", "gpu", "yes"), stdout=subprocess.PIPE) as client:
        assert client.stdout
        client.stdout.read(100000)
        client.kill()
    assert clients.ssh("echo still here").stdout == b"still here\n"


def test_input_that_nobody_wants(clients: Clients) -> None:
    done = clients.ssh("exec <&-; echo deaf; exit 4", input=b"x" * 5_000_000)
    assert (done.stdout, done.returncode) == (b"deaf\n", 4)


def test_a_client_that_goes_away_hangs_up(clients: Clients, demo: Demo) -> None:
    told = demo.home / "told"
    command = f"trap 'echo hup > {told}; exit' HUP; echo ready; while :; do sleep 0.05; done"
    with subprocess.Popen(
        clients.command("ssh", "gpu", command), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as client:
        assert client.stdout
        assert client.stdout.readline() == b"ready\n"
        client.kill()
    deadline = Deadline(10, "the program to be told")
    while not (told.exists() and told.read_text() == "hup\n"):
        deadline.wait()


def test_variables(clients: Clients, demo: Demo) -> None:
    environment = os.environ | {"LANG": "xx_YY", "DEMO_WORD": "two words", "LD_PRELOAD_X": "no"}
    options = ["-o", "SendEnv=LANG DEMO_WORD LD_PRELOAD_X"]
    command = 'echo "$LANG|$DEMO_WORD|$LD_PRELOAD_X|$HOME|$USER|$SSH_AUTH_SOCK$DISPLAY"'
    done = clients.ssh(command, options=options, env=environment)
    assert done.stdout.decode() == f"xx_YY|two words||{demo.home}|demo|\n"


def test_several_sessions_of_one_connection(clients: Clients, tmp_path: Path) -> None:
    shared = ["-o", f"ControlPath={tmp_path}/c", "-o", "ControlPersist=yes"]
    master = [*shared, "-o", "ControlMaster=yes", "-n", "-f"]
    assert clients.ssh("true", options=master, stderr=subprocess.DEVNULL).returncode == 0
    results: list[bytes] = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(clients.ssh(f"echo {n}", options=shared).stdout))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    clients.ssh(options=[*shared, "-O", "exit"])
    assert sorted(results) == [f"{n}\n".encode() for n in range(8)]


# --- terminals ----------------------------------------------------------------------------------------------


class Typist:
    """ssh in a terminal of ours, as a person has it."""

    def __init__(self, command: list[str]) -> None:
        self._master, slave = pty.openpty()
        self.resize(100, 30)
        # A session of its own and the terminal by name, so that ssh learns of new sizes.
        take = 'exec "$@" <"$0" >"$0" 2>&1'
        self.process = subprocess.Popen(
            ["sh", "-c", take, os.ttyname(slave), *command],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            env=os.environ | {"TERM": "xterm"},
        )
        os.close(slave)
        self.seen = b""

    def type(self, text: bytes) -> None:
        os.write(self._master, text)

    def resize(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, text: bytes) -> None:
        end = time.monotonic() + 20
        while text not in self.seen:
            ready, _, _ = select.select([self._master], [], [], max(0, end - time.monotonic()))
            assert ready, f"{text!r} did not come: {self.seen!r}"
            try:
                data = os.read(self._master, 65536)
            except OSError:
                data = b""
            assert data, f"{text!r} did not come before the end: {self.seen!r}"
            self.seen += data

    def close(self) -> int:
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self._master)


@pytest.fixture
def plain_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell whose prompt and habits are known."""
    monkeypatch.setenv("SHELL", "/bin/sh")


@pytest.mark.usefixtures("plain_shell")
def test_an_interactive_shell(clients: Clients) -> None:
    typist = Typist(clients.command("ssh", "gpu"))
    typist.type(b"echo size:$(stty size):$TERM\n")
    typist.wait_for(b"size:30 100:xterm")
    typist.resize(132, 43)
    typist.type(b"while [ \"$(stty size)\" != '43 132' ]; do sleep 0.02; done; echo res''ized\n")
    typist.wait_for(b"resized")
    typist.type(b"sh -c \"echo st''arted; exec sleep 1000\"\n")
    typist.wait_for(b"started")
    typist.type(b"\x03echo int''errupted\n")
    typist.wait_for(b"interrupted")
    typist.type(b"exit 3\n")
    assert typist.close() == 3


@pytest.mark.usefixtures("plain_shell")
def test_a_command_in_a_terminal(clients: Clients) -> None:
    done = clients.ssh("tty; test -t 0 && test -t 1 && echo terminal; exit 9", options=["-tt"])
    assert b"terminal\r\n" in done.stdout
    assert done.returncode == 9


@pytest.mark.usefixtures("plain_shell")
def test_end_of_input_ends_a_shell_in_a_terminal(clients: Clients) -> None:
    done = clients.ssh(options=["-tt"], input=b"echo a$((1+1))b\n", timeout=20)
    assert b"a2b" in done.stdout
    assert done.returncode == 0


@pytest.mark.usefixtures("plain_shell")
def test_a_shell_without_a_terminal(clients: Clients) -> None:
    done = clients.ssh(options=["-T"], input=b"echo a$((1+1))b\nexit 6\n")
    assert (done.stdout, done.returncode) == (b"a2b\n", 6)


def test_a_background_job_does_not_hold_a_terminal_open(clients: Clients) -> None:
    done = clients.ssh("sleep 1000 & echo left", options=["-tt"], timeout=20)
    assert b"left" in done.stdout


# --- forwards -----------------------------------------------------------------------------------------------


def test_a_forward_to_the_page(clients: Clients, demo: Demo) -> None:
    done = clients.ssh(
        options=["-W", f"localhost:{demo.web_port}"], input=b"GET / HTTP/1.0\r\n\r\n", timeout=20
    )
    assert done.stdout.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"It works" in done.stdout


def test_half_close_and_bytes_through_a_forward(clients: Clients) -> None:
    """An echo server that answers only after the end of its input."""
    data = os.urandom(3_000_000)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def echo() -> None:
            sock, _ = listener.accept()
            with sock:
                received = b"".join(iter(lambda: sock.recv(65536), b""))
                sock.sendall(received)

        thread = threading.Thread(target=echo)
        thread.start()
        done = clients.ssh(options=["-W", f"127.0.0.1:{listener.getsockname()[1]}"], input=data)
        thread.join()
    assert done.stdout == data


def test_a_socks_client_through_ssh(clients: Clients, demo: Demo) -> None:
    port = free_port()
    with subprocess.Popen(clients.command("ssh", "-N", "-D", f"127.0.0.1:{port}", "gpu")) as ssh:
        deadline = Deadline(20, "ssh -D to listen")
        while not is_listening(port):
            deadline.wait()
        address = f"http://localhost:{demo.web_port}/"
        command = ["curl", "-sS", "--noproxy", "", "-x", f"socks5h://127.0.0.1:{port}", address]
        done = subprocess.run(command, capture_output=True, timeout=30)
        ssh.send_signal(signal.SIGTERM)
    assert b"It works" in done.stdout, done.stderr


# --- what is refused ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "target", "words"),
    [
        ("gpu", "127.0.0.1:1", b"connect failed"),
        ("gpu", "localhost:1", b"connect failed"),
        ("gpu", "192.0.2.1:22", b"administratively prohibited"),
        ("gpu", "example.com:80", b"administratively prohibited"),
        ("relay", "127.0.0.1:1", b"administratively prohibited"),
        ("relay", "localhost:{route}", b"administratively prohibited"),
        ("relay", "127.0.0.1:{web}", b"administratively prohibited"),
        ("relay", "192.0.2.1:22", b"administratively prohibited"),
    ],
)
def test_refused_targets(clients: Clients, demo: Demo, host: str, target: str, words: bytes) -> None:
    target = target.format(route=demo.route_port, web=demo.web_port)
    done = clients.ssh(host=host, options=["-o", "LogLevel=INFO", "-W", target], timeout=20)
    assert done.returncode == 255
    assert words in done.stderr


def test_a_dropped_tunnel_is_a_refused_connection(clients: Clients, demo: Demo) -> None:
    demo.drop_tunnel()
    options = ["-o", "LogLevel=INFO", "-W", f"127.0.0.1:{demo.route_port}"]
    assert b"connect failed: Connection refused" in clients.ssh(host="relay", options=options).stderr
    demo.restore_tunnel()
    assert clients.ssh("echo back").stdout == b"back\n"


def test_the_relay_runs_nothing(clients: Clients) -> None:
    done = clients.ssh("echo hello", host="relay", options=["-o", "LogLevel=INFO"])
    assert (done.returncode, done.stdout) == (255, b"")
    assert clients.ssh(host="relay", options=["-s"], input=b"").returncode == 255


def test_the_person_may_not_listen(clients: Clients, demo: Demo) -> None:
    for host in ("relay", "gpu"):
        for port in (demo.route_port, 0, free_port()):
            remote = ["-o", "ExitOnForwardFailure=yes", "-N", "-R", f"127.0.0.1:{port}:127.0.0.1:22"]
            done = clients.ssh(host=host, options=["-o", "LogLevel=INFO", *remote], timeout=20)
            assert b"forwarding" in done.stderr
            assert done.returncode == 255


def test_the_tunnels_key_opens_nothing_else(clients: Clients, demo: Demo) -> None:
    key = str(demo.folder / "tunnel_key")
    route = f"127.0.0.1:{demo.route_port}"
    plain = ["-F", "/dev/null", "-i", key, "-p", str(demo.relay_port), "-o", "IdentitiesOnly=yes"]
    plain += ["-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={demo.known_hosts}"]
    base = ["ssh", *plain, "demo@127.0.0.1"]
    assert b"prohibited" in run([*base, "-W", route]).stderr
    assert run([*base, "echo", "x"]).returncode == 255
    demo.drop_tunnel()
    elsewhere = run(
        [*base, "-o", "ExitOnForwardFailure=yes", "-N", "-R", f"127.0.0.1:{free_port()}:127.0.0.1:1"]
    )
    assert elsewhere.returncode == 255
    everywhere = run(
        [*base, "-o", "ExitOnForwardFailure=yes", "-N", "-R", f"0.0.0.0:{demo.route_port}:127.0.0.1:1"]
    )
    assert everywhere.returncode == 255
    to_gpu = clients.ssh("true", host="gpu-direct", options=["-i", key, "-o", "IdentityFile=none"])
    assert to_gpu.returncode == 255


def test_a_real_ssh_can_hold_the_tunnel(clients: Clients, demo: Demo) -> None:
    """What the product tells people to run on their server works with the demo's relay."""
    gpu_port = demo._now.server.port
    demo.drop_tunnel()
    command = [
        "ssh",
        "-F",
        "/dev/null",
        "-N",
        "-i",
        str(demo.folder / "tunnel_key"),
        "-p",
        str(demo.relay_port),
    ]
    command += ["-o", f"UserKnownHostsFile={demo.known_hosts}", "-o", "ExitOnForwardFailure=yes"]
    command += ["-o", "IdentitiesOnly=yes", "-R", f"127.0.0.1:{demo.route_port}:127.0.0.1:{gpu_port}"]
    with subprocess.Popen([*command, "demo@127.0.0.1"], stdin=subprocess.DEVNULL) as tunnel:
        deadline = Deadline(20, "the tunnel")
        while not is_listening(demo.route_port):
            deadline.wait()
        assert clients.ssh("echo through").stdout == b"through\n"
        tunnel.terminate()
    deadline = Deadline(10, "the relay to notice")
    while is_listening(demo.route_port):
        deadline.wait()


@pytest.mark.parametrize("host", ["relay", "gpu-direct"])
def test_strangers_stay_outside(clients: Clients, host: str, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger)], check=True)
    clients.write_config()
    text = clients.config.read_text().replace(str(clients.demo.person_key), str(stranger))
    clients.config.write_text(text)
    options = ["-o", "LogLevel=INFO"]
    assert b"Permission denied (publickey)" in clients.ssh("true", host=host, options=options).stderr
    clients.write_config()
    other_user = clients.ssh("true", host=host, options=[*options, "-l", "root"])
    assert b"Permission denied (publickey)" in other_user.stderr
