"""The SOCKS client's side over a blocking socket: for our own probe and for a command on a server."""

from __future__ import annotations

import socket
from collections.abc import Callable

from app.socks.client_protocol import ClientProtocol


def shake_hands(sock: socket.socket, protocol: ClientProtocol, receive_byte: Callable[[], bytes]) -> None:
    """Run ``protocol`` to its end; whether it was refused is in it.

    ``receive_byte`` gives exactly one byte, or raises: the far end may speak at once, and its words must stay
    in the socket. Raises what it and the socket raise.
    """
    sock.sendall(protocol.to_send())
    while not protocol.done:
        protocol.receive(receive_byte())
        waiting = protocol.to_send()
        if waiting:
            sock.sendall(waiting)
