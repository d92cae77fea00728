"""When to try again, as a table."""

from __future__ import annotations

import pytest

from app.core.faults import Fault, FaultCode
from app.core.reconnect import (
    LONGEST_DELAY_S,
    PROBE_INTERVAL_S,
    after_failure,
    delay_s,
    is_lasting,
    may_try_for_program,
    probe_delay_s,
)
from app.core.states import LinkPhase

TIMED_OUT = Fault.of(FaultCode.CONNECT_TIMED_OUT, host="r", port=22)
REFUSED_LOGIN = Fault.of(FaultCode.LOGIN_REFUSED, user="u", host="r", methods="publickey")
CANCELLED = Fault.of(FaultCode.CANCELLED, what="it")


def test_delays_double_up_to_a_minute() -> None:
    assert [delay_s(n) for n in range(9)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert delay_s(10**6) == LONGEST_DELAY_S


@pytest.mark.parametrize(
    ("fault", "wanted", "reconnect", "phase"),
    [
        (TIMED_OUT, True, True, LinkPhase.WAITING),
        (TIMED_OUT, False, True, LinkPhase.FAILED),  # only a program wanted it: it will come again
        (TIMED_OUT, True, False, LinkPhase.FAILED),  # the person does not want reconnecting
        (REFUSED_LOGIN, True, True, LinkPhase.FAILED),
        (CANCELLED, True, True, LinkPhase.FAILED),
    ],
)
def test_after_a_failure(fault: Fault, wanted: bool, reconnect: bool, phase: LinkPhase) -> None:
    after = after_failure(fault, 3, wanted=wanted, reconnect=reconnect)
    assert after.phase is phase
    assert after.delay_s == (4.0 if phase is LinkPhase.WAITING else 0.0)


def test_what_the_person_must_mend_is_lasting() -> None:
    lasting = {code for code in FaultCode if is_lasting(Fault(code))}
    assert FaultCode.HOST_KEY_CHANGED in lasting
    assert FaultCode.PASSPHRASE_WRONG in lasting
    assert FaultCode.NEGOTIATION_FAILED in lasting
    assert lasting.isdisjoint(
        {FaultCode.DNS_FAILED, FaultCode.LINK_LOST, FaultCode.TUNNEL_DOWN, FaultCode.PORT_BUSY}
    )


def test_a_browsers_forty_connections_do_not_bring_forty_prompts() -> None:
    assert may_try_for_program(None, 0)
    assert not may_try_for_program(TIMED_OUT, 1)
    assert may_try_for_program(TIMED_OUT, 2)
    assert not may_try_for_program(REFUSED_LOGIN, 19)
    assert may_try_for_program(REFUSED_LOGIN, 20)
    assert not may_try_for_program(CANCELLED, 59)
    assert may_try_for_program(CANCELLED, 60)


def test_probes_slow_down_and_never_stop() -> None:
    assert probe_delay_s(0) == PROBE_INTERVAL_S
    assert [probe_delay_s(n) for n in range(1, 8)] == [3, 5, 10, 15, 30, 30, 30]
