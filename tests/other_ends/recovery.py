"""What can happen to a tunnel, and how long it takes until the server is online again, by itself.

Each story has a stage of its own; most of it is waiting, so ``Recoveries`` runs them side by side.
"""

from __future__ import annotations

import signal
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.other_ends.stage import Box, Form, Rights, Stage
from tests.peers.keys import KeyStore

PATIENCE_S = 150.0  # generous: what is asserted is that it comes back, not how fast
CUT_S = 61.0
HANG_S = 50.0


@dataclass(frozen=True)
class Recovery:
    """How long after the trouble's end the server's sshd answered at the relay again."""

    trouble: str
    form: Form
    keeper: str
    seconds: float

    def __str__(self) -> str:
        return f"{self.trouble:62} {self.form:10} {self.keeper:8} {self.seconds:6.1f} s"


@dataclass
class Act:
    """A stage with its servers online; ``keepers`` by form."""

    stage: Stage
    keepers: dict[Form, str]

    def measured(self, trouble: str, begin: Callable[[], None], end: Callable[[], None]) -> list[Recovery]:
        """``begin`` makes all servers of the stage unreachable, and ``end`` takes away what did so."""
        boxes, watch = self.stage.boxes, self.stage.watch
        before = [watch.listener(box.port) for box in boxes]
        assert all(before), "a server was not online to begin with"
        begin()
        end()
        ended = time.monotonic()
        return [self._back(trouble, box, old, ended) for box, old in zip(boxes, before, strict=True)]

    def _back(self, trouble: str, box: Box, old: str, ended: float) -> Recovery:
        """Every trouble here costs a link its life, and so the relay's listener is another one afterwards."""
        since = self.stage.watch.wait_up(box.port, PATIENCE_S, other_than=old)
        told = self.stage.ssh(box, "hostname")
        assert told.stdout == f"{box.server.alias}\n", told.stderr
        return Recovery(trouble, box.form, self.keepers[box.form], max(0.0, since - ended))


# --- the stories ------------------------------------------------------------------------------------------


def _killed_ssh(act: Act) -> list[Recovery]:
    ssh_of = [
        process
        for box in act.stage.boxes
        for process in box.machine.processes()
        if process.name() == "ssh" and process.username() != "root"
    ]
    return act.measured("the tunnel's ssh is killed (kill -9)", lambda: _kill(ssh_of), lambda: None)


def _kill(processes: Sequence[psutil.Process]) -> None:
    assert processes
    for process in processes:
        process.send_signal(signal.SIGKILL)


def _redial(act: Act) -> list[Recovery]:
    network = act.stage.network
    trouble = "the server's router redials and forgets its connections"
    return act.measured(trouble, network.cut, lambda: network.restore(with_new_address=True))


def _redial_without_root(act: Act) -> list[Recovery]:
    """The login user's sshd never lets go of a dead link's listener by itself."""
    network = act.stage.network
    trouble = "the router redials; the relay was set up without root"
    return act.measured(trouble, network.cut, lambda: network.restore(with_new_address=True))


def _long_cut(act: Act) -> list[Recovery]:
    network = act.stage.network

    def end() -> None:
        time.sleep(CUT_S)  # the length of the trouble, not a wait for anything
        network.restore()

    return act.measured(f"nothing passes for {CUT_S:.0f} s, silently", network.cut, end)


def _hung_sshd(act: Act) -> list[Recovery]:
    relay = act.stage.machine

    def end() -> None:
        time.sleep(HANG_S)
        relay.resume_sshd()

    return act.measured(f"the relay's sshd hangs for {HANG_S:.0f} s (kill -STOP)", relay.pause_sshd, end)


def _sshd_restart(act: Act) -> list[Recovery]:
    relay = act.stage.machine
    return act.measured("the relay's sshd and its sessions are restarted", relay.end_sshd, relay.start_sshd)


def _sshd_restart_without_root(act: Act) -> list[Recovery]:
    relay = act.stage.machine
    trouble = "sshd is restarted; the relay was set up without root"
    return act.measured(trouble, relay.end_sshd, relay.start_sshd)


def _relay_power_cut(act: Act) -> list[Recovery]:
    network = act.stage.network

    def begin() -> None:
        network.cut()  # nobody hears of it
        network.relay.power_off()

    def end() -> None:
        network.restore()
        network.relay.boot()

    return act.measured("the relay's power is cut, and it boots again", begin, end)


def _server_power_cut(act: Act) -> list[Recovery]:
    network = act.stage.network

    def begin() -> None:
        network.cut()
        for box in act.stage.boxes:
            box.machine.power_off()

    def end() -> None:
        network.restore(with_new_address=True)  # nobody is there to refuse what the relay still sends
        for box in act.stage.boxes:
            box.machine.boot()
            if act.keepers[box.form] == "loop":
                with box.terminal():
                    pass  # the person opens the page and closes it again: the login files do the rest

    return act.measured("the server's power is cut, its listener goes stale; it boots again", begin, end)


@dataclass(frozen=True)
class Story:
    """One after another on the same stage."""

    forms: Sequence[Form]
    troubles: Sequence[Callable[[Act], list[Recovery]]]
    rights: Rights = Rights.ROOT


STORIES = {
    "line": Story((Form.CONTAINER, Form.SYSTEMD), (_killed_ssh, _long_cut)),
    "relay": Story((Form.PLAIN, Form.CRON), (_hung_sshd, _sshd_restart, _relay_power_cut)),
    "server": Story(tuple(Form), (_redial, _server_power_cut)),
    "account": Story((Form.PLAIN,), (_redial_without_root, _sshd_restart_without_root), Rights.NONE),
}


class Recoveries:
    """All stories, side by side, from now on. ``of(name)`` waits for one of them."""

    def __init__(self, keys: KeyStore) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="recoveries-")
        self._pool = ThreadPoolExecutor(len(STORIES), thread_name_prefix="recovery")
        for name in ("pc", "admin"):
            keys.key(name)  # two threads must not make the same one
        self._told: dict[str, Future[list[Recovery]]] = {
            name: self._pool.submit(self._tell, Path(self._folder.name) / name, keys, story)
            for name, story in STORIES.items()
        }

    def of(self, name: str) -> list[Recovery]:
        return self._told[name].result(timeout=600)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._folder.cleanup()

    @staticmethod
    def _tell(folder: Path, keys: KeyStore, story: Story) -> list[Recovery]:
        folder.mkdir()
        with Stage(folder, keys) as stage:
            stage.set_up(story.rights)
            for form in story.forms:
                stage.add_box(form)
            act = Act(stage, {form: report.keeper for form, report in stage.bring_all_online().items()})
            return [recovery for trouble in story.troubles for recovery in trouble(act)]
