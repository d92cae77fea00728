"""Private keys as the window and the command line speak of them: values, no files.

``app.integration.key_desk`` does the work.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.core.faults import Fault


class KeyKind(StrEnum):
    """What a new key can be."""

    ED25519 = "ed25519"
    RSA = "rsa"  # 4096 bits, for machines that are older than 2014


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key that is to be made."""

    path: str  # "" = the usual place
    kind: KeyKind = KeyKind.ED25519
    passphrase: str = field(default="", repr=False)  # "" = none
    remember: bool = False  # the passphrase, in the keyring
    comment: str | None = None  # None = user@computer


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    path: str
    public_path: str
    public_line: str  # for authorized_keys
    fingerprint: str
    is_encrypted: bool
    is_remembered: bool  # its passphrase is in the keyring
    exposed: str = ""  # who else may open it all the same, on a file system that keeps no rights


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLook:
    """What can be told of a key file without its passphrase."""

    path: str
    form: str = ""  # "OpenSSH", "PEM", "PuTTY 2", "PuTTY 3"
    key_type: str = ""
    bits: int = 0
    fingerprint: str = ""
    comment: str = ""
    is_encrypted: bool = False
    exposed: str = ""  # who else may open it, in a few words; "" = nobody
    fault: Fault | None = None  # why it cannot be used


@dataclass(frozen=True, slots=True)
class RightsChange:
    """One file or folder that only its owner may open now."""

    path: str
    was: str  # who else could, in a few words


@dataclass(frozen=True, slots=True)
class AgentTerms:
    """What an agent shall keep to; not every agent can (that of Windows knows none)."""

    lifetime_s: int = 0  # then it forgets the key; 0 = it keeps it
    confirm: bool = False  # it asks the person each time the key is used

    def __bool__(self) -> bool:
        return self.lifetime_s > 0 or self.confirm


class Added(StrEnum):
    """How an agent came by a key."""

    ADDED = "added"
    HAD_IT = "had-it"  # and has it now on the new terms
    KEPT_IT = "kept-it"  # it had it, and nothing was to be changed
