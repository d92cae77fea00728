"""Does a Shadowsocks server understand us? Asked through its client, and of no third party.

A server says nothing about a wrong password: most stay silent, some close. And a client says yes to whatever
is asked. What tells is that different wishes fare differently, which only a server can do that has read them:

* a machine whose first words are known (the sshd of the person's own relay) speaks: proof in full;
* a wish that cannot come true (a port of the server itself where nothing listens, and where many let nobody
  go; later a name that cannot exist) ends quickly, while one for the server's own public port, where the
  person's client is just connected, stays open: understood.

All end: the server is not there, or it is one that closes; or it lets nobody go anywhere near itself, as the
service that RelayTray sets up on a relay does. Of that one it is known that it stays silent for whoever it
does not understand (shadowsocks-libev 3.3, shadowsocks-rust): there it is enough that it can be reached.
All stay: it reads something else.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from enum import Enum, auto
from typing import NamedTuple

from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol, Login

_POLL_S = 0.1
_HANDSHAKE_S = 3.0
_GRACE_S, _LONGEST_GRACE_S = 0.7, 1.5  # for the others to end as well
# After which other wishes that cannot come true are made: a new Xray lets the first one hang.
_LATE_S, _EARLY_S = 2.0, 1.0
_GREETING = b"SSH-2.0-RelayTray_probe\r\n"
_NOTHING_THERE = ("127.0.0.1", 1)
_NO_SUCH_NAME = ("probe.invalid", 1)  # RFC 6761 section 6.4
_NOWHERE = ("192.0.2.1", 9)  # RFC 5737: an address of nobody, where a server refuses to connect to itself


class Understood(Enum):
    FULLY = auto()  # something came back
    YES = auto()  # it told wishes apart
    CLOSES = auto()
    SILENT = auto()

    @property
    def is_yes(self) -> bool:
        return self in (Understood.FULLY, Understood.YES)


class Places(NamedTuple):
    """What a server can be asked for."""

    own: tuple[str, int]  # its own address
    sshd: tuple[str, int] | None = None  # of the person's relay
    is_ours: bool = False  # RelayTray has set it up


class _Role(Enum):
    SPEAKS = auto()
    ENDS = auto()
    STAYS = auto()


def ask(
    proxy: tuple[int, Login | None],
    places: Places,
    timeout_s: float,
    cancelled: threading.Event,
    *,
    was_known: bool = False,
) -> Understood:
    """Blocks. ``proxy`` is the client's SOCKS port on this computer; ``was_known``: it said yes before."""
    with contextlib.closing(_Examination(proxy, is_hasty=was_known)) as examination:
        return examination.run(places, timeout_s, cancelled)


class _Examination:
    def __init__(self, proxy: tuple[int, Login | None], *, is_hasty: bool) -> None:
        self._proxy = proxy
        self._late_s = _EARLY_S if is_hasty else _LATE_S
        self._longest_grace_s = _GRACE_S if is_hasty else _LONGEST_GRACE_S
        self._selector = selectors.DefaultSelector()
        self._open: dict[socket.socket, _Role] = {}
        self._end_came_at = 0.0
        self._opened_at = time.monotonic()

    def run(self, places: Places, timeout_s: float, cancelled: threading.Event) -> Understood:
        start = time.monotonic()
        if places.sshd is not None:
            self._begin(places.sshd, _Role.SPEAKS)
        self._begin(places.own, _Role.STAYS)
        self._begin(_NOTHING_THERE, _Role.ENDS)
        is_late = is_nowhere = False
        while (now := time.monotonic()) < start + timeout_s and not cancelled.is_set():
            if self._hears_something():
                return Understood.FULLY
            if not self._end_came_at and not is_late and now > start + self._late_s:
                is_late = True
                self._begin((places.own[0], _NOTHING_THERE[1]), _Role.ENDS)
                self._begin(_NO_SUCH_NAME, _Role.ENDS)
            if self._end_came_at and not self._has(_Role.STAYS):
                if is_nowhere and not self._has(_Role.SPEAKS):
                    return _of_one_that_closes(places)
                if not is_nowhere:
                    is_nowhere = True
                    self._begin(_NOWHERE, _Role.STAYS)
            elif self._end_came_at and now > max(self._end_came_at, self._opened_at) + self._grace(start):
                return Understood.YES
        if self._end_came_at and not self._has(_Role.STAYS):
            return _of_one_that_closes(places)
        return Understood.SILENT

    def close(self) -> None:
        for sock in self._open:
            sock.close()
        self._selector.close()

    def _grace(self, start: float) -> float:
        """Over a slow network, longer: the others would end a round trip later at most."""
        return min(max(_GRACE_S, self._end_came_at - start), self._longest_grace_s)

    def _has(self, role: _Role) -> bool:
        return role in self._open.values()

    def _begin(self, place: tuple[str, int], role: _Role) -> None:
        port, login = self._proxy
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.settimeout(_HANDSHAKE_S)
            sock.connect(("127.0.0.1", port))
            protocol = ClientProtocol(*place, login)
            shake_hands(sock, protocol, lambda: _one_byte(sock))
            if protocol.refusal is not None:
                raise EOFError
            if role is _Role.SPEAKS:
                sock.sendall(_GREETING)
            sock.setblocking(False)
            self._selector.register(sock, selectors.EVENT_READ)
        except (OSError, EOFError, ValueError):
            sock.close()
            self._note_end(role)
            return
        self._open[sock] = role
        self._opened_at = time.monotonic()

    def _hears_something(self) -> bool:
        if not self._open:
            time.sleep(_POLL_S)
            return False
        for key, _mask in self._selector.select(_POLL_S):
            sock = key.fileobj
            assert isinstance(sock, socket.socket)
            try:
                if sock.recv(256):
                    return True
            except BlockingIOError:
                continue
            except OSError:
                pass  # a reset is an end
            self._selector.unregister(sock)
            sock.close()
            self._note_end(self._open.pop(sock))
        return False

    def _note_end(self, role: _Role) -> None:
        if role is _Role.ENDS and not self._end_came_at:
            self._end_came_at = time.monotonic()


def _of_one_that_closes(places: Places) -> Understood:
    if not places.is_ours:
        return Understood.CLOSES
    try:
        socket.create_connection(places.own, timeout=_HANDSHAKE_S).close()
    except OSError:
        return Understood.CLOSES
    return Understood.YES


def _one_byte(sock: socket.socket) -> bytes:
    byte = sock.recv(1)
    if not byte:
        raise EOFError
    return byte
