"""Every method and plugin with real servers, and how soon a loss is noticed and mended.

    python -m tests.tunnel.shadowsocks_matrix

Too long for the tests; run it when something of the Shadowsocks client has changed. Prints a Markdown table.
"""

from __future__ import annotations

import base64
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.core.shadowsocks import ProxyPhase, ShadowsocksState
from app.core.shadowsocks_methods import KEY_BYTES, METHODS
from tests.peers import processes
from tests.peers.ports import Deadline, free_port, is_listening
from tests.peers.shadowsocks_server import ShadowsocksPeer
from tests.tunnel.driver import run
from tests.tunnel.test_shadowsocks import PASSWORD, Proxies, profile_of

SIZE = 8 << 20
PLUGINS = (
    ("obfs-local", "obfs=http;obfs-host=example.org", "obfs=http"),
    ("obfs-local", "obfs=tls;obfs-host=example.org", "obfs=tls"),
    ("v2ray-plugin", "host=example.org", "server;host=example.org"),
)


def main() -> int:
    processes.adopt_orphans()
    print("| method | plugin | up after, s | SOCKS5 | GET | CONNECT |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = os.urandom(SIZE)
        (folder / "big").write_bytes(data)
        port = free_port()
        web = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", "--directory", name, str(port)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(web, stdout=quiet, stderr=quiet) as serving:
            deadline = Deadline(20, "the web server")
            while not is_listening(port):
                deadline.wait()
            wanted = hashlib.sha256(data).hexdigest()
            ways = [(method, "", "", "") for method in METHODS]
            ways += [("aes-256-gcm", *plugin) for plugin in PLUGINS]
            done = [one(folder / str(number), way, port, wanted) for number, way in enumerate(ways)]
            serving.kill()
        losses(folder / "losses")
    return 0 if all(done) else 1


def one(folder: Path, way: tuple[str, str, str, str], port: int, wanted: str) -> bool:
    method, plugin, options, server_options = way
    key = base64.b64encode(os.urandom(KEY_BYTES.get(method, 0))).decode()
    password = key or PASSWORD
    with ShadowsocksPeer(method, password, plugin, server_options) as peer:
        profile = profile_of(peer, method, plugin=plugin, plugin_options=options)
        with Proxies(folder, profile, password) as driver:
            start = time.monotonic()
            driver.up()
            seconds = time.monotonic() - start
            at, url = f"127.0.0.1:{driver.port}", f"http://localhost:{port}/big"
            came = []
            for words in ((f"socks5h://{at}",), (f"http://{at}",), (f"http://{at}", "--proxytunnel")):
                got = run("curl", "-sS", "--noproxy", "", "--proxy", *words, url)
                came.append(hashlib.sha256(got.stdout).hexdigest() == wanted)
    marks = " | ".join("whole" if whole else "BROKEN" for whole in came)
    print(f"| {method} | {options or '-'} | {seconds:.1f} | {marks} |", flush=True)
    return all(came)


def losses(folder: Path) -> None:
    with ShadowsocksPeer("aes-256-gcm", PASSWORD) as peer, Proxies(folder, profile_of(peer)) as driver:

        def state() -> ShadowsocksState:
            return driver.manager.snapshot().shadowsocks["ss"]

        def took(what: str, phase: ProxyPhase, deed: Callable[[], object]) -> None:
            start = time.monotonic()
            deed()
            driver.wait_for(lambda: state().phase is phase, what, 120)
            print(f"{what}: {time.monotonic() - start:.1f} s", flush=True)

        driver.up()
        stop, go_on = signal.SIGSTOP, signal.SIGCONT
        took("a server that falls silent is noticed", ProxyPhase.WAITING, lambda: peer.signal(stop))
        took("it is back after it speaks again", ProxyPhase.RUNNING, lambda: peer.signal(go_on))
        took("a server that is gone is noticed", ProxyPhase.WAITING, peer.stop)
        took("it is back after its start", ProxyPhase.RUNNING, peer.start)
        took("a client that was killed is noticed", ProxyPhase.WAITING, driver.client().kill)
        took("it is back", ProxyPhase.RUNNING, lambda: None)


if __name__ == "__main__":
    raise SystemExit(main())
