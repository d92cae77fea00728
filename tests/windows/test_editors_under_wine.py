"""Editors found, started and set by the Windows Python under Wine; a stand-in tells what it was given.

Everything runs once, in one go (``editors_under_wine``); each test here judges one part of what was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.core.editors import product
from app.core.profiles import Server
from app.export.editor_links import command_words
from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent
SERVER = Server(id="s", alias="lab-gpu", relay_id="r", user="ann")


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    yield from wine.sections(HERE / "editors_under_wine.py", stand_in=True)


def test_programs_are_found_quickly(seen: dict[str, Any]) -> None:
    finding = seen["finding"]
    assert finding["nothing"] == {}
    assert finding["seconds"] < 0.5  # some milliseconds, when nothing else runs
    for name in ("registered", "path"):
        found, expected = finding[name]
        assert found == expected, name


def test_the_program_gets_the_words_as_they_are(seen: dict[str, Any]) -> None:
    program = seen["opening"]["program"]
    for folder, line in seen["opening"]["told"]:
        # No word needs quotes, so that no rule of any program can read them in another way.
        words = command_words(product("vscode"), SERVER, folder)
        assert line == " ".join([f'"{program}"', *words])
        assert '"' not in "".join(words)


def test_settings_are_changed_in_their_place(seen: dict[str, Any]) -> None:
    settings = seen["settings"]
    place, expected = settings["place"]
    assert place == expected
    assert settings["after"] == '// mine\r\n{\r\n\t"a": 1,\r\n\t"b": true\r\n}\r\n'
    assert settings["left"] == settings["after"]
    assert settings["files"] == ["settings.json", "settings.json.relaytray-backup"]
    assert "file-unwritable" in settings["read-only"]


def test_programs_that_do_not_start_are_told(seen: dict[str, Any]) -> None:
    broken, gone = seen["failing"]
    assert "program-failed" in broken
    assert "program-missing" in gone
