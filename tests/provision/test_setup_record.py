"""The set-up's record and lock on the relay, with every shell: a full disk, a restart in the middle."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from app.resource_files import resource

SHELLS = ("dash", "busybox sh", "bash --posix")
_BEGIN = """\
etc=$1/etc record=$1/etc/setup dir_mode=755 mode=system proc=/proc me=0
sleep() { :; } # nobody waits here
"""


def run(
    folder: Path, shell: str, body: str, *, enter: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    text = resource("scripts/relay/setup-common.sh").read_text(encoding="ascii") + _BEGIN + body
    words = [*enter, *shell.split(), "-s", "--", str(folder)]
    return subprocess.run(words, input=text, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_forgotten_and_what_stays(tmp_path: Path, shell: str) -> None:
    body = "remember a 1; remember a 11; remember b '2 2'; remember a 1; forget a 1; cat $record\n"
    body += "forget b; forget a; cat $record\n"
    done = run(tmp_path, shell, body)
    assert (done.stdout, done.stderr) == ("a=11\nb=2 2\n", "")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounts are made by root only")
@pytest.mark.parametrize("shell", SHELLS)
def test_a_full_disk_costs_no_line_of_the_record(tmp_path: Path, shell: str) -> None:
    """The last line is what is forgotten: nothing but it may be gone afterwards, or nothing at all."""
    room = 'mount -t tmpfs -o size=16k none "$0" && exec "$@"'
    enter = ("unshare", "--mount", "sh", "-c", room, str(tmp_path))
    fill = "remember user relaytray-v2ray\nremember unit last.service\ncat /dev/zero >$etc/full 2>/dev/null\n"
    for action in ("forget unit last.service", "remember unit another.service"):
        done = run(tmp_path, shell, f"{fill}({action})\ncat $record; ls $etc\n", enter=enter)
        told = f"state=failed\nreason={tmp_path}/etc/setup could not be written\n"
        assert done.stdout == f"{told}user=relaytray-v2ray\nunit=last.service\nfull\nsetup\n"
    # and the lock says what is the matter
    done = run(tmp_path, shell, "mkdir $etc\nmount -o remount,ro $1\nlock\n", enter=enter)
    assert done.stdout == f"state=failed\nreason={tmp_path}/etc could not be written\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_a_lock_of_before_the_machine_was_restarted(tmp_path: Path, shell: str) -> None:
    """Its number is another process's by now; one that is still at work keeps it."""
    take = "lock; echo taken; cat $etc/lock/pid\n"
    for old in ("pid=1\nborn=99999999999\n", "pid=99999999\n", ""):
        (tmp_path / "etc/lock").mkdir(parents=True, exist_ok=True)
        (tmp_path / "etc/lock/pid").write_text(old)
        done = run(tmp_path, shell, take)
        assert done.stdout.startswith("taken\npid="), old
        assert not (tmp_path / "etc/lock").exists()
    (tmp_path / "etc/lock").mkdir(parents=True)
    mine = Path("/proc/self/stat").read_text().rpartition(") ")[2].split()[19]
    (tmp_path / "etc/lock/pid").write_text(f"pid={os.getpid()}\nborn={mine}\n")
    done = run(tmp_path, shell, take)
    assert "reason=another set-up of this machine is at work" in done.stdout
