"""A layout that puts its widgets in a row and goes on in the next row where there is no more room.

For buttons whose texts are of unlike length in each language. After Qt's own "Flow Layout" example.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    def __init__(
        self, gap: int = 8, row_gap: int = 8, parent: QWidget | None = None, *, at_end: bool = False
    ) -> None:
        """``at_end``: each row ends where the window does, as the buttons below a page do."""
        super().__init__(parent)
        self._gap, self._row_gap, self._at_end = gap, row_gap, at_end
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), is_real=False)

    def setGeometry(self, room: QRect) -> None:
        super().setGeometry(room)
        self._place(room, is_real=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _place(self, room: QRect, *, is_real: bool) -> int:
        """The height that is needed; moves the widgets only if ``is_real``."""
        y = room.y()
        for row in self._rows(room.width()):
            height = max(item.sizeHint().height() for item in row)
            x = room.x()
            if self._at_end:
                widths = [item.sizeHint().width() + self._gap for item in row]
                x += max(0, room.width() - sum(widths) + self._gap)
            for item in row:
                size = item.sizeHint()
                if is_real:
                    # In the middle of the row: the main button is higher than the others.
                    item.setGeometry(QRect(QPoint(x, y + (height - size.height()) // 2), size))
                x += size.width() + self._gap
            y += height + self._row_gap
        return max(0, y - self._row_gap - room.y())

    def _rows(self, width: int) -> list[list[QLayoutItem]]:
        rows: list[list[QLayoutItem]] = []
        used = 0
        for item in self._items:
            wanted = item.sizeHint().width()
            if not rows or used + self._gap + wanted > width:
                rows.append([])
                used = -self._gap
            rows[-1].append(item)
            used += self._gap + wanted
        return rows
