"""Takes links in: pasted, dropped, from a file or a picture of a QR code. First it shows what is in them.

GUI thread only; reading and storing happen in the background. The links are secrets: nothing here logs them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QImageWriter,
    QTextOption,
)
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.core.access import LinkProblem, LinkProblemCode, Offer, Offered, Taken
from app.core.faults import Fault
from app.ui.banner import Tone, banner
from app.ui.bridge import Background, fault_of
from app.ui.flow_layout import FlowLayout
from app.ui.offer_cards import OfferCards
from app.ui.page_window import PAGE_MARGINS, PageWindow, scrolled
from app.ui.parts import AccessPort
from app.ui.tab_order import go_through
from app.ui.theme import fixed_font
from app.ui.widgets import clear, keep_whole, label, letters, push
from app.ui.wording import told_fault, told_link_problem

_LINK = re.compile(r"^\s*(ss|ssconf|vmess|vless)://", re.IGNORECASE | re.MULTILINE)
_CLIPBOARD_ASKS = sys.platform == "darwin"  # the person, when a program reads it that nobody told to paste
_PAUSE_MS = 250  # after the last key, before what was typed is read


class LinkText(QPlainTextEdit):
    """Pictures and files that are pasted are handed on, not inserted as their names."""

    given = Signal(QMimeData)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(False)  # the whole window takes what is dropped
        self.setTabChangesFocus(True)
        self.setFont(fixed_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)  # links have no words

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasImage() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        if source.hasImage() or _file_in(source) is not None:
            self.given.emit(source)
        else:
            super().insertFromMimeData(source)


class LinksWindow(PageWindow):
    """``on_taken`` hears what was made of the ticked ones; the window is closed then."""

    def __init__(self, port: AccessPort, background: Background, on_taken: Callable[[Taken], None]) -> None:
        super().__init__()
        self._port, self._background, self._on_taken = port, background, on_taken
        self._asked = 0  # the number of the newest reading: answers to older ones are not shown
        self._source = ""  # the name of the file that was read; "" = what stands in the field
        self._offered = Offered()
        self._fault: Fault | None = None
        self._is_gone = self._is_busy = False
        self._cards: OfferCards | None = None
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_PAUSE_MS)
        self._typed.timeout.connect(self._read_typed)
        self._offers_clipboard = not _CLIPBOARD_ASKS and _has_links(QGuiApplication.clipboard().mimeData())
        self.setObjectName("links-window")
        self.setAcceptDrops(True)
        self.resize(letters(self, 96), letters(self, 100))
        self._text = LinkText()
        self._build()
        self._text.setFocus()  # what is typed or pasted by keys goes there

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone = True
        self._typed.stop()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if data.hasImage() or data.hasText() or _file_in(data) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.take_in(event.mimeData())

    def take_in(self, data: QMimeData) -> None:
        """What was pasted or dropped: a picture, a file, or text."""
        self._offers_clipboard = False
        self._clipboard_note.hide()
        file = _file_in(data)
        if file is not None:
            self.read_file(file)
        elif data.hasImage():
            picture = data.imageData()
            if isinstance(picture, QImage):
                png = _png_of(picture)
                self._read(self.tr("a picture"), lambda: self._port.read_picture(png))
        elif data.hasText():
            self._text.setPlainText(data.text())

    def read_file(self, name: str) -> None:
        path = Path(name)
        self._read(path.name, lambda: self._port.read_file(path))

    def _read_typed(self) -> None:
        text = self._text.toPlainText()
        self._read("", lambda: self._port.read_text(text))

    def _typing(self) -> None:
        if self._source:
            self._source = ""
        self._typed.start()

    def _read(self, source: str, read: Callable[[], Offered]) -> None:
        self._asked += 1
        self._typed.stop()
        self._source = source
        if source and self._text.toPlainText():
            self._text.blockSignals(True)
            self._text.clear()
            self._text.blockSignals(False)
        self._background.run(read, partial(self._answered, self._asked))

    def _answered(self, number: int, future: Future[Offered]) -> None:
        if self._is_gone or number != self._asked:
            return
        self._fault = fault_of(future)
        self._offered = future.result() if self._fault is None else Offered()
        self._show_offered()

    def _build(self) -> None:
        self.setWindowTitle(self.tr("Import links"))
        old, self._text = self._text, LinkText()
        self._text.setPlainText(old.toPlainText())
        old.deleteLater()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(12)
        column.addWidget(label(self.tr("Import links and QR codes"), "title"))
        about = self.tr(
            "Paste links that begin with ss://, vmess:// or vless://, or drop a file or a picture of a QR "
            "code here. Nothing is stored before you have seen what is in it."
        )
        column.addWidget(label(about, "muted"))
        self._clipboard_note = banner(
            self.tr("There is something of this kind in the clipboard."),
            Tone.NOTE,
            push(self.tr("Take it from there"), self._paste, icon="import"),
        )
        self._clipboard_note.setVisible(self._offers_clipboard)
        column.addWidget(self._clipboard_note)
        self._text.setObjectName("links")
        self._text.setAccessibleName(self.tr("Links"))
        self._text.setPlaceholderText("ss://...")
        self._text.setFixedHeight(self._text.fontMetrics().lineSpacing() * 4 + 14)
        self._text.textChanged.connect(self._typing)
        self._text.given.connect(self.take_in)
        column.addWidget(self._text)
        row = FlowLayout()
        self._paste_button = push(self.tr("Paste"), self._paste, icon="copy")
        self._paste_button.setObjectName("paste")
        words = self.tr("Choose a file or picture...")
        self._choose_button = push(words, self._choose_file, icon="folder")
        self._choose_button.setObjectName("choose-file")
        row.addWidget(self._paste_button)
        row.addWidget(self._choose_button)
        column.addLayout(row)
        self._found = QVBoxLayout()
        self._found.setSpacing(8)
        column.addLayout(self._found)
        column.addStretch(1)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(page), 1)
        whole.addWidget(self._buttons())
        self._put_in(content)
        self._show_offered()

    def _buttons(self) -> QWidget:
        box = QDialogButtonBox()
        box.setContentsMargins(28, 4, 28, 0)
        self._go = box.addButton(self.tr("Import"), QDialogButtonBox.ButtonRole.AcceptRole)
        self._go.setObjectName("import")
        self._go.setDefault(True)
        keep_whole(self._go)
        self._go.clicked.connect(lambda _checked=False: self._take())
        self._cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._cancel.clicked.connect(lambda _checked=False: self.close())
        return box

    def _restyle(self) -> None:
        super()._restyle()
        self._show_offered()

    def _show_offered(self) -> None:
        clear(self._found)
        self._cards = None
        if self._fault is not None:
            self._found.addWidget(banner(told_fault(self._fault), Tone.BAD))
        problems = [one for one in self._offered.problems if one.code is not LinkProblemCode.EMPTY]
        if self._source and (self._offered.offers or problems):
            heading = self.tr("Found in {source}:").format(source=self._source)
            self._found.addWidget(label(heading, "heading"))
        if self._offered.offers:
            self._cards = OfferCards(self._offered.offers, self._count)
            self._found.addWidget(self._cards)
        for problem in problems:
            self._found.addWidget(banner(self._told_problem(problem), Tone.BAD))
        found = [self._cards] if self._cards is not None else []
        go_through([self._text, self._paste_button, self._choose_button, *found, self._go, self._cancel])
        self._count()

    def _told_problem(self, problem: LinkProblem) -> str:
        words = told_link_problem(problem)
        if not problem.number:
            return words
        return self.tr("Number {number}: {what}").format(number=problem.number, what=words)

    def _chosen(self) -> tuple[Offer, ...]:
        return self._cards.chosen() if self._cards is not None else ()

    def _count(self) -> None:
        self._go.setEnabled(bool(self._chosen()) and not self._is_busy)

    def _paste(self) -> None:
        data: QMimeData | None = QGuiApplication.clipboard().mimeData()
        if data is not None:
            self.take_in(data)

    def _choose_file(self) -> None:
        dialog = QFileDialog(
            self, self.tr("Choose a file with links, or a picture of a QR code"), str(Path.home())
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.read_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self) -> None:
        offers = self._chosen()
        self._is_busy = True
        self._count()

        def done(future: Future[Taken]) -> None:
            fault = fault_of(future)
            if fault is None:
                self._on_taken(future.result())
            if self._is_gone:
                return
            self._is_busy = False
            if fault is None:
                self.close()
            else:
                self._fault = fault
                self._show_offered()

        self._background.run(lambda: self._port.take(offers), done)


def _has_links(data: QMimeData | None) -> bool:
    """Whether the clipboard is worth being offered. A picture may hold a code or not: that is seen later."""
    if data is None:  # an empty clipboard, on some systems
        return False
    return data.hasImage() or bool(data.hasText() and _LINK.search(data.text()))


def _file_in(data: QMimeData) -> str | None:
    """The one file of this computer that was dropped or pasted."""
    files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return files[0] if files else None


def _png_of(picture: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(picture)
    return bytes(buffer.data().data())
