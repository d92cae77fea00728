"""What can happen to a bridge of v2ray or Xray, and how long the program's way by it is away. SSH is blocked.

The program on this computer has no other way to the server: its own SOCKS port leads there by v2ray alone,
and the relay's sshd lets nobody in. "Back" is an answer of the server's sshd through that port.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from app.core.states import ServerPhase
from app.core.v2ray_route import Core
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from tests.other_ends.bridges import Bridged, BridgeStage, core_at_server, digest
from tests.other_ends.recovery import PATIENCE_S
from tests.other_ends.stage import USER, Form, Stage
from tests.peers import processes
from tests.peers.keys import KeyStore
from tests.tunnel.driver import Driver, run

SHORT_CUT_S, LONG_CUT_S = 60.0, 300.0
FILE_MB = 200
FORMS = {Core.V2RAY: Form.SYSTEMD, Core.XRAY: Form.PLAIN}


@dataclass(frozen=True)
class Told:
    trouble: str
    core: Core
    seconds: float
    note: str = ""


@dataclass
class Scene:
    """One core, one server that is online by it, and the program, connected."""

    stage: BridgeStage
    bridged: Bridged
    driver: Driver
    folder: Path

    def asks(self) -> bool:
        """Whether the server's sshd says its first word through our SOCKS port, soon."""
        protocol = ClientProtocol(self.bridged.box.server.alias, 22)
        try:
            with socket.create_connection(("127.0.0.1", self.driver.socks_port), timeout=2.5) as sock:
                shake_hands(sock, protocol, lambda: sock.recv(1))
                if protocol.refusal is not None:
                    return False
                sock.sendall(b"SSH-2.0-t\r\n")
                return sock.recv(8, socket.MSG_WAITALL) == b"SSH-2.0-"
        except OSError:
            return False

    def back(self) -> float:
        """Seconds until it answers, and then also lets the person in."""
        began = time.monotonic()
        while not self.asks():
            if time.monotonic() - began > PATIENCE_S:
                raise TimeoutError(f"not back after {PATIENCE_S:.0f} s; {self.driver.manager.snapshot()}")
            time.sleep(0.2)
        seconds = time.monotonic() - began
        told = self.ssh("hostname")
        while not told and time.monotonic() - began < PATIENCE_S:  # a dead link may still take one in two
            told = self.ssh("hostname")
            seconds = time.monotonic() - began
        assert told == f"{self.bridged.box.server.alias}\n"
        return seconds

    def ssh(self, *words: str) -> str:
        """What it prints; "" when it comes to nothing: a link may die in its hands."""
        try:
            return self.stage.ssh(self.driver, self.bridged, *words).stdout.decode()
        except subprocess.TimeoutExpired:
            return ""

    def measured(self, trouble: str, *steps: Callable[[], object]) -> Told:
        """All steps but the last belong to the trouble; what comes after the last is counted."""
        for step in steps:
            step()
        return Told(trouble, self.stage.core, self.back())


@contextlib.contextmanager
def scene(folder: Path, keys: KeyStore, core: Core, form: Form) -> Iterator[Scene]:
    """From an empty relay to a program that is connected by v2ray, with SSH blocked."""
    with Stage(folder, keys, relay_has_systemd=True) as stage:
        stage.set_up()
        bridges = BridgeStage(stage, core)
        bridged = bridges.add_box(form)
        bridges.bring_online(bridged)
        bridges.block_ssh()
        with bridges.driver(bridged, folder / "pc") as driver:
            driver.manager.connect(driver.server_id)
            driver.wait_for_server(ServerPhase.CONNECTED, timeout_s=90)
            yield Scene(bridges, bridged, driver, folder)


# --- the stories --------------------------------------------------------------------------------------------


