"""Who made it, which version, and where its files are. GUI thread only."""

from __future__ import annotations

import platform

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import __version__
from app.ui import icons
from app.ui.widgets import fit_height, label, letters


class AboutBox(QDialog):
    def __init__(self, data_folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About RelayTray"))
        picture = QLabel()
        size = self.fontMetrics().height() * 4
        picture.setPixmap(icons.app_icon().pixmap(size, size))
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(label(f"RelayTray {__version__}", "title"))
        words.addWidget(label(self.tr("Reaches GPU servers through your own relay.")))
        words.addWidget(label(self.tr("Free software under the MIT licence.")))
        versions = (
            f"Python {platform.python_version()}, Qt {qVersion()}, {platform.system()} {platform.release()}"
        )
        words.addWidget(label(versions, "muted", selectable=True))
        files = self.tr("Its files are in {folder}").format(folder=data_folder)
        words.addWidget(label(files, "muted", selectable=True))
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        box.rejected.connect(self.close)
        words.addWidget(box)
        row = QHBoxLayout(self)
        row.setContentsMargins(22, 20, 22, 16)
        row.setSpacing(18)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        words.addStrut(letters(self, 52))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)
