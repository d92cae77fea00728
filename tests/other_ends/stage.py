"""The stage of the proofs: a relay that a person sets up from here, and GPU servers in four forms.

The person's side is the program's own code over a real SSH login; what the person types on a server goes into
a terminal there, as an ordinary user.
"""

from __future__ import annotations

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.profiles import AdminLogin, Relay, ReverseRoute, Server, SetupMode
from app.core.provisioning import (
    LineOptions,
    Plan,
    Progress,
    ServerReport,
    SetupOptions,
    StepReport,
    StepState,
)
from app.core.questions import SecretAnswer
from app.provision import enrolment, relay_setup
from app.provision.this_computer import ComputerKey
from app.transport.host_keys import HostKeys
from app.transport.remote_shell import RemoteShell
from tests.other_ends.watch import Watch
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import Machine
from tests.peers.network import Network
from tests.peers.ports import Deadline
from tests.peers.web_terminal import WebTerminal
from tests.transport.login_peers import Person, Secrets
from tests.transport.shell_peers import tools_for

FIRST_PORT = 22222
PASSWORD = "correct horse"  # of the person's account at the relay
SYSTEM = SetupOptions()
USER = "dev"  # whom the GPU servers are assigned to
END_OF_LINE = "To take it all away"  # the last that a pasted line says


class Rights(StrEnum):
    """What the person's login at the relay may do."""

    ROOT = "root"
    SUDO_ASKS = "sudo with a password"
    SUDO = "sudo without one"
    NONE = "none"


class Form(StrEnum):
    CONTAINER = "container"  # no init, no cron, and only sh, ssh and ssh-keygen for its user
    CRON = "cron"
    PLAIN = "plain"  # the usual programs, but neither cron nor systemd
    SYSTEMD = "systemd"


@dataclass
class Box:
    """A GPU server on the stage, and its profile here."""

    form: Form
    machine: Machine
    server: Server
    tools: str = ""
    line: str = ""

    @property
    def port(self) -> int:
        return self.server.route.port

    def terminal(self) -> WebTerminal:
        """A new tab of the person's browser; reading the login files, as such pages do."""
        shell = "/bin/sh" if self.tools else "/bin/bash"
        return WebTerminal(self.machine, USER, shell=shell, tools=self.tools, login=True)


