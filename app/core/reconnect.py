"""When to try again, and when only the person can help. Pure: times come in, decisions go out."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.faults import Fault, FaultCode, Hop
from app.core.states import LinkPhase

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 60.0
PROBE_DELAYS_S = (3.0, 5.0, 10.0, 15.0, 30.0)  # after a server did not answer; the last one stays
PROBE_INTERVAL_S = 60.0  # while it does: rare enough for sshd's PerSourcePenalties (OpenSSH 9.8)
STEADY_S = 30.0  # a link that lived so long had really come up: the next tries begin anew

# Before a program's connection makes us try again, after a failure ...
PROGRAM_PAUSE_S = 2.0  # ... that may pass by itself
LASTING_PAUSE_S = 20.0  # ... that needs the person; longer each time
REFUSED_PAUSE_S = 60.0  # ... that was the person's own no
LONGEST_PAUSE_S = 600.0
_PERSON_SAID_NO = (FaultCode.CANCELLED, FaultCode.HOST_KEY_UNKNOWN)

# Trying again does not help against these before somebody has done something.
_LASTING_HOPS = (Hop.INPUT, Hop.HOST_KEY, Hop.LOGIN, Hop.CANCELLED)
_LASTING = (
    FaultCode.NEGOTIATION_FAILED,
    FaultCode.INTERNAL,
    FaultCode.PROGRAM_MISSING,
    FaultCode.CORE_MISSING,
    FaultCode.CORE_TOO_OLD,
    FaultCode.CORE_REFUSED_CONFIG,
    FaultCode.SHADOWSOCKS_MISSING,
    FaultCode.SHADOWSOCKS_PROGRAM_WRONG,
    FaultCode.SHADOWSOCKS_METHOD_UNKNOWN,
    FaultCode.SHADOWSOCKS_PLUGIN_MISSING,
    FaultCode.SHADOWSOCKS_PLUGIN_UNKNOWN,
    FaultCode.SHADOWSOCKS_PLUGIN_OPTION,
    FaultCode.SHADOWSOCKS_REFUSED_CONFIG,
)


@dataclass(frozen=True, slots=True)
class Next:
    """What a link does after a failure; ``delay_s`` only in WAITING."""

    phase: LinkPhase
    delay_s: float = 0.0


def is_lasting(fault: Fault) -> bool:
    """The same try would fail the same way until the person does something."""
    return fault.hop in _LASTING_HOPS or fault.code in _LASTING


def delay_s(attempt: int) -> float:
    """Seconds before try number ``attempt`` + 1: 1, 2, 4 ... 60."""
    return min(FIRST_DELAY_S * 2 ** min(attempt - 1, 10), LONGEST_DELAY_S) if attempt > 0 else 0.0


def after_failure(fault: Fault, attempt: int, *, wanted: bool, reconnect: bool) -> Next:
    """A try failed, or a link was lost. ``wanted``: the person asked for it, not just some program."""
    if is_lasting(fault) or not wanted or not reconnect:
        return Next(LinkPhase.FAILED)
    return Next(LinkPhase.WAITING, delay_s(attempt))


def may_try_for_program(fault: Fault | None, since_s: float, attempts: int = 1) -> bool:
    """May a program's connection start a try, so long after the last failure?

    A browser with forty connections must not bring up forty prompts or forty logins, and one that never
    gives up must not get this computer locked out: ``attempts`` so far make the pause longer.
    """
    if fault is None:
        return True
    if not is_lasting(fault):
        return since_s >= PROGRAM_PAUSE_S
    first = REFUSED_PAUSE_S if fault.code in _PERSON_SAID_NO else LASTING_PAUSE_S
    longer = 3.0 ** min(max(attempts, 1) - 1, 5)
    return since_s >= min(first * longer, LONGEST_PAUSE_S)


def probe_delay_s(failures: int) -> float:
    """Seconds until a server is probed again; ``failures`` in a row so far."""
    if failures == 0:
        return PROBE_INTERVAL_S
    return PROBE_DELAYS_S[min(failures, len(PROBE_DELAYS_S)) - 1]
