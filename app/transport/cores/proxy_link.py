"""A proxy program that runs, as the tunnel sees it: with the face of ``transport.link.Link``."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from app.socks.loop import LoopGroup
from app.socks.streams import StreamSink
from app.transport.cores.core_stream import CoreStream
from app.transport.cores.running import RunningProxy

_Program = TypeVar("_Program", bound=RunningProxy)


class ProxyLink(ABC, Generic[_Program]):
    """Thread-safe. ``on_lost`` is called once, in any thread, when it ends without ``close``."""

    def __init__(self, loops: str, on_lost: Callable[[Any], None]) -> None:
        """``loops`` names its threads."""
        self._on_lost = on_lost
        self.loops = LoopGroup(loops)
        self._core: _Program | None = None
        self._lock = threading.Lock()
        self._streams: set[CoreStream] = set()
        self._is_cut = False
        self._told = False
        self._received = self._received_before = 0
        self._round_trip = 0.0

    def begin(self, core: _Program) -> None:
        """Its program is up; before that there is nothing to open."""
        self._core = core

    @property
    def core(self) -> _Program:
        assert self._core is not None
        return self._core

    @property
    def is_alive(self) -> bool:
        return not self._is_cut and self._core is not None and self._core.is_running

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    def open_stream(self, host: str, port: int, sink: StreamSink) -> CoreStream:
        """Raises OSError when the program is gone."""
        if not self.is_alive:
            raise OSError(self.why_lost())
        core = self.core
        stream = CoreStream(
            self,
            self.loops.pick_near(),
            (core.port, core.login),
            (host, port),
            sink,
            speaks_first=self._speaks_first(port),
        )
        with self._lock:
            self._streams.add(stream)
            is_late = self._is_cut
        if is_late:
            stream.abort()
        return stream

    def ping(self, timeout_s: float) -> float | None:
        """Seconds until the far end answers through it; what just came from there is an answer."""
        received = self._received
        if received != self._received_before and self.is_alive:
            self._received_before = received
            return self._round_trip
        seconds = self._seconds_to_answer(timeout_s)
        self._received_before = self._received
        if seconds is not None:
            self._round_trip = seconds
        return seconds

    def close(self) -> None:
        """End the program and wait for it. Not from a thread of the link's own."""
        with self._lock:
            self._told = True
        self._cut_streams()
        if self._core is not None:
            self._core.stop()
        self.loops.stop()

    def cut(self) -> None:
        """Drop all streams at once, from any thread; ``on_lost`` follows."""
        self._cut_streams()
        with self._lock:
            is_first, self._told = not self._told, True
        if is_first:
            self._on_lost(self)

    def why_lost(self) -> str:
        if self._core is None or self._core.is_running:
            return "the server does not answer through it"
        return self._core.why_it_ended()

    @abstractmethod
    def _speaks_first(self, port: int) -> bool:
        """Whether who is at this port of the far end says something before it is asked."""

    @abstractmethod
    def _seconds_to_answer(self, timeout_s: float) -> float | None:
        """Blocks; None = no answer."""

    # --- for the streams ----------------------------------------------------------------------------------

    def core_is_there(self) -> bool:
        return not self._is_cut and self.core.is_there()

    def stream_ended(self, stream: CoreStream) -> None:
        with self._lock:
            self._streams.discard(stream)

    def counted(self, received: int) -> None:
        self._received += received

    def _cut_streams(self) -> None:
        with self._lock:
            self._is_cut = True
            streams = list(self._streams)
        for stream in streams:
            stream.abort()
