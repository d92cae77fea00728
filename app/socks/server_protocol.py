"""What a client of the local port wants: bytes in, events out. SOCKS5, SOCKS4/4a and HTTP CONNECT in one.

Whatever bytes come, in whatever slices, the outcome is the same: some ``Reply``, then at most one
``ConnectRequest`` or ``Refused``, and never an exception. The object owns no socket, knows no clock and
belongs to one thread (the forwarder's). How it is driven::

    protocol.receive(data)                       # after each read
    while (event := protocol.next_event()):
        Reply          -> send event.data
        Refused        -> send event.data (may be empty), close
        ConnectRequest -> stop reading; open the stream; then send protocol.accepted() and hand
                          protocol.trailing() to the stream, or send protocol.refused(cause) and close

Sources: RFC 1928 (SOCKS5), RFC 1929 (user/password), "SOCKS: A protocol for TCP proxy across firewalls"
and its 4A note (Ying-Da Lee), RFC 9110 section 9.3.6 (CONNECT).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from app.socks import http_connect
from app.socks.addresses import MAX_NAME, host_from_name, host_from_packed
from app.socks.http_body import RequestEnd
from app.socks.replies import (
    SOCKS5_LOGIN_FAILED,
    SOCKS5_LOGIN_OK,
    SOCKS5_NO_METHOD,
    Dialect,
    RefusalCause,
    acceptance,
    refusal,
)

__all__ = [
    "ConnectRequest",
    "Credentials",
    "Dialect",
    "RefusalCause",
    "Refused",
    "Reply",
    "ServerEvent",
    "ServerProtocol",
]

_NO_AUTHENTICATION = 0x00
_USER_PASSWORD = 0x02
_CONNECT = 1
_ADDRESS_LENGTHS = {1: 4, 4: 16}  # ATYP -> bytes; 3 is a name with a length byte
_NAME_TYPE = 3
_SOCKS4_HEAD = 8  # VN, CD, DSTPORT, DSTIP


@dataclass(frozen=True, slots=True)
class Credentials:
    """Clients must log in. ``check(user, password)`` runs in the protocol's thread and must not raise."""

    check: Callable[[str, str], bool] = field(repr=False)

    @classmethod
    def of(cls, user: str, password: str) -> Credentials:
        """One pair, compared in a time that does not depend on how much of it is right."""
        wanted = _login_bytes(user, password)
        return cls(lambda user, password: hmac.compare_digest(_login_bytes(user, password), wanted))


