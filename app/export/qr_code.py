"""A share link as a QR code: a picture for a phone's camera, or rows of text for a terminal.

Source: ISO/IEC 18004 (a quiet zone of four modules; error correction M restores 15 %). The content is what
the link is, byte for byte, as UTF-8 without a marker: the phones' programs expect nothing else.
"""

from __future__ import annotations

import io

import segno

from app.core.faults import FaultCode, error

MAX_BYTES = 2331  # of a code of the largest version, 40, with error correction M
QUIET_ZONE = 4  # modules; less, and some cameras find nothing
_WIDTH = (
    480  # pixels that a picture is about as wide as: large enough for a camera, small enough for a screen
)
_LEAST, _MOST = 4, 12  # pixels for one module


def qr_png(text: str) -> bytes:
    """A PNG picture, black on white. Raises RelayTrayError CODE_TOO_LONG."""
    code = _code(text)
    modules = code.symbol_size(border=QUIET_ZONE)[0]
    picture = io.BytesIO()
    scale = min(_MOST, max(_LEAST, _WIDTH // modules))
    code.save(picture, kind="png", scale=scale, border=QUIET_ZONE)
    return picture.getvalue()


def qr_text(text: str, *, colored: bool = False) -> str:
    """Lines of half blocks, two modules above each other in one character; light is the terminal's writing.

    ``colored``: white on black, whatever the terminal's own colours are (ECMA-48, SGR). Without, a terminal
    that writes dark on light shows the code inverted, which most cameras read as well. Raises CODE_TOO_LONG.
    """
    rows = [tuple(row) for row in _code(text).matrix_iter(border=QUIET_ZONE)]
    if len(rows) % 2:
        rows.append((0,) * len(rows[0]))
    pairs = zip(rows[::2], rows[1::2], strict=True)
    blocks = ("\u2588", "\u2580", "\u2584", " ")  # both light, upper, lower, none
    lines = ("".join(blocks[2 * upper + lower] for upper, lower in zip(*pair, strict=True)) for pair in pairs)
    before, after = ("\x1b[97;40m", "\x1b[0m") if colored else ("", "")
    return "".join(f"{before}{line}{after}\n" for line in lines)


def _code(text: str) -> segno.QRCode:
    if len(text.encode()) > MAX_BYTES:
        raise error(FaultCode.CODE_TOO_LONG, limit=MAX_BYTES)
    return segno.make_qr(text, error="m", encoding="utf-8", boost_error=False)
