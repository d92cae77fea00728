"""A relay with systemd to be given v2ray or Xray by the desk, and clients that try what they may do there."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from app.core.profiles import Relay, ReverseRoute, Server
from app.core.provisioning import Plan, SetupOptions, Step, StepReport, V2rayOptions
from app.core.v2ray_route import Carrier, Core
from app.export.v2ray import v2ray4, xray
from app.provision.desk import SetUpDesk
from app.provision.setup_script import SetupScript
from app.provision.v2ray_step import V2rayStep
from app.secrets.names import SecretName
from app.transport.remote_shell import RemoteShell
from app.tunnel.core_end import carrier_of
from tests.peers import processes
from tests.peers.keys import KeyStore, public_line
from tests.peers.machines import Machine
from tests.peers.network import Network
from tests.peers.ports import Deadline, free_port, is_listening
from tests.peers.v2ray_cores import RunningCore
from tests.provision.desk_lab import DeskLab

PLACES = (
    "/etc",
    "/usr/local",
    "/usr/lib/relaytray",
    "/var/lib/relaytray",
    "/var/lib/systemd",
    "/home",
    "/root",
)
UNIT = "relaytray-v2ray.service"
FOLDER = "/etc/relaytray/v2ray"
FIRST, SECOND, OTHER = (
    22333,
    22444,
    8888,
)  # what ssh -R holds for two servers, and a service of the relay's own
_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WRITERS = {Core.V2RAY: v2ray4, Core.XRAY: xray}
_PATIENCE_S = 1.5  # of an attacker
# Each port of 127.0.0.1 says which it is, as an sshd does, and who came is written down.
_SERVICES = """
import socket, sys, threading
def serve(port):
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        came, _ = listener.accept()
        with open("/tmp/came", "a") as file:
            file.write(f"{port}\\n")
        came.sendall(b"SSH-2.0-port_%d\\r\\n" % port)
        threading.Thread(target=keep, args=(came,), daemon=True).start()
def keep(came):
    with came:
        while came.recv(4096):
            pass
for port in map(int, sys.argv[1:]):
    threading.Thread(target=serve, args=(port,)).start()
"""


class V2rayLab(DeskLab):
    def __init__(self, folder: Path, network: Network, keys: KeyStore, user: str = "root") -> None:
        self.network, self.machine = network, network.relay
        self.key, self.other_key = keys.key("login"), keys.key("pc")
        relay = Relay(id="r1", name="lab", host=network.address, user=user, identity=str(self.key))
        servers = [
            Server(id="s1", alias="lab-gpu", relay_id="r1", route=ReverseRoute(port=FIRST), user="me"),
            Server(id="s2", alias="other.gpu", relay_id="r1", route=ReverseRoute(port=SECOND), user="me"),
        ]
        known = "".join(f"{network.address} {key}\n" for key in self.machine.host_keys() if "ed25519" in key)
        super().__init__(folder, relay, *servers, known=known)
        self.before = relay
        self.desk = SetUpDesk(self.paths, self.store, self.profiles)
        self.told: list[StepReport] = []
        self._folder = folder

    # --- setting up ---------------------------------------------------------------------------------------

    def options(self, **changes: Any) -> SetupOptions:
        return SetupOptions(with_bbr=False, v2ray=V2rayOptions(**changes))

    def plan(self, **changes: Any) -> StepReport:
        return of_v2ray(self.desk.plan("r1", self.options(**changes), self.cancelled))

    def set_up(self, **changes: Any) -> StepReport:
        self.told = []
        reports = self.desk.set_up("r1", self.options(**changes), self.told.append, self.cancelled)
        return next(report for report in reports if report.step is Step.V2RAY)

    def remove(self) -> tuple[StepReport, ...]:
        return self.desk.remove("r1", lambda _report: None, self.cancelled)

    # --- the step alone, on a relay that was set up ---------------------------------------------------------

    def shell(self) -> RemoteShell:
        return RemoteShell.connect(self.relay, self.tools, self.cancelled)

    def check(self, **changes: Any) -> StepReport:
        with self.shell() as shell:
            return self._step(changes).check(self._script(shell))

    def apply(self, *, called_off_at: int = 101, **changes: Any) -> StepReport:
        """``called_off_at``: when so many percent of a program have been brought."""
        self.told = []

        def tell(report: StepReport) -> None:
            self.told.append(report)
            if any(int(note.details.get("percent", "0")) >= called_off_at for note in report.notes):
                self.cancelled.set()

        with self.shell() as shell:
            return self._step(changes).apply(self._script(shell), tell)

    def _step(self, changes: dict[str, Any]) -> V2rayStep:
        servers = self.store.load().servers
        return V2rayStep(self.relay, V2rayOptions(**changes), servers, self.tools.secrets)

    def _script(self, shell: RemoteShell) -> SetupScript:
        return SetupScript(shell=shell, relay=self.relay, options=self.options())

    # --- what is there ------------------------------------------------------------------------------------

    def id_of(self, alias: str) -> str:
        found: str = self.tools.secrets.keyring[SecretName("v2ray", alias)]
        return found

    def record(self) -> str:
        return self.machine.read(f"{FOLDER}/now/state.json")

    def unit(self, what: str) -> str:
        return self.machine.must_run("systemctl", "show", "--property", what, "--value", UNIT).strip()

    def files(self) -> dict[str, str]:
        return self.machine.snapshot(*PLACES)

    def listens(self, port: int) -> bool:
        return f":{port} " in self.machine.must_run("ss", "-ltn")

    @contextlib.contextmanager
    def services(self) -> Iterator[None]:
        """At the ports that ssh -R would hold, and at another one."""
        ports = [str(port) for port in (FIRST, SECOND, OTHER)]
        process = self.machine.launch("python3", "-c", _SERVICES, *ports)
        try:
            deadline = Deadline(20, "the services of the relay")
            while not all(self.machine.run("nc", "-z", "127.0.0.1", port).returncode == 0 for port in ports):
                deadline.wait()
            self.machine.run("rm", "-f", "/tmp/came")
            yield
        finally:
            processes.end_tree(process)

    def who_came(self) -> list[int]:
        told = self.machine.run("sh", "-c", "cat /tmp/came; rm -f /tmp/came").stdout
        return [int(line) for line in told.split()]

    @contextlib.contextmanager
    def banners(self) -> Iterator[tuple[int, int, int]]:
        """The same on this machine, which is the bridge's then."""
        ports = (free_port(), free_port(), free_port())
        words = [sys.executable, "-c", _SERVICES.replace("/tmp/came", os.devnull), *map(str, ports)]
        process = subprocess.Popen(words)
        try:
            deadline = Deadline(20, "the services of the server")
            while not all(map(is_listening, ports)):
                deadline.wait()
            yield ports
        finally:
            processes.end_tree(process)

    # --- clients ------------------------------------------------------------------------------------------

    def carrier(self) -> Carrier:
        """As this computer knows it by its profile."""
        relay = self.relay
        assert relay.carrier is not None
        return carrier_of(relay.carrier, dataclasses.replace(relay, port=relay.carrier.user_port))

    def client(self, user_id: str) -> Client:
        return Client(self.carrier(), user_id, self._folder)


