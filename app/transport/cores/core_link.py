"""A core that runs, as the tunnel sees it: with the same face as an SSH link (``transport.link.Link``)."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from app.core.faults import Fault, FaultCode
from app.core.v2ray_route import SSHD_PORT
from app.socks.client_handshake import shake_hands
from app.socks.client_protocol import ClientProtocol
from app.socks.loop import LoopGroup
from app.socks.streams import StreamSink
from app.transport.cores.core_stream import SILENT_S, CoreStream
from app.transport.cores.running import RunningCore

_GREETING = (
    b"SSH-2.0-RelayTray_probe\r\n"  # some inner proxies end a connection on which the client is silent
)
_POLL_S = 0.2


class Heard(Enum):
    """What came back from the server's sshd."""

    BANNER = auto()
    OTHER = auto()  # something that is no sshd
    END = auto()
    NOTHING = auto()


class Answer(NamedTuple):
    heard: Heard
    seconds: float


class CoreLink:
    """Thread-safe. ``on_lost`` is called once, in any thread, when it ends without ``close``."""

    def __init__(self, alias: str, on_lost: Callable[[CoreLink], None]) -> None:
        self._alias = alias
        self._on_lost = on_lost
        self.loops = LoopGroup(f"core-{alias}")
        self._core: RunningCore | None = None
        self._lock = threading.Lock()
        self._streams: set[CoreStream] = set()
        self._is_cut = False
        self._told = False
        self._received = self._received_before = 0
        self._round_trip = 0.0

    def begin(self, core: RunningCore) -> None:
        """Its core is up; before that there is nothing to open."""
        self._core = core

    @property
    def core(self) -> RunningCore:
        assert self._core is not None
        return self._core

    @property
    def is_alive(self) -> bool:
        return not self._is_cut and self._core is not None and self._core.is_running

    @property
    def open_streams(self) -> int:
        return len(self._streams)

    def open_stream(self, host: str, port: int, sink: StreamSink) -> CoreStream:
        """Raises OSError when the core is gone."""
        if not self.is_alive:
            raise OSError(self.why_lost())
        core = self.core
        loop = self.loops.pick_near()
        stream = CoreStream(self, loop, (core.port, core.login), (host, port), sink)
        with self._lock:
            self._streams.add(stream)
            is_late = self._is_cut
        if is_late:
            stream.abort()
        return stream

    def ping(self, timeout_s: float) -> float | None:
        """Seconds until the server's sshd answers through it; what just came from there is an answer."""
        received = self._received
        if received != self._received_before and self.is_alive:
            self._received_before = received
            return self._round_trip
        answer = self.ask(timeout_s)
        self._received_before = self._received
        if answer.heard is not Heard.BANNER:
            return None
        self._round_trip = answer.seconds
        return answer.seconds

    def ask(self, timeout_s: float = 0.0, cancelled: threading.Event | None = None) -> Answer:
        """Does the server's sshd answer? Blocks; 0 = for as long as a stream would wait."""
        start = time.monotonic()
        try:
            heard = self._heard(start + (timeout_s or SILENT_S), cancelled or threading.Event())
        except TimeoutError:
            heard = Heard.NOTHING
        except (OSError, EOFError):
            heard = Heard.END
        return Answer(heard, time.monotonic() - start)

    def close(self) -> None:
        """End the core and wait for it. Not from a thread of the link's own."""
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

    def fault(self, relay: str) -> Fault:
        """Why it is lost, as it is told."""
        if self._core is None or self._core.is_running:
            return Fault.of(FaultCode.ROUTE_SILENT, alias=self._alias, relay=relay)
        title = self._core.program.title
        return Fault.of(FaultCode.CORE_DIED, program=title, reason=self._core.why_it_ended())

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

    def _heard(self, end: float, cancelled: threading.Event) -> Heard:
        core = self.core

        def receive(limit: int) -> bytes:
            while True:
                if time.monotonic() > end:
                    raise TimeoutError
                if cancelled.is_set():
                    raise EOFError
                try:
                    data = sock.recv(limit)
                except TimeoutError:
                    continue
                if not data:
                    raise EOFError
                return data

        with contextlib.closing(socket.create_connection(("127.0.0.1", core.port), timeout=_POLL_S)) as sock:
            protocol = ClientProtocol("localhost", SSHD_PORT, core.login)
            shake_hands(sock, protocol, lambda: receive(1))
            if protocol.refusal is not None:
                return Heard.END
            sock.sendall(_GREETING)
            data = b""
            while len(data) < len(b"SSH-"):
                data += receive(256)
            return Heard.BANNER if data.startswith(b"SSH-") else Heard.OTHER
