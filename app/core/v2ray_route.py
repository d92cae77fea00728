"""The route by v2ray or Xray, as values: who may go where, with which secrets, over which transport.

Three ends: the server's *bridge* dials the relay, the relay's *portal* hands connections to it, this
computer's client goes to the relay. In a *hybrid* the relay hands connections to the port that the server's
``ssh -R`` holds, and the server needs nothing but ssh.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

SSHD_PORT = 22


class Core(StrEnum):
    """Whose program runs an end. The two cannot be each other's bridge and portal."""

    V2RAY = "v2ray"  # v2ray 4.34 and 5: VMess
    XRAY = "xray"  # Xray from 26.5.3: VLESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """TLS around it. Clients know the certificate or its fingerprint; else the system's roots must vouch."""

    server_name: str
    certificate_pem: str  # the relay's own certificate: clients take this one and no other; "" = not known
    certificate_sha256: str  # of its DER form, in hex; "" = not known
    certificate_file: str  # the places on the relay
    key_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """How the ends reach the relay; the same for all of one relay."""

    core: Core
    host: str
    tunnel_port: int  # where bridges dial in
    user_port: int  # where PCs dial in
    tls: Tls | None = None
    websocket_path: str = ""  # "/..." = inside WebSocket, for relays behind a web server
    websocket_host: str = ""  # what clients ask for there; "" = as they dial
    decryption_key: str = field(default="", repr=False)  # Xray: X25519, base64url without padding; relay only
    encryption_key: str = ""  # its public half; "" = TLS alone encrypts
    encryption_form: str = "native.0rtt"  # of clients
    vision: bool = True  # Xray: with its flow, which WebSocket does not take


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedServer:
    """One server behind the relay; its names and secrets are its own."""

    name: str  # [a-z0-9-]{1,40}, unique on the relay
    tunnel_uuid: str = field(repr=False)  # proves the bridge; "" in a hybrid
    user_uuids: tuple[str, ...] = field(
        repr=False
    )  # one for each PC: it reaches this server and nothing else
    ports: tuple[int, ...] = (SSHD_PORT,)  # of the server that may be reached
    sshd_port: int = SSHD_PORT  # what port 22 means there
    hybrid_port: int = 0  # of the relay, held by the server's ssh -R; 0 = bridge and portal
    watch_uuid: str = field(default="", repr=False)  # asks whether the bridge is alive, and no more

    @property
    def is_hybrid(self) -> bool:
        return self.hybrid_port != 0
