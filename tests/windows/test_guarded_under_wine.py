"""Guarded processes by the Windows Python under Wine: a job ends what its owner leaves behind."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent


def test_what_is_guarded_ends_with_its_owner() -> None:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    name = f"guarded-{uuid.uuid4().hex}.json"
    result = wine.prefix / "drive_c" / name
    code, said = wine.run(HERE / "guarded_under_wine.py", rf"C:\{name}")
    assert code == 0, said
    seen = json.loads(result.read_text(encoding="utf-8"))
    result.unlink()
    assert seen == {
        "code": 23,
        "said": "hello",
        "ran": True,
        "stopped": True,
        "orphan_ran": True,
        "orphan_gone": True,
    }
