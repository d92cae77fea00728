"""A relay without root, a GPU server, and a machine with next to nothing on which the line is pasted."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.profiles import ReverseRoute, Server
from app.core.provisioning import LineOptions, ServerReport
from app.provision import enrolment
from app.transport.remote_shell import RemoteShell
from tests.peers.jail import UID, Jail
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import Deadline, free_port, read_banner
from tests.peers.sshd import Sshd
from tests.provision.relay_account import RelayAccount
from tests.transport.shell_peers import tools_for


class EnrolLab:
    def __init__(
        self,
        folder: Path,
        keys: KeyStore,
        *,
        shell: str = "dash",
        programs: Sequence[str] = (),
        relay_key_types: tuple[str, ...] = ("ed25519",),
    ) -> None:
        self.folder = folder
        self.keys = keys
        self.relay = RelayAccount(folder / "relay", keys, relay_key_types)
        self.gpu = Sshd(folder / "gpu", keys=keys, name="gpu", host_key_types=("ed25519", "rsa"))
        self.jail = Jail(folder / "jail", shell=shell, programs=programs)
        self.person_key = public_line(keys.key("person"))
        self.server = Server(
            id="s1", alias="gpu1", relay_id="relay-1", route=ReverseRoute(port=free_port()), user="gpu"
        )
        self.line = ""

    def __enter__(self) -> Self:
        self.gpu.start()
        self.relay.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for script in self.jail.home.glob(".ssh/relaytray-*.sh"):
            self.jail.run("sh", f".ssh/{script.name}", "stop")
            self.jail.run("sh", f"/home/gpu/.ssh/{script.name}", "stop")
        self.relay.__exit__(kind, value, trace)
        self.gpu.stop()

    # --- the relay, as the program asks it ----------------------------------------------------------------

    def shell(self) -> RemoteShell:
        tools = tools_for(self.folder, self.relay.sshd.host_key_line)
        return RemoteShell.connect(self.relay.profile(), tools, threading.Event())

    def issue(self, *, any_port: bool = False, **options: object) -> enrolment.Issued:
        """A new line, kept as ``self.line``; ``self.server`` is as the profile would be."""
        wanted = LineOptions(**({"sshd_port": self.gpu.port} | options))  # type: ignore[arg-type]
        with self.shell() as shell:
            issued = enrolment.issue(
                shell,
                self.relay.profile(),
                self.server,
                wanted,
                person_key=self.person_key + " me@pc",
                any_port=any_port,
            )
        route = dataclasses.replace(self.server.route, port=issued.route_port)
        self.server = dataclasses.replace(self.server, enrolment=issued.enrolment, route=route)
        self.line = issued.line.text
        return issued

    def report(self) -> ServerReport | None:
        with self.shell() as shell:
            return enrolment.report(shell, self.relay.profile(), self.server)

    def drop(self) -> bool:
        with self.shell() as shell:
            return enrolment.drop(shell, self.relay.profile(), self.server)

    # --- the server ---------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        assert self.server.enrolment
        return f"relaytray-{self.server.enrolment.id}"

    @property
    def port(self) -> int:
        return self.server.route.port

    def paste(self, **environment: str) -> str:
        """What the terminal shows."""
        done = self.jail.run("sh", "-c", self.line, environment=environment)
        return done.stdout

    def script(self, word: str) -> str:
        return self.jail.run("sh", f"/home/gpu/.ssh/{self.name}.sh", word).stdout

    def remove(self) -> str:
        return self.jail.run("sh", "-c", enrolment.removal_line(self.server)).stdout

    def text(self, suffix: str) -> str:
        path = self.jail.home / ".ssh" / f"{self.name}{suffix}"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait_up(self, timeout_s: float = 30) -> None:
        deadline = Deadline(timeout_s, f"the tunnel; its log:\n{self.text('.log')}")
        while not read_banner(self.port).startswith(b"SSH-2.0"):
            deadline.wait()

    def wait_down(self, timeout_s: float = 30) -> None:
        deadline = Deadline(timeout_s, "the end of the tunnel")
        while read_banner(self.port, 0.5):
            deadline.wait()

    def put(self, name: str, data: bytes) -> None:
        """A file that was there before us."""
        path = self.jail.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.chown(path.parent, UID, UID)
        path.write_bytes(data)
        os.chown(path, UID, UID)


def processes_of(name: str) -> list[str]:
    """Command lines of the processes that belong to an installed line."""
    told = subprocess.run(["pgrep", "-af", name], capture_output=True, text=True).stdout
    return [line for line in told.splitlines() if "pgrep" not in line]
