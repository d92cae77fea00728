"""What WinSCP and PuTTY need to know of a server, gathered on this computer: its .ppk, its host keys."""

from __future__ import annotations

from pathlib import Path

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Document, Server
from app.export.proxied_site import ProxiedSite
from app.export.putty_host_keys import HostKey, host_key
from app.integration.key_files import key_state
from app.storage.document_store import read_bytes
from app.storage.paths import Paths
from app.transport import known_hosts


def site_of(
    paths: Paths, document: Document, server: Server, program: str, home: Path | None = None
) -> ProxiedSite:
    """All of it, from the document as it is now.

    Raises NO_SUCH_RELAY, PPK_NEEDED, HOST_KEY_NOT_PINNED, FILE_UNREADABLE, and what is wrong with the key.
    ``program`` is for telling who needs the .ppk. A profile that names no key leaves it to an agent.
    """
    relay = document.relay(server.relay_id)
    if relay is None:
        raise error(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near="")
    key = key_state(server.identity, home or Path.home())
    if key.fault is not None:
        raise RelayTrayError(key.fault)
    if key.identity and not key.ppk_is_there:
        raise error(FaultCode.PPK_NEEDED, path=key.identity, program=program)
    site = ProxiedSite(
        server=server, relay=relay, host_keys=tuple(pinned_host_keys(paths, server)), key_file=key.ppk
    )
    _ = site.needs_host_keys
    return site


def pinned_host_keys(paths: Paths, server: Server) -> list[HostKey]:
    """The pinned keys that these programs know how to compare. Raises FILE_UNREADABLE."""
    found = []
    for entry in known_hosts.parse(read_bytes(paths.known_hosts) or b""):
        if entry.marker is known_hosts.Marker.NONE and entry.is_for(server.full_name):
            try:
                found.append(host_key(entry.blob))
            except ValueError:
                continue  # of a type that neither they nor we use
    return found
