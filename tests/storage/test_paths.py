"""Every file lies under one root."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from app.storage.paths import Paths, default_paths


def test_everything_is_under_the_chosen_folder(tmp_path: Path) -> None:
    paths = Paths.at(tmp_path / "data")
    names = [name for name, value in inspect.getmembers(Paths) if isinstance(value, property)]
    assert len(names) >= 7
    assert all(getattr(paths, name).is_relative_to(tmp_path / "data") for name in names)
    assert not (tmp_path / "data").exists()


def test_relative_and_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert Paths.at("data").root == tmp_path / "data"
    assert Paths.at("~/data").root == tmp_path / "data"


def test_the_default_is_named_after_the_program() -> None:
    assert default_paths().root.name == "RelayTray"
    assert default_paths().root.is_absolute()
