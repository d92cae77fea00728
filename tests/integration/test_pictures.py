"""QR codes: ours are read by another program byte for byte, and pictures from anywhere are read or told."""

from __future__ import annotations

import io
import struct
import subprocess
import threading
import zlib
from pathlib import Path

import pytest
import segno
from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter, QTransform

from app.core.access import Access, ShadowsocksAccess, VlessAccess, VmessAccess
from app.core.faults import FaultCode, RelayTrayError
from app.export.access_links.reading import link_of
from app.export.qr_code import MAX_BYTES, qr_png, qr_text
from app.integration import pictures
from app.integration.pictures import GrayPicture, codes_in, other_kind, picture_kind, read_codes
from app.ui.pictures import gray_picture

UUID = "4d5add8d-26b4-4f21-87f7-2027d5bc98fb"
NAME = "\u8df3\u677f\u673a \u2014 \U0001f680 M\u00fcnchen & Co #1"
ACCESSES: dict[str, Access] = {
    "for phones": ShadowsocksAccess(
        host="203.0.113.10", port=8389, method="chacha20-ietf-poly1305", password="Kq7+/=~ \u5bc6", name=NAME
    ),
    "plugin": ShadowsocksAccess(
        host="2001:db8::1", port=443, method="aes-256-gcm", password="p:q@r", plugin="obfs-local",
        plugin_options="obfs=tls;obfs-host=www.example.org", name=NAME,
    ),
    "2022": ShadowsocksAccess(
        host="relay.example.org", port=8388, method="2022-blake3-aes-256-gcm",
        password="YctPZ6U7xPPcU+gp3u+0tx/tRizJN9K8y+uKlW2qjlI=", name=NAME,
    ),
    "prefix": ShadowsocksAccess(
        host="h", port=1, method="aes-256-gcm", password="x" * 20, prefix="\x16\x03\x01\xc2\xa8"
    ),
    "vmess": VmessAccess(host="relay.example.org", port=16824, uuid=UUID, tls=True, name=NAME),
    "vless": VlessAccess(
        host="relay.example.org", port=17824, uuid=UUID, security="tls", flow="xtls-rprx-vision", name=NAME
    ),
}  # fmt: skip
LONGEST = "ss://" + "aB3-" * ((MAX_BYTES - 5) // 4) + "x" * ((MAX_BYTES - 5) % 4)
FILE = Path("/somewhere/code.png")


def zbar(picture: bytes, folder: Path) -> bytes:
    file = folder / "code.png"
    file.write_bytes(picture)
    words = ["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(file)]
    told = subprocess.run(words, capture_output=True, check=True).stdout
    return told.removesuffix(b"\n")


def qt(picture: bytes) -> QImage:
    image = QImage.fromData(QByteArray(picture))
    assert not image.isNull()
    return image


def saved(image: QImage, kind: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(kind.encode())).write(image), kind
    return bytes(buffer.data().data())


def on(width: int, height: int, *pieces: tuple[int, int, QImage], ground: str = "white") -> QImage:
    image = QImage(width, height, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent if ground == "transparent" else Qt.GlobalColor.white)
    painter = QPainter(image)
    for x, y, piece in pieces:
        painter.drawImage(x, y, piece)
    painter.end()
    return image


def told(data: bytes) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        codes_in(data, FILE, gray_picture)
    return caught.value.fault.code


# --- written ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [*map(link_of, ACCESSES.values()), LONGEST], ids=[*ACCESSES, "longest"])
def test_another_reader_gets_exactly_the_link_and_so_do_we(link: str, tmp_path: Path) -> None:
    picture = qr_png(link)
    assert zbar(picture, tmp_path) == link.encode()
    assert codes_in(picture, FILE, gray_picture) == (link.encode(),)


def test_text_that_is_not_ascii_stays_utf8(tmp_path: Path) -> None:
    assert codes_in(qr_png(NAME), FILE, gray_picture) == (NAME.encode(),)
    assert zbar(qr_png(NAME), tmp_path) == NAME.encode()


def test_what_no_code_holds_is_told() -> None:
    for write in (qr_png, qr_text):
        with pytest.raises(RelayTrayError) as caught:
            write(LONGEST + "y")
        assert caught.value.fault.code is FaultCode.CODE_TOO_LONG


def test_a_picture_is_as_large_as_a_screen_shows_well() -> None:
    for link in (link_of(ACCESSES["for phones"]), LONGEST):
        assert 300 <= qt(qr_png(link)).width() <= 800


def test_a_code_in_a_terminal_is_read_from_its_characters() -> None:
    link = link_of(ACCESSES["plugin"])
    lines = qr_text(link).splitlines()
    halves = {"\u2588": (255, 255), "\u2580": (255, 0), "\u2584": (0, 255), " ": (0, 0)}
    rows = [bytes(halves[c][half] for c in line for _ in range(4)) for line in lines for half in (0, 1)]
    pixels = b"".join(row * 4 for row in rows)
    in_color = qr_text(link, colored=True).splitlines()
    assert in_color == [f"\x1b[97;40m{line}\x1b[0m" for line in lines]
    assert read_codes(GrayPicture(len(rows[0]), 4 * len(rows), pixels)).texts == (link.encode(),)


# --- read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "webp"])
def test_every_kind_of_picture_is_known_by_its_bytes(kind: str) -> None:
    data = saved(qt(qr_png("ss://abc")), kind)
    assert picture_kind(data[:64]) == kind
    assert codes_in(data, FILE, gray_picture) == (b"ss://abc",)


def test_a_gif_is_read() -> None:
    """Written by hand: Qt writes none. Uncompressed codes of nine bits, with a clear code before each 200."""
    gray = gray_picture(qr_png("ss://gif"), "png", FILE)
    bits, count, data = 0, 0, bytearray()

    def put(code: int) -> None:
        nonlocal bits, count
        bits |= code << count
        count += 9
        while count >= 8:
            data.append(bits & 255)
            bits, count = bits >> 8, count - 8

    for i, pixel in enumerate(gray.pixels):
        if i % 200 == 0:
            put(256)
        put(1 if pixel else 0)
    put(257)
    data.append(bits & 255)
    blocks = b"".join(bytes([len(data[i : i + 255])]) + data[i : i + 255] for i in range(0, len(data), 255))
    size = struct.pack("<HH", gray.width, gray.height)
    palette = b"\0\0\0" + b"\xff\xff\xff" * 255
    gif = b"GIF89a" + size + b"\xf7\0\0" + palette + b"," + bytes(4) + size + b"\0\x08" + blocks + b"\0;"
    assert picture_kind(gif) == "gif"
    assert codes_in(gif, FILE, gray_picture) == (b"ss://gif",)


def test_several_codes_are_read_from_the_top_down_and_each_once() -> None:
    one, two = qt(qr_png("ss://one")), qt(qr_png("ss://two"))
    picture = on(1500, 1500, (900, 40, two), (30, 800, one), (700, 900, two))
    assert codes_in(saved(picture, "png"), FILE, gray_picture) == (b"ss://two", b"ss://one")


def test_turned_inverted_transparent_small_in_a_large_picture() -> None:
    code = qt(qr_png("ss://x"))
    turned = code.transformed(QTransform().rotate(17), Qt.TransformationMode.SmoothTransformation)
    inverted = QImage(code.convertToFormat(QImage.Format.Format_RGB32))
    inverted.invertPixels()
    transparent = code.convertToFormat(QImage.Format.Format_ARGB32)
    transparent.setAlphaChannel(_opaque_where_black(code))
    small = on(4400, 1000, (3000, 500, code))
    for picture in (on(900, 900, (100, 100, turned)), inverted, transparent, small):
        assert codes_in(saved(picture, "png"), FILE, gray_picture) == (b"ss://x",)


def _opaque_where_black(code: QImage) -> QImage:
    alpha = code.convertToFormat(QImage.Format.Format_Grayscale8)
    alpha.invertPixels()
    return alpha


def test_any_thread_may_read() -> None:
    found: list[tuple[bytes, ...]] = []
    thread = threading.Thread(target=lambda: found.append(codes_in(qr_png("ss://x"), FILE, gray_picture)))
    thread.start()
    thread.join()
    assert found == [(b"ss://x",)]


# --- what cannot be read ----------------------------------------------------------------------------------


def test_a_picture_without_a_code() -> None:
    assert told(saved(on(300, 200), "png")) is FaultCode.PICTURE_WITHOUT_CODE
    barcode = on(400, 200, *((20 + 9 * i, 20, _bar(3 + 3 * (i % 2))) for i in range(30)))
    assert told(saved(barcode, "jpeg")) is FaultCode.PICTURE_WITHOUT_CODE


def _bar(width: int) -> QImage:
    bar = QImage(width, 120, QImage.Format.Format_RGB32)
    bar.fill(Qt.GlobalColor.black)
    return bar


def test_a_code_of_which_too_much_is_missing() -> None:
    code = qt(qr_png("ss://" + "abcdef" * 20))
    hidden = QImage(code.width() // 2, code.height() // 3, QImage.Format.Format_RGB32)
    hidden.fill(Qt.GlobalColor.gray)
    broken = on(code.width(), code.height(), (0, 0, code), (code.width() // 3, code.height() // 3, hidden))
    assert told(saved(broken, "png")) is FaultCode.CODE_UNREADABLE


@pytest.mark.parametrize("kind", ["png", "jpeg", "bmp", "webp"])
def test_damaged_pictures_are_told_and_never_worse(kind: str) -> None:
    data = saved(qt(qr_png("ss://x")), kind)
    usual = {
        FaultCode.PICTURE_DAMAGED,
        FaultCode.PICTURE_WITHOUT_CODE,
        FaultCode.CODE_UNREADABLE,
        FaultCode.PICTURE_TOO_LARGE,
    }
    assert told(data[:20]) is FaultCode.PICTURE_DAMAGED
    for at in range(12, len(data), max(1, len(data) // 60)):
        for broken in (data[:at], data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]):
            try:
                found = codes_in(broken, FILE, gray_picture)
            except RelayTrayError as e:
                fault = e.fault
                assert fault.code in usual
            else:
                assert found == (b"ss://x",)


def test_a_bomb_is_not_opened() -> None:
    """A kilobyte that would be a picture of four thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 65000, 65000, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    assert len(bomb) < 2000
    assert told(bomb) is FaultCode.PICTURE_TOO_LARGE


def test_a_picture_at_the_limit_is_made_smaller_and_read() -> None:
    side = int(pictures.MAX_PIXELS**0.5)
    picture = io.BytesIO()
    scale = side // 29
    segno.make_qr("ss://x", error="m").save(picture, kind="png", scale=scale, border=4)
    gray = gray_picture(picture.getvalue(), "png", FILE)
    assert max(gray.width, gray.height) <= 4096
    assert read_codes(gray).texts == (b"ss://x",)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"II*\0", "TIFF"),
        (b"%PDF-1.7", "PDF"),
        (b'<?xml version="1.0"?><SVG xmlns=', "SVG"),
        (b"ss://abc", ""),
        (b"BM is how this text begins", ""),
    ],
)
def test_other_files_are_named(head: bytes, kind: str) -> None:
    assert picture_kind(head) == ""
    assert other_kind(head) == kind
