"""Joins tray, window, prompts and the program behind them. The only place that knows them all.

News comes in through ``hear``; what the person chooses goes out through ``commands``. GUI thread only.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from app.core.events import (
    Asked,
    DocumentChanged,
    Event,
    Notice,
    PortsMoved,
    QuitRequested,
    RaiseRequested,
    ServerChanged,
    Withdrawn,
)
from app.core.faults import Fault, FaultCode
from app.core.port_changes import PortChange
from app.core.profiles import Document, Settings
from app.core.states import ServerPhase, ServerState
from app.core.uses import Editor
from app.ui.about_box import AboutBox
from app.ui.actions import Command
from app.ui.bridge import Background, EventBridge
from app.ui.cloud_work import CloudWork
from app.ui.commands import Commands
from app.ui.editing import Editing, fault_of
from app.ui.examining import Examining
from app.ui.host_key_changed import HostKeyChanged
from app.ui.live_state import LiveState
from app.ui.log_window import LogWindow
from app.ui.main_window import MainWindow
from app.ui.other_ends import OtherEnds, Surroundings
from app.ui.parts import KeyringStatusPort, Parts
from app.ui.power import JumpDetector, PowerWatch, clocks
from app.ui.prompts import Prompts
from app.ui.route_deeds import RouteDeeds
from app.ui.settings_window import SettingsWindow
from app.ui.shadowsocks_work import ShadowsocksWork
from app.ui.theme import Theme
from app.ui.transfers import Transfers
from app.ui.translations import Translators
from app.ui.tray_icon import TrayIcon
from app.ui.using import Using
from app.ui.windows import Windows, bring_to_front
from app.ui.wording import told_fault, told_port_headlines

_HEARTBEAT_MS = 2000
_BEATS_PER_COLLECTION = 5


class FrontEnd(QObject):
    """Everything the person sees. ``quit_program`` ends the event loop once all is closed."""

    def __init__(
        self,
        parts: Parts,
        theme: Theme,
        translators: Translators,
        quit_program: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._parts, self._theme, self._translators = parts, theme, translators
        self._quit_program = quit_program
        self.live = LiveState(
            document=parts.document,
            offers_uses=parts.uses is not None,
            offers_setup=parts.setup is not None,
            offers_doctor=parts.doctor is not None,
            offers_shadowsocks=parts.shadowsocks is not None,
            offers_links=parts.accesses is not None,
            offers_routes=parts.routes is not None,
            offers_cloud=parts.cloud is not None,
        )
        self._keyring: KeyringStatusPort | None = None
        self.bridge, self.background = EventBridge(self), Background(self)
        self.windows = Windows(self)
        self._use_settings(parts.document.settings)
        self.commands = Commands(self, parts, self.background, self._document, self.tell, self.say)
        self.editing = Editing(
            self, parts, self.background, self.windows, self._document, self.tell, self._dialog_parent
        )
        transfers = Transfers(
            self,
            parts,
            self.background,
            self.windows,
            self.editing,
            self._document,
            self.tell,
            self.say,
            self._dialog_parent,
        )
        self.commands.add_editing(self.editing, transfers)
        self.using = Using(
            self,
            parts.uses,
            self.background,
            self.windows,
            self.editing,
            self._document,
            self.commands.do,
            self.tell,
            self.say,
            self._editors_found,
        )
        around = self._surroundings()
        self.other_ends = OtherEnds(self, parts.setup, around)
        self.shadowsocks = ShadowsocksWork(self, parts, around, self._tell_shortly)
        self.commands.add(self.shadowsocks.deeds())
        self.commands.add(RouteDeeds(self, parts.routes, around).deeds())
        self.commands.add(CloudWork(self, parts.cloud, around, self.bridge).deeds())
        self.commands.add({**self._window_deeds(), **self.using.deeds(), **self.other_ends.deeds()})
        self.examining = Examining(
            self, parts.doctor, self.background, self.windows, self.bridge, self._document
        )
        self.commands.add(self.examining.deeds())
        self.window = MainWindow(self.commands.do, self._window_closed, demo=parts.demo)
        self.tray = TrayIcon(self, self.commands.do, self.open_window)
        self.prompts = Prompts(self, self._keyring_fault, self._visible_window)
        self.power = PowerWatch(self, parts.manager.check_now)
        self._heartbeat = QTimer(self)
        self._jumps = JumpDetector(_HEARTBEAT_MS / 1000, clocks)
        self._beats = 0
        self._told: dict[str, FaultCode | None] = {}  # the trouble of each server that was told last
        theme.changed.connect(self._redraw)

    def start(self) -> None:
        """Show the tray, or the window where there is none; start the manager; hear its news."""
        self.bridge.deliver_to(self.hear)
        self._parts.set_publish(self.bridge.publish)
        self._parts.manager.start()
        self.live = self.live.with_snapshot(self._parts.manager.snapshot())
        self._redraw()
        self.power.start()
        self.background.run(self._parts.secrets.status, self._keyring_known)
        self.using.look_for_editors()
        self.other_ends.start()
        for fault in self._parts.store.reports:
            self.tell(fault)
        settings = self._parts.document.settings
        if not self.tray.is_available or not settings.start_minimised or not self._parts.document.relays:
            self.open_window()
        self._heartbeat.timeout.connect(self._beat)
        self._heartbeat.start(_HEARTBEAT_MS)

    def hear(self, event: Event) -> None:
        """One piece of news, in the GUI thread."""
        before = self.live
        self.live = self.live.after(event)
        self.other_ends.hear(event)
        self.shadowsocks.hear(event)
        match event:
            case Asked(question):
                self.prompts.ask(question)
            case Withdrawn(question_id):
                self.prompts.withdraw(question_id)
            case Notice(fault):
                self.tell(fault)
            case RaiseRequested():
                self.open_window()
            case QuitRequested():
                self.quit()
            case DocumentChanged(document):
                if document.settings != before.document.settings:
                    self._use_settings(document.settings)
                self.using.document_changed(document)
            case PortsMoved(changes):
                self._tell_moved(changes)
            case ServerChanged(server_id, state):
                self._notify(server_id, before.server(server_id).phase, state)
                if state.phase is ServerPhase.CONNECTED:
                    self.using.server_connected(server_id)
            case _:
                pass
        if self.live is not before:
            self._redraw()

    def open_window(self) -> None:
        bring_to_front(self.window)
        self.window.show_state(self.live)
        self.prompts.raise_current()

    def tell(self, fault: Fault) -> None:
        """A fault that is no state: in the window, and as a notification when that is not seen."""
        if fault.code is FaultCode.CANCELLED:
            return  # the person knows: they did it
        self.window.show_notice(fault)
        self._tell_shortly("RelayTray", told_fault(fault), is_trouble=True)

    def _tell_moved(self, changes: tuple[PortChange, ...]) -> None:
        """Which programs must be reopened: in the window, and shortly as a notification."""
        self.window.show_notice(changes)
        more = self.tr("RelayTray's window says which programs must be reopened.")
        self._tell_shortly("RelayTray", "\n".join([*told_port_headlines(changes), more]), is_trouble=False)

    def _editors_found(self, editors: tuple[Editor, ...]) -> None:
        if editors != self.live.editors:
            self.live = replace(self.live, editors=editors)
            self._redraw()

    def say(self, words: str) -> None:
        """A short word of success."""
        self.window.say(words)
        if not self.window.isVisible() and self.live.document.settings.notifications:
            self.tray.tell("RelayTray", words, is_trouble=False)

    def quit(self) -> None:
        """Close the connections in the background, then leave. The second call does nothing."""
        if self.live.closing:
            return
        self.live = replace(self.live, closing=True)
        self.prompts.close()
        self.windows.close_all()
        self.other_ends.cancel()
        self.window.hide()
        self._redraw()
        self.background.run(self._parts.manager.stop, self._stopped)

    def end_session(self) -> None:
        """The system logs out or shuts down and waits for us: the one place that may block for a moment."""
        self.prompts.close()
        if not self.live.closing:
            self.live = replace(self.live, closing=True)
            self._parts.manager.stop(2.0)
            self._quit_program()

    def dispose(self) -> None:
        """After the event loop: nothing of ours is left behind."""
        self._parts.set_publish(lambda _event: None)  # what is told from now on has nobody to hear it
        self._heartbeat.stop()
        self.power.stop()
        self.prompts.close()
        self.windows.close_all()
        self.other_ends.close()
        self.tray.dispose()
        self.window.deleteLater()
        self.background.close()

    def _stopped(self, future: Future[None]) -> None:
        fault = fault_of(future)
        if fault is not None:
            self.tell(fault)
        self._quit_program()

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            background=self.background,
            windows=self.windows,
            editing=self.editing,
            pinned_keys=self._parts.pinned_keys,
            publish=self.bridge.publish,
            document=self._document,
            choose=self.commands.do,
            tell=self.tell,
            say=self.say,
            window=self._dialog_parent,
        )

    def _window_deeds(self) -> dict[Command, Callable[[str], object]]:
        settings = SettingsWindow(
            self,
            self._parts.secrets,
            self.background,
            self.windows,
            self.editing,
            self._document,
            self._visible_window,
        )
        return {
            Command.OPEN_WINDOW: lambda _subject: self.open_window(),
            Command.SHOW_SERVER: self._show_place,
            Command.SHOW_RELAY: self._show_place,
            Command.SHOW_SHADOWSOCKS: self._show_place,
            Command.OPEN_LOG: lambda _subject: self._open_log(),
            Command.OPEN_SETTINGS: lambda _subject: settings.open(),
            Command.OPEN_ABOUT: lambda _subject: self._open_about(),
            Command.EXPLAIN_HOST_KEY: self._explain_host_key,
            Command.QUIT: lambda _subject: self.quit(),
        }

    def _document(self) -> Document:
        return self.live.document

    def _dialog_parent(self) -> QWidget:
        """Dialogs of the window open it: a dialog without its window is lost on some desktops."""
        if not self.window.isVisible():
            self.open_window()
        return self.window

    def _visible_window(self) -> QWidget | None:
        return self.window if self.window.isVisible() else None

    def _show_place(self, profile_id: str) -> None:
        self.open_window()
        self.window.show_place(profile_id)

    def _open_log(self) -> None:
        folder = str(self._parts.paths.log_folder)
        self.windows.show("log", lambda: LogWindow(self._parts.log_memory, self._save_text, folder))

    def _save_text(self, path: Path, text: str) -> None:
        def write() -> None:
            path.write_text(text, encoding="utf-8")

        def done(future: Future[None]) -> None:
            problem = future.exception()
            if isinstance(problem, OSError):
                self.tell(Fault.of(FaultCode.FILE_UNWRITABLE, path=path, reason=problem.strerror or problem))

        self.background.run(write, done)

    def _open_about(self) -> None:
        self.windows.show("about", lambda: AboutBox(str(self._parts.paths.root), self._visible_window()))

    def _use_settings(self, settings: Settings) -> None:
        self._translators.use(settings.language)
        self._theme.use(settings.color_scheme)
        self._parts.set_log_level(settings.log_level)

    def _explain_host_key(self, profile_id: str) -> None:
        relay, server = self.live.document.relay(profile_id), self.live.document.server(profile_id)
        fault = self.live.server(profile_id).fault if server else self.live.link(profile_id).fault
        name = server.alias if server else relay.name if relay else "?"
        if fault is not None:
            self.windows.show("host-key", lambda: HostKeyChanged(fault, name, self._visible_window()))

    def _keyring_known(self, future: Future[KeyringStatusPort]) -> None:
        if fault_of(future) is None:
            self._keyring = future.result()

    def _keyring_fault(self) -> Fault | None:
        return self._keyring.fault if self._keyring is not None else None

    def _window_closed(self) -> None:
        if not self.tray.is_available and not self.live.closing:
            self.quit()  # without a tray the window is the program

    def _notify(self, server_id: str, before: ServerPhase, state: ServerState) -> None:
        server = self.live.document.server(server_id)
        is_news = state.phase is not before and state.phase in {ServerPhase.CONNECTED, ServerPhase.TROUBLE}
        known, code = self._told.get(server_id), state.fault.code if state.fault else None
        if state.phase in {ServerPhase.CONNECTED, ServerPhase.OFF, ServerPhase.TROUBLE}:
            self._told[server_id] = code
        if state.phase is ServerPhase.TROUBLE and code in {known, FaultCode.CANCELLED}:
            return  # every retry ends in the same trouble: once is enough
        if server is None or not is_news:
            return
        if state.phase is ServerPhase.CONNECTED:
            self._tell_shortly(server.alias, self.tr("Connected."), is_trouble=False)
        elif state.fault is not None:
            self._tell_shortly(server.alias, told_fault(state.fault), is_trouble=True)

    def _tell_shortly(self, title: str, words: str, *, is_trouble: bool) -> None:
        """A notification, unless the person looks at the window, where it is seen, or wants none."""
        if self.live.document.settings.notifications and not self.window.isActiveWindow():
            self.tray.tell(title, words, is_trouble=is_trouble)

    def _redraw(self) -> None:
        self.tray.show(self.live, menu_is_dark=self._theme.tones.is_dark)
        self.window.show_state(self.live)

    def _beat(self) -> None:
        """The only timer that runs when nothing happens."""
        has_tray = self.tray.is_available
        self.tray.poll()
        if not has_tray and not self.window.isVisible() and not self.live.closing:
            self.open_window()  # the tray has gone: the program must not be out of reach
        if self._jumps.beat():
            self.power.woke()
        self._beats += 1
        if self._beats % _BEATS_PER_COLLECTION == 0:
            gc.collect()  # automatic collection is off: it would destroy Qt objects in other threads
