"""BBR on kernels that cannot be had here: the step's script, with another tree for /proc, /sys and /etc."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from app.core.provisioning import Note, StepNote
from app.provision.setup_script import Told, script_text
from app.transport.remote_shell import Output

OURS = "etc/sysctl.d/99-zz-relaytray-bbr.conf"
CONTROL = "proc/sys/net/ipv4/tcp_congestion_control"
QDISC = "proc/sys/net/core/default_qdisc"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the script is for POSIX shells")


class Tree:
    def __init__(self, folder: Path, shell: str) -> None:
        self.folder, self.shell = folder, shell
        self.write(CONTROL, "cubic\n")
        self.write("proc/sys/net/ipv4/tcp_available_congestion_control", "reno cubic bbr\n")
        self.write(QDISC, "fq_codel\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="ascii")

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="ascii")

    def run(self, action: str, kernel: str = "6.1.0-13-amd64") -> Told:
        words = ["-s", "--", action, "bbr", f"root={self.folder}", f"proc={self.folder}/proc"]
        done = subprocess.run(
            [*self.shell.split(), *words, f"kernel={kernel}"],
            input=script_text("bbr"),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.stderr == ""
        return Told.parsed(Output(done.returncode, done.stdout, done.stderr))

    def files(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.folder)): path.read_text(encoding="ascii")
            for path in self.folder.rglob("*")
            if path.is_file()
        }


@pytest.fixture(params=["dash", "busybox sh"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    return Tree(tmp_path, request.param)


def codes(told: Told) -> list[StepNote]:
    return [note.code for note in told.notes]


def test_on_off_and_as_before(tree: Tree) -> None:
    before = tree.files()
    told = tree.run("check")
    assert told.state == "change"
    assert told.notes[0] == Note(StepNote.BBR_OFF, {"current": "cubic"})
    assert tree.files() == before
    assert tree.run("apply").state == "done"
    assert (tree.read(CONTROL), tree.read(QDISC)) == ("bbr\n", "fq\n")
    assert tree.read(OURS).splitlines()[1:] == [
        "net.core.default_qdisc = fq",
        "net.ipv4.tcp_congestion_control = bbr",
    ]
    assert not (tree.folder / "etc/modules-load.d").exists(), "it is no module here"
    done = tree.files()
    assert tree.run("apply").state == "right"
    assert tree.files() == done
    assert tree.run("left").state == "change"
    assert tree.run("undo").state == "done"
    after = tree.files()
    record = after.pop("etc/relaytray/setup")
    assert "bbr_before" not in record
    assert after == before
    assert tree.run("undo").state == "right"


def test_a_module_is_loaded_at_each_start(tree: Tree) -> None:
    tree.write("sys/module/tcp_bbr/initstate", "live\n")
    assert tree.run("apply").state == "done"
    assert tree.read("etc/modules-load.d/relaytray-bbr.conf") == "tcp_bbr\n"
    assert tree.run("undo").state == "done"
    assert not (tree.folder / "etc/modules-load.d").exists()


@pytest.mark.parametrize("kernel", ["3.10.0-1160.el7.x86_64", "4.4.0-210-generic", "4.8.17"])
def test_a_kernel_that_is_too_old(tree: Tree, kernel: str) -> None:
    told = tree.run("check", kernel)
    assert told.state == "impossible"
    assert told.notes == (Note(StepNote.BBR_KERNEL_TOO_OLD, {"version": kernel}),)
    assert tree.run("apply", kernel).state == "impossible"
    assert not (tree.folder / OURS).exists()


@pytest.mark.parametrize("kernel", ["4.9.0", "4.15.0-213-generic", "5.4", "10.0.1"])
def test_a_kernel_that_is_new_enough(tree: Tree, kernel: str) -> None:
    assert tree.run("check", kernel).state == "change"


def test_a_kernel_without_bbr(tree: Tree) -> None:
    tree.write("proc/sys/net/ipv4/tcp_available_congestion_control", "reno cubic bbr2x\n")
    told = tree.run("check")
    assert (told.state, codes(told)) == ("impossible", [StepNote.BBR_NOT_IN_KERNEL])


def test_a_container(tree: Tree) -> None:
    (tree.folder / CONTROL).unlink()
    told = tree.run("check")
    assert (told.state, codes(told)) == ("impossible", [StepNote.BBR_CONTAINER])


def test_a_kernel_that_says_no(tree: Tree) -> None:
    """Its file looks as if it could be written to: in some containers only the attempt tells."""
    (tree.folder / CONTROL).unlink()
    (tree.folder / CONTROL).mkdir()
    told = tree.run("apply")
    assert (told.state, codes(told)) == ("impossible", [StepNote.BBR_CONTAINER])
    assert not (tree.folder / OURS).exists()
    assert tree.run("left").state == "right"


def test_on_already_but_not_for_long(tree: Tree) -> None:
    tree.write(CONTROL, "bbr\n")
    told = tree.run("check")
    assert (told.state, codes(told)) == ("change", [StepNote.BBR_ON_UNTIL_REBOOT])
    assert tree.run("apply").state == "done"
    assert tree.run("undo").state == "done"
    assert tree.read(CONTROL) == "bbr\n", "it was on before us"


def test_somebody_elses_setting_is_enough(tree: Tree) -> None:
    tree.write(CONTROL, "bbr\n")
    tree.write("etc/sysctl.conf", "# mine\nnet.core.default_qdisc=fq\nnet.ipv4.tcp_congestion_control=bbr\n")
    before = tree.files()
    assert tree.run("apply").state == "right"
    assert tree.files() == before


@pytest.mark.parametrize(
    ("file", "wins"),
    [
        ("etc/sysctl.conf", True),
        ("etc/sysctl.d/99-zzz.conf", True),
        ("usr/lib/sysctl.d/zz-vendor.conf", True),
        ("etc/sysctl.d/10-network.conf", False),
    ],
)
def test_older_lines_that_would_win_are_told(tree: Tree, file: str, wins: bool) -> None:
    tree.write(file, "net.ipv4.tcp_congestion_control = bbr\n net/ipv4/tcp_congestion_control = cubic\n")
    told = tree.run("check")
    overridden = [note.details["path"] for note in told.notes if note.code is StepNote.BBR_OVERRIDDEN]
    assert overridden == ([str(tree.folder / file)] if wins else [])
    assert tree.run("apply").state == "done"
