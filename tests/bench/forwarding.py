"""RelayTray beside ``ssh -D``, alternating, on one machine and through the same sshd.

    python -m tests.bench.forwarding [--quick] [--rounds N]

Each figure is taken by a client in a process of its own. RelayTray runs in this process, as it would beside a
window; ``ssh -D`` is OpenSSH's client with its default cipher and with aes128-gcm.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.core.states import LinkPhase
from tests.peers.byte_server import ByteServer
from tests.peers.keys import KeyStore
from tests.peers.lab import Lab
from tests.peers.ports import free_port, is_listening
from tests.tunnel.driver import Driver

_CLIENT = """
import socket, sys, time
proxy, target, mode, amount = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])

def connect():
    s = socket.create_connection(("127.0.0.1", proxy))
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.sendall(b"\\5\\1\\0")
    assert s.recv(2) == b"\\5\\0"
    s.sendall(b"\\5\\1\\0\\1\\x7f\\0\\0\\1" + target.to_bytes(2, "big"))
    got = b""
    while len(got) < 10:
        got += s.recv(10 - len(got))
    assert got[1] == 0, got
    return s

block = bytes(1 << 20)
buffer = bytearray(1 << 20)
if mode == "download":
    s = connect()
    start = time.perf_counter()
    s.sendall(b"D" + b"%016d" % (amount << 20))
    count = 0
    while n := s.recv_into(buffer):
        count += n
    assert count == amount << 20
    print(count / (time.perf_counter() - start) / 1e6)
elif mode == "upload":
    s = connect()
    start = time.perf_counter()
    s.sendall(b"U")
    for _ in range(amount):
        s.sendall(block)
    s.shutdown(1)
    assert int(s.recv(200).split()[1]) == amount << 20
    print((amount << 20) / (time.perf_counter() - start) / 1e6)
elif mode == "connections":
    start = time.perf_counter()
    for _ in range(amount):
        s = connect()
        s.sendall(b"Ex")
        assert s.recv(1) == b"x"
        s.close()
    print(amount / (time.perf_counter() - start))
else:
    s = connect()
    s.sendall(b"E")
    times = []
    for _ in range(amount):
        start = time.perf_counter()
        s.sendall(bytes(64))
        got = 0
        while got < 64:
            got += len(s.recv(64))
        times.append(time.perf_counter() - start)
    print(sorted(times)[len(times) // 2] * 1e6)
"""

FIGURES = (
    ("download", "one download, MB/s"),
    ("upload", "one upload, MB/s"),
    ("connections", "new connections one after the other, per s"),
    ("echo", "echo of 64 bytes, p50, us"),
)


def measure(proxy: int, target: int, mode: str, amount: int) -> float:
    argv = [sys.executable, "-c", _CLIENT, str(proxy), str(target), mode, str(amount)]
    return float(subprocess.run(argv, capture_output=True, text=True, check=True, timeout=600).stdout)


@contextlib.contextmanager
def ssh_d(lab: Lab, *options: str) -> Iterator[int]:
    port = free_port()
    argv = ["ssh", "-F/dev/null", "-N", "-D", f"127.0.0.1:{port}", "-i", str(lab.person_key)]
    argv += [
        "-p",
        str(lab.relay_port),
        "-oStrictHostKeyChecking=no",
        "-oUserKnownHostsFile=/dev/null",
        *options,
    ]
    process = subprocess.Popen([*argv, f"{lab.user}@127.0.0.1"], stderr=subprocess.DEVNULL)
    try:
        while not is_listening(port):
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="smaller amounts, one round")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    amounts = {"download": 1024, "upload": 1024, "connections": 500, "echo": 3000}
    if arguments.quick:
        amounts = {"download": 128, "upload": 128, "connections": 100, "echo": 500}
    rounds = 1 if arguments.quick else arguments.rounds
    with tempfile.TemporaryDirectory() as folder, ByteServer() as target:
        lab = Lab(Path(folder) / "lab", KeyStore(Path(folder) / "keys"), permissive=True)
        with lab, Driver(Path(folder) / "data", lab.document(), lab.fingerprints) as driver:
            driver.wait_for_ports()
            driver.manager.connect_relay(driver.relay_id)
            driver.wait_for_link(LinkPhase.UP)
            gcm = ssh_d(lab, "-oCiphers=aes128-gcm@openssh.com")
            with gcm as gcm_port, ssh_d(lab) as default_port:
                ways = {"RelayTray": driver.socks_port, "ssh -D aes128-gcm": gcm_port, "ssh -D": default_port}
                report(ways, lambda way, mode: measure(ways[way], target.port, mode, amounts[mode]), rounds)


def report(ways: dict[str, int], take: Callable[[str, str], float], rounds: int) -> None:
    print(f"| median of {rounds} | " + " | ".join(ways) + " | ratio to aes128-gcm |")
    print("|---|" + "---|" * (len(ways) + 1))
    for mode, name in FIGURES:
        found: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(rounds):
            for way in ways:
                found[way].append(take(way, mode))
        medians = {way: statistics.median(values) for way, values in found.items()}
        ratio = medians["RelayTray"] / medians["ssh -D aes128-gcm"]
        print(f"| {name} | " + " | ".join(f"{value:.0f}" for value in medians.values()) + f" | {ratio:.2f} |")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
