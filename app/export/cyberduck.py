"""A bookmark of one server for Cyberduck and Mountain Duck, through the server's plain local ssh port.

They have no proxy of their own (only the system's), so nothing else leads there. The keys are those that
Cyberduck itself writes (its Host.serialize and HostDictionary); all values are texts. No password in it.
"""

from __future__ import annotations

import plistlib
import re
import uuid
from typing import Any

from app.core.faults import FaultCode, error
from app.core.profiles import Server
from app.export.proxy_environment import LOOPBACK

_OURS = uuid.UUID("6d7f2f0c-5d0e-4a3a-9c1b-0f6a5b3b8f11")  # our own namespace of names
_NOT_IN_XML = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def cyberduck_bookmark(server: Server, *, key_file: str = "") -> bytes:
    """The ``.duck`` file. ``key_file`` is an absolute path; "" = agent, or whatever is asked.

    The UUID is the same for a server each time, so that opening a newer file replaces the older bookmark.
    Raises PLAIN_PORT_NEEDED when the server has no plain port, PROFILE_INVALID for what no XML can hold.
    """
    if not server.local_ssh_port:
        raise error(FaultCode.PLAIN_PORT_NEEDED, alias=server.alias, program="Cyberduck")
    bookmark: dict[str, Any] = {
        "Protocol": "sftp",
        "Nickname": server.alias,
        "UUID": str(uuid.uuid5(_OURS, server.id)),
        "Hostname": LOOPBACK,
        "Port": str(server.local_ssh_port),
    }
    optional = {"Username": server.user, "Path": server.remote_folder, "Private Key File": key_file}
    bookmark |= {name: value for name, value in optional.items() if value}
    if key_file:
        bookmark["Private Key File Dictionary"] = {"Path": key_file}
    for value in optional.values():
        if _NOT_IN_XML.search(value):
            raise error(FaultCode.PROFILE_INVALID, problem=f"Cyberduck cannot read {value!r}.")
    return plistlib.dumps(bookmark, sort_keys=False)
