"""Rights of key files, and the service of the ssh agent, by the Windows Python under Wine.

Everything runs once, in one go (``keys_under_wine``); each test here judges one part of what was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    yield from wine.sections(HERE / "keys_under_wine.py")


def rights_in(sddl: str) -> set[tuple[str, str]]:
    """Who may do what, as SDDL tells it."""
    return set(re.findall(r"\(A;[A-Z]*;([^;]*);;;([^)]+)\)", sddl))


def test_a_key_is_closed_to_others(seen: dict[str, Any]) -> None:
    told = seen["rights"]
    assert told["own"] is True
    assert told["before"] == "other users may open it (Everyone)"
    assert told["after"] is None
    assert {who for _what, who in rights_in(told["sddl"])} <= {told["sid"], "SY", "BA"}
    assert told["readable"] == "key"


def test_the_folder_of_keys_is_closed_to_others(seen: dict[str, Any]) -> None:
    told = seen["folder"]
    assert told["before"] == "other users may open it (Everyone)"
    assert told["after"] is None
    assert told["sid"] in {who for _what, who in rights_in(told["sddl"])} <= {told["sid"], "SY", "BA"}


def test_a_new_key_in_an_open_folder(seen: dict[str, Any]) -> None:
    told = seen["new_key"]
    assert told["exposed"] is None
    assert told["beside"] == "other users may open it (Everyone)"
    assert (told["refused"], told["content"]) == ("FileExistsError", "key")
    assert told["names"] == ["id", "inherits"]


def test_the_service_of_the_agent(seen: dict[str, Any]) -> None:
    told = seen["service"]
    assert told["missing"] is False
    assert told["off"] == "disabled"
    assert (told["on"], told["again"]) == (True, True)
