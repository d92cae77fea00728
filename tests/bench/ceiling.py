"""What the long line itself carries, so that it is known not to be the limit."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

from tests.bench import programs

MIB = 1 << 20
RATES_MBIT = (1000.0, 20000.0)  # the rate of the experiments, and one that is out of reach


def measure(quick: bool) -> dict[str, float]:
    """MB/s for one connection down, up, and both at once, at 200 ms; the most memory of the line in MiB."""
    seconds = 2.0 if quick else 5.0
    found: dict[str, float] = {}
    with programs.target() as target:
        for rate in RATES_MBIT:
            with programs.program(programs.HERE / "delay_link.py", str(target), "200", str(rate)) as line:
                port = int(programs.line_of(line))
                name = f"{rate / 1000:g} Gbit/s"
                found[f"{name} down"] = _run(port, seconds, (_down,))
                found[f"{name} up"] = _run(port, seconds, (_up,))
                found[f"{name} both, each"] = _run(port, seconds, (_down, _up)) / 2
                found[f"{name} memory, MiB"] = peak_resident(line.pid) / MIB
    return found


def peak_resident(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def _run(port: int, seconds: float, works: tuple[object, ...]) -> float:
    counts: list[float] = []
    end = time.perf_counter() + 0.5 + seconds  # the first bytes need one and a half round trips
    threads = [threading.Thread(target=work, args=(port, end, counts)) for work in works]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / 1e6


def _down(port: int, end: float, counts: list[float]) -> None:
    buffer, count = bytearray(256 * 1024), 0
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"D%016d" % 10**15)
        count += sock.recv_into(buffer)
        start = time.perf_counter()
        while time.perf_counter() < end:
            count += sock.recv_into(buffer)
    counts.append(count / (time.perf_counter() - start))


def _up(port: int, end: float, counts: list[float]) -> None:
    block, count = bytes(256 * 1024), 0
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.sendall(b"U")
        start = time.perf_counter()
        while time.perf_counter() < end:
            count += sock.send(block)
        sock.shutdown(socket.SHUT_WR)
        sock.recv(16)  # when everything has arrived
    counts.append(count / (time.perf_counter() - start))
