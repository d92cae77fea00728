"""The Tab key goes through a page as the eye does, also where parts were made later. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def go_through(parts: Iterable[QWidget]) -> None:
    """From part to part in this order, and inside of each as its own widgets were made.

    Qt puts what is made later behind everything else.
    """
    for one, following in pairwise(stop for part in parts for stop in _stops_in(part)):
        QWidget.setTabOrder(one, following)


def _stops_in(part: QWidget) -> Iterator[QWidget]:
    """What takes the keyboard by Tab."""
    for one in (part, *part.findChildren(QWidget)):
        if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.focusProxy() is None:
            yield one
