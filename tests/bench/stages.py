"""Where experiments take place: a relay, a server, a target, and every forwarder already connected."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from app.core.profiles import Exit, ReverseRoute
from tests.bench import programs
from tests.bench.figures import DEFAULT, GCM, US
from tests.bench.programs import App, Way
from tests.peers.keys import KeyStore
from tests.peers.lab import Lab

LONG_RTT_MS, LONG_MBIT = 200.0, 1000.0


@dataclass
class Stage:
    lab: Lab
    folder: Path
    quick: bool
    echo_port: int  # targets: for small things, and for transfers
    bulk_port: int
    relay_port: int  # through the long line, where there is one
    ways: dict[str, Way] = field(default_factory=dict)
    apps: dict[str, App] = field(default_factory=dict)

    def add(self, way: Way) -> None:
        self.ways[way.key] = way

    def add_app(
        self, cleanup: contextlib.ExitStack, key: str = US, *, exit_: Exit = Exit.RELAY, route_port: int = 0
    ) -> App:
        """``route_port``: where the relay reaches the server's sshd; 0 = through the server's tunnel."""
        document = self.lab.document(port=self.relay_port)
        route = ReverseRoute(port=route_port or self.lab.route_port)
        servers = tuple(dataclasses.replace(server, exit=exit_, route=route) for server in document.servers)
        document = dataclasses.replace(document, servers=servers)
        folder = self.folder / f"data-{key}-{self.relay_port}"
        app = cleanup.enter_context(programs.app(folder, document, self.lab.fingerprints, key))
        self.apps[key] = app
        self.add(app.way)
        return app


@contextlib.contextmanager
def ground(quick: bool) -> Iterator[Stage]:
    """The lab and the targets, for all stages."""
    with contextlib.ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory()))
        lab = Lab(folder / "lab", KeyStore(folder / "keys"), permissive=True, prompt=True)
        cleanup.enter_context(lab)
        echo, bulk = (cleanup.enter_context(programs.target()) for _ in range(2))
        yield Stage(lab, folder, quick, echo, bulk, lab.relay_port)


def _bare(ground: Stage) -> Stage:
    return dataclasses.replace(ground, ways={}, apps={})


@contextlib.contextmanager
def loopback(ground: Stage) -> Iterator[Stage]:
    """RelayTray and every peer, side by side."""
    stage = _bare(ground)
    with contextlib.ExitStack() as cleanup:
        stage.add_app(cleanup).ask("up")
        lab = stage.lab
        stage.add(cleanup.enter_context(programs.ssh_d(lab, GCM, programs.GCM)))
        stage.add(cleanup.enter_context(programs.ssh_d(lab, DEFAULT)))
        stage.add(cleanup.enter_context(programs.forwarder(lab, "asyncssh", 0.25)))
        stage.add(cleanup.enter_context(programs.forwarder(lab, "paramiko", 0.25)))
        yield stage


@contextlib.contextmanager
def exit_at_server(ground: Stage) -> Iterator[Stage]:
    """Out at the server, through a link inside the link, beside out at the relay."""
    stage = _bare(ground)
    lab = stage.lab
    with contextlib.ExitStack() as cleanup:
        stage.add_app(cleanup).ask("up")
        stage.add_app(cleanup, "relaytray-exit", exit_=Exit.SERVER).ask("up")
        direct = stage.lab.server.port
        stage.add_app(cleanup, "relaytray-exit-direct", exit_=Exit.SERVER, route_port=direct).ask("up")
        config = jump_config(stage, GCM)
        jump = programs.ssh_d_words(
            "ssh-jump", lambda port: ["ssh", f"-F{config}", f"-ND127.0.0.1:{port}", "via-jump"]
        )
        stage.add(cleanup.enter_context(jump))
        route = cleanup.enter_context(programs.reverse_port(lab, stage.bulk_port))
        stage.add(dataclasses.replace(stage.ways[US], key="relaytray-route", target=route))
        yield stage


@contextlib.contextmanager
def long_line(ground: Stage, rtt_ms: float = LONG_RTT_MS, mbit: float = LONG_MBIT) -> Iterator[Stage]:
    """A long round trip between the clients and the relay."""
    with contextlib.ExitStack() as cleanup:
        stage = _bare(ground)
        stage.relay_port = cleanup.enter_context(programs.delay_link(stage.lab.relay_port, rtt_ms, mbit))
        stage.add_app(cleanup).ask("up")
        for key, options in ((GCM, [programs.GCM]), (DEFAULT, [])):
            peer = programs.ssh_d(stage.lab, key, *options, relay_port=stage.relay_port)
            stage.add(cleanup.enter_context(peer))
        stage.add(Way("ssh-jump", 0, 0))  # started anew for each figure
        yield stage


@contextlib.contextmanager
def alone(ground: Stage) -> Iterator[Stage]:
    """Nothing is running yet: the experiment starts what it needs."""
    stage = _bare(ground)
    for key in (US, GCM, "connect-proxy"):
        stage.add(Way(key, 0, 0))
    yield stage


def jump_config(stage: Stage, cipher: str = "") -> Path:
    """An ssh config with which ``ssh via-jump`` reaches the server through the relay, as people write it."""
    lab = stage.lab
    common = [
        f"  User {lab.user}",
        "  HostName 127.0.0.1",
        "  StrictHostKeyChecking no",
        "  UserKnownHostsFile /dev/null",
        "  LogLevel ERROR",
        "  IdentitiesOnly yes",
        "  IdentityAgent none",
        *(["  Ciphers aes128-gcm@openssh.com"] if cipher == GCM else []),
    ]
    jump = ["Host jump", f"  Port {stage.relay_port}", f"  IdentityFile {lab.person_key}", *common]
    server = ["Host via-jump", f"  Port {lab.route_port}", f"  IdentityFile {lab.server_key}"]
    path = stage.folder / f"jump-{stage.relay_port}-{cipher}"
    path.write_text("\n".join([*jump, *server, "  ProxyJump jump", *common]) + "\n", encoding="utf-8")
    return path


STAGES = {"loopback": loopback, "exit": exit_at_server, "long": long_line, "alone": alone}
