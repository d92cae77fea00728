"""What RelayTray has made in the cloud account and what it costs a month. GUI thread only."""

from __future__ import annotations

import threading
from concurrent.futures import Future

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.cloud import CloudBill
from app.core.faults import Fault, FaultCode
from app.ui.banner import Tone, banner
from app.ui.bridge import Background
from app.ui.cloud_model import ThingLine, price, thing_lines
from app.ui.editing import fault_of
from app.ui.page_window import PAGE_MARGINS, PageWindow, busy_bar, scrolled
from app.ui.parts import CloudPort
from app.ui.widgets import card, label, letters, line, push
from app.ui.wording import told, told_fault


class CloudBillWindow(PageWindow):
    """Asks at once; closing it calls that off."""

    def __init__(self, port: CloudPort, background: Background) -> None:
        super().__init__()
        self._port, self._background = port, background
        self._bill: CloudBill | None = None
        self._fault: Fault | None = None
        self._is_gone = self._is_busy = False
        self._cancelled = threading.Event()
        self.setMinimumSize(QSize(letters(self, 72), letters(self, 40)))
        self.resize(letters(self, 100), letters(self, 80))
        self._ask()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone = True
        self._cancelled.set()
        event.accept()

    def _restyle(self) -> None:
        super()._restyle()
        self._build()

    def _build(self) -> None:
        title = self.tr("What costs money in Amazon Lightsail")
        self.setWindowTitle(title)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(14)
        column.addWidget(label(title, "title"))
        words = self.tr(
            "Everything that RelayTray has made in your AWS account, in every region, also what no relay "
            "of your list needs any more."
        )
        column.addWidget(label(words, "muted"))
        if self._is_busy:
            column.addWidget(busy_bar())
        if self._fault is not None:
            column.addWidget(banner(told_fault(self._fault), Tone.BAD))
        if self._bill is not None:
            self._add_bill(column, self._bill)
        column.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(28, 0, 28, 0)
        buttons.addStretch(1)
        buttons.addWidget(push(self.tr("Close"), self.close))
        again = push(self.tr("Ask again"), self._ask)
        again.setObjectName("again")
        again.setEnabled(not self._is_busy)
        buttons.addWidget(again)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(page), 1)
        whole.addLayout(buttons)
        self._put_in(content)

    def _add_bill(self, column: QVBoxLayout, bill: CloudBill) -> None:
        for region, fault in bill.unread:
            words = self.tr("{region} is not known: {reason}")
            column.addWidget(banner(words.format(region=region, reason=told_fault(fault)), Tone.BAD))
        if bill.closed:
            words = self.tr("Not enabled for this account, and not asked: {regions}")
            column.addWidget(label(words.format(regions=", ".join(bill.closed)), "muted"))
        lines = list(thing_lines(bill.things))
        if not lines:
            column.addWidget(banner(self.tr("There is nothing of RelayTray's: it costs nothing."), Tone.GOOD))
            return
        frame = card()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(16, 12, 16, 12)
        inside.setSpacing(9)
        for number, one in enumerate(lines):
            if number:
                inside.addWidget(line())
            inside.addLayout(_row(one))
        column.addWidget(frame)
        together = self.tr("Together: {price}, as far as the prices are told.")
        total = label(together.format(price=told(price(bill.total))))
        total.setObjectName("total")
        column.addWidget(total)
        note = self.tr(
            "An address that is attached to no machine costs money by the hour. Snapshots, disks, and what "
            "another computer has made, are deleted in the AWS console or there."
        )
        column.addWidget(label(note, "muted"))

    def _ask(self) -> None:
        port = self._port
        self._cancelled = cancelled = threading.Event()
        self._is_busy, self._fault = True, None
        self._build()
        self._background.run(lambda: port.billing(cancelled), self._told)

    def _told(self, future: Future[CloudBill]) -> None:
        if self._is_gone:
            return
        fault = fault_of(future)
        self._is_busy = False
        self._fault = None if fault is not None and fault.code is FaultCode.CANCELLED else fault
        self._bill = future.result() if fault is None else self._bill
        self._build()


def _row(one: ThingLine) -> QHBoxLayout:
    words = QVBoxLayout()
    words.setSpacing(3)
    words.addWidget(label(f"{told(one.kind)}: {one.name}", selectable=True))
    words.addWidget(label(one.about, "muted", selectable=True))
    row = QHBoxLayout()
    row.setSpacing(14)
    row.addLayout(words, 1)
    cost = label(told(one.price), "" if one.costs else "muted", wraps=False)
    row.addWidget(cost, 0, Qt.AlignmentFlag.AlignTop)
    return row