def file_goes_and_comes(on: Scene, megabytes: int = FILE_MB) -> Told:
    source, back = on.folder / "source", on.folder / "back"
    with source.open("wb") as file, open("/dev/urandom", "rb") as noise:
        for _ in range(megabytes):
            file.write(noise.read(1 << 20))
    alias = on.bridged.box.server.alias
    options = on.driver.ssh_options(on.stage.stage.pc_key.path, alias)
    began = time.monotonic()
    for pair in ((source, f"{USER}@{alias}:there"), (f"{USER}@{alias}:there", back)):
        done = run("scp", "-q", *options, *pair, timeout_s=300)
        assert done.returncode == 0, done.stderr
    seconds = time.monotonic() - began
    assert on.ssh("sha256sum", "there").split()[0] == digest(source) == digest(back)
    on.ssh("rm", "there")
    source.unlink()
    back.unlink()
    rate = 2 * megabytes / seconds
    return Told(
        f"a file of {megabytes} MB there and back, SHA-256 equal", on.stage.core, seconds, f"{rate:.0f} MB/s"
    )


def core_at_server_is_killed(on: Scene) -> Told:
    return on.measured("kill -9 of the core on the server", lambda: _kill(core_at_server(on.bridged)))


def core_at_relay_is_killed(on: Scene) -> Told:
    return on.measured("kill -9 of the core on the relay", on.stage.kill_core)


def core_here_is_killed(on: Scene) -> Told:
    return on.measured("kill -9 of the core on this computer", lambda: _kill(_core_here(on)))


def server_restarts(on: Scene) -> Told:
    machine = on.bridged.box.machine
    return on.measured("the server is restarted", machine.reboot, lambda: _opens_the_page(on))


def relay_restarts(on: Scene) -> Told:
    return on.measured("the relay is restarted", on.stage.relay.reboot)


def program_restarts(on: Scene) -> Told:
    def again() -> None:
        on.driver.manager.disconnect(on.driver.server_id)
        on.driver.wait_for_server(ServerPhase.OFF)
        on.driver.manager.connect(on.driver.server_id)

    return on.measured("the program disconnects and connects again", again)


def short_cut(on: Scene) -> Told:
    return _cut(on, SHORT_CUT_S)


def long_cut(on: Scene) -> Told:
    return _cut(on, LONG_CUT_S)


def own_cut(on: Scene) -> Told:
    steps = (on.stage.cut_from_here, lambda: time.sleep(SHORT_CUT_S), on.stage.restore_from_here)
    return on.measured(f"nothing passes between this computer and the relay for {SHORT_CUT_S:.0f} s", *steps)


def router_restarts(on: Scene) -> Told:
    network = on.stage.stage.network
    trouble = "the server's router redials, and nobody tells either end"
    return on.measured(trouble, network.cut, lambda: network.restore(with_new_address=True))


STORIES = (
    file_goes_and_comes,
    core_at_server_is_killed,
    core_at_relay_is_killed,
    core_here_is_killed,
    program_restarts,
    router_restarts,
    server_restarts,
    relay_restarts,
    own_cut,
    short_cut,
    long_cut,
)


def _cut(on: Scene, seconds: float) -> Told:
    network = on.stage.stage.network
    steps = (network.cut, lambda: time.sleep(seconds), network.restore)  # the trouble's length, no wait
    return on.measured(f"nothing passes for {seconds:.0f} s, silently", *steps)


def _opens_the_page(on: Scene) -> None:
    """Where a loop keeps the tunnel the person looks in once; the login files do the rest."""
    if on.bridged.box.form is Form.PLAIN:
        with on.bridged.box.terminal():
            pass


def _core_here(on: Scene) -> psutil.Process:
    """Of this program: it has its configuration on standard input. Another scene runs the other core."""
    sign = "stdin:" if on.stage.core is Core.V2RAY else "stdin.read"
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if words[:1] != ["/bin/sh"] and any(sign in word for word in words):
                return process
    raise AssertionError("the program runs no core")


def _kill(process: psutil.Process) -> None:
    process.kill()
    processes.wait_gone([process], 10)


# --- all of them, for the report ----------------------------------------------------------------------------


def tell_all(keys: KeyStore, cores: Sequence[Core], on_told: Callable[[Told], None]) -> None:
    """The cores side by side, each story after the other."""

    def of(core: Core) -> None:
        with (
            tempfile.TemporaryDirectory(prefix=f"bridge-{core}-") as folder,
            scene(Path(folder), keys, core, FORMS[core]) as on,
        ):
            for story in STORIES:
                on_told(story(on))

    for name in ("pc", "admin"):
        keys.key(name)  # two threads must not make the same one
    with ThreadPoolExecutor(len(cores), thread_name_prefix="bridges") as pool:
        list(pool.map(of, cores))
