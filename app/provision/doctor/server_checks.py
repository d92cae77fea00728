"""The doctor behind the relay: the server's tunnel, and the server's own sshd."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable

import paramiko
from paramiko.ssh_exception import ChannelException

from app.core.diagnosis import Advice, Check, Examined, Verdict
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Relay, Server
from app.provision.doctor.relay_checks import host_key, login, ms
from app.provision.doctor.wire import Wire, open_wire
from app.provision.doctor.wires import Wires
from app.transport.far_machines import server_login, server_machine
from app.transport.link import Tools
from app.transport.route_refusal import route_fault


class ServerChecks:
    """Each look returns what it found, or raises the fault that it is."""

    def __init__(
        self,
        relay: Relay,
        server: Server,
        tools: Tools,
        wires: Wires,
        cancelled: threading.Event,
        other_way: Callable[[], socket.socket] | None = None,
    ) -> None:
        """``other_way``: to its sshd, where no tunnel at the relay leads there."""
        self._relay, self._server = relay, server
        self._tools, self._wires, self._cancelled = tools, wires, cancelled
        self._machine = server_machine(server)
        self._channel: paramiko.Channel | socket.socket | None = None
        self._other_way = other_way
        self._wire: Wire | None = None

    def looks(self) -> dict[Check, Callable[[], Examined]]:
        return {
            Check.REVERSE_LISTENER: self._listener,
            Check.SERVER_BANNER: self._banner,
            Check.SERVER_HOST_KEY: lambda: host_key(
                Check.SERVER_HOST_KEY, self._open_wire(), self._tools, self._cancelled
            ),
            Check.SERVER_LOGIN: self._login,
        }

    def _listener(self) -> Examined:
        route, wire, start = self._server.route, self._wires.relay, time.monotonic()
        assert wire is not None, "the login at the relay made it"
        try:
            self._channel = wire.connect_through(route.host, route.port)
        except ChannelException as e:
            raise RelayTrayError(route_fault(e.code, self._server, self._relay)) from e
        return Examined(
            check=Check.REVERSE_LISTENER,
            verdict=Verdict.GOOD,
            advice=Advice.LISTENS,
            details={"port": str(route.port)},
            figure=ms(time.monotonic() - start),
        )

    def _banner(self) -> Examined:
        start = time.monotonic()
        if self._other_way is not None:
            self._channel = self._other_way()
        try:
            wire = open_wire(self._channel, self._machine, self._tools, self._cancelled, self._wires.opened)
        except RelayTrayError as e:
            if e.fault.code is FaultCode.LINK_LOST:  # seen from here, a server that does not answer
                raise error(FaultCode.SERVER_SILENT, alias=self._server.alias) from e
            raise
        self._wire = wire
        return Examined(
            check=Check.SERVER_BANNER,
            verdict=Verdict.GOOD,
            advice=Advice.BANNER_IS,
            details={"version": wire.remote_version},
            figure=ms(time.monotonic() - start),
        )

    def _login(self) -> Examined:
        """As ssh would: with the profile's key, else with the agent's and the usual ones."""
        server, wire = self._server, self._open_wire()
        if not server.user:
            details = {"alias": server.alias}
            return Examined(
                check=Check.SERVER_LOGIN,
                verdict=Verdict.SKIPPED,
                advice=Advice.USER_UNKNOWN,
                details=details,
            )
        found = login(Check.SERVER_LOGIN, wire, server_login(server), self._tools, self._cancelled)
        self._wires.server = wire
        return found

    def _open_wire(self) -> Wire:
        assert self._wire is not None, "the check before this one made it"
        return self._wire
