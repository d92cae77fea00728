"""A text to look at, to select and to copy: as high as it needs, never to be scrolled sideways.

GUI thread only.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

from app.ui.theme import fixed_font

_MOST_LINES = 14


class TextPreview(QPlainTextEdit):
    """Long lines go on in the next one, wherever they must: paths have no place to break at."""

    def __init__(
        self, text: str, name: str, parent: QWidget | None = None, *, most_lines: int = _MOST_LINES
    ) -> None:
        super().__init__(parent)
        self._most_lines = most_lines
        self.setObjectName("preview")
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFont(fixed_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(6)
        self.setPlainText(text.rstrip("\n"))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = max(1, self._lines())
        shown = min(lines, self._most_lines)
        margins = 2 * int(self.document().documentMargin()) + 2 * self.frameWidth() + 4
        height = shown * self.fontMetrics().lineSpacing() + margins
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(policy if lines > shown else Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if self.minimumHeight() != height:
            self.setFixedHeight(height)

    def _lines(self) -> int:
        """Lines as they are broken at this width. The document's own size lags behind: blocks that were not
        painted yet count as one line; asking for their place has them broken now.
        """
        block, layout, count = self.document().begin(), self.document().documentLayout(), 0
        while block.isValid():
            layout.blockBoundingRect(block)
            count += max(1, block.layout().lineCount())
            block = block.next()
        return count
