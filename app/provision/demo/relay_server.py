"""The demo's relay: an SSH server that lets two keys do one thing each, as the hardened lines of a real one.

The tunnel's key may have 127.0.0.1:<route port> listen (``permitlisten``) and the person's key may connect
to it (``permitopen``); no shell, no command, no file, no other forward.
"""

from __future__ import annotations

import logging
import socket
import threading

import paramiko

from app.provision.demo.carrying import carry
from app.provision.demo.crew import Crew
from app.provision.demo.demo_transport import DemoTransport
from app.provision.demo.doors import Door
from app.provision.demo.loopback import HOST, Listener, connect, free_port
from app.provision.demo.transports import Transports

_log = logging.getLogger("relaytray.provision")


class RelayServer:
    """Listens on 127.0.0.1:``port`` from the moment it is made. Raises OSError."""

    def __init__(
        self, crew: Crew, host_key: paramiko.PKey, person: paramiko.PKey, tunnel: paramiko.PKey
    ) -> None:
        self.route_port = free_port()
        self._crew = crew
        self._host_key = host_key
        self._person = person
        self._tunnel = tunnel
        self._lock = threading.Condition()
        self._route: Listener | None = None
        self._route_owner: _RelayDoor | None = None
        self._transports = Transports(crew)
        self._listener = Listener(crew, "demo-relay", self._welcome)
        self.port = self._listener.port

    def stop(self) -> None:
        """Nothing listens and nobody is connected any more; the threads end soon after."""
        self._listener.close()
        self._transports.close()

    def _welcome(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        door = _RelayDoor(self, [self._person, self._tunnel])
        name = f"demo-relay-{peer[1]}"
        transport = DemoTransport(sock, self._crew, name, on_end=lambda: self.close_route(door))
        door.transport = transport
        self._transports.serve(transport, self._host_key, door)

    # --- the route port ---------------------------------------------------------------------------------

    def is_tunnel(self, door: Door) -> bool:
        return door.key == self._tunnel

    def is_person(self, door: Door) -> bool:
        return door.key == self._person

    def open_route(self, door: _RelayDoor, port: int) -> int:
        """Listen for this tunnel. Returns the port, or 0 when another tunnel or program has it."""
        with self._lock:
            if self._route is not None:
                return 0
            try:
                self._route = Listener(
                    self._crew, "demo-route", lambda sock, peer: self._into_tunnel(door, sock, peer), port
                )
            except OSError as e:
                _log.info("The demo's route port %d cannot be had: %s", port, e)
                return 0
            self._route_owner = door
            return port

    def close_route(self, door: _RelayDoor) -> None:
        """If it is this tunnel's. Nothing listens on the port when this returns."""
        with self._lock:
            if self._route is None or self._route_owner is not door:
                return
            self._route.close()  # its thread never takes our lock
            self._route = self._route_owner = None
            self._lock.notify_all()

    def wait_route_closed(self, timeout_s: float = 5.0) -> None:
        """After the tunnel's client has closed: until the relay has noticed."""
        with self._lock:
            self._lock.wait_for(lambda: self._route is None, timeout_s)

    def _into_tunnel(self, door: _RelayDoor, sock: socket.socket, peer: tuple[str, int]) -> None:
        self._crew.start(f"demo-route-{peer[1]}", lambda: self._carry(door.transport, sock, peer))

    def _carry(self, tunnel: DemoTransport, sock: socket.socket, peer: tuple[str, int]) -> None:
        with self._crew.holding(sock):
            channel = tunnel.open_forwarded_tcpip_channel(peer, (HOST, self.route_port))
            carry(self._crew, sock, channel)


class _RelayDoor(Door):
    transport: DemoTransport

    def __init__(self, relay: RelayServer, keys: list[paramiko.PKey]) -> None:
        super().__init__(keys)
        self._relay = relay

    def may_open(self, host: str, port: int) -> bool:
        return self._relay.is_person(self) and (host, port) == (HOST, self._relay.route_port)

    def dial(self, host: str, port: int) -> socket.socket:  # noqa: ARG002
        return connect(port)

    def check_port_forward_request(self, address: str, port: int) -> int:
        """Port 0 asks the relay to pick one; it has picked already."""
        allowed = self._relay.is_tunnel(self) and address == HOST and port in {0, self._relay.route_port}
        return self._relay.open_route(self, self._relay.route_port) if allowed else 0

    def cancel_port_forward_request(self, address: str, port: int) -> None:
        if (address, port) == (HOST, self._relay.route_port):
            self._relay.close_route(self)
