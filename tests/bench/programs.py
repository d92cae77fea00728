"""Helper programs of the bench as context managers, and the ways through which bytes can go."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.core.document import to_json
from app.core.profiles import Document
from app.storage.paths import Paths
from tests.peers.lab import ROUTE_CIPHERS, Lab
from tests.peers.ports import Deadline, free_port, is_listening

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GCM = "-oCiphers=aes128-gcm@openssh.com"


@dataclass(frozen=True)
class Way:
    """A SOCKS port and the process behind it."""

    key: str
    port: int
    pid: int
    share: float = 1.0  # of the bytes that are moved: slow peers need no whole GiB for a rate
    target: int = 0  # where bytes come from, if it is another port than usual

    def cpu_s(self) -> float:
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def resident(self) -> int:
        return int(psutil.Process(self.pid).memory_info().rss)


@contextlib.contextmanager
def program(*argv: str | Path) -> Iterator[subprocess.Popen[str]]:
    """A Python program with pipes; killed in the end."""
    command = [sys.executable, *map(str, argv)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{process.args!r} ended early")
    return line


@contextlib.contextmanager
def target() -> Iterator[int]:
    with program(HERE / "target.py") as process:
        yield int(line_of(process))


@contextlib.contextmanager
def delay_link(to_port: int, rtt_ms: float, mbit: float) -> Iterator[int]:
    with program(HERE / "delay_link.py", str(to_port), str(rtt_ms), str(mbit)) as process:
        yield int(line_of(process))


def client(mode: str, proxy: int, to_port: int, amount: int = 0, count: int = 1) -> dict[str, float]:
    """Run the measuring client to its end."""
    argv = [sys.executable, str(HERE / "client.py"), mode, *map(str, (proxy, to_port, amount, count))]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout))


@contextlib.contextmanager
def busy_client(mode: str, proxy: int, to_port: int, amount: int = 0, count: int = 1) -> Iterator[None]:
    """The client's connections for as long as it takes."""
    with program(HERE / "client.py", mode, *map(str, (proxy, to_port, amount, count))) as process:
        line_of(process)
        yield


class App:
    """RelayTray's link manager in its own process."""

    def __init__(self, process: subprocess.Popen[str], key: str) -> None:
        self._process = process
        self.way = Way(key, int(json.loads(line_of(process))["port"]), process.pid)

    def ask(self, command: str) -> dict[str, float]:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        return dict(json.loads(line_of(self._process)))


@contextlib.contextmanager
def app(folder: Path, document: Document, trusted: Sequence[str], key: str = "relaytray") -> Iterator[App]:
    store(folder, document)
    with program("-m", "tests.bench.app_process", folder, *trusted) as process:
        yield App(process, key)


def store(folder: Path, document: Document) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Paths.at(folder).document.write_text(json.dumps(to_json(document)), encoding="utf-8")


def ssh_words(lab: Lab, *options: str, port: int = 0) -> list[str]:
    """ssh to the relay of the lab, or to another port that leads there."""
    return ssh_words_to(f"{lab.user}@127.0.0.1", port or lab.relay_port, lab.person_key, *options)


def ssh_words_to(at: str, port: int, key: Path, *options: str) -> list[str]:
    """``at`` is user@host; with this key and nothing of the person's own."""
    words = ["ssh", "-F/dev/null", "-oIdentitiesOnly=yes", "-oIdentityAgent=none", "-i", str(key)]
    words += ["-p", str(port), "-oStrictHostKeyChecking=no", "-oUserKnownHostsFile=/dev/null"]
    return [*words, "-oLogLevel=ERROR", *options, at]


@contextlib.contextmanager
def ssh_d(lab: Lab, key: str, *options: str, relay_port: int = 0) -> Iterator[Way]:
    with ssh_d_words(
        key, lambda port: ssh_words(lab, f"-ND127.0.0.1:{port}", *options, port=relay_port)
    ) as way:
        yield way


@contextlib.contextmanager
def ssh_d_words(key: str, words: Any) -> Iterator[Way]:
    port = free_port()
    process: subprocess.Popen[bytes] = subprocess.Popen(words(port), stdin=subprocess.DEVNULL)
    try:
        deadline = Deadline(60, "ssh -D to listen")
        while not is_listening(port):
            if process.poll() is not None:
                raise RuntimeError("ssh -D ended early")
            deadline.wait()
        yield Way(key, port, process.pid)
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def reverse_port(lab: Lab, to_port: int) -> Iterator[int]:
    """A port of the relay that leads to ``to_port`` of the server, by an ``ssh -R`` like the route's."""
    port = free_port()
    words = ssh_words(lab, f"-o{ROUTE_CIPHERS}", "-N", "-R", f"127.0.0.1:{port}:127.0.0.1:{to_port}")
    process = subprocess.Popen(words, stdin=subprocess.DEVNULL)
    try:
        deadline = Deadline(60, "ssh -R to listen")
        while not is_listening(port):
            deadline.wait()
        yield port
    finally:
        process.terminate()
        process.wait()


def seconds_to_log_in(lab: Lab, relay_port: int) -> float:
    """From the start of ``ssh -N -D`` until its port listens, which is behind the login."""
    port = free_port()
    start = time.perf_counter()
    process = subprocess.Popen(
        ssh_words(lab, f"-ND127.0.0.1:{port}", port=relay_port), stdin=subprocess.DEVNULL
    )
    try:
        while not is_listening(port):
            if process.poll() is not None:
                raise RuntimeError("ssh -D ended early")
            time.sleep(0.002)
        return time.perf_counter() - start
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def forwarder(lab: Lab, name: str, share: float) -> Iterator[Way]:
    words = (HERE / f"forward_{name}.py", str(lab.relay_port), lab.user, lab.person_key)
    with program(*words) as process:
        yield Way(name, int(line_of(process)), process.pid, share)
