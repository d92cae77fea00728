"""A machine to be set up as a relay, the person's login there, and its files before and after."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from app.core.profiles import Relay, SetupMode
from app.core.provisioning import Plan, Progress, SetupOptions, Step, StepReport, StepState
from app.provision import relay_setup
from app.provision.setup_script import SetupScript
from app.transport.host_keys import HostKeys
from app.transport.link import Tools
from app.transport.remote_shell import RemoteShell
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import Machine
from tests.peers.network import Network
from tests.peers.ports import Deadline
from tests.transport.login_peers import Person, Secrets
from tests.transport.shell_peers import relay_at, tools_for

PC_ID = "pc7abcde"
PLACES = ("/etc", "/usr/local", "/home", "/root", "/tmp", "/var/lib/relaytray")
_LOCK = "/etc/.pwd.lock"  # useradd's own


@dataclass
class SetupLab:
    """On the relay of a running network; ``user`` is who sets it up, in this ``mode``."""

    network: Network
    keys: KeyStore
    folder: Path
    user: str = "root"
    mode: SetupMode = SetupMode.SYSTEM
    port: int = 22
    person: Person = field(default_factory=Person)
    secrets: Secrets = field(default_factory=Secrets)
    cancelled: threading.Event = field(default_factory=threading.Event)
    told: list[StepReport] = field(default_factory=list)

    @property
    def machine(self) -> Machine:
        return self.network.relay

    @property
    def pc_key(self) -> Path:
        return self.keys.key("pc")

    @property
    def relay(self) -> Relay:
        key = self.keys.key("login")
        return relay_at(self.network.address, self.port, self.user, key, setup=self.mode, pc_id=PC_ID)

    @property
    def options(self) -> SetupOptions:
        return SetupOptions(mode=self.mode)

    @property
    def host_keys(self) -> HostKeys:
        return HostKeys(self.folder / "known_hosts")

    def shell(self) -> RemoteShell:
        return RemoteShell.connect(self.relay, self._tools(), self.cancelled)

    def script(self, shell: RemoteShell, **more: str) -> SetupScript:
        line = public_line(self.pc_key)
        return SetupScript(shell=shell, relay=self.relay, options=self.options, key_line=line, more=more)

    def plan(self, options: SetupOptions | None = None) -> Plan:
        with self.shell() as shell:
            line = public_line(self.pc_key) + " a comment"
            return relay_setup.plan(shell, self.relay, options or self.options, line, self.host_keys)

    def apply(self, options: SetupOptions | None = None, identity: Path | None = None) -> list[StepReport]:
        self.told = []
        with self.shell() as shell:
            return self.apply_over(shell, self.told.append, options, identity)

    def apply_over(
        self,
        shell: RemoteShell,
        progress: Progress,
        options: SetupOptions | None = None,
        identity: Path | None = None,
    ) -> list[StepReport]:
        done = relay_setup.apply(
            shell,
            self.relay,
            options or self.options,
            public_line(self.pc_key) + " a comment",
            self.host_keys,
            progress,
            self.cancelled,
            identity=str(identity or self.pc_key),
        )
        return list(done)

    def undo(self) -> list[StepReport]:
        self.told = []
        with self.shell() as shell:
            done = relay_setup.undo(shell, self.relay, self.host_keys, self.told.append, self.cancelled)
        return list(done)

    def removal_plan(self) -> Plan:
        with self.shell() as shell:
            return relay_setup.removal_plan(shell, self.relay, self.host_keys)

    def files(self) -> dict[str, str]:
        found = self.machine.snapshot(*PLACES)
        found |= {str(path): "" for path in (self.machine.root / "var/lib").iterdir()}
        return {path: told for path, told in found.items() if not _is_not_ours(path)}

    def wait_until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = Deadline(20, what)
        while not holds():
            deadline.wait()

    def _tools(self) -> Tools:
        name = self.network.address if self.port == 22 else f"[{self.network.address}]:{self.port}"
        key = next(key for key in self.machine.host_keys() if key.startswith("ssh-ed25519"))
        is_known = bool(self.host_keys.pinned(name))
        return tools_for(self.folder, "" if is_known else f"{name} {key}", self.person, self.secrets)


def _is_not_ours(path: str) -> bool:
    return path.startswith(_LOCK)


def states(reports: list[StepReport] | tuple[StepReport, ...]) -> dict[Step, StepState]:
    return {report.step: report.state for report in reports}
