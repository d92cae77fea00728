"""Run by the Windows Python: guarded processes, stopped and orphaned. argv: a result file, or "own"."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from queue import Queue

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.system.guarded_process import GuardedProcess

SLEEPER = "import os, time; print('program', os.getpid(), flush=True); time.sleep(600)"


def is_running(pid: int) -> bool:
    import ctypes

    kernel32 = ctypes.WinDLL("kernel32")
    handle = kernel32.OpenProcess(0x1000, 0, pid)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel32.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel32.CloseHandle(handle)
    return code.value == 259


def gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while is_running(pid):
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def own() -> None:
    """An owner that is killed: it says who the guarded one is, and waits."""
    GuardedProcess([sys.executable, "-c", SLEEPER], name="it", on_line=lambda line: print(line, flush=True))
    time.sleep(600)


def main(result: str) -> None:
    told: Queue[str] = Queue()
    codes: Queue[int] = Queue()
    code = "import sys; print(sys.stdin.read()); sys.exit(23)"
    GuardedProcess(
        [sys.executable, "-c", code], name="it", stdin=b"hello", on_line=told.put, on_end=codes.put
    )
    seen: dict[str, object] = {"code": codes.get(timeout=20), "said": told.get(timeout=5)}
    process = GuardedProcess([sys.executable, "-c", SLEEPER], name="it", on_line=told.put)
    pid = int(told.get(timeout=20).split()[1])
    seen["ran"] = is_running(pid)
    process.stop()
    seen["stopped"] = gone_within(pid, 10)
    owner = subprocess.Popen([sys.executable, __file__, "own"], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid = int(owner.stdout.readline().split()[1])
    seen["orphan_ran"] = is_running(pid)
    owner.kill()
    owner.wait()
    seen["orphan_gone"] = gone_within(pid, 10)
    Path(result).write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1] == "own":
        own()
    else:
        main(sys.argv[1])
