"""What the page of a server or relay shows: ``detail_model`` makes it, ``detail_page`` draws it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.faults import Fault
from app.core.states import TrafficState
from app.ui.actions import Action
from app.ui.chain import Stop
from app.ui.segments import Segments
from app.ui.texts import Text
from app.ui.tray_entry import Mark


@dataclass(frozen=True)
class Button:
    text: Text
    action: Action
    enabled: bool = True
    icon: str = ""


@dataclass(frozen=True)
class Trouble:
    """One fault, told as a sentence, with the buttons that may cure it."""

    fault: Fault
    cures: tuple[Button, ...]


@dataclass(frozen=True)
class Fact:
    label: Text
    value: Text
    copy: Action | None = None
    fault: Fault | None = None


@dataclass(frozen=True)
class Detail:
    title: str
    mark: Mark
    status: Text
    main: Button
    chain: tuple[Stop, ...]
    troubles: tuple[Trouble, ...]
    facts: tuple[Fact, ...]
    copies: tuple[Button, ...]
    uses: Button | None  # opens the window with every way to use it
    more: tuple[Button, ...]  # open other windows about it
    edit: Action
    remove: Action
    traffic: TrafficState | None  # None = it is not counted
    round_trip_ms: float | None = None
    retry_in_s: float | None = None
    segments: Segments | None = None
