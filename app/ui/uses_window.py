"""The "Use it from..." window of one server: the ways at the side, the chosen one's page beside it.

It asks ``UsesPort`` in the background, at the start and after everything that may have changed something, and
tells what went wrong on the page it belongs to. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import Fault, FaultCode
from app.core.uses import Editor, Uses
from app.ui.actions import Action
from app.ui.bridge import Background
from app.ui.convert_key_dialog import ConvertKeyDialog
from app.ui.editing import fault_of
from app.ui.page_window import PageWindow, busy_bar, scrolled
from app.ui.parts import UsesPort
from app.ui.use_card import Deed, Press, UseCard, banner
from app.ui.use_page import UsePage
from app.ui.uses_model import cards
from app.ui.ways_list import WaysList
from app.ui.widgets import label, letters, push
from app.ui.wording import told_fault

T = TypeVar("T")
_SLOW_MS = 1000


class UsesWindow(PageWindow):
    """``choose`` does what belongs to the rest of the program; ``on_editors`` hears which were found."""

    def __init__(
        self,
        server_id: str,
        alias: str,
        port: UsesPort,
        background: Background,
        choose: Callable[[Action], None],
        on_editors: Callable[[tuple[Editor, ...]], None],
    ) -> None:
        super().__init__(below=0)
        self.server_id, self._alias = server_id, alias
        self._port, self._background, self._choose, self._on_editors = port, background, choose, on_editors
        self._uses: Uses | None = None
        self._cards: tuple[UseCard, ...] = ()
        self._trouble: tuple[str, Fault] | None = None  # the way it belongs to, and what went wrong
        self._is_gone, self._is_busy, self._asked = False, False, 0
        self._deeds = self._table()
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(_SLOW_MS)
        self._slow.timeout.connect(self._show_progress)
        self._said_timer = QTimer(self)
        self._said_timer.setSingleShot(True)
        self._said_timer.setInterval(6000)
        self._said_timer.timeout.connect(self._unsay)
        self.setMinimumSize(QSize(letters(self, 90), letters(self, 56)))
        self.resize(letters(self, 140), letters(self, 102))
        self._build()
        self.refresh()

    def refresh(self) -> None:
        """Look again; what is shown stays until there is something newer."""
        self._asked += 1
        mine = self._asked
        self._slow.start()

        def done(future: Future[Uses]) -> None:
            if self._is_gone or mine != self._asked:
                return  # closed meanwhile, or asked again
            self._slow.stop()
            fault = fault_of(future)
            if fault is not None:
                self._show_failure(fault)
            else:
                self._show(future.result())

        self._background.run(lambda: self._port.of(self.server_id), done)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone = True
        self._slow.stop()
        event.accept()

    def _speak_anew(self) -> None:
        way = self._ways.picked()
        self._build()
        self._draw()
        self._ways.pick(way)
        if self._uses is None:
            self.refresh()

    def _restyle(self) -> None:
        super()._restyle()
        self._page.draw_anew()

    def _build(self) -> None:
        """Everything inside; made anew when the language changes, so that no text is forgotten."""
        self._entitle()
        self._ways = WaysList(self._pick)
        self._page = UsePage(self._press)
        self._scroll = scrolled(self._page)
        self._stack = QStackedWidget()
        for page in (self._waiting_page(), self._failure_page(), self._scroll):
            self._stack.addWidget(page)
        self._said = label("", "muted")
        self._said.setObjectName("said")
        self._said.setContentsMargins(28, 4, 28, 10)
        self._said.hide()
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._stack, 1)
        right.addWidget(self._said)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        row.addLayout(right, 1)
        self._put_in(content)

    def _entitle(self) -> None:
        self.setWindowTitle(self.tr("Use {alias} from...").format(alias=self._alias))

    def _side(self) -> QWidget:
        self._side_holder = QWidget()
        self._side_holder.setObjectName("side")
        self._side_holder.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self._side_holder)
        column.setContentsMargins(8, 12, 8, 8)
        column.addWidget(self._ways)
        self._side_holder.setFixedWidth(letters(self, 34))
        return self._side_holder

    def _waiting_page(self) -> QWidget:
        self._waiting = QWidget()
        column = QVBoxLayout(self._waiting)
        column.setContentsMargins(28, 22, 28, 20)
        column.addWidget(label(self.tr("Looking for programs and keys on this computer..."), "muted"))
        column.addWidget(busy_bar())
        column.addStretch(1)
        holder = QWidget()
        QVBoxLayout(holder).addWidget(self._waiting)
        self._waiting.hide()
        return holder

    def _failure_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(28, 22, 28, 20)
        self._failure = label("", "bad", selectable=True)
        column.addWidget(self._failure)
        again = push(self.tr("Try again"), self.refresh)
        column.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        return page

    def _show_progress(self) -> None:
        if self._uses is None:
            self._waiting.show()
        elif self._is_busy:
            self._said.setText(self.tr("Working..."))
            self._said.show()

    def _show_failure(self, fault: Fault) -> None:
        self._failure.setText(told_fault(fault))
        self._stack.setCurrentIndex(1)

    def _show(self, uses: Uses) -> None:
        self._uses = uses
        if uses.alias != self._alias:  # renamed meanwhile
            self._alias = uses.alias
            self._entitle()
        self._on_editors(uses.editors)
        self._draw()

    def _draw(self) -> None:
        if self._uses is None:
            return
        self._cards = cards(self._uses)
        self._ways.show_cards(self._cards)
        width = self._ways.wanted_width() + 2 * self._ways.frameWidth() + 20
        self._side_holder.setFixedWidth(min(max(letters(self, 30), width), letters(self, 46)))
        self._stack.setCurrentIndex(2)
        self._draw_page()

    def _draw_page(self) -> None:
        shown = next((one for one in self._cards if one.use.value == self._ways.picked()), None)
        if shown is None:
            return
        trouble = None
        if self._trouble is not None and self._trouble[0] == shown.use.value:
            trouble = banner(self._trouble[1], self.server_id)
        same = trouble is not None and shown.banner is not None and shown.banner.what == trouble.what
        self._page.show_card(shown, None if same else trouble)

    def _pick(self, key: str) -> None:
        if self._trouble is not None and self._trouble[0] != key:
            self._trouble = None
        self._draw_page()
        self._scroll.verticalScrollBar().setValue(0)

    def say(self, words: str) -> None:
        self._said.setText(words)
        self._said.show()
        self._said_timer.start()

    def _unsay(self) -> None:
        self._said.hide()

    # --- what a press does

    def _press(self, press: Press) -> None:
        if press.action is not None:
            self._choose(press.action)
        else:
            self._deeds[press.deed](press.subject)

    def _table(self) -> dict[Deed, Callable[[str], None]]:
        return {
            Deed.COPY: self._copy,
            Deed.SAVE: lambda file_key: self._ask_where(file_key, opens=False),
            Deed.SAVE_AND_OPEN: lambda file_key: self._ask_where(file_key, opens=True),
            Deed.OPEN_LINK: lambda link: self._open_url(QUrl(link)),
            Deed.INSTALL_SSH_CONFIG: lambda _none: self._install(),
            Deed.REMOVE_SSH_CONFIG: lambda _none: self._remove(),
            Deed.OPEN_FOLDER: self._open_folder,
            Deed.START_WINSCP: lambda _none: self._start_winscp(),
            Deed.STORE_IN_WINSCP: lambda _none: self._store_in_winscp(),
            Deed.CHOOSE_WINSCP: lambda _none: self._ask_for_winscp(),
            Deed.START_PUTTY: lambda _none: self._start_putty(),
            Deed.CONVERT_KEY: lambda _none: self._ask_for_conversion(),
            Deed.LOOK_AGAIN: lambda _none: self._look_again(),
        }

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.say(self.tr("Copied."))

    def _install(self) -> None:
        self._do(self._port.install_ssh_config, self.tr("Installed: ssh knows your GPU servers by name."))

    def _remove(self) -> None:
        self._do(self._port.remove_ssh_config, self.tr("Removed: your ssh config is as it was."))

    def _open_folder(self, editor_key: str) -> None:
        folder = self._page.folder()
        words = self.tr("{editor} is asked to open it.").format(editor=self._editor_name(editor_key))
        self._do(lambda: self._port.open_folder(self.server_id, editor_key, folder), words)

    def _start_winscp(self) -> None:
        self._do(lambda: self._port.start_winscp(self.server_id), self.tr("WinSCP is starting."))

    def _store_in_winscp(self) -> None:
        words = self.tr("Written: {where}")
        self._do(lambda: self._port.store_in_winscp(self.server_id), lambda where: words.format(where=where))

    def _ask_for_winscp(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose WinSCP.exe"), str(Path.home()), "WinSCP (*.exe)")
        dialog.fileSelected.connect(self._choose_winscp)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _choose_winscp(self, name: str) -> None:
        self._do(lambda: self._port.choose_winscp(Path(name)), self.tr("This WinSCP is used from now on."))

    def _start_putty(self) -> None:
        self._do(lambda: self._port.start_putty(self.server_id), self.tr("PuTTY is starting."))

    def _look_again(self) -> None:
        self._trouble = None
        self.refresh()

    def _do(self, task: Callable[[], T], words: str | Callable[[T], str]) -> None:
        """Run it in the background; tell how it went, and look again."""
        if self._is_busy:
            return  # one thing after the other
        way = self._ways.picked()
        self._is_busy, self._trouble = True, None
        self._said.hide()
        self._slow.start()
        self._draw_page()

        def done(future: Future[T]) -> None:
            if self._is_gone:
                return
            self._is_busy = False
            self._said.hide()
            fault = fault_of(future)
            if fault is None:
                self.say(words if isinstance(words, str) else words(future.result()))
            elif fault.code is not FaultCode.CANCELLED:
                self._tell(way, fault)
            self.refresh()

        self._background.run(task, done)

    def _tell(self, way: str, fault: Fault) -> None:
        self._trouble = (way, fault)
        self._said.hide()
        self._draw_page()
        self._scroll.verticalScrollBar().setValue(0)

    def _editor_name(self, key: str) -> str:
        editors = self._uses.editors if self._uses is not None else ()
        return next((one.name for one in editors if one.key == key), key)

    def _ask_where(self, file_key: str, *, opens: bool) -> None:
        name = next((one.name for one in self._uses.files if one.key == file_key), "") if self._uses else ""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        start = str(Path(folder or str(Path.home())) / name)
        dialog = QFileDialog(self, self.tr("Save the file"), start)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.fileSelected.connect(lambda path: self.save_to(file_key, path, opens=opens))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_to(self, file_key: str, path: str, *, opens: bool = False) -> None:
        """Write the file that was asked for, and hand it to its program if ``opens``."""

        def told_and_opened(_nothing: Any) -> str:
            if opens:
                self._open_url(QUrl.fromLocalFile(path))
            return self.tr("Saved: {path}").format(path=path)

        self._do(lambda: self._port.save(self.server_id, file_key, Path(path)), told_and_opened)

    def _open_url(self, url: QUrl) -> None:
        if not QDesktopServices.openUrl(url):
            what = url.scheme() + "://" if not url.isLocalFile() else Path(url.toLocalFile()).name
            self._tell(self._ways.picked(), Fault.of(FaultCode.PROGRAM_MISSING, program=what))

    def _ask_for_conversion(self) -> None:
        if self._uses is None:
            return

        def convert(passphrase: str, new_passphrase: str, done: Callable[[Fault | None], None]) -> None:
            def finished(future: Future[Path]) -> None:
                if self._is_gone:
                    return
                fault = fault_of(future)
                done(fault)
                if fault is None:
                    self._trouble = None
                    self.say(self.tr("Converted: {path}").format(path=future.result()))
                    self.refresh()

            self._background.run(
                lambda: self._port.convert_key(self.server_id, passphrase, new_passphrase), finished
            )

        ConvertKeyDialog(self._uses.key, convert, self).open()
