"""``ss-server`` of shadowsocks-libev, with a plugin's server where one is asked for, or Xray as a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.peers import processes
from tests.peers.ports import Deadline, free_port, is_listening

_XRAY = "import sys, xray; sys.exit(xray.startFromJSON(sys.stdin.read()))"
_PLUGINS = {"obfs-local": "obfs-server", "v2ray-plugin": "ss-v2ray-plugin"}


class ShadowsocksPeer:
    """A context manager that can be stopped and started in between. Listens on 127.0.0.1."""

    def __init__(
        self, method: str, password: str, plugin: str = "", options: str = "", acl: Path | None = None
    ) -> None:
        """``options`` are those of the plugin's server, ``acl`` the file of where nobody may go."""
        self.port = free_port()
        self._method, self._password = method, password
        self._more = ["--plugin", _PLUGINS[plugin], "--plugin-opts", options] if plugin else []
        self._more += ["--acl", str(acl)] if acl else []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        by_xray = self._method.startswith("2022-")
        command, said = self._xray() if by_xray else self._libev()
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        assert self._process.stdin is not None
        self._process.stdin.write(said)
        self._process.stdin.close()
        deadline = Deadline(30, "the Shadowsocks server")
        while not is_listening(self.port):
            deadline.wait()

    def stop(self) -> None:
        processes.end_tree(self._process, kill=True)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def _libev(self) -> tuple[list[str], bytes]:
        words = ["ss-server", "-s", "127.0.0.1", "-p", str(self.port), "-m", self._method]
        return [*words, "-k", self._password, *self._more], b""

    def _xray(self) -> tuple[list[str], bytes]:
        settings = {"method": self._method, "password": self._password, "network": "tcp"}
        inbound = {"listen": "127.0.0.1", "port": self.port, "protocol": "shadowsocks", "settings": settings}
        # Everything that the tests have is on this computer, which Xray lets nobody reach otherwise.
        outbound = {"protocol": "freedom", "settings": {"finalRules": [{"action": "allow"}]}}
        config = {"log": {"loglevel": "none"}, "inbounds": [inbound], "outbounds": [outbound]}
        return [sys.executable, "-c", _XRAY], json.dumps(config).encode()
