"""Who does the work on keys for the windows, and where: off the GUI thread."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui.bridge import Background
from app.ui.parts import KeysPort


@dataclass(frozen=True)
class KeyWork:
    port: KeysPort
    background: Background
