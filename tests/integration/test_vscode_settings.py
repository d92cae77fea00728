"""Where settings files are, and changing them: what is theirs stays theirs."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from app.core.editors import PRODUCTS, product
from app.core.faults import FaultCode, RelayTrayError
from app.core.findings import SettingChange
from app.core.uses import Editor
from app.integration.vscode_settings import SettingsFile, settings_files, settings_path
from app.system.editors import Computer
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

CHANGES = [
    SettingChange(("remote.SSH.connectTimeout",), 60),
    SettingChange(("remote.SSH.remotePlatform", "lab-gpu"), "linux"),
]
MINE = b'\xef\xbb\xbf// mine\r\n{\r\n\t"a": 1, // one\r\n\t"remote.SSH.remotePlatform": {},\r\n}\r\n'


def computer(platform: str, home: Path, **environment: str) -> Computer:
    return Computer(platform, home, environment, home, lambda _: "")


def test_each_system_has_its_place(tmp_path: Path) -> None:
    code, insiders = product("vscode"), product("vscode-insiders")
    tail = Path("User/settings.json")
    windows = computer("win32", tmp_path, APPDATA=str(tmp_path / "Roaming"))
    assert settings_path(code, windows) == tmp_path / "Roaming/Code" / tail
    assert settings_path(code, computer("win32", tmp_path)) == tmp_path / "AppData/Roaming/Code" / tail
    macos = computer("darwin", tmp_path)
    wanted = tmp_path / "Library/Application Support/Code - Insiders" / tail
    assert settings_path(insiders, macos) == wanted
    assert settings_path(code, computer("linux", tmp_path)) == tmp_path / ".config/Code" / tail
    other = computer("linux", tmp_path, XDG_CONFIG_HOME=str(tmp_path / "xdg"))
    assert settings_path(product("vscodium"), other) == tmp_path / "xdg/VSCodium" / tail
    flatpak = tmp_path / "flatpak/exports/bin/com.visualstudio.code"
    wanted = tmp_path / ".var/app/com.visualstudio.code/config/Code" / tail
    assert settings_path(code, other, flatpak) == wanted


def test_a_portable_editor_keeps_them_beside_itself(tmp_path: Path) -> None:
    code = product("vscode")
    program = tmp_path / "code/bin/code"
    program.parent.mkdir(parents=True)
    program.write_text("")
    link = tmp_path / "code-link"
    link.symlink_to(program)
    machine = computer("linux", tmp_path)
    assert settings_path(code, machine, program) == tmp_path / ".config/Code/User/settings.json"
    (tmp_path / "code/data/user-data").mkdir(parents=True)
    wanted = tmp_path / "code/data/user-data/User/settings.json"
    assert settings_path(code, machine, program) == wanted
    assert settings_path(code, machine, link) == wanted
    windows = computer("win32", tmp_path)
    assert settings_path(code, windows, tmp_path / "code/Code.exe") == wanted
    macos = computer("darwin", tmp_path)
    bundled = tmp_path / "Apps/Visual Studio Code.app/Contents/Resources/app/bin/code"
    (tmp_path / "Apps/code-portable-data/user-data").mkdir(parents=True)
    wanted = tmp_path / "Apps/code-portable-data/user-data/User/settings.json"
    assert settings_path(code, macos, bundled) == wanted


def test_editors_that_are_here_or_left_settings_are_looked_at(tmp_path: Path) -> None:
    machine = computer("linux", tmp_path)
    cursor = settings_path(product("cursor"), machine)
    cursor.parent.mkdir(parents=True)
    cursor.write_text("{}")
    editors = [Editor("vscode", "VS Code", str(tmp_path / "bin/code")), Editor("zed", "Zed", "/usr/bin/zed")]
    files = settings_files(editors, machine)
    assert [file.product.key for file in files] == ["vscode", "cursor"]
    assert files[0].values() == {}, "it may never have been started"


def settings(path: Path) -> SettingsFile:
    return SettingsFile(PRODUCTS[0], path)


def test_changes_are_made_and_the_first_state_is_kept_once(tmp_path: Path) -> None:
    path, backup = tmp_path / "settings.json", tmp_path / "settings.json.relaytray-backup"
    path.write_bytes(MINE)
    path.chmod(0o640)
    diff = settings(path).preview(CHANGES)
    assert path.read_bytes() == MINE
    assert not backup.exists()
    assert '+\t"remote.SSH.connectTimeout": 60' in diff
    assert "// mine" not in diff, "two lines around the change are enough"
    settings(path).apply(CHANGES)
    expected = MINE.replace(
        b"{},\r\n", b'{\r\n\t\t"lab-gpu": "linux"\r\n\t},\r\n\t"remote.SSH.connectTimeout": 60,\r\n'
    )
    assert path.read_bytes() == expected
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert backup.read_bytes() == MINE
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    settings(path).apply([SettingChange(("b",), 1)])
    assert backup.read_bytes() == MINE, "what was there before we came"
    changed = path.stat().st_mtime_ns
    settings(path).apply(CHANGES)
    assert path.stat().st_mtime_ns == changed, "nothing to do"
    assert sorted(one.name for one in tmp_path.iterdir()) == [path.name, backup.name]


def test_a_missing_file_is_made_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "Code/User/settings.json"
    assert settings(path).preview(CHANGES).endswith("+}")
    settings(path).apply(CHANGES)
    assert settings(path).values() == {
        "remote.SSH.connectTimeout": 60,
        "remote.SSH.remotePlatform": {"lab-gpu": "linux"},
    }
    assert [one.name for one in path.parent.iterdir()] == ["settings.json"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, path = tmp_path / "dotfiles.json", tmp_path / "settings.json"
    real.write_text("{}")
    path.symlink_to(real)
    settings(path).apply(CHANGES)
    assert path.is_symlink()
    assert settings(real).values()["remote.SSH.connectTimeout"] == 60


@pytest.mark.parametrize("damaged", [b"{", b"[]", b'{"a": 1 "b": 2}', b"{\xff}", b"\xff\xfe{\0}\0"])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path: Path, damaged: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(damaged)
    for attempt in (settings(path).values, lambda: settings(path).apply(CHANGES)):
        with pytest.raises(RelayTrayError) as caught:
            attempt()
        assert caught.value.fault.code is FaultCode.FILE_NOT_UNDERSTOOD
        assert caught.value.fault.details["path"] == str(path)
        assert caught.value.fault.details["reason"]
    assert path.read_bytes() == damaged
    assert len(list(tmp_path.iterdir())) == 1


def test_a_read_only_file_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(MINE)
    path.chmod(0o400)
    with pytest.raises(RelayTrayError) as caught:
        settings(path).apply(CHANGES)
    assert caught.value.fault.code is FaultCode.FILE_UNWRITABLE
    assert "read-only" in caught.value.fault.details["reason"]
    assert path.read_bytes() == MINE


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "Code").write_text("a file")
    with pytest.raises(RelayTrayError) as caught:
        settings(tmp_path / "Code/User/settings.json").apply(CHANGES)
    assert caught.value.fault.code in (FaultCode.FILE_UNWRITABLE, FaultCode.FILE_UNREADABLE)
    assert os.listdir(tmp_path) == ["Code"]


@pytest.mark.skipif(os.name != "posix", reason="modes of folders")
def test_a_folder_that_cannot_be_written_is_told() -> None:
    with folder_of_ordinary_user() as folder:
        path = folder / "settings.json"
        path.write_bytes(MINE)
        path.chmod(0o666)
        folder.chmod(0o555)
        with as_ordinary_user(), pytest.raises(RelayTrayError) as caught:
            settings(path).apply(CHANGES)
        assert caught.value.fault.code is FaultCode.FILE_UNWRITABLE
        assert caught.value.fault.details["path"] == str(path) + ".relaytray-backup"
        assert path.read_bytes() == MINE
