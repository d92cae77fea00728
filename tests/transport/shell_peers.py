"""For tests with a remote shell: its tools, with a person who has answers ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.core.profiles import Relay
from app.transport.host_keys import HostKeys
from app.transport.link import Tools
from app.transport.stream import WindowBudget
from tests.transport.login_peers import Person, Secrets


def tools_for(
    folder: Path, host_key_lines: str = "", person: Person | None = None, secrets: Secrets | None = None
) -> Tools:
    """``host_key_lines``: known_hosts lines that are pinned already."""
    known_hosts = folder / "known_hosts"
    if host_key_lines:
        known_hosts.write_text(host_key_lines.rstrip("\n") + "\n", encoding="utf-8")
    person = person or Person()
    return Tools(HostKeys(known_hosts), person.asker, secrets or Secrets(), WindowBudget(), set())


def relay_at(host: str, port: int, user: str, key: Path | str = "", **changes: Any) -> Relay:
    fields: dict[str, Any] = {"id": "relay", "name": "lab", "host": host, "port": port, "user": user}
    return Relay(**(fields | {"identity": str(key)} | changes))
