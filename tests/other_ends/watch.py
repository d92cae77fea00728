"""Who stands at the relay and notes when the servers' listeners come and go, and whether they answer.

It only looks: whoever connects to a dead tunnel's listener again and again keeps it alive, since sshd begins
its keepalive's interval anew with each connection (OpenSSH 9.2).
"""

from __future__ import annotations

import subprocess
import sys
import threading

from tests.peers.machines import Machine

# In the relay's network, by this system's clock. A listener that is new is asked for its banner. The kernel's
# sock_diag names listeners only; to read /proc/net/tcp it would walk all connections of all machines.
_SCRIPT = """\
import socket, struct, sys, threading, time
LISTENERS = struct.pack("=IHHII BBBBI 48x", 72, 20, 0x301, 1, 0, 2, 6, 0, 0, 1 << 10)
def listeners():
    found = {}
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 4) as kernel:
        kernel.send(LISTENERS)
        while True:
            told = kernel.recv(65536)
            while told:
                length, kind = struct.unpack_from("=IH", told)
                if kind != 20:
                    return found
                port, = struct.unpack_from("!H", told, 20)
                found[port], = struct.unpack_from("=I", told, 84)
                told = told[(length + 3) & ~3:]
def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=3) as line:
            line.settimeout(3)
            return line.recv(8).startswith(b"SSH-2.0-")
    except OSError:
        return False
def look(port):
    was = 0
    while True:
        now, began = current.get(port, 0), time.monotonic()
        if now != was and (not now or answers(port)):
            print(port, now or "-", began, flush=True)
            was = now
        time.sleep(0.1)
current = listeners()
for port in sys.argv[1:]:
    threading.Thread(target=look, args=(int(port),), daemon=True).start()
def end():
    sys.stdin.read()
    over.set()
over = threading.Event()
threading.Thread(target=end, daemon=True).start()
while not over.wait(0.1):
    current = listeners()
"""


class Watch:
    """Looks at these ports of the relay ten times a second, also while the relay reboots."""

    def __init__(self, relay: Machine, ports: list[int]) -> None:
        enter = ["nsenter", "-t", str(relay.disk.pid), "--net", "--"]
        command = [*enter, sys.executable, "-I", "-c", _SCRIPT, *map(str, ports)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._changed = threading.Condition()
        self._listener: dict[int, str] = {}
        self._since: dict[int, float] = {}
        self._reader = threading.Thread(target=self._read, name="watch", daemon=True)
        self._reader.start()

    def listener(self, port: int) -> str:
        """Names the one that is there now; "" when there is none."""
        with self._changed:
            return self._listener.get(port, "")

    def wait_up(self, port: int, timeout_s: float = 120, *, other_than: str = "") -> float:
        """Until a listener has answered, another one than that; the time (monotonic) when it came."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: self._listener.get(port, "") not in ("", other_than), timeout_s
            ):
                raise TimeoutError(f"port {port} of the relay leads nowhere after {timeout_s:.0f} s")
            return self._since[port]

    def wait_down(self, port: int, timeout_s: float = 120) -> float:
        with self._changed:
            if not self._changed.wait_for(lambda: not self._listener.get(port, ""), timeout_s):
                raise TimeoutError(f"port {port} of the relay is still held after {timeout_s:.0f} s")
            return self._since.get(port, 0.0)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._reader.join(10)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            port, listener, since = line.split()
            with self._changed:
                self._listener[int(port)] = listener.strip("-")
                self._since[int(port)] = float(since)
                self._changed.notify_all()
