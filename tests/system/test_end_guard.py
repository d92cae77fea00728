"""A command of ours runs when a program has ended without a farewell, and only then."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.system.end_guard import EndGuard, was_left_alone
from tests.peers.ports import Deadline

# What waits: as a command of ours does, it looks at its standard input.
COMMAND = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
from app.system.end_guard import was_left_alone
pathlib.Path(sys.argv[1]).write_text("left alone" if was_left_alone(sys.stdin.buffer) else "farewell")
"""
OWNER = """
import sys, time
from app.system.end_guard import EndGuard
guard = EndGuard(sys.argv[1:])
guard.start()
guard.start()
print(guard.pid, flush=True)
time.sleep(600)
"""
ROOT = Path(__file__).parents[2]


def command(result: Path) -> list[str]:
    return [sys.executable, "-c", COMMAND, str(result), str(ROOT)]


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return tmp_path / "result"


@pytest.fixture
def owner(result: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", OWNER, *command(result)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    yield process
    process.kill()
    process.wait(20)
    assert process.stdout is not None
    process.stdout.close()


def ignores(pid: int, sign: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    (mask,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigIgn:"))
    return bool(int(mask, 16) >> (sign - 1) & 1)


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_it_runs_when_we_are_killed(owner: subprocess.Popen[str], result: Path, sign: signal.Signals) -> None:
    assert owner.stdout is not None
    guard = psutil.Process(int(owner.stdout.readline()))
    assert guard.name() == "sh", "a small one waits"
    assert len(psutil.Process(owner.pid).children()) == 1
    deadline = Deadline(20, "the small one to get ready")
    while not ignores(guard.pid, signal.SIGTERM):
        deadline.wait()
    for harmless in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # a session that ends tells everybody
        guard.send_signal(harmless)
    assert os.getpgid(guard.pid) == guard.pid, "Ctrl-C at our terminal is not for it"
    assert not result.exists()
    owner.send_signal(sign)
    deadline = Deadline(30, "the command")
    while not result.exists() or not result.read_text():
        deadline.wait()
    assert result.read_text() == "left alone"


def test_after_a_farewell_nothing_runs(result: Path) -> None:
    guard = EndGuard(command(result))
    guard.start()
    pid = guard.pid
    assert pid
    guard.dismiss()
    guard.dismiss()
    assert not guard.pid
    assert not psutil.pid_exists(pid)
    assert not result.exists()


def test_one_that_was_killed_is_started_again(result: Path) -> None:
    guard = EndGuard(command(result))
    guard.start()
    first = guard.pid
    os.kill(first, signal.SIGKILL)
    psutil.wait_procs([psutil.Process(first)], timeout=10)
    guard.start()
    assert guard.pid not in (0, first)
    guard.dismiss()


def test_it_holds_no_descriptor_of_ours(result: Path) -> None:
    guard = EndGuard(command(result))
    with result.open("w") as opened:
        os.set_inheritable(opened.fileno(), True)
        guard.start()
    try:
        deadline = Deadline(20, "the guard without a descriptor of ours")
        while sorted(os.listdir(f"/proc/{guard.pid}/fd")) != ["0", "1", "2"]:  # a shell reads its libraries
            deadline.wait()
    finally:
        guard.dismiss()


def test_without_a_shell_it_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_shell(*_words: object, **_more: object) -> None:
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "Popen", no_shell)
    with pytest.raises(RelayTrayError) as caught:
        EndGuard(["x"]).start()
    assert caught.value.fault.code is FaultCode.PROGRAM_MISSING


@pytest.mark.parametrize(("said", "alone"), [(b"", True), (b"farew", True), (b"farewell\n", False)])
def test_on_windows_the_command_itself_waits(said: bytes, alone: bool) -> None:
    assert was_left_alone(io.BytesIO(said)) is alone
