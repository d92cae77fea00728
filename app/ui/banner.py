"""A framed sentence with a sign before it: what is wrong, what is still to be done, what went well.

GUI thread only.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.ui import icons
from app.ui.tray_model import Mark
from app.ui.widgets import is_dark, label


class Tone(StrEnum):
    BAD = "bad"
    NOTE = "note"
    GOOD = "good"


def banner(words: str, tone: Tone, *below: QWidget) -> QFrame:
    """``below`` are buttons under the sentence."""
    frame = QFrame()
    frame.setProperty("banner", "bad" if tone is Tone.BAD else "note")
    inside = QHBoxLayout(frame)
    inside.setContentsMargins(14, 10, 12, 10)
    inside.setSpacing(12)
    size = frame.fontMetrics().height() + 4
    sign = QLabel()
    sign.setPixmap(_sign(tone).pixmap(size, size))
    inside.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    column = QVBoxLayout()
    column.setSpacing(8)
    sentence = label(words, selectable=True)
    sentence.setObjectName(f"banner-{tone}")
    column.addWidget(sentence)
    if below:
        row = QHBoxLayout()
        for widget in below:
            row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)
    inside.addLayout(column, 1)
    return frame


def _sign(tone: Tone) -> QIcon:
    if tone is Tone.NOTE:
        return icons.tinted("info", "#7fb0ff" if is_dark() else "#1f66d6")
    return icons.mark(Mark.TROUBLE if tone is Tone.BAD else Mark.CONNECTED, on_dark=is_dark())
