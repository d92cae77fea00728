"""A relay that was set up without root, on loopback: a real sshd, and our scripts in a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.profiles import Authentication, Relay, SetupMode
from app.resource_files import resource
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import free_port
from tests.peers.sshd import Sshd

PC_ID = "pc000000"


class RelayAccount:
    """``folder`` becomes the home of whoever logs in."""

    def __init__(self, folder: Path, keys: KeyStore, host_key_types: tuple[str, ...] = ("ed25519",)) -> None:
        self.home = folder / "home"
        self.base = self.home / ".relaytray"
        self.admin_key = keys.key("relay-admin")
        self.pc_key = keys.key("pc")
        for name in ("libexec", "etc", "enrol"):
            (self.base / name).mkdir(parents=True, mode=0o700)
        for name in ("relay/authorized-keys", "relay/enrol", "server/server.sh", "server/bridge.sh"):
            target = self.base / "libexec" / Path(name).name
            shutil.copy(resource(f"scripts/{name}"), target)
            target.chmod(0o755)
        self.authorized_keys = self.home / ".ssh" / "authorized_keys"
        self.authorized_keys.parent.mkdir(mode=0o700)
        self.authorized_keys.write_text(public_line(self.admin_key) + " admin", encoding="ascii")
        config = [
            f"AuthorizedKeysFile {self.authorized_keys}",
            f"SetEnv HOME={self.home}",
            "AllowAgentForwarding yes",
            "ClientAliveInterval 5",
            "ClientAliveCountMax 2",
        ]
        self.sshd = Sshd(
            folder / "sshd", keys=keys, name="relay", host_key_types=host_key_types, config_lines=config
        )

    def __enter__(self) -> Self:
        self.sshd.start()
        known = [f"key={public_line(key)}" for key in self.sshd.host_keys.values()]
        self.permissions("host", "host=127.0.0.1", f"port={self.sshd.port}", *known)
        self.permissions(
            "permit-pc", f"id={PC_ID}", f"key={public_line(self.pc_key)}", "exit=no", "name=my pc"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sshd.stop()

    def profile(self) -> Relay:
        return Relay(
            id="relay-1",
            name="relay",
            host="127.0.0.1",
            port=self.sshd.port,
            user=self.sshd.user,
            authentication=Authentication.KEY_FILE,
            identity=str(self.admin_key),
            setup=SetupMode.ACCOUNT,
            pc_id=PC_ID,
        )

    def permissions(self, *words: str, shell: str = "dash") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*shell.split(), "-s", "--", "account", *words],
            input=resource("scripts/relay/permissions.sh").read_text(encoding="ascii"),
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(self.home)},
            timeout=60,
        )


def free_route_port() -> int:
    return free_port()
