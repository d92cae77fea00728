"""The local connections that are open: those of programs, and our own, which count as no use of a link."""

from __future__ import annotations

import socket

from app.core.faults import Fault, FaultCode
from app.socks.connection import Connection
from app.socks.handshake import Handshake
from app.socks.loop import Loop, LoopGroup
from app.socks.streams import Dialer, Traffic
from app.tunnel.context import Context


class Connections:
    """Thread-safe. Our own are the probes and the trials of a better route."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._programs: set[Connection] = set()
        self._own: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._programs) + len(self._own)

    def adopt(
        self,
        sock: socket.socket,
        handshake: Handshake,
        dialer: Dialer,
        traffic: Traffic,
        *,
        own: bool,
        likely: LoopGroup | None = None,
    ) -> bool:
        """Take the socket over; true when a program's connection has begun.

        ``likely`` are the loops of the link that it will probably go through: begun there, it need not move.
        """
        own = own or (bool(self._context.own_ports) and _port_of_peer(sock) in self._context.own_ports)
        try:
            loop = self._pick(likely)
        except OSError:
            sock.close()
            handshake.refuse(Fault.of(FaultCode.CANCELLED, what="the connection: RelayTray is closing"))
            return False
        members = self._own if own else self._programs
        connection = Connection(sock, handshake, dialer, loop, Traffic() if own else traffic, members.discard)
        members.add(connection)
        connection.start()
        return not own

    def _pick(self, likely: LoopGroup | None) -> Loop:
        if likely is not None:
            try:
                return likely.pick()
            except OSError:
                pass  # that link has just ended
        return self._context.front.pick()

    def abort(self, server_id: str = "") -> None:
        """All, or those that lead to this server."""
        for connection in [*self._programs, *self._own]:
            if not server_id or connection.tag == server_id:
                connection.abort()

    def servers_in_use(self) -> set[str]:
        """The ids of the servers that programs' connections lead to."""
        return {connection.tag for connection in list(self._programs)} - {""}


def _port_of_peer(sock: socket.socket) -> int:
    """0 for a socket that has none."""
    try:
        peer = sock.getpeername()
    except OSError:
        return 0
    return int(peer[1]) if isinstance(peer, tuple) else 0
