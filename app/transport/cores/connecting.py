"""From a profile to a link through a core, each thing that can be wrong with a fault of its own."""

from __future__ import annotations

import email.utils
import http.client
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.route_rules import is_encrypted
from app.core.v2ray_route import Carrier, Core
from app.export.v2ray import v2ray4, xray
from app.transport.cores.certificates import with_certificate
from app.transport.cores.core_link import CoreLink, Heard
from app.transport.cores.finder import find_core
from app.transport.cores.running import RunningCore
from app.transport.tcp import connect_tcp

CLOCK_MARGIN_S = 110  # VMess bears 120; the rest is for the way
_HTTP_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreRoute:
    """One server's v2ray route, with this computer's secret for it."""

    alias: str
    relay: str  # its name, as the person knows it
    carrier: Carrier
    user_id: str = field(repr=False)
    chosen_program: str = ""


def connect_core(
    route: CoreRoute, cancelled: threading.Event, on_lost: Callable[[CoreLink], None]
) -> CoreLink:
    """The core runs and the server's sshd has answered through it. Blocks.

    Raises CORE_MISSING, CORE_TOO_OLD, CORE_REFUSED_CONFIG, CORE_DIED, PROGRAM_MISSING, PROGRAM_FAILED, what
    ``connect_tcp`` and ``with_certificate`` raise for the relay, ROUTE_CLOSED, ROUTE_SILENT, CLOCK_SKEWED,
    SERVER_NOT_SSH, CANCELLED.
    """
    carrier = route.carrier
    program = find_core(carrier.core, route.chosen_program)
    if carrier.core is Core.XRAY and not is_encrypted(carrier):
        # Xray itself would end without a word.
        reason = "the relay's public key is not one"
        raise error(FaultCode.CORE_REFUSED_CONFIG, program=program.title, reason=reason)
    connect_tcp(carrier.host, carrier.user_port, cancelled).close()
    carrier = with_certificate(carrier, cancelled)
    writer = xray if carrier.core is Core.XRAY else v2ray4
    link = CoreLink(route.alias, on_lost)
    try:
        core = RunningCore(
            program,
            lambda port: writer.client_config(carrier, route.user_id, port),
            name=f"{program.core} for {route.alias}",
            hidden=(route.user_id,),
            cancelled=cancelled,
            on_end=link.cut,
        )
        link.begin(core)
        _must_answer(link, route, cancelled)
    except BaseException:
        link.close()
        raise
    return link


def _must_answer(link: CoreLink, route: CoreRoute, cancelled: threading.Event) -> None:
    heard = link.ask(cancelled=cancelled).heard
    if cancelled.is_set():
        raise error(FaultCode.CANCELLED, what=f"the connection to {route.alias}")
    if heard is Heard.BANNER:
        return
    if not link.core.is_running:
        raise RelayTrayError(link.fault(route.relay))
    if heard is Heard.OTHER:
        raise error(FaultCode.SERVER_NOT_SSH, alias=route.alias)
    if route.carrier.core is Core.V2RAY:
        off = clock_difference_s(route.carrier)
        if off is not None and abs(off) > CLOCK_MARGIN_S:
            raise error(FaultCode.CLOCK_SKEWED, host=route.carrier.host, seconds=abs(round(off)))
    code = FaultCode.ROUTE_SILENT if heard is Heard.NOTHING else FaultCode.ROUTE_CLOSED
    raise error(code, alias=route.alias, relay=route.relay)


def clock_difference_s(carrier: Carrier) -> float | None:
    """The relay's clock minus ours, where it tells the time: behind WebSocket answers a web server (RFC 9110
    section 6.6.1, ``Date``). None = not known."""
    if not carrier.websocket_path:
        return None
    connection = http.client.HTTPConnection(carrier.host, carrier.user_port, timeout=_HTTP_TIMEOUT_S)
    if carrier.tls is not None:
        # The clock that may be wrong decides whether a certificate is in force; the time alone is wanted.
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            carrier.host, carrier.user_port, timeout=_HTTP_TIMEOUT_S, context=context
        )
    try:
        connection.request("GET", carrier.websocket_path)
        told = connection.getresponse().getheader("Date", "")
        return email.utils.parsedate_to_datetime(told).timestamp() - time.time()
    except (OSError, http.client.HTTPException, ValueError, TypeError):
        return None
    finally:
        connection.close()