class Stage:
    """``with Stage(folder, keys) as stage``; then ``set_up``, ``add_box``, ``bring_online``."""

    def __init__(self, folder: Path, keys: KeyStore, *, relay_has_systemd: bool = False) -> None:
        self.folder = folder
        self.keys = keys
        self.network = Network(folder / "network", relay_has_systemd=relay_has_systemd)
        self.boxes: list[Box] = []
        self.pc_key = ComputerKey(keys.key("pc"), public_line(keys.key("pc")))
        self.secrets = Secrets()
        self._relay: Relay | None = None
        self._watch: Watch | None = None
        self._ports = 0

    def __enter__(self) -> Self:
        self.network.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watch is not None:
            self._watch.end()
        self.network.stop()

    # --- the relay --------------------------------------------------------------------------------------

    @property
    def machine(self) -> Machine:
        """The relay's."""
        return self.network.relay

    @property
    def relay(self) -> Relay:
        """The person's profile of it."""
        assert self._relay is not None
        return self._relay

    @property
    def watch(self) -> Watch:
        """Who tells when a server's sshd answers at the relay."""
        if self._watch is None:
            self._watch = Watch(self.machine, [FIRST_PORT + number for number in range(10)])
        return self._watch

    @property
    def account(self) -> str:
        """The one account for everything, where the relay was set up without root; else ""."""
        return self.relay.user if self.relay.setup is SetupMode.ACCOUNT else ""

    @property
    def host_keys(self) -> HostKeys:
        return HostKeys(self.folder / "known_hosts")

    def admit(self, rights: Rights) -> None:
        """The relay as the person got it: their key opens an account there. Its sshd runs from now on."""
        user = "root" if rights is Rights.ROOT else "admin"
        key = self.keys.key("admin")
        if rights is Rights.ROOT:
            self.machine.authorize("root", public_line(key))
        else:
            sudo = {Rights.SUDO_ASKS: "password", Rights.SUDO: "nopasswd"}.get(rights, "")
            self.machine.add_user("admin", key=public_line(key), sudo=sudo, password=PASSWORD)
        self.machine.start_sshd()
        admin = AdminLogin(user=user, identity=str(key))
        address = self.network.address
        self._relay = Relay(id="relay", name="lab", host=address, user=user, identity=str(key), admin=admin)
        self._relay = replace(self._relay, pc_id=self.pc_key.pc_id)
        known = "".join(f"{address} {key}\n" for key in self.machine.host_keys() if "ed25519" in key)
        (self.folder / "known_hosts").write_text(known, encoding="ascii")

    def shell(self, person: Person | None = None) -> RemoteShell:
        """The person's login at the relay, with the rights to set it up."""
        person = person or Person(SecretAnswer(PASSWORD))
        tools = tools_for(self.folder, person=person, secrets=self.secrets)
        return RemoteShell.connect(self.relay, tools, threading.Event())

    def plan(self, options: SetupOptions = SYSTEM) -> Plan:
        with self.shell() as shell:
            return relay_setup.plan(shell, self.relay, options, self.pc_key.line, self.host_keys)

    def apply(
        self,
        options: SetupOptions = SYSTEM,
        progress: Progress = lambda _report: None,
        cancelled: threading.Event | None = None,
    ) -> tuple[StepReport, ...]:
        """Raises what the set-up raises; the profile is then as after one that went through."""
        with self.shell() as shell:
            reports = relay_setup.apply(
                shell,
                self.relay,
                options,
                self.pc_key.line,
                self.host_keys,
                progress,
                cancelled or threading.Event(),
                identity=str(self.pc_key.path),
            )
        self._has_been_set_up(options.mode)
        return reports

    def _has_been_set_up(self, mode: SetupMode) -> None:
        assert self.relay.admin is not None
        user = self.relay.admin.user if mode is SetupMode.ACCOUNT else "relaytray-pc"
        self._relay = replace(self.relay, setup=mode, user=user, identity=str(self.pc_key.path))

    def drop_logins(self) -> None:
        """Every SSH connection to the relay breaks; its sshd stays."""
        listener = self.machine.read("/run/sshd.pid").strip()
        script = f"for one in $(pgrep -x sshd); do [ $one = {listener} ] || kill -9 $one; done"
        self.machine.run("sh", "-c", script)

    def undo(self) -> tuple[StepReport, ...]:
        with self.shell() as shell:
            return relay_setup.undo(
                shell, self.relay, self.host_keys, lambda _report: None, threading.Event()
            )

    def set_up(self, rights: Rights = Rights.ROOT) -> None:
        """All of it, for tests that begin there."""
        if self._relay is None:
            self.admit(rights)
        mode = SetupMode.ACCOUNT if rights is Rights.NONE else SetupMode.SYSTEM
        reports = self.apply(SetupOptions(mode=mode, with_bbr=False))
        bad = [report for report in reports if report.state is StepState.FAILED]
        assert not bad, bad

    # --- servers ----------------------------------------------------------------------------------------

    def add_box(self, form: Form, name: str = "") -> Box:
        name = name or str(form)
        machine = self.network.add_server(name, systemd=form is Form.SYSTEMD)
        machine.add_user(USER)
        machine.start_sshd()
        box = Box(form, machine, self.new_server(name))
        if form is Form.CONTAINER:
            box.tools = machine.few_tools("/few", ["sh", "ssh", "ssh-keygen"])
        elif form is Form.CRON:
            machine.start_cron()
        elif form is Form.PLAIN:
            machine.remove_programs("crontab", "cron", "systemctl", "loginctl")
        self.boxes.append(box)
        return box

    def new_server(self, name: str) -> Server:
        """A profile with a port of its own."""
        self._ports += 1
        route = ReverseRoute(port=FIRST_PORT + self._ports - 1)
        return Server(id=name, alias=name, relay_id=self.relay.id, route=route)

    def line_for(self, box: Box, options: LineOptions | None = None) -> str:
        """What the person copies; the profile waits for it from then on."""
        with self.shell() as shell:
            issued = enrolment.issue(
                shell, self.relay, box.server, options or LineOptions(), person_key=self.pc_key.line
            )
        assert issued.route_port == box.port
        box.server = replace(box.server, enrolment=issued.enrolment)
        box.line = issued.line.text
        return box.line

    def report_of(self, box: Box) -> ServerReport | None:
        with self.shell() as shell:
            return enrolment.report(shell, self.relay, box.server)

    def bring_online(self, box: Box) -> ServerReport:
        """The person pastes the line and closes the tab; the server turns online, its host keys pinned."""
        line = self.line_for(box)
        with box.terminal() as terminal:
            terminal.answer_to(line, END_OF_LINE, timeout_s=60)
        self.watch.wait_up(box.port)
        report = self.report_of(box)
        assert report is not None
        self.pin(box, report)
        return report

    def bring_all_online(self) -> dict[Form, ServerReport]:
        """Side by side: most of a line's time is waiting."""
        with ThreadPoolExecutor(len(self.boxes)) as pool:
            return dict(
                zip([box.form for box in self.boxes], pool.map(self.bring_online, self.boxes), strict=True)
            )

    # --- the person's computer --------------------------------------------------------------------------

    def pin(self, box: Box, report: ServerReport) -> None:
        """As the program does it: from the report, under the server's full name."""
        lines = [f"{box.server.full_name} {key}\n" for key in report.host_keys]
        self._pinned(box).write_text("".join(lines), encoding="ascii")

    def ssh(self, box: Box, command: str) -> subprocess.CompletedProcess[str]:
        """The real ssh through the relay to the server, which must have the pinned key."""
        port = ["-W", f"127.0.0.1:{box.port}", f"{self.relay.user}@{self.network.address}"]
        way = " ".join(["ssh", *self._options(self.folder / "known_hosts"), *port])
        words = ["ssh", *self._options(self._pinned(box)), "-o", f"HostKeyAlias={box.server.full_name}"]
        words += ["-o", f"ProxyCommand={way}", f"{USER}@{box.server.alias}", command]
        return subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=40)

    def wait_gone(self, box: Box) -> None:
        deadline = Deadline(40, f"the tunnel of {box.server.alias} to end")
        while box.machine.command_lines("relaytray", USER):
            deadline.wait()

    def _pinned(self, box: Box) -> Path:
        return self.folder / f"{box.server.alias}.known_hosts"

    def _options(self, known_hosts: Path) -> list[str]:
        told = ("BatchMode=yes", "IdentitiesOnly=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=15")
        words = ["-F", "/dev/null", "-i", str(self.pc_key.path), "-o", f"UserKnownHostsFile={known_hosts}"]
        return [*words, *(word for option in told for word in ("-o", option))]
