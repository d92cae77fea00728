"""``ss-local`` of shadowsocks-libev with a profile's settings, and what can be asked of its SOCKS port."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import socket
import struct
import subprocess
from pathlib import Path
from typing import Self

import psutil

from app.core.shadowsocks import ShadowsocksServer
from tests.peers import processes
from tests.peers.ports import Deadline, free_port, is_listening

_PROGRAMS = {"v2ray-plugin": "ss-v2ray-plugin"}  # as Debian calls it


class ShadowsocksClient:
    """A context manager. ``port``: of its SOCKS5 listener on 127.0.0.1, TCP and UDP."""

    def __init__(self, folder: Path, server: ShadowsocksServer, password: str, *, udp: bool = False) -> None:
        self.port = free_port()
        self._file = folder / f"ss-local-{self.port}.json"
        settings = {
            "server": server.host,
            "server_port": server.port,
            "local_address": "127.0.0.1",
            "local_port": self.port,
            "password": password,
            "method": server.method,
            "mode": "tcp_and_udp" if udp else "tcp_only",
            "timeout": 60,
        }
        self._has_plugin = bool(server.plugin)
        if server.plugin:
            settings["plugin"] = _PROGRAMS.get(server.plugin, server.plugin)
            settings["plugin_opts"] = server.plugin_options
        with open(os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            json.dump(settings, file)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["ss-local", "-c", str(self._file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = Deadline(20, "ss-local")
        while not is_listening(self.port) or (self._has_plugin and not self._plugin_listens()):
            deadline.wait()
        return self

    def _plugin_listens(self) -> bool:
        """The plugin is a process of its own, and later than the one that has started it."""
        for child in processes.tree_of(self._process.pid)[1:]:
            with contextlib.suppress(psutil.Error):
                if any(one.status == psutil.CONN_LISTEN for one in child.net_connections("tcp")):
                    return True
        return False

    def __exit__(self, *_exc: object) -> None:
        processes.end_tree(self._process)  # politely: it ends its plugin

    def fetch(self, url: str, timeout_s: float = 20) -> bytes:
        """The body, by curl; the name is looked up at the far end. b"" when nothing came."""
        words = ["curl", "--silent", "--fail", "--max-time", str(timeout_s), "--noproxy", ""]
        proxy = ["--proxy", f"socks5h://127.0.0.1:{self.port}"]
        return subprocess.run([*words, *proxy, url], capture_output=True, timeout=timeout_s + 10).stdout

    def heard(self, host: str, port: int, timeout_s: float = 5) -> bytes:
        """What somebody at ``host`` says first; b"" when nothing comes. An address is sent as an address."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as sock:
            sock.sendall(b"\x05\x01\x00")
            assert sock.recv(2) == b"\x05\x00"
            sock.sendall(b"\x05\x01\x00" + _address(host, port))
            sock.recv(64)  # it says yes before it has tried
            sock.settimeout(timeout_s)
            try:
                sock.sendall(b"hello\r\n")
                return sock.recv(256)
            except OSError:
                return b""

    def answered(self, host: str, port: int, timeout_s: float = 5) -> bytes:
        """The answer to a datagram; b"" when none comes."""
        with contextlib.closing(socket.create_connection(("127.0.0.1", self.port), timeout=20)) as control:
            control.sendall(b"\x05\x01\x00")
            assert control.recv(2) == b"\x05\x00"
            control.sendall(b"\x05\x03\x00" + _address("0.0.0.0", 0))
            told = control.recv(64)
            assert told[1] == 0, "no UDP"
            with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sock:
                sock.settimeout(timeout_s)
                sock.sendto(b"\0\0\0" + _address(host, port) + b"hello", ("127.0.0.1", self.port))
                try:
                    return sock.recv(2048)[10:]
                except OSError:
                    return b""


def _address(host: str, port: int) -> bytes:
    """As SOCKS5 writes it: "name:127.0.0.1" is sent as if it were a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.removeprefix("name:").encode("idna" if host.isascii() else "utf-8")
        return b"\x03" + bytes([len(name)]) + name + struct.pack("!H", port)
    return (b"\x01" if address.version == 4 else b"\x04") + address.packed + struct.pack("!H", port)
