"""A guarded process ends with us: when it is stopped, when we are killed, when it does not want to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from queue import Queue

import psutil
import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.system.guarded_process import GuardedProcess, why_it_ended
from tests.peers.ports import Deadline

PYTHON = sys.executable
# Prints its number and then does not end by itself, nor for SIGTERM.
STUBBORN = (
    "import os, signal, time;"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('program', os.getpid(), flush=True); time.sleep(600)"
)
WILLING = "import os, time; print('program', os.getpid(), flush=True); time.sleep(600)"


def is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(pid: int) -> None:
    deadline = Deadline(10, f"the end of process {pid}")
    while not is_gone(pid):
        deadline.wait()


def test_its_words_and_its_end_are_told_and_it_reads_its_input() -> None:
    lines: Queue[str] = Queue()
    codes: Queue[int] = Queue()
    code = "import sys; print(sys.stdin.read()); print('oops', file=sys.stderr); sys.exit(23)"
    process = GuardedProcess(
        [PYTHON, "-c", code],
        name="it",
        stdin='{"secret": "\u4e2d"}'.encode(),
        on_line=lines.put,
        on_end=codes.put,
    )
    assert codes.get(timeout=20) == 23
    assert {lines.get(timeout=5), lines.get(timeout=5)} == {'{"secret": "\u4e2d"}', "oops"}
    assert not process.is_running
    process.stop()
    process.stop()
    assert codes.empty()


@pytest.mark.parametrize("code", [WILLING, STUBBORN])
def test_it_is_stopped_whether_it_wants_or_not(code: str) -> None:
    lines: Queue[str] = Queue()
    process = GuardedProcess([PYTHON, "-c", code], name="it", on_line=lines.put)
    pid = int(lines.get(timeout=20).split()[1])
    assert process.is_running
    process.stop(within_s=0.5 if code is STUBBORN else 10)
    wait_gone(pid)  # killed together with its guard, whose end was waited for: either may be the first to go
    assert not process.is_running


@pytest.mark.parametrize("code", [WILLING, STUBBORN])
@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_it_ends_when_we_are_killed(code: str, sign: signal.Signals) -> None:
    owner = subprocess.Popen(
        [PYTHON, "-m", "tests.system.guarded_owner", PYTHON, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert owner.stdout is not None
    with owner.stdout:
        said = dict(owner.stdout.readline().split() for _ in range(2))
        os.kill(owner.pid, sign)
        owner.wait(10)
    wait_gone(int(said["program"]))
    wait_gone(int(said["guard"]))


def test_signals_at_our_terminal_are_not_its(tmp_path: Path) -> None:
    lines: Queue[str] = Queue()
    process = GuardedProcess([PYTHON, "-c", WILLING], name="it", on_line=lines.put)
    pid = int(lines.get(timeout=20).split()[1])
    try:
        assert os.getpgid(pid) != os.getpgid(0)
    finally:
        process.stop()


def test_a_program_that_dies_is_told_with_its_signal() -> None:
    codes: Queue[int] = Queue()
    lines: Queue[str] = Queue()
    process = GuardedProcess([PYTHON, "-c", WILLING], name="it", on_line=lines.put, on_end=codes.put)
    os.kill(int(lines.get(timeout=20).split()[1]), signal.SIGSEGV)
    assert "SIGSEGV" in why_it_ended(codes.get(timeout=10))
    process.stop()
    assert why_it_ended(23) == "it ended with exit code 23"


def test_one_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(RelayTrayError) as caught:
        GuardedProcess([str(tmp_path / "nothing")], name="it")
    assert caught.value.fault.code is FaultCode.PROGRAM_MISSING


def test_no_descriptor_of_ours_is_left_or_given_away() -> None:
    before = psutil.Process().num_fds()
    code = "import os; print(sorted(os.listdir('/proc/self/fd')))"
    for _ in range(3):
        lines: Queue[str] = Queue()
        process = GuardedProcess([PYTHON, "-c", code], name="it", on_line=lines.put)
        assert lines.get(timeout=20) == "['0', '1', '2', '3']"  # 3 is what lists the folder
        process.stop()
    assert psutil.Process().num_fds() == before
