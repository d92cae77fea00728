"""A stage whose servers also have a bridge of the real v2ray or Xray, and the program that goes by it.

The relay is set up as for a person, with systemd; the bridges come by pasted lines.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from app.core.provisioning import LineOptions, SetupOptions, StepState, V2rayOptions
from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from app.provision.server_desk import ServerDesk
from app.provision.setup_script import SetupScript
from app.provision.v2ray_step import V2rayStep
from app.secrets import SecretName
from tests.other_ends.stage import END_OF_LINE, USER, Box, Form, Stage
from tests.peers import processes
from tests.peers.machines import Machine
from tests.peers.ports import Deadline, free_port
from tests.provision.desk_lab import DeskLab
from tests.tunnel.driver import Driver, run

UNIT = "relaytray-v2ray.service"


@dataclass
class Bridged:
    """One server's; ``lab`` has the person's profiles of it and of the relay."""

    box: Box
    lab: DeskLab

    @property
    def user_id(self) -> str:
        return self.lab.tools.secrets.get(SecretName("v2ray", self.box.server.alias)) or ""


class BridgeStage:
    """``stage`` has been set up as root, on a relay with systemd; it gets ``core`` here."""

    def __init__(self, stage: Stage, core: Core) -> None:
        self.stage, self.core = stage, core
        step = V2rayStep(stage.relay, V2rayOptions(core=core), (), stage.secrets)
        with stage.shell() as shell:
            script = SetupScript(shell=shell, relay=stage.relay, options=SetupOptions())
            report = step.apply(script, lambda _report: None)
        assert report.state is StepState.DONE, report

    # --- the relay --------------------------------------------------------------------------------------

    @property
    def relay(self) -> Machine:
        return self.stage.machine

    def core_at_relay(self) -> psutil.Process:
        return _core_of(self.relay, "/etc/relaytray/v2ray/now/config.json")

    def kill_core(self) -> None:
        """systemd starts it again."""
        old = self.core_at_relay()
        old.kill()
        processes.wait_gone([old], 10)

    # --- servers ----------------------------------------------------------------------------------------

    def add_box(self, form: Form, name: str = "", *, tools: Sequence[str] = ()) -> Bridged:
        box = self.stage.add_box(form, name)
        if form is Form.CONTAINER:
            box.tools = box.machine.few_tools("/fewer", ["sh", "ssh", "ssh-keygen", "chmod", *tools])
        server = replace(box.server, identity=str(self.stage.pc_key.path))
        known = (self.stage.folder / "known_hosts").read_text(encoding="ascii")
        folder = self.stage.folder / f"profiles-{server.alias}"
        folder.mkdir()
        lab = DeskLab(folder, self.stage.relay, server, known=known, secrets=self.stage.secrets)
        return Bridged(box, lab)

    def line_for(self, bridged: Bridged) -> str:
        """What the person copies."""
        box, lab = bridged.box, bridged.lab
        desk = ServerDesk(lab.ground)
        box.line = desk.bootstrap_line(box.server.id, LineOptions(bridge=True), lab.cancelled).text
        box.server = lab.server
        return box.line

    def bring_online(self, bridged: Bridged) -> str:
        """The person pastes the line; what it says is returned. The server is online by SSH."""
        box = bridged.box
        line = self.line_for(bridged)
        with box.terminal() as terminal:
            shown = terminal.answer_to(line, END_OF_LINE, timeout_s=90)
        self.stage.watch.wait_up(box.port)
        return shown

    # --- the person's computer --------------------------------------------------------------------------

    def driver(self, bridged: Bridged, folder: Path) -> Driver:
        """The program, with v2ray as its only way to this server."""
        document = bridged.lab.store.load()
        relay = replace(document.relays[0], socks_port=free_port())
        server = replace(document.servers[0], user=USER, routes=(RouteKind.V2RAY,))
        driver = Driver(folder, replace(document, relays=(relay,), servers=(server,)))
        keys = bridged.box.machine.host_keys()
        known = "".join(f"{server.full_name} {key}\n" for key in keys)
        driver.known_hosts.write_text(known, encoding="ascii")
        driver.secrets.keep_for_session(SecretName("v2ray", server.alias), bridged.user_id)
        return driver

    def ssh(self, driver: Driver, bridged: Bridged, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The real ssh through the program's SOCKS port."""
        alias = bridged.box.server.alias
        options = driver.ssh_options(self.stage.pc_key.path, alias)
        words = (*options, "-oConnectTimeout=15", f"{USER}@{alias}", *words)
        return run("ssh", *words, timeout_s=20)

    def block_ssh(self) -> None:
        """Nothing gets to the relay's sshd any more, and what was there is silent; all else goes on.

        As at many clouds, what belongs to no known connection is not refused either: it is not there.
        """
        self.relay.disk.call("nft", "-f", "-", text=_NO_SSH)

    def cut_from_here(self) -> None:
        """Between this computer and the relay nothing passes any more, and nobody is told."""
        self.relay.disk.call("nft", "-f", "-", text=_NO_COMPUTER)

    def restore_from_here(self) -> None:
        self.relay.disk.call("nft", "delete", "table", "ip", "nocomputer")

    def permit_ssh(self) -> None:
        self.relay.disk.call("nft", "delete", "table", "ip", "nossh")


_NO_SSH = """\
table ip nossh {
  chain everything {
    type filter hook input priority -10; policy accept;
    tcp dport 22 drop
    ct state new tcp flags & (fin | syn | rst | ack) != syn drop
  }
}
"""


_NO_COMPUTER = """\
table ip nocomputer {
  chain coming {
    type filter hook prerouting priority -400; policy accept;
    iifname "pc0" drop
  }
  chain going {
    type filter hook postrouting priority 400; policy accept;
    oifname "pc0" drop
  }
}
"""


def core_at_server(bridged: Bridged) -> psutil.Process:
    return _core_of(bridged.box.machine, ".core-config")


def _core_of(machine: Machine, ending: str) -> psutil.Process:
    deadline = Deadline(60, f"the core on {machine.name} to run")
    while True:
        for process in machine.processes():
            try:
                words = process.cmdline()
                if words and words[-1].endswith(ending) and process.name() != "sh":
                    return process
            except psutil.Error:
                continue
        deadline.wait()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
