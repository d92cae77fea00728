"""The program that uses a SOCKS port and says how it went: ``client.py MODE PROXY TARGET [AMOUNT] [COUNT]``.

Standard library only. It prints one JSON object. ``hold`` and ``traffic`` print it when they are ready and
stay until their standard input ends.
"""

from __future__ import annotations

import json
import select
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator

MIB = 1 << 20
BLOCK = bytes(256 * 1024)
ENDLESS = 10**15


class Client:
    def __init__(self, proxy: int, target: int) -> None:
        self.proxy = proxy
        self.request = b"\5\1\0\1\x7f\0\0\1" + target.to_bytes(2, "big")

    def connect(self, receive_buffer: int = 0) -> socket.socket:
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.connect(("127.0.0.1", self.proxy))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(b"\5\1\0")
        take(sock, 2)
        sock.sendall(self.request)
        answer = take(sock, 10)
        if answer[1] != 0:
            raise OSError(f"refused with code {answer[1]}")
        return sock

    # --- transfers ----------------------------------------------------------------------------------------

    def download(self, size: int) -> int:
        with self.connect() as sock:
            sock.sendall(b"D%016d" % size)
            count = drain(sock)
        if count != size:
            raise OSError(f"{count} of {size} bytes came")
        return size

    def upload(self, size: int) -> int:
        with self.connect() as sock:
            sock.sendall(b"U")
            left, block = size, memoryview(BLOCK)
            while left:
                left -= sock.send(block[: min(left, len(block))])
            return finish_upload(sock, size)

    def upload_known(self, size: int) -> int:
        """For ways that do not pass on an end of one direction."""
        with self.connect() as sock:
            sock.sendall(b"N%016d" % size)
            left, block = size, memoryview(BLOCK)
            while left:
                left -= sock.send(block[: min(left, len(block))])
            counted = int(take(sock, 16))
        if counted != size:
            raise OSError(f"{counted} of {size} bytes arrived")
        return size

    def download_for(self, seconds: float) -> int:
        """Bytes within so many seconds of the request."""
        with self.connect() as sock:
            end = time.perf_counter() + seconds
            sock.sendall(b"D%016d" % ENDLESS)
            buffer, count = bytearray(len(BLOCK)), 0
            while time.perf_counter() < end:
                count += sock.recv_into(buffer)
        return count

    def upload_for(self, seconds: float) -> int:
        """Bytes sent in so many seconds; it returns when the target has counted them all."""
        with self.connect() as sock:
            end = time.perf_counter() + seconds
            sock.sendall(b"U")
            count = 0
            while time.perf_counter() < end:
                count += sock.send(BLOCK)
            return finish_upload(sock, count)

    # --- many connections ---------------------------------------------------------------------------------

    def visit(self) -> Generator[tuple[socket.socket, int], None, None]:
        """One connection, one byte there and back; yields what it waits for."""
        with socket.socket() as sock:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect_ex(("127.0.0.1", self.proxy))
            yield sock, select.EPOLLOUT
            for words, size in ((b"\5\1\0", 2), (self.request, 10), (b"Ex", 1)):
                sock.send(words)
                got = b""
                while len(got) < size:
                    yield sock, select.EPOLLIN
                    part = sock.recv(size - len(got))
                    if not part:
                        raise OSError("the connection was closed early")
                    got += part
                if size == 10 and got[1] != 0:
                    raise OSError(f"refused with code {got[1]}")

    def connections(self, seconds: float, at_once: int) -> int:
        """How many connections were made, used and closed, ``at_once`` at any moment."""
        poll, count = select.epoll(), 0
        running: dict[int, Generator[tuple[socket.socket, int], None, None]] = {}

        def begin() -> None:
            visit = self.visit()
            sock, mask = next(visit)
            running[sock.fileno()] = visit
            poll.register(sock, mask)

        for _ in range(at_once):
            begin()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for descriptor, _ in poll.poll(1):
                try:
                    sock, mask = next(running[descriptor])
                    poll.modify(sock, mask)
                except StopIteration:
                    del running[descriptor]
                    count += 1
                    begin()
        return count

    def echo(self, rounds: int) -> list[float]:
        """Seconds of each round of 64 bytes."""
        times = []
        with self.connect() as sock:
            sock.sendall(b"E")
            for _ in range(rounds):
                start = time.perf_counter()
                sock.sendall(BLOCK[:64])
                take(sock, 64)
                times.append(time.perf_counter() - start)
        return sorted(times)


def take(sock: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        part = sock.recv(size - len(got))
        if not part:
            raise OSError("the connection was closed early")
        got += part
    return got


def drain(sock: socket.socket) -> int:
    buffer, count = bytearray(len(BLOCK)), 0
    while size := sock.recv_into(buffer):
        count += size
    return count


def finish_upload(sock: socket.socket, size: int) -> int:
    sock.shutdown(socket.SHUT_WR)
    counted = int(take(sock, 16))
    if counted != size:
        raise OSError(f"{counted} of {size} bytes arrived")
    return size


def together(works: list[Callable[[], int]]) -> dict[str, float]:
    """Run them at once; bytes of all of them, and seconds until the last one was through."""
    counts: list[int] = []
    threads = [threading.Thread(target=lambda w=w: counts.append(w())) for w in works]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if len(counts) != len(works):
        raise OSError("a transfer failed")
    return {"bytes": float(sum(counts)), "seconds": time.perf_counter() - start}


def say(**values: float) -> None:
    print(json.dumps(values), flush=True)


def main(mode: str, client: Client, amount: int, count: int) -> None:
    start = time.perf_counter()
    if mode == "download":
        say(**together([lambda: client.download(amount)] * count))
    elif mode == "upload":
        say(**together([lambda: client.upload(amount)] * count))
    elif mode == "upload-known":
        say(**together([lambda: client.upload_known(amount)] * count))
    elif mode == "both":
        say(**together([lambda: client.download(amount), lambda: client.upload(amount)]))
    elif mode == "download-for":
        say(bytes=client.download_for(amount), seconds=amount)
    elif mode == "upload-for":
        say(bytes=client.upload_for(amount), seconds=time.perf_counter() - start)
    elif mode == "connections":
        say(per_second=client.connections(amount, count) / amount)
    elif mode == "echo":
        times = client.echo(amount)
        say(p50=times[len(times) // 2] * 1e6, p99=times[len(times) * 99 // 100] * 1e6)
    elif mode == "hold":
        # Small receive buffers: what a client does not read is to wait in the forwarder, not here.
        held = [client.connect(4096 if amount else 0) for _ in range(count)]
        for sock in held:
            sock.sendall(b"D%016d" % ENDLESS if amount else b"E")
        say(open=len(held))
        sys.stdin.read()
    elif mode == "traffic":
        for _ in range(count):
            threading.Thread(target=lambda: client.download(ENDLESS), daemon=True).start()
        time.sleep(1)  # windows grow within it
        say(open=count)
        sys.stdin.read()
    else:
        raise SystemExit(f"no such mode: {mode}")


if __name__ == "__main__":
    sys.setswitchinterval(0.0005)
    numbers = [*map(int, sys.argv[2:]), 0, 1][:4] if len(sys.argv) < 6 else [*map(int, sys.argv[2:])]
    main(sys.argv[1], Client(numbers[0], numbers[1]), numbers[2], numbers[3])
