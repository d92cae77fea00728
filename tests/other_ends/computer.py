"""This computer in the proofs: the real program with its own data, and a real keyring with its user id."""

from __future__ import annotations

import contextlib
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import psutil

from app.core.profiles import Document
from app.core.routes import RouteKind
from tests.cli.program import Program, Running
from tests.peers.keyring_daemon import KeyringDaemon


class Computer:
    """This one: the program's data, its keyring, and the program while it is connected."""

    def __init__(self, folder: Path, document: Document, known_hosts: str, user_id: str) -> None:
        self.document, self.user_id = document, user_id
        self.program = Program(folder).store(document)
        self.program.paths.known_hosts.write_text(known_hosts, encoding="ascii")
        self.config = folder / "printed-config"
        self._keyring = KeyringDaemon(folder)
        self._running: Running | None = None
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        self._keyring.__enter__()
        bus = {"DBUS_SESSION_BUS_ADDRESS": self._keyring.env["DBUS_SESSION_BUS_ADDRESS"]}
        self.program.env |= {**bus, "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring"}
        with self.program.start_on_terminal("secret", "remember", "v2ray", self.alias) as running:
            running.expect("User id")
            running.type(self.user_id + "\n")
            assert running.wait() == 0, running.errors()
        self.config.write_text(self.program.run("ssh-config", self.alias).stdout, encoding="utf-8")
        return self

    def __exit__(self, *_exc: object) -> None:
        self.end()
        self._keyring.__exit__()

    @property
    def alias(self) -> str:
        return self.document.servers[0].alias

    @property
    def socks_port(self) -> int:
        return self.document.relays[0].socks_port

    @property
    def pid(self) -> int:
        assert self._running is not None
        return self._running.process.pid

    def prefer(self, *routes: RouteKind) -> None:
        """From its next start on."""
        servers = (replace(self.document.servers[0], routes=routes),)
        self.document = replace(self.document, servers=servers)
        self.program.store(self.document)

    def start(self) -> float:
        """Seconds until it is connected."""
        began = time.monotonic()
        self._running = self.program.start("connect", self.alias)
        self.wait_for_route()
        return time.monotonic() - began

    def wait_for_route(self, *wanted: RouteKind) -> None:
        """Until it says that it is connected by one of these; without any, by whatever."""
        assert self._running is not None
        while (line := self._running.line(timeout_s=150)) is not None:
            event = json.loads(line)
            self.events.append(event)
            is_connected = event.get("event") == "state" and event.get("state") == "connected"
            if is_connected and (not wanted or event["route"] in wanted):
                return
        raise AssertionError(f"it ended: {self._running.errors()}")

    def end(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            if running.process.poll() is None:
                running.interrupt()
            running.__exit__(None, None, None)

    def kill(self) -> None:
        """``kill -9``: it can do nothing any more. ``end`` clears away afterwards."""
        psutil.Process(self.pid).kill()

    def ssh_options(self, _key: Path, _alias: str) -> list[str]:
        """The printed config, and nothing else."""
        return ["-F", str(self.config), "-oBatchMode=yes"]

    # --- what it leaves -----------------------------------------------------------------------------------

    def log(self) -> str:
        paths = self.program.paths.root.rglob("*.log")
        return "\n".join(path.read_text("utf-8", "replace") for path in paths)

    def places_with_the_user_id(self) -> tuple[list[str], int]:
        """Command lines, environments, the program's files: what shows it, and how many were looked at."""
        secret, found, number = self.user_id, [], 0
        assert len(secret) == 36
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                words = [*process.cmdline(), *process.environ().values()]
                number += 1
                found += [f"process {process.pid}" for word in words if secret in word]
        for path in self.program.paths.root.rglob("*"):
            if path.is_file():
                number += 1
                found += [str(path)] if secret.encode() in path.read_bytes() else []
        return found, number
