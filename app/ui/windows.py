"""Opens the windows beside the main one, each at most once, and forgets them when they are closed.

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

W = TypeVar("W", bound=QWidget)


class Windows(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._open: dict[str, QWidget] = {}

    def show(self, key: str, make: Callable[[], W]) -> W:
        """The window of that key, made if it is not open, in front of the others."""
        window = self._open.get(key)
        if window is None:
            window = make()
            self._open[key] = window
            window.destroyed.connect(lambda _gone=None, key=key: self._open.pop(key, None))
        bring_to_front(window)
        return window  # type: ignore[return-value]  # a key always names one kind of window

    def get(self, key: str) -> QWidget | None:
        return self._open.get(key)

    def all(self) -> list[QWidget]:
        return list(self._open.values())

    def close_all(self) -> None:
        for window in self.all():
            window.close()


def bring_to_front(window: QWidget) -> None:
    if window.isMinimized():
        window.showNormal()
    window.show()
    window.raise_()
    window.activateWindow()
