"""What the user interface needs from the rest of the program, as small protocols.

``app.main`` fills ``Parts`` with the real things; tests fill it with scripted ones.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from app.core.access import Offer, Offered, Taken
from app.core.cloud import (
    CloudBill,
    CloudMarket,
    CloudOutcome,
    CloudProgress,
    CloudRegion,
    NewMachine,
)
from app.core.diagnosis import Diagnosis, Examining
from app.core.events import Publish
from app.core.faults import Fault
from app.core.private_keys import Added, KeyKind, KeyLook, MadeKey, NewKey, RightsChange
from app.core.profiles import AdminLogin, Document, Enrolment, Relay, Server
from app.core.provisioning import BootstrapLine, LineOptions, Plan, Progress, SetupOptions, StepReport
from app.core.shadowsocks import ShadowsocksServer
from app.core.ssh_config_import import Preview
from app.core.states import Snapshot
from app.core.uses import Editor, SshConfigState, Uses
from app.log_setup import LogLine


class Shell(StrEnum):
    """The shells whose environment lines can be copied."""

    SH = "sh"
    POWERSHELL = "powershell"
    CMD = "cmd"


class ManagerPort(Protocol):
    """``app.tunnel.manager.TunnelManager``. Thread-safe; only ``stop`` blocks, and ``follow`` reads."""

    def start(self) -> None: ...
    def stop(self, deadline_s: float = 5.0) -> None: ...
    def connect(self, server_id: str) -> None: ...
    def connect_relay(self, relay_id: str) -> None: ...
    def disconnect(self, server_id: str) -> None: ...
    def disconnect_relay(self, relay_id: str) -> None: ...
    def check_now(self, reason: str) -> None: ...
    def snapshot(self) -> Snapshot: ...
    def follow(self, load: Callable[[], Document]) -> None: ...
    def retry_listeners(self) -> None: ...


class StorePort(Protocol):
    """``app.storage.document_store.DocumentStore``. Every method reads or writes files: off the GUI "
    "thread."""

    @property
    def reports(self) -> Sequence[Fault]: ...
    def load(self) -> Document: ...
    def edit(self, change: Callable[[Document], Document]) -> Document: ...


class SecretLabel(Protocol):
    """The name of a stored secret, never the secret itself."""

    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...


class KeyringStatusPort(Protocol):
    @property
    def usable(self) -> bool: ...
    @property
    def backend(self) -> str: ...
    @property
    def fault(self) -> Fault | None: ...


class SecretsPort(Protocol):
    """``app.secrets``' store. The keyring may hang: every method is called off the GUI thread."""

    def names(self) -> Sequence[Any]: ...  # SecretLabel
    def forget(self, name: Any) -> object: ...
    def status(self) -> KeyringStatusPort: ...


class PinnedKeysPort(Protocol):
    """The pinned host keys of one profile; reads and writes the known_hosts file: off the GUI thread."""

    def fingerprints(self, profile: Relay | Server) -> Sequence[str]: ...
    def forget(self, profile: Relay | Server) -> None: ...


class LogMemoryPort(Protocol):
    """``app.log_setup.LogMemory``: the last lines of the log, already free of secrets."""

    def lines(self) -> list[LogLine]: ...
    def clear(self) -> None: ...
    def add_listener(self, listener: Callable[[LogLine], None]) -> None: ...
    def remove_listener(self, listener: Callable[[LogLine], None]) -> None: ...


class UsesPort(Protocol):
    """``app.integration.uses.UseDesk``. Every method looks at files or starts programs: off the GUI thread.

    All of them raise RelayTrayError.
    """

    def of(self, server_id: str) -> Uses: ...
    def install_ssh_config(self) -> SshConfigState: ...
    def remove_ssh_config(self) -> SshConfigState: ...
    def editors(self) -> Sequence[Editor]: ...  # for the tray menu; what was found last is remembered
    def open_folder(self, server_id: str, editor_key: str, folder: str) -> None: ...  # remembers the folder
    def save(self, server_id: str, file_key: str, path: Path) -> None: ...
    def start_winscp(self, server_id: str) -> None: ...
    def store_in_winscp(self, server_id: str) -> str: ...  # where the site was written, to be told
    def choose_winscp(self, program: Path) -> None: ...  # a portable one; remembered
    def start_putty(self, server_id: str) -> None: ...
    def convert_key(self, server_id: str, passphrase: str, new_passphrase: str) -> Path: ...  # "" = none
    def check_ssh_options(self, server: Server) -> Fault | None: ...  # asks ssh -G


class KeysPort(Protocol):
    """``app.integration.key_desk.KeyDesk``. Reads and writes files, asks the keyring and the ssh agent: off
    the GUI thread. What does not say that it never raises raises RelayTrayError.
    """

    def usual_path(self, kind: KeyKind) -> str: ...  # never raises; free at that moment
    def make(self, wanted: NewKey) -> MadeKey: ...
    def look(self, path: str) -> KeyLook: ...  # never raises
    def fix(self, path: str) -> tuple[RightsChange, ...]: ...
    def add_to_agent(self, path: str, passphrase: str = "", *, remember: bool = False) -> Added: ...
    def convert_to_openssh(self, path: str, passphrase: str = "", *, remember: bool = False) -> str: ...


