"""Sleep, wake and network changes: hints that the links must be looked at now. GUI thread only.

* Linux: logind's PrepareForSleep over QtDBus.
* Windows: WM_POWERBROADCAST, which is *sent* only to processes with a native window: hence the hidden one.
* Everywhere: ``JumpDetector``, fed by the one heartbeat timer, sees that the clock has jumped.
* QNetworkInformation says that there is a way out again. It is a hint, never a reason not to try.

Several may tell of one wake, so reports are gathered for a moment before ``on_change`` hears.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable

from PySide6.QtCore import (
    SLOT,
    QAbstractNativeEventFilter,
    QByteArray,
    QCoreApplication,
    QObject,
    QTimer,
    Slot,
)
from PySide6.QtNetwork import QNetworkInformation
from PySide6.QtWidgets import QWidget

_log = logging.getLogger("relaytray.ui")
_SETTLE_MS = 2500  # network cards need about this long after a wake
_SLACK_S = 8.0  # a busy machine may be that late with a heartbeat
_WM_POWERBROADCAST, _RESUMES = 0x218, {7, 18}  # PBT_APMRESUMESUSPEND, PBT_APMRESUMEAUTOMATIC
NO_NETWORK_INFORMATION = "RELAYTRAY_NO_NETWORK_INFORMATION"  # its Windows backend hangs under Wine


class JumpDetector:
    """Whether much more time has passed than the heartbeat's period: the machine slept. Pure of Qt."""

    def __init__(self, period_s: float, now: Callable[[], tuple[float, float]]) -> None:
        self._period_s, self._now = period_s, now
        self._last = now()

    def beat(self) -> bool:
        """Call once every period."""
        old, self._last = self._last, self._now()
        gap = max(new - before for new, before in zip(self._last, old, strict=True))
        return gap > self._period_s + _SLACK_S


def clocks() -> tuple[float, float]:
    """A clock that runs on in sleep (where there is one), and the wall clock (which macOS needs)."""
    runs_on = getattr(time, "CLOCK_BOOTTIME", None)
    if runs_on is not None:
        now = time.clock_gettime(runs_on)
        return now, now  # the wall clock may be set; this one cannot
    return time.monotonic(), time.time()


class PowerWatch(QObject):
    """Calls ``on_change("wake" or "network")`` in the GUI thread."""

    def __init__(self, parent: QObject, on_change: Callable[[str], None]) -> None:
        super().__init__(parent)
        self._on_change = on_change
        self._reason = ""
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._tell)
        self._was_online = True
        self._window: QWidget | None = None
        self._filter: _PowerMessages | None = None

    def start(self) -> None:
        if sys.platform == "win32":
            self._watch_windows()
        elif sys.platform == "linux":
            self._watch_logind()
        if not os.environ.get(NO_NETWORK_INFORMATION):
            self._watch_network()

    def stop(self) -> None:
        self._settle.stop()
        app = QCoreApplication.instance()
        if self._filter is not None and app is not None:
            app.removeNativeEventFilter(self._filter)
        if self._window is not None:
            self._window.deleteLater()

    @Slot()
    def woke(self) -> None:
        self._report("wake")

    @Slot(bool)
    def prepare_for_sleep(self, is_before: bool) -> None:
        if not is_before:
            self.woke()

    def _report(self, reason: str) -> None:
        self._reason = "wake" if "wake" in {reason, self._reason} else reason
        self._settle.start()

    def _tell(self) -> None:
        reason, self._reason = self._reason, ""
        self._on_change(reason)

    def _watch_logind(self) -> None:
        from PySide6.QtDBus import QDBusConnection

        bus = QDBusConnection.systemBus()
        if not bus.isConnected():
            _log.debug("There is no system bus: sleep is noticed by the clock alone.")
            return
        name, path = "org.freedesktop.login1", "/org/freedesktop/login1"
        slot = SLOT("prepare_for_sleep(bool)")
        bus.connect(name, path, f"{name}.Manager", "PrepareForSleep", self, slot)  # type: ignore[call-overload]

    def _watch_windows(self) -> None:
        self._window = QWidget()
        self._window.winId()
        self._filter = _PowerMessages(self.woke)
        app = QCoreApplication.instance()
        if app is not None:
            app.installNativeEventFilter(self._filter)

    def _watch_network(self) -> None:
        if not QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            _log.debug("There is no network information on this system.")
            return
        information = QNetworkInformation.instance()
        self._was_online = information.reachability() is QNetworkInformation.Reachability.Online
        information.reachabilityChanged.connect(self._reachability_changed)

    @Slot(QNetworkInformation.Reachability)
    def _reachability_changed(self, reachability: QNetworkInformation.Reachability) -> None:
        is_online = reachability is QNetworkInformation.Reachability.Online
        if is_online and not self._was_online:
            self._report("network")
        self._was_online = is_online


class _PowerMessages(QAbstractNativeEventFilter):
    """Hears Windows' power messages; takes none of them away."""

    def __init__(self, woke: Callable[[], None]) -> None:
        super().__init__()
        self._woke = woke

    def nativeEventFilter(self, _kind: QByteArray | bytes | bytearray | memoryview, message: int) -> object:
        if sys.platform == "win32":
            from ctypes import wintypes

            seen = wintypes.MSG.from_address(int(message))
            if seen.message == _WM_POWERBROADCAST and seen.wParam in _RESUMES:
                self._woke()
        return False, 0
