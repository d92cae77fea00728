"""The accessor finds what is there, names what is missing, and leaves the folder by no name."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import resource_files


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "icons").mkdir()
    (tmp_path / "icons" / "off.svg").write_text("<svg/>")
    (tmp_path / "translations").mkdir()
    (tmp_path / "translations" / "relaytray_zh_CN.qm").write_bytes(b"")
    monkeypatch.setattr(resource_files, "ROOT", tmp_path)
    return tmp_path


def test_the_folder_lies_beside_the_package() -> None:
    beside = Path(__file__).parents[1] / "resources"
    assert beside == resource_files.ROOT


def test_files_are_found(root: Path) -> None:
    assert resource_files.icon("off") == root / "icons" / "off.svg"
    assert resource_files.translation("zh_CN") == root / "translations" / "relaytray_zh_CN.qm"
    assert resource_files.resource("icons") == root / "icons"


def test_a_missing_file_is_named(root: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"resources/icons/none\.svg"):
        resource_files.icon("none")
    assert resource_files.translation("en") is None


@pytest.mark.parametrize(
    "name", ["../app/main.py", "/etc/passwd", "icons/../icons/off.svg", "icons//off.svg", "a\\b", ""]
)
def test_odd_names_are_refused(root: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not a normalised relative name"):
        resource_files.resource(name)
