"""A tunnel manager that plays a script instead of opening connections, and the other parts of a program.

It keeps the contract of ``app.ui.parts.ManagerPort``: every method returns at once, news comes as events.
With ``step_s`` the steps are played by a thread of its own, as the real one does; without, ``settle`` plays
them when the test wants it.
"""

from __future__ import annotations

import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.core.events import (
    DocumentChanged,
    Event,
    LinkChanged,
    ListenersChanged,
    Publish,
    ServerChanged,
    TrafficChanged,
)
from app.core.faults import Fault, Hop
from app.core.profiles import Document, Relay, Server
from app.core.ssh_config_import import Preview
from app.core.states import (
    LinkPhase,
    LinkState,
    ListenerState,
    ServerPhase,
    ServerState,
    Snapshot,
    TrafficState,
)
from app.log_setup import LogMemory
from app.storage.profiles_file import merge
from app.ui.parts import Parts, Shell

_LINK_HOPS = {Hop.RELAY, Hop.LOGIN}


class FakeManager:
    """``faults`` says which server or relay fails, and why; everybody else connects."""

    def __init__(
        self,
        document: Document,
        faults: Mapping[str, Fault] | None = None,
        *,
        step_s: float | None = None,
        journal: Path | None = None,
    ) -> None:
        self.document = document
        self.faults = dict(faults or {})
        self.calls: list[tuple[str, str]] = []
        self.busy_ports: dict[int, Fault] = {}
        self._publish: Publish = lambda _event: None
        self._following = threading.Lock()
        self._links: dict[str, LinkState] = {}
        self._servers: dict[str, ServerState] = {}
        self._traffic: dict[str, TrafficState] = {}
        self._steps: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._step_s, self._journal = step_s, journal
        self._thread = (
            threading.Thread(target=self._play, name="fake-manager") if step_s is not None else None
        )

    # --- ManagerPort
    def start(self) -> None:
        self._note("start")
        if self._thread is not None:
            self._thread.start()
        self._tell(ListenersChanged(self._listeners()))

    def stop(self, deadline_s: float = 5.0) -> None:
        self._note("stop")
        self._steps.put(None)
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(deadline_s)

    def connect(self, server_id: str) -> None:
        self._note("connect", server_id)
        server = self.document.server(server_id)
        assert server is not None
        self._set_server(server_id, ServerState(phase=ServerPhase.CONNECTING))
        if self._link(server.relay_id).phase is not LinkPhase.UP:
            self._set_link(server.relay_id, LinkState(phase=LinkPhase.CONNECTING))
            self._steps.put(lambda: self._link_step(server.relay_id))
        self._steps.put(lambda: self._server_step(server))

    def connect_relay(self, relay_id: str) -> None:
        self._note("connect_relay", relay_id)
        self._set_link(relay_id, LinkState(phase=LinkPhase.CONNECTING))
        self._steps.put(lambda: self._link_step(relay_id))

    def disconnect(self, server_id: str) -> None:
        self._note("disconnect", server_id)
        server = self.document.server(server_id)
        assert server is not None
        self._set_server(server_id, ServerState())
        others = self.document.servers_of(server.relay_id)
        if all(self._servers.get(one.id, ServerState()).phase is ServerPhase.OFF for one in others):
            self._set_link(server.relay_id, LinkState())

    def disconnect_relay(self, relay_id: str) -> None:
        self._note("disconnect_relay", relay_id)
        for server in self.document.servers_of(relay_id):
            self._set_server(server.id, ServerState())
        self._set_link(relay_id, LinkState())

    def check_now(self, reason: str) -> None:
        self._note("check_now", reason)

    def snapshot(self) -> Snapshot:
        return Snapshot(
            links=dict(self._links),
            servers=dict(self._servers),
            listeners=self._listeners(),
            traffic=dict(self._traffic),
        )

    def follow(self, load: Callable[[], Document]) -> None:
        with self._following:
            self.replace_document(load())

    def replace_document(self, document: Document) -> None:
        self._note("replace_document")
        self.document = document
        self._tell(DocumentChanged(document))
        self._tell(ListenersChanged(self._listeners()))

    def retry_listeners(self) -> None:
        self._note("retry_listeners")
        self.busy_ports.clear()
        self._tell(ListenersChanged(self._listeners()))

    # --- the script
    def set_publish(self, publish: Publish) -> None:
        self._publish = publish

    def settle(self) -> None:
        """Play all waiting steps, in the caller's thread."""
        while not self._steps.empty():
            step = self._steps.get()
            if step is not None:
                step()

    def publish(self, event: Event) -> None:
        self._publish(event)

    def _play(self) -> None:
        while (step := self._steps.get()) is not None:
            time.sleep(self._step_s or 0)  # the pace of the play, not a wait for anything
            step()

    def _link_step(self, relay_id: str) -> None:
        if self._link(relay_id).phase is not LinkPhase.CONNECTING:
            return
        fault = self.faults.get(relay_id)
        if fault is not None:
            phase = LinkPhase.WAITING if fault.hop is Hop.RELAY else LinkPhase.FAILED
            self._set_link(relay_id, LinkState(phase=phase, fault=fault, retry_in_s=8.0, attempt=1))
        else:
            self._set_link(relay_id, LinkState(phase=LinkPhase.UP, round_trip_ms=38.0))

    def _server_step(self, server: Server) -> None:
        if self._servers.get(server.id, ServerState()).phase is not ServerPhase.CONNECTING:
            return
        fault = self.faults.get(server.id) or self.faults.get(server.relay_id)
        if fault is not None:
            self._set_server(server.id, ServerState(phase=ServerPhase.TROUBLE, fault=fault))
            return
        self._set_server(server.id, ServerState(phase=ServerPhase.CONNECTED))
        traffic = TrafficState(
            received=734_003_200,
            sent=18_350_080,
            received_per_s=6_815_744.0,
            sent_per_s=131_072.0,
            connections=4,
        )
        self._traffic[server.relay_id] = traffic
        self._tell(TrafficChanged(server.relay_id, traffic))

    def _link(self, relay_id: str) -> LinkState:
        return self._links.get(relay_id, LinkState())

    def _set_link(self, relay_id: str, state: LinkState) -> None:
        self._links[relay_id] = state
        self._tell(LinkChanged(relay_id, state))

    def _set_server(self, server_id: str, state: ServerState) -> None:
        self._servers[server_id] = state
        self._tell(ServerChanged(server_id, state))

    def _listeners(self) -> tuple[ListenerState, ...]:
        found = [
            _listener("socks", relay.id, "", relay.socks_port, "", self.busy_ports)
            for relay in self.document.relays
        ]
        for server in self.document.servers:
            if server.local_ssh_port:
                found.append(
                    _listener(
                        "ssh",
                        server.relay_id,
                        server.id,
                        server.local_ssh_port,
                        server.alias,
                        self.busy_ports,
                    )
                )
            for one in server.forwards:
                target = f"{server.alias}: {one.remote_host}:{one.remote_port}"
                found.append(
                    _listener("forward", server.relay_id, server.id, one.local_port, target, self.busy_ports)
                )
        return tuple(found)

    def _tell(self, event: Event) -> None:
        if isinstance(event, ServerChanged):
            self._write({"event": "server", "id": event.server_id, "phase": event.state.phase.value})
        self._publish(event)

    def _note(self, call: str, subject: str = "") -> None:
        self.calls.append((call, subject))
        self._write({"call": call, "subject": subject})

    def _write(self, entry: dict[str, str]) -> None:
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as journal:
                journal.write(json.dumps(entry) + "\n")


