"""Every figure of the data plane, and how it is taken."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.integration.ssh_blocks import ssh_config_text
from app.storage.paths import Paths
from app.transport.stream import MIN_WINDOW, WindowBudget
from tests.bench import programs
from tests.bench.figures import DEFAULT, GCM, US, Experiment, Figure
from tests.bench.idle import running_program
from tests.bench.programs import Way, busy_client, client
from tests.bench.stages import Stage, jump_config
from tests.peers.ports import Deadline

MIB, GIB = 1 << 20, 1 << 30
HELD = 500
HELD_LIMIT_MIB = (WindowBudget().left + HELD * MIN_WINDOW) / MIB

Measure = Callable[[Stage, Way], dict[str, float]]


def transfer(mode: str, count: int = 1, parts: int = 1) -> Measure:
    """1 GiB in all, in ``parts``, and what it cost the forwarder; a quick run moves an eighth."""

    def measure(stage: Stage, way: Way) -> dict[str, float]:
        size = int((GIB // 8 if stage.quick else GIB) * way.share) // parts
        before = way.cpu_s()
        went = client(mode, way.port, way.target or stage.bulk_port, size, count)
        spent = way.cpu_s() - before
        return {"rate": went["bytes"] / went["seconds"] / 1e6, "cpu": spent / went["bytes"] * GIB}

    return measure


def connections(at_once: int) -> Measure:
    def measure(stage: Stage, way: Way) -> dict[str, float]:
        return client("connections", way.port, stage.echo_port, 1 if stage.quick else 3, at_once)

    return measure


def echo(beside: int) -> Measure:
    """``beside`` full-speed downloads through the same link."""

    def measure(stage: Stage, way: Way) -> dict[str, float]:
        rounds = 300 if stage.quick else 3000
        if beside:
            rounds = min(rounds, 400)
        with contextlib.ExitStack() as cleanup:
            if beside:
                traffic = busy_client("traffic", way.port, stage.bulk_port, 0, beside)
                cleanup.enter_context(traffic)
            return client("echo", way.port, stage.echo_port, rounds)

    return measure


def for_seconds(mode: str, seconds: int = 10) -> Measure:
    """So many seconds of one transfer, its slow start included."""

    def measure(stage: Stage, way: Way) -> dict[str, float]:
        went = client(mode, way.port, stage.bulk_port, min(seconds, 4) if stage.quick else seconds)
        return {"rate": went["bytes"] / went["seconds"] / 1e6}

    return measure


def link_up(stage: Stage, way: Way) -> dict[str, float]:
    """From asking for the link until it is up; ``ssh``: from its start until its port listens."""
    if way.key != US:
        return {"seconds": programs.seconds_to_log_in(stage.lab, stage.relay_port)}
    stage.apps[US].ask("down")
    return stage.apps[US].ask("up")


def remote_command(stage: Stage, way: Way) -> dict[str, float]:
    """``ssh lab-gpu true`` with the block that RelayTray writes, beside ``ssh -J``."""
    if way.key != US:
        return {"seconds": _seconds_of(["ssh", f"-F{jump_config(stage)}", "via-jump", "true"])}
    document = stage.lab.document(port=stage.relay_port)
    with running_program(stage, "connect", document) as process:
        paths = Paths.at(process.folder)
        block = ssh_config_text(paths, document, document.servers[0])
        config = process.folder / "ssh_block"
        config.write_text(block, encoding="utf-8")
        options = ["-oIdentityAgent=none", "-oLogLevel=ERROR"]
        return {"seconds": _seconds_of(["ssh", f"-F{config}", *options, "lab-gpu", "true"])}


def _seconds_of(words: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, timeout=120)
    return time.perf_counter() - start


def first_byte(stage: Stage, way: Way) -> dict[str, float]:
    """From starting ssh's ProxyCommand to the first byte of the server's sshd, with the link up."""
    with contextlib.ExitStack() as cleanup:
        if way.key == US:
            process = cleanup.enter_context(running_program(stage, "connect", stage.lab.document()))
            words = [sys.executable, str(programs.ROOT / "app" / "__main__.py")]
            words += ["--data-dir", str(process.folder), "proxy", "lab-gpu"]
        else:
            near = cleanup.enter_context(programs.ssh_d(stage.lab, way.key, programs.GCM))
            words = ["connect-proxy", "-S", f"127.0.0.1:{near.port}", "127.0.0.1", str(stage.lab.server.port)]
        start = time.perf_counter()
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as started:
            assert started.stdout is not None
            assert started.stdout.read(1) == b"S"  # of SSH-2.0
            seconds = time.perf_counter() - start
            started.kill()
    return {"seconds": seconds}


# --- memory -------------------------------------------------------------------------------------------------


def memory(stage: Stage, way: Way) -> dict[str, float]:
    """A fresh process holds 500 idle connections, then 500 whose client never reads.

    A part of what the slow ones do not read waits in the kernel's buffers of the process's sockets, told
    apart. OpenSSH's sshd is busy for seconds with so many full channels: patience, until all of them are.
    """
    with contextlib.ExitStack() as cleanup:
        if way.key == US:
            app = stage.add_app(cleanup)
            app.ask("up")
            fresh = app.way
        else:
            fresh = cleanup.enter_context(programs.ssh_d(stage.lab, way.key, programs.GCM))
        client("connections", fresh.port, stage.echo_port, 1, 10)  # what is only needed once
        before = settled(fresh, 1)
        with busy_client("hold", fresh.port, stage.echo_port, 0, HELD):
            idle = settled(fresh, 2)
        with busy_client("hold", fresh.port, stage.bulk_port, 1, HELD):
            slow = settled(fresh, 2 if stage.quick else 15)
            unsent = unsent_bytes(fresh.port)
    return {"idle": (idle - before) / HELD / 1024, "slow": (slow - before) / MIB, "kernel": unsent / MIB}


def settled(way: Way, patience_s: float) -> int:
    """Resident bytes, once they and what waits in the kernel stay the same (within 1 %) for so long."""
    deadline = Deadline(180, "the memory to settle")
    last, since = 0, time.monotonic()
    while time.monotonic() - since < patience_s:
        deadline.wait()
        now = way.resident() + unsent_bytes(way.port)
        if abs(now - last) > last // 100:
            last, since = now, time.monotonic()
    return way.resident()


def unsent_bytes(port: int) -> int:
    """What was written to the sockets of this local port and not yet taken at the other end."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    sockets = [line.split() for line in lines]
    return sum(int(s[4].split(":")[0], 16) for s in sockets if int(s[1].split(":")[1], 16) == port)


