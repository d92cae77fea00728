"""A server by its relay's v2ray as well, or not any more: question, work, faults. GUI thread only."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.core.faults import Fault, Hop
from app.core.field_rules import is_port
from app.core.problems import Problem, ProblemCode
from app.core.v2ray_route import SSHD_PORT
from app.ui.banner import Tone, banner
from app.ui.bridge import Background, fault_of
from app.ui.field_form import FieldForm
from app.ui.page_window import busy_bar
from app.ui.parts import RoutesPort
from app.ui.routes_field import PortsField
from app.ui.widgets import clear, fit_height, label, letters, push
from app.ui.wording import told_fault


class RouteDialog(QDialog):
    """``on_done`` hears once it is done; ``tell`` of a fault after the dialog was closed."""

    def __init__(
        self,
        server_id: str,
        alias: str,
        relay: str,
        ports: Sequence[int] | None,
        port: RoutesPort,
        background: Background,
        on_done: Callable[[], None],
        tell: Callable[[Fault], None],
        parent: QWidget | None = None,
    ) -> None:
        """``ports``: which are offered; None = the route is to go."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._server_id, self._port, self._background = server_id, port, background
        self._on_done, self._tell = on_done, tell
        self._cancelled = threading.Event()
        self._is_working = self._is_gone = False
        self._ports = PortsField(ports) if ports is not None else None
        names = {"alias": alias, "relay": relay}
        if ports is not None:
            self.setWindowTitle(self.tr("{alias} by v2ray as well").format(**names))
            words = self.tr(
                "RelayTray logs in at {relay} and lets this computer reach {alias} by the v2ray there: the "
                "ports below, with a user id of its own, which goes into your keyring. SSH stays as it is."
            )
            start = self.tr("Set it up")
        else:
            self.setWindowTitle(self.tr("{alias} not by v2ray any more").format(**names))
            words = self.tr(
                "RelayTray logs in at {relay} and takes back what it allowed: this computer's user id opens "
                "nothing there from then on, and is forgotten here. SSH stays as it is."
            )
            start = self.tr("Take it away")
        self._form = FieldForm()
        if self._ports is not None:
            self._form.add("ports", self.tr("Ports"), self._ports)
            self._form.changed.connect(self._check)
        self._news = QVBoxLayout()
        self._bar = busy_bar()
        self._bar.hide()
        self._start = push(start, self._do, main=True)
        self._start.setObjectName("start")
        self._stop = push(self.tr("Cancel"), self._cancel)
        self._stop.setObjectName("cancel")
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._stop)
        buttons.addWidget(self._start)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 18, 22, 16)
        column.setSpacing(14)
        column.addLayout(self._news)
        column.addWidget(label(words.format(**names)))
        if self._ports is not None:
            column.addWidget(self._form)
            more = self.tr(
                "22 is the sshd of {alias}; port forwards go through it. More ports need a v2ray bridge on "
                "the server, which its bootstrap line offers."
            )
            column.addWidget(label(more.format(**names), "muted"))
        column.addWidget(self._bar)
        column.addStretch(1)
        column.addLayout(buttons)
        self.resize(QSize(letters(self, 76), 0))
        self._check()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._leave()
        super().closeEvent(event)

    def reject(self) -> None:
        self._leave()
        super().reject()

    def _leave(self) -> None:
        self._is_gone = True
        self._cancelled.set()

    def _check(self) -> bool:
        if self._ports is None:
            return True
        ports = self._ports.ports()
        problems = [
            Problem("ports", ProblemCode.PORT_RANGE, {"value": str(one)}) for one in ports if not is_port(one)
        ]
        if SSHD_PORT not in ports:
            problems.append(Problem("ports", ProblemCode.SSHD_PORT_MISSING, {"value": str(SSHD_PORT)}))
        self._form.show_problems(problems)
        self._start.setEnabled(not problems and not self._is_working)
        return not problems

    def _do(self) -> None:
        if not self._check():
            return
        self._cancelled = cancelled = threading.Event()
        self._show_working(is_working=True)
        self._show_fault(None)
        server_id, port = self._server_id, self._port
        if self._ports is None:
            self._background.run(lambda: port.drop_v2ray(server_id, cancelled), self._done)
            return
        ports = self._ports.ports()
        self._background.run(lambda: port.permit_v2ray(server_id, ports, cancelled), self._done)

    def _done(self, future: Future[None]) -> None:
        fault = fault_of(future)
        is_cancelled = fault is not None and fault.hop is Hop.CANCELLED
        if fault is None:
            self._on_done()
        if self._is_gone:
            if fault is not None and not is_cancelled:
                self._tell(fault)
            return
        if fault is None:
            self.accept()
            return
        self._show_working(is_working=False)
        self._show_fault(None if is_cancelled else fault)

    def _cancel(self) -> None:
        """While it works: stop that; what the machine was asked already it may still do."""
        if not self._is_working:
            self.reject()
            return
        self._cancelled.set()
        self._stop.setEnabled(False)

    def _show_working(self, *, is_working: bool) -> None:
        self._is_working = is_working
        self._bar.setVisible(is_working)
        self._form.setEnabled(not is_working)
        self._stop.setEnabled(True)
        self._start.setEnabled(not is_working)
        self._check()

    def _show_fault(self, fault: Fault | None) -> None:
        clear(self._news)
        if fault is not None:
            self._news.addWidget(banner(told_fault(fault), Tone.BAD))
        fit_height(self)
        QTimer.singleShot(0, self, lambda: fit_height(self))  # and once what is in it has its width
