"""From faults and SSH's refusals to the reply codes that SOCKS clients understand.

SSH: RFC 4254 section 5.1 has one code for "connect failed"; OpenSSH (9.2 and 10.x, channels.c) puts the
system's own words into the description, which tells a refused port from a name that does not resolve.
"""

from __future__ import annotations

from app.core.faults import Fault, FaultCode, Hop
from app.socks.server_protocol import RefusalCause
from app.socks.streams import StreamRefusal

ADMINISTRATIVELY_PROHIBITED = 1
CONNECT_FAILED = 2
UNKNOWN_CHANNEL_TYPE = 3
RESOURCE_SHORTAGE = 4

_WORDS = (
    ("refused", RefusalCause.REFUSED),
    ("timed out", RefusalCause.TIMED_OUT),
    ("network is unreachable", RefusalCause.NETWORK_UNREACHABLE),
    ("no route", RefusalCause.HOST_UNREACHABLE),
    ("unreachable", RefusalCause.HOST_UNREACHABLE),
    ("not known", RefusalCause.HOST_UNREACHABLE),
    ("name resolution", RefusalCause.HOST_UNREACHABLE),
    ("no address", RefusalCause.HOST_UNREACHABLE),
)

_BY_CODE = {
    FaultCode.TUNNEL_DOWN: RefusalCause.REFUSED,
    FaultCode.ROUTE_CLOSED: RefusalCause.REFUSED,
    FaultCode.ROUTE_SILENT: RefusalCause.TIMED_OUT,
    FaultCode.FORWARD_FORBIDDEN: RefusalCause.NOT_ALLOWED,
    FaultCode.EXIT_NOT_PERMITTED: RefusalCause.NOT_ALLOWED,
    FaultCode.ROUTE_NOT_PERMITTED: RefusalCause.NOT_ALLOWED,
    FaultCode.EXIT_NOT_ALLOWED: RefusalCause.NOT_ALLOWED,
    FaultCode.CONNECT_TIMED_OUT: RefusalCause.TIMED_OUT,
    FaultCode.DNS_FAILED: RefusalCause.NETWORK_UNREACHABLE,
    FaultCode.NETWORK_UNREACHABLE: RefusalCause.NETWORK_UNREACHABLE,
}


def cause_of_refusal(refusal: StreamRefusal) -> RefusalCause:
    """What the far end's sshd meant."""
    if refusal.code == ADMINISTRATIVELY_PROHIBITED:
        return RefusalCause.NOT_ALLOWED
    if refusal.code == CONNECT_FAILED:
        text = refusal.text.lower()
        return next((cause for words, cause in _WORDS if words in text), RefusalCause.REFUSED)
    return RefusalCause.GENERAL


def cause_of(fault: Fault) -> RefusalCause:
    """The reply for a fault: the detail ``cause`` of a target's refusal, or what the hop says."""
    named = fault.details.get("cause")
    if named is not None:
        return RefusalCause[named]
    if fault.code in _BY_CODE:
        return _BY_CODE[fault.code]
    if fault.hop is Hop.RELAY:
        return RefusalCause.NETWORK_UNREACHABLE
    if fault.hop in (Hop.HOST_KEY, Hop.LOGIN, Hop.CANCELLED):
        return RefusalCause.NOT_ALLOWED
    return RefusalCause.GENERAL
