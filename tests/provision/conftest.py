"""A running demo, and the programs that reach it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.provision.demo import Demo
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
