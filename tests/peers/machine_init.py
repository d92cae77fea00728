"""What runs inside a machine of ``machines``: its disk, and process number 1 of each of its boots.

Started as a script in fresh namespaces, with the standard library only. Either form ends with its standard
input, so that a test that is killed leaves no machine behind: the kernel then takes the processes, the mounts
and the network devices of the namespaces away.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_DEVICES = {
    "null": (1, 3),
    "zero": (1, 5),
    "full": (1, 7),
    "random": (1, 8),
    "urandom": (1, 9),
    "tty": (5, 0),
}
_POWER_OFF = 0x4321FEDC  # linux/reboot.h
_OWN_FOLDERS = {"home": 0o755, "root": 0o700, "var/tmp": 0o1777}  # empty on a new machine, kept over a boot
_EMPTIED = (
    "etc/cron.d",
    "etc/cron.daily",
    "etc/cron.hourly",
    "etc/ssh/sshd_config.d",
    "var/spool/cron/crontabs",
)


def main(form: str, base: str, name: str) -> None:
    """``disk``: a machine's disk and network. ``boot``: its process 1. ``router``: a network without disk.

    ``systemd``: a boot whose process 1 becomes systemd.
    """
    if form == "disk":
        _make_disk(Path(base), Path(base) / "root")
        _name_it(Path(base) / "root" / "etc", name)
    elif form in {"boot", "systemd"}:
        _boot(Path(base) / "root")
    if form == "systemd":
        _become_systemd()
    signal.signal(signal.SIGCHLD, _collect)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()  # until whoever started us ends
    if form == "disk":
        _remove_groups(Path(base) / "groups")


# --- the disk -----------------------------------------------------------------------------------------------


def _make_disk(base: Path, root: Path) -> None:
    """This system, read only, below an empty layer that lives in memory and takes every change."""
    _mount("tmpfs", base, "mode=0755")
    for folder in (base / "upper", base / "work", root):
        folder.mkdir(mode=0o755)
    layers = f"lowerdir=/,upperdir={base}/upper,workdir={base}/work"
    _mount("overlay", root, layers)
    for place, mode in _OWN_FOLDERS.items():
        _mount("tmpfs", root / place, f"mode={mode:o}")
    for place in _EMPTIED:
        _empty(root / place)
    for wanted in (root / "etc/systemd/system").glob("*.wants"):
        _empty(wanted)
    with contextlib.suppress(subprocess.CalledProcessError):  # only systemd needs it
        _mount("cgroup2", base / "groups")
    for key in (root / "etc" / "ssh").glob("ssh_host_*"):
        key.unlink()
    _make_devices(root / "dev")


def _name_it(etc: Path, name: str) -> None:
    socket.sethostname(name)
    for file, text in (("hostname", name), ("hosts", f"127.0.0.1 localhost\n127.0.1.1 {name}")):
        (etc / file).unlink(missing_ok=True)
        (etc / file).write_text(text + "\n", encoding="utf-8")


def _make_devices(dev: Path) -> None:
    _mount("tmpfs", dev, "mode=0755")
    os.umask(0)
    for name, (major, minor) in _DEVICES.items():
        os.mknod(dev / name, 0o020666, os.makedev(major, minor))
    for folder in ("pts", "shm", "net"):
        (dev / folder).mkdir(mode=0o755)
    os.mknod(dev / "net" / "tun", 0o020666, os.makedev(10, 200))
    for link, target in {"ptmx": "pts/ptmx", "fd": "/proc/self/fd", "stdin": "/proc/self/fd/0"}.items():
        (dev / link).symlink_to(target)
    for number, link in ((1, "stdout"), (2, "stderr")):
        (dev / link).symlink_to(f"/proc/self/fd/{number}")
    os.umask(0o022)


def _empty(folder: Path) -> None:
    if folder.is_dir():
        for entry in folder.iterdir():
            if not entry.is_dir():
                entry.unlink()


# --- a boot -------------------------------------------------------------------------------------------------


def _boot(root: Path) -> None:
    """Fresh /proc, /run and /tmp; then nothing but the machine's own tree is within reach."""
    _mount("proc", root / "proc")
    # as container engines do it: the kernel is the real one, only the network is the machine's own
    for place, option in (("sys", "remount,bind,ro"), ("sys/net", "remount,bind,rw")):
        target = root / "proc" / place
        _call("mount", "--bind", target, target)
        _call("mount", "-o", option, target)
    _mount("sysfs", root / "sys", "ro")
    _mount("tmpfs", root / "run", "mode=0755")
    _mount("tmpfs", root / "tmp", "mode=1777")
    _mount("tmpfs", root / "dev" / "shm", "mode=1777")
    _mount("devpts", root / "dev" / "pts", "newinstance,ptmxmode=0666,mode=0620,gid=5")
    (root / "run" / "sshd").mkdir(mode=0o755)
    (root / "run" / "lock").mkdir(mode=0o755)
    os.chdir(root)
    _call("pivot_root", ".", "mnt")
    os.chroot(".")
    os.chdir("/")
    _call("umount", "-l", "/mnt")


def _become_systemd() -> None:
    """With a control group of its own, which ``unshare --cgroup`` has made the root of all that it sees."""
    _mount("cgroup2", Path("/sys/fs/cgroup"))
    if os.fork() != 0:
        nowhere = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nowhere, number)
        os.execve("/lib/systemd/systemd", ["/sbin/init"], {"container": "lab", "PATH": "/usr/sbin:/usr/bin"})
    _wait_for_systemd()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    ctypes.CDLL(None).reboot(_POWER_OFF)  # within a process namespace: the kernel kills all of it


def _wait_for_systemd() -> None:
    words = ["systemctl", "is-system-running", "--wait"]
    for _ in range(200):
        told = subprocess.run(words, capture_output=True, text=True, timeout=60).stdout.strip()
        if told in {"running", "degraded"}:
            return
        time.sleep(0.05)


def _remove_groups(top: Path) -> None:
    """What systemd's boots left of their control groups, once the last process of them is gone."""
    for _ in range(100):
        try:
            for group in top.glob(f"relaytray-lab-{os.getpid()}-*"):
                for folder, _, _ in os.walk(group, topdown=False):
                    os.rmdir(folder)
            return
        except OSError:
            time.sleep(0.05)


def _collect(_number: int, _frame: object) -> None:
    """Orphans become children of process 1, which has to bury them."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _mount(kind: str, place: Path, options: str = "") -> None:
    place.mkdir(parents=True, exist_ok=True)
    _call("mount", "-t", kind, *(("-o", options) if options else ()), kind, place)


def _call(*words: str | Path) -> None:
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    main(*sys.argv[1:])
