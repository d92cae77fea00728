"""QR codes in a picture file. What decodes the picture is handed in: Qt, which has the decoders anyway.

A picture may come from anybody: its kind is told by its first bytes and never by its name, and there are
limits to its file and to the number of its pixels, before anything is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.core.faults import FaultCode, error

MAX_FILE = 20_000_000  # bytes; a photo of a telephone has five
MAX_PIXELS = 60_000_000
_MAX_CODES = 100


@dataclass(frozen=True, slots=True)
class GrayPicture:
    """One byte for each pixel, row by row without gaps: 0 is black."""

    width: int
    height: int
    pixels: bytes


@dataclass(frozen=True, slots=True)
class CodesFound:
    texts: tuple[bytes, ...] = ()
    is_any_damaged: bool = False  # a code is there whose content could not be restored


DecodePicture = Callable[[bytes, str, Path | None], GrayPicture]
"""(data, one of KINDS, the file for the faults or None for the clipboard) -> the picture.

Any thread. Raises RelayTrayError PICTURE_DAMAGED, PICTURE_TOO_LARGE."""

KINDS = ("png", "jpeg", "bmp", "gif", "webp")
_OTHERS: Mapping[str, Callable[[bytes], bool]] = {  # what a person may well choose, and is not read here
    "HEIC": lambda head: head[4:8] == b"ftyp",
    "TIFF": lambda head: head[:4] in (b"II*\0", b"MM\0*"),
    "PDF": lambda head: head[:5] == b"%PDF-",
    "SVG": lambda head: b"<svg" in head.lower(),
}


def picture_kind(head: bytes) -> str:
    """One of ``KINDS`` by the first bytes of a file; "" = no picture that can be read."""
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "png"
    if head[:3] == b"\xff\xd8\xff":
        return "jpeg"
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # two reserved words, both nought
        return "bmp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


def other_kind(head: bytes) -> str:
    """What else it is, in a person's words; "" = nothing that is known."""
    return next((name for name, fits in _OTHERS.items() if fits(head)), "")


def codes_in(data: bytes, path: Path | None, decode: DecodePicture) -> tuple[bytes, ...]:
    """What the QR codes say, each once, from the top of the picture down. Blocks for a second or two.

    Raises RelayTrayError: PICTURE_DAMAGED, PICTURE_TOO_LARGE, PICTURE_WITHOUT_CODE, CODE_UNREADABLE, and what
    ``decode`` raises.
    """
    found = read_codes(decode(data, picture_kind(data[:64]), path))
    if found.texts:
        return found.texts
    code = FaultCode.CODE_UNREADABLE if found.is_any_damaged else FaultCode.PICTURE_WITHOUT_CODE
    raise error(code, path=path or "")


def read_codes(picture: GrayPicture) -> CodesFound:
    """All QR codes of a picture, turned, mirrored or light on dark as well."""
    import zxingcpp  # late: no command but this one needs it

    shape = (picture.height, picture.width)
    pixels = memoryview(picture.pixels).cast("B", shape)
    wanted = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found: Sequence[zxingcpp.Barcode] = zxingcpp.read_barcodes(pixels, formats=wanted, return_errors=True)
    good = sorted((one for one in found if one.valid and one.bytes), key=_place)[:_MAX_CODES]
    return CodesFound(
        texts=tuple(dict.fromkeys(bytes(one.bytes) for one in good)),
        is_any_damaged=any(not one.valid for one in found),
    )


def _place(code: object) -> tuple[int, int]:
    corner = code.position.top_left  # type: ignore[attr-defined]
    return corner.y, corner.x
