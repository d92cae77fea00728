"""A TCP connection to a relay: names, several addresses, a deadline, and a way to call it off."""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import threading
import time
from concurrent.futures import Future

from app.core.faults import FaultCode, RelayTrayError, error

CONNECT_TIMEOUT_S = 15.0
NEXT_ADDRESS_AFTER_S = 0.25  # RFC 8305 section 5: start the next address beside a slow one
_POLL_S = 0.1
# On Windows these names have Winsock's numbers (CPython's errnomodule.c).
_IN_PROGRESS = (errno.EINPROGRESS, errno.EWOULDBLOCK, errno.EALREADY)
_REFUSED = (errno.ECONNREFUSED, errno.ECONNRESET)
_UNREACHABLE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL)

Address = tuple[socket.AddressFamily, tuple[object, ...]]


def connect_tcp(
    host: str, port: int, cancelled: threading.Event, timeout_s: float = CONNECT_TIMEOUT_S
) -> socket.socket:
    """A connected, blocking socket with TCP_NODELAY.

    Raises DNS_FAILED, CONNECTION_REFUSED, CONNECT_TIMED_OUT, NETWORK_UNREACHABLE or CANCELLED.
    """
    end = time.monotonic() + timeout_s
    addresses = resolve(host, port, cancelled, end)
    return connect_to(host, port, addresses, cancelled, end)


def connect_to(
    host: str, port: int, addresses: list[Address], cancelled: threading.Event, end: float
) -> socket.socket:
    """The second half of ``connect_tcp``, until ``end`` (time.monotonic())."""
    sock = _race(host, port, addresses, cancelled, end)
    sock.setblocking(True)
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return sock


def resolve(host: str, port: int, cancelled: threading.Event, end: float) -> list[Address]:
    """The first half of ``connect_tcp``, until ``end``. Raises DNS_FAILED or CANCELLED.

    getaddrinfo runs in a thread of its own: it takes no deadline and cannot be called off.
    """
    found: Future[list[Address]] = Future()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.set_result([(info[0], info[4]) for info in infos])
        except (OSError, ValueError) as e:
            found.set_exception(e)

    if is_literal(host):
        ask()
    else:
        threading.Thread(target=ask, name="resolve", daemon=True).start()
    while True:
        _check(cancelled, host)
        try:
            return found.result(timeout=_POLL_S)
        except TimeoutError:
            if time.monotonic() >= end:
                raise error(FaultCode.DNS_FAILED, host=host) from None
        except (OSError, ValueError) as e:
            raise error(FaultCode.DNS_FAILED, host=host) from e


def is_literal(host: str) -> bool:
    """Whether it is an address, and no name."""
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, host)
            return True
    return False


def _race(
    host: str, port: int, addresses: list[Address], cancelled: threading.Event, end: float
) -> socket.socket:
    """The first address that answers; a slow one does not hold up the next."""
    waiting = list(addresses)
    failures: list[int] = []
    selector = selectors.DefaultSelector()
    try:
        next_start = time.monotonic()
        while True:
            _check(cancelled, host)
            now = time.monotonic()
            if now >= end:
                raise error(FaultCode.CONNECT_TIMED_OUT, host=host, port=port)
            if waiting and (now >= next_start or not selector.get_map()):
                try:
                    selector.register(_begin(waiting.pop(0)), selectors.EVENT_WRITE)
                except OSError as e:
                    failures.append(e.errno or 0)
                next_start = now + NEXT_ADDRESS_AFTER_S
            if not waiting and not selector.get_map():
                raise _refusal(host, port, failures)
            for key, _mask in selector.select(_POLL_S) if selector.get_map() else ():
                sock: socket.socket = key.fileobj  # type: ignore[assignment]
                selector.unregister(sock)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    return sock
                failures.append(code)
                sock.close()
                next_start = now
    finally:
        for key in list(selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        selector.close()


def _begin(address: Address) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        # Without it every small packet may wait for a delayed acknowledgement, 40 ms each. Before connecting:
        # macOS refuses it on a socket that was reset meanwhile.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(where)
        if code not in (0, *_IN_PROGRESS):
            raise OSError(code, "connect")
    except OSError:
        sock.close()
        raise
    return sock


def _refusal(host: str, port: int, failures: list[int]) -> RelayTrayError:
    """The answer that tells most: an address that refused was reached, whatever became of the others."""
    if any(code in _REFUSED for code in failures):
        return error(FaultCode.CONNECTION_REFUSED, host=host, port=port)
    if errno.ETIMEDOUT in failures:
        return error(FaultCode.CONNECT_TIMED_OUT, host=host, port=port)
    code = next((code for code in failures if code in _UNREACHABLE), failures[-1] if failures else None)
    return error(FaultCode.NETWORK_UNREACHABLE, host=host, reason=_words(code) if code else "no address")


def _words(code: int | None) -> str:
    known = {
        errno.ENETUNREACH: "network is unreachable",
        errno.EHOSTUNREACH: "no route to the host",
        errno.ENETDOWN: "network is down",
    }
    return known.get(code or 0, f"error {code}")


def _check(cancelled: threading.Event, host: str) -> None:
    if cancelled.is_set():
        raise error(FaultCode.CANCELLED, what=f"the connection to {host}")
