"""Does what was chosen in the tray menu or the window: one table from command to deed. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from app.core.faults import Fault
from app.core.profiles import Document
from app.ui.actions import Action, Command
from app.ui.bridge import Background
from app.ui.editing import Editing, fault_of
from app.ui.parts import Parts, Shell
from app.ui.transfers import Transfers

Deed = Callable[[str], object]


class Commands(QObject):
    """``opens`` are the deeds that belong to the windows and the program's end."""

    def __init__(
        self,
        parent: QObject,
        parts: Parts,
        background: Background,
        document: Callable[[], Document],
        tell: Callable[[Fault], None],
        say: Callable[[str], None],
    ) -> None:
        super().__init__(parent)
        self._parts, self._background = parts, background
        self._document, self._tell, self._say = document, tell, say
        self._deeds: dict[Command, Deed] = {
            Command.CONNECT: parts.manager.connect,
            Command.DISCONNECT: parts.manager.disconnect,
            Command.CONNECT_RELAY: parts.manager.connect_relay,
            Command.DISCONNECT_RELAY: parts.manager.disconnect_relay,
            Command.DISCONNECT_ALL: lambda _subject: self._disconnect_all(),
            Command.RETRY_LISTENERS: lambda _subject: parts.manager.retry_listeners(),
            Command.COPY_SSH_CONFIG: self._copy_ssh_config,
            Command.COPY_SOCKS_ADDRESS: self._copy_socks_address,
            Command.COPY_ENVIRONMENT_SH: lambda relay_id: self._copy_environment(relay_id, Shell.SH),
            Command.COPY_ENVIRONMENT_POWERSHELL: lambda relay_id: self._copy_environment(
                relay_id, Shell.POWERSHELL
            ),
            Command.COPY_ENVIRONMENT_CMD: lambda relay_id: self._copy_environment(relay_id, Shell.CMD),
            Command.COPY_TEXT: self._copy_text,
        }

    def add(self, deeds: Mapping[Command, Deed]) -> None:
        self._deeds.update(deeds)

    def add_editing(self, editing: Editing, transfers: Transfers) -> None:
        self._deeds |= {
            Command.ADD_RELAY: lambda _subject: editing.add_relay(),
            Command.ADD_SERVER: editing.add_server,
            Command.EDIT_RELAY: editing.edit_relay,
            Command.EDIT_SERVER: editing.edit_server,
            Command.EDIT_SERVER_FIELD: editing.edit_server_field,
            Command.REMOVE_RELAY: editing.remove_relay,
            Command.REMOVE_SERVER: editing.remove_server,
            Command.USE_PORT: editing.use_port,
            Command.IMPORT_SSH_CONFIG: lambda _subject: transfers.import_ssh_config(),
            Command.IMPORT_PROFILES: lambda _subject: transfers.import_profiles(),
            Command.EXPORT_PROFILES: lambda _subject: transfers.export_profiles(),
        }

    def do(self, action: Action) -> None:
        deed = self._deeds.get(action.command)
        if deed is not None:
            deed(action.subject)

    def _disconnect_all(self) -> None:
        document = self._document()
        for server in document.servers:
            self._parts.manager.disconnect(server.id)
        for relay in document.relays:
            self._parts.manager.disconnect_relay(relay.id)
        if self._parts.shadowsocks is not None:
            for one in document.shadowsocks:
                self._parts.shadowsocks.disconnect_shadowsocks(one.id)

    def _copy_ssh_config(self, server_id: str) -> None:
        server = self._document().server(server_id)
        if server is not None:
            words = self.tr("Copied: ssh config of {alias}").format(alias=server.alias)
            self._copy_from(lambda: self._parts.ssh_config_text(server), words)

    def _copy_environment(self, relay_id: str, shell: Shell) -> None:
        relay = self._document().relay(relay_id)
        if relay is not None:
            words = self.tr("Copied: proxy environment for {shell}").format(shell=shell.value)
            self._copy_from(lambda: self._parts.proxy_environment(relay, shell), words)

    def _copy_socks_address(self, relay_id: str) -> None:
        relay = self._document().relay(relay_id)
        if relay is not None:
            self._copy_text(f"socks5h://127.0.0.1:{relay.socks_port}")

    def _copy_text(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self._say(self.tr("Copied: {text}").format(text=text))

    def _copy_from(self, make: Callable[[], str], words: str) -> None:
        def done(future: Future[str]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
                return
            QGuiApplication.clipboard().setText(future.result())
            self._say(words)

        self._background.run(make, done)
