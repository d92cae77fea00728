"""The real tray, a real Shadowsocks server and client, GNOME's real settings, and who else reads them.

Whatever ends the tray, this system's proxy is put back: at once, or at the next start.
"""

from __future__ import annotations

import dataclasses
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app.core.profiles import Document, Settings
from app.core.shadowsocks import ShadowsocksServer, Steering
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from app.system.gnome_proxy import GnomeProxy
from app.system.proxy_settings import Snapshot
from tests.cli.program import Program
from tests.peers.ports import Deadline, free_port
from tests.peers.processes import end_tree
from tests.peers.shadowsocks_server import ShadowsocksPeer

PASSWORD = "correct horse battery staple"
NEEDED = ("gsettings", "ss-server", "ss-local", "curl", "proxy")


class Steered:
    """A person's GNOME settings and RelayTray's data, and the tray on them."""

    def __init__(self, folder: Path, server: ShadowsocksPeer) -> None:
        self.program = Program(folder)
        settings = {"GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(folder / "config")}
        self.environment = self.program.env | settings | {"QT_QPA_PLATFORM": "offscreen"}
        self.paths = Paths.at(self.program.data_dir)
        self.port = free_port()
        self.server = ShadowsocksServer(
            id="x1",
            name="home",
            host="127.0.0.1",
            port=server.port,
            method="aes-256-gcm",
            local_port=self.port,
            steering=Steering.PAC,
            connect_at_launch=True,
        )
        self.store(self.server)
        self.gsettings("set", "org.gnome.system.proxy.socks", "host", "corp.example")
        self.before = self.settings()
        self.tray: subprocess.Popen[bytes] | None = None

    def store(self, server: ShadowsocksServer) -> None:
        settings = Settings(pac_proxied=("example.org",), language="en")
        DocumentStore(self.paths).save(Document(shadowsocks=(server,), settings=settings))

    def start(self) -> psutil.Process:
        if self.tray is not None:
            self.tray.wait(30)  # it was killed
        words = [sys.executable, str(Path(__file__).with_name("steered_tray.py"))]
        log = (self.program.data_dir / "tray.log").open("ab")
        with log:
            self.tray = subprocess.Popen(
                [*words, str(self.paths.root), self.server.id, PASSWORD],
                env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        return psutil.Process(self.tray.pid)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            words, env=self.environment, capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.strip()

    def gsettings(self, *words: str) -> str:
        return self.run("gsettings", *words)

    def settings(self) -> Snapshot:
        return GnomeProxy(lambda words: self.run(*words)).read()

    def way_to(self, url: str) -> str:
        """Which way libproxy, and with it every program of GNOME, goes there."""
        return self.run("env", "DESKTOP_SESSION=gnome", "proxy", url).split()[0]

    def until_mode(self, mode: str) -> None:
        deadline = Deadline(60, f"the mode {mode}")
        while self.gsettings("get", "org.gnome.system.proxy", "mode") != f"'{mode}'":
            assert self.tray is None or mode == "none" or self.tray.poll() is None
            deadline.wait()

    def until_put_back(self) -> None:
        deadline = Deadline(60, "what was there before")
        while self.settings() != self.before or (self.paths.root / "system-proxy.json").exists():
            deadline.wait()

    def close(self) -> None:
        if self.tray is not None:
            end_tree(self.tray)


@pytest.fixture
def steered(tmp_path: Path) -> Iterator[Steered]:
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    with ShadowsocksPeer("aes-256-gcm", PASSWORD) as server:
        made = Steered(tmp_path, server)
        yield made
        made.close()


def guards(tray: psutil.Process) -> list[psutil.Process]:
    return [child for child in tray.children() if "relaytray-end-guard" in child.cmdline()]


def test_killed_or_ended_the_proxy_is_put_back(steered: Steered) -> None:
    # killed: the guard outside does it
    tray = steered.start()
    steered.until_mode("auto")
    url = steered.gsettings("get", "org.gnome.system.proxy", "autoconfig-url").strip("'")
    assert "SOCKS5 127.0.0.1" in steered.run("curl", "-sSf", "--noproxy", "*", url)
    ways = {url: steered.way_to(url) for url in ("https://www.example.org/", "https://other.example/")}
    assert ways == {
        "https://www.example.org/": f"socks5://127.0.0.1:{steered.port}",
        "https://other.example/": "direct://",
    }
    status = steered.run(*steered.program.words("--json", "status"))
    assert '"system_proxy": {"steering": "pac", "shadowsocks": "home"}' in status
    (guard,) = guards(tray)
    tray.kill()
    steered.until_put_back()
    psutil.wait_procs([guard], timeout=30)
    assert not guard.is_running()

    # all of it killed, as by a power cut: the next start does it, whatever the profile says by then
    tray = steered.start()
    steered.until_mode("auto")
    assert steered.gsettings("get", "org.gnome.system.proxy", "autoconfig-url").strip("'") == url
    for process in (*guards(tray), tray):
        process.kill()
    psutil.wait_procs([tray], timeout=30)
    assert "RelayTray has set it." in steered.run(*steered.program.words("system-proxy", "show"))
    steered.store(dataclasses.replace(steered.server, steering=Steering.PORT))
    tray = steered.start()
    steered.until_put_back()

    # the steering changed by the command line, and the session's end
    steered.run(*steered.program.words("shadowsocks", "steer", "home", "global"))
    steered.until_mode("manual")
    assert steered.gsettings("get", "org.gnome.system.proxy.socks", "port") == str(steered.port)
    assert steered.way_to("https://other.example/") == f"http://127.0.0.1:{steered.port}"
    assert steered.way_to("https://192.168.1.1/") == "direct://"
    tray.send_signal(signal.SIGTERM)
    steered.until_put_back()
    assert steered.tray is not None
    assert steered.tray.wait(30) == 0
