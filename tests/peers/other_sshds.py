"""Servers that are not OpenSSH, each in a process of its own: anybody may log in and connect anywhere.

``python other_sshds.py asyncssh`` or ``... paramiko``; it prints its port.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from typing import Any, Self

STRICT_PACKET = 35_000  # bytes: the largest that RFC 4253 section 6.1 asks everybody to take


class OtherSshd:
    """Starts the process; ``port`` is on 127.0.0.1. ``log`` is what it said on its standard error."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __enter__(self) -> Self:
        command = [sys.executable, __file__, self._kind]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.communicate()


def serve_asyncssh() -> None:
    import asyncio

    import asyncssh

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            return False

        def connection_requested(self, *_where: Any) -> bool:
            return True

    async def main() -> None:
        key = asyncssh.generate_private_key("ssh-ed25519")
        listener = await asyncssh.create_server(
            Server, "127.0.0.1", 0, server_host_keys=[key], rekey_bytes=1 << 20
        )
        print(listener.get_port(), flush=True)
        await listener.wait_closed()

    asyncio.run(main())


def serve_paramiko() -> None:
    """Takes packets of 35000 bytes and 32 KiB windows, and hangs up on anything larger.

    It never begins a key exchange: a channel's CLOSE that it reads meanwhile blocks its reader for ever.
    """
    import paramiko
    from paramiko.packet import Packetizer

    class Strict(Packetizer):
        def read_all(self, n: int, check_rekey: bool = False) -> bytes:
            if n > STRICT_PACKET:
                raise paramiko.SSHException(f"a packet of {n} bytes")
            return bytes(super().read_all(n, check_rekey))

    class Door(paramiko.ServerInterface):
        def __init__(self, transport: paramiko.Transport) -> None:
            self.transport = transport
            self.wanted: dict[int, tuple[str, int]] = {}

        def check_auth_none(self, username: str) -> int:
            return 0

        def check_channel_direct_tcpip_request(
            self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
        ) -> int:
            self.wanted[chanid] = destination
            return 0

    def pump(source: Any, sink: Any) -> None:
        try:
            while data := source.recv(1 << 15):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:  # a reset: neither way goes on
            source.close()
            sink.close()

    def carry(channel: paramiko.Channel, destination: tuple[str, int]) -> None:
        with channel, socket.create_connection(destination) as far:
            there = threading.Thread(target=pump, args=(channel, far), daemon=True)
            there.start()
            pump(far, channel)
            there.join()

    def serve(client: socket.socket) -> None:
        transport = paramiko.Transport(
            client, default_window_size=1 << 15, default_max_packet_size=1 << 15, packetizer_class=Strict
        )
        transport.add_server_key(key)
        door = Door(transport)
        transport.start_server(server=door)
        while transport.is_active():
            channel = transport.accept(1)
            if channel is not None:
                where = door.wanted.pop(channel.chanid)
                threading.Thread(target=carry, args=(channel, where), daemon=True).start()

    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


if __name__ == "__main__":
    {"asyncssh": serve_asyncssh, "paramiko": serve_paramiko}[sys.argv[1]]()