class Client:
    """A PC's core with one id; ``ask`` says what answers behind it."""

    def __init__(self, carrier: Carrier, user_id: str, folder: Path) -> None:
        self._port = free_port()
        config = _WRITERS[carrier.core].client_config(carrier, user_id, self._port)
        self._core = RunningCore(carrier.core, folder / f"client-{self._port}", config, port=self._port)

    def __enter__(self) -> Self:
        self._core.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._core.__exit__(kind, value, trace)

    def ask(self, host: str, port: int, patience_s: float = 20.0) -> str:
        """The banner, or "" where nothing came: closed, or no answer within the patience."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=patience_s) as sock:
            name = host.encode()
            sock.sendall(b"\x05\x01\x00")
            assert sock.recv(2) == b"\x05\x00"
            sock.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + port.to_bytes(2))
            try:
                if sock.recv(10)[1:2] != b"\x00":
                    return ""
                sock.sendall(b"SSH-2.0-client\r\n")
                return sock.recv(100).decode().strip()
            except OSError:
                return ""

    def attack(self, *targets: tuple[str, int]) -> dict[tuple[str, int], str]:
        """All at once; what should not answer gets little patience."""
        with ThreadPoolExecutor(len(targets)) as pool:
            answers = pool.map(lambda target: self.ask(target[0], target[1], _PATIENCE_S), targets)
            return {target: answer for target, answer in zip(targets, answers, strict=True) if answer}


class CommandLineWatch:
    """Every command line and environment of this kernel that holds an id, while it is entered."""

    def __init__(self) -> None:
        self.seen: set[bytes] = set()
        self.looks = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="command-lines")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.is_set():
            for entry in os.scandir("/proc"):
                if entry.name.isdigit():
                    for file in ("cmdline", "environ"):
                        with contextlib.suppress(OSError):
                            self.seen.update(_UUID.findall(Path(entry.path, file).read_bytes()))
            self.looks += 1


def of_v2ray(plan: Plan) -> StepReport:
    return next(report for report in plan.steps if report.step is Step.V2RAY)


def make_relay(network: Network, keys: KeyStore) -> Machine:
    key = public_line(keys.key("login"))
    network.relay.authorize("root", key)
    network.relay.start_sshd()
    return network.relay


def the_program() -> str:
    found = shutil.which("v2ray")
    assert found is not None, "v2ray is not installed"
    return found
