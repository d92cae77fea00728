"""A proxy around ServerProtocol for real clients: threads, sockets, and no SSH behind it.

It connects straight to loopback, where an echo server and a web server wait. Names that end in ``.test`` are
looked up in a table, so that a client that resolves them by itself is found out.
"""

from __future__ import annotations

import contextlib
import errno
import http.server
import socket
import socketserver
import threading
from collections.abc import Iterator

from app.socks.server_protocol import ConnectRequest, Credentials, RefusalCause, Refused, ServerProtocol

PAGE = b"the page behind the proxy\n"
BANNER = b"SSH-2.0-banner\r\n"
TIMEOUT_S = 20.0

_CAUSES = {errno.ECONNREFUSED: RefusalCause.REFUSED, errno.ENETUNREACH: RefusalCause.NETWORK_UNREACHABLE}


class _Proxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False  # closing the server waits for its threads
    request_queue_size = 64

    def __init__(self, credentials: Credentials | None, names: dict[str, str]) -> None:
        self.credentials = credentials
        self.names = names
        self.requests: list[ConnectRequest] = []
        self.refusals: list[Refused] = []
        super().__init__(("127.0.0.1", 0), _Client)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


class _Client(socketserver.BaseRequestHandler):
    server: _Proxy
    request: socket.socket

    def handle(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        protocol = ServerProtocol(self.server.credentials)
        wanted = self._converse(protocol)
        if wanted is None:
            return
        try:
            far = self._connect(wanted)
        except OSError as e:
            cause = _CAUSES.get(e.errno or 0, RefusalCause.HOST_UNREACHABLE)
            self._say_last(protocol.refused(cause))
            return
        with far:
            self.request.sendall(protocol.accepted())
            far.sendall(protocol.trailing())
            there = threading.Thread(target=_pump, args=(self.request, far))
            there.start()
            _pump(far, self.request)
            there.join()

    def _converse(self, protocol: ServerProtocol) -> ConnectRequest | None:
        while data := self.request.recv(4096):
            protocol.receive(data)
            while (event := protocol.next_event()) is not None:
                if isinstance(event, ConnectRequest):
                    self.server.requests.append(event)
                    return event
                if isinstance(event, Refused):
                    self.server.refusals.append(event)
                    self._say_last(event.data)
                    return None
                self.request.sendall(event.data)
        return None

    def _connect(self, wanted: ConnectRequest) -> socket.socket:
        host = self.server.names.get(wanted.host, wanted.host)
        if host.endswith(".test"):
            raise OSError(errno.EHOSTUNREACH, "no such name")
        return socket.create_connection((host, wanted.port), timeout=TIMEOUT_S)

    def _say_last(self, data: bytes) -> None:
        """Closing with unread input would reset the connection and lose the reply: reads to the end."""
        with contextlib.suppress(OSError):
            self.request.sendall(data)
            self.request.shutdown(socket.SHUT_WR)
            while self.request.recv(4096):
                pass


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


class _Echo(socketserver.BaseRequestHandler):
    request: socket.socket
    banner = b""

    def handle(self) -> None:
        self.request.settimeout(TIMEOUT_S)
        with contextlib.suppress(OSError):
            self.request.sendall(self.banner)
            while data := self.request.recv(1 << 16):
                self.request.sendall(data)


class _EchoWithBanner(_Echo):
    """Speaks first, as an sshd does."""

    banner = BANNER


class _Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments: object) -> None:
        pass


class _Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False


class _ThreadedIPv6(_Threaded):
    address_family = socket.AF_INET6


@contextlib.contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[int]:
    """Serves in a thread until left; gives the port."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield int(server.socket.getsockname()[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def echo_server(*, speaks_first: bool = False) -> socketserver.TCPServer:
    return _Threaded(("127.0.0.1", 0), _EchoWithBanner if speaks_first else _Echo)


def web_server(host: str = "127.0.0.1") -> socketserver.TCPServer:
    """Raises OSError where the host (``::1``, say) does not exist."""
    return (_ThreadedIPv6 if ":" in host else _Threaded)((host, 0), _Web)


@contextlib.contextmanager
def proxy(credentials: Credentials | None = None, names: dict[str, str] | None = None) -> Iterator[_Proxy]:
    server = _Proxy(credentials, names or {})
    with serving(server):
        yield server


Proxy = _Proxy
