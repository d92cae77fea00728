"""The watch on a relay with v2ray: a link that died without a word is ended, and no other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.resource_files import resource
from tests.peers import machines, processes
from tests.peers.machines import Machine
from tests.peers.network import Network
from tests.peers.ports import Deadline

pytestmark = [
    pytest.mark.skipif(bool(machines.why_not_here()), reason=machines.why_not_here()),
]

_PORT = 16823
# Says something to everybody all the time, as a portal does, and notes which of them is lost.
_PORTAL = """\
import socket, threading, time
def serve(line, far):
    try:
        while True:
            line.send(b"x")
            time.sleep(0.1)
    except OSError:
        print("lost", far[0].rpartition(":")[2], flush=True)
listener = socket.create_server(("::", PORT), family=socket.AF_INET6, dualstack_ipv6=True)
print("ready", flush=True)
while True:
    line, far = listener.accept()
    print("came", far[0].rpartition(":")[2], flush=True)
    threading.Thread(target=serve, args=(line, far), daemon=True).start()
"""
_BRIDGE = """\
import socket
line = socket.create_connection(("HOST", PORT))
while line.recv(100):
    pass
"""
_OLD_SS = '#!/bin/sh\ncase " $* " in *" -K "*) exit 0 ;; esac\nexec /usr/bin/ss "$@"\n'
_SYSTEMCTL = '#!/bin/sh\necho "$*" >>/tmp/asked\n'


class Scene:
    """A portal on the relay, and two that have dialled in: one of them from behind a line that can be cut."""

    def __init__(self, network: Network) -> None:
        self.network, self.relay = network, network.relay
        self.server = network.add_server("gpu")
        script = resource("scripts/relay/v2ray-watch").read_text(encoding="ascii")
        self.relay.write("/usr/local/bin/v2ray-watch", script, 0o755)
        self._started: list[subprocess.Popen[bytes]] = []

    def begin(self) -> None:
        network = self.network
        self._started.append(self._python(self.relay, _PORTAL.replace("PORT", str(_PORT)), "/tmp/portal"))
        self.wait_said("ready")
        for machine, host in ((self.server, network.address), (self.relay, "127.0.0.1")):
            text = _BRIDGE.replace("HOST", host).replace("PORT", str(_PORT))
            self._started.append(self._python(machine, text, "/tmp/bridge"))
        self.wait_said("came 127.0.0.1")
        self.wait_said("came 198.")

    def watch(self) -> None:
        words = f"LOOK_EVERY=0.5 exec sh /usr/local/bin/v2ray-watch {_PORT} lab.service >/tmp/watch"
        self._started.append(self.relay.launch("sh", "-c", words))

    def said(self) -> str:
        return self.relay.run("cat", "/tmp/portal").stdout

    def wait_said(self, words: str) -> None:
        deadline = Deadline(30, f"the portal to say {words}")
        while words not in self.said():
            deadline.wait()

    def end(self) -> None:
        for process in self._started:
            processes.end_tree(process)
            for stream in (process.stdin, process.stdout):
                assert stream is not None
                stream.close()

    @staticmethod
    def _python(machine: Machine, text: str, output: str) -> subprocess.Popen[bytes]:
        machine.write(f"{output}.py", text)
        return machine.launch("sh", "-c", f"exec /usr/bin/python3 {output}.py >{output} 2>&1")


def test_only_the_dead_link_is_ended(tmp_path: Path) -> None:
    with Network(tmp_path) as network:
        scene = Scene(network)
        try:
            scene.begin()
            relay = scene.relay
            relay.write("/usr/local/bin/ss", _OLD_SS, 0o755)
            relay.write("/usr/local/bin/systemctl", _SYSTEMCTL, 0o755)
            scene.watch()
            network.cut()
            relay.wait_for("/tmp/asked", 30)  # where the kernel cannot end a single link
            assert relay.read("/tmp/asked") == "restart lab.service\n"
            assert "lost" not in scene.said()
            relay.must_run("rm", "/usr/local/bin/ss")
            scene.wait_said("lost 198.")
            assert "lost 127.0.0.1" not in scene.said()
            assert relay.read("/tmp/asked") == "restart lab.service\n", "once is enough"
            assert "is ended" in relay.read("/tmp/watch")
        finally:
            scene.end()
