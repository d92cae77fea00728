"""What a relay's v2ray and a server's routes may hold: (field, problem, value) of what is wrong."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from app.core.field_rules import CONTROL, host_problem, is_port
from app.core.problems import ProblemCode
from app.core.profiles import Relay, Server
from app.core.routes import RouteKind, V2rayCarrier
from app.core.v2ray_route import SSHD_PORT, Carrier, Core

Found = Iterator[tuple[str, ProblemCode, str]]
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_KEY_BYTES = (32, 1184)  # X25519, ML-KEM-768
_SHA256 = re.compile(r"[0-9a-f]{64}")
ENCRYPTION_FORM = re.compile(r"(native|xorpub|random)\.(0rtt|1rtt)")
_USER_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def carrier_problems(carrier: V2rayCarrier) -> Found:
    if carrier.host and (code := host_problem(carrier.host)):
        yield "host", code, carrier.host
    if not is_port(carrier.user_port):
        yield "user_port", ProblemCode.PORT_RANGE, str(carrier.user_port)
    if carrier.tunnel_port and not is_port(carrier.tunnel_port):
        yield "tunnel_port", ProblemCode.PORT_RANGE, str(carrier.tunnel_port)
    if carrier.server_name and (code := host_problem(carrier.server_name)):
        yield "server_name", code, carrier.server_name
    if carrier.server_name and carrier.certificate_pem and not is_pem(carrier.certificate_pem):
        yield "certificate_pem", ProblemCode.CERTIFICATE_SYNTAX, ""
    if carrier.certificate_sha256 and not _SHA256.fullmatch(carrier.certificate_sha256):
        yield "certificate_sha256", ProblemCode.FINGERPRINT_SYNTAX, carrier.certificate_sha256
    if CONTROL.search(carrier.websocket_path):
        yield "websocket_path", ProblemCode.CONTROL_CHARACTER, ""
    elif carrier.websocket_path and not carrier.websocket_path.startswith("/"):
        yield "websocket_path", ProblemCode.WEBSOCKET_PATH, carrier.websocket_path
    if carrier.websocket_host and (code := host_problem(carrier.websocket_host)):
        yield "websocket_host", code, carrier.websocket_host
    if carrier.core is Core.XRAY and not is_encrypted(carrier):
        yield "encryption_key", ProblemCode.KEY_SYNTAX, ""
    if not ENCRYPTION_FORM.fullmatch(carrier.encryption_form):
        yield "encryption_form", ProblemCode.ENCRYPTION_FORM, carrier.encryption_form


def possible_routes(server: Server, relay: Relay | None) -> tuple[RouteKind, ...]:
    """In the person's order, without what nothing is known of; never empty."""
    may = server.v2ray is not None and relay is not None and relay.carrier is not None
    found = tuple(kind for kind in server.routes if kind is not RouteKind.V2RAY or may)
    return found or (RouteKind.REVERSE,)


def ways_to(relay: Relay, server: Server | None) -> tuple[RouteKind, ...]:
    """Those to the server, or to the relay alone: by SSH, but where nobody logs in."""
    if server is not None:
        return possible_routes(server, relay)
    return (RouteKind.V2RAY if relay.has_no_login else RouteKind.REVERSE,)


def route_problems(server: Server, relay: Relay | None) -> Found:
    if not server.routes:
        yield "routes", ProblemCode.EMPTY, ""
    if len(set(server.routes)) < len(server.routes):
        yield "routes", ProblemCode.ROUTE_TWICE, ""
    if RouteKind.V2RAY in server.routes and (
        server.v2ray is None or (relay is not None and not relay.carrier)
    ):
        yield "routes", ProblemCode.ROUTE_NOT_THERE, ""
    if RouteKind.REVERSE in server.routes and relay is not None and relay.has_no_login:
        yield "routes", ProblemCode.RELAY_LOGIN_MISSING, ""
    if server.v2ray is None:
        return
    if server.v2ray.name and not _NAME.fullmatch(server.v2ray.name):
        yield "v2ray.name", ProblemCode.ROUTE_NAME, server.v2ray.name
    if SSHD_PORT not in server.v2ray.ports:
        yield "v2ray.ports", ProblemCode.SSHD_PORT_MISSING, str(SSHD_PORT)
    for i, port in enumerate(server.v2ray.ports):
        if not is_port(port):
            yield f"v2ray.ports[{i}]", ProblemCode.PORT_RANGE, str(port)


def is_encrypted(carrier: V2rayCarrier | Carrier) -> bool:
    """Xray: by VLESS itself, or at least by the TLS around it. VLESS alone would be readable on the way."""
    if carrier.encryption_key:
        return is_public_key(carrier.encryption_key)
    return bool(carrier.server_name) if isinstance(carrier, V2rayCarrier) else carrier.tls is not None


def is_public_key(text: str) -> bool:
    """A key of X25519 or ML-KEM-768, base64url without padding."""
    try:
        plain = text + "=" * (-len(text) % 4)
        return len(base64.b64decode(plain, altchars=b"-_", validate=True)) in _KEY_BYTES
    except (binascii.Error, ValueError):
        return False


def is_pem(text: str) -> bool:
    """One certificate, or a chain of them, as far as the form tells."""
    inner = r"-----BEGIN CERTIFICATE-----\s+[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*"
    return re.fullmatch(rf"(?:{inner})+", text.strip() + "\n") is not None


def digest_of_pem(pem: str) -> str:
    """SHA-256, in hex, of the first certificate; "" where there is none."""
    body = pem.partition("-----BEGIN CERTIFICATE-----")[2].partition("-----END CERTIFICATE-----")[0]
    try:
        der = base64.b64decode("".join(body.split()), validate=True)
    except (binascii.Error, ValueError):
        return ""
    return hashlib.sha256(der).hexdigest() if der else ""


def is_user_id(text: str) -> bool:
    """What v2ray and Xray both take for a user: a UUID, with its dashes (their common/uuid reads it so)."""
    return _USER_ID.fullmatch(text) is not None
