"""A machine to be set up as a relay, the person's login there, and its files before and after."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from app.core.profiles import Relay, SetupMode
from app.core.provisioning import Plan, SetupOptions, Step, StepReport, StepState
from app.provision import relay_setup
from app.provision.setup_script import SetupScript
from app.transport.host_keys import HostKeys
from app.transport.link import Tools
from app.transport.remote_shell import RemoteShell
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import Machine, changes
from tests.peers.network import Network
from tests.transport.login_peers import Person, Secrets
from tests.transport.shell_peers import relay_at, tools_for

PC_ID = "pc7abcde"
PLACES = ("/etc", "/usr/local", "/var/lib", "/home", "/root", "/run", "/tmp")
# what useradd and userdel leave as a backup of their own, and what logins write
_NOT_OURS = ("/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-", "/etc/subuid-", "/etc/subgid-")
_NOT_OURS_BELOW = ("/run/", "/etc/.pwd.lock", "/var/lib/sudo/", "/var/lib/systemd/", "/etc/relaytray/lock")


@dataclass
class SetupLab:
    """``with`` its network running; ``user`` is who sets it up."""

    network: Network
    keys: KeyStore
    folder: Path
    user: str = "root"
    mode: SetupMode = SetupMode.SYSTEM
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
        return relay_at(self.network.address, 22, self.user, key, setup=self.mode, pc_id=PC_ID)

    @property
    def options(self) -> SetupOptions:
        return SetupOptions(mode=self.mode)

    def tools(self) -> Tools:
        key = next(key for key in self.machine.host_keys() if key.startswith("ssh-ed25519"))
        pins = "" if (self.folder / "known_hosts").exists() else f"{self.network.address} {key}"
        return tools_for(self.folder, pins, self.person, self.secrets)

    @property
    def host_keys(self) -> HostKeys:
        return HostKeys(self.folder / "known_hosts")

    def shell(self) -> RemoteShell:
        return RemoteShell.connect(self.relay, self.tools(), self.cancelled)

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
            done = relay_setup.apply(
                shell,
                self.relay,
                options or self.options,
                public_line(self.pc_key) + " a comment",
                self.host_keys,
                self.told.append,
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
        return {path: told for path, told in found.items() if not _is_not_ours(path)}


def _is_not_ours(path: str) -> bool:
    return path in _NOT_OURS or path.startswith(_NOT_OURS_BELOW)


def states(reports: list[StepReport] | tuple[StepReport, ...]) -> dict[Step, StepState]:
    return {report.step: report.state for report in reports}


def difference(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return changes(before, after)