def _listener(
    purpose: str, relay_id: str, server_id: str, port: int, target: str, busy: Mapping[int, Fault]
) -> ListenerState:
    return ListenerState(
        purpose=purpose,
        relay_id=relay_id,
        server_id=server_id,
        host="127.0.0.1",
        port=port,
        target=target,
        fault=busy.get(port),
    )


@dataclass(frozen=True)
class FakeSecretName:
    kind: str
    subject: str


@dataclass(frozen=True)
class FakeKeyringStatus:
    usable: bool = True
    backend: str = "GNOME Keyring"
    fault: Fault | None = None


@dataclass
class FakeSecrets:
    known: list[FakeSecretName] = field(default_factory=list)
    keyring: FakeKeyringStatus = field(default_factory=FakeKeyringStatus)

    def names(self) -> Sequence[Any]:
        return list(self.known)

    def forget(self, name: Any) -> None:
        self.known.remove(name)

    def status(self) -> FakeKeyringStatus:
        return self.keyring


@dataclass
class FakeStore:
    """Keeps the document in memory."""

    document: Document
    reports: Sequence[Fault] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def load(self) -> Document:
        return self.document

    def edit(self, change: Callable[[Document], Document]) -> Document:
        with self._lock:  # as the real one's file is locked
            self.document = change(self.document)
            return self.document


@dataclass
class FakePinnedKeys:
    known: list[str] = field(default_factory=list)

    def fingerprints(self, _profile: Relay | Server) -> Sequence[str]:
        return list(self.known)

    def forget(self, _profile: Relay | Server) -> None:
        self.known.clear()


def fake_parts(manager: FakeManager, folder: Path, **changes: Any) -> Parts:
    """Parts around a fake manager; nothing outside ``folder`` is touched."""
    memory = LogMemory()
    memory.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(name)s %(message)s"))
    parts = Parts(
        paths=SimpleNamespace(root=folder, document=folder / "profiles.json", log_folder=folder / "logs"),
        store=FakeStore(manager.document),
        manager=manager,
        secrets=FakeSecrets(),
        log_memory=memory,
        ssh_config_text=lambda server: f"Host {server.alias}\n    HostName {server.full_name}\n",
        proxy_environment=_environment,
        import_ssh_config=lambda _path: Preview(),
        set_publish=manager.set_publish,
        export_profiles=lambda _document, path: path.write_text("{}"),
        read_profiles_file=lambda _path: Document(),
        merge_profiles=merge,
        pinned_keys=FakePinnedKeys(),
        document=manager.document,
    )
    return replace(parts, **changes)


def _environment(relay: Relay, shell: Shell) -> str:
    name = {Shell.SH: "export ", Shell.POWERSHELL: "$env:", Shell.CMD: "set "}[shell]
    return f"{name}ALL_PROXY=socks5h://127.0.0.1:{relay.socks_port}"
