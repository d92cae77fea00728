"""Import and export of profiles: file dialogs in the GUI thread, files in the background."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from app.core.faults import Fault
from app.core.profiles import Document
from app.core.ssh_config_import import Preview
from app.ui.bridge import Background
from app.ui.editing import Editing, fault_of
from app.ui.import_dialog import ImportDialog
from app.ui.parts import Parts
from app.ui.windows import Windows
from app.ui.wording import told_skip


class Transfers(QObject):
    """``say`` shows a short word of success, ``tell`` a fault."""

    def __init__(
        self,
        parent: QObject,
        parts: Parts,
        background: Background,
        windows: Windows,
        editing: Editing,
        document: Callable[[], Document],
        tell: Callable[[Fault], None],
        say: Callable[[str], None],
        window: Callable[[], QWidget],
    ) -> None:
        super().__init__(parent)
        self._parts, self._background, self._windows, self._editing = parts, background, windows, editing
        self._document, self._tell, self._say, self._window = document, tell, say, window

    def import_ssh_config(self) -> None:
        """What the person's own ssh config holds, as a preview."""

        def done(future: Future[Preview]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
                return
            preview = future.result()
            incoming = Document(relays=preview.relays, servers=preview.servers)
            left_out = [told_skip(one) for one in preview.skipped]
            self._preview(incoming, left_out, "~/.ssh/config")

        self._background.run(lambda: self._parts.import_ssh_config(None), done)

    def import_profiles(self) -> None:
        dialog = QFileDialog(self._window(), self.tr("Import profiles"), str(Path.home()), self._kinds())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._read)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_profiles(self) -> None:
        start = str(Path.home() / "relaytray-profiles.json")
        dialog = QFileDialog(
            self._window(), self.tr("Export profiles (without secrets)"), start, self._kinds()
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(self._write)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _read(self, name: str) -> None:
        def done(future: Future[Document]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
            else:
                self._preview(future.result(), [], name)

        self._background.run(lambda: self._parts.read_profiles_file(Path(name)), done)

    def _write(self, name: str) -> None:
        document = self._document()

        def done(future: Future[object]) -> None:
            fault = fault_of(future)
            if fault is not None:
                self._tell(fault)
            else:
                self._say(self.tr("Exported to {path}").format(path=name))

        self._background.run(lambda: self._parts.export_profiles(document, Path(name)), done)

    def _preview(self, incoming: Document, left_out: list[str], source: str) -> None:
        def take(chosen: Document) -> None:
            merge = self._parts.merge_profiles
            count = len(chosen.relays) + len(chosen.servers) + len(chosen.shadowsocks)
            done = self.tr("Imported: {count}").format(count=count)
            self._editing.store(lambda document: merge(document, chosen)[0], lambda: self._say(done))

        self._windows.show("import", lambda: ImportDialog(incoming, left_out, source, take, self._window()))

    def _kinds(self) -> str:
        return self.tr("Profiles") + " (*.json)"
