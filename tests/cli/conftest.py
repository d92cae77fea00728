"""The program with the profiles of a real relay and server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.peers.lab import Lab


@pytest.fixture
def lab_program(tmp_path: Path, lab: Lab) -> Program:
    """Nothing is pinned yet."""
    return Program(tmp_path / "program").store(lab.document())
