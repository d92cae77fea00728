"""Scripts that are sent to other machines: ShellCheck has nothing to say, and all shells can read them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from app.resource_files import resource

SCRIPTS = sorted(path for path in resource("scripts").rglob("*") if path.is_file())
NAMES = [str(path.relative_to(resource("scripts"))) for path in SCRIPTS]
CHECKS = ("shellcheck -s sh", "dash -n", "busybox sh -n", "bash --posix -n")


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
@pytest.mark.parametrize("check", CHECKS)
def test_script_is_clean(check: str, path: Path) -> None:
    words = check.split()
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    done = subprocess.run([*words, str(path)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
def test_script_is_plain_ascii_with_unix_line_ends(path: Path) -> None:
    data = path.read_bytes()
    assert data.isascii()
    assert b"\r" not in data
    assert data.startswith(b"#!/bin/sh\n")
    assert data.endswith(b"\n")


def test_there_are_scripts() -> None:
    assert {"relay/authorized-keys", "relay/enrol", "relay/permissions.sh", "server/server.sh"} <= set(NAMES)
