"""The seam between the forwarder and whatever carries the bytes: streams, sinks and openers.

A *stream* is one byte stream through a link (an SSH channel, say). Its sink is the forwarder's side of it.
Neither side ever blocks on the other: data that the local socket cannot take waits in the sink, bounded by
the stream's window, and credit is given back as it drains.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.core.faults import Fault

if TYPE_CHECKING:
    from app.socks.loop import LoopGroup


@dataclass(frozen=True, slots=True)
class StreamRefusal:
    """Why the far end did not open a stream: the code of RFC 4254 section 5.1 and its text."""

    code: int
    text: str


class StreamSink(Protocol):
    """The forwarder's side. Every method is called in the link's reader thread and must not block."""

    def stream_opened(self) -> None: ...
    def stream_refused(self, refusal: StreamRefusal) -> None: ...
    def stream_data(self, data: memoryview) -> None:
        """``data`` is only valid during the call."""

    def stream_eof(self) -> None: ...
    def stream_closed(self, *, cleanly: bool) -> None:
        """The far end closed. Called once. Not ``cleanly``: bytes may be missing, since the link is lost."""

    def stream_writable(self) -> None:
        """``Stream.write`` may take bytes again after it took fewer than it was given."""


class Stream(Protocol):
    """The link's side. Methods are called in a loop thread of the link, but for ``consumed``.

    A link inside this one calls ``write`` and ``close`` from any thread, ``write`` one call at a time.
    """

    def write(self, data: memoryview) -> int:
        """Take as many bytes as the far end and the link have room for; 0: wait for ``stream_writable``.

        Never blocks: that a client is not read meanwhile is the back-pressure of uploads.
        """

    def write_eof(self) -> None: ...

    def consumed(self, count: int, *, backlog: int) -> None:
        """The local side took ``count`` bytes and ``backlog`` bytes still wait. Any thread."""

    def close(self) -> None:
        """Give the stream up. The sink hears nothing more of it. May be called twice."""


class StreamOpener(Protocol):
    """A live link, as the forwarder sees it."""

    @property
    def loops(self) -> LoopGroup:
        """The loops that write to this link; a connection moves to one of them before it opens."""

    def open_stream(self, host: str, port: int, sink: StreamSink) -> Stream:
        """Ask for a stream; the answer comes to the sink. Raises OSError when the link is gone."""


@dataclass(frozen=True, slots=True)
class Path:
    """Where a request goes: over which link, to which address as seen from its far end."""

    opener: StreamOpener
    host: str
    port: int
    explain: Callable[[StreamRefusal], Fault]  # the far end's no, in the words of this path
    tag: str = ""  # whose connection it is (a server's id), for closing them together


class Dialer(Protocol):
    """Finds the path for a request, bringing links up as needed."""

    def dial(self, host: str, port: int, answer: Callable[[Path | Fault], None]) -> Callable[[], None]:
        """``answer`` is called exactly once, in any thread, maybe before this returns.

        Returns a function that says that nobody waits any more.
        """


@dataclass(slots=True)
class Traffic:
    """Byte counts and open connections of one relay. Written by its threads, read by anyone."""

    received: int = 0
    sent: int = 0
    connections: int = 0
    last_used: float = 0.0  # time.monotonic() of the last close or open

    def count(self, change: int) -> None:
        """A connection more, or less."""
        self.connections += change
        self.last_used = time.monotonic()
