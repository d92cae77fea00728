"""A real OpenSSH sshd on 127.0.0.1, run from a temporary folder with keys of its own."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from tests.peers import processes
from tests.peers.keys import KeyStore, fingerprint, public_line
from tests.peers.ports import Deadline, free_port, read_banner

# SHLVL: bash then leaves the start-up files of whoever runs the tests alone. They may take a minute.
_BASE_CONFIG = """\
ListenAddress 127.0.0.1
PidFile {folder}/sshd.pid
AuthorizedKeysFile {folder}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
LogLevel VERBOSE
UseDNS no
PrintMotd no
PrintLastLog no
LoginGraceTime 30
MaxStartups 1000
MaxSessions 1000
MaxAuthTries 20
SetEnv SHLVL=1
Subsystem sftp internal-sftp
"""


def find_sshd() -> str | None:
    """Path of sshd (it must be started by its absolute path), or None when it is not installed."""
    return shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin")


def openssh_version() -> tuple[int, int]:
    """(9, 2) for OpenSSH_9.2p1; (0, 0) when it cannot be told."""
    told = subprocess.run(["ssh", "-V"], capture_output=True, text=True, timeout=30).stderr
    match = re.search(r"OpenSSH\w*_(\d+)\.(\d+)", told)
    return (int(match[1]), int(match[2])) if match else (0, 0)


class Sshd:
    """One sshd. The person who logs in is the one who runs the tests.

    ``config_lines`` come before the base configuration (in sshd_config the first value wins).
    ``start()`` returns once it has answered with its banner; ``stop()`` ends it and every session of it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        keys: KeyStore,
        name: str = "sshd",
        host_key_types: Sequence[str] = ("ed25519",),
        authorized_keys: str = "",
        config_lines: Sequence[str] = (),
        port: int = 0,
    ) -> None:
        self.folder = folder
        self.user = getpass.getuser()
        self.port = port or free_port()
        self.host_keys = {key_type: keys.key(f"{name}-host", key_type) for key_type in host_key_types}
        self.config_lines = list(config_lines)
        self._may_move = not port
        self._process: subprocess.Popen[bytes] | None = None
        self._suspended: list[psutil.Process] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.authorize(authorized_keys)

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def host_key_line(self) -> str:
        """known_hosts lines for this sshd, one for each host key."""
        lines = [f"[127.0.0.1]:{self.port} {public_line(key)}" for key in self.host_keys.values()]
        return "\n".join(lines)

    def fingerprint(self, key_type: str = "") -> str:
        """SHA256 fingerprint of the host key of this type ("" = the first one)."""
        return fingerprint(self.host_keys[key_type or next(iter(self.host_keys))])

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def log(self) -> str:
        """Everything that it has logged since it was made, across restarts."""
        path = self.folder / "log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def session_pids(self) -> list[int]:
        """Processes that serve connections now."""
        return [process.pid for process in processes.tree_of(self.pid)[1:]]

    # --- what can be done to it -------------------------------------------------------------------------

    def authorize(self, authorized_keys: str) -> None:
        """Replace the authorized_keys text; it counts from the next login on."""
        path = self.folder / "authorized_keys"
        path.write_text(authorized_keys.rstrip("\n") + "\n", encoding="utf-8")
        path.chmod(0o600)

    def use_host_keys(self, keys: KeyStore, name: str) -> None:
        """Other host keys of the same types; they count after ``restart()``."""
        self.host_keys = {key_type: keys.key(f"{name}-host", key_type) for key_type in self.host_keys}

    def start(self) -> Self:
        for _ in range(5):
            if self._launch():
                return self
            if not self._may_move or "Address already in use" not in self.log():
                break
            self.port = free_port()
        raise RuntimeError(f"sshd did not start:\n{self.log()}")

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        """As if the machine's power went, except that the kernel still closes its sockets."""
        self._end(kill=True)

    def restart(self) -> None:
        self.stop()
        self.start()

    def pause(self) -> None:
        """Everything stays connected and nothing answers: a machine that hangs, or a silent network."""
        self._suspended = processes.suspend_tree(self.pid)

    def resume(self) -> None:
        processes.resume_all(self._suspended)
        self._suspended = []

    def drop_sessions(self) -> None:
        """End every connection, and keep listening."""
        sessions = processes.tree_of(self.pid)[1:]
        for session in sessions:
            try:
                session.kill()
            except psutil.NoSuchProcess:
                continue
        processes.wait_gone(sessions, 5)

    def __enter__(self) -> Self:
        return self if self.is_running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- how --------------------------------------------------------------------------------------------

    def _launch(self) -> bool:
        assert not self.is_running
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd's empty folder to chroot into
        program = find_sshd()
        if program is None:
            raise RuntimeError("sshd is not installed")
        config = self.folder / "sshd_config"
        config.write_text(self._config(), encoding="utf-8")
        with (self.folder / "log").open("ab") as log:
            command = [program, "-D", "-e", "-f", str(config)]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = Deadline(20, f"the banner of sshd at port {self.port}")
        while deadline.wait():
            if self._process.poll() is not None:
                return False
            if read_banner(self.port).startswith(b"SSH-2.0-"):
                return True
        return False

    def _config(self) -> str:
        lines = [*self.config_lines, f"Port {self.port}"]
        lines += [f"HostKey {path}" for path in self.host_keys.values()]
        if openssh_version() >= (9, 8):
            lines.append("PerSourcePenalties no")  # refused logins are part of the tests
        matches = [line for line in lines if line.startswith("Match ")]
        assert not matches, "Match blocks would swallow the lines after them"
        return "\n".join(lines) + "\n" + _BASE_CONFIG.format(folder=self.folder)

    def _end(self, *, kill: bool) -> None:
        if self._process is None:
            return
        self._suspended = []
        processes.end_tree(self._process, kill=kill)
        self._process = None
