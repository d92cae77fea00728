"""Explains a changed host key. There is no button that accepts it: that would make robbery easy.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import Fault, FaultCode
from app.ui import icons
from app.ui.theme import fixed_font
from app.ui.tray_model import Mark
from app.ui.widgets import card, fit_height, is_dark, label, letters


class HostKeyChanged(QDialog):
    def __init__(self, fault: Fault, profile: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("RelayTray")
        self.setWindowIcon(icons.app_icon())
        size = self.fontMetrics().height() * 2
        picture = QLabel()
        picture.setPixmap(icons.mark(Mark.TROUBLE, on_dark=is_dark()).pixmap(size, size))
        words = QVBoxLayout()
        words.setSpacing(12)
        is_revoked = fault.code is FaultCode.HOST_KEY_REVOKED
        changed = self.tr("{profile} is not the machine it was before")
        revoked = self.tr("The host key of {profile} is marked as revoked")
        words.addWidget(label((revoked if is_revoked else changed).format(profile=profile), "heading"))
        about = self.tr(
            "The connection was stopped before anything was sent. Either the machine was reinstalled or "
            "replaced, or "
            "somebody else's machine answers in its place and waits for your password or your data."
        )
        words.addWidget(label(about))
        words.addWidget(self._keys(fault))
        todo = self.tr(
            "Find out first: ask who runs the machine, or look at its fingerprint in its own console. "
            "Only if the "
            "change was made on purpose, open Edit, More settings, and remove the pinned keys there."
        )
        words.addWidget(label(todo))
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.close)
        words.addWidget(box)
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 20, 22, 16)
        row.setSpacing(16)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        words.addStrut(letters(self, 66))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)

    def _keys(self, fault: Fault) -> QWidget:
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(2)
        rows = (
            (self.tr("Pinned"), fault.details.get("pinned", "")),
            (self.tr("Shown now"), fault.details.get("fingerprint", "")),
            (self.tr("Pinned in"), fault.details.get("where", "")),
        )
        for name, value in rows:
            if value:
                shown = label(value.replace(", ", "\n"), selectable=True)
                shown.setFont(fixed_font())
                column.addWidget(label(name, "muted", wraps=False))
                column.addWidget(shown)
                column.addSpacing(6)
        return frame
