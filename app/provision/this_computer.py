"""This computer, as a relay that was set up knows it: by a key, and an id that follows from the key.

The key lies beside the profiles, is used by nothing but RelayTray, and has no passphrase: at the relay it can
do nothing but reach the ports of the servers that list this computer, and links have to come up when nobody
is there to be asked. Who wants it otherwise names a key of their own.
"""

from __future__ import annotations

import base64
import hashlib
import os
import platform
from dataclasses import dataclass
from pathlib import Path

from app.core.faults import FaultCode, RelayTrayError
from app.storage.paths import Paths
from app.transport.keys import expanded
from app.transport.new_key import make_key, public_line

_ID_LENGTH = 8


@dataclass(frozen=True, slots=True)
class ComputerKey:
    path: Path
    line: str  # "ssh-ed25519 AAAA... comment", for authorized_keys

    @property
    def pc_id(self) -> str:
        """Names this computer's permission on a relay: the same for each set-up with this key."""
        blob = base64.b64decode(self.line.split()[1])
        return base64.b32encode(hashlib.sha256(blob).digest()).decode().lower()[:_ID_LENGTH]


class ThisComputer:
    def __init__(self, paths: Paths) -> None:
        self._own = paths.own_key

    def key(self, chosen: str = "") -> ComputerKey | None:
        """The person's ``chosen`` key, or else our own; None when that is not made yet. Makes nothing.

        Raises KEY_MISSING (the chosen one), KEY_UNREADABLE, KEY_UNSUPPORTED.
        """
        path = expanded(chosen).absolute() if chosen else self._own
        if path == self._own and not os.path.lexists(path):
            return None
        return ComputerKey(path, public_line(path))

    def made_key(self, chosen: str = "") -> ComputerKey:
        """The same, and our own is made when there is none. Raises also FILE_EXISTS and FILE_UNWRITABLE."""
        found = self.key(chosen)
        if found is not None:
            return found
        try:
            make_key(self._own, comment=f"RelayTray@{platform.node() or 'computer'}")
        except RelayTrayError as e:
            if e.fault.code is not FaultCode.FILE_EXISTS or not self._own.exists():
                raise  # else another RelayTray made it at the same moment
        return ComputerKey(self._own, public_line(self._own))
