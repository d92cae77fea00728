"""A file of the person is replaced with everything but its content kept, or not touched at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.storage import persons_file
from app.storage.persons_file import MAX_BYTES, read, rewrite
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user

ROOT = Path(__file__).parents[2]
posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")


def appending(data: bytes | None) -> bytes:
    return (data or b"") + b"x"


def fault_of(path: Path) -> Fault:
    """Of a rewrite that must fail and leave nothing behind."""
    before = sorted(path.parent.iterdir()) if path.parent.exists() else []
    with pytest.raises(RelayTrayError) as raised:
        rewrite(path, appending)
    assert (sorted(path.parent.iterdir()) if path.parent.exists() else []) == before
    assert raised.value.fault.details["path"] == str(path)
    return raised.value.fault


def test_made_changed_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "config"
    assert read(path) is None
    rewrite(path, appending)
    assert read(path) == b"x"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rewrite(path, appending)
    assert read(path) == b"xx"
    rewrite(path, lambda _data: None)
    assert read(path) is None
    rewrite(path, lambda _data: None)
    assert not list(tmp_path.iterdir()), "nothing is left beside it"


def test_without_a_change_nothing_is_touched(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"as it is")
    before = path.stat()
    rewrite(path, lambda data: data)
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


@posix_only
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o640, 0o660, 0o700])
def test_the_mode_stays(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"")
    path.chmod(mode)
    rewrite(path, appending)
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"")
    os.chown(path, 12345, 54321)
    rewrite(path, appending)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs a foreign group")
def test_a_group_that_cannot_be_given_gets_no_rights() -> None:
    with folder_of_ordinary_user() as folder:
        path = folder / "config"
        path.write_bytes(b"")
        os.chown(path, 65534, 12345)
        path.chmod(0o664)
        with as_ordinary_user():
            rewrite(path, appending)
        assert stat.S_IMODE(path.stat().st_mode) == 0o604
        assert path.stat().st_uid == 65534


@posix_only
def test_a_link_stays_and_what_it_leads_to_changes(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    target, path = tmp_path / "dotfiles" / "ssh", tmp_path / "config"
    target.write_bytes(b"a")
    (tmp_path / "second").symlink_to("dotfiles/ssh")
    path.symlink_to("second")
    rewrite(path, appending)
    assert path.is_symlink()
    assert target.read_bytes() == b"ax"
    assert not target.is_symlink()


@posix_only
def test_links_that_lead_nowhere(tmp_path: Path) -> None:
    dangling, loop = tmp_path / "dangling", tmp_path / "loop"
    dangling.symlink_to("away/config")
    loop.symlink_to("loop")
    fault = fault_of(dangling)
    assert (fault.code, fault.details["reason"]) == (
        FaultCode.FILE_UNREADABLE,
        "it is a link to away/config, which does not exist",
    )
    assert fault_of(loop).details["reason"] == "it is a link that leads back to itself"


@posix_only
def test_what_is_no_file(tmp_path: Path) -> None:
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    assert fault_of(folder).details["reason"] == "it is a folder"
    assert fault_of(pipe).details["reason"] == "it is not a file"


def test_a_file_too_large_for_a_configuration(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(bytes(MAX_BYTES + 1))
    assert "too large" in fault_of(path).details["reason"]
    path.write_bytes(bytes(MAX_BYTES))
    rewrite(path, lambda _data: b"small")


def test_a_file_that_is_marked_as_read_only(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"a")
    path.chmod(0o444)
    fault = fault_of(path)
    assert (fault.code, fault.details["reason"]) == (FaultCode.FILE_UNWRITABLE, "it is marked as read-only")
    assert path.read_bytes() == b"a"
    path.chmod(0o600)


@posix_only
def test_a_folder_that_lets_nobody_write() -> None:
    with folder_of_ordinary_user() as folder:
        path = folder / "config"
        path.write_bytes(b"a")
        folder.chmod(0o555)
        with as_ordinary_user():
            fault = fault_of(path)
        assert fault.code is FaultCode.FILE_UNWRITABLE
        assert path.read_bytes() == b"a"


@posix_only
def test_a_file_that_may_not_be_read() -> None:
    with folder_of_ordinary_user() as folder:
        path = folder / "config"
        path.write_bytes(b"a")
        path.chmod(0o600)
        with as_ordinary_user():
            if os.access(path, os.R_OK, effective_ids=True):
                pytest.skip("nothing is forbidden here")
            assert fault_of(path).code is FaultCode.FILE_UNREADABLE


def test_a_missing_folder(tmp_path: Path) -> None:
    assert fault_of(tmp_path / "gone" / "config").code is FaultCode.FILE_UNWRITABLE


def test_what_a_change_raises_passes_through(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"a")

    def refuse(_data: bytes | None) -> bytes:
        raise KeyError

    with pytest.raises(KeyError):
        rewrite(path, refuse)
    assert [entry.name for entry in tmp_path.iterdir()] == ["config"]


# --- others -----------------------------------------------------------------------------------------------


def test_what_somebody_else_writes_meanwhile_is_not_lost(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"a")
    edits = iter([b"edited", b"again"])

    def change(data: bytes | None) -> bytes:
        edit = next(edits, None)
        if edit is not None:
            path.write_bytes(edit)
        return appending(data)

    rewrite(path, change)
    assert path.read_bytes() == b"againx"


def test_somebody_who_writes_all_the_time(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"")

    def change(data: bytes | None) -> bytes:
        path.write_bytes(appending(data))
        return b"ours"

    with pytest.raises(RelayTrayError) as raised:
        rewrite(path, change)
    assert "all the time" in raised.value.fault.details["reason"]
    assert path.read_bytes() == b"xxxxx"


def test_many_processes_each_get_their_turn(tmp_path: Path) -> None:
    path = tmp_path / "config"
    script = (
        "import sys; from pathlib import Path; from app.storage.persons_file import rewrite\n"
        "for _ in range(5): rewrite(Path(sys.argv[1]), lambda data: (data or b'') + sys.argv[2].encode())"
    )
    names = "abcd"
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path), name], cwd=ROOT) for name in names]
    assert [writer.wait(60) for writer in writers] == [0] * len(names)
    assert sorted(path.read_text()) == sorted(names * 5)
    assert [entry.name for entry in tmp_path.iterdir()] == ["config"]


def test_one_that_was_killed_is_not_waited_for(tmp_path: Path) -> None:
    path, claim = tmp_path / "config", tmp_path / "config.relaytray-new"
    claim.write_bytes(b"half of it")
    an_hour_ago = time.time() - 3600
    os.utime(claim, (an_hour_ago, an_hour_ago))
    rewrite(path, appending)
    assert path.read_bytes() == b"x"
    assert not claim.exists()


def test_one_that_holds_it_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(persons_file, "_CLAIM_WAIT_S", 0.1)
    path = tmp_path / "config"
    (tmp_path / "config.relaytray-new").write_bytes(b"")
    fault = fault_of(path)
    assert fault.code is FaultCode.FILE_UNWRITABLE
    assert "config.relaytray-new" in fault.details["reason"]


def test_one_that_finishes_is_waited_for(tmp_path: Path) -> None:
    path, claim = tmp_path / "config", tmp_path / "config.relaytray-new"
    claim.write_bytes(b"")
    done = threading.Thread(target=rewrite, args=(path, appending))
    done.start()
    claim.unlink()
    done.join(20)
    assert path.read_bytes() == b"x"
