"""The real v2ray (Debian's) and the real Xray (from its package), each run with a configuration of ours."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.v2ray_route import Core
from tests.peers import processes
from tests.peers.ports import Deadline, is_listening

_XRAY = "import sys, xray; sys.exit(xray.startFromJSON(open(sys.argv[1], encoding='utf-8').read()))"


class RunningCore:
    """One program with one configuration, until the ``with`` ends. ``log`` has what it said."""

    def __init__(self, core: Core, folder: Path, config: str, *, port: int = 0) -> None:
        self._core, self._folder, self._config, self._port = core, folder, config, port

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "config.json"
        path.write_text(self._config, encoding="utf-8")
        path.chmod(0o600)
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                _command(self._core, path), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = Deadline(20, f"{self._core} to listen at {self._port}")
        while self._port and not is_listening(self._port) and deadline.wait():
            assert self._process.poll() is None, f"{self._core} ended: {self.log}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        processes.end_tree(self._process)


def _command(core: Core, config: Path) -> list[str]:
    if core is Core.XRAY:
        return [sys.executable, "-c", _XRAY, str(config)]
    program = shutil.which("v2ray")
    assert program is not None, "v2ray is not installed"
    return [program, "-config", str(config)]
