"""The doctor on the way by v2ray: the program here, the port of the relay, the clocks, the answer."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.faults import FaultCode, error
from app.core.profiles import Server
from app.core.v2ray_route import SSHD_PORT, Core
from app.provision.doctor.relay_checks import ms
from app.provision.doctor.wires import Wires
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from app.transport.cores.connecting import CLOCK_MARGIN_S, CoreRoute, clock_difference_s, connect_core
from app.transport.cores.core_link import CoreLink, Heard
from app.transport.cores.finder import find_core
from app.transport.tcp import CONNECT_TIMEOUT_S, connect_tcp

MakeRoute = Callable[[Server], CoreRoute]  # its user id is "" where the keyring has none


class V2rayChecks:
    """Each look returns what it found, or raises the fault that it is. It starts a core of its own."""

    def __init__(self, server: Server, route: MakeRoute, wires: Wires, cancelled: threading.Event) -> None:
        self._server, self._make_route = server, route
        self._wires, self._cancelled = wires, cancelled
        self._link: CoreLink | None = None

    def looks(self) -> dict[Check, Callable[[], Examined]]:
        return {
            Check.V2RAY_PROGRAM: self._program,
            Check.V2RAY_PORT: self._port,
            Check.V2RAY_CLOCK: self._clock,
            Check.V2RAY_ANSWER: self._answer,
        }

    def channel(self) -> socket.socket:
        """To the server's sshd by the core that has just answered."""
        assert self._link is not None, "the check of the answer made it"
        core = self._link.core
        sock = socket.create_connection(("127.0.0.1", core.port), timeout=CONNECT_TIMEOUT_S)
        self._wires.keep(sock)
        protocol = ClientProtocol("localhost", SSHD_PORT, core.login)
        try:
            shake_hands(sock, protocol, lambda: _byte_of(sock))
        except (OSError, EOFError) as e:
            raise error(FaultCode.SERVER_SILENT, alias=self._server.alias) from e
        if protocol.refusal is not None:
            raise error(FaultCode.SERVER_SILENT, alias=self._server.alias)
        return sock

    def _route(self) -> CoreRoute:
        """Made anew: it asks the keyring."""
        return self._make_route(self._server)

    def _program(self) -> Examined:
        route = self._route()
        program = find_core(route.carrier.core, route.chosen_program)
        return Examined(
            check=Check.V2RAY_PROGRAM,
            verdict=Verdict.GOOD,
            advice=Advice.CORE_IS,
            details={"program": program.title},
        )

    def _port(self) -> Examined:
        carrier, start = self._route().carrier, time.monotonic()
        connect_tcp(carrier.host, carrier.user_port, self._cancelled).close()
        return Examined(
            check=Check.V2RAY_PORT,
            verdict=Verdict.GOOD,
            advice=Advice.TCP_OPEN,
            details={"host": carrier.host, "port": str(carrier.user_port)},
            figure=ms(time.monotonic() - start),
        )

    def _clock(self) -> Examined:
        """VMess takes a wrong clock for a wrong user, and says nothing: it is looked at before that."""
        carrier = self._route().carrier
        if carrier.core is Core.XRAY:
            return Examined(check=Check.V2RAY_CLOCK, verdict=Verdict.GOOD, advice=Advice.CLOCK_FREE)
        off = clock_difference_s(carrier)
        if off is None:
            return Examined(
                check=Check.V2RAY_CLOCK, verdict=Verdict.SKIPPED, advice=Advice.V2RAY_CLOCK_UNKNOWN
            )
        seconds = abs(round(off))
        if seconds > CLOCK_MARGIN_S:
            raise error(FaultCode.CLOCK_SKEWED, host=carrier.host, seconds=seconds)
        details = {"seconds": str(seconds)}
        return Examined(
            check=Check.V2RAY_CLOCK, verdict=Verdict.GOOD, advice=Advice.CLOCK_RIGHT, details=details
        )

    def _answer(self) -> Examined:
        route = self._route()
        if not route.user_id:
            raise error(FaultCode.ROUTE_ID_MISSING, alias=self._server.alias)
        self._link = link = connect_core(route, self._cancelled, lambda _link: None)
        self._wires.at_end(link.close)
        told = link.ask(cancelled=self._cancelled)  # the first time the core itself had to begin
        figure = ms(told.seconds) if told.heard is Heard.BANNER else ""
        return Examined(
            check=Check.V2RAY_ANSWER,
            verdict=Verdict.GOOD,
            advice=Advice.ANSWERS_BY_V2RAY,
            details={"alias": self._server.alias},
            figure=figure,
        )


def _byte_of(sock: socket.socket) -> bytes:
    data = sock.recv(1)
    if not data:
        raise EOFError
    return data
