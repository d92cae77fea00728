"""The pinned host keys of a profile, for the editors: what is pinned, and how to forget it on purpose."""

from __future__ import annotations

from pathlib import Path

from app.core.profiles import Relay, Server
from app.transport.host_keys import HostKeys, host_key_name


class PinnedKeys:
    """Thread-safe; reads and writes our own known_hosts file."""

    def __init__(self, known_hosts: Path) -> None:
        self._keys = HostKeys(known_hosts)

    def fingerprints(self, profile: Relay | Server) -> list[str]:
        return [f"{key.key_type} {key.fingerprint}" for key in self._keys.pinned(name_of(profile))]

    def forget(self, profile: Relay | Server) -> None:
        """The next connection asks again, as on first sight."""
        self._keys.unpin(name_of(profile))


def name_of(profile: Relay | Server) -> str:
    """The name under which a profile's machine is pinned."""
    if isinstance(profile, Server):
        return profile.full_name
    return host_key_name(profile.host, profile.port)
