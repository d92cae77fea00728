"""Gives the PAC file to this computer's programs, over HTTP on 127.0.0.1 and nowhere else.

Neither Windows nor macOS reads a PAC file by ``file:`` any more. Sources: RFC 9112 and 9110 as far as one
request a connection needs them; what browsers, WinHTTP, CFNetwork and libproxy send.

Whoever asks must know the path, which nobody can guess, and must have asked for this computer by name: a web
page whose own name leads here (DNS rebinding) learns nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import logging
import re
import selectors
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate

from app.core.faults import RelayTrayError
from app.system.port_holder import classify_bind_error

HOST = "127.0.0.1"
FIRST_PORT = 11090  # beside the Shadowsocks client's own, and outside of what systems give away by themselves
MIME_TYPE = "application/x-ns-proxy-autoconfig"
MAX_REQUEST = 16 * 1024
MAX_CLIENTS = 64  # more at once: the oldest goes
CLIENT_S = 20.0  # what one gets for its whole request and answer
FILE_NAME = "relaytray.pac"
_PORTS_TRIED = 10
_CHUNK = 64 * 1024
_PAUSE_S = 0.5  # when the system has no descriptor left for one more client
_REQUEST_LINE = re.compile(r"([A-Z]{1,20}) (/[!-~]*) HTTP/1\.([0-9])")
log = logging.getLogger("relaytray.system")


@dataclass(eq=False)
class _Client:
    sock: socket.socket
    ends_at: float
    received: bytearray = field(default_factory=bytearray)
    answer: memoryview | None = None  # what is still to be sent; empty: waits for the other side's close


class PacServer:
    """Serves one text, which may change. Thread-safe. All of it runs in a thread called ``pac-server``."""

    def __init__(self, token: str) -> None:
        """``token``: the part of the path that nobody can guess; letters and digits."""
        self._token = token
        self._lock = threading.Lock()
        self._text = b""
        self._listener: socket.socket | None = None
        self._port = 0
        self._wake, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._clients: list[_Client] = []  # oldest first
        self._accepts_at = 0.0
        self._thread: threading.Thread | None = None

    def start(self, port: int) -> int:
        """Listen on this port of 127.0.0.1, or on another when it is taken; returns which. Once.

        Browsers remember the address of a PAC file: it should be the same as last time. Raises PORT_BUSY,
        LISTEN_FAILED and their kin when there is none at all.
        """
        self._listener = _listen(port)
        self._listener.setblocking(False)
        self._port = self._listener.getsockname()[1]
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run, name="pac-server", daemon=True)
        self._thread.start()
        return self._port

    @property
    def port(self) -> int:
        """0 before ``start``."""
        return self._port

    def serve(self, text: str) -> str:
        """From now on this is the file. Its address, which is another one when the text is: programs that
        have read the file before read it again. Under old addresses the present file is given, too.
        """
        data = text.encode("ascii", "replace")
        with self._lock:
            self._text = data
        version = hashlib.sha256(data).hexdigest()[:12]
        return f"http://{HOST}:{self.port}/{self._token}/{version}/{FILE_NAME}"

    def stop(self, deadline_s: float = 2.0) -> None:
        """The port is free afterwards. Blocks for a moment; the second call does nothing."""
        with contextlib.suppress(OSError):
            self._wake.send(b"x")
        if self._thread is not None:
            self._thread.join(deadline_s)
        else:
            self._close()

    # --- in its thread ------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while self._turn():
                pass
        except Exception:  # a bug here must not be silent: browsers would go without the file
            log.exception("The PAC file can no longer be served.")
        finally:
            self._close()

    def _turn(self) -> bool:
        for key, mask in self._selector.select(self._patience()):
            if key.fileobj is self._woken:
                return False
            if key.fileobj is self._listener:
                self._accept()
            elif key.data in self._clients:
                self._serve(key.data, mask)
        now = time.monotonic()
        for client in [client for client in self._clients if client.ends_at <= now]:
            self._drop(client)
        if self._accepts_at and now >= self._accepts_at:
            self._accepts_at = 0.0
            assert self._listener is not None
            self._selector.register(self._listener, selectors.EVENT_READ)
        return True

    def _patience(self) -> float | None:
        ends = [client.ends_at for client in self._clients]
        if self._accepts_at:
            ends.append(self._accepts_at)
        return max(0.0, min(ends) - time.monotonic()) if ends else None

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            sock, _address = self._listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionError):
            return
        except OSError as e:
            log.warning("The PAC file cannot be given to one more program: %s.", e.strerror)
            self._selector.unregister(self._listener)
            self._accepts_at = time.monotonic() + _PAUSE_S
            return
        if len(self._clients) >= MAX_CLIENTS:
            self._drop(self._clients[0])
        sock.setblocking(False)
        client = _Client(sock, time.monotonic() + CLIENT_S)
        self._clients.append(client)
        self._selector.register(sock, selectors.EVENT_READ, client)

    def _serve(self, client: _Client, mask: int) -> None:
        try:
            if mask & selectors.EVENT_READ:
                self._read(client)
            if mask & selectors.EVENT_WRITE:
                self._write(client)
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self._drop(client)

    def _read(self, client: _Client) -> None:
        data = client.sock.recv(_CHUNK)
        if not data:
            self._drop(client)
            return
        if client.answer is not None:
            return  # what it goes on to say is not read, but taken: closing on it would cut our answer short
        client.received += data
        head, end, _ = bytes(client.received).partition(b"\r\n\r\n")
        if not end and len(client.received) <= MAX_REQUEST:
            return
        with self._lock:
            text = self._text
        client.answer = memoryview(answer_to(head, self._token, self._port, text) if end else _refusal(431))
        self._selector.modify(client.sock, selectors.EVENT_READ | selectors.EVENT_WRITE, client)

    def _write(self, client: _Client) -> None:
        assert client.answer is not None
        client.answer = client.answer[client.sock.send(client.answer[:_CHUNK]) :]
        if not client.answer:
            client.sock.shutdown(socket.SHUT_WR)
            self._selector.modify(client.sock, selectors.EVENT_READ, client)

    def _drop(self, client: _Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.sock)
            client.sock.close()

    def _close(self) -> None:
        for client in list(self._clients):
            self._drop(client)
        self._selector.close()
        for sock in (self._listener, self._wake, self._woken):
            if sock is not None:
                sock.close()


def answer_to(head: bytes, token: str, port: int, text: bytes) -> bytes:
    """The whole answer to a request's head, without the empty line at its end."""
    first, *lines = head.decode("latin-1").split("\r\n")
    request = _REQUEST_LINE.fullmatch(first)
    if request is None:
        return _refusal(400)
    method, target, minor = request.groups()
    hosts = list(_values_of("host", lines))
    if len(hosts) > 1 or (not hosts and minor != "0"):
        return _refusal(400)
    # libproxy leaves the port out
    if hosts and hosts[0].lower() not in {HOST, f"{HOST}:{port}", "localhost", f"localhost:{port}"}:
        return _refusal(403)
    parts = target.partition("?")[0].split("/")
    if len(parts) != 4 or not hmac.compare_digest(parts[1], token) or parts[3] != FILE_NAME:
        return _refusal(404)
    if method not in ("GET", "HEAD"):
        return _refusal(405, "Allow: GET, HEAD")
    whole = _head("200 OK", MIME_TYPE, len(text))
    return whole if method == "HEAD" else whole + text


