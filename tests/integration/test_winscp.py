"""WinSCP's side of this computer where there is no Windows; all else is in ``tests/windows``."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Document
from app.integration import winscp
from app.storage.paths import Paths
from app.system import registry
from app.system import winscp as found
from app.system.registry import Root
from tests.windows.sites import site

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="what is there without Windows")


def fault(deed: object) -> FaultCode:
    with pytest.raises(RelayTrayError) as caught:
        deed()  # type: ignore[operator]
    return caught.value.fault.code


def test_nothing_is_found_and_nothing_raises(tmp_path: Path) -> None:
    (tmp_path / "WinSCP.exe").touch()
    assert found.find_winscp(str(tmp_path)) is None
    assert found.find_putty(str(tmp_path)) is None
    assert not found.is_running()
    assert not found.handles_links()
    assert not registry.has_key(Root.USER, "Software")
    assert registry.read_value(Root.USER, "Software", "") is None
    assert registry.subkeys(Root.USER, "Software") == []


def test_starting_and_storing_belong_to_windows(tmp_path: Path) -> None:
    case = site()
    document = Document(relays=(case.relay,), servers=(case.server,))
    paths = Paths.at(tmp_path)
    code = FaultCode.NOT_ON_THIS_SYSTEM
    assert fault(lambda: winscp.start(paths, document, case.server)) is code
    assert fault(lambda: winscp.store_site(paths, document, case.server)) is code
    assert winscp.refresh_stored(paths, document) == ()
    assert fault(lambda: winscp.start_site(case)) is FaultCode.PROGRAM_MISSING


def test_an_ini_that_is_no_ini_is_left_alone(tmp_path: Path) -> None:
    ini = tmp_path / "WinSCP.ini"
    ini.write_bytes(b"\xff\xfe[\0")
    assert fault(lambda: winscp.put_site(found.SiteStore(ini), site())) is FaultCode.FILE_NOT_UNDERSTOOD
    assert [path.name for path in tmp_path.iterdir()] == ["WinSCP.ini"]
    assert ini.read_bytes() == b"\xff\xfe[\0"


def test_a_folder_that_cannot_be_made_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ini = tmp_path / "file" / "WinSCP.ini"
    assert fault(lambda: winscp.put_site(found.SiteStore(ini), site())) is FaultCode.FILE_UNWRITABLE


def test_a_backup_that_cannot_be_written_keeps_the_ini_as_it_was(tmp_path: Path) -> None:
    ini = tmp_path / "WinSCP.ini"
    ini.write_bytes(b"[Sessions\\a]\r\n")
    (tmp_path / "WinSCP.ini.relaytray-backup").symlink_to(tmp_path / "nowhere" / "backup")
    assert fault(lambda: winscp.put_site(found.SiteStore(ini), site())) is FaultCode.FILE_UNWRITABLE
    assert ini.read_bytes() == b"[Sessions\\a]\r\n"


def test_the_first_backup_stays(tmp_path: Path) -> None:
    ini = tmp_path / "WinSCP.ini"
    ini.write_bytes(b"[Sessions\\a]\r\n")
    winscp.put_site(found.SiteStore(ini), site())
    winscp.put_site(found.SiteStore(ini), site("other"))
    backup = tmp_path / "WinSCP.ini.relaytray-backup"
    assert backup.read_bytes() == b"[Sessions\\a]\r\n"
    assert backup.stat().st_mode & 0o777 == 0o600
