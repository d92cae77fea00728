"""Whole machines in Linux namespaces: accounts, /etc, processes and network of their own, on this kernel.

A machine sees this system's programs through an overlay that takes every change, so ``useradd`` or a change
of /etc/ssh never touch the system that runs the tests. All of it lives in memory and in namespaces, and is
gone with the process that holds them, also when a test is killed. ``network`` joins machines to a network.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.peers import processes
from tests.peers.ports import Deadline

_INIT = Path(__file__).with_name("machine_init.py")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SSHD_CONFIG = """\
# as Debian installs it
Include /etc/ssh/sshd_config.d/*.conf
KbdInteractiveAuthentication no
UsePAM yes
X11Forwarding yes
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp /usr/lib/openssh/sftp-server
"""


@cache
def why_not_here() -> str:
    """Why machines cannot be made here, as a sentence for a skipped test; "" where they can."""
    if sys.platform != "linux":
        return "machines in namespaces are for Linux"
    if os.geteuid() != 0:
        return "machines in namespaces need root"
    wanted = ("unshare", "nsenter", "setpriv", "ip", "nft", "tmux", "useradd", "pivot_root")
    if missing := [name for name in wanted if shutil.which(name, path=_PATH) is None]:
        return f"machines in namespaces need {', '.join(missing)}"
    tried = subprocess.run(
        ["unshare", "--mount", "--pid", "--net", "--uts", "--ipc", "--fork", "true"],
        capture_output=True,
        text=True,
    )
    return "" if tried.returncode == 0 else f"namespaces are not permitted here: {tried.stderr.strip()}"


class Namespaces:
    """A process that holds namespaces for as long as it lives; ``network`` gives them devices."""

    def __init__(self, form: str, base: Path, name: str, enter: Sequence[str]) -> None:
        command = [*enter, sys.executable, "-I", str(_INIT), form, str(base), name]
        self._holder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self._holder.stdout is not None
        assert self._holder.stderr is not None
        if self._holder.stdout.readline() != "ready\n":
            raise RuntimeError(f"{name} did not come up: {self._holder.stderr.read()}")

    @classmethod
    def router(cls, name: str) -> Self:
        """Only a network: what a gateway needs."""
        return cls("router", Path(), name, ["unshare", "--net"])

    @property
    def pid(self) -> int:
        return self._holder.pid

    @property
    def first_child(self) -> int:
        """Of ``unshare --fork``: process 1 of the new process namespace, by the number that it has here."""
        return psutil.Process(self.pid).children()[0].pid

    def call(self, *words: str, text: str = "") -> str:
        """A program of this system in that network."""
        command = ["nsenter", "-t", str(self.pid), "--net", "--", *words]
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"{shlex.join(words)}: {done.stderr.strip()}")
        return done.stdout

    def end(self) -> None:
        """The kernel kills whatever runs in a process namespace together with its process 1."""
        for stream in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            assert stream is not None
            stream.close()
        self._holder.wait(30)


class Machine:
    """One machine. ``start()`` boots it; ``stop()`` takes it away with everything on it.

    ``systemd``: it is its process 1, as on most machines; else nothing is, as in most containers.
    """

    def __init__(self, folder: Path, name: str, *, systemd: bool = False) -> None:
        self.name = name
        self.has_systemd = systemd
        self.services: list[str] = []  # command lines that every boot starts, as root
        self._base = folder
        self._disk: Namespaces | None = None
        self._boot: Namespaces | None = None
        self._init_pid = 0
        self._paused: list[psutil.Process] = []

    # --- its life ---------------------------------------------------------------------------------------

    def start(self) -> Self:
        self._base.mkdir(parents=True, exist_ok=True)
        fresh = ["unshare", "--mount", "--uts", "--ipc", "--net", "--propagation", "private"]
        self._disk = Namespaces("disk", self._base, self.name, fresh)
        self.disk.call("ip", "link", "set", "lo", "up")
        self.boot()
        self.write("/etc/ssh/sshd_config", _SSHD_CONFIG)
        # -A alone makes a larger RSA key, for several times the work
        rsa = ["-t", "rsa", "-b", "2048", "-N", "", "-f", "/etc/ssh/ssh_host_rsa_key"]
        self.must_run("ssh-keygen", "-q", *rsa)
        self.must_run("ssh-keygen", "-q", "-A")
        self.write_setting("net/ipv4/tcp_congestion_control", "reno")  # else as on the system that runs this
        return self

    def boot(self) -> None:
        """Process 1 and the services, on the disk as it is."""
        enter = ["nsenter", "-t", str(self.disk.pid), "--mount", "--uts", "--ipc", "--net", "--"]
        fresh = ["unshare", "--mount", "--pid", "--fork", "--kill-child=KILL"]
        if self.has_systemd:
            group = self._base / "groups" / f"relaytray-lab-{self.disk.pid}-{secrets.token_hex(4)}"
            script = f'mkdir {group} && echo $$ >{group}/cgroup.procs && exec "$@"'
            enter += ["sh", "-c", script, "sh", *fresh, "--cgroup"]
        else:
            enter += fresh
        self._boot = Namespaces("systemd" if self.has_systemd else "boot", self._base, self.name, enter)
        self._init_pid = self._boot.first_child
        for service in self.services:
            self.must_run("sh", "-c", service)

    def shut_down(self) -> None:
        """Every process on it is killed at once, with nobody asked; the disk stays."""
        if self._boot is not None:
            self._boot.end()
            self._boot = None

    def power_off(self) -> None:
        """The same, and nobody is told: its connections are forgotten, too. Cut the network before."""
        with contextlib.suppress(RuntimeError):  # a kernel without INET_DIAG_DESTROY: they are closed instead
            self.disk.call("ss", "--kill", "state", "all")
        self.shut_down()

    def reboot(self) -> None:
        self.shut_down()
        self.boot()

    def stop(self) -> None:
        self.shut_down()
        if self._disk is not None:
            self._disk.end()
            self._disk = None

    @property
    def disk(self) -> Namespaces:
        assert self._disk is not None
        return self._disk

    @property
    def root(self) -> Path:
        """Its tree as seen from here. Mind that absolute links in it lead to this system's files."""
        return Path(f"/proc/{self._init_pid}/root")

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- what runs on it --------------------------------------------------------------------------------

    def words(self, words: Sequence[str], user: str = "root", *, tools: str = "") -> list[str]:
        """The command line, here, that runs these words there as ``user``, with a login's plain environment.

        ``tools``: a folder made by ``few_tools``; the user then sees no other program.
        """
        enter = ["nsenter", "-t", str(self._init_pid), "--all", "--root", "--wd", "--"]
        return [*enter, *self.words_there(words, user, tools=tools)]

    def words_there(self, words: Sequence[str], user: str, *, tools: str = "") -> list[str]:
        """The same for a program of the machine, run by its root."""
        account = self.account(user)
        told = [f"HOME={account[5]}", f"USER={user}", f"LOGNAME={user}", f"PATH={_PATH}", "LANG=C.UTF-8"]
        enter = ["env", "-i", *told, "TERM=xterm", f"SHELL={'/bin/sh' if tools else account[6]}"]
        if tools:
            enter += ["chroot", f"--userspec={account[2]}:{account[3]}", tools]
        elif user != "root":
            enter += ["setpriv", f"--reuid={user}", f"--regid={account[3]}", "--init-groups"]
        return [*enter, *words]

    def run(
        self, *words: str, user: str = "root", text: str = "", timeout_s: float = 60, tools: str = ""
    ) -> subprocess.CompletedProcess[str]:
        command = self.words(words, user, tools=tools)
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout_s)

    def must_run(self, *words: str, user: str = "root", text: str = "") -> str:
        done = self.run(*words, user=user, text=text)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {shlex.join(words)}: {done.returncode}: {done.stderr.strip()}")
        return done.stdout

    def launch(self, *words: str, user: str = "root") -> subprocess.Popen[bytes]:
        """Start it and go on; ``processes.end_tree`` ends it."""
        pipe = subprocess.PIPE
        return subprocess.Popen(self.words(words, user), stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT)

    def processes(self) -> list[psutil.Process]:
        """All that runs on it, without process 1."""
        space = os.stat(f"/proc/{self._init_pid}/ns/pid").st_ino
        found = []
        for process in psutil.process_iter():
            try:
                if os.stat(f"/proc/{process.pid}/ns/pid").st_ino == space and process.pid != self._init_pid:
                    found.append(process)
            except OSError:
                continue
        return found

    def command_lines(self, part: str, user: str = "") -> list[str]:
        """Command lines that hold this part, of one user or of all; a script's PID-file is not trusted."""
        return [line for _, line in self._running(part, user)]

    def pids(self, part: str) -> list[int]:
        """Of the processes whose command line holds this part."""
        return [pid for pid, _ in self._running(part)]

    def _running(self, part: str, user: str = "") -> list[tuple[int, str]]:
        number = int(self.account(user)[2]) if user else -1
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):  # it has just ended
                line = " ".join(process.cmdline())
                if part in line and number in (-1, process.uids().real):
                    found.append((process.pid, line))
        return found

    # --- files and accounts -----------------------------------------------------------------------------

    def read(self, path: str) -> str:
        return self.must_run("cat", path)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        place = shlex.quote(path)
        self.must_run(
            "sh", "-c", f"rm -f {place} && umask 077 && cat >{place} && chmod {mode:o} {place}", text=text
        )

    def write_setting(self, name: str, value: str) -> None:
        """A setting of the machine's own network: "net/..." below /proc/sys."""
        self.must_run("sh", "-c", f"echo {shlex.quote(value)} >/proc/sys/{name}")

    def remove_programs(self, *names: str) -> None:
        """As if they had never been installed on this machine."""
        for name in names:
            self.must_run("sh", "-c", f"rm -f /usr/bin/{name} /usr/sbin/{name} /bin/{name}")

    def exists(self, path: str) -> bool:
        return self.run("test", "-e", path).returncode == 0

    def account(self, user: str) -> list[str]:
        """The fields of /etc/passwd."""
        if user == "root":
            return ["root", "x", "0", "0", "root", "/root", "/bin/sh"]
        for line in (self.root / "etc" / "passwd").read_text(encoding="utf-8").splitlines():
            if line.startswith(f"{user}:"):
                return line.split(":")
        raise LookupError(f"{self.name} has no user {user}")

    def add_user(
        self, user: str, *, password: str = "", key: str = "", shell: str = "/bin/bash", sudo: str = ""
    ) -> None:
        """``key``: a line for authorized_keys. ``sudo``: "" none, "password" or "nopasswd"."""
        self.must_run("useradd", "-m", "-s", shell, user)
        if password:
            self.must_run("chpasswd", text=f"{user}:{password}\n")
        else:
            self.must_run("usermod", "-p", "*", user)
        if sudo:
            tag = "NOPASSWD: " if sudo == "nopasswd" else ""
            self.write(f"/etc/sudoers.d/{user}", f"{user} ALL=(ALL:ALL) {tag}ALL\n", 0o440)
        if key:
            self.authorize(user, key)

    def authorize(self, user: str, lines: str) -> None:
        folder = f"{self.account(user)[5]}/.ssh"
        self.must_run("install", "-d", "-m", "700", folder)
        self.write(f"{folder}/authorized_keys", lines.rstrip("\n") + "\n", 0o600)
        self.must_run("chown", "-R", f"{user}:", folder)

    def host_keys(self) -> list[str]:
        """Its sshd's: "ssh-ed25519 AAAA...", without the comment."""
        told = self.must_run("sh", "-c", "cat /etc/ssh/ssh_host_*_key.pub")
        return [" ".join(line.split()[:2]) for line in told.splitlines()]

    def snapshot(self, *places: str) -> dict[str, str]:
        """Every file below these folders: kind, mode, owner, and contents, for ``changes``.

        Without the copies that useradd and its kin keep of their files: any account changes those, and one
        that another test makes on the real machine meanwhile shines through.
        """
        found: dict[str, str] = {}
        for place in places:
            for folder, names, files in os.walk(self.root / place.lstrip("/")):
                for path in (Path(folder, name) for name in [*names, *files]):
                    told = "/" + str(path.relative_to(self.root))
                    if told not in _COPIES:
                        found[told] = _described(path)
        return found

    def few_tools(self, place: str, programs: Sequence[str]) -> str:
        """A tree with no other programs than these and what they load; files and processes are the machine's.

        It is how a slim container looks to its user, while sshd, which is not the user's, runs beside it.
        """
        script = _FEW_TOOLS.replace("PLACE", shlex.quote(place)).replace("PROGRAMS", shlex.join(programs))
        self.must_run("sh", "-euc", script)
        self.services.append(_FEW_TOOLS_MOUNTS.replace("PLACE", shlex.quote(place)))
        self.must_run("sh", "-euc", self.services[-1])
        return place

    # --- its sshd ---------------------------------------------------------------------------------------

    def start_sshd(self) -> None:
        """The machine's sshd with its /etc/ssh/sshd_config, also after each boot. Ready when it listens."""
        if self.has_systemd:
            self.must_run("systemctl", "enable", "--now", "--quiet", "ssh")
            return
        if "/usr/sbin/sshd" not in self.services:
            self.services.append("/usr/sbin/sshd")
        self.must_run("/usr/sbin/sshd")

    def sshd_pids(self) -> list[int]:
        """The listener's and its sessions', by the numbers that they have here."""
        return [process.pid for process in self._sshds()]

    def pause_sshd(self) -> None:
        """kill -STOP of the listener and of every session: nothing answers and nothing is closed."""
        while new := [process for process in self._sshds() if process not in self._paused]:
            for process in new:
                self._paused.append(process)
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGSTOP)

    def resume_sshd(self) -> None:
        processes.resume_all(self._paused)
        self._paused = []

    def end_sshd(self) -> None:
        """The listener and every session are killed."""
        while running := self._sshds():
            for process in running:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            processes.wait_gone(running, 5)

    def restart_sshd(self) -> None:
        self.end_sshd()
        self.start_sshd()

    def start_cron(self) -> None:
        """Also after each boot, where it runs the @reboot lines."""
        if self.has_systemd:
            self.must_run("systemctl", "enable", "--now", "--quiet", "cron")
            return
        self.services.append("cron")
        self.must_run("cron")

    def _sshds(self) -> list[psutil.Process]:
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.name() == "sshd":
                    found.append(process)
        return found

    def wait_for(self, path: str, timeout_s: float = 20) -> None:
        deadline = Deadline(timeout_s, f"{path} on {self.name}")
        while not self.exists(path):
            deadline.wait()


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """What was added, removed or altered between two snapshots; one line each."""
    lines = [f"removed {path}" for path in before.keys() - after.keys()]
    lines += [f"added {path}: {after[path]}" for path in after.keys() - before.keys()]
    lines += [
        f"altered {path}: {before[path]} -> {after[path]}"
        for path in before.keys() & after.keys()
        if before[path] != after[path]
    ]
    return sorted(lines)


def _described(path: Path) -> str:
    about = path.lstat()
    told = f"{stat.filemode(about.st_mode)} {about.st_uid}:{about.st_gid}"
    if stat.S_ISLNK(about.st_mode):
        return f"{told} -> {os.readlink(path)}"
    if stat.S_ISREG(about.st_mode):
        return f"{told} {path.read_bytes()!r}" if about.st_size < 100_000 else f"{told} {about.st_size} bytes"
    return told


_COPIES = {f"/etc/{name}-" for name in ("passwd", "group", "shadow", "gshadow", "subuid", "subgid")}
_FEW_TOOLS = """
mkdir -p PLACE && cd PLACE && mkdir -p usr/bin usr/lib etc dev proc home tmp run
for link in bin sbin lib lib32 lib64 libx32; do
    if [ -L /$link ]; then ln -s "$(readlink /$link)" $link; mkdir -p "$(readlink -m $link)"; fi
done
for program in PROGRAMS; do
    file=$(command -v $program)
    cp -L "$file" usr/bin/
    ldd "$file" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p ".${library%/*}" && cp -L "$library" ".$library"
    done
done
for library in /lib/*/libnss_files.so.2; do [ ! -e $library ] || cp -L $library ".$library"; done
"""
_FEW_TOOLS_MOUNTS = "for one in etc dev proc home tmp run; do mount --rbind /$one PLACE/$one; done"
