"""Where the request of a plain HTTP client ends, and that nothing of it goes to the server behind that.

A server that answers ``Connection: keep-alive`` all the same would get the client's next request, which is
for somebody else, with that one's cookies: curl and Firefox use a connection to a proxy for any host. They
ask again on a new one when the old one is cut.

Source: RFC 9112 sections 6 and 7.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.socks.streams import Stream

CHUNKED = -1
_MAX_LINE = 4096  # bytes of a chunk's size with its extensions, or of one trailer
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\r?\n")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_LINE_ENDS = b"\r\n"  # old clients send one behind a body (RFC 9112 section 2.2)


def body_length(fields: Sequence[tuple[bytes, bytes]]) -> int:
    """Bytes of the body, or ``CHUNKED``. Raises ValueError where two programs could read it in two ways."""
    lengths = [value for name, value in fields if name.lower() == b"content-length"]
    codings = [value.lower() for name, value in fields if name.lower() == b"transfer-encoding"]
    if codings:
        if codings != [b"chunked"] or lengths:
            raise ValueError("The length of the HTTP request's body is not clear.")
        return CHUNKED
    if len(lengths) > 1 or any(not _LENGTH.fullmatch(one) for one in lengths):
        raise ValueError("The length of the HTTP request's body is not clear.")
    return int(lengths[0]) if lengths else 0


class RequestEnd:
    """Counts a request to its end."""

    def __init__(self, head: int, body: int) -> None:
        """``head``: bytes of the head; ``body``: as ``body_length`` says."""
        self._left = head if body == CHUNKED else head + body  # bytes that need not be looked at
        self._line = bytearray()  # of what has to be: a chunk's size, a trailer
        self._is_chunked = body == CHUNKED
        self._in_trailers = False
        self._behind_chunk = False

    def take(self, data: memoryview) -> int:
        """How many of these bytes, from the first, belong to the request. Raises OSError for no chunk."""
        at = min(self._left, len(data))
        self._left -= at
        while self._is_chunked and at < len(data):
            end = bytes(data[at : at + _MAX_LINE]).find(b"\n") + 1
            piece = data[at : at + (end or _MAX_LINE)]
            self._line += piece
            at += len(piece)
            if len(self._line) > _MAX_LINE:
                raise OSError("a line of the HTTP request's body is too long")
            if end:
                self._read_line()
                passed = min(self._left, len(data) - at)
                self._left -= passed
                at += passed
        return at

    def _read_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        if self._behind_chunk:
            if line != _LINE_ENDS:
                raise OSError("a chunk of the HTTP request's body is longer than it says")
            self._behind_chunk = False
            return
        if self._in_trailers:
            self._is_chunked = line.strip(b"\r\n") != b""
            return
        size = _SIZE.fullmatch(line)
        if size is None:
            raise OSError("a chunk of the HTTP request's body has no size")
        count = int(size[1], 16)
        self._in_trailers = count == 0
        self._left = count
        self._behind_chunk = count > 0


class OneRequest:
    """The stream of a client whose one request goes on to its server: an OSError for the next."""

    def __init__(self, stream: Stream, end: RequestEnd) -> None:
        self._stream = stream
        self._end = end
        self._judged = 0  # bytes that are the request's, and that the stream has not taken yet

    def write(self, data: memoryview) -> int:
        if self._judged < len(data):
            self._judged += self._end.take(data[self._judged :])
        if self._judged:
            taken = self._stream.write(data[: self._judged])
            self._judged -= taken
            return taken
        if bytes(data).strip(_LINE_ENDS):
            raise OSError("a second HTTP request on the same connection")
        return len(data)

    def write_eof(self) -> None:
        self._stream.write_eof()

    def consumed(self, count: int, *, backlog: int) -> None:
        self._stream.consumed(count, backlog=backlog)

    def close(self) -> None:
        self._stream.close()
