"""Draws the chain from this computer to the server, the failing hop crossed out. GUI thread only.

Told by shape as well as colour: a solid line works, a dotted one is being asked, a crossed one fails.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui import icons
from app.ui.chain import HopState, Stop
from app.ui.tones import DARK, LIGHT, Tones
from app.ui.widgets import is_dark
from app.ui.wording import by_v2ray, hop_state_name, place_name


class ChainView(QWidget):
    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._stops: tuple[Stop, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_chain(self, stops: tuple[Stop, ...]) -> None:
        if stops == self._stops:
            return
        self._stops = stops
        words = "; ".join(_spoken(stop) for stop in stops)
        self.setAccessibleName(words)
        self.setToolTip(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        height = self.fontMetrics().height()
        return QSize(height * 28, int(height * 6.2))

    def minimumSizeHint(self) -> QSize:
        return QSize(self.fontMetrics().height() * 16, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._stops:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tones = DARK if is_dark() else LIGHT
        step = self.width() / len(self._stops)
        radius = self.fontMetrics().height() * 1.35
        middle = radius + 3
        centres = [QPointF(step * (index + 0.5), middle) for index in range(len(self._stops))]
        for index in range(1, len(centres)):
            start = QPointF(centres[index - 1].x() + radius + 6, middle)
            end = QPointF(centres[index].x() - radius - 6, middle)
            _draw_line(painter, start, end, self._stops[index].state, tones)
        for centre, stop in zip(centres, self._stops, strict=True):
            self._draw_stop(painter, centre, radius, step, stop, tones)
        painter.end()

    def _draw_stop(
        self, painter: QPainter, centre: QPointF, radius: float, step: float, stop: Stop, tones: Tones
    ) -> None:
        color = _color(stop.state, tones)
        fill = QColor(color)
        fill.setAlphaF(0.14 if stop.state is not HopState.OFF else 0.06)
        painter.setPen(QPen(QColor(color), 1.6))
        painter.setBrush(fill)
        painter.drawEllipse(centre, radius, radius)
        size = int(radius * 1.05)
        picture = QRectF(centre.x() - size / 2, centre.y() - size / 2, size, size)
        tint = tones.muted if stop.state is HopState.OFF else color
        icons.tinted(stop.place.value, tint).paint(painter, picture.toRect())
        height = self.fontMetrics().height()
        room = step - 8
        box = QRectF(centre.x() - room / 2, centre.y() + radius + height * 0.35, room, height * 1.3)
        font = self.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(tones.text))
        _draw_elided(painter, box, _name(stop))
        painter.setFont(self.font())
        painter.setPen(QColor(tones.bad if stop.state is HopState.BROKEN else tones.muted))
        words = hop_state_name(stop.state) if stop.state is HopState.BROKEN else _detail(stop)
        _draw_elided(painter, box.translated(0, height * 1.2), words)


def _name(stop: Stop) -> str:
    return stop.name or place_name(stop.place)


def _detail(stop: Stop) -> str:
    return by_v2ray() if stop.by_v2ray else stop.detail


def _spoken(stop: Stop) -> str:
    name = f"{_name(stop)} ({by_v2ray()})" if stop.by_v2ray else _name(stop)
    return f"{name}: {hop_state_name(stop.state)}"


def _color(state: HopState, tones: Tones) -> str:
    return {
        HopState.OFF: tones.off,
        HopState.BUSY: tones.busy,
        HopState.OK: tones.ok,
        HopState.BROKEN: tones.bad,
    }[state]


def _draw_line(painter: QPainter, start: QPointF, end: QPointF, state: HopState, tones: Tones) -> None:
    pen = QPen(QColor(_color(state, tones)), 2.2)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if state in {HopState.OFF, HopState.BUSY}:
        pen.setDashPattern([0.1, 3])
    painter.setPen(pen)
    if state is not HopState.BROKEN:
        painter.drawLine(start, end)
        return
    middle, gap = (start.x() + end.x()) / 2, 9
    painter.drawLine(start, QPointF(middle - gap, start.y()))
    painter.drawLine(QPointF(middle + gap, start.y()), end)
    arm = 4.5
    painter.drawLine(QPointF(middle - arm, start.y() - arm), QPointF(middle + arm, start.y() + arm))
    painter.drawLine(QPointF(middle - arm, start.y() + arm), QPointF(middle + arm, start.y() - arm))


def _draw_elided(painter: QPainter, box: QRectF, words: str) -> None:
    fitting = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideMiddle, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, fitting)
