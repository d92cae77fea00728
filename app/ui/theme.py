"""Light and dark: one calm look with the system's own widgets where they look well, and Fusion elsewhere.

Qt's ``setColorScheme`` does nothing on systems without a platform theme, and Windows 10's default style has
no dark look; so where the style is Fusion the palette is ours. GUI thread only.
"""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QObject, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from app.core.profiles import ColorScheme
from app.ui.style_sheet import style_sheet
from app.ui.tones import DARK, LIGHT, Tones


class Theme(QObject):
    """Applies the chosen colour scheme to the application, and follows the system's."""

    changed = Signal()

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._scheme = ColorScheme.SYSTEM
        self._native_style = app.style().objectName().lower()
        self.tones = LIGHT
        app.styleHints().colorSchemeChanged.connect(self._follow_system)

    def use(self, scheme: ColorScheme) -> None:
        self._scheme = scheme
        wanted = {
            ColorScheme.SYSTEM: Qt.ColorScheme.Unknown,
            ColorScheme.LIGHT: Qt.ColorScheme.Light,
            ColorScheme.DARK: Qt.ColorScheme.Dark,
        }[scheme]
        self._app.styleHints().setColorScheme(wanted)
        self._apply()

    @Slot()
    def _follow_system(self) -> None:
        self._apply()

    def _apply(self) -> None:
        is_dark = self._scheme is ColorScheme.DARK or (
            self._scheme is ColorScheme.SYSTEM and self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        self.tones = DARK if is_dark else LIGHT
        is_fusion = not self._is_native_good()
        if is_fusion:
            if self._app.style().objectName().lower() != "fusion":
                self._app.setStyle(QStyleFactory.create("Fusion"))
            self._app.setPalette(palette_of(self.tones))
        self._app.setStyleSheet(style_sheet(self.tones, is_fusion=is_fusion))
        self.changed.emit()

    def _is_native_good(self) -> bool:
        return self._native_style in {"macos", "windows11"}


def palette_of(tones: Tones) -> QPalette:
    """A whole palette for Fusion, disabled colours included."""
    roles = QPalette.ColorRole
    palette = QPalette(QColor(tones.window))
    for role, color in (
        (roles.Window, tones.window),
        (roles.WindowText, tones.text),
        (roles.Base, tones.field),
        (roles.AlternateBase, tones.side),
        (roles.Text, tones.text),
        (roles.Button, tones.card),
        (roles.ButtonText, tones.text),
        (roles.BrightText, "#ffffff"),
        (roles.ToolTipBase, tones.card),
        (roles.ToolTipText, tones.text),
        (roles.PlaceholderText, tones.muted),
        (roles.Highlight, tones.accent),
        (roles.HighlightedText, tones.on_accent),
        (roles.Link, tones.accent if not tones.is_dark else "#7fb0ff"),
        (roles.Accent, tones.accent),
        (roles.Mid, tones.border),
        (roles.Midlight, tones.side),
        (roles.Light, tones.card),
        (roles.Dark, tones.border),
        (roles.Shadow, "#000000"),
    ):
        palette.setColor(role, QColor(color))
    for role in (roles.WindowText, roles.Text, roles.ButtonText, roles.HighlightedText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(tones.off))
    palette.setColor(QPalette.ColorGroup.Disabled, roles.Highlight, QColor(tones.border))
    return palette


def is_taskbar_dark() -> bool:
    """Whether tray icons lie on something dark. Windows' taskbar has a setting of its own."""
    scheme = QGuiApplication.styleHints().colorScheme()
    if sys.platform == "win32":
        key = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Themes\Personalize"
        value = QSettings(key, QSettings.Format.NativeFormat).value("SystemUsesLightTheme", 0)
        return str(value) == "0"
    if "GNOME" in os.environ.get("XDG_CURRENT_DESKTOP", ""):
        return True  # its top bar is black in both schemes
    return scheme is Qt.ColorScheme.Dark


def fixed_font() -> QFont:
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
