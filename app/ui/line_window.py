"""The window that brings a GPU server online: what the line shall do, the line itself, and what came of it.

Closing it leaves the waiting to go on in the background. GUI thread only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import FaultCode
from app.core.provisioning import LineOptions
from app.ui import icons
from app.ui.banner import Tone, banner
from app.ui.line_choices import LineChoices
from app.ui.line_model import Enrolling, LineScreen, Stage, Way, screen
from app.ui.page_window import PAGE_MARGINS, PageWindow, busy_bar, scrolled
from app.ui.text_preview import TextPreview
from app.ui.texts import Text
from app.ui.tray_model import Mark
from app.ui.widgets import card, clear, dress, is_dark, label, letters, push, restyle
from app.ui.wording import told, told_fault

_COPIED_MS = 4000
_MOST_LINES = 4  # of the line: nobody reads it, and what comes of it is to be seen below


class LineWindow(PageWindow):
    """``make(options)`` asks for a line; what comes of it arrives by ``show_state``."""

    def __init__(
        self,
        known: Enrolling,
        make: Callable[[LineOptions], None],
        choose_another: Callable[[], None],
        set_up_relay: Callable[[], None],
    ) -> None:
        super().__init__()
        self.server_id = known.server.id
        self._known, self._make, self._choose_another = known, make, choose_another
        self._set_up_relay = set_up_relay
        self._host_keys: Sequence[str] = ()
        self._drawn: tuple[LineScreen, Sequence[str], bool] | None = None
        self._ticking = QTimer(self)
        self._ticking.setInterval(1000)
        self._ticking.timeout.connect(self._draw)
        self._copied = QTimer(self)
        self._copied.setSingleShot(True)
        self._copied.setInterval(_COPIED_MS)
        self._copied.timeout.connect(self._show_copy)
        self._choices = self._new_choices(known.options)
        self._build()
        self.setMinimumSize(QSize(letters(self, 84), letters(self, 60)))
        self.resize(letters(self, 104), letters(self, 100))

    def show_state(self, known: Enrolling) -> None:
        """Draw this; may be called as often as wanted."""
        self._known = known
        self._draw()

    def show_host_keys(self, fingerprints: Sequence[str]) -> None:
        """Those that are remembered of the server since it is online."""
        self._host_keys = tuple(fingerprints)
        self._draw()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._ticking.stop()
        self._copied.stop()
        event.accept()

    def _speak_anew(self) -> None:
        self._choices = self._new_choices(self._choices.options())
        self._build()

    def _new_choices(self, options: LineOptions) -> LineChoices:
        return LineChoices(options, has_carrier=self._known.relay.carrier is not None)

    def _restyle(self) -> None:
        super()._restyle()
        self._draw()

    def _build(self) -> None:
        """Everything inside; made anew when the language changes, so that no text is forgotten."""
        self._title = label("", "title")
        self._news, self._line_holder, self._ways = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._does = QVBoxLayout()
        self._beneath = label("", "muted")
        self._bar = busy_bar()
        self._copy: QPushButton | None = None
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(14)
        column.addWidget(self._title)
        column.addLayout(self._news)
        column.addWidget(self._choices)
        column.addWidget(self._bar)
        column.addLayout(self._line_holder)
        column.addLayout(self._ways)
        column.addWidget(self._beneath)
        column.addLayout(self._does)
        column.addStretch(1)
        self._scroll = scrolled(page)
        content = QWidget()
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(self._bottom())
        self._put_in(content)
        self._drawn = None
        self._draw()

    def _bottom(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(28, 0, 28, 0)
        self._words_of_waiting = self.tr("You may close this window: RelayTray goes on waiting.")
        self._goes_on = label("", "muted")
        row.addWidget(self._goes_on, 1)
        self._another = push(self.tr("New line"), self._choose_another)
        self._another.setObjectName("another")
        self._set_up = push(self.tr("Set up the relay..."), self._set_up_relay, main=True)
        self._set_up.setObjectName("set-up-relay")
        self._go_on = push(self.tr("Make the line"), self._do_make, main=True)
        self._go_on.setObjectName("make")
        close = push(self.tr("Close"), self.close)
        close.setObjectName("close")
        for button in (close, self._another, self._set_up, self._go_on):
            row.addWidget(button)
        return row

    def _draw(self) -> None:
        shown = screen(self._known, time.time())
        if self._drawn == (shown, self._host_keys, is_dark()):
            return
        before, self._drawn = self._drawn, (shown, self._host_keys, is_dark())
        self.setWindowTitle(told(shown.title))
        self._title.setText(told(shown.title))
        self._choices.setVisible(shown.shows_choices)
        self._bar.setVisible(shown.stage is Stage.MAKING)
        self._beneath.setText(told(shown.words) if shown.words is not None else "")
        self._beneath.setVisible(shown.words is not None)
        self._draw_buttons(shown)
        self._draw_news(shown)
        if before is None or before[0].line != shown.line:
            self._draw_line(shown)
        if before is None or before[0].does != shown.does:
            self._draw_does(shown.does)
        if before is None or (before[0].ways, before[2]) != (shown.ways, is_dark()):
            self._draw_ways(shown.ways)
        if before is None or before[0].stage is not shown.stage:
            self._scroll.verticalScrollBar().setValue(0)
        is_counting = shown.stage is Stage.WAITING
        if is_counting != self._ticking.isActive():
            self._ticking.start() if is_counting else self._ticking.stop()

    def _draw_buttons(self, shown: LineScreen) -> None:
        stage = shown.stage
        self._go_on.setVisible(stage in {Stage.CHOICES, Stage.MAKING})
        self._go_on.setEnabled(stage is Stage.CHOICES)
        self._go_on.setText(self.tr("Making...") if stage is Stage.MAKING else self.tr("Make the line"))
        self._set_up.setVisible(stage is Stage.NO_RELAY)
        self._another.setVisible(stage in {Stage.WAITING, Stage.REPORTED, Stage.EXPIRED, Stage.ONLINE})
        goes_on = stage in {Stage.WAITING, Stage.REPORTED} and shown.trouble is None
        self._goes_on.setText(self._words_of_waiting if goes_on else "")
        is_next = stage is Stage.EXPIRED or shown.trouble is not None
        self._another.setProperty("main", "true" if is_next else "false")
        self._another.setProperty("quiet", "false" if is_next else "true")
        restyle(self._another)

    def _draw_news(self, shown: LineScreen) -> None:
        clear(self._news)
        if shown.trouble is not None:
            cures = []
            if shown.trouble.code is FaultCode.NO_SSHD_THERE:
                cures.append(push(self.tr("A line that starts one..."), self._choose_with_sshd))
            self._news.addWidget(banner(told_fault(shown.trouble), Tone.BAD, *cures))
        if shown.good_news:
            words = [told(one) for one in shown.good_news]
            words += [self.tr("Host key: {fingerprint}").format(fingerprint=one) for one in self._host_keys]
            self._news.addWidget(banner("\n".join(words), Tone.GOOD))
        if shown.remark is not None:
            self._news.addWidget(banner(told(shown.remark), Tone.NOTE))

    def _draw_line(self, shown: LineScreen) -> None:
        clear(self._line_holder)
        self._copy = None
        if not shown.line:
            return
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(10)
        words = self.tr("Paste this line into the web terminal of {alias}, as the user you work as there:")
        column.addWidget(label(words.format(alias=self._known.server.alias)))
        column.addWidget(TextPreview(shown.line, self.tr("The line to paste"), most_lines=_MOST_LINES))
        self._copy = push(self.tr("Copy"), partial(self._do_copy, shown.line), icon="copy", main=True)
        self._copy.setObjectName("copy")
        column.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        self._line_holder.addWidget(frame)

    def _draw_does(self, does: tuple[Text, ...]) -> None:
        clear(self._does)
        if not does:
            return
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        column.addWidget(label(self.tr("What it does there"), "heading"))
        for one in does:
            column.addLayout(_item(told(one)))
        ask = self.tr(
            "The owner of the server must agree to this: the tunnel lets you in from outside. A server that "
            "was lent to you is not yours to open."
        )
        self._does.addWidget(frame)
        self._does.addWidget(label(ask, "muted"))

    def _draw_ways(self, ways: tuple[Way, ...]) -> None:
        clear(self._ways)
        if not ways:
            return
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(18, 12, 18, 12)
        column.setSpacing(8)
        size = self.fontMetrics().height()
        spoken = {
            Mark.CONNECTED: self.tr("done"),
            Mark.CONNECTING: self.tr("waiting for it"),
            Mark.TROUBLE: self.tr("trouble"),
        }
        for one in ways:
            sign = QLabel()
            sign.setPixmap(icons.mark(one.mark, on_dark=is_dark()).pixmap(size, size))
            row = QHBoxLayout()
            row.setSpacing(12)
            row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
            words = label(told(one.words))
            words.setAccessibleName(f"{words.text()}: {spoken.get(one.mark, self.tr('not yet'))}")
            row.addWidget(words, 1)
            column.addLayout(row)
        self._ways.addWidget(frame)

    def _do_make(self) -> None:
        self._make(self._choices.options())

    def _choose_with_sshd(self) -> None:
        self._choices.want_user_sshd()
        self._choose_another()

    def _do_copy(self, line: str) -> None:
        QGuiApplication.clipboard().setText(line)
        if self._copy is not None:
            self._copy.setText(self.tr("Copied"))
            dress(self._copy, "check", "on-accent")
        self._copied.start()

    def _show_copy(self) -> None:
        if self._copy is not None:
            self._copy.setText(self.tr("Copy"))
            dress(self._copy, "copy", "on-accent")


def _item(words: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addWidget(label("\N{BULLET}", "muted", wraps=False), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words), 1)
    return row
