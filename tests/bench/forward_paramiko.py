"""The textbook forwarder on paramiko, to compare with: a thread per connection, select between two sockets.

``forward_paramiko.py RELAY_PORT USER KEY`` prints its SOCKS port when it is connected.
"""

from __future__ import annotations

import select
import socketserver
import sys
from typing import cast

import paramiko


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        client = self.request
        client.recv(2 + 255)
        client.sendall(b"\5\0")
        request = client.recv(10)
        if len(request) < 10:
            return
        target = ".".join(map(str, request[4:8])), int.from_bytes(request[8:10], "big")
        transport = cast("Server", self.server).transport
        channel = transport.open_channel("direct-tcpip", target, self.client_address)
        client.sendall(b"\5\0\0\1" + bytes(6))
        ends = {client: channel, channel: client}
        while ends:
            readable, _, _ = select.select(list(ends), [], [])
            for end in readable:
                data = end.recv(65536)
                if data:
                    (channel if end is client else client).sendall(data)
                else:
                    del ends[end]
                    (channel.shutdown_write() if end is client else client.shutdown(1))
        channel.close()


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, transport: paramiko.Transport) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.transport = transport

    def handle_error(self, *_: object) -> None:
        """Clients that leave early are no news here."""


def main(port: int, user: str, key: str) -> None:
    ssh = paramiko.SSHClient()
    ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    ssh.connect("127.0.0.1", port, user, key_filename=key, allow_agent=False, look_for_keys=False)
    transport = ssh.get_transport()
    assert transport is not None
    server = Server(transport)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
