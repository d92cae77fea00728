"""One of a few, as data: what a person chooses from, and what each choice means."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui.actions import Action
from app.ui.texts import Text


@dataclass(frozen=True)
class Segment:
    name: Text
    about: Text  # what it means, told while it is the chosen one
    action: Action  # chooses it
    is_chosen: bool


@dataclass(frozen=True)
class Segments:
    """``more`` opens what belongs to the chosen one."""

    title: Text
    segments: tuple[Segment, ...]
    more: tuple[Text, Action] | None = None
