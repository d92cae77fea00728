"""A link to a real server, and sockets that lead through it to what is asked for: the data plane alone."""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import paramiko

from app.core.faults import Fault
from app.socks.connection import Connection
from app.socks.handshake import FixedHandshake
from app.socks.loop import Loop, LoopGroup
from app.socks.streams import Path as StreamPath
from app.socks.streams import StreamOpener, StreamRefusal, Traffic
from app.transport import packet_layer
from app.transport.link import Link
from app.transport.link_transport import LinkTransport
from app.transport.stream import WindowBudget
from app.transport.stream_socket import StreamSocket
from tests.peers.byte_server import BLOCK, digest_of
from tests.peers.sshd import Sshd

MIB = 1 << 20


class CountingTransport(LinkTransport):
    """Knows how often the keys have changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_changes = 0

    def _parse_newkeys(self, m: Any) -> None:
        super()._parse_newkeys(m)
        self.key_changes += 1


class RealLink:
    """``prepare`` is called with the transport before its handshake."""

    def __init__(
        self,
        port: int,
        key: Path | None = None,
        *,
        prepare: Callable[[CountingTransport], None] = lambda _transport: None,
        make_selector: Callable[[], selectors.BaseSelector] | None = None,
        user: str = "",
        password: str = "",
    ) -> None:
        self._password = password
        self._port, self._key, self._user = port, key, user or getpass.getuser()
        self._prepare, self._make_selector = prepare, make_selector
        self.lost = threading.Event()
        self.budget = WindowBudget()

    _inside = False

    def __enter__(self) -> Self:
        self._begin()
        try:
            self._prepare(self.transport)
            self.transport.start_client(timeout=20)
            self._log_in()
        except BaseException:
            self.transport.end()
            if not self._inside:
                self.loops.stop()
            raise
        self.link = Link(self.transport, self.loops, lambda _link: self.lost.set(), inside=self._inside)
        return self

    def _begin(self) -> None:
        sock = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as transport.tcp does
        driven = packet_layer.drives()
        loop = Loop("link-under-test", self._make_selector, driven=True) if driven else None
        self.loops = LoopGroup("forward-under-test", self._make_selector, first=loop)
        self.transport = CountingTransport(sock, name="link-under-test", budget=self.budget, loop=loop)

    def _log_in(self) -> None:
        if self._password:
            self.transport.auth_password(self._user, self._password)
        elif self._key is None:
            self.transport.auth_none(self._user)
        else:
            self.transport.auth_publickey(self._user, paramiko.PKey.from_path(str(self._key)))

    def __exit__(self, *_exc: object) -> None:
        self.link.close()

    def used(self, name: str) -> Any:
        """What was negotiated, by paramiko's name of it."""
        return getattr(self.transport, name)

    def through(self, port: int, first: bytes = b"") -> socket.socket:
        """A program's end of a connection to this port of the far machine."""
        with socket.create_server(("127.0.0.1", 0)) as listener:  # a reset is one of TCP only
            near = socket.create_connection(listener.getsockname(), timeout=30)
            ours = listener.accept()[0]
        near.sendall(first)
        connection = Connection(
            ours,
            FixedHandshake("127.0.0.1", port),
            _Dialer(self.link),
            self.loops.pick(),
            Traffic(),
            lambda _connection: None,
        )
        connection.start()
        return near


class InnerRealLink(RealLink):
    """A link inside another one, to a port that the far end of that one reaches."""

    _inside = True

    def __init__(
        self,
        outer: RealLink,
        port: int,
        key: Path | None = None,
        *,
        opener: StreamOpener | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(port, key, **kwargs)
        self.outer, self._opener = outer, opener or outer.link

    def _begin(self) -> None:
        answers: queue.SimpleQueue[StreamRefusal | None] = queue.SimpleQueue()
        sock = StreamSocket(answers.put)
        sock.open(self._opener, "127.0.0.1", self._port)
        assert answers.get(timeout=20) is None
        self.loops = self.outer.loops
        self.transport = CountingTransport(sock, name="inner-under-test", budget=self.budget)


@contextlib.contextmanager
def linked(inside: Sshd | None, port: int, key: Path, **kwargs: Any) -> Iterator[RealLink]:
    """A link to this port; from inside another one to that sshd, if one is given."""
    if inside is None:
        with RealLink(port, key, **kwargs) as link:
            yield link
        return
    with RealLink(inside.port, key) as outer:
        outer.transport.open_prompt_session()  # as links do: else half the time is spent waiting
        with InnerRealLink(outer, port, key, **kwargs) as link:
            yield link
        assert not outer.lost.is_set()


class _Dialer:
    def __init__(self, link: Link) -> None:
        self._link = link

    def dial(self, host: str, port: int, answer: Callable[[StreamPath | Fault], None]) -> Callable[[], None]:
        answer(StreamPath(self._link, host, port, _explain))
        return lambda: None


def _explain(refusal: StreamRefusal) -> Fault:
    raise AssertionError(refusal)


# --- transfers, judged by their digest --------------------------------------------------------------------


def down(link: RealLink, port: int, count: int) -> None:
    with link.through(port, b"D" + b"%016d" % count) as client:
        sha, got = hashlib.sha256(), 0
        while data := client.recv(MIB):
            sha.update(data)
            got += len(data)
    assert (sha.hexdigest(), got) == (digest_of(count), count)


def up(link: RealLink, port: int, count: int) -> None:
    with link.through(port, b"U") as client:
        left = count
        while left:
            part = BLOCK[: min(left, len(BLOCK))]
            client.sendall(part)
            left -= len(part)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(200).decode() == f"{digest_of(count)} {count}"


def echo_until(link: RealLink, port: int, enough: Callable[[], bool]) -> int:
    """Both directions at once until ``enough``, and then a half-close; what comes back is what was sent."""
    with link.through(port, b"E") as client:
        sent, back = hashlib.sha256(), hashlib.sha256()
        count = 0

        def send() -> None:
            nonlocal count
            while not enough():
                client.sendall(BLOCK[: 256 * 1024])
                sent.update(BLOCK[: 256 * 1024])
                count += 256 * 1024
            client.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        while data := client.recv(MIB):
            back.update(data)
        sender.join()
    assert back.hexdigest() == sent.hexdigest()
    return count


def everything(link: RealLink, port: int, count: int = 3 * MIB) -> None:
    """Each way, both at once, half-close, reset, early data, and a client that leaves in the middle."""
    down(link, port, count)
    up(link, port, count)
    with link.through(port, b"D" + b"%016d" % (1 << 40)) as lazy:  # never read
        with link.through(port, b"Eone") as client:
            assert receive(client, 3) == b"one"
            client.sendall(b"two")
            client.shutdown(socket.SHUT_WR)
            assert client.recv(10) == b"two"
            assert client.recv(10) == b""
        with link.through(port, b"R") as client, contextlib.suppress(ConnectionResetError):
            assert client.recv(10) == b""
        lazy.recv(1)
    down(link, port, 1000)
    assert not link.lost.is_set()


def receive(sock: socket.socket, count: int) -> bytes:
    """``count`` bytes, or fewer at the end. MSG_WAITALL may stop early on a socket that has a time limit."""
    data = b""
    while len(data) < count and (part := sock.recv(count - len(data))):
        data += part
    return data