_REASONS = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    431: "Request Header Fields Too Large",
}


def _refusal(code: int, *more: str) -> bytes:
    return _head(f"{code} {_REASONS[code]}", "text/plain", 0, *more)


def _head(status: str, kind: str, length: int, *more: str) -> bytes:
    lines = (
        f"HTTP/1.1 {status}",
        f"Date: {formatdate(usegmt=True)}",
        f"Content-Type: {kind}",
        f"Content-Length: {length}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",  # no page may run it as a script of its own
        "Cross-Origin-Resource-Policy: same-origin",
        "Connection: close",
        *more,
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _values_of(name: str, lines: list[str]) -> Iterator[str]:
    for line in lines:
        found, colon, value = line.partition(":")
        if colon and found.lower() == name:
            yield value.strip()


def _listen(port: int) -> socket.socket:
    wanted = [port] if port else []
    problem: OSError | None = None
    for candidate in (*wanted, *range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED), 0):
        try:
            return _bound(candidate)
        except OSError as e:
            problem = e
    assert problem is not None
    raise RelayTrayError(classify_bind_error(problem, HOST, port or FIRST_PORT)) from problem


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            # Without it another program may bind the same port beside us, and answer in our place (Winsock).
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # back at once after a restart
        sock.bind((HOST, port))
        sock.listen(MAX_CLIENTS)
    except OSError:
        sock.close()
        raise
    return sock
