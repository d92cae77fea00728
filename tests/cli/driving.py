"""What the tests on real peers do again and again."""

from __future__ import annotations

import json
import subprocess
from typing import Any

from tests.cli.program import Program, Running
from tests.peers.lab import Lab


def trust(lab: Lab) -> list[str]:
    return ["--trust", lab.fingerprints.relay, "--trust", lab.fingerprints.server]


def connected(program: Program, lab: Lab, *more: str) -> Running:
    running = program.start("connect", "lab-gpu", *trust(lab), *more)
    try:
        running.event("state", state="connected")
    except BaseException:
        running.__exit__(None, None, None)
        raise
    return running


def errors_of(running: Running) -> dict[str, Any]:
    """The JSON error that it ended with."""
    told: dict[str, Any] = json.loads(running.errors().strip().splitlines()[-1])
    error: dict[str, Any] = told["error"]
    return error


def ssh(program: Program, command: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    config = program.data_dir / "printed_ssh_config"
    config.write_text(program.run("ssh-config", "lab-gpu").stdout)
    words = ["ssh", "-F", str(config), "-o", "BatchMode=yes", "lab-gpu", command]
    more = {"timeout": 60, "capture_output": True, **more}
    return subprocess.run(words, env=program.env, check=False, **more)
