"""The icon in the tray. GUI thread only.

A StatusNotifier host that starts after the program never shows an icon that was made before it, and takes it
away for good when it restarts. So whenever a tray becomes available, a new icon is made (``poll``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QCursor, QIcon
from PySide6.QtWidgets import QSystemTrayIcon

from app.ui import icons
from app.ui.actions import Action, Command
from app.ui.live_state import LiveState
from app.ui.theme import is_taskbar_dark
from app.ui.tray_menu import TrayMenu
from app.ui.tray_model import IconState, TrayView, left_click, view
from app.ui.wording import told

_LONGEST_TOOLTIP = 127  # Windows shows no more


class TrayIcon(QObject):
    """Shows a live state, and hands what is chosen to ``choose``."""

    def __init__(
        self, parent: QObject, choose: Callable[[Action], None], message_clicked: Callable[[], None]
    ) -> None:
        super().__init__(parent)
        self._choose = choose
        self._message_clicked = message_clicked
        self._live = LiveState()
        self._menu = TrayMenu(self, choose)
        self._view: TrayView | None = None
        self._menu_is_dark = False
        self._icon_was: tuple[IconState, bool, bool] | None = None
        self._was_available = QSystemTrayIcon.isSystemTrayAvailable()
        self._icon = self._made()

    @property
    def is_available(self) -> bool:
        """Whether there is a tray now; ``QSystemTrayIcon.isVisible`` is true even without one."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show(self, live: LiveState, *, menu_is_dark: bool) -> None:
        """Draw this state; does only what differs from what is shown."""
        self._live, self._menu_is_dark = live, menu_is_dark
        seen = view(live)
        self._dress_icon(seen)
        tooltip = "\n".join(told(line) for line in seen.tooltip)[:_LONGEST_TOOLTIP]
        if tooltip != self._icon.toolTip():
            self._icon.setToolTip(tooltip)
        self._menu.show_entries(seen.entries, on_dark=menu_is_dark)
        self._view = seen

    def poll(self) -> bool:
        """Once every few seconds. True when a tray has just appeared."""
        is_available = self.is_available
        has_appeared = is_available and not self._was_available
        self._was_available = is_available
        if has_appeared:
            old, self._icon = self._icon, self._made()
            old.hide()
            old.deleteLater()
            self._icon_was = None
        if self._view is not None and self._icon_was != _wanted(self._view):
            self.show(self._live, menu_is_dark=self._menu_is_dark)
        return has_appeared

    def tell(self, title: str, message: str, *, is_trouble: bool) -> None:
        """A short notification. It may be lost in silence, so it only repeats what the window shows."""
        if self._icon.isVisible() and self.is_available and QSystemTrayIcon.supportsMessages():
            kind = (
                QSystemTrayIcon.MessageIcon.Warning if is_trouble else QSystemTrayIcon.MessageIcon.Information
            )
            self._icon.showMessage(title, message, kind, 6000)

    def dispose(self) -> None:
        """Take the icon away; a dead icon would stay in the tray until the pointer passes over it."""
        self._icon.hide()
        self._icon.setContextMenu(None)  # type: ignore[arg-type]  # Qt takes a null pointer; the stub does not
        self._menu.dispose()

    def _made(self) -> QSystemTrayIcon:
        icon = QSystemTrayIcon(_picture(IconState.OFF, is_taskbar_dark()), self)
        icon.setContextMenu(self._menu.menu)
        icon.activated.connect(self._activated)
        icon.messageClicked.connect(self._message_clicked)
        icon.show()
        return icon

    def _dress_icon(self, seen: TrayView) -> None:
        wanted = _wanted(seen)
        if wanted != self._icon_was:
            self._icon_was = wanted
            self._icon.setIcon(_picture(*wanted))

    @Slot(QSystemTrayIcon.ActivationReason)
    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Trigger:
            return  # the second half of a double click must not undo the first; Qt opens the menu itself
        action = left_click(self._live, sys.platform)
        if action is None:
            return
        if action.command is Command.OPEN_MENU:
            self._menu.menu.popup(QCursor.pos())
        else:
            self._choose(action)


def _wanted(seen: TrayView) -> tuple[IconState, bool, bool]:
    return seen.icon, is_taskbar_dark(), seen.is_steering


def _picture(state: IconState, is_dark: bool, is_steering: bool = False) -> QIcon:
    if sys.platform == "darwin":
        return icons.tray_mask(state, is_steering=is_steering)
    return icons.tray(state, on_dark=is_dark, is_steering=is_steering)
