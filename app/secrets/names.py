"""What a secret is called, and what is known about the keyring: values without any secret in them."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.faults import Fault

KINDS = ("passphrase", "password", "socks", "v2ray", "shadowsocks")


@dataclass(frozen=True, slots=True, order=True)
class SecretName:
    """Which secret: ``kind`` is one of ``KINDS``.

    ``subject`` is the path of the key (passphrase), user@host (password), the relay's name (socks), the
    server's alias (v2ray: this computer's user id there) or the profile's id (shadowsocks).
    """

    kind: str
    subject: str


@dataclass(frozen=True, slots=True)
class KeyringStatus:
    usable: bool
    backend: str  # "SecretService", "Windows", "macOS", ...; "" where there is none
    fault: Fault | None = None  # why it is not usable
