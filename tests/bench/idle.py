"""The whole program, with and without a window: who wakes up while nothing happens, and where the memory is.

``python -m tests.bench.idle ARGUMENTS`` is the program itself, with one more thread that tells the names of
the others when a line comes on its standard input. Python gives the threads no names that /proc could show.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from app.core.profiles import Document
    from tests.bench.stages import Stage

MARK = "THREADS "
KEEPALIVE_S = 15  # of the profile that is measured


# --- inside the program -------------------------------------------------------------------------------------


def _tell_names() -> None:
    for _ in sys.stdin:
        names = {thread.native_id: thread.name for thread in threading.enumerate()}
        sys.stderr.write(MARK + json.dumps(names) + "\n")
        sys.stderr.flush()


def _main() -> int:
    threading.Thread(target=_tell_names, name="bench", daemon=True).start()
    from app.main import main

    return main(sys.argv[1:])


# --- around it ----------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Running:
    process: subprocess.Popen[str]
    folder: Path

    def threads(self) -> dict[int, str]:
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        for line in self.process.stderr:
            if line.startswith(MARK):
                return {int(key): name for key, name in json.loads(line.removeprefix(MARK)).items()}
        raise RuntimeError("the program ended early")

    def switches(self) -> dict[int, int]:
        """Voluntary context switches of each thread so far: each is one wake-up."""
        counts = {}
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                for line in (task / "status").read_text().splitlines():
                    if line.startswith("voluntary_ctxt_switches"):
                        counts[int(task.name)] = int(line.split()[1])
        return counts


@contextlib.contextmanager
def running_program(stage: Stage, kind: str, document: Document) -> Iterator[Running]:
    """``connect`` (no window) or ``tray`` (off the screen), with its server connected."""
    from app.core.faults import RelayTrayError
    from app.storage.paths import Paths
    from app.system.control_client import ControlClient
    from tests.bench import programs
    from tests.peers.ports import Deadline

    folder = stage.folder / f"{kind}-{stage.relay_port}"
    programs.store(folder, document)
    trust = [word for fingerprint in stage.lab.fingerprints for word in ("--trust", fingerprint)]
    words = ["connect", *trust, "lab-gpu"] if kind == "connect" else ["tray", "--minimised"]
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "HOME": str(home)}
    environment.pop("DISPLAY", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.idle", "--data-dir", str(folder), *words],
        cwd=programs.ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    control = ControlClient(Paths.at(folder))
    try:
        deadline = Deadline(60, "the program to be connected")
        asked = kind == "connect"
        while True:
            with contextlib.suppress(RelayTrayError):
                if not asked:
                    control.call("connect", name="lab-gpu", trusted=list(stage.lab.fingerprints))
                    asked = True
                if is_connected(control.call("status")):
                    break
            deadline.wait()
        yield Running(process, folder)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        process.communicate()


def is_connected(status: Any) -> bool:
    return any(server.get("state") == "connected" for server in status.get("servers", []))


def wake_ups(running: Running, seconds: float) -> dict[str, float]:
    """Per second, by the thread's name; the program had some time to calm down first."""
    time.sleep(min(5.0, seconds / 4))
    names = running.threads()
    start, before = time.perf_counter(), running.switches()
    time.sleep(seconds)
    took, after = time.perf_counter() - start, running.switches()
    names |= running.threads()
    found: dict[str, float] = {}
    for thread, count in after.items():
        name = names.get(thread, "threads of libraries")
        if name != "bench":
            found[name] = found.get(name, 0.0) + (count - before.get(thread, 0)) / took
    return found


STEPS = (
    ("Python alone", ""),
    ("+ cryptography", "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"),
    ("+ paramiko", "import paramiko"),
    ("+ our link manager", "import app.tunnel.manager"),
    ("+ the command line and the rest", "import app.main, app.cli.commands, app.cli.connect_command"),
    ("+ Qt's libraries", "from PySide6 import QtCore, QtGui, QtWidgets, QtNetwork"),
    ("+ a QApplication", "application = QtWidgets.QApplication([])"),
)


def import_costs() -> dict[str, dict[str, float]]:
    """Resident and own memory in MiB after each step, all in one process."""
    lines = ["import json, psutil", "told = {}"]
    for name, code in STEPS:
        lines += [code, f"told[{name!r}] = psutil.Process().memory_full_info()"]
    lines.append(
        "print(json.dumps({k: {'rss': v.rss / 2**20, 'uss': v.uss / 2**20} for k, v in told.items()}))"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    argv = [sys.executable, "-c", "\n".join(lines)]
    told = subprocess.run(
        argv, env=environment, capture_output=True, text=True, check=True, timeout=120
    ).stdout
    return dict(json.loads(told))


def resident(pid: int) -> dict[str, float]:
    info = psutil.Process(pid).memory_full_info()
    return {"rss": info.rss / 2**20, "uss": info.uss / 2**20}


def idle_report(stage: Stage) -> dict[str, Any]:
    """Wake-ups and memory of the whole program with a link up."""
    document = stage.lab.document()
    seconds = 6.0 if stage.quick else 60.0
    memory: dict[str, dict[str, float]] = import_costs()
    wakes: dict[str, dict[str, float]] = {}
    for kind, title in (("connect", "`relaytray connect`, link up"), ("tray", "tray program, link up")):
        with running_program(stage, kind, document) as running:
            wakes[title] = wake_ups(running, seconds)
            memory[title] = resident(running.process.pid)
    return {"seconds": seconds, "keepalive_s": KEEPALIVE_S, "wake_ups": wakes, "memory": memory}


if __name__ == "__main__":
    sys.exit(_main())
