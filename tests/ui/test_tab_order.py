"""The Tab key goes through pages and windows from the top down, also after parts were made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from app.core.shadowsocks import ProxyPhase, ShadowsocksState, Steering
from app.ui.detail_page import DetailPage
from app.ui.main_window import MainWindow
from tests.ui import shadowsocks_scenes as scenes


def chain(window: QWidget, page: QWidget) -> Iterator[QWidget]:
    """What the Tab key reaches in the page, in its order.

    Pressed and not asked for: PySide's ``nextInFocusChain`` takes what it returns away from its owner.
    """
    seen: list[QWidget] = []
    while window.focusNextChild() and (one := window.focusWidget()) is not None and one not in seen:
        seen.append(one)
    inside = [one for one in seen if page.isAncestorOf(one)]
    first = next((at for at, one in enumerate(inside) if one.objectName() in {"main-button", "links"}), 0)
    yield from inside[first:] + inside[:first]  # the keyboard may have been anywhere in the round


def place(widget: QWidget, page: QWidget) -> tuple[int, int]:
    """Rows of one line of buttons differ by a few pixels only."""
    corner = widget.mapTo(page, QPoint(0, widget.height() // 2))
    return corner.y() // 24, corner.x()


def of_interest(widgets: Iterator[QWidget]) -> list[QWidget]:
    kinds = (QAbstractButton, QPlainTextEdit)
    return [one for one in widgets if isinstance(one, kinds) and not isinstance(one, QRadioButton)]


@pytest.mark.parametrize("steering", list(Steering))
def test_on_the_page_of_a_server(qtbot: QtBot, theme: object, steering: Steering) -> None:
    server = replace(scenes.TOKYO, steering=steering)
    running = scenes.live(server)
    failed = scenes.live(server, ShadowsocksState(phase=ProxyPhase.FAILED, fault=scenes.DIED))
    window = MainWindow(lambda _action: None, lambda: None)
    qtbot.addWidget(window)
    window.show()
    page = window.findChild(DetailPage)
    assert isinstance(page, DetailPage)

    def places() -> list[tuple[int, int]]:
        return [place(one, page) for one in of_interest(chain(window, page))]

    def is_in_order() -> bool:
        return len(places()) >= 7 and places() == sorted(places())

    for seen in (running, failed, running, replace(failed, offers_links=False), failed):
        window.show_state(seen)
        window.show_place("p1")
        qtbot.waitUntil(is_in_order)


def test_in_the_window_of_links(qtbot: QtBot, theme: object) -> None:
    window = scenes.links_window("")
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(window)
    window.show()
    window._text.setPlainText(scenes.LINKS)
    window._read_typed()
    wanted = ["links", "paste", "choose-file", "tick-all", "tokyo", "friend", "far", "import", "Cancel"]

    def names() -> list[str]:
        reached = of_interest(chain(window, window))
        return [one.objectName() or getattr(one, "text", str)() for one in reached]

    qtbot.waitUntil(lambda: names() == wanted)
