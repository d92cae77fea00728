"""Finding the files of Include lines in a person's home, and reading none that should not be read."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from app.core.faults import FaultCode, RelayTrayError
from app.storage import ssh_config_files
from app.storage.ssh_config_files import included_paths, preview_ssh_config
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

posix_only = pytest.mark.skipif(os.name != "posix", reason="names that only POSIX allows")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / ".ssh" / "conf.d").mkdir(parents=True)
    return tmp_path / "home"


def test_the_config_of_a_person(home: Path) -> None:
    ssh = home / ".ssh"
    ssh.joinpath("config").write_text("Include conf.d/*\nHost gpu\n  ProxyJump gate\n", encoding="utf-8")
    ssh.joinpath("conf.d", "10-gate").write_bytes(b"\xef\xbb\xbfHost gate\r\n  HostName g.org\r\n")
    ssh.joinpath("conf.d", ".hidden").write_text("Host hidden")
    ssh.joinpath("id_ecdsa").touch()
    found = preview_ssh_config(home=home)
    assert [(relay.name, relay.host, relay.identity) for relay in found.relays] == [
        ("gate", "g.org", "~/.ssh/id_ecdsa")
    ]
    assert [server.alias for server in found.servers] == ["gpu"]
    assert found.skipped == ()
    assert found.relays[0].user != ""
    again = preview_ssh_config(ssh / "config", home)
    assert again.relays[0].id != found.relays[0].id


def test_no_config(home: Path) -> None:
    with pytest.raises(RelayTrayError) as e:
        preview_ssh_config(home=home)
    assert e.value.fault.code is FaultCode.FILE_UNREADABLE
    assert e.value.fault.details["path"] == str(home / ".ssh" / "config")


def test_patterns(home: Path) -> None:
    ssh = home / ".ssh"
    for name in ("b.conf", "a.conf", "c.txt"):
        (ssh / name).touch()
    (home / "elsewhere.conf").touch()

    def names(pattern: str) -> list[str]:
        return [path.name for path in included_paths(pattern, home)]

    assert names("*.conf") == ["a.conf", "b.conf"]
    assert names("~/.ssh/[ab].conf") == ["a.conf", "b.conf"]
    assert names("~/elsewhere.conf") == ["elsewhere.conf"]
    assert names(str(home / "else*")) == ["elsewhere.conf"]
    assert names("missing") == []
    assert names("~no-such-user-here/x") == []
    assert names("a\0b") == []
    assert names("") == [""] or names("") == [".ssh"]


@posix_only
def test_special_characters_in_names_and_in_the_home(tmp_path: Path) -> None:
    home = tmp_path / "h[o]me*"
    (home / ".ssh").mkdir(parents=True)
    for name in ("x", "[x]", "a*b", "aab"):
        (home / ".ssh" / name).touch()

    def names(pattern: str) -> list[str]:
        return [path.name for path in included_paths(pattern, home)]

    assert names(r"\[x\]") == ["[x]"]
    assert names("[x]") == ["x"]
    assert names(r"a\*b") == ["a*b"]
    assert names("~/.ssh/a*b") == ["a*b", "aab"]
    assert names(r"\x") == ["x"]


@posix_only
def test_what_is_not_read(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ssh_config_files, "MAX_BYTES", 1000)
    ssh = home / ".ssh"
    (ssh / "loop").symlink_to(ssh / "loop")
    (ssh / "big").write_text("#" * 2000)
    os.mkfifo(ssh / "pipe")
    (ssh / "self").symlink_to(ssh / "config")
    (ssh / "config").write_text("Include loop big pipe conf.d self /dev/zero\nHost gate\n")
    found = preview_ssh_config(home=home)
    assert [relay.name for relay in found.relays] == ["gate"]
    told = {Path(skipped.alias).name: str(skipped.reason) for skipped in found.skipped}
    assert told.pop("loop", "file-unreadable") == "file-unreadable"
    assert told == {
        "big": "file-unreadable",
        "pipe": "file-unreadable",
        "conf.d": "file-unreadable",
        "zero": "file-unreadable",
        "config": "include-loop",
    }


@posix_only
def test_an_included_file_without_permission_is_named() -> None:
    with folder_of_ordinary_user() as folder, as_ordinary_user():
        (folder / ".ssh").mkdir()
        (folder / ".ssh" / "secret").touch(mode=0)
        (folder / ".ssh" / "config").write_text("Include secret\nHost gate\n")
        found = preview_ssh_config(home=folder)
        assert [(Path(s.alias).name, s.detail) for s in found.skipped] == [("secret", "Permission denied")]
        shutil.rmtree(folder / ".ssh")
