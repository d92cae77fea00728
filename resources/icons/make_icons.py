"""Makes the icon files of installers and desktops from app.svg: ``python resources/icons/make_icons.py DIR``.

Writes relaytray.ico (Windows), relaytray.icns (macOS) and relaytray-<size>.png (Linux) into DIR. The
containers are written here: both hold PNG pictures (ICO since Windows Vista, ICNS since Mac OS X 10.7).
"""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

ICO_SIZES = (16, 20, 24, 32, 48, 64, 128, 256)
PNG_SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
# Apple's types for PNG pictures, by pixels; the second of a size is the one for double density.
ICNS_TYPES = (
    (b"icp4", 16), (b"ic11", 32), (b"icp5", 32), (b"ic12", 64), (b"ic07", 128), (b"ic13", 256),
    (b"ic08", 256), (b"ic14", 512), (b"ic09", 512), (b"ic10", 1024),
)  # fmt: skip


def png_of(size: int) -> bytes:
    """The app icon as a PNG file. Needs a QGuiApplication."""
    from PySide6.QtCore import QBuffer, QByteArray, QIODevice
    from PySide6.QtGui import QImageWriter

    from app.ui.icons import render

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(render("app", size))
    return bytes(buffer.data().data())


def ico_of(pictures: dict[int, bytes]) -> bytes:
    """An ICO file: header, directory, pictures. A size of 256 is written as 0."""
    start = 6 + 16 * len(pictures)
    directory, body = b"", b""
    for size, picture in pictures.items():
        offset = start + len(body)
        directory += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(picture), offset)
        body += picture
    return struct.pack("<HHH", 0, 1, len(pictures)) + directory + body


def icns_of(pictures: list[tuple[bytes, bytes]]) -> bytes:
    """An ICNS file: every part has its type and its whole length."""
    body = b"".join(kind + struct.pack(">I", len(picture) + 8) + picture for kind, picture in pictures)
    return b"icns" + struct.pack(">I", len(body) + 8) + body


def main() -> None:
    root = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(root))
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtGui import QGuiApplication

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    application = QGuiApplication([])
    for size in PNG_SIZES:
        (folder / f"relaytray-{size}.png").write_bytes(png_of(size))
    (folder / "relaytray.ico").write_bytes(ico_of({size: png_of(size) for size in ICO_SIZES}))
    (folder / "relaytray.icns").write_bytes(icns_of([(kind, png_of(size)) for kind, size in ICNS_TYPES]))
    application.quit()


if __name__ == "__main__":
    main()