@dataclass(frozen=True, slots=True)
class Reply:
    """Bytes to send now; the conversation goes on."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """Send ``data`` (empty where no reply would be understood) and close. ``reason`` is an English sentence
    for the log that quotes nothing the client sent."""

    data: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class ConnectRequest:
    """Where the client wants to go. ``host`` is a name as sent or a literal in its normal spelling."""

    host: str
    port: int
    dialect: Dialect


ServerEvent = Reply | ConnectRequest | Refused
_NO_LOGIN = Reply(bytes((5, _NO_AUTHENTICATION)))


class ServerProtocol:
    """One client's conversation up to its request; see the module's docstring for how to drive it.

    Holds at most 16 KiB and one slice while parsing, nothing once refused, and after a request what
    ``receive`` is given: stop reading then, or the client decides how much is held.
    """

    def __init__(self, credentials: Credentials | None = None, *, forwards_http: bool = False) -> None:
        """``forwards_http``: requests for ``http://`` addresses are passed on, and not only CONNECT."""
        self._credentials = credentials
        self._forwards_http = forwards_http
        self._buffer = bytearray()
        self._step: Callable[[], ServerEvent | None] = self._first_byte
        self._request: ConnectRequest | None = None
        self._is_refused = False
        self._may_begin_empty = True  # old HTTP clients send a line end too many (RFC 9112 section 2.2)
        # of an HTTP request that goes on to its server, who answers it
        self.request_end: RequestEnd | None = None
        self._searched = 0  # bytes of an HTTP head known not to hold its end

    def receive(self, data: bytes) -> None:
        """Takes what was read. Never raises; ignored once the client is refused."""
        if not self._is_refused:
            self._buffer += data

    def next_event(self) -> ServerEvent | None:
        """The next thing to do, or None: more bytes are needed, or all is said. Never raises."""
        return self._step()

    def accepted(self) -> bytes:
        """The success reply in the client's dialect. Send it only once the stream is really open."""
        if self._request is None:
            raise RuntimeError("accepted() before a ConnectRequest")
        return b"" if self.request_end is not None else acceptance(self._request.dialect)

    def refused(self, cause: RefusalCause) -> bytes:
        """The reply that tells why the stream was not opened; b"" while there is no request to answer."""
        return refusal(self._request.dialect, cause) if self._request else b""

    def trailing(self) -> bytes:
        """Takes what the client sent after its request: the first bytes for the stream."""
        if self._request is None:
            return b""
        return self._take(len(self._buffer))

    # --- which dialect -------------------------------------------------------------------------------

    def _first_byte(self) -> ServerEvent | None:
        if self._may_begin_empty:
            if self._buffer == b"\r":
                return None
            for line in (b"\r\n", b"\n"):
                if self._buffer.startswith(line):
                    self._take(len(line))
                    self._may_begin_empty = False
                    break
        if not self._buffer:
            return None
        first = self._buffer[0]
        if first == 5:
            self._step = self._socks5_methods
        elif first == 4:
            self._step = self._socks4_request
        elif chr(first).isalpha() and first < 0x80:
            self._step = self._http_request_line
        elif first == 0x16:
            return self._refuse(
                b"", "The client speaks TLS to this port; it must be told that the proxy is SOCKS5."
            )
        else:
            return self._refuse(b"", "The first byte begins neither SOCKS5, SOCKS4 nor an HTTP request.")
        return self._step()

    # --- SOCKS5: methods, login, request -------------------------------------------------------------

    def _socks5_methods(self) -> ServerEvent | None:
        if len(self._buffer) < 2 or len(self._buffer) < 2 + self._buffer[1]:
            return None
        offered = self._take(2 + self._buffer[1])[2:]
        # Without credentials a client that offers nothing but user/password is let in with any: it asks
        # for less than we give. With several offers the first choice is the one that costs no round trip.
        if self._credentials is None and _NO_AUTHENTICATION in offered:
            self._step = self._socks5_request
            return _NO_LOGIN
        if _USER_PASSWORD in offered:
            self._step = self._socks5_login
            return Reply(bytes((5, _USER_PASSWORD)))
        return self._refuse(
            SOCKS5_NO_METHOD, "The SOCKS5 client offers no authentication method that is taken here."
        )

    def _socks5_login(self) -> ServerEvent | None:
        buffer = self._buffer
        if buffer and buffer[0] != 1:
            return self._refuse(SOCKS5_LOGIN_FAILED, "The SOCKS5 login is not of version 1.")
        if len(buffer) < 2 or len(buffer) < 3 + buffer[1]:
            return None
        user_end = 2 + buffer[1]
        password_end = user_end + 1 + buffer[user_end]
        if len(buffer) < password_end:
            return None
        message = self._take(password_end)
        if not self._is_login_right(message[2:user_end], message[user_end + 1 :]):
            return self._refuse(SOCKS5_LOGIN_FAILED, "The SOCKS5 user name or password is wrong.")
        self._step = self._socks5_request
        return Reply(SOCKS5_LOGIN_OK)

    def _is_login_right(self, user: bytes, password: bytes) -> bool:
        if self._credentials is None:
            return True
        try:
            return self._credentials.check(user.decode("utf-8"), password.decode("utf-8"))
        except UnicodeDecodeError:
            return False

    def _socks5_request(self) -> ServerEvent | None:
        buffer = self._buffer
        if buffer and buffer[0] != 5:
            return self._refuse_socks5(RefusalCause.GENERAL, "The SOCKS5 request is not of version 5.")
        if len(buffer) < 4:
            return None
        kind = buffer[3]
        if kind != _NAME_TYPE and kind not in _ADDRESS_LENGTHS:
            return self._refuse_socks5(
                RefusalCause.ADDRESS_UNSUPPORTED, "The SOCKS5 address type is unknown."
            )
        if kind == _NAME_TYPE and len(buffer) < 5:
            return None
        start = 5 if kind == _NAME_TYPE else 4
        end = start + (buffer[4] if kind == _NAME_TYPE else _ADDRESS_LENGTHS[kind])
        if len(buffer) < end + 2:
            return None
        message = self._take(end + 2)
        if message[1] != _CONNECT:  # BIND and UDP ASSOCIATE have no counterpart in an SSH channel
            return self._refuse_socks5(RefusalCause.COMMAND_UNSUPPORTED, "The SOCKS5 command is not CONNECT.")
        return self._request_for(
            message[start:end], message[end:], Dialect.SOCKS5, is_name=kind == _NAME_TYPE
        )

    def _refuse_socks5(self, cause: RefusalCause, reason: str) -> Refused:
        return self._refuse(refusal(Dialect.SOCKS5, cause), reason)

    # --- SOCKS4 and 4a -------------------------------------------------------------------------------

    def _socks4_request(self) -> ServerEvent | None:
        head = self._buffer[:_SOCKS4_HEAD]
        user_end = self._end_of_text(_SOCKS4_HEAD)
        if isinstance(user_end, Refused) or user_end is None:
            return user_end
        # 0.0.0.x with x != 0 means: a name follows the user (4a)
        has_name = head[4:7] == bytes(3) and head[7] != 0
        end = self._end_of_text(user_end) if has_name else user_end
        if isinstance(end, Refused) or end is None:
            return end
        message = self._take(end)
        if self._credentials is not None:
            return self._refuse_socks4("SOCKS4 carries no password, and this port asks for one.")
        if message[1] != _CONNECT:
            return self._refuse_socks4("The SOCKS4 command is not CONNECT.")
        host = message[user_end : end - 1] if has_name else message[4:8]
        return self._request_for(host, message[2:4], Dialect.SOCKS4, is_name=has_name)

    def _end_of_text(self, start: int) -> int | Refused | None:
        """Index after the NUL of the text at ``start``; None while it may still come."""
        nul = self._buffer.find(0, start, start + MAX_NAME + 1)
        if nul >= 0:
            return nul + 1
        if len(self._buffer) > start + MAX_NAME:
            return self._refuse_socks4("A text in the SOCKS4 request is longer than 255 bytes.")
        return None

    def _refuse_socks4(self, reason: str) -> Refused:
        return self._refuse(refusal(Dialect.SOCKS4, RefusalCause.GENERAL), reason)

    # --- HTTP CONNECT --------------------------------------------------------------------------------

    def _http_request_line(self) -> ServerEvent | None:
        line_end = self._buffer.find(b"\n", 0, http_connect.MAX_HEAD)
        if line_end < 0:
            return self._http_too_long()
        problem = http_connect.check_request_line(bytes(self._buffer[:line_end]).removesuffix(b"\r"))
        if problem is not None:
            return self._refuse(problem.response, problem.reason)
        self._searched = line_end
        self._step = self._http_head
        return self._http_head()

    def _http_head(self) -> ServerEvent | None:
        end = http_connect.end_of_head(self._buffer, self._searched)
        if end < 0:
            self._searched = max(self._searched, len(self._buffer) - 2)  # the end may be cut in two
            return self._http_too_long()
        head = http_connect.parse_head(self._take(end), forwards=self._forwards_http)
        if isinstance(head, http_connect.HttpRefusal):
            return self._refuse(head.response, head.reason)
        if self._credentials is not None and not (head.login and self._credentials.check(*head.login)):
            problem = http_connect.login_wanted()
            return self._refuse(problem.response, problem.reason)
        if head.passed_on:
            self.request_end = RequestEnd(len(head.passed_on), head.body_length)
            self._buffer[:0] = head.passed_on
        return self._accept(ConnectRequest(head.host, head.port, Dialect.HTTP))

    def _http_too_long(self) -> Refused | None:
        if len(self._buffer) < http_connect.MAX_HEAD:
            return None
        problem = http_connect.too_long()
        return self._refuse(problem.response, problem.reason)

    # --- the end of the conversation -----------------------------------------------------------------

    def _request_for(self, host: bytes, port: bytes, dialect: Dialect, *, is_name: bool) -> ServerEvent:
        try:
            name = host_from_name(host) if is_name else host_from_packed(host)
        except ValueError as problem:
            return self._refuse(refusal(dialect, RefusalCause.GENERAL), str(problem))
        number = int.from_bytes(port, "big")
        if number == 0:
            return self._refuse(refusal(dialect, RefusalCause.GENERAL), "The port is 0.")
        return self._accept(ConnectRequest(name, number, dialect))

    def _accept(self, request: ConnectRequest) -> ConnectRequest:
        self._request = request
        self._step = _nothing
        return request

    def _refuse(self, data: bytes, reason: str) -> Refused:
        self._is_refused = True
        self._buffer.clear()
        self._step = _nothing
        return Refused(data, reason)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken


def _nothing() -> None:
    return None


def _login_bytes(user: str, password: str) -> bytes:
    # compare_digest takes no str beyond ASCII; the length keeps ("ab", "c") and ("a", "bc") apart.
    return b"%d:" % len(user) + (user + password).encode("utf-8", "replace")
