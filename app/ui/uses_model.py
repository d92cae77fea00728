"""Which cards the "Use it from..." window shows for a server on this computer, and in which order. No Qt."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.uses import Use, Uses
from app.ui.use_card import UseCard
from app.ui.use_cards_of_sites import cyberduck_card, filezilla_card, putty_card, windows_card, winscp_card
from app.ui.use_cards_of_ssh import (
    browser_card,
    editor_card,
    environment_card,
    link_card,
    ssh_card,
    transfer_card,
)


def cards(uses: Uses) -> tuple[UseCard, ...]:
    """Only what fits this computer; what most people want comes first."""
    return tuple(_cards(uses))


def _cards(uses: Uses) -> Iterator[UseCard]:
    is_windows, is_mac = uses.platform == "win32", uses.platform == "darwin"
    yield ssh_card(uses)
    yield editor_card(uses)
    if is_windows:
        yield winscp_card(uses)
        yield putty_card(uses)
    if is_mac:
        yield cyberduck_card(uses)
    yield filezilla_card(uses)
    if is_windows:
        yield cyberduck_card(uses)
    if not is_windows and Use.PUTTY in uses.programs:
        yield putty_card(uses)
    yield from _where_there_is_something(uses)
    elsewhere = windows_card(uses)
    if elsewhere is not None:
        yield elsewhere


def _where_there_is_something(uses: Uses) -> Iterator[UseCard]:
    for use, make in (
        (Use.TRANSFER, transfer_card),
        (Use.BROWSER, browser_card),
        (Use.LINK, link_card),
        (Use.ENVIRONMENT, environment_card),
    ):
        if uses.texts_of(use) or use in uses.faults:
            yield make(uses)
