"""A machine that has next to nothing: a chroot with the named programs, a few devices and one ordinary user.

It needs root. The network is the machine's own, so sshds on 127.0.0.1 can be reached from inside.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

UID = 12345
USER = "gpu"
_DEVICES = {"null": (1, 3), "urandom": (1, 9), "tty": (5, 0)}
_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": f"/home/{USER}", "LC_ALL": "C"}


class Jail:
    """``programs`` are copied with their libraries; ``shell`` is what ``sh`` is there."""

    def __init__(self, root: Path, *, shell: str = "dash", programs: Sequence[str] = ()) -> None:
        self.root = root
        self.home = root / "home" / USER
        for folder in ("bin", "usr/bin", "usr/sbin", "etc", "dev", "tmp", "proc", "run", "var/lib"):
            (root / folder).mkdir(parents=True)
        self.home.mkdir(parents=True)
        (root / "tmp").chmod(0o1777)
        root.chmod(0o755)
        self._devices()
        (root / "etc/passwd").write_text(f"{USER}:x:{UID}:{UID}::/home/{USER}:/bin/sh\n", encoding="ascii")
        (root / "etc/group").write_text(f"{USER}:x:{UID}:\n", encoding="ascii")
        (root / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="ascii")
        os.chown(self.home, UID, UID)
        self.add("ssh", "ssh-keygen", *programs)
        name = shell.split(maxsplit=1)[0]
        self.add(name)
        if name == "busybox":
            (root / "bin/sh").symlink_to("/usr/bin/busybox")
        else:
            (root / "bin/sh").symlink_to(f"/usr/bin/{name}")

    def add(self, *programs: str) -> None:
        for program in programs:
            found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
            assert found, program
            self._copy(found, f"usr/{'sbin' if '/sbin/' in found else 'bin'}/{program}")
            told = subprocess.run(["ldd", found], capture_output=True, text=True).stdout
            for library in re.findall(r"(/\S+)", told):
                self._copy(library, library.lstrip("/"))

    def command(self, *words: str) -> list[str]:
        return ["/usr/sbin/chroot", f"--userspec={UID}:{UID}", str(self.root), *words]

    def run(
        self,
        *words: str,
        environment: Mapping[str, str] | None = None,
        stdin: bytes = b"",
        timeout_s: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """As the ordinary user. Output goes through a file: what is left running may keep it open."""
        log = self.root / "tmp" / "output"
        with log.open("wb") as output:
            done = subprocess.run(
                self.command(*words),
                env={**_ENVIRONMENT, **(environment or {})},
                input=stdin,
                stdout=output,
                stderr=output,
                timeout=timeout_s,
                start_new_session=True,
            )
        text = log.read_text(encoding="utf-8", errors="replace")
        return subprocess.CompletedProcess(done.args, done.returncode, text, "")

    def files(self) -> dict[str, bytes]:
        """Everything below the home: folders as b"", with the modes left out."""
        return {
            str(path.relative_to(self.home)): path.read_bytes() if path.is_file() else b""
            for path in self.home.rglob("*")
        }

    @contextmanager
    def with_proc(self) -> Iterator[None]:
        subprocess.run(["mount", "--bind", "/proc", self.root / "proc"], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", "--lazy", self.root / "proc"], check=True)

    def _devices(self) -> None:
        for name, (major, minor) in _DEVICES.items():
            path = self.root / "dev" / name
            os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(major, minor))
            path.chmod(0o666)

    def _copy(self, source: str, inside: str) -> None:
        target = self.root / inside
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
