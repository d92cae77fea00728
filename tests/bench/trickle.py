"""How late small pieces arrive that come one by one through a link, as typing and a program's output do.

    python -m tests.bench.trickle [--rtt MS] [--pieces N]

The relay is in a network namespace of its own, behind a line that delays each packet: other than in the long
line of ``tests.bench`` TCP's own acknowledgements take their time, too. A program behind the relay sends 20
bytes every 30 ms with the time in them. Linux, as root. Prints a Markdown table of milliseconds, one way.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import getpass
import heapq
import os
import select
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.profiles import Authentication, Document, Relay
from tests.bench import programs
from tests.bench.client import Client, take
from tests.peers import processes
from tests.peers.keys import KeyStore, fingerprint, public_line
from tests.peers.ports import Deadline, free_port
from tests.peers.sshd import find_sshd

NUMBER = int(os.environ.get("TRICKLE", os.getpid() % 250))  # of this run: another may go on beside it
FAR, NEAR_DEVICE, FAR_DEVICE = (f"{name}{NUMBER}" for name in ("relaytray-far-", "rt-near", "rt-far"))
NEAR_ADDRESS, FAR_ADDRESS = f"10.77.{NUMBER}.1", f"10.77.{NUMBER}.2"
SOURCE_PORT = 7000
PIECE = 20  # bytes: the time, in seconds
PAUSE_S = 0.03

_TUNSETIFF, _TUN_WITHOUT_HEADER = 0x400454CA, 0x1001


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.trickle")
    parser.add_argument("--rtt", type=float, default=100.0, help="of the line, in ms")
    parser.add_argument("--pieces", type=int, default=100)
    arguments = parser.parse_args(words)
    processes.adopt_orphans()
    os.environ["TRICKLE"] = str(NUMBER)
    print(f"| {arguments.rtt:.0f} ms there and back | median | 9 of 10 | latest |\n|---|---|---|---|")
    with contextlib.ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        keys = KeyStore(folder / "keys")
        cleanup.enter_context(far_network(arguments.rtt / 2000))
        cleanup.enter_context(
            in_far_network(sys.executable, "-m", "tests.bench.trickle", "source", str(arguments.pieces))
        )
        ways = {
            "RelayTray": (2222, "10", True),
            "RelayTray, sshd refuses sessions": (2223, "0", True),
            "`ssh -ND`": (2224, "10", False),
        }
        for name, (port, sessions, is_ours) in ways.items():
            cleanup.enter_context(sshd(folder, keys, port, sessions))
            make = relaytray if is_ours else ssh_d
            with make(folder, keys, port) as proxy:
                late = sorted(lateness(proxy, arguments.pieces))
            figures = (late[len(late) // 2], late[len(late) * 9 // 10], late[-1])
            print(f"| {name} | " + " | ".join(f"{one * 1000:.0f}" for one in figures) + " |", flush=True)
    return 0


def lateness(proxy: int, pieces: int) -> list[float]:
    """Seconds from the sending of each piece to its coming."""
    with Client(proxy, SOURCE_PORT).connect() as sock:
        late = []
        for _ in range(pieces):
            sent = float(take(sock, PIECE))
            late.append(time.time() - sent)
    return late


def source(pieces: int) -> None:
    """The program behind the relay."""
    with socket.create_server(("127.0.0.1", SOURCE_PORT)) as listener:
        while True:
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError):
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for _ in range(pieces):
                    client.sendall(b"%20.6f" % time.time())
                    time.sleep(PAUSE_S)


# --- the network ------------------------------------------------------------------------------------------


@contextlib.contextmanager
def far_network(delay_s: float) -> Iterator[None]:
    """The namespace and the line to it."""
    subprocess.run(["ip", "netns", "del", FAR], stderr=subprocess.DEVNULL)
    ip("netns", "add", FAR)
    try:
        with programs.program("-m", "tests.bench.trickle", "line", str(delay_s)) as line:
            programs.line_of(line)
            yield
    finally:
        ip("netns", "del", FAR)


def line(delay_s: float) -> None:
    """The program that is the line; the devices go with it."""
    near, far = tun(NEAR_DEVICE), tun(FAR_DEVICE)
    ip("link", "set", FAR_DEVICE, "netns", FAR)
    ip("addr", "add", f"{NEAR_ADDRESS}/30", "dev", NEAR_DEVICE)
    ip("link", "set", NEAR_DEVICE, "up")
    ip("-n", FAR, "addr", "add", f"{FAR_ADDRESS}/30", "dev", FAR_DEVICE)
    ip("-n", FAR, "link", "set", FAR_DEVICE, "up")
    ip("-n", FAR, "link", "set", "lo", "up")
    print("ready", flush=True)
    carry(near, far, delay_s)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def tun(name: str) -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH22x", name.encode("ascii"), _TUN_WITHOUT_HEADER))
    return descriptor


def carry(near: int, far: int, delay_s: float) -> None:
    """Each packet reaches the other device so much later."""
    across = {near: far, far: near}
    waiting: list[tuple[float, int, int, bytes]] = []
    count = 0
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, device, packet = heapq.heappop(waiting)
            with contextlib.suppress(OSError):  # the device is down, or gone
                os.write(device, packet)
        patience = max(0.0, waiting[0][0] - now) if waiting else None
        for device in select.select([near, far], [], [], patience)[0]:
            with contextlib.suppress(OSError):
                count += 1
                packet = os.read(device, 65536)
                heapq.heappush(waiting, (time.monotonic() + delay_s, count, across[device], packet))


@contextlib.contextmanager
def in_far_network(*words: str) -> Iterator[None]:
    process = subprocess.Popen(["ip", "netns", "exec", FAR, *words], cwd=programs.ROOT)
    try:
        yield
    finally:
        processes.end_tree(process)


# --- both ends --------------------------------------------------------------------------------------------


@contextlib.contextmanager
def sshd(folder: Path, keys: KeyStore, port: int, sessions: str) -> Iterator[None]:
    authorized = folder / "authorized_keys"
    authorized.write_text(public_line(keys.key("person")) + "\n", encoding="ascii")
    authorized.chmod(0o600)
    program = find_sshd()
    assert program is not None
    settings = {
        "Port": str(port),
        "HostKey": str(keys.key("far-host")),
        "AuthorizedKeysFile": str(authorized),
        "StrictModes": "no",
        "PermitRootLogin": "yes",
        "PidFile": "none",
        "MaxSessions": sessions,
        "ForceCommand": "/bin/false",
        "SetEnv": "SHLVL=1",  # bash then leaves the start-up files of whoever measures alone
    }
    options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    with in_far_network(program, "-D", "-e", "-q", "-f", "/dev/null", *options):
        deadline = Deadline(20, "the far sshd")
        while deadline.wait():
            with (
                contextlib.suppress(OSError),
                socket.create_connection((FAR_ADDRESS, port), timeout=5) as sock,
            ):
                if sock.recv(4) == b"SSH-":
                    break
        yield


@contextlib.contextmanager
def relaytray(folder: Path, keys: KeyStore, port: int) -> Iterator[int]:
    relay = Relay(
        id="r",
        name="far",
        host=FAR_ADDRESS,
        port=port,
        user=getpass.getuser(),
        authentication=Authentication.KEY_FILE,
        identity=str(keys.key("person")),
        socks_port=free_port(),
    )
    trusted = [fingerprint(keys.key("far-host"))]
    with programs.app(folder / f"data-{port}", Document(relays=(relay,)), trusted) as app:
        app.ask("up")
        time.sleep(1)  # the session that nobody waits for
        yield app.way.port


@contextlib.contextmanager
def ssh_d(_folder: Path, keys: KeyStore, port: int) -> Iterator[int]:
    at, key = f"{getpass.getuser()}@{FAR_ADDRESS}", keys.key("person")

    def words(local: int) -> list[str]:
        return programs.ssh_words_to(at, port, key, f"-ND127.0.0.1:{local}")

    with programs.ssh_d_words("ssh", words) as way:
        yield way.port


if __name__ == "__main__":
    if sys.argv[1:2] == ["source"]:
        source(int(sys.argv[2]))
    if sys.argv[1:2] == ["line"]:
        line(float(sys.argv[2]))
    raise SystemExit(main())
