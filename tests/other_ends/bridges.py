"""A stage whose servers also have a bridge of the real v2ray or Xray, and the person's program, which goes there.

The relay's program is started here by hand, with the configuration that a set-up would write; the bridge comes
by the pasted line, as it does for a person.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from app.core.profiles import Document, Server
from app.core.provisioning import LineOptions
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Carrier, Core, RoutedServer
from app.provision import bridge
from app.secrets import SecretName
from tests.other_ends.stage import END_OF_LINE, USER, Box, Form, Stage
from tests.peers import processes
from tests.peers.machines import Machine
from tests.peers.ports import Deadline, free_port
from tests.peers.v2ray_ends import WRITERS, new_uuid, x25519_pair
from tests.tunnel.driver import Driver, run

PROGRAMS = "/usr/local/libexec/relaytray"
TUNNEL_PORT, USER_PORT = 16823, 16824
_CONFIG = "/etc/lab-core.json"
_RUN_MODULE = (
    "import sys; sys.path.insert(0, '{folder}'); import xray; xray.startFromJSON(open('{config}').read())"
)
_AGAIN = "setsid sh -c 'while :; do {command} >/dev/null 2>&1; sleep 1; done' </dev/null >/dev/null 2>&1 &"


@dataclass
class Bridged:
    """One server's."""

    box: Box
    routed: RoutedServer


