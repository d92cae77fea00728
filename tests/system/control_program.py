"""A running program for the tests of the control channel: ``python control_program.py FOLDER``.

Holds the lock, serves the channel, and says "ready" on standard output; "busy" when another one runs. Its
handler echoes through proxy sockets and knows one server, "gpu".
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.faults import Fault, FaultCode, error
from app.system.control_server import ControlServer, Subscriber
from app.system.instance import InstanceLock


@dataclass(frozen=True)
class RunFolder:
    run_folder: Path

    @property
    def socket(self) -> Path:
        return self.run_folder / "control.sock"


class Handler:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.ended = threading.Event()
        self.subscribers: list[Subscriber] = []

    def raise_window(self) -> None:
        self.asked.append(("raise",))

    def status(self) -> Mapping[str, Any]:
        return {"state": "off", "asked": len(self.asked)}

    def connect(self, name: str, trusted: Sequence[str]) -> None:
        self.asked.append(("connect", name, tuple(trusted)))
        if name != "gpu":
            raise error(FaultCode.NO_SUCH_SERVER, name=name, near="gpu")

    def disconnect(self, name: str) -> None:
        self.asked.append(("disconnect", name))
        raise ValueError("a mistake of ours")

    def connect_shadowsocks(self, name: str) -> None:
        self.asked.append(("connect-shadowsocks", name))

    def disconnect_shadowsocks(self, name: str) -> None:
        self.asked.append(("disconnect-shadowsocks", name))

    def reload(self) -> None:
        for subscriber in self.subscribers:
            subscriber({"event": "profiles"})

    def quit(self) -> None:
        self.ended.set()

    def open_proxy(
        self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]
    ) -> None:
        if alias == "nix":
            raise error(FaultCode.NO_SUCH_SERVER, name=alias, near="")
        threading.Thread(target=self._echo, args=(sock, alias, port, done), name="echo").start()

    def _echo(self, sock: socket.socket, alias: str, port: int, done: Callable[[Fault | None], None]) -> None:
        with sock:
            if alias == "down":
                done(Fault.of(FaultCode.TUNNEL_DOWN, alias=alias, port=port, relay="r"))
                return
            done(None)
            sock.settimeout(30)
            sock.sendall(f"{alias}:{port} ".encode())
            while data := sock.recv(65536):
                sock.sendall(data)
            sock.sendall(b" end")

    def watch(self, subscriber: Subscriber) -> Callable[[], None]:
        self.subscribers.append(subscriber)
        subscriber({"event": "hello"})
        return lambda: self.subscribers.remove(subscriber)


def main() -> int:
    paths = RunFolder(Path(sys.argv[1]))
    lock = InstanceLock(paths)
    if not lock.acquire():
        print("busy", flush=True)
        return 3
    handler = Handler()
    server = ControlServer(paths, handler)
    server.start()
    print("ready", flush=True)
    handler.ended.wait()
    server.stop()
    lock.release()
    return 0


if __name__ == "__main__":
    sys.exit(main())
