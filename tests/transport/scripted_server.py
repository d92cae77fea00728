"""A server that says what a test tells it to say, and notes what it is told. On paramiko's own side."""

from __future__ import annotations

import socket
import struct
import threading
import time
from typing import Any, Self

import paramiko
from paramiko.message import Message

from app.socks.loop import Loop, LoopGroup
from app.socks.streams import StreamRefusal
from app.transport import packet_layer
from app.transport.link import Link
from app.transport.link_transport import LinkTransport
from app.transport.stream import LinkStream, WindowBudget

WINDOW_ADJUST, DATA, EXTENDED, EOF, CLOSE, REQUEST, FAILURE = 93, 94, 95, 96, 97, 98, 100
OPEN, CONFIRMATION, OPEN_FAILURE = 90, 91, 92
REMOTE = 7  # the server's number of the channel


def body(data: bytes) -> bytes:
    """A string as SSH writes it (RFC 4251 section 5)."""
    return struct.pack(">I", len(data)) + data


class Noting(paramiko.Transport):
    """Keeps what comes for channels to itself, for the test to read."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.heard: list[tuple[int, bytes]] = []
        self.news = threading.Condition()
        table = dict(self.__dict__["_handler_table"])
        for kind in (80, 81, 82, *range(OPEN, FAILURE + 1)):
            table[kind] = lambda m, kind=kind: self._note(kind, m)
        self._handler_table = table

    def _ensure_authed(self, ptype: int, message: Message) -> None:
        """Everybody may."""

    def _note(self, kind: int, m: Message) -> None:
        with self.news:
            self.heard.append((kind, m.get_remainder()))
            self.news.notify_all()


class NoPassword(paramiko.ServerInterface):
    def check_auth_none(self, username: str) -> int:
        return paramiko.AUTH_SUCCESSFUL  # type: ignore[attr-defined,no-any-return]

    def get_allowed_auths(self, username: str) -> str:
        return "none"


class Sink:
    """Notes what a stream tells; ``taking`` gives all credit back at once."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.stream: LinkStream | None = None
        self.taking = True

    def stream_opened(self) -> None:
        self.told.append("opened")

    def stream_refused(self, refusal: StreamRefusal) -> None:
        self.told.append(refusal)

    def stream_data(self, data: memoryview) -> None:
        self.told.append(bytes(data))
        if self.taking and self.stream is not None:
            self.stream.consumed(len(data), backlog=0)

    def stream_eof(self) -> None:
        self.told.append("eof")

    def stream_closed(self, *, cleanly: bool) -> None:
        self.told.append("closed" if cleanly else "lost")

    def stream_writable(self) -> None:
        self.told.append("writable")


class Scripted:
    """A link, and the server at its far end."""

    def __init__(self, budget: WindowBudget | None = None) -> None:
        self.budget = budget or WindowBudget()
        self.lost = threading.Event()
        self.key = paramiko.ECDSAKey.generate()

    def __enter__(self) -> Self:
        near, self.far = socket.socketpair()
        self.server = Noting(self.far)
        self.server.set_log_channel("scripted-server")
        self.server.logger.disabled = True  # what it thinks of us is not under test
        self.server.add_server_key(self.key)
        self.server._preferred_ciphers = ("aes128-gcm@openssh.com",)  # type: ignore[attr-defined]
        self.server.start_server(server=NoPassword(), event=threading.Event())
        loop = Loop("link-under-test", driven=True) if packet_layer.drives() else None
        self.transport = LinkTransport(near, name="link-under-test", budget=self.budget, loop=loop)
        self.transport.start_client(timeout=10)
        self.transport.auth_none("somebody")
        self.loops = LoopGroup("forward-under-test", first=loop)
        self.link = Link(self.transport, self.loops, lambda _link: self.lost.set())
        return self

    def __exit__(self, *_exc: object) -> None:
        self.link.close()
        self.server.close()
        self.server.join(5)

    def say(self, kind: int, *numbers: int, rest: bytes = b"") -> None:
        m = Message()
        m.add_bytes(struct.pack(f">B{len(numbers)}I", kind, *numbers) + rest)
        self.server._send_message(m)  # type: ignore[attr-defined]

    def say_from_us(self, kind: int) -> None:
        """A global request of ours, to be met by whatever the server's table has for it."""
        assert kind == 80
        self.transport.send_control(b"\x50" + struct.pack(">I", 1) + b"x\x00")

    def wait_for(self, kind: int, count: int = 1) -> list[bytes]:
        """The bodies of the first ``count`` messages of this kind."""
        with self.server.news:
            assert self.server.news.wait_for(lambda: len(self.all(kind)) >= count, 10), self.server.heard
        return self.all(kind)

    def all(self, kind: int) -> list[bytes]:
        return [body for heard, body in list(self.server.heard) if heard == kind]

    def open(self, sink: Sink, window: int = 1 << 20, max_packet: int = 32768) -> int:
        """A channel that is open; our number of it."""
        count = len(self.all(OPEN))
        sink.stream = self.link.open_stream("target", 80, sink)
        channel = int.from_bytes(self.wait_for(OPEN, count + 1)[-1][16:20], "big")
        self.say(CONFIRMATION, channel, REMOTE, window, max_packet)
        until(lambda: "opened" in sink.told, "the channel to be open")
        return channel

    def round_trip(self) -> None:
        """Everything said before has been heard and answered."""
        before = len(self.all(82))
        self.say(80, 1, rest=b"x\x01")
        self.wait_for(82, before + 1)


def until(holds: Any, what: str, timeout_s: float = 10.0) -> None:
    end = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < end, f"waited for {what}"
        threading.Event().wait(0.005)
