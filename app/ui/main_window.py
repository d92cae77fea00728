"""The one window: places at the side, the chosen one's page beside it, or a welcome when there are none.

It shows a live state (``show_state``) and hands what is chosen to ``choose``. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import Fault
from app.core.port_changes import PortChange
from app.ui import icons
from app.ui.actions import Action, Command
from app.ui.detail_model import detail_of_relay, detail_of_server
from app.ui.detail_page import DetailPage
from app.ui.live_state import LiveState
from app.ui.page_window import scrolled
from app.ui.places_list import PlacesList
from app.ui.shadowsocks_detail import detail_of_shadowsocks
from app.ui.welcome_page import WelcomePage
from app.ui.widgets import label, letters, push, refresh_icons, restyle, tool
from app.ui.wording import told_fault, told_port_changes

Notice = Fault | tuple[PortChange, ...]


class MainWindow(QMainWindow):
    """``on_close`` is told when the person closes it: the tray goes on, or the program ends without one."""

    def __init__(
        self, choose: Callable[[Action], None], on_close: Callable[[], None], *, demo: bool = False
    ) -> None:
        super().__init__()
        self._choose, self._on_close, self._demo = choose, on_close, demo
        self._live = LiveState()
        self._notice: Notice | None = None
        self._picked = ""
        self._countdown = QTimer(self)
        self._countdown.setInterval(1000)
        self._countdown.timeout.connect(self._count_down)
        self.setObjectName("main-window")
        self.setWindowIcon(icons.app_icon())
        self.setMinimumSize(QSize(letters(self, 96), letters(self, 62)))
        self.resize(letters(self, 144), letters(self, 104))
        self._shortcuts()
        self._build()

    def show_state(self, live: LiveState) -> None:
        """Draw this state; does nothing slow, and nothing at all while hidden."""
        self._live = live
        if not self.isVisible():
            return
        self._draw()

    def show_place(self, profile_id: str) -> None:
        self._places.pick(profile_id)

    def say(self, words: str) -> None:
        """A short word that goes away: what has been copied."""
        self._said.setText(words)
        self._said.setVisible(bool(words))
        self._said_timer.start()

    def show_notice(self, notice: Notice) -> None:
        """Something worth telling that is no state; stays until it is put away."""
        self._notice = notice
        self._draw_notice()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._draw()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self._countdown.stop()
        self._on_close()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self._build()
            self._draw()
        elif event.type() is QEvent.Type.PaletteChange:
            QTimer.singleShot(0, self, self._restyle)  # after the style sheet of the new theme is in force

    def _restyle(self) -> None:
        refresh_icons(self)
        self._page.draw_anew()
        self._draw()

    def _build(self) -> None:
        """Everything inside; made anew when the language changes, so that no text is forgotten."""
        # Where a title does not end with the program's name, Qt puts it behind (Windows, X11).
        self.setWindowTitle(self.tr("Demo of RelayTray") if self._demo else "RelayTray")
        self._page_shown: str | None = None
        self._places = PlacesList(self._pick, self._open)
        self._page = DetailPage(self._choose)
        self._scroll = scrolled(self._page)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(WelcomePage(self._choose))
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._notice_bar())
        column.addWidget(self._stack, 1)
        column.addWidget(self._said_line())
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side())
        row.addWidget(right, 1)
        self.setCentralWidget(whole)

    def _side(self) -> QWidget:
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 12, 8, 8)
        column.setSpacing(8)
        if self._demo:
            column.addWidget(self._demo_banner())
        column.addWidget(self._places, 1)
        buttons = self._side_buttons()
        column.addLayout(buttons)
        side.setFixedWidth(max(letters(self, 34), buttons.sizeHint().width() + 18))
        return side

    def _demo_banner(self) -> QWidget:
        banner = QFrame()
        banner.setProperty("banner", "demo")
        inside = QVBoxLayout(banner)
        inside.setContentsMargins(10, 8, 10, 8)
        words = self.tr("Demo: the relay and the GPU server run inside this program, with throw-away keys.")
        inside.addWidget(label(words))
        return banner

    def _side_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        add = push(self.tr("Add"), lambda: None, icon="add")
        add.setMenu(self._menu(add, self._add_entries()))
        add.setObjectName("add")
        more = tool(self.tr("More"), "more")
        more.setMenu(self._menu(more, self._more_entries()))
        more.setObjectName("more")
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        row.addWidget(add)
        row.addStretch(1)
        row.addWidget(tool(self.tr("Log"), "log", lambda: self._choose(Action(Command.OPEN_LOG))))
        row.addWidget(
            tool(self.tr("Settings"), "settings", lambda: self._choose(Action(Command.OPEN_SETTINGS)))
        )
        row.addWidget(more)
        return row

    def _add_entries(self) -> list[tuple[str, Command] | None]:
        return [
            (self.tr("GPU server..."), Command.ADD_SERVER),
            (self.tr("Relay..."), Command.ADD_RELAY),
            (self.tr("New machine at Amazon Lightsail..."), Command.CREATE_IN_CLOUD),
            (self.tr("Shadowsocks server..."), Command.ADD_SHADOWSOCKS),
            None,
            (self.tr("From a link or QR code..."), Command.IMPORT_LINKS),
            (self.tr("From ssh config..."), Command.IMPORT_SSH_CONFIG),
            (self.tr("From a profile file..."), Command.IMPORT_PROFILES),
        ]

    def _more_entries(self) -> list[tuple[str, Command] | None]:
        return [
            (self.tr("Disconnect all"), Command.DISCONNECT_ALL),
            (self.tr("What costs money at Amazon..."), Command.OPEN_CLOUD_BILL),
            None,
            (self.tr("Export profiles..."), Command.EXPORT_PROFILES),
            (self.tr("Import profiles..."), Command.IMPORT_PROFILES),
            None,
            (self.tr("About RelayTray"), Command.OPEN_ABOUT),
            (self.tr("Quit"), Command.QUIT),
        ]

    def _menu(self, parent: QWidget, entries: list[tuple[str, Command] | None]) -> QMenu:
        menu = QMenu(parent)
        for entry in entries:
            if entry is None:
                menu.addSeparator()
                continue
            chosen = menu.addAction(entry[0])
            chosen.triggered.connect(lambda _checked=False, command=entry[1]: self._choose(Action(command)))
        return menu

    def _shortcuts(self) -> None:
        for keys, command in (
            (QKeySequence(QKeySequence.StandardKey.New), Command.ADD_SERVER),
            (QKeySequence(QKeySequence.StandardKey.Preferences), Command.OPEN_SETTINGS),
            (QKeySequence("Ctrl+,"), Command.OPEN_SETTINGS),
            (QKeySequence("Ctrl+L"), Command.OPEN_LOG),
            (QKeySequence(QKeySequence.StandardKey.Quit), Command.QUIT),
        ):
            if keys.isEmpty() or any(action.shortcut() == keys for action in self.actions()):
                continue
            action = QAction(self)
            action.setShortcut(keys)
            action.triggered.connect(lambda _checked=False, command=command: self._choose(Action(command)))
            self.addAction(action)
        close = QAction(self)
        close.setShortcut(QKeySequence(QKeySequence.StandardKey.Close))
        close.triggered.connect(self.close)
        self.addAction(close)

    def _notice_bar(self) -> QWidget:
        self._notice_frame = QFrame()
        self._notice_frame.setProperty("banner", "bad")
        inside = QHBoxLayout(self._notice_frame)
        inside.setContentsMargins(14, 8, 8, 8)
        self._notice_words = label("", selectable=True)
        inside.addWidget(self._notice_words, 1)
        inside.addWidget(tool(self.tr("Put this away"), "cross", self._put_notice_away))
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(28, 14, 28, 0)
        column.addWidget(self._notice_frame)
        self._notice_holder = holder
        self._draw_notice()
        return holder

    def _draw_notice(self) -> None:
        self._notice_holder.setVisible(self._notice is not None)
        if self._notice is None:
            return
        if isinstance(self._notice, Fault):
            tone, words = "bad", told_fault(self._notice)
        else:
            tone, words = "note", told_port_changes(self._notice)
        self._notice_frame.setProperty("banner", tone)
        restyle(self._notice_frame)
        self._notice_words.setText(words)

    def _put_notice_away(self) -> None:
        self._notice = None
        self._draw_notice()

    def _said_line(self) -> QWidget:
        self._said = label("", "muted")
        self._said.setContentsMargins(28, 4, 28, 10)
        self._said.hide()
        self._said_timer = QTimer(self._said)
        self._said_timer.setSingleShot(True)
        self._said_timer.setInterval(4000)
        self._said_timer.timeout.connect(self._said.hide)
        return self._said

    def _pick(self, profile_id: str) -> None:
        self._picked = profile_id
        self._draw_page()

    def _open(self, profile_id: str) -> None:
        if self._live.document.server(profile_id) is not None:
            self._choose(Action(Command.EDIT_SERVER, profile_id))
        elif self._live.document.relay(profile_id) is not None:
            self._choose(Action(Command.EDIT_RELAY, profile_id))
        elif self._live.document.shadowsocks_server(profile_id) is not None:
            self._choose(Action(Command.EDIT_SHADOWSOCKS, profile_id))

    def _draw(self) -> None:
        document = self._live.document
        self._stack.setCurrentIndex(0 if document.relays or document.shadowsocks else 1)
        self._places.show_state(self._live)
        self._draw_page()
        if self._live.is_waiting() and self.isVisible():
            self._countdown.start()
        else:
            self._countdown.stop()  # no timer runs while nothing counts down

    def _draw_page(self) -> None:
        server = self._live.document.server(self._picked)
        relay = self._live.document.relay(self._picked)
        proxy = self._live.document.shadowsocks_server(self._picked)
        if server is not None:
            self._page.show_detail(detail_of_server(self._live, server))
        elif relay is not None:
            self._page.show_detail(detail_of_relay(self._live, relay))
        elif proxy is not None:
            self._page.show_detail(detail_of_shadowsocks(self._live, proxy))
        if self._page_shown != self._picked:
            self._page_shown = self._picked
            self._scroll.verticalScrollBar().setValue(0)

    def _count_down(self) -> None:
        self._page.count_down()
