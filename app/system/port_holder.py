"""Why a local port cannot be listened on: who holds it, or what forbids it, and which one is free instead.

May take some hundred milliseconds (it looks through all processes): call it off the GUI thread. Nothing
here raises.

Sources: bind(2); Winsock "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE" and error codes 10013, 10048, 10049;
psutil 7 ``net_connections`` (root only on macOS, hence lsof there); lsof 4.95 ``-F`` output.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.faults import Fault, FaultCode

LSOF_TIMEOUT_S = 3.0
UNKNOWN_HOLDER = "another program"  # where the system does not tell (another user's, on Linux and macOS)

_WSAEACCES = 10013
_WILDCARDS = ("0.0.0.0", "::", "*")  # noqa: S104 - compared with, never bound
_LSOF_ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})")


@dataclass(frozen=True, slots=True)
class _Holder:
    pid: int
    name: str  # "" = take it from the process table
    host: str
    is_listening: bool


def classify_bind_error(problem: OSError, host: str, port: int) -> Fault:
    """The fault for an OSError of bind or listen, with another port to suggest ("" when none is free).

    PORT_BUSY, PORT_RESERVED (Windows keeps the port for itself, nobody holds it), PORT_FORBIDDEN (below 1024
    without the right to it), or LISTEN_FAILED with the system's words (an address of another machine, say).
    """
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    winsock_code = getattr(problem, "winerror", None)
    if problem.errno == errno.EADDRINUSE:
        holder = who_holds(host, port) or UNKNOWN_HOLDER
        return Fault.of(
            FaultCode.PORT_BUSY, address=address, holder=holder, suggestion=_suggestion(host, port)
        )
    if winsock_code == _WSAEACCES:
        # Both a program that bound the port exclusively and a range reserved by Hyper-V or WinNAT say so.
        known = who_holds(host, port)
        if known is not None:
            return Fault.of(
                FaultCode.PORT_BUSY, address=address, holder=known, suggestion=_suggestion(host, port)
            )
        return Fault.of(FaultCode.PORT_RESERVED, address=address, suggestion=_suggestion(host, port))
    if problem.errno in (errno.EACCES, errno.EPERM):
        return Fault.of(FaultCode.PORT_FORBIDDEN, address=address, suggestion=_suggestion(host, port))
    reason = problem.strerror or str(problem)
    return Fault.of(FaultCode.LISTEN_FAILED, address=address, reason=reason)


def who_holds(host: str, port: int) -> str | None:
    """``"nginx (pid 12)"``, or None when nobody holds the port or the system does not tell who."""
    holders = [holder for holder in _holders(port) if _overlap(holder.host, host)]
    # A listener is the better answer than a connection that happens to use the port, an exact address than
    # a wildcard.
    holders.sort(key=lambda holder: (not holder.is_listening, _normal(holder.host) != _normal(host)))
    return _described(holders[0]) if holders else None


def free_port_near(host: str, port: int) -> int | None:
    """A port of ``host`` that can be listened on now, preferably one that looks like ``port``."""
    for candidate in _candidates(port):
        if can_listen(host, candidate):
            return candidate
    return None


def _candidates(port: int) -> Iterator[int]:
    # Below 1024 a neighbour is just as forbidden: 22 becomes 10022.
    first = port + 1 if port >= 1024 else port + 10_000
    near = list(range(first, first + 20))
    # Windows reserves blocks of 100 ports: when all neighbours are taken, the next hundreds may be free.
    far = [first + 100 * step for step in range(1, 11)]
    yield from (candidate for candidate in near + far if 1024 <= candidate <= 0xFFFF)
    # The end of the range, or a machine full of listeners: any port in the middle.
    yield from range(20_000, 20_050)


def can_listen(host: str, port: int) -> bool:
    """Whether nobody holds the port at this moment. Does not block."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if sys.platform == "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            probe.listen(1)  # with SO_REUSEADDR, Linux tells a conflict only here
    except OSError:
        return False
    return True


def _suggestion(host: str, port: int) -> str:
    free = free_port_near(host, port)
    return "" if free is None else str(free)


# --- who -----------------------------------------------------------------------------------------------


def _holders(port: int) -> list[_Holder]:
    import psutil

    try:
        connections = psutil.net_connections(kind="tcp")
    except (psutil.Error, OSError):
        return _holders_by_lsof(port)
    return [
        _Holder(connection.pid, "", connection.laddr.ip, connection.status == psutil.CONN_LISTEN)
        for connection in connections
        if connection.laddr and connection.laddr.port == port and connection.pid
    ]


def _holders_by_lsof(port: int) -> list[_Holder]:
    """macOS, where psutil needs root. Without root lsof names the processes of this user only."""
    program = shutil.which("lsof") or shutil.which("lsof", path="/usr/sbin:/usr/bin")
    if program is None:
        return []
    command = [program, "-nP", "+c", "0", f"-iTCP:{port}", "-sTCP:LISTEN", "-F", "pcn"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=LSOF_TIMEOUT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return parse_lsof(done.stdout, port)


def parse_lsof(output: str, port: int) -> list[_Holder]:
    """Reads ``lsof -F pcn``: lines of a letter and a value, ``p`` and ``c`` once for each process."""
    holders = []
    pid, name = 0, ""
    for line in output.splitlines():
        kind, value = line[:1], line[1:]
        if kind == "p":
            pid, name = (int(value) if value.isdecimal() else 0), ""
        elif kind == "c":
            name = _LSOF_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), value)
        elif kind == "n" and pid:
            host, _colon, number = value.rpartition(":")
            if number == str(port):
                holders.append(_Holder(pid, name, host.strip("[]"), is_listening=True))
    return holders


def _described(holder: _Holder) -> str:
    import psutil

    name = holder.name
    if not name:
        with contextlib.suppress(psutil.Error, OSError):
            name = psutil.Process(holder.pid).name()
    return f"{name} (pid {holder.pid})" if name else f"pid {holder.pid}"


def _overlap(held: str, wanted: str) -> bool:
    return _normal(held) == _normal(wanted) or held in _WILDCARDS or wanted in _WILDCARDS


def _normal(host: str) -> str:
    """IPv4-mapped IPv6 addresses (a dual-stack listener's) are compared as IPv4."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)
