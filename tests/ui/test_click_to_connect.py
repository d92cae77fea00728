"""The main job as a person does it: the real program, a real tray, real clicks, a real relay and keyring.

A click on the tray icon, the fingerprints, the passphrase typed once and kept in gnome-keyring; then the real
``ssh`` by the printed config. The second run asks nothing.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.profiles import Settings
from app.storage.document_store import DocumentStore
from app.storage.paths import Paths
from tests.peers import desktop as desktops
from tests.peers import keyring_daemon
from tests.peers.desktop import Desktop
from tests.peers.keyring_daemon import KeyringDaemon
from tests.peers.lab import Lab

PASSPHRASE = "correct horse"
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    bool(desktops.missing_programs() or keyring_daemon.missing_programs()),
    reason="needs Xvfb, openbox, trayer, xdotool, dbus-daemon and gnome-keyring-daemon",
)


class Program:
    """RelayTray on the desktop, with a data folder of its own."""

    def __init__(self, desktop: Desktop, data: Path) -> None:
        self._desktop = desktop
        self._data = data
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        argv = [sys.executable, str(ROOT / "app" / "__main__.py"), "--data-dir", str(self._data), "--verbose"]
        self.process = self._desktop.start(argv, "relaytray")

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, str(ROOT / "app" / "__main__.py"), "--data-dir", str(self._data), *words]
        environment = self._desktop.environment
        return subprocess.run(argv, capture_output=True, text=True, env=environment, timeout=60, check=False)

    def state(self) -> str:
        """What the running program says of the server."""
        answer = self.command("--json", "status")
        servers = json.loads(answer.stdout or "{}").get("servers") or [{}]
        return str(servers[0].get("state", "?"))

    def windows(self) -> list[desktops.Box]:
        return self._desktop.windows("RelayTray")

    def asks_for_a_host_key(self) -> bool:
        """One dialog is open, the tall one with the picture of the key."""
        windows = self.windows()
        return len(windows) == 1 and windows[0].height > 400

    def asks_for_a_secret(self) -> bool:
        windows = self.windows()
        return len(windows) == 1 and 100 < windows[0].height < 400


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    with KeyringDaemon(tmp_path / "keyring") as keyring, Desktop(tmp_path / "desktop") as desktop:
        desktop.environment["DBUS_SESSION_BUS_ADDRESS"] = keyring.env["DBUS_SESSION_BUS_ADDRESS"]
        desktop.environment["PYTHONFAULTHANDLER"] = "1"
        yield desktop


@pytest.fixture
def program(desktop: Desktop, lab: Lab, tmp_path: Path) -> Program:
    """Profiles for the lab, with the person's key under a passphrase."""
    key = tmp_path / "id_with_passphrase"
    shutil.copy(lab.person_key, key)
    key.chmod(0o600)
    subprocess.run(
        ["ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", str(key)], check=True, timeout=60
    )
    document = dataclasses.replace(
        lab.document(identity=str(key)), settings=Settings(language="en", start_minimised=True)
    )
    DocumentStore(Paths.at(tmp_path / "data")).save(document)
    return Program(desktop, tmp_path / "data")


def test_click_connect_ssh_and_the_second_time_without_a_question(
    desktop: Desktop, program: Program, lab: Lab, tmp_path: Path
) -> None:
    known_hosts = tmp_path / "data" / "known_hosts"
    pictures = Path(os.environ.get("RELAYTRAY_TEST_PICTURES", tmp_path))
    program.start()
    desktop.click(desktop.tray_icon().centre)

    desktop.until("the question for the relay's key", program.asks_for_a_host_key)
    desktop.shot(pictures / "host-key.png")
    desktop.press("shift+Tab", "space")  # Cancel has the focus: trusting takes a step
    desktop.until("the passphrase dialog", program.asks_for_a_secret)
    assert f":{lab.relay_port}" in known_hosts.read_text()
    desktop.shot(pictures / "passphrase.png")
    desktop.type(PASSPHRASE)
    desktop.press("Tab", "space", "Return")
    desktop.until("the question for the server's key", program.asks_for_a_host_key)
    desktop.press("shift+Tab", "space")
    desktop.until("the server to be connected", lambda: program.state() == "connected")
    desktop.shot(pictures / "connected.png")

    config = tmp_path / "ssh config"
    config.write_text(program.command("ssh-config", "lab-gpu").stdout)
    ssh = ["ssh", "-F", str(config), "-oBatchMode=yes", "-oIdentityAgent=none", "lab-gpu", "echo it-works"]
    answer = subprocess.run(ssh, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.stdout, answer.returncode) == ("it-works\n", 0), answer.stderr

    # a second start shows the first one's window and ends
    assert program.command("tray").returncode == 0
    desktop.until("the main window", lambda: any(box.width > 500 for box in program.windows()))

    # the passphrase is in the keyring, and nowhere else
    assert "id_with_passphrase" in program.command("secret", "list").stdout
    for path in (tmp_path / "data").rglob("*"):
        assert not path.is_file() or PASSPHRASE.encode() not in path.read_bytes()

    quit_and_wait(program)
    assert program.command("status").stdout.strip() == "RelayTray is not running."

    # the next day; the program moved meanwhile, and the installed ssh config still names the old place
    installed = tmp_path / "data" / "ssh_config"
    installed.write_text("Host lab-gpu\n  ProxyCommand /gone/relaytray proxy lab-gpu\n")
    program.start()
    desktop.click(desktop.tray_icon().centre)
    desktop.until("the server to be connected", lambda: program.state() == "connected")
    desktop.until("the ssh config to be written anew", lambda: "/gone/" not in installed.read_text())
    assert program.windows() == []
    quit_and_wait(program)


def quit_and_wait(program: Program) -> None:
    assert program.process is not None
    assert program.command("quit").returncode == 0
    try:
        assert program.process.wait(20) == 0
    except subprocess.TimeoutExpired:
        program.process.send_signal(signal.SIGABRT)  # PYTHONFAULTHANDLER writes where every thread stands
        raise
