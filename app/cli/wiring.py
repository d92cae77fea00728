"""What the command line is given by ``app.main``, which alone knows how everything is built."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from app.core.cloud import (
    CloudBill,
    CloudMarket,
    CloudOutcome,
    CloudPrice,
    CloudProgress,
    CloudRegion,
    NewMachine,
)
from app.core.diagnosis import Diagnosis, Examining
from app.core.events import Publish
from app.core.faults import Fault
from app.core.profiles import AdminLogin, Document, Enrolment, Server
from app.core.provisioning import BootstrapLine, LineOptions, Plan, Progress, SetupOptions, StepReport
from app.core.states import Snapshot
from app.export.mask import Mask
from app.integration.pictures import DecodePicture
from app.secrets import SecretStore
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths


class Manager(Protocol):
    """``app.tunnel.manager.TunnelManager``, as far as it is used here."""

    def start(self) -> None: ...
    def stop(self, deadline_s: float = 5.0) -> None: ...
    def connect(self, server_id: str) -> None: ...
    def connect_relay(self, relay_id: str) -> None: ...
    def disconnect(self, server_id: str) -> None: ...
    def disconnect_relay(self, relay_id: str) -> None: ...
    def connect_shadowsocks(self, shadowsocks_id: str) -> None: ...
    def disconnect_shadowsocks(self, shadowsocks_id: str) -> None: ...
    def snapshot(self) -> Snapshot: ...
    @property
    def document(self) -> Document: ...
    @property
    def tools(self) -> Any: ...  # app.transport.link.Tools
    def follow(self, load: Callable[[], Document]) -> None: ...
    def replace_document(self, document: Document) -> None: ...
    def trust(self, fingerprints: Sequence[str]) -> None: ...
    def open_for(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None: ...


class MakeManager(Protocol):
    def __call__(
        self,
        paths: Paths,
        document: Document,
        secrets: SecretStore,
        publish: Publish,
        trusted: Sequence[str] = (),
    ) -> Manager: ...


class Demo(Protocol):
    """``app.provision.demo.Demo``: a relay and a GPU server inside this process."""

    def start(self) -> object: ...
    def stop(self) -> None: ...
    def document(self) -> Document: ...
    @property
    def fingerprints(self) -> Sequence[str]: ...


@dataclass(frozen=True, kw_only=True)
class TrayRequest:
    """How the tray program is to start."""

    paths: Paths
    verbose: bool = False
    minimised: bool = False  # show no window at start, whatever the settings say
    qt_arguments: Sequence[str] = ()
    demo: Demo | None = None  # running; its profiles are already stored under ``paths``
    trusted: Sequence[str] = ()  # fingerprints accepted on first sight: those of the demo


@dataclass(frozen=True, kw_only=True)
class RemoteCommand:
    """A command to run on a server with the program's own SSH client, where there is no ssh program."""

    server: Server
    socks_port: int
    known_hosts: Path
    command: str


class Doctor(Protocol):
    """``app.provision.doctor.DoctorDesk``."""

    def examine(
        self, relay_id: str, server_id: str, examining: Examining, cancelled: threading.Event
    ) -> Diagnosis: ...
    def report(self, diagnoses: Sequence[Diagnosis], *, masked: bool) -> str: ...
    def mask(self) -> Mask: ...


@dataclass(frozen=True, kw_only=True)
class DoctorRequest:
    """What the doctor of a command works with."""

    paths: Paths
    document: Document
    tools: Any  # of the manager
    our_ports: Callable[[], Collection[int]]  # of a RelayTray that runs
    config: Path | None = None  # the person's ssh config, where it is another file


class SetUp(Protocol):
    """``app.provision.desk.SetUpDesk``."""

    def plan(
        self,
        relay_id: str,
        options: SetupOptions,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> Plan: ...
    def set_up(
        self,
        relay_id: str,
        options: SetupOptions,
        progress: Progress,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> tuple[StepReport, ...]: ...
    def removal_plan(self, relay_id: str, cancelled: threading.Event) -> Plan: ...
    def remove(
        self, relay_id: str, progress: Progress, cancelled: threading.Event
    ) -> tuple[StepReport, ...]: ...
    def bootstrap_line(
        self, server_id: str, options: LineOptions, cancelled: threading.Event
    ) -> BootstrapLine: ...
    def watch(
        self, server_id: str, on_state: Callable[[Enrolment], None], cancelled: threading.Event
    ) -> None: ...
    def removal_line(self, server_id: str) -> str: ...
    def remove_server(
        self, server_id: str, cancelled: threading.Event, also_there: bool
    ) -> tuple[Fault, ...]: ...
    def permit_v2ray(self, server_id: str, ports: tuple[int, ...], cancelled: threading.Event) -> None: ...
    def drop_v2ray(self, server_id: str, cancelled: threading.Event) -> None: ...


class BegunMachine(Protocol):
    """``app.provision.lightsail.record.MachineRecord``."""

    @property
    def name(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def price(self) -> float: ...


class Cloud(Protocol):
    """``app.provision.lightsail.desk.LightsailDesk``."""

    def regions(
        self, account: str = "", cancelled: threading.Event | None = None
    ) -> tuple[CloudRegion, ...]: ...
    def market(
        self, region: str, account: str = "", cancelled: threading.Event | None = None
    ) -> CloudMarket: ...
    def priced(self, wanted: NewMachine) -> CloudPrice: ...
    def begun(self) -> Sequence[BegunMachine]: ...
    def create(
        self, wanted: NewMachine, progress: CloudProgress, cancelled: threading.Event
    ) -> CloudOutcome: ...
    def destroy(
        self, name: str, progress: CloudProgress, cancelled: threading.Event, account_name: str = ""
    ) -> CloudOutcome: ...
    def billing(
        self, cancelled: threading.Event, on_region: Callable[[str], None] = ..., account: str = ""
    ) -> CloudBill: ...


@dataclass(frozen=True, kw_only=True)
class SetUpRequest:
    """What a command that sets up the other ends works with."""

    paths: Paths
    store: DocumentStore
    manager: Manager
    changed: Callable[[Document], object]  # hears of the profiles that were stored


@dataclass(frozen=True, kw_only=True)
class Wiring:
    make_manager: MakeManager
    make_secrets: Callable[[Callable[[Fault], None]], SecretStore]
    make_demo: Callable[[Path], Demo]
    make_doctor: Callable[[DoctorRequest], Doctor]
    make_setup: Callable[[SetUpRequest], SetUp]
    make_cloud: Callable[[SetUpRequest], Cloud]
    start_tray: Callable[[TrayRequest], int] | None = None  # None: PySide6 is not installed
    run_remote_command: Callable[[RemoteCommand], str] | None = None
    decode_picture: DecodePicture | None = None  # None: PySide6 is not installed
