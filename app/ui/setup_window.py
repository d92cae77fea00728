"""The window that sets a relay up, or takes the set-up away: questions, plan, progress, outcome.

``setup_model`` knows what comes after what; here it is drawn, and what waits for the machine runs in the
background. Closing the window cancels what runs. GUI thread only.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSize
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import Fault, Hop
from app.core.provisioning import Plan, Progress, StepReport
from app.core.shadowsocks import ShadowsocksServer
from app.ui.actions import Action, Command
from app.ui.banner import Tone, banner
from app.ui.bridge import Background
from app.ui.editing import fault_of
from app.ui.page_window import PAGE_MARGINS, PageWindow, busy_bar, scrolled
from app.ui.parts import SetUpPort
from app.ui.setup_form import SetupForm
from app.ui.setup_model import Deed, Phase, Press, Screen, SetUp, screen
from app.ui.steps_view import StepsView
from app.ui.widgets import clear, label, letters, push
from app.ui.wording import told, told_fault


class SetUpWindow(PageWindow):
    """``progress`` is called by the working thread and brings each step to ``told``, in the GUI thread.

    ``tell`` hears what goes wrong after the window was closed; ``on_done`` that all went well.
    """

    def __init__(
        self,
        setup: SetUp,
        port: SetUpPort,
        background: Background,
        progress: Progress,
        choose: Callable[[Action], None],
        tell: Callable[[Fault], None],
        on_done: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._setup, self._port, self._background = setup, port, background
        self._progress, self._choose, self._tell, self._on_done = progress, choose, tell, on_done
        self._cancelled = threading.Event()
        self._is_gone = False
        self._form: SetupForm
        self._build()
        self.setMinimumSize(QSize(letters(self, 84), letters(self, 60)))
        self.resize(letters(self, 100), letters(self, 96))
        if setup.phase is Phase.LOOKING:
            self._look()

    @property
    def relay_id(self) -> str:
        return self._setup.relay.id

    def told(self, report: StepReport) -> None:
        """A step has begun or ended."""
        self._go_to(self._setup.told(report))

    def show_proxies(self, proxies: tuple[ShadowsocksServer, ...]) -> None:
        """The Shadowsocks servers that run on the relay, as the profiles have them now."""
        self._go_to(replace(self._setup, proxies=proxies))

    def closeEvent(self, event: QCloseEvent) -> None:
        self._is_gone = True
        self._cancelled.set()
        event.accept()

    def _restyle(self) -> None:
        super()._restyle()
        self._draw()

    def _build(self) -> None:
        """Everything inside; made anew when the language changes, so that no text is forgotten."""
        options, login = self._setup.options, self._setup.login
        if self._content is not None:  # what was answered until now
            options, login = self._form.options(), self._form.login()
        self._form = SetupForm(self._setup.relay, options, login)
        self._form.changed.connect(self._follow_form)
        self._title, self._news = label("", "title"), QVBoxLayout()
        self._words = label("")
        self._bar = busy_bar()
        self._steps = StepsView()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(14)
        column.addWidget(self._title)
        column.addLayout(self._news)
        for widget in (self._words, self._bar, self._form, self._steps):
            column.addWidget(widget)
        column.addStretch(1)
        self._scroll = scrolled(page)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(28, 0, 28, 0)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(self._buttons)
        self._put_in(content)
        self._pressable: dict[Deed, QPushButton] = {}
        self._shown_buttons: tuple[Press, ...] = ()
        self._draw()

    def _go_to(self, setup: SetUp) -> None:
        if setup != self._setup:
            self._setup = setup
            self._draw()

    def _draw(self) -> None:
        shown = screen(self._setup)
        self.setWindowTitle(told(shown.title))
        self._title.setText(told(shown.title))
        self._words.setText("\n\n".join(told(words) for words in shown.words))
        self._words.setVisible(bool(shown.words))
        self._bar.setVisible(shown.is_busy)
        self._form.setVisible(shown.shows_questions)
        self._steps.show_lines(shown.steps)
        self._draw_news(shown)
        if shown.buttons != self._shown_buttons:
            self._draw_buttons(shown.buttons)
        self._follow_form()

    def _draw_news(self, shown: Screen) -> None:
        clear(self._news)
        if shown.trouble is not None:
            self._news.addWidget(banner(told_fault(shown.trouble), Tone.BAD))
            self._scroll.verticalScrollBar().setValue(0)
        if shown.good_news is not None:
            self._news.addWidget(banner(told(shown.good_news), Tone.GOOD))
            self._scroll.verticalScrollBar().setValue(0)

    def _draw_buttons(self, buttons: tuple[Press, ...]) -> None:
        self._shown_buttons = buttons
        clear(self._buttons)
        self._pressable = {}
        self._buttons.addStretch(1)
        for press in buttons:
            button = push(told(press.text), partial(self._do, press.deed), main=press.is_main)
            button.setObjectName(press.deed)
            button.setEnabled(press.enabled)
            self._pressable[press.deed] = button
            self._buttons.addWidget(button)
        main = next((one for one in buttons if one.is_main), None)
        if main is not None:
            self._pressable[main.deed].setDefault(True)
            self._pressable[main.deed].setFocus()

    def _follow_form(self) -> None:
        look = self._pressable.get(Deed.LOOK) if self._setup.phase is Phase.QUESTIONS else None
        if look is not None:
            look.setEnabled(self._form.is_whole())

    # --- what a press does

    def _do(self, deed: Deed) -> None:
        {
            Deed.LOOK: self._look,
            Deed.BACK: lambda: self._go_to(self._setup.back()),
            Deed.START: self._start,
            Deed.CANCEL: self._cancel,
            Deed.QR_CODE: self._show_qr_code,
            Deed.ADD_SERVER: self._add_server,
            Deed.CLOSE: self.close,
        }[deed]()

    def _look(self) -> None:
        relay_id, port = self._setup.relay.id, self._port
        self._cancelled = cancelled = threading.Event()
        if self._setup.is_removal:
            self._go_to(self._setup.looking(self._setup.options, None))
            self._background.run(lambda: port.removal_plan(relay_id, cancelled), self._looked)
            return
        options, login = self._form.options(), self._form.login()
        self._go_to(self._setup.looking(options, login))
        self._background.run(lambda: port.plan(relay_id, options, cancelled, login), self._looked)

    def _looked(self, future: Future[Plan]) -> None:
        if self._is_gone:
            return
        fault = fault_of(future)
        self._go_to(self._setup.planned(future.result()) if fault is None else self._setup.not_planned(fault))

    def _start(self) -> None:
        relay_id, port, progress = self._setup.relay.id, self._port, self._progress
        self._cancelled = cancelled = threading.Event()
        self._go_to(self._setup.working())
        if self._setup.is_removal:
            self._background.run(lambda: port.remove(relay_id, progress, cancelled), self._worked)
            return
        options, login = self._setup.options, self._setup.login
        self._background.run(lambda: port.set_up(relay_id, options, progress, cancelled, login), self._worked)

    def _worked(self, future: Future[tuple[StepReport, ...]]) -> None:
        fault = fault_of(future)
        ended = self._setup.finished(future.result()) if fault is None else self._setup.broken_off(fault)
        if ended.phase is Phase.DONE:
            self._on_done()
        if not self._is_gone:
            self._go_to(ended)
        elif ended.fault is not None and ended.fault.hop is not Hop.CANCELLED:
            self._tell(ended.fault)

    def _cancel(self) -> None:
        self._cancelled.set()
        if self._setup.phase is Phase.WORKING:
            self._go_to(self._setup.cancelling())

    def _show_qr_code(self) -> None:
        """Of the port for phones, or of the only one."""
        proxies = sorted(self._setup.proxies, key=lambda one: not one.for_phones)
        self._choose(Action(Command.SHOW_QR_CODE, proxies[0].id))

    def _add_server(self) -> None:
        self._choose(Action(Command.ADD_SERVER, self._setup.relay.id))
        self.close()
