"""Does what was chosen about Shadowsocks servers, the person's lists and links, and tells their news.

GUI thread only; what reads files or asks the keyring runs in the background.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox

from app.core.access import Taken
from app.core.events import DocumentChanged, Event, ShadowsocksChanged, SteeringChanged
from app.core.faults import FaultCode
from app.core.profiles import Relay, Settings
from app.core.shadowsocks import SECRET_KIND, ProxyPhase, ShadowsocksServer, Steering
from app.ui.actions import Action, Command
from app.ui.bridge import fault_of
from app.ui.commands import Deed
from app.ui.links_window import LinksWindow
from app.ui.other_ends import Surroundings
from app.ui.pac_dialog import PacDialog
from app.ui.parts import AccessPort, Parts, Shell
from app.ui.qr_window import QrWindow
from app.ui.shadowsocks_changes import (
    new_shadowsocks,
    with_shadowsocks,
    with_steering,
    without_shadowsocks,
)
from app.ui.shadowsocks_editor import ShadowsocksEditor
from app.ui.wording import told_fault


class TellShortly(Protocol):
    """A notification of the tray."""

    def __call__(self, title: str, words: str, *, is_trouble: bool) -> None: ...


class ShadowsocksWork(QObject):
    """Without a port for it, servers can be kept and changed, and nothing is connected."""

    def __init__(
        self, parent: QObject, parts: Parts, around: Surroundings, tell_shortly: TellShortly
    ) -> None:
        super().__init__(parent)
        self._parts, self._around, self._tell_shortly = parts, around, tell_shortly
        self._told: dict[str, tuple[ProxyPhase, FaultCode | None]] = {}  # of each server, what was told last
        self._steering = SteeringChanged(Steering.PORT)
        self._newcomer = ""  # to be shown as soon as the document has it

    def deeds(self) -> dict[Command, Deed]:
        deeds: dict[Command, Deed] = {
            Command.ADD_SHADOWSOCKS: lambda _subject: self._add(),
            Command.EDIT_SHADOWSOCKS: self._edit_known,
            Command.REMOVE_SHADOWSOCKS: self._ask_to_remove,
            Command.STEER: self._steer,
            Command.EDIT_PAC_LISTS: lambda _subject: self._edit_lists(),
            Command.COPY_PORT_SH: lambda server_id: self._copy_environment(server_id, Shell.SH),
            Command.COPY_PORT_POWERSHELL: lambda server_id: self._copy_environment(
                server_id, Shell.POWERSHELL
            ),
            Command.COPY_PORT_CMD: lambda server_id: self._copy_environment(server_id, Shell.CMD),
        }
        if self._parts.shadowsocks is not None:
            deeds[Command.CONNECT_SHADOWSOCKS] = self._parts.shadowsocks.connect_shadowsocks
            deeds[Command.DISCONNECT_SHADOWSOCKS] = self._parts.shadowsocks.disconnect_shadowsocks
        accesses = self._parts.accesses
        if accesses is not None:
            deeds[Command.IMPORT_LINKS] = lambda _subject: self._import(accesses)
            deeds[Command.SHOW_QR_CODE] = lambda server_id: self._show_qr_code(accesses, server_id)
        return deeds

    def hear(self, event: Event) -> None:
        match event:
            case ShadowsocksChanged(server_id, state):
                fault = state.fault
                now = (state.phase, fault.code if fault else None)
                before = self._told.get(server_id, (ProxyPhase.OFF, None))
                if state.phase is not ProxyPhase.STARTING:
                    self._told[server_id] = now  # every retry starts and fails again: once is enough
                server = self._around.document().shadowsocks_server(server_id)
                if server is None or now == before:
                    return
                if state.phase is ProxyPhase.RUNNING:
                    self._tell_shortly(server.name, self.tr("Connected."), is_trouble=False)
                elif fault is not None and fault.code is not FaultCode.CANCELLED:
                    self._tell_shortly(server.name, told_fault(fault), is_trouble=True)
            case SteeringChanged(fault=fault):
                before_it, self._steering = self._steering, event
                if fault is not None and fault != before_it.fault:
                    self._around.tell(fault)
            case DocumentChanged(document):
                if self._newcomer:
                    self._show(self._newcomer)
                for window in self._around.windows.all():
                    if isinstance(window, QrWindow):
                        window.document_changed(document)
            case _:
                pass

    def _show(self, server_id: str) -> None:
        """Its page, now or as soon as the news of it has come."""
        is_known = self._server(server_id) is not None
        self._newcomer = "" if is_known else server_id
        if is_known:
            self._around.choose(Action(Command.SHOW_SHADOWSOCKS, server_id))

    # --- profiles

    def _add(self) -> None:
        server = new_shadowsocks(self._around.document(), uuid.uuid4().hex)
        self._edit(server, "new-shadowsocks")

    def _edit_known(self, server_id: str) -> None:
        server = self._server(server_id)
        if server is not None:
            self._edit(server, f"edit-{server_id}")

    def _edit(self, server: ShadowsocksServer, key: str) -> None:
        document = self._around.document()
        is_new = document.shadowsocks_server(server.id) is None

        def save(changed: ShadowsocksServer, password: str) -> None:
            set_password = self._parts.set_shadowsocks_password
            if password and set_password is not None:
                # Before the profile: what connects by the changed profile finds the new password.
                self._around.background.run(lambda: set_password(changed, password), partial(kept, changed))
            else:
                store(changed)

        def kept(changed: ShadowsocksServer, future: Future[object]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._around.tell(fault)
            store(changed)

        def store(changed: ShadowsocksServer) -> None:
            then = partial(self._show, server.id) if is_new else None
            self._around.editing.store(lambda now: with_shadowsocks(now, changed), then)

        self._around.windows.show(
            key, lambda: ShadowsocksEditor(server, document, save, self._around.window())
        )

    def _ask_to_remove(self, server_id: str) -> None:
        server = self._server(server_id)
        if server is None:
            return
        words = self.tr("Remove the Shadowsocks server {name} and its password from RelayTray?")
        relay = self._around.document().relay(server.relay_id)
        if relay is not None:
            words += " " + self.tr("What runs on the relay {relay} goes on running there.")
        words = words.format(name=server.name, relay=relay.name if relay else "")

        def make() -> QMessageBox:
            box = QMessageBox(QMessageBox.Icon.Question, "RelayTray", words, parent=self._around.window())
            remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
            cancel = box.addButton(QMessageBox.StandardButton.Cancel)
            box.setDefaultButton(cancel)
            remove.clicked.connect(lambda _checked=False: self._remove(server_id))
            box.finished.connect(box.deleteLater)
            return box

        self._around.windows.show("remove", make)

    def _remove(self, server_id: str) -> None:
        def forget() -> None:
            for name in self._parts.secrets.names():
                if (name.kind, name.subject) == (SECRET_KIND, server_id):
                    self._parts.secrets.forget(name)

        def removed() -> None:
            self._around.background.run(forget)

        if self._parts.shadowsocks is not None:
            self._parts.shadowsocks.disconnect_shadowsocks(server_id)
        self._around.editing.store(lambda document: without_shadowsocks(document, server_id), removed)

    def _steer(self, subject: str) -> None:
        server_id, _, steering = subject.rpartition("/")
        self._around.editing.store(lambda document: with_steering(document, server_id, Steering(steering)))

    def _edit_lists(self) -> None:
        def save(change: Callable[[Settings], Settings]) -> None:
            self._around.editing.store(lambda now: replace(now, settings=change(now.settings)))

        self._around.windows.show(
            "pac-lists",
            lambda: PacDialog(
                self._around.document().settings, save, self._around.background, self._around.window()
            ),
        )

    # --- links

    def _import(self, port: AccessPort) -> None:
        def taken(what: Taken) -> None:
            count = len(what.shadowsocks) + len(what.servers)
            self._around.say(self.tr("Imported: {count}").format(count=count))
            if what.shadowsocks:
                self._show(what.shadowsocks[0])
            elif what.servers:
                self._around.choose(Action(Command.SHOW_SERVER, what.servers[0]))

        self._around.windows.show("links", lambda: LinksWindow(port, self._around.background, taken))

    def _show_qr_code(self, port: AccessPort, server_id: str) -> None:
        server = self._server(server_id)
        if server is not None:
            document = self._around.document()
            self._around.windows.show(
                f"qr-{server_id}",
                lambda: QrWindow(server, document, port, self._around.background, self._around.choose),
            )

    # --- the rest

    def _copy_environment(self, server_id: str, shell: Shell) -> None:
        """A relay's port and this one are the same to a shell."""
        server = self._server(server_id)
        if server is None:
            return
        port = Relay(id="", name="", host="", socks_port=server.local_port)
        words = self.tr("Copied: proxy environment for {shell}").format(shell=shell.value)

        def done(future: Future[str]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._around.tell(fault)
                return
            QGuiApplication.clipboard().setText(future.result())
            self._around.say(words)

        self._around.background.run(lambda: self._parts.proxy_environment(port, shell), done)

    def _server(self, server_id: str) -> ShadowsocksServer | None:
        return self._around.document().shadowsocks_server(server_id)
