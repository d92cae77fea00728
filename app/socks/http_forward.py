"""A plain HTTP request to a proxy, made into what goes on to its server.

Windows' and GNOME's own settings want an HTTP proxy, and a browser then sends ``GET http://host/path``, not
CONNECT. The head is written anew; the body and the answer pass as they are. A connection carries one request:
``Connection: close`` obliges the server to end it (RFC 9112 section 9.6), and the browser reads that in the
answer. Where a server does otherwise, ``http_body`` sees that it gets no second request, for another host.
No Via is added: it would tell every server of the proxy.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.socks.addresses import host_from_name
from app.socks.http_body import body_length

_URL = re.compile(rb"http://([^/?#]*)([/?][^#]*)?(?:#.*)?", re.IGNORECASE)
_PORT = re.compile(rb"[0-9]{1,5}")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t \x21-\xff]*)")
# They are between the browser and us (RFC 9110 section 7.6.1), or are written anew.
_DROPPED = frozenset(
    (b"connection", b"keep-alive", b"proxy-authorization", b"proxy-connection", b"te", b"upgrade", b"host")
)
_FRAMES = frozenset((b"content-length", b"transfer-encoding"))  # say how long the body is: never dropped


def passed_on(lines: Sequence[bytes]) -> tuple[str, int, bytes, int]:
    """(host, port, head as the server gets it, length as ``body_length`` says) of a request whose lines these
    are, without their ends.

    Raises ValueError with a sentence for what is no request for an ``http://`` address.
    """
    method, target, version = lines[0].split(b" ")
    url = _URL.fullmatch(target)
    if url is None:
        raise ValueError("This port of RelayTray passes on requests for http:// addresses and CONNECT only.")
    # RFC 9112 section 3.2.4: OPTIONS of no path is about the server itself
    authority, path = url[1], url[2] or (b"*" if method == b"OPTIONS" else b"/")
    if b"@" in authority:
        raise ValueError("The address must not hold a user name or a password.")
    host, port = _host_and_port(authority)
    fields = [_field(line) for line in lines[1:] if line]
    dropped = _DROPPED | _named_by_connection(fields)
    kept = [name + b": " + value for name, value in fields if name.lower() not in dropped]
    path = b"/" + path if path.startswith(b"?") else path
    # To a client of version 1.0 nobody may answer in chunks.
    version = version if version == b"HTTP/1.0" else b"HTTP/1.1"
    head = [method + b" " + path + b" " + version, b"Host: " + authority, *kept, b"Connection: close"]
    return host, port, b"\r\n".join(head) + b"\r\n\r\n", body_length(fields)


def _host_and_port(authority: bytes) -> tuple[str, int]:
    name, colon, digits = authority.rpartition(b":")
    if not colon or authority.endswith(b"]"):
        return host_from_name(authority), 80
    if not digits:
        return host_from_name(name), 80
    if not _PORT.fullmatch(digits) or not 1 <= int(digits) <= 0xFFFF:
        raise ValueError("The port must be between 1 and 65535.")
    return host_from_name(name), int(digits)


def _field(line: bytes) -> tuple[bytes, bytes]:
    """What two programs could read in two ways (a folded line, a blank before the colon) goes no further."""
    field = _FIELD.fullmatch(line)
    if field is None:
        raise ValueError("A header of the HTTP request is malformed.")
    return field[1], field[2].rstrip(b" \t")


def _named_by_connection(fields: Sequence[tuple[bytes, bytes]]) -> frozenset[bytes]:
    named = b",".join(value for name, value in fields if name.lower() == b"connection")
    return frozenset(option.strip().lower() for option in named.split(b",")) - _FRAMES
