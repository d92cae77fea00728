"""The colours of the light and the dark look, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tones:
    """The colours of one look; every foreground has at least 4.5:1 on its background."""

    is_dark: bool
    window: str
    side: str
    card: str
    field: str
    border: str
    edge: str  # of fields: 3:1 on what is around them
    text: str
    muted: str
    accent: str
    on_accent: str
    selected: str
    ok: str
    busy: str
    bad: str
    bad_card: str
    bad_border: str
    off: str


LIGHT = Tones(
    is_dark=False,
    window="#f6f7f9",
    side="#eceff3",
    card="#ffffff",
    field="#ffffff",
    border="#d5dae1",
    edge="#8d97a3",
    text="#1d2329",
    muted="#5a6572",
    accent="#1f66d6",
    on_accent="#ffffff",
    selected="#dbe7fb",
    ok="#16834f",
    busy="#9a5b00",
    bad="#c21f2c",
    bad_card="#fdf0ef",
    bad_border="#efc4c1",
    off="#8b95a1",
)
DARK = Tones(
    is_dark=True,
    window="#1b1f24",
    side="#15191d",
    card="#22272e",
    field="#181c21",
    border="#373e47",
    edge="#6f7a86",
    text="#e6e9ed",
    muted="#a3adb8",
    accent="#2f72e0",
    on_accent="#ffffff",
    selected="#233a5e",
    ok="#4ccb88",
    busy="#f2b04b",
    bad="#ff8a80",
    bad_card="#36211f",
    bad_border="#6b3530",
    off="#76818d",
)
