"""The real OpenSSH clients and rsync, told to use nothing but the demo's own key and host keys."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.provision.demo import Demo

Result = subprocess.CompletedProcess[bytes]


class Clients:
    """Each program reaches the GPU server through the relay, as a person without RelayTray would."""

    def __init__(self, demo: Demo, folder: Path) -> None:
        self.demo = demo
        self.config = folder / "ssh_config"
        self.write_config()

    def write_config(self, *more: str) -> None:
        """Anew after a restart of the demo; ``more`` lines hold for both machines."""
        demo = self.demo
        common = [
            "IdentitiesOnly yes",
            f'IdentityFile "{demo.person_key}"',
            f'UserKnownHostsFile "{demo.known_hosts}"',
            "GlobalKnownHostsFile /dev/null",
            "StrictHostKeyChecking yes",
            "BatchMode yes",
            "LogLevel ERROR",
            "User demo",
            "HostName 127.0.0.1",
            *more,
        ]
        lines = ["Host relay", f"Port {demo.relay_port}"]
        lines += ["Host gpu", f"Port {demo.route_port}", "HostKeyAlias demo-gpu", "ProxyJump relay"]
        lines += ["Host gpu-by-w", f"Port {demo.route_port}", "HostKeyAlias demo-gpu"]
        lines += [f'ProxyCommand ssh -F "{self.config}" -W %h:%p relay']
        lines += ["Host gpu-direct", f"Port {demo.route_port}", "HostKeyAlias demo-gpu"]
        lines += ["Host *", *common]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def command(self, program: str, *words: str) -> list[str]:
        return [program, "-F", str(self.config), *words]

    def ssh(self, *words: str, host: str = "gpu", options: Sequence[str] = (), **how: Any) -> Result:
        """``options`` come before the host, ``words`` are the command."""
        return run(self.command("ssh", *options, host, *words), **how)

    def rsync(self, *words: str) -> Result:
        shell = shlex.join(self.command("ssh"))
        return run(["rsync", "-a", "--whole-file", "-e", shell, *words])


def run(command: list[str], **how: Any) -> Result:
    how.setdefault("timeout", 60)
    if "input" not in how:
        how.setdefault("stdin", subprocess.DEVNULL)
    how.setdefault("stdout", subprocess.PIPE)
    how.setdefault("stderr", subprocess.PIPE)
    return subprocess.run(command, **how)
