"""What a relay's v2ray and a server's routes may hold."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from app.core.problems import ProblemCode
from app.core.profiles import Document, Relay, Server
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Core
from app.core.validation import problems_of

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
PEM = "-----BEGIN CERTIFICATE-----\nMIIB/w==\n-----END CERTIFICATE-----\n"
RELAY: dict[str, Any] = {
    "id": "r",
    "name": "gate",
    "host": "relay.example.org",
    "user": "me",
    "identity": "k",
}


def found(carrier: V2rayCarrier | None, server: dict[str, Any]) -> list[tuple[str, ProblemCode]]:
    document = Document(
        relays=(Relay(carrier=carrier, **RELAY),),
        servers=(Server(id="s", alias="lab", relay_id="r", user="me", **server),),
    )
    return [(problem.field, problem.code) for problem in problems_of(document)]


def carrier(**changes: Any) -> V2rayCarrier:
    usual: dict[str, Any] = {"user_port": 17824, "encryption_key": KEY}
    return V2rayCarrier(**(usual | changes))


BOTH = {"v2ray": V2rayRoute(), "routes": (RouteKind.V2RAY, RouteKind.REVERSE)}


@pytest.mark.parametrize(
    "right",
    [
        carrier(),
        carrier(core=Core.V2RAY, encryption_key=""),
        carrier(server_name="relay.lab", encryption_key="", vision=False),  # TLS by the system's roots
        carrier(server_name="relay.lab", certificate_sha256="ab" * 32),
        carrier(encryption_key=base64.urlsafe_b64encode(bytes(1184)).decode().rstrip("=")),
        carrier(server_name="relay.lab", certificate_pem=PEM * 2, websocket_path="/ws", host="2001:db8::7"),
    ],
)
def test_what_is_right_is_said_to_be_right(right: V2rayCarrier) -> None:
    assert found(right, BOTH) == []


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"host": "a b"}, "host", ProblemCode.HAS_SPACES),
        ({"user_port": 0}, "user_port", ProblemCode.PORT_RANGE),
        ({"tunnel_port": 70000}, "tunnel_port", ProblemCode.PORT_RANGE),
        ({"server_name": "a/b", "certificate_pem": PEM}, "server_name", ProblemCode.HOST_SYNTAX),
        ({"server_name": "a", "certificate_pem": "a"}, "certificate_pem", ProblemCode.CERTIFICATE_SYNTAX),
        ({"certificate_sha256": "AB" * 32}, "certificate_sha256", ProblemCode.FINGERPRINT_SYNTAX),
        ({"websocket_host": "a b"}, "websocket_host", ProblemCode.HAS_SPACES),
        ({"encryption_form": "plain"}, "encryption_form", ProblemCode.ENCRYPTION_FORM),
        ({"encryption_key": ""}, "encryption_key", ProblemCode.KEY_SYNTAX),
        ({"websocket_path": "ws"}, "websocket_path", ProblemCode.WEBSOCKET_PATH),
        ({"websocket_path": "/a\nb"}, "websocket_path", ProblemCode.CONTROL_CHARACTER),
        ({"encryption_key": KEY + "AA"}, "encryption_key", ProblemCode.KEY_SYNTAX),
        ({"encryption_key": "\u00e9" * 43}, "encryption_key", ProblemCode.KEY_SYNTAX),
    ],
)
def test_each_wrong_field_of_a_carrier_is_named(
    changes: dict[str, Any], field: str, code: ProblemCode
) -> None:
    assert found(carrier(**changes), BOTH) == [(f"carrier.{field}", code)]


@pytest.mark.parametrize(
    ("there", "server", "field", "code"),
    [
        (carrier(), {"routes": ()}, "routes", ProblemCode.EMPTY),
        (carrier(), {"routes": (RouteKind.REVERSE,) * 2}, "routes", ProblemCode.ROUTE_TWICE),
        (carrier(), {"routes": (RouteKind.V2RAY,)}, "routes", ProblemCode.ROUTE_NOT_THERE),
        (None, BOTH, "routes", ProblemCode.ROUTE_NOT_THERE),
        (carrier(), BOTH | {"v2ray": V2rayRoute(name="A b")}, "v2ray.name", ProblemCode.ROUTE_NAME),
        (carrier(), BOTH | {"v2ray": V2rayRoute(ports=(22, 0))}, "v2ray.ports[1]", ProblemCode.PORT_RANGE),
        (carrier(), BOTH | {"v2ray": V2rayRoute(ports=(80,))}, "v2ray.ports", ProblemCode.SSHD_PORT_MISSING),
    ],
)
def test_each_wrong_field_of_a_route_is_named(
    there: V2rayCarrier | None, server: dict[str, Any], field: str, code: ProblemCode
) -> None:
    assert found(there, server) == [(field, code)]


V2RAY_ONLY = {"v2ray": V2rayRoute(), "routes": (RouteKind.V2RAY,)}


@pytest.mark.parametrize(
    ("there", "server", "expected"),
    [
        (carrier(), V2RAY_ONLY, []),
        (carrier(), BOTH, [("routes", ProblemCode.RELAY_LOGIN_MISSING)]),
        (None, {}, [("user", ProblemCode.EMPTY), ("identity", ProblemCode.KEY_NOT_NAMED)]),
    ],
)
def test_a_relay_needs_no_login_where_v2ray_alone_leads_on(
    there: V2rayCarrier | None, server: dict[str, Any], expected: list[tuple[str, ProblemCode]]
) -> None:
    document = Document(
        relays=(Relay(id="r", name="gate", host="h", carrier=there),),
        servers=(Server(id="s", alias="lab", relay_id="r", user="me", **server),),
    )
    assert [(problem.field, problem.code) for problem in problems_of(document)] == expected
