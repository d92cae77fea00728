"""The texts: all translated, the same placeholders, and room for a language twice as long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QTranslator
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QAbstractButton, QLabel, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.core.faults import Fault, FaultCode
from app.core.port_changes import PortChange, PortNewsCode, PortPurpose
from app.core.problems import Problem, ProblemCode
from app.sentences import PORT_SENTENCES
from app.ui.live_state import LiveState
from app.ui.tray_menu import TrayMenu
from app.ui.tray_model import view
from app.ui.wording import told_fault, told_port_changes, told_problem
from tests.ui import screenshots, shadowsocks_scenes, use_scenes

SOURCE = screenshots.ROOT / "resources" / "translations" / "relaytray_zh_CN.ts"
PLACEHOLDER = re.compile(r"\{\w+\}")


def messages() -> Iterator[tuple[str, str, ET.Element]]:
    for context in ET.parse(SOURCE).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            assert translation is not None
            yield context.findtext("name", ""), message.findtext("source", ""), translation


def test_every_text_is_translated() -> None:
    missing = [(where, text) for where, text, found in messages() if not found.text or found.get("type")]
    assert not missing


def test_translations_keep_placeholders_and_optional_parts() -> None:
    for where, text, found in messages():
        chinese = found.text or ""
        assert sorted(set(PLACEHOLDER.findall(text))) == sorted(set(PLACEHOLDER.findall(chinese))), (
            where,
            text,
        )
        assert text.count("[") == chinese.count("["), text
        assert ("&" in text) == ("&" in chinese), text


@pytest.fixture
def in_chinese(qtbot: QtBot, chinese: Path) -> Iterator[None]:
    translator = QTranslator()
    assert translator.load(str(chinese))
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


@pytest.mark.parametrize("code", list(FaultCode))
def test_every_fault_is_told_in_chinese(in_chinese: None, code: FaultCode) -> None:
    assert re.search("[\u4e00-\u9fff]", told_fault(Fault.of(code)))


@pytest.mark.parametrize("code", list(ProblemCode))
def test_every_problem_is_told_in_chinese(in_chinese: None, code: ProblemCode) -> None:
    assert re.search("[\u4e00-\u9fff]", told_problem(Problem("host", code)))


@pytest.mark.parametrize("language", ["english", "in_chinese"])
def test_no_two_lines_of_a_menu_share_a_shortcut(
    qtbot: QtBot, language: str, request: pytest.FixtureRequest
) -> None:
    if language != "english":
        request.getfixturevalue(language)
    owner = QObject()
    menu = TrayMenu(owner, lambda _action: None)
    document = shadowsocks_scenes.document()
    live = LiveState(document=document, offers_uses=True, offers_links=True, editors=use_scenes.EDITORS)
    menu.show_entries(view(live).entries, on_dark=False)
    for one in menu._menus.values():
        keys = [QKeySequence.mnemonic(line.text()).toString() for line in one.actions()]
        used = [key for key in keys if key]
        assert len(used) == len(set(used)), [line.text() for line in one.actions()]
    menu.dispose()
    owner.deleteLater()


@pytest.mark.parametrize("code", list(PortNewsCode))
def test_news_of_ports_are_told_in_chinese(in_chinese: None, code: PortNewsCode) -> None:
    change = PortChange(PortPurpose.SOCKS, "r", "", "r", 1, 2)
    assert re.search("[\u4e00-\u9fff]", told_port_changes([change]))
    assert re.search("[\u4e00-\u9fff]", QCoreApplication.translate("PortText", PORT_SENTENCES[code]))


class Doubled(QTranslator):
    """A language in which everything takes twice the room."""

    def translate(self, _context: str, text: str, _hint: str | None = None, _count: int = -1) -> str:
        return f"{text} {text}" if text.strip() else text

    def isEmpty(self) -> bool:
        return False


@pytest.fixture
def doubled(qtbot: QtBot) -> Iterator[None]:
    translator = Doubled()
    QCoreApplication.installTranslator(translator)
    yield
    QCoreApplication.removeTranslator(translator)


def clipped(window: QWidget) -> Iterator[str]:
    """Texts of visible widgets that have less room than they need."""
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QAbstractButton) or not widget.text():
            continue
        needed = widget.sizeHint()
        if isinstance(widget, QLabel) and widget.wordWrap():
            tall = widget.heightForWidth(widget.width())
            if widget.height() < tall:
                yield f"height of {widget.text()!r}: {widget.height()} < {tall}"
        elif widget.width() < needed.width() or widget.height() < needed.height():
            yield f"{widget.text()!r}: {widget.size().toTuple()} < {needed.toTuple()}"


def is_whole(window: QWidget) -> bool:
    return not list(clipped(window))


@pytest.mark.parametrize("language", ["english", "doubled", "in_chinese"])
def test_nothing_is_clipped(
    qtbot: QtBot, theme: object, language: str, request: pytest.FixtureRequest
) -> None:
    if language != "english":
        request.getfixturevalue(language)
    problems = []
    for name, widget in screenshots.scenes(is_dark=False):
        if not isinstance(widget, QMenu):
            widget.show()
            qtbot.waitExposed(widget)
            try:
                qtbot.waitUntil(partial(is_whole, widget), timeout=1000)  # layouts settle
            except qtbot.TimeoutError:
                problems += [f"{name}: {one}" for one in clipped(widget)]
        widget.close()
        widget.deleteLater()
    assert not problems, "\n".join(problems)
