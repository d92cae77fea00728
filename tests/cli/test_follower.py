"""When ``connect`` ends, and with what: pure decisions over event values."""

from __future__ import annotations

from typing import Any

import pytest

from app.cli.exit_codes import ExitCode, exit_code
from app.cli.follower import Follower
from app.core.faults import Fault, FaultCode

PASSING = [FaultCode.DNS_FAILED, FaultCode.CONNECTION_REFUSED, FaultCode.TUNNEL_DOWN, FaultCode.SERVER_SILENT]
LASTING = [FaultCode.LOGIN_REFUSED, FaultCode.HOST_KEY_CHANGED, FaultCode.CANCELLED, FaultCode.PORT_BUSY]
LASTING += [FaultCode.KEY_MISSING, FaultCode.NOBODY_TO_ASK]


def fault_value(code: FaultCode) -> dict[str, Any]:
    return {"code": str(code), "details": {"host": "h"}}


def state(name: str, fault: FaultCode | None = None, **more: object) -> dict[str, Any]:
    value: dict[str, Any] = {"event": "state", "alias": "gpu", "relay": "home", "state": name, **more}
    return {**value, "fault": fault_value(fault)} if fault else value


def link(name: str, fault: FaultCode | None = None, relay: str = "home") -> dict[str, Any]:
    value: dict[str, Any] = {"event": "link", "relay": relay, "state": name}
    return {**value, "fault": fault_value(fault)} if fault else value


def port(fault: FaultCode | None, relay: str = "home", purpose: str = "socks") -> dict[str, Any]:
    value: dict[str, Any] = {"event": "listener", "relay": relay, "purpose": purpose, "address": "x:1"}
    return {**value, "fault": fault_value(fault)} if fault else value


def follower(*, alias: str = "gpu", keep_trying: bool = False, begun: bool = True) -> Follower:
    made = Follower(alias=alias, relay="home", keep_trying=keep_trying)
    if begun:
        made.take(state("off"))
        made.begin()
    return made


@pytest.mark.parametrize("code", [*PASSING, *LASTING])
@pytest.mark.parametrize("keep_trying", [False, True])
def test_a_first_try_that_fails_ends_it_unless_it_may_keep_trying(code: FaultCode, keep_trying: bool) -> None:
    following = follower(keep_trying=keep_trying)
    assert following.take(state("connecting")) is None
    ending = following.take(state("trouble", code))
    if keep_trying and code in PASSING:
        assert ending is None
        assert following.take(state("connected")) is None
        assert following.was_connected
    else:
        assert ending is not None
        assert ending.fault == Fault(code, {"host": "h"})
        assert ending.code is exit_code(Fault(code))


@pytest.mark.parametrize("code", [*PASSING, *LASTING])
def test_once_connected_it_stays(code: FaultCode) -> None:
    following = follower()
    for value in (state("connecting"), state("connected"), state("trouble", code), port(FaultCode.PORT_BUSY)):
        assert following.take(value) is None
    assert following.was_connected


def test_disconnected_from_elsewhere_ends_well() -> None:
    following = follower()
    assert following.take(state("off")) is None, "nothing has begun yet"
    following.take(state("connecting"))
    ending = following.take(state("off"))
    assert ending is not None
    assert (ending.code, ending.fault) == (ExitCode.OK, None)


def test_what_others_do_is_neither_told_nor_followed() -> None:
    following = follower()
    for value in (
        state("trouble", FaultCode.TUNNEL_DOWN, alias="other"),
        link("failed", FaultCode.LOGIN_REFUSED, relay="other"),
        port(FaultCode.PORT_BUSY, relay="other"),
        {"event": "traffic", "relay": "other"},
    ):
        assert not following.concerns(value)
        assert following.take(value) is None
    for told in (state("off"), link("up"), port(None), {"event": "notice"}, {"event": "question"}):
        assert following.concerns(told)


def test_a_busy_socks_port_is_the_cause_whichever_event_comes_first() -> None:
    ending = follower().take(port(FaultCode.PORT_BUSY))
    assert ending is not None
    assert ending.code is ExitCode.LOCAL_PORT
    following = follower(begun=False)
    following.take(port(FaultCode.PORT_RESERVED))
    following.begin()
    ending = following.take(state("trouble", FaultCode.INTERNAL))
    assert ending is not None
    assert ending.code is ExitCode.LOCAL_PORT


def test_an_extra_forward_that_cannot_be_opened_is_no_reason_to_end() -> None:
    assert follower().take(port(FaultCode.PORT_BUSY, purpose="forward")) is None


def test_a_relay_itself_is_followed_by_its_link() -> None:
    following = follower(alias="", begun=False)
    following.take(link("off"))
    assert following.first_state == "off"
    following.begin()
    assert following.take(state("trouble", FaultCode.TUNNEL_DOWN)) is None, (
        "servers are not what was asked for"
    )
    assert following.take(link("connecting")) is None
    assert following.take(link("up")) is None
    assert following.was_connected
    ending = follower(alias="").take(link("waiting", FaultCode.CONNECTION_REFUSED))
    assert ending is not None
    assert ending.code is ExitCode.RELAY


def test_a_trouble_from_before_is_believed_when_no_news_comes() -> None:
    following = follower(begun=False)
    following.take(state("trouble", FaultCode.TUNNEL_DOWN))
    following.begin()
    ending = following.overdue()
    assert ending is not None
    assert ending.code is ExitCode.TUNNEL
    following.take(state("connected"))
    assert following.overdue() is None


def test_connected_from_the_start() -> None:
    following = follower(begun=False)
    following.take(state("connected"))
    following.begin()
    assert following.was_connected
    assert following.first_state == "connected"
