"""The system's proxy by the Windows Python under Wine: set in the registry, and put back after a kill."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent


def test_the_registry_is_steered_and_put_back_whatever_ends_us() -> None:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    seen = wine.seen_by(HERE / "steering_under_wine.py")
    pac, everything = seen.pop("pac"), seen.pop("global")
    assert pac["AutoConfigURL"].startswith("http://127.0.0.1:")
    assert pac["AutoConfigURL"].endswith("/relaytray.pac")
    assert pac["ProxyEnable"] == 0
    assert everything["ProxyServer"] == "127.0.0.1:11080"
    assert everything["AutoConfigURL"] is None
    assert everything["ProxyEnable"] == 1
    assert everything["ProxyOverride"].endswith("<local>")
    assert seen == {
        "type": "application/x-ns-proxy-autoconfig",
        "has the list": True,
        "ended": True,
        "another program's": True,
        "owner has set it": True,
        "killed": True,
    }
