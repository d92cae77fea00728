"""A small page on the GPU server's loopback, so that a port forward has something to show."""

from __future__ import annotations

import socket

from app.provision.demo.crew import Crew
from app.provision.demo.loopback import Listener

_LONGEST_REQUEST = 16 * 1024
_PATIENCE_S = 10.0
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>RelayTray demo notebook</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:42em;margin:4em auto;padding:0 1em}}
pre{{background:#f3f3f3;padding:1em;border-radius:6px}}</style></head>
<body><h1>It works</h1>
<p>This page is served on port {port} of the demo GPU server, which listens on its loopback only.
You see it through your local forward, the relay and the reverse tunnel.</p>
<pre>In [1]: import torch
In [2]: torch.cuda.is_available()
Out[2]: True  # it is a demo</pre></body></html>
"""


class WebPage:
    """Listens on 127.0.0.1:``port`` from the moment it is made. Raises OSError."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._listener = Listener(crew, "demo-page", self._welcome)
        self.port = self._listener.port

    def stop(self) -> None:
        self._listener.close()

    def _welcome(self, sock: socket.socket, peer: tuple[str, int]) -> None:
        self._crew.start(f"demo-page-{peer[1]}", lambda: self._serve(sock))

    def _serve(self, sock: socket.socket) -> None:
        with self._crew.holding(sock):
            sock.settimeout(_PATIENCE_S)
            request = b""
            while b"\r\n\r\n" not in request and len(request) < _LONGEST_REQUEST:
                data = sock.recv(4096)
                if not data:
                    return
                request += data
            sock.sendall(self._answer(request))
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(4096):  # closing with unread input would reset what has just been sent
                pass

    def _answer(self, request: bytes) -> bytes:
        method, _, rest = request.partition(b" ")
        path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
        if method not in {b"GET", b"HEAD"}:
            status, body = "405 Method Not Allowed", b"The demo page can only be read.\n"
        elif path not in {b"/", b"/index.html"}:
            status, body = "404 Not Found", b"The demo has one page: /\n"
        else:
            status, body = "200 OK", _PAGE.format(port=self.port).encode()
        kind = "text/html" if status.startswith("200") else "text/plain"
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(body)}\r\n"
        head += "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
        return head.encode() + (b"" if method == b"HEAD" else body)
