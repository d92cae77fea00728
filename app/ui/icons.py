"""Icons from resources/icons/*.svg, tinted for where they are shown and rendered sharp at several sizes.

The files use three stand-in colours: MONO (lines), STATE (the sign of a state) and HOLE (what is cut out of
the sign). GUI thread only.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.resource_files import icon as icon_path
from app.ui.tray_model import IconState, Mark

_MONO, _STATE, _HOLE = "#24292f", "#1a7f5a", "#fefefe"
# Every size that a tray or a menu asks for at scales from 1 to 3; a ready size is never scaled and blurred.
TRAY_SIZES = (16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 64)
ICON_SIZES = (16, 20, 24, 32, 40, 48, 64)
APP_SIZES = (16, 20, 24, 32, 48, 64, 128, 256)

STATE_COLORS_ON_LIGHT = {
    "off": "#6a737d",
    "connecting": "#b26a00",
    "connected": "#16834f",
    "trouble": "#cf222e",
}
STATE_COLORS_ON_DARK = {
    "off": "#9aa4af",
    "connecting": "#f2b04b",
    "connected": "#4ccb88",
    "trouble": "#ff7b72",
}


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return icon_path(name).read_text(encoding="utf-8")


def render(name: str, size: int, *, mono: str = _MONO, state: str = _STATE, hole: str = _HOLE) -> QImage:
    """The icon as a picture of ``size`` by ``size`` pixels."""
    text = _source(name).replace(_MONO, mono).replace(_STATE, state).replace(_HOLE, hole)
    picture = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return picture


@lru_cache(maxsize=256)
def tinted(name: str, color: str) -> QIcon:
    """A line icon in one colour, with a paler picture for disabled widgets."""
    icon = QIcon()
    for size in ICON_SIZES:
        picture = render(name, size, mono=color)
        icon.addPixmap(QPixmap.fromImage(picture))
        icon.addPixmap(QPixmap.fromImage(picture), QIcon.Mode.Selected)
        icon.addPixmap(QPixmap.fromImage(_faded(picture)), QIcon.Mode.Disabled)
    return icon


@lru_cache(maxsize=32)
def mark(state: Mark, *, on_dark: bool) -> QIcon:
    """The small sign of a state for lists and menus."""
    icon = QIcon()
    if state is Mark.NONE:
        return icon
    color = (STATE_COLORS_ON_DARK if on_dark else STATE_COLORS_ON_LIGHT)[state]
    hole = "#1c2128" if on_dark else "#ffffff"
    for size in ICON_SIZES:
        pixmap = QPixmap.fromImage(render(f"mark-{state}", size, mono=color, state=color, hole=hole))
        for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected, QIcon.Mode.Disabled):
            icon.addPixmap(pixmap, mode)  # else the style blends it with the colour of the selection
    return icon


@lru_cache(maxsize=32)
def tray(state: IconState, *, on_dark: bool, is_steering: bool = False) -> QIcon:
    """The tray icon in colour, for a light or a dark taskbar. A dot says that we set the system's proxy."""
    icon = QIcon()
    color = (STATE_COLORS_ON_DARK if on_dark else STATE_COLORS_ON_LIGHT)[state]
    mono = "#f2f4f6" if on_dark else "#3a424b"
    hole = "#1c2128" if on_dark else "#ffffff"
    for size in TRAY_SIZES:
        picture = render(f"tray-{state}", size, mono=mono, state=color, hole=hole)
        if is_steering:
            _draw_dot(picture, "#7fb0ff" if on_dark else "#1f66d6")
        icon.addPixmap(QPixmap.fromImage(picture))
    return icon


@lru_cache(maxsize=16)
def tray_mask(state: IconState, *, is_steering: bool = False) -> QIcon:
    """The tray icon as a mask: macOS colours it, so that only the shape tells the state."""
    icon = QIcon()
    for size in TRAY_SIZES:
        picture = _as_mask(f"tray-{state}", size)
        if is_steering:
            _draw_dot(picture, "#000000")
        icon.addPixmap(QPixmap.fromImage(picture))
    icon.setIsMask(True)
    return icon


@lru_cache(maxsize=1)
def app_icon() -> QIcon:
    icon = QIcon()
    for size in APP_SIZES:
        icon.addPixmap(QPixmap.fromImage(render("app", size)))
    return icon


def _draw_dot(picture: QImage, color: str) -> None:
    """In the upper left corner, which every state leaves free."""
    unit = picture.width() / 16
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(QRectF(0.2 * unit, 0.2 * unit, 4.2 * unit, 4.2 * unit))
    painter.end()


def _as_mask(name: str, size: int) -> QImage:
    """Black where there is something, clear where there is nothing or a hole."""
    paper = QImage(size, size, QImage.Format.Format_RGB32)
    paper.fill(Qt.GlobalColor.white)
    painter = QPainter(paper)
    painter.drawImage(0, 0, render(name, size, mono="#000000", state="#000000", hole="#ffffff"))
    painter.end()
    paper.invertPixels()
    ink = QImage(size, size, QImage.Format.Format_ARGB32)
    ink.fill(Qt.GlobalColor.black)
    ink.setAlphaChannel(paper.convertToFormat(QImage.Format.Format_Grayscale8))
    return ink


def _faded(picture: QImage) -> QImage:
    pale = QImage(picture.size(), QImage.Format.Format_ARGB32_Premultiplied)
    pale.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pale)
    painter.setOpacity(0.4)
    painter.drawImage(0, 0, picture)
    painter.end()
    return pale
