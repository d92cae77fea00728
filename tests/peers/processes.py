"""Start and end real processes so that none of them, nor a child of theirs, is left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Linux: children of our children become ours when their parent ends, so that a leak can be seen."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def tree_of(pid: int) -> list[psutil.Process]:
    """The process and everything below it; empty when it is gone."""
    try:
        top = psutil.Process(pid)
        return [top, *top.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def below(pid: int) -> set[int]:
    """The numbers of the processes below this one. Cheap where Linux lists children, as each test asks.

    Psutil reads all processes of the machine for it: with some hundred of them that was a tenth of the tests.
    """
    if not Path(f"/proc/{pid}/task/{pid}/children").exists():
        return {process.pid for process in tree_of(pid)[1:]}
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = _children_of(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def _children_of(pid: int) -> set[int]:
    """Linux: read twice, since one may be left out of the list when another ends (proc(5))."""
    found: set[int] = set()
    with contextlib.suppress(OSError):  # it has just ended
        for thread in os.listdir(f"/proc/{pid}/task") * 2:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", "rb") as listed:
                found.update(map(int, listed.read().split()))
    return found


def suspend_tree(pid: int) -> list[psutil.Process]:
    """SIGSTOP the whole tree, the top first, so that it starts no more children. Returns who was stopped."""
    stopped: dict[int, psutil.Process] = {}
    while True:
        new = [process for process in tree_of(pid) if process.pid not in stopped]
        if not new:
            return list(stopped.values())
        for process in new:
            stopped[process.pid] = process
            with contextlib.suppress(psutil.NoSuchProcess):
                process.suspend()


def resume_all(processes: Iterable[psutil.Process]) -> None:
    for process in reversed(list(processes)):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


def end_tree(process: subprocess.Popen[bytes], *, kill: bool = False, timeout_s: float = 5.0) -> None:
    """End the process and all below it: SIGTERM, after ``timeout_s`` or with ``kill`` SIGKILL. Waits."""
    family = suspend_tree(process.pid) if process.poll() is None else []
    for member in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill() if kill else member.terminate()
    resume_all(family)
    others = [member for member in family if member.pid != process.pid]
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout_s)
    for member in wait_gone(others, timeout_s):
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    wait_gone(others, timeout_s)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


def wait_gone(processes: list[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Wait for the processes to end and reap those that became our children. Returns who still runs."""
    _, alive = psutil.wait_procs(processes, timeout=timeout_s)
    return [process for process in alive if not _is_zombie(process)]


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def reap(orphans: Iterable[int]) -> None:
    """Collect those that have ended, were handed to us, and that no Popen object waits for."""
    if os.name != "posix":
        return
    for pid in orphans:
        with contextlib.suppress(ChildProcessError):  # not a child of ours, or waited for meanwhile
            os.waitpid(pid, os.WNOHANG)
