"""Profiles and states of routes by v2ray; for tests, the screenshots and the fit."""

from __future__ import annotations

import base64
from dataclasses import replace

from app.core.profiles import Document
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Core
from tests.ui import scenes as given

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
PEM = """\
-----BEGIN CERTIFICATE-----
MIIBFTCBu6ADAgECAgEBMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCXJlbGF5Lmxh
YjAeFw0yNjAxMDEwMDAwMDBaFw00NjAxMDEwMDAwMDBaMBQxEjAQBgNVBAMMCXJl
bGF5LmxhYjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJsME0XUo9IVpmettd6J
kwRh8RbtnWw62gRUEf5rGuDnWNzg/GEx5o5AxtQobU2YhikN0F8WDhyaoLYcJzZ+
OikwCgYIKoZIzj0EAwIDSQAwRgIhAKwnAz3jhgOnxq5LId0KoI0wXefNqtsjSh5V
D5hbLF8+AiEA6eYYHU52jmy9lAjU5mwe+P8BHqjE2g2cKgebmLb0Bw4=
-----END CERTIFICATE-----
"""


def document() -> Document:
    """tokyo-relay runs Xray, and lab-gpu is reached by SSH first and by it second."""
    plain = given.document()
    carrier = V2rayCarrier(core=Core.XRAY, user_port=16824, tunnel_port=16823, encryption_key=KEY)
    relay = replace(plain.relays[0], carrier=carrier)
    routes = (RouteKind.REVERSE, RouteKind.V2RAY)
    server = replace(plain.servers[0], routes=routes, v2ray=V2rayRoute(hybrid=True))
    return replace(plain, relays=(relay, *plain.relays[1:]), servers=(server, *plain.servers[1:]))
