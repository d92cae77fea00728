"""What the windows around one run of steps in a cloud account have in common. GUI thread only.

Closing such a window calls off what runs.
"""

from __future__ import annotations

import threading
from dataclasses import replace

from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.cloud import CloudReport
from app.ui.cloud_model import CloudRun
from app.ui.flow_layout import FlowLayout
from app.ui.page_window import PAGE_MARGINS, PageWindow, busy_bar, scrolled
from app.ui.steps_view import StepsView
from app.ui.widgets import label


class RunWindow(PageWindow):
    """Each kind has a ``_build`` and a ``_draw``; the working thread's news of a run come to ``heard``."""

    def __init__(self) -> None:
        super().__init__()
        self._run: CloudRun | None = None
        self._is_gone = False
        self._cancelled = threading.Event()

    def heard(self, report: CloudReport) -> None:
        """A step has begun, goes on, or has ended."""
        if self._run is not None and not self._run.is_over:
            self._run = self._run.heard(report)
            self._draw()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone = True
        self._cancelled.set()
        event.accept()

    def _stop(self) -> None:
        """It ends soon, with what was done until then."""
        self._cancelled.set()
        if self._run is not None:
            self._run = replace(self._run, is_stopping=True)
            self._draw()

    def _draw(self) -> None:
        raise NotImplementedError

    def _restyle(self) -> None:
        super()._restyle()
        self._draw()

    def _lay_out(self, title: str, *middle: QWidget) -> None:
        """Title, news, words, a bar for what goes on, ``middle``, the steps; the buttons below."""
        self.setWindowTitle(title)
        self._news, self._bar, self._steps = QVBoxLayout(), busy_bar(), StepsView()
        self._words = label("")
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(14)
        column.addWidget(label(title, "title"))
        column.addLayout(self._news)
        for widget in (self._words, self._bar, *middle, self._steps):
            column.addWidget(widget)
        column.addStretch(1)
        self._buttons = FlowLayout(at_end=True)
        below = QHBoxLayout()
        below.setContentsMargins(28, 0, 28, 0)
        below.addLayout(self._buttons)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(page), 1)
        whole.addLayout(below)
        self._put_in(content)
        self._draw()
