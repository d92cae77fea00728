"""What the lines of the tray menu are made of; ``tray_model`` says which lines there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault
from app.ui.actions import Action
from app.ui.texts import Text


class Mark(StrEnum):
    """The small sign before a menu entry."""

    NONE = ""
    OFF = "off"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    TROUBLE = "trouble"


@dataclass(frozen=True)
class Entry:
    """One line of the menu. ``key`` stays the same as long as it is the same line."""

    key: str
    text: Text | Fault | None = None  # None = a separator
    action: Action | None = None
    enabled: bool = True
    mark: Mark = Mark.NONE
    children: tuple[Entry, ...] = field(default=())
    chosen: bool | None = None  # one of several that exclude each other; None = no such line
