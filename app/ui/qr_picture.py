"""A QR code with sharp edges at every scale of the screen: its modules are whole pixels. GUI thread only.

What it is given is a picture of any size (``AccessPort.qr_code``); the modules are found in it.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_FINDER = 7  # modules: the side of the squares in three corners of every QR code


def modules_of(picture: QImage) -> QImage:
    """One pixel for each module. What is no plain QR code comes back as it is."""
    gray = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    width, stride = gray.width(), gray.bytesPerLine()
    pixels = bytes(gray.constBits())
    for y in range(gray.height()):
        row = pixels[y * stride : y * stride + width]
        start = next((x for x, value in enumerate(row) if value < 128), -1)
        if start >= 0:  # the upper edge of the finder pattern: seven dark modules
            end = next((x for x in range(start, width) if row[x] >= 128), width)
            size, rest = divmod(end - start, _FINDER)
            if rest or size < 1 or width % size or gray.height() % size:
                return picture
            return gray.scaled(width // size, gray.height() // size)
    return picture


class QrPicture(QWidget):
    """Draws the code as large as whole pixels allow; on white, whatever the theme."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._modules = QImage()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_png(self, data: bytes) -> bool:
        """False when this is no picture."""
        picture = QImage.fromData(data)
        self._modules = modules_of(picture) if not picture.isNull() else picture
        self.update()
        return not picture.isNull()

    def sizeHint(self) -> QSize:
        side = self.fontMetrics().height() * 17
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        side = self.fontMetrics().height() * 14
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._modules.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = QSize(round(self.width() * ratio), round(self.height() * ratio))
        count = max(self._modules.width(), self._modules.height())
        factor = max(1, min(room.width(), room.height()) // count)
        drawn = self._modules.scaled(self._modules.size() * factor)
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        painter.scale(1 / ratio, 1 / ratio)  # from here on in pixels of the screen
        left, top = (room.width() - drawn.width()) // 2, (room.height() - drawn.height()) // 2
        painter.drawImage(QPoint(left, top), drawn)
        painter.end()
