"""What can happen to a computer's way by v2ray or Xray, and how long its own SOCKS port is without an answer.

The hybrid: the relay's core hands on to the port that the server's ``ssh -R`` holds. On this computer runs
the real program (``relaytray connect``), with its user id in a real keyring; ``ssh`` goes by the config that
it printed. "Back" is an answer of the server's sshd through the program's port.
"""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from app.core.provisioning import LineOptions
from app.core.routes import RouteKind
from app.core.v2ray_route import Core
from app.provision.server_desk import ServerDesk
from app.provision.v2ray_desk import V2rayDesk
from tests.other_ends import bridge_stories
from tests.other_ends.bridge_stories import Scene, Told
from tests.other_ends.bridges import UNIT, BridgeStage
from tests.other_ends.computer import Computer
from tests.other_ends.stage import END_OF_LINE, USER, Form, Stage
from tests.peers import processes
from tests.peers.keys import KeyStore
from tests.peers.ports import free_port

CUT_S = 60.0
_SILENT_CABLE = """\
table ip cable {
  chain everything {
    type filter hook prerouting priority -400; policy accept;
    iifname "pc0" drop
  }
}
"""
_NO_SSH_FROM_HERE = """\
table ip nossh {
  chain everything {
    type filter hook input priority -10; policy accept;
    iifname "pc0" tcp dport 22 drop
  }
}
"""


@dataclass
class HybridScene(Scene):
    """``driver`` is the real program here."""

    driver: Computer  # type: ignore[assignment]


@contextlib.contextmanager
def hybrid_scene(folder: Path, keys: KeyStore, core: Core) -> Iterator[HybridScene]:
    """From an empty relay to the program on this computer: permitted, and not started yet."""
    with Stage(folder, keys, relay_has_systemd=True) as stage:
        stage.set_up()
        bridges = BridgeStage(stage, core)
        bridged = bridges.add_box(Form.PLAIN)
        lab, box = bridged.lab, bridged.box
        box.line = ServerDesk(lab.ground).bootstrap_line(box.server.id, LineOptions(), lab.cancelled).text
        box.server = lab.server
        with box.terminal() as terminal:
            terminal.answer_to(box.line, END_OF_LINE, timeout_s=90)
        stage.watch.wait_up(box.port)
        V2rayDesk(lab.ground).permit_v2ray(box.server.id, (22,), threading.Event())
        document = lab.store.load()
        relay = replace(document.relays[0], socks_port=free_port())
        server = replace(document.servers[0], user=USER, routes=(RouteKind.V2RAY,))
        known = (stage.folder / "known_hosts").read_text(encoding="ascii")
        known += "".join(f"{server.full_name} {key}\n" for key in box.machine.host_keys())
        document = replace(document, relays=(relay,), servers=(server,))
        with Computer(folder / "pc", document, known, bridged.user_id) as computer:
            yield HybridScene(bridges, bridged, computer, folder)


# --- the stories --------------------------------------------------------------------------------------------


def it_connects(on: HybridScene) -> Told:
    seconds = on.driver.start()
    assert on.ssh("hostname") == f"{on.driver.alias}\n", "ssh by the printed config"
    return Told("the program starts, with v2ray as its only way", on.stage.core, seconds)


def file_goes_and_comes(on: HybridScene) -> Told:
    return bridge_stories.file_goes_and_comes(on)


def core_here_is_killed(on: HybridScene) -> Told:
    return bridge_stories.core_here_is_killed(on)


def core_at_relay_is_killed(on: HybridScene) -> Told:
    return bridge_stories.core_at_relay_is_killed(on)


def core_at_relay_restarts(on: HybridScene) -> Told:
    return on.measured(
        "the core on the relay is restarted", lambda: on.stage.relay.must_run("systemctl", "restart", UNIT)
    )


def cable_is_cut(on: HybridScene) -> Told:
    disk = on.stage.relay.disk
    return on.measured(
        f"the cable of this computer is cut for {CUT_S:.0f} s, silently",
        lambda: disk.call("nft", "-f", "-", text=_SILENT_CABLE),
        lambda: _must_be_away(on),
        lambda: time.sleep(CUT_S),  # the length of the trouble, not a wait for anything
        lambda: disk.call("nft", "delete", "table", "ip", "cable"),
    )


def _must_be_away(on: HybridScene) -> None:
    assert not on.asks(), "the trouble is none"


def nobody_sees_the_user_id(on: HybridScene) -> Told:
    """Not on a command line, in an environment, in the log, nor in a file of the program's."""
    found, looked_at = on.driver.places_with_the_user_id()
    assert not found
    log = on.driver.log()
    assert "v2ray" in log.lower() or "xray" in log.lower(), "the log tells of the core at all"
    note = f"{looked_at} places"
    return Told("the user id is looked for: found nowhere", on.stage.core, 0.0, note)


def program_is_killed(on: HybridScene) -> Told:
    """Nothing that it has started is left."""
    family = psutil.Process(on.driver.pid).children(recursive=True)
    assert family, "it runs a core"
    began = time.monotonic()
    on.driver.kill()
    processes.wait_gone(family, 30)
    seconds = time.monotonic() - began
    on.driver.end()
    assert not on.asks()
    return Told("kill -9 of the program: its core is gone", on.stage.core, seconds)


def ssh_is_blocked(on: HybridScene) -> Told:
    """SSH first, v2ray second: the way changes by itself."""
    on.driver.prefer(RouteKind.REVERSE, RouteKind.V2RAY)
    on.driver.start()
    assert on.driver.events[-1]["route"] == RouteKind.REVERSE
    on.stage.relay.disk.call("nft", "-f", "-", text=_NO_SSH_FROM_HERE)
    began = time.monotonic()
    on.driver.wait_for_route(RouteKind.V2RAY)
    seconds = time.monotonic() - began
    on.back()
    return Told("SSH from here is blocked, silently: by v2ray", on.stage.core, seconds)


def ssh_is_back(on: HybridScene) -> Told:
    on.stage.relay.disk.call("nft", "delete", "table", "ip", "nossh")
    began = time.monotonic()
    on.driver.wait_for_route(RouteKind.REVERSE)
    seconds = time.monotonic() - began
    on.back()
    return Told("SSH from here passes again: by SSH", on.stage.core, seconds)


STORIES: tuple[Callable[[HybridScene], Told], ...] = (
    it_connects,
    file_goes_and_comes,
    core_here_is_killed,
    core_at_relay_is_killed,
    core_at_relay_restarts,
    cable_is_cut,
    nobody_sees_the_user_id,
    program_is_killed,
    ssh_is_blocked,
    ssh_is_back,
)


def tell_all(keys: KeyStore, cores: Sequence[Core], on_told: Callable[[Told], None]) -> None:
    """The cores side by side, each story after the other."""

    def of(core: Core) -> None:
        with (
            tempfile.TemporaryDirectory(prefix=f"hybrid-{core}-") as folder,
            hybrid_scene(Path(folder), keys, core) as on,
        ):
            for story in STORIES:
                on_told(story(on))

    for name in ("pc", "admin"):
        keys.key(name)  # two threads must not make the same one
    with ThreadPoolExecutor(len(cores), thread_name_prefix="hybrids") as pool:
        list(pool.map(of, cores))
