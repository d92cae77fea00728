"""Starts the user interface and runs it to its end."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.core.faults import FaultCode, error
from app.ui import icons
from app.ui.front_end import FrontEnd
from app.ui.parts import Parts
from app.ui.theme import Theme
from app.ui.translations import Translators


def run(parts: Parts) -> int:
    """Show the tray and the windows until the person quits; returns the exit code.

    GUI thread. Calls ``parts.set_publish``, then ``parts.manager.start``; has stopped the manager when it
    returns. The caller closes what it made itself (store, secrets, instance lock).
    """
    app = make_application(parts.qt_arguments)
    theme, translators = Theme(app), Translators(app)
    front_end = FrontEnd(parts, theme, translators, app.quit, app)
    app.commitDataRequest.connect(
        lambda _manager: end_session(parts, front_end), Qt.ConnectionType.DirectConnection
    )
    front_end.start()
    collect_in_this_thread_only()
    try:
        return app.exec()
    finally:
        if not front_end.live.closing:  # something else than our own quit has ended the loop
            parts.manager.stop()
        front_end.dispose()
        gc.unfreeze()
        gc.enable()


def end_session(parts: Parts, front_end: FrontEnd) -> None:
    """The system logs out or shuts down, and may end us as soon as this has returned."""
    parts.give_back()  # first: without it the person's next session has no internet
    front_end.end_session()


def check_display(arguments: Sequence[str] = ()) -> None:
    """Raises NO_DISPLAY where Qt would end the whole process with words of its own, and a core dump."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform != "linux" or any(os.environ.get(name) for name in variables):
        return
    if QApplication.instance() is None and "-platform" not in arguments:
        raise error(FaultCode.NO_DISPLAY)


def make_application(arguments: object = ()) -> QApplication:
    """The QApplication, with the properties that the desktop shows."""
    existing = QApplication.instance()
    if existing is not None:
        return cast("QApplication", existing)
    QApplication.setApplicationName("RelayTray")
    QApplication.setApplicationDisplayName("RelayTray")
    QApplication.setDesktopFileName("relaytray")
    app = QApplication([sys.argv[0], *cast("list[str]", arguments)])
    app.setQuitOnLastWindowClosed(False)
    app.setWindowIcon(icons.app_icon())
    return app


def collect_in_this_thread_only() -> None:
    """Python collects garbage in whichever thread allocates; a QObject destroyed there crashes.

    From here on the front end's heartbeat collects, in the GUI thread.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
