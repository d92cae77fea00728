"""The log as it is written: levels, a filter, follow, copy, save. GUI thread only.

Lines come from any thread; a timer that runs only while lines wait brings them to the view, so that a flood
of lines costs a few redraws a second.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.log_setup import LogLine
from app.ui import icons
from app.ui.parts import LogMemoryPort
from app.ui.theme import fixed_font
from app.ui.widgets import label, letters, push

_REDRAW_MS = 250
_LINES_SHOWN = 5000


class LogWindow(QWidget):
    """``save(path, text)`` writes in the background and tells of a fault itself."""

    def __init__(self, memory: LogMemoryPort, save: Callable[[Path, str], None], log_folder: str) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Log of RelayTray"))
        self.setWindowIcon(icons.app_icon())
        self._memory, self._save = memory, save
        self._arrivals = _Arrivals(self)
        self._arrivals.some.connect(self._wake)
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.setInterval(_REDRAW_MS)
        self._redraw.timeout.connect(self._take_new)
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setFont(fixed_font())
        self._text.setMaximumBlockCount(_LINES_SHOWN)
        self._text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._text.setAccessibleName(self.tr("Log lines"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(14, 12, 14, 12)
        outer.addLayout(self._controls())
        outer.addWidget(self._text, 1)
        outer.addLayout(self._foot(log_folder))
        self.resize(letters(self, 130), letters(self, 80))
        memory.add_listener(self._arrivals.put)
        self._show_all()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._memory.remove_listener(self._arrivals.put)
        super().closeEvent(event)

    def shown_text(self) -> str:
        return self._text.toPlainText()

    def _controls(self) -> QHBoxLayout:
        self._level = QComboBox()
        for words, level in (
            (self.tr("Everything"), logging.DEBUG),
            (self.tr("What happens"), logging.INFO),
            (self.tr("Warnings"), logging.WARNING),
            (self.tr("Errors"), logging.ERROR),
        ):
            self._level.addItem(words, level)
        self._level.setCurrentIndex(1)
        self._level.setAccessibleName(self.tr("Level"))
        self._level.currentIndexChanged.connect(self._show_all)
        self._filter = QLineEdit()
        self._filter.setPlaceholderText(self.tr("Show only lines with..."))
        self._filter.setAccessibleName(self.tr("Filter"))
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._show_all)
        self._follow = QCheckBox(self.tr("Follow"))
        self._follow.setChecked(True)
        row = QHBoxLayout()
        row.addWidget(self._level)
        row.addWidget(self._filter, 1)
        row.addWidget(self._follow)
        return row

    def _foot(self, log_folder: str) -> QHBoxLayout:
        row = QHBoxLayout()
        words = self.tr("Secrets are masked. The file is in {folder}").format(folder=log_folder)
        row.addWidget(label(words, "muted", selectable=True), 1)
        row.addWidget(push(self.tr("Copy"), self._copy, icon="copy"))
        row.addWidget(push(self.tr("Save..."), self._ask_where, icon="save"))
        return row

    def _wanted(self, line: LogLine) -> bool:
        words = self._filter.text().strip().lower()
        return line.level >= int(self._level.currentData()) and words in line.text.lower()

    def _show_all(self) -> None:
        self._arrivals.take()
        lines = [line.text for line in self._memory.lines() if self._wanted(line)]
        self._text.setPlainText("\n".join(lines))
        self._go_to_end()

    def _wake(self) -> None:
        if not self._redraw.isActive():
            self._redraw.start()

    def _take_new(self) -> None:
        lines = [line.text for line in self._arrivals.take() if self._wanted(line)]
        if lines:
            self._text.appendPlainText("\n".join(lines))
            self._go_to_end()

    def _go_to_end(self) -> None:
        if self._follow.isChecked():
            bar = self._text.verticalScrollBar()
            bar.setValue(bar.maximum())

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.shown_text())

    def _ask_where(self) -> None:
        name = time.strftime("relaytray-%Y%m%d-%H%M%S.log")
        dialog = QFileDialog(self, self.tr("Save the log"), str(Path.home() / name))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.fileSelected.connect(lambda path: self._save(Path(path), self.shown_text() + "\n"))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class _Arrivals(QObject):
    """Takes lines in any thread, and tells the GUI thread once that there are some."""

    some = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=_LINES_SHOWN)
        self._is_told = False

    def put(self, line: LogLine) -> None:
        with self._lock:
            self._lines.append(line)
            is_told, self._is_told = self._is_told, True
        if not is_told:
            self.some.emit()

    def take(self) -> list[LogLine]:
        with self._lock:
            lines = list(self._lines)
            self._lines.clear()
            self._is_told = False
        return lines
