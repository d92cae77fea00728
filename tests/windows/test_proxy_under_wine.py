"""The proxy settings of Windows by the Windows Python under Wine: its registry is real."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.windows.wine_python import NotPossible, WinePython

HERE = Path(__file__).parent


def test_the_registry_is_set_and_put_back() -> None:
    try:
        wine = WinePython()
    except NotPossible as e:
        pytest.skip(str(e))
    seen = wine.seen_by(HERE / "proxy_under_wine.py")
    assert seen["before"]["ProxyServer"] == "old.proxy:8080"
    assert seen["pac"]["AutoConfigURL"] == "http://127.0.0.1:1/p"
    assert seen["pac"]["ProxyEnable"] == 0
    assert seen["global"]["ProxyEnable"] == 1
    assert seen["global"]["ProxyServer"] == "https=127.0.0.1:1080;socks=127.0.0.1:1080"
    assert seen["global"]["AutoConfigURL"] is None
    assert seen["global"]["ProxyOverride"].endswith("<local>")
    assert seen["after"] == seen["before"]
    assert seen["url"] is None
