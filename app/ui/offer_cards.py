"""What an import would bring, one card for each access: what it becomes, what is odd, and a tick.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.access import Access, Offer, OnlineAccess, ShadowsocksAccess, VmessAccess
from app.ui import icons
from app.ui.tray_entry import Mark
from app.ui.widgets import card, is_dark, keep_whole, label
from app.ui.wording import told_odd, told_refusal


def name_of(offer: Offer) -> str:
    """Its own name, or the machine it leads to. Never the address of an online access: it is a secret."""
    access = offer.access
    if isinstance(access, OnlineAccess):
        return access.name or "Outline"
    return access.name or access.host


def what_it_becomes(access: Access | OnlineAccess) -> str:
    """One sentence; "" for what becomes nothing."""
    if isinstance(access, OnlineAccess):
        return ""
    if isinstance(access, ShadowsocksAccess):
        return QCoreApplication.translate("Offer", "Becomes a Shadowsocks server.")
    words = QCoreApplication.translate(
        "Offer", "Becomes a relay with a GPU server behind it, reached by {protocol}."
    )
    return words.format(protocol="VMess" if isinstance(access, VmessAccess) else "VLESS")


def where_it_leads(access: Access | OnlineAccess) -> str:
    """Address and method; no secret."""
    if isinstance(access, OnlineAccess):
        return ""
    host = f"[{access.host}]" if ":" in access.host else access.host
    parts = [f"{host}:{access.port}"]
    if isinstance(access, ShadowsocksAccess):
        parts += [access.method, access.plugin]
    else:
        parts.append(access.network)
    return ", ".join(part for part in parts if part)


def is_to_be_taken(offer: Offer) -> bool:
    """Whether it can become a profile."""
    return offer.refusal is None and not isinstance(offer.access, OnlineAccess)


class OfferCards(QWidget):
    """``changed`` is called after every tick."""

    def __init__(
        self, offers: Sequence[Offer], changed: Callable[[], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._changed = changed
        self._ticks: list[tuple[Offer, QCheckBox]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._all = QCheckBox(self.tr("All"))
        self._all.setObjectName("tick-all")
        self._all.setTristate(True)
        keep_whole(self._all)
        self._all.clicked.connect(self._tick_all)
        column.addWidget(self._all)
        for offer in offers:
            column.addWidget(self._card(offer))
        self._all.setVisible(len(self._ticks) > 1)
        self._show_all()

    def chosen(self) -> tuple[Offer, ...]:
        return tuple(offer for offer, tick in self._ticks if tick.isChecked())

    def _card(self, offer: Offer) -> QFrame:
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(14, 10, 14, 10)
        column.setSpacing(4)
        name, can_be_taken = name_of(offer), is_to_be_taken(offer)
        about = [where_it_leads(offer.access), what_it_becomes(offer.access) if can_be_taken else ""]
        if can_be_taken:
            tick = QCheckBox(name.replace("&", "&&"))
            keep_whole(tick)
            tick.setChecked(not offer.known_as)
            tick.setAccessibleName(f"{name}. {' '.join(about)}")
            tick.toggled.connect(self._ticked)
            self._ticks.append((offer, tick))
            column.addWidget(tick)
        else:
            column.addWidget(label(name))
        for words in about:
            if words:
                column.addWidget(label(words, "muted"))
        if offer.refusal is not None:
            column.addLayout(_signed(told_refusal(offer.refusal), "cross"))
        if offer.known_as:
            words = self.tr("You have it already, as {name}.").format(name=offer.known_as)
            column.addLayout(_signed(words, "info"))
        for odd in offer.odd:
            column.addLayout(_signed(told_odd(odd), "warning"))
        return frame

    def _ticked(self) -> None:
        self._show_all()
        self._changed()

    def _tick_all(self) -> None:
        wanted = len(self.chosen()) < len(self._ticks)
        for _offer, tick in self._ticks:
            tick.setChecked(wanted)
        self._show_all()

    def _show_all(self) -> None:
        count = len(self.chosen())
        state = Qt.CheckState.PartiallyChecked
        if count in {0, len(self._ticks)}:
            state = Qt.CheckState.Checked if count else Qt.CheckState.Unchecked
        self._all.setCheckState(state)


def _signed(words: str, icon: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    sentence = label(words)
    size = sentence.fontMetrics().height()
    sign = QLabel()
    colors = icons.STATE_COLORS_ON_DARK if is_dark() else icons.STATE_COLORS_ON_LIGHT
    color = {"warning": colors[Mark.CONNECTING], "cross": colors[Mark.TROUBLE]}.get(icon)
    color = color or ("#7fb0ff" if is_dark() else "#1f66d6")
    sign.setPixmap(icons.tinted(icon, color).pixmap(size, size))
    row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(sentence, 1)
    return row
