"""Keeps one real menu in step with the entries of ``tray_model``.

Actions are changed in place, because a tray host may hold on to what it was given. Lines are added or taken
away only while the menu is closed, so that nothing moves under the pointer. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu

from app.core.faults import Fault
from app.ui import icons
from app.ui.actions import Action
from app.ui.texts import Text
from app.ui.tray_model import Entry
from app.ui.widgets import letters
from app.ui.wording import told, told_fault

_LONGEST = 76  # average letters of a sentence in a menu; the window has the whole


class TrayMenu(QObject):
    """Owns the menu: a tray icon does not, and a menu that is collected takes the icon's clicks with it."""

    def __init__(self, parent: QObject, choose: Callable[[Action], None]) -> None:
        super().__init__(parent)
        self.menu = QMenu()
        self.menu.setObjectName("tray")
        self.menu.setToolTipsVisible(True)
        self._choose = choose
        self._menus: dict[str, QMenu] = {"": self.menu}
        self._lines: dict[str, QAction] = {}
        self._meant: dict[str, Action] = {}
        self._entries: tuple[Entry, ...] = ()
        self._on_dark = False
        self.menu.aboutToShow.connect(self._catch_up)
        self.menu.aboutToHide.connect(self._catch_up)  # not told on macOS: that is why both

    def show_entries(self, entries: Sequence[Entry], *, on_dark: bool) -> None:
        self._entries, self._on_dark = tuple(entries), on_dark
        self._update("", self._entries, may_move=not self.menu.isVisible())

    @Slot()
    def _catch_up(self) -> None:
        self._update("", self._entries, may_move=True)

    def dispose(self) -> None:
        self.menu.deleteLater()

    def _update(self, owner: str, entries: Sequence[Entry], *, may_move: bool) -> None:
        menu = self._menus[owner]
        shown = [str(line.data()) for line in menu.actions()]
        if shown != [entry.key for entry in entries]:
            if not may_move:
                entries = [entry for entry in entries if entry.key in self._lines]
            else:
                self._arrange(menu, entries)
        for entry in entries:
            self._dress(entry)
            if entry.children:
                self._update(entry.key, entry.children, may_move=may_move)

    def _arrange(self, menu: QMenu, entries: Sequence[Entry]) -> None:
        wanted = {entry.key for entry in entries}
        for line in menu.actions():
            menu.removeAction(line)
            if str(line.data()) not in wanted:
                self._forget(str(line.data()))
        for entry in entries:
            menu.addAction(self._line(entry, menu))

    def _line(self, entry: Entry, menu: QMenu) -> QAction:
        line = self._lines.get(entry.key)
        if line is None:
            if entry.children:
                submenu = QMenu(menu)
                submenu.setToolTipsVisible(True)
                self._menus[entry.key] = submenu
                line = submenu.menuAction()
            else:
                line = QAction(self)
                line.triggered.connect(partial(self._triggered, entry.key))
            line.setData(entry.key)
            line.setSeparator(entry.text is None)
            if entry.chosen is not None:
                line.setCheckable(True)
                line.setActionGroup(self._group(menu))
            self._lines[entry.key] = line
        return line

    def _group(self, menu: QMenu) -> QActionGroup:
        """Lines of one menu that exclude each other; more than one such group in a menu there is not."""
        return menu.findChild(QActionGroup) or QActionGroup(menu)

    def _forget(self, key: str) -> None:
        self._meant.pop(key, None)
        line = self._lines.pop(key, None)
        submenu = self._menus.pop(key, None)
        if submenu is not None:
            for child in submenu.actions():
                self._forget(str(child.data()))
            submenu.deleteLater()
        elif line is not None:
            line.deleteLater()

    def _dress(self, entry: Entry) -> None:
        line = self._lines[entry.key]
        if entry.text is None:
            return
        words = menu_words(entry.text)
        shown = self._shortened(words)
        line.setText(shown)
        line.setToolTip("" if shown == words else words.replace("&&", "&"))
        line.setEnabled(entry.enabled)
        if entry.chosen is not None:
            line.setChecked(entry.chosen)
        line.setIcon(icons.mark(entry.mark, on_dark=self._on_dark))
        if entry.action is not None:
            self._meant[entry.key] = entry.action

    def _shortened(self, words: str) -> str:
        """By width, since Chinese letters are twice as wide."""
        return self.menu.fontMetrics().elidedText(
            words, Qt.TextElideMode.ElideRight, letters(self.menu, _LONGEST), Qt.TextFlag.TextShowMnemonic
        )

    def _triggered(self, key: str, _checked: bool = False) -> None:
        self._choose(self._meant[key])


def menu_words(text: Text | Fault) -> str:
    """The words for a menu line: an ampersand in a name is no shortcut."""
    if isinstance(text, Fault):
        return told_fault(text).replace("&", "&&")
    if not text.context:
        return text.source.replace("&", "&&")
    details = {
        key: value.replace("&", "&&") if isinstance(value, str) else value
        for key, value in text.details.items()
    }
    return told(replace(text, details=details))
