"""A window beside the main one whose whole content is one page, made anew when the language changes.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QProgressBar, QScrollArea, QVBoxLayout, QWidget

from app.ui import icons
from app.ui.widgets import refresh_icons

PAGE_MARGINS = (28, 22, 28, 12)


class PageWindow(QWidget):
    """Closed by Escape too, and deleted then.

    Each kind of window has a ``_build`` that makes everything inside and hands it to ``_put_in``, and a
    ``_restyle`` for what has colours of its own.
    """

    def __init__(self, *, below: int = 14) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowIcon(icons.app_icon())
        for key in (QKeySequence(QKeySequence.StandardKey.Close), QKeySequence(Qt.Key.Key_Escape)):
            QShortcut(key, self).activated.connect(self.close)
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(0, 0, 0, below)
        self._content: QWidget | None = None

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._speak_anew()
        elif event.type() is QEvent.Type.PaletteChange:
            QTimer.singleShot(0, self, self._restyle)

    def _build(self) -> None:
        raise NotImplementedError

    def _speak_anew(self) -> None:
        self._build()

    def _restyle(self) -> None:
        refresh_icons(self)

    def _put_in(self, content: QWidget) -> None:
        """In the place of what was there before."""
        old, self._content = self._content, content
        if old is not None:
            self._whole.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._whole.addWidget(content)


def scrolled(page: QWidget) -> QScrollArea:
    """Up and down only: words wrap."""
    area = QScrollArea()
    area.setObjectName("page")
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(page)
    return area


def busy_bar() -> QProgressBar:
    """Something goes on, and nobody knows for how long."""
    bar = QProgressBar()
    bar.setRange(0, 0)
    bar.setTextVisible(False)
    return bar
