"""Fixtures of the widget tests: the application with its look, the compiled Chinese texts, a front end."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from app.core.profiles import ColorScheme
from app.ui.front_end import FrontEnd
from app.ui.power import PowerWatch
from app.ui.theme import Theme
from app.ui.translations import Translators
from tests.ui import scenes
from tests.ui.fake_manager import FakeManager, fake_parts

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Chinese texts, compiled; the repository holds only their source."""
    target = tmp_path_factory.mktemp("texts") / "relaytray_zh_CN.qm"
    source = ROOT / "resources" / "translations" / "relaytray_zh_CN.ts"
    lrelease = Path(sys.executable).with_name("pyside6-lrelease")
    subprocess.run([str(lrelease), "-silent", str(source), "-qm", str(target)], check=True, timeout=60)
    return target


@pytest.fixture(scope="session")
def qt_at_rest(qapp: QApplication) -> None:
    """Qt opens the system bus and the network information once for the process, and keeps them."""
    owner = QObject()
    watch = PowerWatch(owner, lambda _reason: None)
    watch.start()
    watch.stop()


@pytest.fixture
def theme(qapp: QApplication, qt_at_rest: None) -> Iterator[Theme]:
    made = Theme(qapp)
    made.use(ColorScheme.LIGHT)
    yield made
    made.deleteLater()


MakeFrontEnd = Callable[..., FrontEnd]


@pytest.fixture
def make_front_end(qapp: QApplication, theme: Theme, chinese: Path, tmp_path: Path) -> Iterator[MakeFrontEnd]:
    """A whole user interface around a fake manager; disposed of after the test."""
    made: list[FrontEnd] = []
    owner = QObject()
    translators = Translators(owner, lambda _language: chinese)

    def make(manager: FakeManager | None = None, **changes: object) -> FrontEnd:
        manager = manager or FakeManager(scenes.document())
        front_end = FrontEnd(
            fake_parts(manager, tmp_path, **changes), theme, translators, lambda: None, owner
        )
        made.append(front_end)
        return front_end

    yield make
    for front_end in made:
        front_end.dispose()
    translators.use("en")
    owner.deleteLater()
    # What is left over would be told of every change of language and theme in the tests that follow.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
