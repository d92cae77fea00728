"""scp, sftp and rsync against the demo, up to 200 MB, and the walls around its home folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from app.provision.demo import Demo
from tests.provision.clients import Clients, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX paths")

BIG = 200 * 1024 * 1024


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture
def big(tmp_path: Path) -> Path:
    path = tmp_path / "big"
    block = os.urandom(1 << 20)
    with path.open("wb") as file:
        for number in range(BIG // len(block)):
            file.write(number.to_bytes(8, "big") + block[8:])
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "sub").mkdir(parents=True)
    for number in range(60):
        (folder / "sub" / f"file {number}").write_bytes(os.urandom(number * 700))
    (folder / "empty").touch()
    (folder / "na\u00efve \u6587\u4ef6.txt").write_text("x")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o750)
    os.utime(folder / "run.sh", (1_500_000_000, 1_500_000_000))
    return folder


def same_trees(one: Path, other: Path) -> None:
    def listed(top: Path) -> dict[str, bytes]:
        return {str(p.relative_to(top)): p.read_bytes() for p in top.rglob("*") if p.is_file()}

    assert listed(one) == listed(other)


@pytest.mark.parametrize("protocol", ["-s", "-O"])
def test_200_mb_by_scp_both_ways(
    clients: Clients, demo: Demo, big: Path, tmp_path: Path, protocol: str
) -> None:
    assert run(clients.command("scp", "-q", protocol, str(big), "gpu:")).returncode == 0
    assert digest(demo.home / "big") == digest(big)
    assert run(clients.command("scp", "-q", protocol, "gpu:big", str(tmp_path / "back"))).returncode == 0
    assert digest(tmp_path / "back") == digest(big)


def test_200_mb_by_pipes_both_ways_at_once(clients: Clients, big: Path, tmp_path: Path) -> None:
    with big.open("rb") as source, (tmp_path / "back").open("wb") as target:
        assert clients.ssh("cat", stdin=source, stdout=target).returncode == 0
    assert digest(tmp_path / "back") == digest(big)


@pytest.mark.parametrize("protocol", ["-s", "-O"])
def test_trees_by_scp(clients: Clients, demo: Demo, tree: Path, tmp_path: Path, protocol: str) -> None:
    there = f"gpu:{demo.home}/"  # the shell's names are the file server's names
    assert run(clients.command("scp", "-q", "-r", "-p", protocol, str(tree), there)).returncode == 0
    same_trees(tree, demo.home / "tree")
    status = (demo.home / "tree" / "run.sh").stat()
    assert (stat.S_IMODE(status.st_mode), status.st_mtime) == (0o750, 1_500_000_000)
    back = tmp_path / "back"
    assert run(clients.command("scp", "-q", "-r", protocol, "gpu:tree", str(back))).returncode == 0
    same_trees(tree, back)


def test_trees_by_rsync(clients: Clients, demo: Demo, tree: Path, tmp_path: Path) -> None:
    if shutil.which("rsync") is None:
        pytest.skip("needs rsync")
    assert clients.rsync(f"{tree}/", "gpu:tree/").returncode == 0
    same_trees(tree, demo.home / "tree")
    (tree / "empty").write_text("not any more")
    shutil.rmtree(tree / "sub")
    assert clients.rsync("--delete", f"{tree}/", "gpu:tree/").returncode == 0
    same_trees(tree, demo.home / "tree")
    assert clients.rsync("gpu:tree/", f"{tmp_path / 'back'}/").returncode == 0
    same_trees(tree, tmp_path / "back")


def sftp(clients: Clients, *lines: str) -> tuple[int, str]:
    done = run(clients.command("sftp", "-b", "-", "gpu"), input="\n".join(lines).encode() + b"\n")
    return done.returncode, (done.stdout + done.stderr).decode()


def test_an_sftp_session(clients: Clients, demo: Demo, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("hello")
    code, told = sftp(
        clients,
        "pwd",
        f"put {tmp_path / 'a'} a",
        "mkdir d",
        "rename a d/b",
        "chmod 600 d/b",
        "ln -s b d/link",
        "ls -la d",
        f"get d/link {tmp_path / 'c'}",
        "rm d/link",
        "put " + str(tmp_path / "a") + " d/gone",
        "rm d/gone",
        "mkdir e",
        "rmdir e",
        "cd d",
        "pwd",
    )
    assert code == 0, told
    assert f"Remote working directory: {demo.home}\n" in told
    assert f"Remote working directory: {demo.home}/d\n" in told
    assert (tmp_path / "c").read_text() == "hello"
    assert [path.name for path in (demo.home / "d").iterdir()] == ["b"]
    assert stat.S_IMODE((demo.home / "d" / "b").stat().st_mode) == 0o600


def test_append_and_resume(clients: Clients, demo: Demo, tmp_path: Path) -> None:
    whole = os.urandom(300_000)
    (tmp_path / "whole").write_bytes(whole)
    (demo.home / "part").write_bytes(whole[:100_000])
    code, told = sftp(clients, f"reput {tmp_path / 'whole'} part")
    assert code == 0, told
    assert (demo.home / "part").read_bytes() == whole
    (tmp_path / "part").write_bytes(whole[:1234])
    assert sftp(clients, f"reget part {tmp_path / 'part'}")[0] == 0
    assert (tmp_path / "part").read_bytes() == whole


@pytest.mark.parametrize(
    "line",
    [
        "ls /",
        "get /etc/hostname {here}/stolen",
        "get ../person_key {here}/stolen",
        "get inside/../../person_key {here}/stolen",
        "get out/hostname {here}/stolen",
        "get file-out {here}/stolen",
        "put {here}/mine ../mine",
        "put {here}/mine dangling",
        "put {here}/mine out/mine",
        "mkdir ../d",
        "mkdir out/d",
        "rm ../person_key",
        "rename README.txt ../stolen",
        "rename ../person_key stolen",
        "chmod 777 ..",
        "chmod 777 file-out",
        "ls /no-such-folder",
    ],
)
def test_what_is_outside_stays_outside(clients: Clients, demo: Demo, tmp_path: Path, line: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "hostname").write_text("secret")
    (outside / "hostname").chmod(0o600)
    (demo.home / "inside").mkdir()
    (demo.home / "out").symlink_to(outside)
    (demo.home / "file-out").symlink_to(outside / "hostname")
    (demo.home / "dangling").symlink_to(outside / "new")
    (tmp_path / "mine").write_text("x")
    before = sorted(path.name for path in demo.folder.iterdir())
    code, told = sftp(clients, line.format(here=tmp_path))
    assert code == 1, told
    assert "ermission denied" in told or "not found" in told  # as sftp words it for ls and get
    assert not (tmp_path / "stolen").exists() or not (tmp_path / "stolen").read_bytes()
    assert sorted(path.name for path in outside.iterdir()) == ["hostname"]
    assert stat.S_IMODE((outside / "hostname").stat().st_mode) == 0o600
    assert sorted(path.name for path in demo.folder.iterdir()) == before


def test_links_can_be_looked_at_and_removed(clients: Clients, demo: Demo) -> None:
    (demo.home / "out").symlink_to("/")
    assert sftp(clients, "ls -l out*", "rm out")[0] == 0
    assert not (demo.home / "out").is_symlink()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("get nothing", "not found"),
        ("rename nothing something", "No such file"),
        ("rmdir full", "Failure"),
        ("mkdir full", "Failure"),
        ("get full {here}/x", "not a regular file"),
        ("cd README.txt", "not a directory"),
    ],
)
def test_failures_are_told(clients: Clients, demo: Demo, tmp_path: Path, line: str, words: str) -> None:
    (demo.home / "full" / "sub").mkdir(parents=True)
    code, told = sftp(clients, line.format(here=tmp_path))
    assert code == 1
    assert words.lower() in told.lower()
