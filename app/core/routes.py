"""The routes to a server as profiles keep them; secrets are in the keyring, never here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.core.v2ray_route import SSHD_PORT, Core


class RouteKind(StrEnum):
    """How this computer reaches a server's sshd."""

    REVERSE = "ssh"  # SSH to the relay, where the server's ``ssh -R`` holds a port
    V2RAY = "v2ray"  # v2ray or Xray to the relay


@dataclass(frozen=True, slots=True, kw_only=True)
class V2rayCarrier:
    """A relay's v2ray or Xray, as this computer must know it."""

    core: Core = Core.XRAY
    host: str = ""  # "" = the relay's
    user_port: int = 0  # where PCs dial in
    tunnel_port: int = 0  # where bridges do; 0 = not known here
    # "" = no TLS; else the name in the certificate, for which the system's roots (Xray: Mozilla's, which it
    # has in itself) must vouch, unless the certificate is known:
    server_name: str = ""
    certificate_pem: str = ""  # the relay's certificate: this one and no other
    certificate_sha256: str = ""  # of its DER form, in hex, where it is not known itself
    websocket_path: str = ""  # "/..." = inside WebSocket
    websocket_host: str = ""  # asked for there; "" = as it is dialled
    encryption_key: str = ""  # Xray: the public half, base64url without padding; "" = TLS alone encrypts
    encryption_form: str = "native.0rtt"  # Xray: how that looks on the way, and whether its tickets are used
    vision: bool = True  # Xray: with the flow xtls-rprx-vision, which WebSocket does not take
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class V2rayRoute:
    """A server behind its relay's v2ray; this computer's user id is in the keyring (see ``app.secrets``)."""

    name: str = ""  # on the relay; "" = the alias
    ports: tuple[int, ...] = (SSHD_PORT,)  # of the server that may be reached
    hybrid: bool = False  # the relay hands on to the port of the server's ``ssh -R``
    extra: Mapping[str, Any] = field(default_factory=dict)
