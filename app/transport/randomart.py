"""OpenSSH's picture of a key, which people compare more easily than a fingerprint.

The walk is ``fingerprint_randomart`` of OpenSSH's sshkey.c ("the drunken bishop"), over the SHA-256 of the
key.
"""

from __future__ import annotations

import hashlib

_SYMBOLS = " .o+=*BOX@%&#/^SE"  # visits so far; the last two mark the start and the end
_WIDTH = 17
_HEIGHT = 9
_NAMES = {"ssh-rsa": "RSA", "ssh-ed25519": "ED25519", "ssh-dss": "DSA"}


def randomart(key_blob: bytes, key_type: str, bits: int) -> str:
    """Eleven lines, exactly as ``ssh-keygen -lv`` prints them, without a newline at the end."""
    field = _walk(hashlib.sha256(key_blob).digest())
    name = _NAMES.get(key_type) or key_type.removeprefix("sk-").split("-")[0].upper()
    title = f"[{name} {bits}]"
    if len(title) > _WIDTH:
        title = f"[{name}]"
    rows = ["|" + "".join(_SYMBOLS[field[x][y]] for x in range(_WIDTH)) + "|" for y in range(_HEIGHT)]
    return "\n".join([_border(title), *rows, _border("[SHA256]")])


def _walk(digest: bytes) -> list[list[int]]:
    field = [[0] * _HEIGHT for _ in range(_WIDTH)]
    start, end = len(_SYMBOLS) - 2, len(_SYMBOLS) - 1
    x, y = _WIDTH // 2, _HEIGHT // 2
    for byte in digest:
        for shift in (0, 2, 4, 6):  # two bits a step, the lowest first
            step = byte >> shift
            x = min(max(x + (1 if step & 1 else -1), 0), _WIDTH - 1)
            y = min(max(y + (1 if step & 2 else -1), 0), _HEIGHT - 1)
            field[x][y] = min(field[x][y] + 1, start - 1)
    field[_WIDTH // 2][_HEIGHT // 2] = start
    field[x][y] = end
    return field


def _border(title: str) -> str:
    left = (_WIDTH - len(title)) // 2
    return "+" + (title.rjust(left + len(title), "-")).ljust(_WIDTH, "-") + "+"