class BridgeStage:
    """``stage`` has been set up as root; its relay gets ``core`` here."""

    def __init__(self, stage: Stage, core: Core) -> None:
        self.stage, self.core = stage, core
        private, public = x25519_pair()
        self.carrier = Carrier(
            core=core, host=stage.network.address, tunnel_port=TUNNEL_PORT, user_port=USER_PORT,
            decryption_key=private, encryption_key=public,
        )  # fmt: skip
        self.servers: list[Bridged] = []
        self._bring_core()

    # --- the relay --------------------------------------------------------------------------------------

    @property
    def relay(self) -> Machine:
        return self.stage.machine

    def _bring_core(self) -> None:
        """As the set-up leaves it: v2ray as a program, Xray as a module for Python."""
        self.relay.must_run("mkdir", "-p", f"{PROGRAMS}/cores/xray-python/xray")
        if self.core is Core.V2RAY:
            self.relay.must_run("cp", "/usr/bin/v2ray", f"{PROGRAMS}/cores/v2ray-x86_64")
            command = f"{PROGRAMS}/cores/v2ray-x86_64 -config {_CONFIG}"
        else:
            module = xray_module()
            there = f"{PROGRAMS}/cores/xray-python/xray/{module.name}"
            shutil.copyfile(module, self.relay.root / there.lstrip("/"))
            shutil.copyfile(
                module.with_name("__init__.py"),
                (self.relay.root / there.lstrip("/")).with_name("__init__.py"),
            )
            words = [
                "python3",
                "-c",
                _RUN_MODULE.format(folder=f"{PROGRAMS}/cores/xray-python", config=_CONFIG),
            ]
            self.relay.write("/usr/local/bin/lab-core", f"#!/bin/sh\nexec {shlex.join(words)}\n", 0o755)
            command = "/usr/local/bin/lab-core"
        self._write_config()
        self.relay.services.append(_AGAIN.format(command=command))
        self.relay.must_run("sh", "-c", self.relay.services[-1])

    def _write_config(self) -> None:
        routed = [one.routed for one in self.servers]
        self.relay.write(_CONFIG, WRITERS[self.core].relay_config(self.carrier, routed), 0o600)

    def core_at_relay(self) -> psutil.Process:
        deadline = Deadline(20, "the relay's core to run")
        while True:
            for process in self.relay.processes():
                try:
                    if _CONFIG in process.cmdline()[-1] and process.name() != "sh":
                        return process
                except (psutil.Error, IndexError):
                    continue
            deadline.wait()

    def restart_core(self) -> None:
        """It is started again at once, by what started it."""
        old = self.core_at_relay()
        old.kill()
        processes.wait_gone([old], 10)
        self.core_at_relay()

    # --- servers ----------------------------------------------------------------------------------------

    def add_box(self, form: Form, name: str = "", *, tools: Sequence[str] = ()) -> Bridged:
        box = self.stage.add_box(form, name)
        if form is Form.CONTAINER:
            box.tools = box.machine.few_tools("/fewer", ["sh", "ssh", "ssh-keygen", "chmod", *tools])
        routed = RoutedServer(
            name=box.server.alias, tunnel_uuid=new_uuid(), watch_uuid=new_uuid(), user_uuids=(new_uuid(),)
        )
        self.servers.append(Bridged(box, routed))
        self._write_config()
        self.restart_core()
        return self.servers[-1]

    def line_for(self, bridged: Bridged) -> str:
        """What the person copies."""
        line = self.stage.line_for(bridged.box, LineOptions(bridge=True))
        with self.stage.shell() as shell:
            bridge.give(shell, self.stage.relay, bridged.box.server, self.carrier, bridged.routed)
        return line

    def bring_online(self, bridged: Bridged) -> str:
        """The person pastes the line; what it says is returned. The server is online by SSH."""
        box = bridged.box
        with box.terminal() as terminal:
            shown = terminal.answer_to(self.line_for(bridged), END_OF_LINE, timeout_s=90)
        self.stage.watch.wait_up(box.port)
        return shown

    # --- the person's computer --------------------------------------------------------------------------

    def driver(self, bridged: Bridged, folder: Path) -> Driver:
        """The program, with v2ray as its only way to this server."""
        server = self.profile(bridged)
        carrier = self.carrier
        relay = replace(
            self.stage.relay,
            socks_port=free_port(),
            carrier=V2rayCarrier(
                core=carrier.core,
                user_port=carrier.user_port,
                tunnel_port=carrier.tunnel_port,
                encryption_key=carrier.encryption_key,
            ),
        )
        driver = Driver(folder, Document(relays=(relay,), servers=(server,)))
        keys = bridged.box.machine.host_keys()
        driver.known_hosts.write_text(
            "".join(f"{server.full_name} {key}\n" for key in keys), encoding="ascii"
        )
        driver.secrets.keep_for_session(SecretName("v2ray", server.alias), bridged.routed.user_uuids[0])
        return driver

    def profile(self, bridged: Bridged) -> Server:
        return replace(
            bridged.box.server,
            v2ray=V2rayRoute(),
            routes=(RouteKind.V2RAY,),
            user=USER,
            identity=str(self.stage.pc_key.path),
        )

    def ssh(self, driver: Driver, bridged: Bridged, *words: str) -> subprocess.CompletedProcess[bytes]:
        """The real ssh through the program's SOCKS port."""
        alias = bridged.box.server.alias
        options = driver.ssh_options(self.stage.pc_key.path, alias)
        return run("ssh", *options, "-oConnectTimeout=15", f"{USER}@{alias}", *words)

    def block_ssh(self, blocked: bool = True) -> None:
        """Nothing gets to the relay's sshd any more; what was there is silent. Everything else goes on."""
        if not blocked:
            self.relay.disk.call("nft", "delete", "table", "ip", "nossh")
            return
        rule = "table ip nossh { chain c { type filter hook input priority -10; tcp dport 22 drop; }; }"
        self.relay.disk.call(
            "nft",
            "-f",
            "-",
            text=rule.replace("; }; }", "\n}\n}\n").replace("{ ", "{\n").replace("; ", ";\n"),
        )


def xray_module() -> Path:
    spec = importlib.util.find_spec("xray")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.glob("xray.cpython-*.so"))


def core_at_server(bridged: Bridged) -> psutil.Process:
    deadline = Deadline(40, f"the core of {bridged.box.server.alias} to run")
    while True:
        for process in bridged.box.machine.processes():
            try:
                if (
                    process.cmdline()[-1:]
                    and process.cmdline()[-1].endswith(".core-config")
                    and process.name() != "sh"
                ):
                    return process
            except psutil.Error:
                continue
        deadline.wait()


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