# --- the table ----------------------------------------------------------------------------------------------


def _rate(text: str, ratio: float = 1.0, **more: Any) -> Figure:
    return Figure("rate", text, "MB/s", ratio=ratio, **more)


def _exit(kind: str) -> tuple[Figure, ...]:
    """Beside the plain link, and beside one over the same machines that is only without the inner SSH."""
    text, ours = f"one {kind}, exit at the server", "relaytray-exit"
    return (
        _rate(text, 0.5, peer=US, ours=ours),
        Figure("rate", text, "MB/s", peer=US, ratio=0.5, ours="relaytray-exit-direct", name="direct"),
        Figure("rate", text, "MB/s", peer="relaytray-route", ratio=0.5, ours=ours, name="by-route"),
        Figure("rate", text, "MB/s", peer="ssh-jump", ratio=1.0, ours=ours, name="by-ssh"),
        Figure(
            "cpu",
            f"CPU seconds per GiB, {kind}, exit at the server",
            "s",
            more_is_better=False,
            peer=US,
            ours=ours,
            digits=2,
        ),
    )


def _cpu(text: str) -> Figure:
    return Figure("cpu", text, "s", more_is_better=False, ratio=1.3, digits=2)


def _echo(text: str) -> tuple[Figure, ...]:
    return tuple(
        Figure(key, f"echo of 64 bytes, {text}, {key}", "us", more_is_better=False, ratio=1.0)
        for key in ("p50", "p99")
    )


