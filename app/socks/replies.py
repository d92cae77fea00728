"""The replies of the local port: what each dialect says when a connection is open, and why when it is not.

SOCKS5 has reply codes for most causes (RFC 1928 section 6), SOCKS4 has one for all ("SOCKS: A protocol
for TCP proxy across firewalls", Ying-Da Lee), HTTP has status codes and room for a sentence (RFC 9110).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Dialect(StrEnum):
    SOCKS5 = "socks5"
    SOCKS4 = "socks4"  # 4a included
    HTTP = "http"


class RefusalCause(Enum):
    """Why a connection is not made. The values are the SOCKS5 reply codes."""

    GENERAL = 1
    NOT_ALLOWED = 2
    NETWORK_UNREACHABLE = 3
    HOST_UNREACHABLE = 4
    REFUSED = 5
    TIMED_OUT = 6  # "TTL expired"; clients print it as a time-out
    COMMAND_UNSUPPORTED = 7
    ADDRESS_UNSUPPORTED = 8


SOCKS5_NO_METHOD = b"\x05\xff"  # RFC 1928 section 3: two bytes, not a request reply
SOCKS5_LOGIN_OK = b"\x01\x00"  # RFC 1929 section 2
SOCKS5_LOGIN_FAILED = b"\x01\x01"

_SOCKS4_GRANTED = 0x5A
# 0x5C and 0x5D are about identd, which nobody asked: 0x5B ("rejected or failed") is the only true one.
_SOCKS4_REJECTED = 0x5B


@dataclass(frozen=True, slots=True)
class _Status:
    code: int
    phrase: str
    sentence: str


_HTTP: Mapping[RefusalCause, _Status] = {
    RefusalCause.GENERAL: _Status(502, "Bad Gateway", "RelayTray could not open this connection."),
    RefusalCause.NOT_ALLOWED: _Status(403, "Forbidden", "RelayTray may not open this connection."),
    RefusalCause.NETWORK_UNREACHABLE: _Status(
        502, "Bad Gateway", "The network of this address is unreachable from the relay."
    ),
    RefusalCause.HOST_UNREACHABLE: _Status(
        502, "Bad Gateway", "The host is unreachable from the relay, or the relay does not know its name."
    ),
    RefusalCause.REFUSED: _Status(
        502, "Bad Gateway", "The host refused the connection: nothing listens there."
    ),
    RefusalCause.TIMED_OUT: _Status(504, "Gateway Timeout", "The connection was not made in time."),
    RefusalCause.COMMAND_UNSUPPORTED: _Status(501, "Not Implemented", "RelayTray does not do this."),
    RefusalCause.ADDRESS_UNSUPPORTED: _Status(
        400, "Bad Request", "RelayTray does not know this kind of address."
    ),
}


def acceptance(dialect: Dialect) -> bytes:
    """The reply that says: the connection is open, and what follows belongs to the two ends.

    The bound address is told as 0.0.0.0:0: it lies on another machine, and no client uses it for CONNECT.
    """
    if dialect is Dialect.SOCKS5:
        return SOCKS5_ACCEPTED
    if dialect is Dialect.SOCKS4:
        return _socks4(_SOCKS4_GRANTED)
    return b"HTTP/1.1 200 Connection established\r\n\r\n"


def refusal(dialect: Dialect, cause: RefusalCause) -> bytes:
    """The reply to a request that fails; the connection is closed after it."""
    if dialect is Dialect.SOCKS5:
        return _socks5(cause.value)
    if dialect is Dialect.SOCKS4:
        return _socks4(_SOCKS4_REJECTED)
    status = _HTTP[cause]
    return http_refusal(status.code, status.phrase, status.sentence)


def http_refusal(code: int, phrase: str, sentence: str, *headers: str) -> bytes:
    """A whole HTTP response with one line of plain text as its body, after which the connection closes."""
    body = sentence.encode("utf-8") + b"\n"
    lines = (
        f"HTTP/1.1 {code} {phrase}",
        *headers,
        "Content-Type: text/plain; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "",
        "",
    )
    return "\r\n".join(lines).encode("ascii") + body


def _socks5(code: int) -> bytes:
    return bytes((5, code, 0, 1)) + bytes(6)


SOCKS5_ACCEPTED = _socks5(0)


def _socks4(code: int) -> bytes:
    return bytes((0, code)) + bytes(6)
