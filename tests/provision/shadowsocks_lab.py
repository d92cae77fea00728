"""A relay whose Shadowsocks is set up, the internet behind it, and people who use it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.profiles import Document
from app.core.provisioning import ShadowsocksOptions, Step, StepReport, StepState
from app.core.shadowsocks import SECRET_KIND, ShadowsocksServer
from app.provision.setup_script import SetupScript
from app.provision.shadowsocks_service import ShadowsocksStep
from app.secrets import SecretName
from tests.peers import processes, talkers
from tests.peers.keys import KeyStore, public_line
from tests.peers.network import Network
from tests.peers.shadowsocks_client import ShadowsocksClient
from tests.provision.setup_lab import SetupLab
from tests.transport.login_peers import Secrets

TALKER_PORT = 9001
WEB_PORT = 9080
# beside the relay: one address on the internet by either protocol, and what nobody may reach through it
SITE, SITE6 = "198.51.100.7", "2a00:77::2"
NEIGHBOURS = ("10.77.0.2", "169.254.169.254", "168.63.129.16", "100.64.7.7", "fd77::2")
_PYTHON = "/usr/bin/python3"


class ShadowsocksLab:
    """``with ShadowsocksLab(...) as lab``: the machine is logged in at as root; ``folder`` is the web's."""

    def __init__(self, folder: Path, keys: KeyStore) -> None:
        self.folder = folder
        self.network = Network(folder / "network", relay_has_systemd=True)
        self.keys = keys
        self.document = Document()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self) -> None:
        self.network.start()
        self.machine = self.network.relay
        self.machine.authorize("root", public_line(self.keys.key("login")))
        self.machine.start_sshd()
        self.setup = SetupLab(self.network, self.keys, self.folder)
        gateway, disk = self.network.gateway, self.machine.disk
        for address in (*NEIGHBOURS, SITE, SITE6):
            there = f"{address}/{64 if ':' in address else 24}"
            gateway.call("ip", "address", "add", there, "dev", "wan0", *_at_once(address))
        for address in ("10.77.0.1/24", "fd77::1/64", "2a00:77::1/64"):
            disk.call("ip", "address", "add", address, "dev", "gw0", *_at_once(address))
        for address in ("169.254.169.254", "168.63.129.16", "100.64.7.7", SITE):
            disk.call("ip", "route", "add", address, "dev", "gw0")

    def _stop(self) -> None:
        for process in self._processes:
            processes.end_tree(process, kill=True)
            assert process.stdout is not None
            process.stdout.close()
        self.network.stop()

    # --- what is there to be reached --------------------------------------------------------------------

    def start_talkers(self, names: dict[str, str]) -> None:
        """On the relay and beside it; and a name server that the relay asks."""
        script = str(Path(talkers.__file__))
        there = "/opt/talkers.py"  # the machine need not see where the tests lie
        self.machine.write(there, Path(script).read_text(encoding="utf-8"))
        self._begin(self.machine.words([_PYTHON, "-I", there, "talk", str(TALKER_PORT)]))
        self._begin([*self._outside, _PYTHON, "-I", script, "talk", str(TALKER_PORT)])
        table = "".join(f"{name}={addresses}\n" for name, addresses in names.items())
        self._begin([*self._outside, _PYTHON, "-I", script, "names", SITE], table)
        self.machine.write("/etc/resolv.conf", f"nameserver {SITE}\noptions timeout:1 attempts:1\n")

    def start_web(self) -> str:
        """The folder's files on the internet; the address of the first one."""
        words = [_PYTHON, "-I", "-u", "-m", "http.server", "--bind", SITE, "--directory", str(self.folder)]
        self._begin([*self._outside, *words, str(WEB_PORT)], ready="Serving HTTP")
        return f"http://{SITE}:{WEB_PORT}"

    @property
    def _outside(self) -> list[str]:
        return ["nsenter", "-t", str(self.network.gateway.pid), "--net", "--"]

    def _begin(self, words: list[str], text: str = "", ready: str = "ready") -> None:
        pipe = subprocess.PIPE
        process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL)
        self._processes.append(process)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text.encode())
        process.stdin.close()
        assert process.stdout.readline().startswith(ready.encode())

    # --- setting up -------------------------------------------------------------------------------------

    @property
    def secrets(self) -> Secrets:
        return self.setup.secrets

    def step(self, options: ShadowsocksOptions) -> ShadowsocksStep:
        return ShadowsocksStep(self.setup.relay, options, self.document, self.secrets)

    @contextmanager
    def script(self) -> Iterator[SetupScript]:
        with self.setup.shell() as shell:
            yield self.setup.script(shell)

    def check(self, options: ShadowsocksOptions) -> StepReport:
        with self.script() as script:
            return self.step(options).check(script)

    def apply(self, options: ShadowsocksOptions) -> StepReport:
        """As the desk does it: the profiles follow when it went well."""
        step = self.step(options)
        with self.script() as script:
            report = step.apply(script, lambda _report: None)
        self.document = step.after(self.document)
        return report

    def undo(self) -> StepState:
        with self.script() as script:
            done = script.run("undo", Step.SHADOWSOCKS, timeout_s=300)
            assert script.run("left", Step.SHADOWSOCKS).state == StepState.RIGHT
        self.document = Document()
        self.secrets.keyring.clear()
        return StepState(done.state)

    # --- using it ---------------------------------------------------------------------------------------

    def profile(self, *, for_phones: bool = False) -> ShadowsocksServer:
        (found,) = (one for one in self.document.shadowsocks if one.for_phones is for_phones)
        return found

    def password(self, *, for_phones: bool = False) -> str:
        name = SecretName(SECRET_KIND, self.profile(for_phones=for_phones).id)
        return self.secrets.keyring[name]

    def client(self, *, for_phones: bool = False) -> ShadowsocksClient:
        profile, password = self.profile(for_phones=for_phones), self.password(for_phones=for_phones)
        return ShadowsocksClient(self.folder, profile, password, udp=for_phones)


def _at_once(address: str) -> list[str]:
    """Without looking first whether somebody else has this address."""
    return ["nodad"] if ":" in address else []
