"""Sleep and network changes reach the manager once, as hints."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation
from pytestqt.qtbot import QtBot

from app.ui.power import JumpDetector, PowerWatch


class Clock:
    def __init__(self) -> None:
        self.now = (100.0, 5000.0)

    def __call__(self) -> tuple[float, float]:
        return self.now

    def step(self, steady: float, wall: float) -> None:
        self.now = (self.now[0] + steady, self.now[1] + wall)


@pytest.mark.parametrize(
    ("steady", "wall", "jumped"),
    [(2.0, 2.0, False), (6.0, 6.0, False), (2.0, 600.0, True), (600.0, 600.0, True), (2.0, -3600.0, False)],
    ids=["usual", "busy machine", "macOS slept", "slept", "clock set back"],
)
def test_a_jump_of_a_clock_is_a_sleep(steady: float, wall: float, jumped: bool) -> None:
    clock = Clock()
    detector = JumpDetector(2.0, clock)
    clock.step(steady, wall)
    assert detector.beat() is jumped
    clock.step(2.0, 2.0)
    assert not detector.beat()


@pytest.fixture
def owner(qtbot: QtBot) -> Iterator[QObject]:
    made = QObject()
    yield made
    made.deleteLater()


def test_one_wake_that_is_told_three_times_is_one_check(qtbot: QtBot, owner: QObject) -> None:
    reasons: list[str] = []
    watch = PowerWatch(owner, reasons.append)
    watch._settle.setInterval(20)
    watch.prepare_for_sleep(True)
    assert not watch._settle.isActive()
    watch.prepare_for_sleep(False)
    watch.woke()
    watch._reachability_changed(QNetworkInformation.Reachability.Disconnected)
    watch._reachability_changed(QNetworkInformation.Reachability.Online)
    qtbot.waitUntil(lambda: bool(reasons))
    assert reasons == ["wake"]


def test_a_network_that_comes_back_is_a_hint_and_one_that_goes_is_not(qtbot: QtBot, owner: QObject) -> None:
    reasons: list[str] = []
    watch = PowerWatch(owner, reasons.append)
    watch._settle.setInterval(20)
    watch._reachability_changed(QNetworkInformation.Reachability.Disconnected)
    assert not watch._settle.isActive()
    watch._reachability_changed(QNetworkInformation.Reachability.Online)
    qtbot.waitUntil(lambda: reasons == ["network"])