def _seconds(text: str, peer: str, ratio: float) -> Figure:
    return Figure("seconds", text, "s", more_is_better=False, peer=peer, ratio=ratio, digits=2)


LINE = "200 ms, 1 Gbit/s"
NEAR = (US, GCM, DEFAULT)
EXPERIMENTS = (
    Experiment(
        "download",
        "loopback",
        transfer("download"),
        (_rate("one download, 1 GiB"), _cpu("CPU seconds per GiB, download")),
    ),
    Experiment(
        "upload",
        "loopback",
        transfer("upload"),
        (_rate("one upload, 1 GiB"), _cpu("CPU seconds per GiB, upload")),
    ),
    Experiment("downloads", "loopback", transfer("download", 8, 8), (_rate("eight downloads at once"),)),
    Experiment("uploads", "loopback", transfer("upload", 8, 8), (_rate("eight uploads at once"),)),
    Experiment("both", "loopback", transfer("both", 1, 2), (_rate("both directions at once"),)),
    Experiment(
        "connections",
        "loopback",
        connections(1),
        (Figure("per_second", "new connections, one after the other", "per s", ratio=1.0),),
    ),
    Experiment(
        "connections-50",
        "loopback",
        connections(50),
        (Figure("per_second", "new connections, 50 at once", "per s", ratio=1.0),),
    ),
    Experiment("echo", "loopback", echo(0), _echo("idle")),
    Experiment("echo-1", "loopback", echo(1), _echo("beside one download")),
    Experiment("echo-8", "loopback", echo(8), _echo("beside eight downloads")),
    Experiment(
        "exit",
        "exit",
        transfer("download"),
        _exit("download"),
        (US, "relaytray-exit", "relaytray-exit-direct", "relaytray-route", "ssh-jump"),
        most_rounds=3,
    ),
    Experiment(
        "exit-upload",
        "exit",
        transfer("upload"),
        _exit("upload"),
        (US, "relaytray-exit", "relaytray-exit-direct", "relaytray-route", "ssh-jump"),
        most_rounds=3,
    ),
    Experiment(
        "long-download",
        "long",
        for_seconds("download-for"),
        (_rate(f"one download of 10 s, {LINE}", 8.0, peer=DEFAULT),),
        NEAR,
        most_rounds=3,
    ),
    Experiment(
        "long-upload",
        "long",
        for_seconds("upload-for"),
        (_rate(f"one upload of 10 s, {LINE}", 1.0, peer=DEFAULT),),
        NEAR,
        most_rounds=3,
    ),
    Experiment("link-up", "long", link_up, (_seconds("link up, 200 ms", DEFAULT, 0.8),), (US, DEFAULT)),
    Experiment(
        "remote-command",
        "long",
        remote_command,
        (_seconds("`ssh lab-gpu true`, 200 ms", "ssh-jump", 0.6),),
        (US, "ssh-jump"),
    ),
    Experiment(
        "first-byte",
        "alone",
        first_byte,
        (
            Figure(
                "seconds",
                "a ProxyCommand's first byte, link up",
                "s",
                more_is_better=False,
                limit=0.25,
                peer="connect-proxy",
                digits=3,
            ),
        ),
        (US, "connect-proxy"),
    ),
    Experiment(
        "memory",
        "alone",
        memory,
        (
            Figure("idle", f"{HELD} idle connections, each", "KiB", more_is_better=False, limit=20, digits=1),
            Figure(
                "slow",
                f"{HELD} slow readers, in all",
                "MiB",
                more_is_better=False,
                limit=HELD_LIMIT_MIB,
            ),
            Figure("kernel", f"{HELD} slow readers, in the kernel's buffers", "MiB", more_is_better=False),
        ),
        (US, GCM),
        most_rounds=1,
    ),
)
