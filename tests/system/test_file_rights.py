"""Who may open a file. Windows' own functions run in tests/windows; what they tell is judged here."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from app.system.agent_service import start_agent_service
from app.system.file_rights import (
    create_private,
    is_own,
    make_folder_private,
    make_private,
    why_not_private,
)
from app.system.sddl import is_of_other, others_in_sddl, private_folder_sddl, private_sddl
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
ME = "S-1-5-21-1111111111-222222222-3333333333-1001"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0, 0o022, 0o277])
def test_a_new_file_is_private_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "f"
    before = os.umask(umask)
    try:
        os.close(create_private(path))
    finally:
        os.umask(before)
    assert mode_of(path) & 0o077 == 0
    assert why_not_private(path) is None


def test_a_new_file_replaces_and_follows_nothing(tmp_path: Path) -> None:
    path, link = tmp_path / "f", tmp_path / "link"
    path.write_text("old")
    link.symlink_to(tmp_path / "nowhere")
    for taken in (path, link):
        with pytest.raises(FileExistsError):
            create_private(taken)
    assert path.read_text() == "old"
    assert not (tmp_path / "nowhere").exists()
    with pytest.raises(FileNotFoundError):
        create_private(tmp_path / "missing" / "f")


@posix
def test_a_file_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("x")
    for mode in (0o644, 0o620, 0o604):
        path.chmod(mode)
        assert why_not_private(path) == f"other users may open it (mode {mode:04o})"
        make_private(path)
        assert mode_of(path) == 0o600
        assert why_not_private(path) is None
    path.chmod(0o400)
    assert why_not_private(path) is None


@posix
def test_the_file_of_somebody_else(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = tmp_path / "f"
    path.write_text("x")
    os.chown(path, 4242, 4242)
    path.chmod(0o600)
    assert why_not_private(path) == "it belongs to another user"
    with pytest.raises(PermissionError, match="belongs to another user"):
        make_private(path)
    with folder_of_ordinary_user() as folder:
        roots = folder / "f"
        roots.write_text("x")
        with as_ordinary_user(), pytest.raises(OSError):
            make_private(roots)


def test_a_missing_file(tmp_path: Path) -> None:
    for look in (make_private, why_not_private):
        with pytest.raises(FileNotFoundError):
            look(tmp_path / "missing")


def test_what_a_private_file_gets_is_private() -> None:
    assert others_in_sddl(f"O:{ME}{private_sddl(ME)}", ME) is None


@pytest.mark.parametrize(
    "sddl",
    [
        f"O:{ME}G:{ME}D:PAI(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;{ME})",
        f"O:BAG:SYD:AI(A;ID;FA;;;{ME})(A;ID;0x1200a9;;;S-1-5-18)(A;ID;FA;;;S-1-5-32-544)(A;;FR;;;OW)",
        f"O:SYD:(D;;FA;;;WD)(A;;FA;;;{ME})",
        f"O:{ME}D:(A;OICIIO;FA;;;WD)(A;;FA;;;{ME})",
        f"O:{ME}D:P",
    ],
)
def test_rights_that_are_fine(sddl: str) -> None:
    assert others_in_sddl(sddl, ME) is None


@pytest.mark.parametrize(
    ("sddl", "told"),
    [
        (f"O:{ME}D:(A;;FA;;;{ME})(A;;FR;;;WD)", "(Everyone)"),
        (f"O:{ME}D:AI(A;ID;0x1200a9;;;BU)(A;ID;FA;;;{ME})", "(Users)"),
        (f"O:{ME}D:(A;;FR;;;{ME[:-1]}2)", ME[:-1] + "2"),
        (f"O:{ME}D:(XA;;FR;;;AU;(Member_of {{SID(BA)}}))", "(Authenticated Users)"),
        (f"O:{ME}D:NO_ACCESS_CONTROL", "everybody"),
        (f"O:{ME}", "everybody"),
        (f"O:S-1-5-21-9-9-9-1002D:(A;;FA;;;{ME})", "another user"),
        (f"O:LAD:(A;;FA;;;{ME})", "another user"),
    ],
)
def test_rights_that_let_others_in(sddl: str, told: str) -> None:
    reason = others_in_sddl(sddl, ME)
    assert reason is not None
    assert told in reason


def test_the_built_in_administrator_is_told_by_its_alias() -> None:
    administrator = ME.rpartition("-")[0] + "-500"
    assert others_in_sddl("O:LAD:P(A;;FA;;;LA)(A;;FA;;;SY)", administrator) is None


def test_what_a_private_folder_gets_is_private_and_goes_on_to_what_is_in_it() -> None:
    sddl = private_folder_sddl(ME)
    assert others_in_sddl(f"O:{ME}{sddl}", ME) is None
    assert sddl.count(";OICI;") == 3


@posix
def test_a_folder_is_made_private(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_folder_private(tmp_path)
    assert mode_of(tmp_path) == 0o700
    with pytest.raises(FileNotFoundError):
        make_folder_private(tmp_path / "missing")


@pytest.mark.parametrize(
    ("sddl", "is_other"),
    [(f"O:{ME}D:P", False), ("O:BAD:P", False), ("O:SYD:P", False), (f"O:{ME}9D:P", True), ("D:P", False)],
)
def test_whose_it_is(sddl: str, is_other: bool) -> None:
    assert is_of_other(sddl, ME) is is_other


@posix
def test_what_is_ones_own(tmp_path: Path) -> None:
    assert is_own(tmp_path)
    if os.geteuid() == 0:
        os.chown(tmp_path, 4242, 4242)
        assert not is_own(tmp_path)
    assert not start_agent_service()  # there is none but on Windows
