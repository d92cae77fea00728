"""Adding, changing and removing profiles: dialogs in the GUI thread, files in the background.

A change is a function from document to document: the store applies it to what is on disk now, so that the
command line and the window do not overwrite each other; the manager then gets the result.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox, QWidget

from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Document, Relay, Server
from app.ui.bridge import Background, fault_of
from app.ui.document_changes import (
    new_relay,
    new_server,
    with_port,
    with_relay,
    with_server,
    without_relay,
    without_server,
)
from app.ui.key_work import KeyWork
from app.ui.parts import Parts
from app.ui.relay_editor import RelayEditor
from app.ui.server_editor import ServerEditor
from app.ui.windows import Windows

__all__ = ["Change", "Editing", "fault_of"]

Change = Callable[[Document], Document]

_MOST_TEXT = 65536  # characters of a file that is read for a field


def _user_id_of(server: Server) -> tuple[str, str]:
    """Kind and subject of the secret, as ``app.secrets`` names it."""
    return "v2ray", server.alias


class Editing(QObject):
    """``document`` gives the newest document, ``tell`` shows a fault, ``window`` is the dialogs' parent."""

    def __init__(
        self,
        parent: QObject,
        parts: Parts,
        background: Background,
        windows: Windows,
        document: Callable[[], Document],
        tell: Callable[[Fault], None],
        window: Callable[[], QWidget],
    ) -> None:
        super().__init__(parent)
        self._parts, self._background, self._windows = parts, background, windows
        self._document, self._tell, self._window = document, tell, window
        self.added: Callable[[str], object] = lambda _profile_id: None  # hears of each new relay and server

    def store(self, change: Change, then: Callable[[], object] | None = None) -> None:
        """Apply the change to the stored document, then to the running program."""

        def edit() -> None:
            self._parts.store.edit(change)
            self._parts.manager.follow(self._parts.store.load)

        def done(future: Future[None]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
                return
            if then is not None:
                then()

        self._background.run(edit, done)

    def add_relay(self) -> None:
        self._edit_relay(new_relay(self._document(), uuid.uuid4().hex), "new-relay")

    def add_server(self, relay_id: str = "") -> None:
        """Without a relay there is nothing to reach it through: the relay comes first."""
        document = self._document()
        if not document.relays:
            self.add_relay()
            return
        self._edit_server(new_server(document, uuid.uuid4().hex, relay_id), "new-server")

    def edit_relay(self, relay_id: str) -> None:
        relay = self._document().relay(relay_id)
        if relay is not None:
            editor = self._edit_relay(relay, f"edit-{relay_id}")
            self._show_pinned_keys(relay, editor)

    def edit_server(self, server_id: str, field: str = "") -> None:
        server = self._document().server(server_id)
        if server is not None:
            editor = self._edit_server(server, f"edit-{server_id}")
            self._show_pinned_keys(server, editor)
            self._show_user_id(server, editor)
            if field:
                editor.show_field(field)

    def edit_server_field(self, subject: str) -> None:
        """``subject`` is "<server id>/<field, or empty>"."""
        server_id, _, field = subject.partition("/")
        self.edit_server(server_id, field)

    def remove_relay(self, relay_id: str) -> None:
        document = self._document()
        relay = document.relay(relay_id)
        if relay is None:
            return
        servers = ", ".join(server.alias for server in document.servers_of(relay_id))
        if servers:
            self._tell(Fault.of(FaultCode.RELAY_IN_USE, name=relay.name, servers=servers))
            return
        words = self.tr("Remove the relay {name} from RelayTray? The machine itself is left as it is.")
        self._ask_to_remove(words.format(name=relay.name), lambda doc: without_relay(doc, relay_id))

    def remove_server(self, server_id: str) -> None:
        server = self._document().server(server_id)
        if server is None:
            return
        words = self.tr("Remove the GPU server {alias} from RelayTray? The server itself is left as it is.")
        self._ask_to_remove(words.format(alias=server.alias), lambda doc: without_server(doc, server_id))

    def use_port(self, subject: str) -> None:
        """``subject`` as ``actions.use_port`` makes it."""
        purpose, owner_id, old_port, new_port = subject.split("/")
        self.store(lambda document: with_port(document, purpose, owner_id, int(old_port), int(new_port)))

    def _edit_relay(self, relay: Relay, key: str) -> RelayEditor:
        is_new = self._document().relay(relay.id) is None

        def save(changed: Relay, password: str) -> None:
            then = partial(self.added, relay.id) if is_new else None
            self.store(lambda document: with_relay(document, changed), then)
            if password and self._parts.set_socks_password is not None:
                set_password = self._parts.set_socks_password
                self._background.run(lambda: set_password(changed, password))

        return self._windows.show(
            key,
            lambda: RelayEditor(relay, self._document(), save, self._window(), self._keys(), self._read_text),
        )

    def _edit_server(self, server: Server, key: str) -> ServerEditor:
        is_new = self._document().server(server.id) is None

        user_ids: list[str] = []

        def save(changed: Server) -> None:
            then = partial(self.added, server.id) if is_new else None
            store = partial(self.store, lambda document: with_server(document, changed), then)
            self._keep_user_id(self._document().server(server.id) or changed, user_ids, store)

        check = self._check_options if self._parts.uses is not None else None
        on_user_id = user_ids.append if self._parts.set_user_id is not None else None
        return self._windows.show(
            key,
            lambda: ServerEditor(
                server, self._document(), save, self._window(), check, self._keys(), on_user_id
            ),
        )

    def _keep_user_id(self, server: Server, user_ids: list[str], store: Callable[[], None]) -> None:
        """Before the profile is stored: under its old name, from where it follows the server to a new one."""
        set_user_id = self._parts.set_user_id
        if not user_ids or set_user_id is None:
            store()
            return
        user_id = user_ids.pop()

        def done(future: Future[object]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
            store()

        self._background.run(lambda: set_user_id(server, user_id), done)

    def _show_user_id(self, server: Server, editor: ServerEditor) -> None:
        def known() -> bool:
            return any((one.kind, one.subject) == _user_id_of(server) for one in self._parts.secrets.names())

        def done(future: Future[bool]) -> None:
            is_open = self._windows.get(f"edit-{server.id}") is editor
            if is_open and fault_of(future) is None and future.result():
                editor.show_user_id_known()

        if self._parts.set_user_id is not None:
            self._background.run(known, done)

    def _read_text(self, path: Path, answered: Callable[[str | Fault], None]) -> None:
        def read() -> str:
            try:
                with path.open(encoding="ascii", errors="replace") as file:
                    return file.read(_MOST_TEXT)
            except OSError as e:
                reason = e.strerror or type(e).__name__
                raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason) from e

        def done(future: Future[str]) -> None:
            answered(fault_of(future) or future.result())

        self._background.run(read, done)

    def _keys(self) -> KeyWork | None:
        port = self._parts.keys
        return None if port is None else KeyWork(port, self._background)

    def _check_options(self, server: Server, answered: Callable[[Fault | None], None]) -> None:
        """Without an ssh program there is nobody to ask: the lines are taken as they are."""
        port = self._parts.uses
        if port is None:
            answered(None)
            return

        def done(future: Future[Fault | None]) -> None:
            fault = fault_of(future) or future.result()
            is_alone = fault is not None and fault.code is FaultCode.PROGRAM_MISSING
            answered(None if is_alone else fault)

        self._background.run(lambda: port.check_ssh_options(server), done)

    def _show_pinned_keys(self, profile: Relay | Server, editor: RelayEditor | ServerEditor) -> None:
        key = f"edit-{profile.id}"

        def forget() -> None:
            self._background.run(lambda: self._parts.pinned_keys.forget(profile))

        def done(future: Future[Sequence[str]]) -> None:
            if self._windows.get(key) is editor and fault_of(future) is None:  # it may be closed by now
                editor.set_pinned_keys(future.result(), forget)

        self._background.run(lambda: self._parts.pinned_keys.fingerprints(profile), done)

    def _ask_to_remove(self, words: str, change: Change) -> None:
        def make() -> QMessageBox:
            box = QMessageBox(QMessageBox.Icon.Question, "RelayTray", words, parent=self._window())
            remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
            cancel = box.addButton(QMessageBox.StandardButton.Cancel)
            box.setDefaultButton(cancel)
            remove.clicked.connect(lambda _checked=False: self.store(change))
            box.finished.connect(box.deleteLater)
            return box

        self._windows.show("remove", make)
