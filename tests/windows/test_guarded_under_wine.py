"""Guarded processes by the Windows Python under Wine: a job ends what its owner leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent


def test_what_is_guarded_ends_with_its_owner() -> None:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    seen = wine.seen_by(HERE / "guarded_under_wine.py")
    assert seen == {
        "code": 23,
        "said": "hello",
        "ran": True,
        "stopped": True,
        "orphan_ran": True,
        "orphan_gone": True,
    }
