"""Icons: every name has its file, states differ in shape and not in colour alone, nothing is scaled up."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.resource_files import ROOT, icon
from app.ui import icons
from app.ui.chain import Place
from app.ui.tray_model import IconState, Mark

APP = Path(__file__).resolve().parents[2] / "app" / "ui"


def shape(picture: QImage) -> list[bool]:
    """Where there is ink, whatever its colour."""
    return [
        picture.pixelColor(x, y).alpha() > 100
        for y in range(picture.height())
        for x in range(picture.width())
    ]


def difference(one: QImage, other: QImage) -> int:
    return sum(a != b for a, b in zip(shape(one), shape(other), strict=True))


@pytest.mark.parametrize(("one", "other"), list(combinations(IconState, 2)))
def test_tray_states_differ_in_shape_at_sixteen_pixels(
    qtbot: QtBot, one: IconState, other: IconState
) -> None:
    pictures = [icons.tray_mask(state).pixmap(16, 16).toImage() for state in (one, other)]
    assert difference(*pictures) >= 4  # of 256 pixels, in one colour


@pytest.mark.parametrize("state", list(IconState))
def test_the_mark_of_the_systems_proxy_is_seen_at_sixteen_pixels(qtbot: QtBot, state: IconState) -> None:
    plain, marked = (
        icons.tray_mask(state, is_steering=one).pixmap(16, 16).toImage() for one in (False, True)
    )
    assert difference(plain, marked) >= 8
    assert all(
        mine or not its for its, mine in zip(shape(plain), shape(marked), strict=True)
    )  # nothing hidden
    for on_dark in (False, True):
        pictures = [
            icons.tray(state, on_dark=on_dark, is_steering=one).pixmap(16, 16) for one in (False, True)
        ]
        assert difference(*(one.toImage() for one in pictures)) >= 8


@pytest.mark.parametrize(("one", "other"), list(combinations([mark for mark in Mark if mark], 2)))
def test_marks_differ_in_shape(qtbot: QtBot, one: Mark, other: Mark) -> None:
    pictures = [icons.mark(state, on_dark=False).pixmap(16, 16).toImage() for state in (one, other)]
    assert difference(*pictures) >= 20


@pytest.mark.parametrize("state", list(IconState))
def test_a_mask_is_one_colour_and_has_clear_places(qtbot: QtBot, state: IconState) -> None:
    picture = icons.tray_mask(state).pixmap(32, 32).toImage()
    colors = {
        picture.pixelColor(x, y).name()
        for x in range(32)
        for y in range(32)
        if picture.pixelColor(x, y).alpha()
    }
    assert colors == {"#000000"}
    assert icons.tray_mask(state).isMask()
    assert any(picture.pixelColor(x, y).alpha() == 0 for x in range(4, 28) for y in range(4, 28))


def test_light_and_dark_taskbars_get_contrasting_lines(qtbot: QtBot) -> None:
    light = icons.tray(IconState.OFF, on_dark=False).pixmap(16, 16).toImage().pixelColor(1, 12)
    dark = icons.tray(IconState.OFF, on_dark=True).pixmap(16, 16).toImage().pixelColor(1, 12)
    assert light.lightness() < 90
    assert dark.lightness() > 200


def test_every_icon_that_the_code_names_exists() -> None:
    names = {"app", *(place.value for place in Place), *(f"tray-{one}" for one in IconState)}
    names |= {f"mark-{one}" for one in Mark if one}
    for path in APP.glob("*.py"):
        names |= set(re.findall(r'icon="([a-z-]+)"', path.read_text(encoding="utf-8")))
        names |= set(re.findall(r'tool\([^)]*\), "([a-z-]+)"', path.read_text(encoding="utf-8")))
    for name in sorted(names):
        assert icon(name).is_file()


@pytest.mark.parametrize("path", sorted((ROOT / "icons").glob("*.svg")), ids=lambda path: path.name)
def test_every_file_is_an_svg_that_draws_something(qtbot: QtBot, path: Path) -> None:
    assert any(shape(icons.render(path.stem, 32)))
