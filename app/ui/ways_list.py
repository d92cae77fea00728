"""The list of the "Use it from..." window: one line for each way to use a server. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.ui import icons
from app.ui.tones import DARK, LIGHT, Tones
from app.ui.use_card import UseCard
from app.ui.widgets import is_dark
from app.ui.wording import told

_KEY, _STATE, _ICON = (Qt.ItemDataRole.UserRole + number for number in range(3))
_GAP = 9


class WaysList(QListWidget):
    """``on_pick`` gets the key of the way that is chosen."""

    def __init__(self, on_pick: Callable[[str], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._on_pick = on_pick
        self.setObjectName("ways")
        self.setAccessibleName(self.tr("Ways to use the server"))
        self.setItemDelegate(_Line(self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.currentItemChanged.connect(self._picked)

    def show_cards(self, cards: Sequence[UseCard]) -> None:
        """The chosen way stays chosen while it is there."""
        if [card.use.value for card in cards] != [self._key(row) for row in range(self.count())]:
            self._fill(cards)
        for row, card in enumerate(cards):
            item = self.item(row)
            title, state = told(card.title), told(card.state) if card.state else ""
            item.setText(title)
            item.setData(_STATE, state)
            item.setData(_ICON, card.icon)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{title}: {state}" if state else title)

    def pick(self, key: str) -> None:
        for row in range(self.count()):
            if self._key(row) == key:
                self.setCurrentRow(row)

    def picked(self) -> str:
        return self._key(self.currentRow()) if self.currentRow() >= 0 else ""

    def wanted_width(self) -> int:
        """What the longest line needs."""
        return max(
            (self.sizeHintForIndex(self.model().index(row, 0)).width() for row in range(self.count())),
            default=0,
        )

    def _key(self, row: int) -> str:
        return str(self.item(row).data(_KEY))

    def _fill(self, cards: Sequence[UseCard]) -> None:
        chosen = self.picked()
        self.blockSignals(True)
        self.clear()
        for card in cards:
            item = QListWidgetItem(self)
            item.setData(_KEY, card.use.value)
        self.pick(chosen)
        if self.currentRow() < 0 and self.count():
            self.setCurrentRow(0)
        self.blockSignals(False)
        if self.picked() != chosen:
            self._on_pick(self.picked())

    def _picked(self) -> None:
        self._on_pick(self.picked())


class _Line(QStyledItemDelegate):
    """Icon, title, and under it the state in a paler colour."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tones = DARK if is_dark() else LIGHT
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _bar(painter, option, tones)
        metrics = QFontMetrics(option.font)
        size = metrics.height() + 2
        room = option.rect.adjusted(_GAP, 0, -_GAP, 0)
        top = room.top() + (room.height() - size) // 2
        name = str(index.data(_ICON))
        icons.tinted(name, tones.text).paint(painter, QRect(room.left(), top, size, size))
        words = room.adjusted(size + _GAP, 0, 0, 0)
        state = str(index.data(_STATE) or "")
        height = metrics.height() * (2 if state else 1)
        line = QRect(words.left(), room.center().y() - height // 2 + 1, words.width(), metrics.height())
        # Letters of a fallback font are taller than these metrics say: they must not be cut.
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.setPen(QColor(tones.text))
        painter.drawText(line, flags, metrics.elidedText(title, Qt.TextElideMode.ElideRight, line.width()))
        if state:
            line.moveTop(line.top() + metrics.height())
            painter.setPen(QColor(tones.muted))
            painter.drawText(
                line, flags, metrics.elidedText(state, Qt.TextElideMode.ElideRight, line.width())
            )
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        metrics = QFontMetrics(option.font)
        title, state = str(index.data(Qt.ItemDataRole.DisplayRole) or ""), str(index.data(_STATE) or "")
        widest = max(metrics.horizontalAdvance(title), metrics.horizontalAdvance(state))
        return QSize(widest + metrics.height() + 2 + 3 * _GAP + 4, int(metrics.height() * 2.7))


def _bar(painter: QPainter, option: QStyleOptionViewItem, tones: Tones) -> None:
    """The chosen line as a rounded bar; with a ring where the keyboard is."""
    row = QRectF(option.rect).adjusted(1, 1, -1, -1)
    states = option.state
    if states & QStyle.StateFlag.State_Selected:
        has_focus = bool(states & QStyle.StateFlag.State_HasFocus)
        painter.setPen(QPen(QColor(tones.accent), 1.5) if has_focus else QPen(Qt.PenStyle.NoPen))
        painter.setBrush(QColor(tones.selected))
        painter.drawRoundedRect(row, 6, 6)
    elif states & QStyle.StateFlag.State_MouseOver:
        color = QColor(tones.selected)
        color.setAlphaF(0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawRoundedRect(row, 6, 6)
