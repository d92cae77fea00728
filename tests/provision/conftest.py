"""A running demo, and the programs that reach it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.provision.demo import Demo
from tests.peers.ports import free_port
from tests.provision.clients import Clients


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path / "demo") as started:
        yield started


@pytest.fixture
def clients(demo: Demo, tmp_path: Path) -> Clients:
    if shutil.which("ssh") is None:
        pytest.skip("needs the OpenSSH client")
    return Clients(demo, tmp_path)


@pytest.fixture(autouse=True)
def _no_usual_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another test that runs at the same time may have the demo's usual SOCKS port."""
    monkeypatch.setattr("app.provision.demo.demo.DEFAULT_SOCKS_PORT", free_port())
