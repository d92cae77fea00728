"""The page of one server or relay: headline, main button, chain, troubles, facts, traffic. GUI thread only.

``show_detail`` may be called as often as wanted: what stays the same is not touched.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import icons
from app.ui.actions import Action, Command
from app.ui.chain_view import ChainView
from app.ui.detail_model import Detail, Fact, Trouble
from app.ui.flow_layout import FlowLayout
from app.ui.segments_card import SegmentsCard
from app.ui.tab_order import go_through
from app.ui.tray_model import Mark
from app.ui.widgets import card, is_dark, label, line, push, restyle, tool
from app.ui.wording import amount, rate, told, told_fault


class DetailPage(QWidget):
    def __init__(self, choose: Callable[[Action], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choose = choose
        self._shown: Detail | None = None
        self._retry_at: float | None = None
        self._page = QVBoxLayout(self)
        self._page.setContentsMargins(28, 24, 28, 20)
        self._page.setSpacing(14)
        self._build_head()
        self._chain = ChainView()
        chain_card = card()
        self._segments = SegmentsCard(choose)
        chain_room = QVBoxLayout(chain_card)
        chain_room.setContentsMargins(10, 16, 10, 10)
        chain_room.addWidget(self._chain)
        self._troubles = QVBoxLayout()
        self._troubles.setSpacing(8)
        self._facts = QVBoxLayout()
        self._page.addWidget(chain_card)
        self._page.addLayout(self._troubles)
        self._page.addWidget(self._segments)
        self._page.addLayout(self._copy_row())
        self._page.addLayout(self._facts)
        self._page.addLayout(self._traffic_row())
        self._page.addStretch(1)

    def show_detail(self, detail: Detail) -> None:
        old, self._shown = self._shown, detail
        self._title.setText(detail.title)
        size = self.fontMetrics().height() + 4
        self._mark.setPixmap(icons.mark(detail.mark, on_dark=is_dark()).pixmap(size, size))
        if old is None or (old.title, old.retry_in_s) != (detail.title, detail.retry_in_s):
            # The seconds count from the event that told them, not from every redraw.
            self._retry_at = time.monotonic() + detail.retry_in_s if detail.retry_in_s else None
        self.count_down()
        self._main.setText(told(detail.main.text))
        self._main.setEnabled(detail.main.enabled)
        opens_line = detail.main.action.command is Command.OPEN_LINE
        wants_attention = opens_line or detail.mark in {Mark.OFF, Mark.TROUBLE}
        if (self._main.property("main") == "true") != wants_attention:
            self._main.setProperty("main", "true" if wants_attention else "false")
            self._main.setProperty("quiet", "false" if wants_attention else "true")
            restyle(self._main)
        self._chain.show_chain(detail.chain)
        self._segments.setVisible(detail.segments is not None)
        if detail.segments is not None:
            self._segments.show_segments(detail.segments)
        if old is None or old.troubles != detail.troubles:
            self._show_troubles(detail.troubles)
        if old is None or old.facts != detail.facts:
            self._show_facts(detail.facts)
        if old is None or (old.copies, old.uses, old.more) != (detail.copies, detail.uses, detail.more):
            self._show_copies(detail)
        self._show_traffic(detail)
        if old is None or replace(old, traffic=None) != replace(detail, traffic=None):
            go_through(self._stops())

    def _stops(self) -> list[QWidget]:
        """The parts of the page as they are read; some are made anew when they change."""
        return [*self._head, *self._banners, *self._segments.stops(), *self._copy_buttons, *self._fact_cards]

    def draw_anew(self) -> None:
        """After a change of theme: the pictures have other colours."""
        self._shown = None

    def count_down(self) -> None:
        """The seconds to the next try; called once a second while something waits."""
        if self._shown is None:
            return
        words = told(self._shown.status)
        if self._retry_at is not None:
            seconds = max(0, math.ceil(self._retry_at - time.monotonic()))
            words += " " + self.tr("Next try in {seconds} s.").format(seconds=seconds)
        self._status.setText(words)

    @property
    def main_button(self) -> QWidget:
        return self._main

    def _do_main(self) -> None:
        if self._shown is not None:
            self._choose(self._shown.main.action)

    def _do_edit(self) -> None:
        if self._shown is not None:
            self._choose(self._shown.edit)

    def _do_remove(self) -> None:
        if self._shown is not None:
            self._choose(self._shown.remove)

    def _build_head(self) -> None:
        self._mark = QLabel()
        self._title = label("", "title", wraps=True)
        self._status = label("", "muted")
        self._main = push("", self._do_main, main=True)
        self._main.setObjectName("main-button")
        words = QVBoxLayout()
        words.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._mark)
        row.addWidget(self._title, 1)
        words.addLayout(row)
        words.addWidget(self._status)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addLayout(words, 1)
        head.addWidget(self._main, 0, Qt.AlignmentFlag.AlignTop)
        edit = push("", self._do_edit, icon="edit")
        remove = push("", self._do_remove, icon="remove")
        for button, tip in ((edit, self.tr("Edit")), (remove, self.tr("Remove"))):
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._page.addLayout(head)
        self._head: list[QWidget] = [self._main, edit, remove]

    def _copy_row(self) -> FlowLayout:
        self._copies = FlowLayout()
        return self._copies

    def _show_copies(self, detail: Detail) -> None:
        """The first ones as buttons; the shells in one menu."""
        _clear(self._copies)
        self._copy_buttons = list(self._buttons_for(detail))
        for button in self._copy_buttons:
            self._copies.addWidget(button)

    def _buttons_for(self, detail: Detail) -> Iterator[QPushButton]:
        if detail.uses is not None:
            uses = push(told(detail.uses.text), partial(self._choose, detail.uses.action), icon="open")
            uses.setObjectName("uses")
            yield uses
        for one in detail.more:
            button = push(told(one.text), partial(self._choose, one.action), icon=one.icon)
            button.setObjectName(one.action.command)
            yield button
        plain = [one for one in detail.copies if one.text.context]
        shells = [one for one in detail.copies if not one.text.context]
        for one in plain:
            yield push(told(one.text), partial(self._choose, one.action), icon="copy")
        if not shells:
            return
        button = push(self.tr("Copy proxy environment"), lambda: None, icon="copy")
        menu = QMenu(button)
        for one in shells:
            chosen = menu.addAction(told(one.text))
            chosen.triggered.connect(lambda _checked=False, action=one.action: self._choose(action))
        button.setMenu(menu)
        yield button

    def _show_troubles(self, troubles: tuple[Trouble, ...]) -> None:
        _clear(self._troubles)
        self._banners = [self._banner(trouble) for trouble in troubles]
        for banner in self._banners:
            self._troubles.addWidget(banner)

    def _banner(self, trouble: Trouble) -> QFrame:
        banner = QFrame()
        banner.setProperty("banner", "bad")
        inside = QHBoxLayout(banner)
        inside.setContentsMargins(14, 10, 12, 10)
        inside.setSpacing(12)
        size = self.fontMetrics().height() + 4
        sign = QLabel()
        sign.setPixmap(icons.mark(Mark.TROUBLE, on_dark=is_dark()).pixmap(size, size))
        inside.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        sentence = label(told_fault(trouble.fault), selectable=True)
        sentence.setObjectName("trouble")
        words.addWidget(sentence)
        if trouble.cures:
            row = QHBoxLayout()
            for cure in trouble.cures:
                row.addWidget(push(told(cure.text), partial(self._choose, cure.action)))
            row.addStretch(1)
            words.addLayout(row)
        inside.addLayout(words, 1)
        return banner

    def _show_facts(self, facts: tuple[Fact, ...]) -> None:
        _clear(self._facts)
        frame = card()
        grid = QGridLayout(frame)
        grid.setContentsMargins(16, 10, 12, 10)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for index, fact in enumerate(facts):
            if index:
                grid.addWidget(line(), index * 2 - 1, 0, 1, 3)
            self._add_fact(grid, index * 2, fact)
        self._facts.addWidget(frame)
        self._fact_cards = [frame]

    def _add_fact(self, grid: QGridLayout, row: int, fact: Fact) -> None:
        name, words = told(fact.label), told(fact.value)
        grid.addWidget(label(name, "muted", wraps=False), row, 0)
        value = label(words, "bad" if fact.fault else "", selectable=True)
        value.setAccessibleName(f"{name}: {words}")
        grid.addWidget(value, row, 1)
        grid.setRowMinimumHeight(row, int(self.fontMetrics().height() * 2))
        if fact.copy is not None:
            button = tool(self.tr("Copy"), "copy", partial(self._choose, fact.copy))
            button.setAccessibleName(self.tr("Copy {what}").format(what=words))
            grid.addWidget(button, row, 2)

    def _traffic_row(self) -> FlowLayout:
        row = FlowLayout(gap=26, row_gap=4)
        self._received, self._sent = label("", "muted", wraps=False), label("", "muted", wraps=False)
        self._connections, self._round_trip = label("", "muted", wraps=False), label("", "muted", wraps=False)
        for one in (self._received, self._sent, self._connections, self._round_trip):
            row.addWidget(one)
        return row

    def _show_traffic(self, detail: Detail) -> None:
        traffic = detail.traffic
        for one in (self._received, self._sent, self._connections, self._round_trip):
            one.setVisible(traffic is not None)
        if traffic is None:
            return
        down = self.tr("Received {amount}, {rate}")
        up = self.tr("Sent {amount}, {rate}")
        self._received.setText(
            down.format(amount=amount(traffic.received), rate=rate(traffic.received_per_s))
        )
        self._sent.setText(up.format(amount=amount(traffic.sent), rate=rate(traffic.sent_per_s)))
        self._connections.setText(self.tr("Open connections: {count}").format(count=traffic.connections))
        is_known = detail.round_trip_ms is not None
        words = self.tr("Round trip: {ms} ms").format(ms=round(detail.round_trip_ms or 0))
        self._round_trip.setText(words if is_known else "")


def _clear(layout: QLayout) -> None:
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            _clear(inner)
