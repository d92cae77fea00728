"""A file is the old one or the new one, whatever happens to the writer; and nobody else can read it."""

from __future__ import annotations

import errno
import os
import random
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.storage.atomic_file import make_private_folder, replace, write_new_private, write_private
from tests.storage.as_ordinary_user import as_ordinary_user, folder_of_ordinary_user
from tests.storage.atomic_writer import content, is_whole

ROOT = Path(__file__).parents[2]
posix_only = pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_writer_that_is_killed_leaves_a_whole_file(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(content(0))
    rng = random.Random(7)
    for _ in range(12):
        command = [sys.executable, "-m", "tests.storage.atomic_writer", str(target)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"begun\n"
            try:
                writer.wait(rng.uniform(0.0, 0.03))  # anywhere in the cycle of a few milliseconds
            except subprocess.TimeoutExpired:
                writer.kill()
        assert is_whole(target.read_bytes())
    write_private(target, b"after all that")
    assert target.read_bytes() == b"after all that"


def test_what_killed_writers_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    old, young, other = tmp_path / ".a.x.tmp", tmp_path / ".a.y.tmp", tmp_path / ".b.z.tmp"
    for path in (old, young, other):
        path.write_bytes(b"")
    an_hour_ago = time.time() - 3600
    for path in (old, other):
        os.utime(path, (an_hour_ago, an_hour_ago))
    write_private(tmp_path / "a", b"1")
    assert not old.exists()
    assert young.exists()
    assert other.exists()


def test_readers_see_whole_files_while_two_threads_write(tmp_path: Path) -> None:
    target = tmp_path / "file"
    write_private(target, content(0))

    def write(start: int) -> None:
        for number in range(start, start + 15):
            write_private(target, content(number))

    threads = [threading.Thread(target=write, args=(start,)) for start in (100, 200)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert is_whole(target.read_bytes())
    for thread in threads:
        thread.join()
    assert os.listdir(tmp_path) == ["file"]


@posix_only
def test_permissions(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"open to all")
    target.chmod(0o666)
    old_umask = os.umask(0)
    try:
        write_private(target, b"x")
        write_private(tmp_path / "new", b"x")
        make_private_folder(tmp_path / "a" / "b")
    finally:
        os.umask(old_umask)
    assert mode(target) == mode(tmp_path / "new") == 0o600
    assert mode(tmp_path / "a" / "b") == 0o700


@posix_only
def test_a_folder_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "chosen"
    folder.mkdir()
    folder.chmod(0o755)
    make_private_folder(folder)
    assert mode(folder) == 0o755
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "file")


@posix_only
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    real, link, dangling = tmp_path / "dotfiles" / "p.json", tmp_path / "p.json", tmp_path / "q.json"
    real.write_bytes(b"old")
    link.symlink_to(real)
    dangling.symlink_to("dotfiles/q.json")
    write_private(link, b"new")
    write_private(dangling, b"first")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert (tmp_path / "dotfiles" / "q.json").read_bytes() == b"first"
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(OSError, match="symbolic links"):
        write_private(loop, b"x")


@posix_only
def test_a_folder_that_cannot_be_written_leaves_the_old_file() -> None:
    with folder_of_ordinary_user() as folder, as_ordinary_user():
        write_private(folder / "file", b"old")
        folder.chmod(0o500)
        with pytest.raises(PermissionError):
            write_private(folder / "file", b"new")
        assert (folder / "file").read_bytes() == b"old"
        folder.chmod(0o700)


def test_a_failure_leaves_no_temporary_file(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_private(tmp_path / "folder", b"x")
    assert os.listdir(tmp_path) == ["folder"]
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "missing" / "file", b"x")


def test_replacing_is_tried_again_while_somebody_holds_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b"new")
    real, failures = Path.replace, [1, 2]

    def busy(self: Path, to: Path) -> Path:
        if failures:
            failures.pop()
            raise PermissionError(13, "The process cannot access the file")
        return real(self, to)

    monkeypatch.setattr(Path, "replace", busy)
    replace(source, target, waits_s=(0, 0))
    assert target.read_bytes() == b"new"
    failures.extend([1, 2, 3])
    with pytest.raises(PermissionError):
        replace(target, source, waits_s=(0, 0))


# --- files that must be new and private -------------------------------------------------------------------


@pytest.mark.parametrize("has_hard_links", [True, False], ids=["links", "no links"])
def test_a_new_private_file_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_hard_links: bool
) -> None:
    if not has_hard_links:  # as on FAT

        def link(*_paths: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", link)
    path, dangling = tmp_path / "key", tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    made: list[Path] = []

    def create(new: Path) -> int:
        made.append(new)
        return os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

    write_new_private(path, b"first", create)
    assert path.read_bytes() == b"first"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for taken in (path, dangling, tmp_path):
        with pytest.raises(FileExistsError):
            write_new_private(taken, b"second", create)
    write_new_private(path, b"third", create, overwrite=True)
    assert path.read_bytes() == b"third"
    assert dangling.is_symlink()
    assert sorted(tmp_path.iterdir()) == [dangling, path]
    assert len(set(made)) >= 5  # never the same name twice but the last one
    with pytest.raises(FileNotFoundError):
        write_new_private(tmp_path / "missing" / "key", b"x", create)


@pytest.mark.parametrize("has_hard_links", [True, False], ids=["links", "no links"])
def test_a_new_file_that_cannot_be_filled_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_hard_links: bool
) -> None:
    """The disk is full at the worst moment: with /dev/full in place of the file."""

    def link(*_paths: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", link)
    path = tmp_path / "key"

    def create(new: Path) -> int:
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        if has_hard_links or new == path:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, handle)
            os.close(full)
        return handle

    with pytest.raises(OSError, match="No space"):
        write_new_private(path, b"data", create)
    assert list(tmp_path.iterdir()) == []


@posix_only
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """Nor what a link leads to: /dev/stdout is one."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(OSError, match="not a file"):
            write_private(path, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert {path.name for path in tmp_path.iterdir()} == {"pipe", "link"}
