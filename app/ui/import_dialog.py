"""What an import would bring, to be ticked before anything is stored. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.core.profiles import Document, Relay, Server
from app.ui import icons
from app.ui.places_list import children_of, items_of
from app.ui.shadowsocks_words import far_address
from app.ui.widgets import label, letters

_ID = Qt.ItemDataRole.UserRole


class ImportDialog(QDialog):
    """``on_import(chosen)`` gets the ticked profiles; a ticked server brings its relay with it."""

    def __init__(
        self,
        incoming: Document,
        left_out: Sequence[str],
        source: str,
        on_import: Callable[[Document], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Import profiles"))
        self.setWindowIcon(icons.app_icon())
        self._incoming, self._on_import = incoming, on_import
        self._tree = QTreeWidget()
        self._tree.setHeaderLabels([self.tr("Name"), self.tr("Address")])
        self._tree.setRootIsDecorated(False)
        self._tree.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)  # ticks are what counts
        self._tree.setAccessibleName(self.tr("Profiles to import"))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 18, 22, 14)
        outer.setSpacing(12)
        outer.addWidget(label(self._heading(source)))
        outer.addWidget(self._tree, 1)
        if left_out:
            outer.addWidget(label(self.tr("Not imported:"), "heading"))
            outer.addWidget(label("\n".join(left_out), "muted", selectable=True))
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = box.addButton(self.tr("Import"), QDialogButtonBox.ButtonRole.AcceptRole)
        box.accepted.connect(self._import)
        box.rejected.connect(self.reject)
        outer.addWidget(box)
        self._fill()
        self._tree.itemChanged.connect(self._ticked)
        self._count()
        self._go.setDefault(True)
        self._go.setFocus()
        self.resize(letters(self, 92), letters(self, 70))

    def chosen(self) -> Document:
        """The ticked servers of both kinds, and the ticked relays with those that the servers need."""
        ticked = {str(item.data(0, _ID)) for item in self._items() if _is_ticked(item)}
        servers = tuple(server for server in self._incoming.servers if server.id in ticked)
        needed = {server.relay_id for server in servers} | ticked
        relays = tuple(relay for relay in self._incoming.relays if relay.id in needed)
        proxies = tuple(one for one in self._incoming.shadowsocks if one.id in ticked)
        return Document(relays=relays, servers=servers, shadowsocks=proxies)

    def _heading(self, source: str) -> str:
        incoming = self._incoming
        if not incoming.relays and not incoming.servers and not incoming.shadowsocks:
            return self.tr("There is nothing in {source} that could be imported.").format(source=source)
        return self.tr("From {source}. Nothing that you have is changed.").format(source=source)

    def _fill(self) -> None:
        for relay in self._incoming.relays:
            item = self._add(self._tree, relay.id, relay.name, _address_of(relay), "relay")
            for server in self._incoming.servers_of(relay.id):
                self._add(item, server.id, server.alias, self._address_of(server), "server")
        known = {relay.id for relay in self._incoming.relays}
        for server in self._incoming.servers:
            if server.relay_id not in known:
                self._add(self._tree, server.id, server.alias, self._address_of(server), "server")
        for proxy in self._incoming.shadowsocks:
            self._add(self._tree, proxy.id, proxy.name, f"Shadowsocks: {far_address(proxy)}", "globe")
        self._tree.expandAll()
        self._tree.setColumnWidth(0, self._tree.sizeHintForColumn(0) + letters(self, 6))

    def _add(
        self, parent: QTreeWidget | QTreeWidgetItem, key: str, name: str, address: str, icon: str
    ) -> QTreeWidgetItem:
        item = QTreeWidgetItem(parent, [name, address])
        item.setData(0, _ID, key)
        item.setCheckState(0, Qt.CheckState.Checked)
        item.setIcon(0, icons.tinted(icon, self.palette().placeholderText().color().name()))
        return item

    def _address_of(self, server: Server) -> str:
        words = self.tr("tunnel at port {port}").format(port=server.route.port)
        return f"{server.user}, {words}" if server.user else words

    def _items(self) -> list[QTreeWidgetItem]:
        return items_of(self._tree)

    def _ticked(self, item: QTreeWidgetItem) -> None:
        parent = item.parent()
        if parent is not None and _is_ticked(item):
            parent.setCheckState(0, Qt.CheckState.Checked)  # a server needs its relay
        elif parent is None and not _is_ticked(item):
            for child in children_of(item):
                child.setCheckState(0, Qt.CheckState.Unchecked)
        self._count()

    def _count(self) -> None:
        self._go.setEnabled(any(_is_ticked(item) for item in self._items()))

    def _import(self) -> None:
        self._on_import(self.chosen())
        self.accept()


def _is_ticked(item: QTreeWidgetItem) -> bool:
    return item.checkState(0) is Qt.CheckState.Checked


def _address_of(relay: Relay) -> str:
    address = f"{relay.user}@{relay.host}" if relay.user else relay.host
    return address if relay.port == 22 else f"{address}:{relay.port}"
