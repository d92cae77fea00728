"""Conversations with the server protocol, written as they would be said aloud, and ways to cut them up.

A transcript is lines of a verb and bytes (hex, "quoted text" with Python escapes, ``#`` comments)::

    client   05 01 00
    server   05 00
    client   05 01 00 03 07 "lab-gpu" 0016
    wants    lab-gpu 22 socks5
    opened   05 00 00 01 00000000 0000

``server`` and ``refused`` are what the protocol sends, ``refused-as`` only how it begins, ``opened`` the
reply once the stream is open, ``failed CAUSE`` the one when it is not, ``early`` what is left for the stream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.socks.server_protocol import (
    ConnectRequest,
    Credentials,
    Dialect,
    RefusalCause,
    Refused,
    Reply,
    ServerEvent,
    ServerProtocol,
)

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([0-9a-fA-F]+)|(\S+)')


@dataclass(frozen=True)
class Line:
    verb: str
    words: str

    def __str__(self) -> str:
        return f"{self.verb} {self.words}"


def said(words: str) -> bytes:
    """``05 01 "a\\r\\n"`` -> bytes. Text is UTF-8."""
    spoken = b""
    for text, hexadecimal, other in _TOKEN.findall(words):
        if other:
            raise ValueError(f"neither hex nor quoted: {other}")
        if hexadecimal:
            spoken += bytes.fromhex(hexadecimal)
        else:
            spoken += text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode("utf-8")
    return spoken


def read_transcript(text: str) -> list[Line]:
    lines = []
    for raw in text.splitlines():
        spoken = re.sub(r'#[^"]*$', "", raw).strip()
        if spoken:
            verb, _space, words = spoken.partition(" ")
            lines.append(Line(verb, words.strip()))
    return lines


def client_bytes(lines: Iterable[Line]) -> bytes:
    return b"".join(said(line.words) for line in lines if line.verb == "client")


def drain(protocol: ServerProtocol) -> list[ServerEvent]:
    events = []
    while (event := protocol.next_event()) is not None:
        events.append(event)
        assert len(events) < 10, "the protocol never stops talking"
    return events


def play_in_turns(lines: Sequence[Line], credentials: Credentials | None) -> None:
    """Each client line is sent when its turn comes, and what follows it must be all that follows it."""
    protocol = ServerProtocol(credentials)
    waiting: list[ServerEvent] = []
    for line in lines:
        if line.verb == "client":
            assert not waiting, f"said out of turn before '{line}': {waiting}"
            protocol.receive(said(line.words))
            waiting = drain(protocol)
        else:
            _expect(line, waiting, protocol)
    assert not waiting, f"said in the end: {waiting}"


def play_in_slices(lines: Sequence[Line], credentials: Credentials | None, slices: Iterable[bytes]) -> None:
    """All that the client ever says comes in these slices, whoever's turn it is."""
    protocol = ServerProtocol(credentials)
    waiting: list[ServerEvent] = []
    for data in slices:
        protocol.receive(data)
        waiting += drain(protocol)
    for line in lines:
        if line.verb != "client":
            _expect(line, waiting, protocol)
    assert not waiting, f"said in the end: {waiting}"


def _expect(line: Line, waiting: list[ServerEvent], protocol: ServerProtocol) -> None:
    match line.verb:
        case "opened":
            assert protocol.accepted() == said(line.words)
        case "failed":
            cause, _space, words = line.words.partition(" ")
            assert protocol.refused(RefusalCause[cause]) == said(words)
        case "early":
            assert protocol.trailing() == said(line.words)
        case "silence":
            assert not waiting, f"the protocol should wait, but says {waiting}"
        case _:
            assert waiting, f"nothing is said where '{line}' should be"
            _expect_event(line, waiting.pop(0))


def _expect_event(line: Line, event: ServerEvent) -> None:
    match line.verb:
        case "server":
            assert event == Reply(said(line.words))
        case "wants":
            host, port, dialect = line.words.split()
            assert event == ConnectRequest(host, int(port), Dialect(dialect))
        case "refused":
            assert isinstance(event, Refused), event
            assert event.data == said(line.words)
        case "refused-as":
            assert isinstance(event, Refused), event
            assert event.data.startswith(said(line.words)), event
        case _:
            raise AssertionError(f"unknown verb {line.verb}")


@dataclass(frozen=True)
class Outcome:
    """All that can be seen of a conversation from outside."""

    replies: bytes
    end: ConnectRequest | Refused | None
    trailing: bytes


def outcome_of(slices: Iterable[bytes], credentials: Credentials | None) -> Outcome:
    """Plays the slices and checks (AssertionError) what must hold whatever they are."""
    protocol = ServerProtocol(credentials)
    replies, end, longest = b"", None, 0
    for data in slices:
        longest = max(longest, len(data))
        protocol.receive(data)
        for event in drain(protocol):
            assert end is None, f"{event} after {end}"
            if isinstance(event, Reply):
                replies += event.data
            else:
                end = event
        if not isinstance(end, ConnectRequest):
            # what is held while parsing is bounded by the longest head and one slice
            assert len(protocol._buffer) <= 16 * 1024 + longest
        if isinstance(end, Refused):
            assert not protocol._buffer
    return Outcome(replies, end, protocol.trailing())
