"""The head of an HTTP request, read as a value: where it leads, or the response that says no.

CONNECT is served (RFC 9110 section 9.3.6). ``http://`` URLs sent to a proxy come with the whole URL as their
target (RFC 9112 section 3.2.2): a port that is for tunnels alone answers 405 with a sentence that says what
to set instead; otherwise ``http_forward`` makes of them what goes on to the server.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from app.socks import http_forward
from app.socks.addresses import host_from_name
from app.socks.replies import http_refusal

MAX_HEAD = 16 * 1024  # bytes of request line and headers together

_REQUEST_LINE = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([\x21-\xff]+) HTTP/1\.[0-9]")
_HEAD_END = re.compile(rb"\n\r?\n")  # a lone LF ends a line too (RFC 9112 section 2.2)
_PORT = re.compile(rb"[0-9]{1,5}")

_TUNNELS_ONLY = (
    "This is RelayTray's local port. It tunnels connections (SOCKS5, SOCKS4a and HTTP CONNECT) and fetches no"
    " pages itself: set the proxy to socks5h:// with the same address and port instead of http://."
)


@dataclass(frozen=True, slots=True)
class ConnectHead:
    """Where to go. ``login`` is (user, password) of Basic authentication, None when there is none.

    ``passed_on`` is empty for CONNECT; otherwise the head of the request as its server gets it.
    """

    host: str
    port: int
    login: tuple[str, str] | None = field(repr=False)
    passed_on: bytes = field(default=b"", repr=False)
    body_length: int = 0  # ``http_body``


@dataclass(frozen=True, slots=True)
class HttpRefusal:
    response: bytes
    reason: str


def end_of_head(buffer: bytearray, start: int) -> int:
    """Index after the empty line that ends the head, looked for from ``start``; -1 when it has not come."""
    found = _HEAD_END.search(buffer, start, MAX_HEAD)
    return found.end() if found else -1


def check_request_line(line: bytes) -> HttpRefusal | None:
    """Turns away what only looks like HTTP by its first letter (an ssh client's banner, say) at once."""
    if _REQUEST_LINE.fullmatch(line):
        return None
    response = http_refusal(400, "Bad Request", "This is no HTTP/1.x request. " + _TUNNELS_ONLY)
    return HttpRefusal(response, "The first line is no HTTP/1.x request line.")


def too_long() -> HttpRefusal:
    response = http_refusal(
        431, "Request Header Fields Too Large", "The head of the request is longer than 16 KiB."
    )
    return HttpRefusal(response, "The head of the HTTP request is longer than 16 KiB.")


def login_wanted() -> HttpRefusal:
    """407, which makes curl and browsers come again with what the person typed (RFC 7617)."""
    response = http_refusal(
        407,
        "Proxy Authentication Required",
        "This port of RelayTray asks for a user name and a password.",
        'Proxy-Authenticate: Basic realm="RelayTray", charset="UTF-8"',
    )
    return HttpRefusal(response, "The HTTP client sent no user name and password that fit.")


def parse_head(head: bytes, *, forwards: bool = False) -> ConnectHead | HttpRefusal:
    """Reads a whole head whose request line ``check_request_line`` let pass.

    ``forwards``: requests for ``http://`` addresses are taken as well.
    """
    lines = [line.removesuffix(b"\r") for line in head.split(b"\n")]
    method, target, _version = lines[0].split(b" ")
    if method != b"CONNECT" and forwards:
        try:
            host, port, passed_on, length = http_forward.passed_on(lines)
        except ValueError as problem:
            return HttpRefusal(http_refusal(400, "Bad Request", str(problem)), str(problem))
        return ConnectHead(host, port, _basic_login(lines[1:]), passed_on, length)
    if method != b"CONNECT":
        response = http_refusal(405, "Method Not Allowed", _TUNNELS_ONLY, "Allow: CONNECT")
        return HttpRefusal(response, "The HTTP method is not CONNECT.")
    try:
        host, port = parse_authority(target)
    except ValueError as problem:
        return HttpRefusal(http_refusal(400, "Bad Request", str(problem)), str(problem))
    return ConnectHead(host, port, _basic_login(lines[1:]))


def parse_authority(target: bytes) -> tuple[str, int]:
    """``b"[::1]:22"`` -> ``("::1", 22)``. Raises ValueError with a sentence; the port is never guessed."""
    name, colon, digits = target.rpartition(b":")
    if not colon or not _PORT.fullmatch(digits):
        raise ValueError("The target of CONNECT must be host:port.")
    port = int(digits)
    if not 1 <= port <= 0xFFFF:
        raise ValueError("The port must be between 1 and 65535.")
    return host_from_name(name), port


def _basic_login(header_lines: list[bytes]) -> tuple[str, str] | None:
    for line in header_lines:
        name, _colon, value = line.partition(b":")
        if name.strip().lower() != b"proxy-authorization":
            continue
        scheme, _space, encoded = value.strip().partition(b" ")
        if scheme.lower() != b"basic":
            continue
        try:
            user, colon, password = (
                base64.b64decode(encoded.strip(), validate=True).decode("utf-8").partition(":")
            )
        except (binascii.Error, UnicodeDecodeError):
            return None
        return (user, password) if colon else None
    return None
