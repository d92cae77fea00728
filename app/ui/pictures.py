"""Pictures that a person chose, as shades of gray. Qt decodes them, without any window or application."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from app.core.faults import FaultCode, error
from app.integration.pictures import MAX_PIXELS, GrayPicture

_LONGEST_SIDE = 4096  # pixels; a larger picture is made smaller while it is read, no code suffers from that


def gray_picture(data: bytes, kind: str, path: Path | None) -> GrayPicture:
    """``app.integration.pictures.DecodePicture``: as its header promises, or not at all. Any thread.

    Raises RelayTrayError: PICTURE_DAMAGED, PICTURE_TOO_LARGE.
    """
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(kind.encode()))
    reader.setAutoDetectImageFormat(False)  # nothing but the decoder that was asked for
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.isEmpty():
        raise error(FaultCode.PICTURE_DAMAGED, path=path or "")
    if size.width() * size.height() > MAX_PIXELS:
        raise error(FaultCode.PICTURE_TOO_LARGE, path=path or "", limit=MAX_PIXELS // 1_000_000)
    if max(size.width(), size.height()) > _LONGEST_SIDE:
        wanted = QSize(_LONGEST_SIDE, _LONGEST_SIDE)
        reader.setScaledSize(size.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    picture = reader.read()
    if picture.isNull():
        raise error(FaultCode.PICTURE_DAMAGED, path=path or "")
    return _gray(picture)


def _gray(picture: QImage) -> GrayPicture:
    if picture.hasAlphaChannel():  # what is transparent looks white: on black, a code would be lost
        plain = QImage(picture.size(), QImage.Format.Format_RGB32)
        plain.fill(Qt.GlobalColor.white)
        _paint(plain, picture)
        picture = plain
    gray = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    width, height, stride = gray.width(), gray.height(), gray.bytesPerLine()
    rows = memoryview(gray.constBits())
    pixels = b"".join(bytes(rows[y * stride : y * stride + width]) for y in range(height))
    return GrayPicture(width, height, pixels)


def _paint(ground: QImage, picture: QImage) -> None:
    from PySide6.QtGui import QPainter

    painter = QPainter(ground)
    painter.drawImage(0, 0, picture)
    painter.end()
