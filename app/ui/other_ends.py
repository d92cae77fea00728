"""Sets relays up and brings servers online: its windows, what they ask for, and the waiting behind them.

GUI thread only; what talks to other machines runs in the background.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.events import DocumentChanged, EnrolmentTold, Event, Publish, SetupTold
from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, EnrolmentState, Server, SetupMode
from app.core.provisioning import BootstrapLine, LineOptions
from app.ui.actions import Action, Command
from app.ui.bridge import Background
from app.ui.commands import Deed
from app.ui.document_changes import without_relay, without_server
from app.ui.editing import Editing, fault_of
from app.ui.line_model import Enrolling
from app.ui.line_window import LineWindow
from app.ui.parts import PinnedKeysPort, SetUpPort
from app.ui.remove_dialogs import RemoveRelayDialog, RemoveServerDialog
from app.ui.setup_model import SetUp, is_touched
from app.ui.setup_window import SetUpWindow
from app.ui.watching import Watching
from app.ui.windows import Windows


@dataclass(frozen=True)
class Surroundings:
    """What this needs of the rest of the user interface."""

    background: Background
    windows: Windows
    editing: Editing
    pinned_keys: PinnedKeysPort
    publish: Publish
    document: Callable[[], Document]
    choose: Callable[[Action], None]
    tell: Callable[[Fault], None]
    say: Callable[[str], None]
    window: Callable[[], QWidget]


@dataclass(frozen=True)
class _OnItsWay:
    """What is kept of a server beside its profile, while the program runs."""

    line: BootstrapLine | None = None
    options: LineOptions = field(default_factory=LineOptions)
    is_making: bool = False
    is_choosing: bool = False
    fault: Fault | None = None


class OtherEnds(QObject):
    """Without a ``port`` nothing is offered, and removing asks as ever."""

    def __init__(self, parent: QObject, port: SetUpPort | None, around: Surroundings) -> None:
        super().__init__(parent)
        self._port, self._around = port, around
        self._on_their_way: dict[str, _OnItsWay] = {}
        self._states: dict[str, EnrolmentState] = {}
        self._making: dict[str, threading.Event] = {}
        self._newcomer = ""  # the profile that was added last, until it was offered its next step
        self._watching: Watching | None = None
        if port is not None:
            self._watching = Watching(
                self, port, lambda server_id, fault: around.publish(EnrolmentTold(server_id, fault))
            )
            around.editing.added = self._added

    def deeds(self) -> dict[Command, Deed]:
        if self._port is None:
            return {}
        return {
            Command.SET_UP_RELAY: self._set_up,
            Command.TAKE_SETUP_AWAY: self._take_away,
            Command.OPEN_LINE: self.open_line,
            Command.REMOVE_SERVER: self._remove_server,
            Command.REMOVE_RELAY: self._remove_relay,
        }

    def start(self) -> None:
        """Go on waiting for the servers whose line was made before the program ended."""
        document = self._around.document()
        self._states = _states_of(document)
        if self._watching is None:
            return
        for server in document.servers:
            if _is_to_be_waited_for(server):
                self._watching.watch(server.id, quiet=True)

    def cancel(self) -> None:
        """The program is about to end: whatever waits for other machines is to stop."""
        for cancelled in self._making.values():
            cancelled.set()
        if self._watching is not None:
            self._watching.cancel()

    def close(self) -> None:
        """Waits until all has stopped."""
        self.cancel()
        if self._watching is not None:
            self._watching.close()

    def hear(self, event: Event) -> None:
        match event:
            case SetupTold(relay_id, report):
                for key in (f"set-up-{relay_id}", f"take-away-{relay_id}"):
                    window = self._around.windows.get(key)
                    if isinstance(window, SetUpWindow):
                        window.told(report)
            case EnrolmentTold(server_id, fault):
                self._keep(server_id, fault=fault)
            case DocumentChanged(document):
                self._document_changed(document)
            case _:
                pass

    # --- relays

    def _added(self, profile_id: str) -> None:
        """A new relay or server was stored; its news may still be on their way."""
        self._newcomer = profile_id
        self._welcome(self._around.document())

    def _welcome(self, document: Document) -> None:
        """The next step of a newcomer: a new relay is to be set up, a new server needs its line."""
        profile_id = self._newcomer
        relay, server = document.relay(profile_id), document.server(profile_id)
        if relay is None and server is None:
            return
        self._newcomer = ""
        if relay is not None:
            self._set_up(profile_id)
        elif server is not None:
            behind = document.relay(server.relay_id)
            if behind is not None and behind.setup is not SetupMode.NONE:
                self.open_line(profile_id)

    def _set_up(self, relay_id: str) -> None:
        relay = self._around.document().relay(relay_id)
        if relay is not None:
            self._show_setup(
                f"set-up-{relay_id}", SetUp.of(relay, self._around.document().proxies_of(relay_id))
            )

    def _take_away(self, relay_id: str, *, forgets: bool = False) -> None:
        document = self._around.document()
        relay = document.relay(relay_id)
        if relay is None:
            return
        servers = tuple(server.alias for server in document.servers_of(relay_id))
        setup = SetUp.removal_of(relay, servers, forgets=forgets)

        def forget() -> None:
            self._around.editing.store(lambda doc: without_relay(doc, relay_id))

        self._show_setup(f"take-away-{relay_id}", setup, forget if forgets else lambda: None)

    def _show_setup(self, key: str, setup: SetUp, on_done: Callable[[], None] = lambda: None) -> None:
        port, around = self._port, self._around
        if port is None:
            return
        relay_id = setup.relay.id

        def make() -> SetUpWindow:
            return SetUpWindow(
                setup,
                port,
                around.background,
                lambda report: around.publish(SetupTold(relay_id, report)),
                around.choose,
                around.tell,
                on_done,
            )

        around.windows.show(key, make)

    def _remove_relay(self, relay_id: str) -> None:
        document = self._around.document()
        relay = document.relay(relay_id)
        if relay is None or not is_touched(relay) or document.servers_of(relay_id):
            self._around.editing.remove_relay(relay_id)
            return

        def remove(also_there: bool) -> None:
            if also_there:
                self._take_away(relay_id, forgets=True)
            else:
                self._around.editing.store(lambda doc: without_relay(doc, relay_id))

        self._around.windows.show(
            f"remove-{relay_id}", lambda: RemoveRelayDialog(relay.name, remove, self._around.window())
        )

    # --- servers

    def open_line(self, server_id: str) -> None:
        """The window with the server's line, or with what it is to do."""
        known = self._known(server_id)
        if known is None:
            return

        def make() -> LineWindow:
            return LineWindow(
                known,
                partial(self._make_line, server_id),
                lambda: self._keep(server_id, is_choosing=True, fault=None),
                lambda: self._around.choose(Action(Command.SET_UP_RELAY, known.relay.id)),
            )

        window = self._around.windows.show(f"line-{server_id}", make)
        window.show_state(known)
        self._show_host_keys(known.server)
        watching, is_due = self._watching, _is_to_be_waited_for(known.server) and known.fault is None
        if watching is not None and is_due and not watching.is_watching(server_id):
            watching.watch(server_id)  # a passphrase may be asked for now

    def _known(self, server_id: str) -> Enrolling | None:
        document = self._around.document()
        server = document.server(server_id)
        relay = document.relay(server.relay_id) if server is not None else None
        if server is None or relay is None:
            return None
        mine = self._on_their_way.get(server_id, _OnItsWay())
        return Enrolling(
            server=server,
            relay=relay,
            line=mine.line,
            options=mine.options,
            is_making=mine.is_making,
            is_choosing=mine.is_choosing,
            fault=mine.fault,
        )

    def _keep(self, server_id: str, **changes: object) -> None:
        mine = self._on_their_way.get(server_id, _OnItsWay())
        self._on_their_way[server_id] = replace(mine, **changes)  # type: ignore[arg-type]
        self._draw(server_id)

    def _draw(self, server_id: str) -> None:
        window, known = self._around.windows.get(f"line-{server_id}"), self._known(server_id)
        if isinstance(window, LineWindow) and known is not None:
            window.show_state(known)

    def _make_line(self, server_id: str, options: LineOptions) -> None:
        port = self._port
        if port is None:
            return
        self._making[server_id] = cancelled = threading.Event()
        self._keep(server_id, is_making=True, options=options, fault=None)

        def done(future: Future[BootstrapLine]) -> None:
            self._making.pop(server_id, None)
            fault = fault_of(future)
            if fault is not None:
                told = None if fault.code is FaultCode.CANCELLED else fault
                self._keep(server_id, is_making=False, is_choosing=True, fault=told)
                return
            self._keep(server_id, is_making=False, is_choosing=False, line=future.result())
            if self._watching is not None:
                self._watching.watch(server_id)

        self._around.background.run(lambda: port.bootstrap_line(server_id, options, cancelled), done)

    def _document_changed(self, document: Document) -> None:
        """Tell who came online; draw what is open; close what belongs to removed profiles."""
        before, self._states = self._states, _states_of(document)
        for window in self._around.windows.all():
            if isinstance(window, LineWindow) and document.server(window.server_id) is None:
                window.close()
            elif isinstance(window, SetUpWindow):
                window.show_proxies(document.proxies_of(window.relay_id))
        for server_id in [one for one in self._on_their_way if document.server(one) is None]:
            del self._on_their_way[server_id]
            if self._watching is not None:
                self._watching.stop(server_id)
        for server in document.servers:
            now, was = self._states.get(server.id), before.get(server.id)
            if now is EnrolmentState.ONLINE and was not in {None, EnrolmentState.ONLINE}:
                words = self.tr("{alias} is online: ssh {alias} works now.")
                self._around.say(words.format(alias=server.alias))
                self._show_host_keys(server)
            self._draw(server.id)
        if self._newcomer:
            self._welcome(document)

    def _show_host_keys(self, server: Server) -> None:
        if server.enrolment is None or server.enrolment.state is not EnrolmentState.ONLINE:
            return

        def done(future: Future[object]) -> None:
            window = self._around.windows.get(f"line-{server.id}")
            if isinstance(window, LineWindow) and fault_of(future) is None:
                window.show_host_keys(future.result())  # type: ignore[arg-type]

        self._around.background.run(lambda: self._around.pinned_keys.fingerprints(server), done)

    def _remove_server(self, server_id: str) -> None:
        document, port = self._around.document(), self._port
        server = document.server(server_id)
        if server is None or port is None or server.enrolment is None:
            self._around.editing.remove_server(server_id)
            return
        relay = document.relay(server.relay_id)

        def make() -> RemoveServerDialog:
            name = relay.name if relay is not None else "?"
            remove, call_off = partial(self._do_remove_server, server_id), partial(self._call_off, server_id)
            return RemoveServerDialog(server.alias, name, remove, call_off, self._around.window())

        dialog = self._around.windows.show(f"remove-{server_id}", make)

        def line_known(future: Future[str]) -> None:
            if self._around.windows.get(f"remove-{server_id}") is dialog and fault_of(future) is None:
                dialog.show_line(future.result())

        self._around.background.run(lambda: port.removal_line(server_id), line_known)

    def _call_off(self, server_id: str) -> None:
        cancelled = self._making.get(server_id)
        if cancelled is not None:
            cancelled.set()

    def _do_remove_server(self, server_id: str, also_there: bool) -> None:
        port = self._port
        if port is None:
            return
        if self._watching is not None:
            self._watching.stop(server_id)
        self._making[server_id] = cancelled = threading.Event()

        def done(future: Future[tuple[Fault, ...]]) -> None:
            self._making.pop(server_id, None)
            dialog = self._around.windows.get(f"remove-{server_id}")
            shown = dialog if isinstance(dialog, RemoveServerDialog) else None
            fault = fault_of(future)
            if fault is not None:
                shown.not_removed(fault) if shown is not None else self._around.tell(fault)
                return
            self._around.editing.store(lambda doc: without_server(doc, server_id))  # should it be there yet
            if shown is not None:
                shown.removed(future.result())
            else:
                for one in future.result():
                    self._around.tell(one)

        self._around.background.run(lambda: port.remove_server(server_id, cancelled, also_there), done)


def _is_to_be_waited_for(server: Server) -> bool:
    enrolment = server.enrolment
    if enrolment is None or enrolment.state is EnrolmentState.ONLINE:
        return False
    return enrolment.state is EnrolmentState.REPORTED or enrolment.expires_at > time.time()


def _states_of(document: Document) -> dict[str, EnrolmentState]:
    return {server.id: server.enrolment.state for server in document.servers if server.enrolment is not None}
