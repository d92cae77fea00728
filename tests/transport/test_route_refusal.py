"""Why the way to a server is closed, told by what can be done about it."""

from __future__ import annotations

import dataclasses

import pytest

from app.core.faults import FaultCode
from app.core.profiles import Relay, Server, SetupMode
from app.transport.route_refusal import PROHIBITED, RESOURCE_SHORTAGE, route_fault

RELAY = Relay(id="r", name="lab", host="h")
SERVER = Server(id="s", alias="gpu", relay_id="r")


@pytest.mark.parametrize(
    ("code", "mode", "wanted"),
    [
        (PROHIBITED, SetupMode.NONE, FaultCode.FORWARD_FORBIDDEN),
        (PROHIBITED, SetupMode.SYSTEM, FaultCode.ROUTE_NOT_PERMITTED),
        (PROHIBITED, SetupMode.ACCOUNT, FaultCode.ROUTE_NOT_PERMITTED),
        (RESOURCE_SHORTAGE, SetupMode.SYSTEM, FaultCode.CHANNELS_EXHAUSTED),
        (2, SetupMode.SYSTEM, FaultCode.TUNNEL_DOWN),
    ],
)
def test_what_a_refused_route_means(code: int, mode: SetupMode, wanted: FaultCode) -> None:
    assert route_fault(code, SERVER, dataclasses.replace(RELAY, setup=mode)).code is wanted
