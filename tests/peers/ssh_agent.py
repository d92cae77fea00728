"""A real ssh-agent without keys, on a socket of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self


class SshAgent:
    """Use as a context manager; ``path`` is its socket (their length is limited to some 100 characters)."""

    def __init__(self, options: Sequence[str] = (), **env: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rt-"))
        self.path = self.folder / "agent"
        self._process = subprocess.Popen(
            ["ssh-agent", "-D", "-a", str(self.path), *options],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **env},
        )
        assert self._process.stdout is not None
        self._process.stdout.readline()  # it tells its socket once it listens

    def add(self, *words: str | Path, **env: str) -> None:
        """What ssh-add does with these words."""
        self._ssh_add("-q", *words, **env)

    def listed(self) -> list[str]:
        """Size, fingerprint, comment and type of each key, as ssh-add tells them."""
        told = subprocess.run(
            ["ssh-add", "-l"], capture_output=True, text=True, check=False, timeout=30, env=self.environment()
        ).stdout
        return [line for line in told.splitlines() if "SHA256:" in line]

    def environment(self) -> dict[str, str]:
        return {**os.environ, "SSH_AUTH_SOCK": str(self.path)}

    def _ssh_add(self, *words: str | Path, **env: str) -> None:
        subprocess.run(
            ["ssh-add", *map(str, words)],
            check=True,
            capture_output=True,
            timeout=30,
            env={**self.environment(), **env},
        )

    def lock(self) -> None:
        askpass = self.folder / "askpass"
        askpass.write_text("#!/bin/sh\necho locked\n")
        askpass.chmod(0o700)
        self._ssh_add("-x", SSH_ASKPASS=str(askpass), SSH_ASKPASS_REQUIRE="force")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        if self._process.stdout is not None:
            self._process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)