class SetUpPort(Protocol):
    """``app.provision.desk.SetUpDesk``. Every method talks to other machines and may wait long: each runs off
    the GUI thread and ends soon after ``cancelled`` is set. All of them raise RelayTrayError.

    What they change in the profiles the running program hears of as after every other change.
    """

    def plan(
        self,
        relay_id: str,
        options: SetupOptions,
        cancelled: threading.Event,
        login: AdminLogin | None = None,  # None = the one of last time, or the profile's own
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
        self,
        server_id: str,
        on_state: Callable[[Enrolment], None],
        cancelled: threading.Event,
        quiet: bool = False,  # asks the person nothing: NOBODY_TO_ASK instead
    ) -> None: ...
    def removal_line(self, server_id: str) -> str: ...
    def remove_server(
        self, server_id: str, cancelled: threading.Event, also_there: bool
    ) -> tuple[Fault, ...]: ...  # what could not be taken away; the profile is gone in any case


class BegunMachine(Protocol):
    """A relay in a cloud account that was begun, or made (``app.provision.lightsail.record``)."""

    @property
    def name(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def price(self) -> float: ...
    @property
    def account(self) -> str: ...


class CloudPort(Protocol):
    """``app.provision.lightsail.desk.LightsailDesk``. Talks to the provider: off the GUI thread, except
    ``is_possible``. All of it raises RelayTrayError.
    """

    @property
    def is_possible(self) -> bool: ...
    def accounts(self) -> Sequence[str]: ...
    def regions(
        self, account: str = "", cancelled: threading.Event | None = None
    ) -> Sequence[CloudRegion]: ...
    def market(
        self, region: str, account: str = "", cancelled: threading.Event | None = None
    ) -> CloudMarket: ...
    def begun(self) -> Sequence[BegunMachine]: ...
    def create(
        self, wanted: NewMachine, progress: CloudProgress, cancelled: threading.Event
    ) -> CloudOutcome: ...
    def destroy(self, name: str, progress: CloudProgress, cancelled: threading.Event) -> CloudOutcome: ...
    def billing(
        self, cancelled: threading.Event, on_region: Callable[[str], None] = ..., account: str = ""
    ) -> CloudBill: ...


class DoctorPort(Protocol):
    """``app.provision.doctor.DoctorDesk``. Talks to other machines, starts programs: off the GUI thread."""

    def examine(
        self, relay_id: str, server_id: str, examining: Examining, cancelled: threading.Event
    ) -> Diagnosis: ...  # server id "" = the relay alone; raises RelayTrayError
    def report(self, diagnoses: Sequence[Diagnosis], *, masked: bool) -> str: ...


class ShadowsocksPort(Protocol):
    """Clients of Shadowsocks servers (``app.tunnel.manager.TunnelManager``). Thread-safe; returns at once."""

    def connect_shadowsocks(self, shadowsocks_id: str) -> None: ...
    def disconnect_shadowsocks(self, shadowsocks_id: str) -> None: ...


class RoutesPort(Protocol):
    """A server by its relay's v2ray (``app.provision.desk.SetUpDesk``). Blocks; raises RelayTrayError."""

    def permit_v2ray(
        self, server_id: str, ports: tuple[int, ...], cancelled: threading.Event
    ) -> None: ...  # by the port of its ssh -R; the profile has the route from then on
    def drop_v2ray(self, server_id: str, cancelled: threading.Event) -> None: ...


class AccessPort(Protocol):
    """``app.integration.access_desk.AccessDesk``: links, files and pictures that let into a proxy.

    Reads files, asks the keyring: off the GUI thread. All of it raises RelayTrayError.
    """

    def read_text(self, text: str) -> Offered: ...
    def read_file(self, path: Path) -> Offered: ...  # text, SIP008, or a picture of a QR code
    def read_picture(self, data: bytes) -> Offered: ...  # a PNG picture of the clipboard
    def take(self, offers: Sequence[Offer]) -> Taken: ...  # into the profiles and the keyring
    def link(self, shadowsocks_id: str) -> str: ...  # with its password: to be shown, never logged
    def qr_code(self, link: str) -> bytes: ...  # a PNG picture


@dataclass(frozen=True, kw_only=True)
class Parts:
    """Everything that ``app.ui.application.run`` is given."""

    paths: Any  # app.storage.paths.Paths; only its .root, .document and .log_folder are shown
    store: StorePort
    manager: ManagerPort
    secrets: SecretsPort
    log_memory: LogMemoryPort
    ssh_config_text: Callable[[Server], str]  # may look for programs: called off the GUI thread
    proxy_environment: Callable[[Relay, Shell], str]
    import_ssh_config: Callable[[Path | None], Preview]  # None = ~/.ssh/config; reads files
    set_publish: Callable[[Publish], None]  # the UI gives its bridge's publish before manager.start()
    # Profiles as a file without secrets (app.storage.profiles_file); the first two read or write files.
    export_profiles: Callable[[Document, Path], object]
    read_profiles_file: Callable[[Path], Document]
    merge_profiles: Callable[[Document, Document], tuple[Document, Sequence[object]]]
    pinned_keys: PinnedKeysPort
    document: Document  # as it was loaded at start
    uses: UsesPort | None = None
    setup: SetUpPort | None = None
    keys: KeysPort | None = None
    doctor: DoctorPort | None = None
    cloud: CloudPort | None = None
    accesses: AccessPort | None = None
    shadowsocks: ShadowsocksPort | None = None
    routes: RoutesPort | None = None
    demo: bool = False
    set_socks_password: Callable[[Relay, str], object] | None = None  # into the keyring; may block
    set_shadowsocks_password: Callable[[ShadowsocksServer, str], object] | None = None  # as above
    set_user_id: Callable[[Server, str], object] | None = None  # of its way by v2ray; as above
    set_log_level: Callable[[str], None] = field(default=lambda _level: None)
    give_back: Callable[[], object] = field(default=lambda: None)  # the system's proxy; blocks for a moment
    qt_arguments: Sequence[str] = ()
