"""Whether another process's end of a connection sends small packets at once (TCP_NODELAY).

Linux; as root, or for processes of one's own. It looks at a copy of the other process's descriptor.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
from collections.abc import Iterable, Iterator

_PIDFD_GETFD = 438  # the same number on every architecture; older C libraries have no name for it


def connections_of(pids: Iterable[int], port: int) -> dict[tuple[str, int], bool]:
    """Whom these processes are connected to at this port of theirs, and whether promptly."""
    found: dict[tuple[str, int], bool] = {}
    for pid in pids:
        for sock in _sockets(pid):
            with sock, contextlib.suppress(OSError):  # it listens
                peer, here = sock.getpeername(), sock.getsockname()
                if here[1] == port:
                    found[peer[:2]] = bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    return found


def _sockets(pid: int) -> Iterator[socket.socket]:
    """Copies of its TCP sockets; none of a process that has just ended."""
    with contextlib.suppress(ProcessLookupError, FileNotFoundError):
        process = os.pidfd_open(pid)
        try:
            for name in os.listdir(f"/proc/{pid}/fd"):
                if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
                    continue
                copy = ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, process, int(name), 0)
                if copy < 0:
                    raise OSError(ctypes.get_errno(), "pidfd_getfd")
                sock = socket.socket(fileno=copy)
                if sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM:
                    yield sock
                else:
                    sock.close()
        finally:
            os.close(process)
