"""The doctor's window for one server or relay: what is looked at as it happens, and the report to be shared.

It begins at once; closing it calls off what runs. GUI thread only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from app.core.diagnosis import Diagnosis, Examined, Examining, Routes
from app.core.faults import Fault, FaultCode, RelayTrayError
from app.storage.atomic_file import write_private
from app.ui.banner import Tone, banner
from app.ui.bridge import Background
from app.ui.checks_view import ChecksView
from app.ui.doctor_model import Outcome, Phase, Visit, first_bad, headline, rows, running, title
from app.ui.editing import fault_of
from app.ui.page_window import PAGE_MARGINS, PageWindow, busy_bar, scrolled
from app.ui.parts import DoctorPort
from app.ui.widgets import clear, label, letters, push
from app.ui.wording import told, told_examined, told_fault

_SAID_MS = 6000
_TONES = {Outcome.GOOD: Tone.GOOD, Outcome.WARNING: Tone.NOTE, Outcome.BAD: Tone.BAD}
FILE_NAME = "relaytray-doctor.md"


class DoctorWindow(PageWindow):
    """``names()`` gives (relay's name, alias, routes) as they are now.

    ``publish`` is called by the working thread and brings each check to ``heard``, in the GUI thread.
    """

    def __init__(
        self,
        relay_id: str,
        server_id: str,
        names: Callable[[], tuple[str, str, Routes]],
        port: DoctorPort,
        background: Background,
        publish: Examining,
    ) -> None:
        super().__init__()
        self.relay_id, self.server_id = relay_id, server_id
        self._names, self._port, self._background, self._publish = names, port, background, publish
        self._cancelled = threading.Event()
        self._is_gone = self._is_masked = False
        self._said_timer = QTimer(self)
        self._said_timer.setSingleShot(True)
        self._said_timer.setInterval(_SAID_MS)
        self._said_timer.timeout.connect(self._unsay)
        self._visit = Visit(*names())
        self._build()
        self.setMinimumSize(QSize(letters(self, 80), letters(self, 60)))
        self.resize(letters(self, 104), letters(self, 112))
        self._begin()

    def heard(self, examined: Examined) -> None:
        """A check has begun or ended."""
        if not self._visit.is_over:
            self._go_to(self._visit.heard(examined))
            self._follow()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone = True
        self._cancelled.set()
        event.accept()

    def _restyle(self) -> None:
        super()._restyle()
        self._checks.draw_anew()
        self._draw()

    # --- what is drawn ------------------------------------------------------------------------------------

    def _build(self) -> None:
        """Everything inside; made anew when the language changes, so that no text is forgotten."""
        self._title, self._news = label("", "title"), QVBoxLayout()
        self._bar = busy_bar()
        self._checks = ChecksView()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(14)
        column.addWidget(self._title)
        column.addLayout(self._news)
        column.addWidget(self._bar)
        column.addWidget(self._checks)
        column.addStretch(1)
        self._scroll = scrolled(page)
        self._said = label("", "muted")
        self._said.setObjectName("said")
        self._said.setContentsMargins(28, 4, 28, 8)
        self._said.hide()
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._scroll, 1)
        whole.addWidget(self._said)
        whole.addLayout(self._foot())
        self._put_in(content)
        self._draw()

    def _foot(self) -> QVBoxLayout:
        self._mask = QCheckBox(self.tr("Without names and addresses"))
        self._mask.setToolTip(
            self.tr("The report says relay-1 and server-1, and holds no secrets in any case.")
        )
        self._mask.setChecked(self._is_masked)
        self._mask.toggled.connect(self._remember_mask)
        self._copy = push(self.tr("Copy report"), self._copy_report, icon="copy")
        self._save = push(self.tr("Save..."), self._ask_where, icon="save")
        self._stop = push(self.tr("Stop"), self._stop_now)
        self._again = push(self.tr("Run again"), self._begin, main=True)
        for name in ("mask", "copy", "save", "stop", "again"):
            getattr(self, f"_{name}").setObjectName(name)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._copy)
        row.addWidget(self._save)
        row.addStretch(1)
        row.addWidget(self._stop)
        row.addWidget(self._again)
        foot = QVBoxLayout()
        foot.setContentsMargins(28, 8, 28, 0)
        foot.setSpacing(10)
        foot.addWidget(self._mask)
        foot.addLayout(row)
        return foot

    def _remember_mask(self, is_masked: bool) -> None:
        self._is_masked = is_masked

    def _go_to(self, visit: Visit) -> None:
        if visit != self._visit:
            self._visit = visit
            self._draw()

    def _draw(self) -> None:
        visit = self._visit
        self.setWindowTitle(told(title(visit)))
        self._title.setText(told(title(visit)))
        self._bar.setVisible(not visit.is_over)
        self._checks.show_rows(rows(visit))
        self._draw_news(visit)
        for button in (self._copy, self._save):
            button.setEnabled(visit.has_report)
        self._stop.setVisible(not visit.is_over)
        self._stop.setEnabled(visit.phase is Phase.RUNNING)
        self._again.setVisible(visit.is_over)

    def _draw_news(self, visit: Visit) -> None:
        clear(self._news)
        outcome, words = headline(visit)
        if visit.fault is not None:
            self._news.addWidget(banner(told_fault(visit.fault), Tone.BAD))
        elif outcome is Outcome.BUSY:
            self._news.addWidget(label(told(words), "muted"))
        else:
            bad = first_bad(visit)
            said = told(words) if bad is None else f"{told(words)}\n{told_examined(bad)}"
            self._news.addWidget(banner(said, _TONES[outcome]))

    def _follow(self) -> None:
        """What is looked at now is seen."""
        check = running(self._visit)
        row = self._checks.row(check) if check is not None else None
        if row is not None:
            self._scroll.ensureWidgetVisible(row, 0, 24)

    def say(self, words: str) -> None:
        self._said.setText(words)
        self._said.show()
        self._said_timer.start()

    def _unsay(self) -> None:
        self._said.hide()

    # --- what a press does --------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._cancelled = cancelled = threading.Event()
        port, relay_id, server_id, publish = self._port, self.relay_id, self.server_id, self._publish
        self._go_to(Visit(*self._names()))
        self._scroll.verticalScrollBar().setValue(0)
        self._background.run(lambda: port.examine(relay_id, server_id, publish, cancelled), self._ended)

    def _ended(self, future: Future[Diagnosis]) -> None:
        if self._is_gone:
            return
        self._go_to(self._visit.ended(fault_of(future)))
        self._scroll.verticalScrollBar().setValue(0)
        self._again.setFocus()

    def _stop_now(self) -> None:
        self._cancelled.set()
        self._go_to(self._visit.stopping())

    def _copy_report(self) -> None:
        def copied(text: str) -> str:
            QGuiApplication.clipboard().setText(text)
            return self.tr("Copied.")

        self._with_report(lambda text: text, copied)

    def _ask_where(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
        start = str(Path(folder or str(Path.home())) / FILE_NAME)
        dialog = QFileDialog(self, self.tr("Save the report"), start)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("md")
        dialog.fileSelected.connect(self.save_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def save_to(self, path: str) -> None:
        """Write the report into the file that was asked for."""

        def write(text: str) -> str:
            try:
                write_private(Path(path), text.encode())
            except OSError as e:
                fault = Fault.of(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or e)
                raise RelayTrayError(fault) from e
            return text

        self._with_report(write, lambda _text: self.tr("Saved: {path}").format(path=path))

    def _with_report(self, use: Callable[[str], str], told_words: Callable[[str], str]) -> None:
        """``use`` runs in the background, ``told_words`` in the GUI thread."""
        port, diagnosis, masked = self._port, self._visit.diagnosis, self._is_masked

        def done(future: Future[str]) -> None:
            if self._is_gone:
                return
            fault = fault_of(future)
            self.say(told_fault(fault) if fault is not None else told_words(future.result()))

        self._background.run(lambda: use(port.report([diagnosis], masked=masked)), done)
