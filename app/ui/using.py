"""Hands servers to other programs: the "Use it from..." windows, and editors that the tray menu opens.

GUI thread only; what looks at files or starts programs runs in the background.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PySide6.QtCore import QObject

from app.core.faults import Fault
from app.core.profiles import Document
from app.core.uses import Editor
from app.ui.actions import Action, Command
from app.ui.bridge import Background
from app.ui.commands import Deed
from app.ui.document_changes import with_free_ssh_port
from app.ui.editing import Editing, fault_of
from app.ui.parts import UsesPort
from app.ui.uses_window import UsesWindow
from app.ui.windows import Windows


class Using(QObject):
    """``on_editors`` hears which editors this computer has; without a ``port`` nothing is handed over."""

    def __init__(
        self,
        parent: QObject,
        port: UsesPort | None,
        background: Background,
        windows: Windows,
        editing: Editing,
        document: Callable[[], Document],
        choose: Callable[[Action], None],
        tell: Callable[[Fault], None],
        say: Callable[[str], None],
        on_editors: Callable[[tuple[Editor, ...]], None],
    ) -> None:
        super().__init__(parent)
        self._port, self._background, self._windows, self._editing = port, background, windows, editing
        self._document, self._choose, self._tell, self._say = document, choose, tell, say
        self._on_editors = on_editors

    def deeds(self) -> dict[Command, Deed]:
        return {
            Command.OPEN_USES: self._open,
            Command.OPEN_IN_EDITOR: self._open_in_editor,
            Command.GIVE_SSH_PORT: self._give_ssh_port,
        }

    def look_for_editors(self) -> None:
        """Once at the start, for the tray menu; later the windows tell what they see."""
        port = self._port
        if port is None:
            return

        def done(future: Future[Sequence[Editor]]) -> None:
            if fault_of(future) is None:  # else the menu has no editors, and the window says why
                self._on_editors(tuple(future.result()))

        self._background.run(port.editors, done)

    def document_changed(self, document: Document) -> None:
        """The open windows look again; those of removed servers close."""
        for window in self._windows.all():
            if isinstance(window, UsesWindow):
                if document.server(window.server_id) is None:
                    window.close()
                else:
                    window.refresh()

    def server_connected(self, server_id: str) -> None:
        """Its host key may be known now, which several ways wait for."""
        window = self._windows.get(f"uses-{server_id}")
        if isinstance(window, UsesWindow):
            window.refresh()

    def _open(self, server_id: str) -> None:
        port, server = self._port, self._document().server(server_id)
        if port is None or server is None:
            return

        def make() -> UsesWindow:
            return UsesWindow(server_id, server.alias, port, self._background, self._choose, self._on_editors)

        self._windows.show(f"uses-{server_id}", make)

    def _open_in_editor(self, subject: str) -> None:
        """``subject`` as ``actions.open_in_editor`` makes it."""
        port = self._port
        server_id, editor_key, folder = subject.split("/", 2)
        server = self._document().server(server_id)
        if port is None or server is None:
            return
        words = self.tr("Opening: {place}").format(place=f"{server.alias} {folder}".strip())

        def done(future: Future[None]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
            else:
                self._say(words)

        self._background.run(lambda: port.open_folder(server_id, editor_key, folder), done)

    def _give_ssh_port(self, server_id: str) -> None:
        self._editing.store(lambda document: with_free_ssh_port(document, server_id))
