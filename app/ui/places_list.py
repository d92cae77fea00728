"""The list at the side: relays, under each its servers, and Shadowsocks servers, with their state.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem, QWidget

from app.ui import icons
from app.ui.live_state import LiveState
from app.ui.route_in_use import relay_phase
from app.ui.shadowsocks_words import phase_mark, phase_words
from app.ui.tones import DARK, LIGHT
from app.ui.tray_model import Mark, link_mark, server_mark, state_words
from app.ui.widgets import is_dark
from app.ui.wording import told

_ID = Qt.ItemDataRole.UserRole
_HEADING = "shadowsocks"  # no profile has such an id


class PlacesList(QTreeWidget):
    """``on_pick`` gets the id of the relay or server of any kind that is chosen, "" for none."""

    def __init__(
        self, on_pick: Callable[[str], None], on_open: Callable[[str], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._on_pick, self._on_open = on_pick, on_open
        self._is_filling = False
        self.setObjectName("places")
        self.setAccessibleName(self.tr("Relays and servers"))
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        size = self.fontMetrics().height()
        self.setIconSize(QSize(size, size))
        self.currentItemChanged.connect(self._picked)
        self.itemActivated.connect(lambda item, _column: self._on_open(_id_of(item)))

    def show_state(self, live: LiveState) -> None:
        """The same lines are kept and redrawn; the whole list only when profiles come or go."""
        if _shape_of(live) != self._shape():
            self._fill(live)
        on_dark = is_dark()
        roots = roots_of(self)
        for item, relay in zip(roots, live.document.relays, strict=False):  # more come after them
            phase = relay_phase(live, relay.id)
            _dress(item, relay.name, link_mark(phase), "", on_dark=on_dark)
            for child, server in zip(children_of(item), live.document.servers_of(relay.id), strict=True):
                words = told(state_words(live, server))
                _dress(child, server.alias, server_mark(live, server), words, on_dark=on_dark)
        proxies = live.document.shadowsocks
        for item, proxy in zip(roots[len(roots) - len(proxies) :], proxies, strict=True):
            state = live.proxy(proxy.id)
            words = told(phase_words(state.phase))
            _dress(item, proxy.name, phase_mark(state.phase), words, on_dark=on_dark)

    def pick(self, profile_id: str) -> None:
        item = self._item(profile_id)
        if item is not None and item is not self.currentItem():
            self.setCurrentItem(item)

    def picked(self) -> str:
        item = self.currentItem()
        return _id_of(item) if item is not None else ""

    def drawRow(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """The chosen row as one rounded bar; the style would paint the indentation as a piece of its own."""
        if index == self.currentIndex():
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor((DARK if is_dark() else LIGHT).selected))
            row = QRectF(option.rect)
            painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), 6, 6)
            painter.restore()
        super().drawRow(painter, option, index)

    def drawBranches(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Nothing: the indentation tells who belongs to whom."""

    def _shape(self) -> list[tuple[str, list[str]]]:
        return [(_id_of(item), [_id_of(child) for child in children_of(item)]) for item in roots_of(self)]

    def _fill(self, live: LiveState) -> None:
        chosen = self.picked()
        self._is_filling = True
        self.clear()
        for relay in live.document.relays:
            item = QTreeWidgetItem(self)
            item.setData(0, _ID, relay.id)
            for server in live.document.servers_of(relay.id):
                QTreeWidgetItem(item).setData(0, _ID, server.id)
        if live.document.shadowsocks:
            heading = QTreeWidgetItem(self, ["Shadowsocks"])
            heading.setData(0, _ID, _HEADING)
            font = self.font()
            font.setBold(True)
            heading.setFont(0, font)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)  # it says what is below it, and cannot be chosen
            for proxy in live.document.shadowsocks:
                QTreeWidgetItem(self).setData(0, _ID, proxy.id)
        self.expandAll()
        first = live.document.default_server()
        others = [one.id for one in live.document.relays] + [one.id for one in live.document.shadowsocks]
        fallback = first.id if first else others[0] if others else ""
        found = self._item(chosen) or self._item(fallback)
        if found is not None:
            self.setCurrentItem(found)
        self._is_filling = False
        self._on_pick(self.picked())

    def _item(self, profile_id: str) -> QTreeWidgetItem | None:
        return next((item for item in items_of(self) if _id_of(item) == profile_id), None)

    def _picked(self) -> None:
        if not self._is_filling:
            self._on_pick(self.picked())


def _shape_of(live: LiveState) -> list[tuple[str, list[str]]]:
    document = live.document
    shape = [(relay.id, [server.id for server in document.servers_of(relay.id)]) for relay in document.relays]
    proxies = [one.id for one in document.shadowsocks]
    return shape + [(one, []) for one in [_HEADING, *proxies]] if proxies else shape


def _id_of(item: QTreeWidgetItem) -> str:
    return str(item.data(0, _ID))


def roots_of(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    found = (tree.topLevelItem(index) for index in range(tree.topLevelItemCount()))
    return [item for item in found if item is not None]


def children_of(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(index) for index in range(item.childCount()))
    return [child for child in found if child is not None]


def items_of(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    """Roots and children, in the order in which they are shown."""
    return [item for root in roots_of(tree) for item in (root, *children_of(root))]


def _dress(item: QTreeWidgetItem, name: str, mark: Mark, state_words: str, *, on_dark: bool) -> None:
    if item.text(0) != name:
        item.setText(0, name)
    item.setIcon(0, icons.mark(mark, on_dark=on_dark))
    spoken = f"{name}: {state_words}" if state_words else name
    item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken)
    item.setToolTip(0, spoken)
