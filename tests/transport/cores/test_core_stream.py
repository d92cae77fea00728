"""A stream through a core, used by threads that are not its loop's: a link inside it has some."""

from __future__ import annotations

import socket
import threading
from typing import Any

from app.socks.loop import Loop
from app.transport.cores.core_stream import CoreStream
from tests.transport.real_link import receive
from tests.transport.scripted_server import Sink, until


class Owner:
    def core_is_there(self) -> bool:
        return True

    def stream_ended(self, stream: CoreStream) -> None: ...
    def counted(self, received: int) -> None: ...


class Slow:
    """A socket whose ``send`` is held up just before it calls the system."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.is_sending, self.may_send, self.is_closed = (threading.Event() for _ in range(3))

    def send(self, data: memoryview) -> int:
        self.is_sending.set()
        self.may_send.wait(10)
        assert not self.is_closed.is_set(), "its number may be another socket's by now"
        return self._sock.send(data)

    def close(self) -> None:
        self.is_closed.set()
        self._sock.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


def test_it_is_not_closed_under_a_thread_that_writes() -> None:
    loop = Loop("loop-under-test")
    with socket.create_server(("127.0.0.1", 0)) as core:
        sink = Sink()
        stream = CoreStream(
            Owner(), loop, (core.getsockname()[1], None), ("target", 80), sink, speaks_first=False
        )
        far = core.accept()[0]
        with far:
            assert receive(far, 3) == b"\x05\x01\x00"
            far.sendall(b"\x05\x00")
            assert receive(far, 5)[:2] == b"\x05\x01"
            far.sendall(b"\x05\x00\x00\x01" + bytes(6))
            until(lambda: "opened" in sink.told, "it to be open")
            stream._sock = slow = Slow(stream._sock)  # type: ignore[assignment]
            taken: list[int] = []
            writer = threading.Thread(target=lambda: taken.append(stream.write(memoryview(b"hello"))))
            writer.start()
            assert slow.is_sending.wait(10)
            stream.close()
            assert not slow.is_closed.wait(0.2)
            slow.may_send.set()
            assert slow.is_closed.wait(10)
            writer.join()
            assert taken == [5]
            assert stream.write(memoryview(b"late")) == 0
    assert loop.stop()
