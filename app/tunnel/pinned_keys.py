"""The pinned host keys of profiles: what is pinned, how to forget it on purpose, and how names change."""

from __future__ import annotations

from pathlib import Path

from app.core.profiles import NAME_SUFFIX, Document, Relay, Server
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


def follow_names(keys: HostKeys, old: Document, new: Document) -> None:
    """Pins follow a renamed server, and go with a removed one. Raises FILE_UNWRITABLE."""
    renamed: list[tuple[str, str]] = []
    for server in old.servers:
        now = new.server(server.id)
        if now is None:
            keys.unpin(server.full_name)
        elif now.full_name != server.full_name:
            renamed.append((server.full_name, now.full_name))
    if len(renamed) > 1:  # two may have swapped their names: by way of names that nobody has
        waypoints = [f"renamed-from.{before}{NAME_SUFFIX}" for before, _after in renamed]
        for (before, _after), waypoint in zip(renamed, waypoints, strict=True):
            keys.rename(before, waypoint)
        renamed = [(way, after) for way, (_before, after) in zip(waypoints, renamed, strict=True)]
    for before, after in renamed:
        keys.rename(before, after)


def moved_servers(old: Document, new: Document) -> list[str]:
    """The ids of the servers that are now behind another relay. Pure."""
    before = {server.id: server.relay_id for server in old.servers}
    return [s.id for s in new.servers if new.relay(s.relay_id) and before.get(s.id, s.relay_id) != s.relay_id]
