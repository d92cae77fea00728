"""A loopback Lightsail, a real sshd on its machines, and the desk that makes and removes them."""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.core.cloud import CloudOutcome, CloudReport, NewMachine
from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document, Relay
from app.provision.lightsail import account as account_module
from app.provision.lightsail.desk import LightsailDesk
from app.provision.surroundings import Ground
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.transport.link import Tools
from tests.peers.keys import KeyStore, public_line
from tests.peers.lightsail import LoopbackLightsail, own_address
from tests.peers.sshd import Sshd
from tests.provision.desk_lab import Profiles
from tests.transport.shell_peers import tools_for

ADDRESS = own_address()  # nobody else's port 22
WANTED = NewMachine(name="Tokyo 1", region="ap-northeast-1")

needs_root = pytest.mark.skipif(
    getattr(os, "geteuid", lambda: 1)() != 0, reason="port 22 of a loopback address needs root"
)


_new_session = account_module._session
_sessions: dict[tuple[str | None, ...], object] = {}


def _kept_session(account: str) -> object:
    """Reading the model of the service takes longer than all else in a run: once for the same credentials."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION")
    files = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
    if account or {os.environ.get(name) for name in files} != {"/dev/null"}:
        return _new_session(account)
    address = os.environ.get("AWS_ENDPOINT_URL_LIGHTSAIL")
    key = (address, *(os.environ.get(name) for name in names))
    if key not in _sessions:
        _sessions[key] = _new_session(account)
    return _sessions[key]


def started_machine(folder: Path) -> Iterator[Sshd]:
    lines = [f"ListenAddress {ADDRESS}:22"]
    sshd = Sshd(folder / "sshd", keys=KeyStore(folder / "keys"), config_lines=lines).start()
    yield sshd
    sshd.stop()


def started_service(machine: Sshd, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackLightsail]:
    machine.authorize("")
    host_keys = tuple(" ".join(public_line(key).split()[:2]) for key in machine.host_keys.values())
    with LoopbackLightsail(
        address=ADDRESS, user=machine.user, host_keys=host_keys, on_key=machine.authorize
    ) as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(account_module, "_TRIES", 1)  # what goes wrong once is told
        monkeypatch.setattr(account_module, "_session", _kept_session)
        yield started


class LookAlike:
    """Where hundreds of logins would tell no more than one: it looks at what a login would look at."""

    def __init__(self, machine: Sshd) -> None:
        self._machine = machine
        self.logins = 0

    @contextlib.contextmanager
    def connect(self, relay: Relay, tools: Tools, _cancelled: threading.Event) -> Iterator[LookAlike]:
        pinned = [key.fingerprint for key in tools.host_keys.pinned(relay.host)]
        assert (relay.host, relay.user, pinned) == (
            ADDRESS,
            self._machine.user,
            [self._machine.fingerprint()],
        )
        let_in = (self._machine.folder / "authorized_keys").read_text(encoding="ascii")
        assert let_in.split() == public_line(Path(relay.identity)).split()[:2]
        self.logins += 1
        yield self

    def run(self, command: str, *, what: str) -> None: ...


class Lab:
    def __init__(self, folder: Path, *, patience_s: float = 60.0) -> None:
        self.paths = Paths.at(folder / "data")
        self.paths.root.mkdir(exist_ok=True)
        store = DocumentStore(self.paths)
        store.save(Document())
        self.profiles = Profiles(Document(), tools_for(folder, ""))
        ground = Ground(self.paths, store, self.profiles, self.profiles.replace_document)
        self.desk = LightsailDesk(ground, poll_s=0.01, patience_s=patience_s)
        self.store = store
        self.cancelled = threading.Event()
        self.heard: list[CloudReport] = []

    def create(self, wanted: NewMachine = WANTED) -> CloudOutcome:
        self.cancelled.clear()
        return self.desk.create(wanted, self.heard.append, self.cancelled)

    def fault_of_creation(self) -> FaultCode | None:
        try:
            return fault_code(self.create())
        except RelayTrayError as e:  # before anything was begun
            return e.fault.code

    def destroy(self, name: str = WANTED.name) -> CloudOutcome:
        self.cancelled.clear()
        return self.desk.destroy(name, self.heard.append, self.cancelled)

    def is_removal_refused(self) -> bool:
        try:
            return self.destroy().fault is not None
        except RelayTrayError:  # before anything was asked for
            return True

    def kept(self, service: LoopbackLightsail) -> Callable[[], None]:
        """What is in the account and on this computer now; the answer brings it back, as often as asked."""
        folder = self.paths.root.with_name(f"kept-{len(list(self.paths.root.parent.iterdir()))}")
        shutil.copytree(self.paths.root, folder)
        regions, changes = copy.deepcopy(service.regions), service.changes.copy()

        def bring_back() -> None:
            shutil.rmtree(self.paths.root)
            shutil.copytree(folder, self.paths.root)
            self.profiles.document = self.store.load()
            service.regions, service.changes = copy.deepcopy(regions), changes.copy()

        return bring_back

    def records(self) -> list[str]:
        folder = self.paths.root / "cloud"
        return sorted(path.name for path in folder.glob("*")) if folder.exists() else []

    def must_be_made(self, service: LoopbackLightsail) -> None:
        (relay,) = self.store.load().relays
        assert (relay.name, relay.host, relay.port) == (WANTED.name, ADDRESS, 22)
        region = service.regions[WANTED.region]
        assert (len(region.instances), len(region.addresses), len(region.key_pairs)) == (1, 1, 1)
        (instance,) = region.instances.values()
        assert instance["ports"] == [(22, 22, "tcp")]
        assert service.changes["CreateInstance"] == 1
        assert service.changes["AllocateStaticIp"] == 1

    def must_be_gone(self, service: LoopbackLightsail) -> None:
        assert service.is_empty
        assert self.records() == []
        assert not list(self.paths.own_key.parent.glob("relaytray-*"))
        assert self.store.load().relays == ()


def fault_code(outcome: CloudOutcome) -> FaultCode | None:
    return None if outcome.fault is None else outcome.fault.code
