"""Does the server answer? Asked the way a program would: through our own SOCKS port.

Blocking; runs in a thread of its own. See ``servers`` for when.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from app.core.faults import FaultCode, error
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol, Login

PROBE_TIMEOUT_S = 20.0
_POLL_S = 0.2


class Refused(Exception):  # noqa: N818 - an answer; the caller knows the real fault
    """Our SOCKS port said no; the reason was recorded by whoever dialled."""


def connect_through_socks(
    socks: tuple[str, int],
    target: tuple[str, int],
    credentials: Login | None,
    cancelled: threading.Event,
    timeout_s: float,
    own_ports: set[int],
) -> socket.socket:
    """A blocking socket that leads to ``target``. Raises Refused, OSError or CANCELLED.

    Until it does, its local port is in ``own_ports``: our listener knows by it that no program came.
    """
    end = time.monotonic() + timeout_s
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    port = 0
    try:
        sock.settimeout(5)
        sock.bind((socks[0], 0))
        port = int(sock.getsockname()[1])
        own_ports.add(port)
        sock.connect(socks)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_POLL_S)
        protocol = ClientProtocol(target[0], target[1], credentials)
        shake_hands(sock, protocol, lambda: _receive_some(sock, cancelled, end, 1))
        if protocol.refusal is not None:
            raise Refused(protocol.refusal.name)
        sock.settimeout(None)
    except BaseException:
        sock.close()
        raise
    finally:
        own_ports.discard(port)
    return sock


def read_banner(sock: socket.socket, cancelled: threading.Event, alias: str) -> str:
    """The SSH version line (RFC 4253 section 4.2). Raises SERVER_SILENT or SERVER_NOT_SSH; closes."""
    end = time.monotonic() + PROBE_TIMEOUT_S
    data = b""
    with contextlib.closing(sock):
        sock.settimeout(_POLL_S)
        try:
            # Some inner proxies drop a connection on which the client is silent: speak first.
            sock.sendall(b"SSH-2.0-RelayTray_probe\r\n")
            while b"\n" not in data and len(data) < 4096:
                data += _receive_some(sock, cancelled, end)
        except (OSError, EOFError) as e:
            if data:
                raise error(FaultCode.SERVER_NOT_SSH, alias=alias) from e
            raise error(FaultCode.SERVER_SILENT, alias=alias) from e
    if not data.startswith(b"SSH-"):
        raise error(FaultCode.SERVER_NOT_SSH, alias=alias)
    return data.split(b"\n", 1)[0].decode("ascii", "replace").strip()


def _receive_some(sock: socket.socket, cancelled: threading.Event, end: float, limit: int = 4096) -> bytes:
    while True:
        if cancelled.is_set():
            raise error(FaultCode.CANCELLED, what="the probe")
        try:
            data = sock.recv(limit)
        except TimeoutError:
            if time.monotonic() > end:
                raise
            continue
        if not data:
            raise EOFError
        return data
