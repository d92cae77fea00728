"""What a program is told when the other end says no: the cause that the person can do something about."""

from __future__ import annotations

import dataclasses
import types
from typing import Any

import pytest

from app.core.faults import Fault, FaultCode
from app.core.profiles import Document, Relay, SetupMode
from app.socks.streams import Path, StreamRefusal
from app.transport.route_refusal import PROHIBITED as PROHIBITED_CODE
from app.tunnel.router import SocksDialer

RELAY = Relay(id="r", name="lab", host="h")
PROHIBITED = StreamRefusal(PROHIBITED_CODE, "open failed")
NO_ANSWER = StreamRefusal(2, "Connection refused")


def fault_at(relay: Relay, refusal: StreamRefusal) -> Fault:
    """Of a program that asks the SOCKS port for an address of the internet."""
    context: Any = types.SimpleNamespace(document=Document(relays=(relay,)))
    found: list[Path | Fault] = []
    links: Any = types.SimpleNamespace(relay_link=lambda _id, linked: linked(object()))
    SocksDialer(context, links, "r").dial("example.org", 443, found.append)
    (path,) = found
    assert isinstance(path, Path)
    return path.explain(refusal)


@pytest.mark.parametrize("mode", [SetupMode.SYSTEM, SetupMode.ACCOUNT])
def test_a_relay_that_was_set_up_for_servers_only_can_be_set_up_for_more(mode: SetupMode) -> None:
    only_servers = dataclasses.replace(RELAY, setup=mode)
    fault = fault_at(only_servers, PROHIBITED)
    assert (fault.code, dict(fault.details)) == (
        FaultCode.EXIT_NOT_PERMITTED,
        {"relay": "lab", "target": "example.org:443"},
    )
    assert fault_at(only_servers, NO_ANSWER).code is FaultCode.TARGET_REFUSED
    assert fault_at(RELAY, PROHIBITED).code is FaultCode.FORWARD_FORBIDDEN
    let_out = dataclasses.replace(only_servers, setup_exit=True)
    assert fault_at(let_out, PROHIBITED).code is FaultCode.FORWARD_FORBIDDEN
