"""The demo as one thing: started, stopped, its tunnel dropped and restored, and the profiles for it."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Self

from paramiko.ssh_exception import SSHException

from app.core.faults import FaultCode, error
from app.core.profiles import DEFAULT_SOCKS_PORT, Document, Forward, Relay, ReverseRoute, Server
from app.provision.demo.crew import Crew
from app.provision.demo.doors import USER
from app.provision.demo.gpu_server import GpuServer
from app.provision.demo.keys import DemoKeys, fingerprint, load_or_make_keys, public_line, write_private
from app.provision.demo.loopback import HOST, free_port
from app.provision.demo.relay_server import RelayServer
from app.provision.demo.reverse_tunnel import ReverseTunnel
from app.provision.demo.web_page import WebPage

RELAY_ID = "demo-relay"
SERVER_ID = "demo-gpu"
_STOP_S = 3.0
_WELCOME = """Welcome to RelayTray's demo GPU server. It runs inside RelayTray, on this computer.
Files in this folder can be moved with scp, sftp, rsync and WinSCP.
"""

_log = logging.getLogger("relaytray.provision")


class Demo:
    """A relay and a GPU server on loopback, with their keys and the server's home folder in ``folder``.

    ``start`` and ``stop`` take some 0.1 s; call them, ``drop_tunnel`` and ``restore_tunnel`` off the GUI
    thread. Thread-safe. After ``stop`` it can be started again: the same keys, other ports.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._running: _Running | None = None

    def start(self) -> Self:
        """Returns when the tunnel stands. Raises FILE_UNWRITABLE (the folder) or INTERNAL (no ports)."""
        with self._lock:
            if self._running is None:
                self._running = _Running(self.folder)
        return self

    def stop(self) -> None:
        """Within 3 s nothing of it is left: no thread, socket or program."""
        with self._lock:
            running, self._running = self._running, None
            if running is not None:
                running.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- what it is, while it runs ------------------------------------------------------------------------

    @property
    def relay_port(self) -> int:
        """The relay's sshd, on 127.0.0.1."""
        return self._now.relay.port

    @property
    def route_port(self) -> int:
        """The relay's port that leads to the GPU server's sshd while the tunnel stands."""
        return self._now.relay.route_port

    @property
    def web_port(self) -> int:
        """The page on the GPU server's loopback."""
        return self._now.page.port

    @property
    def home(self) -> Path:
        """The GPU server's home folder: where its programs start and what its SFTP shows."""
        return self._now.home

    @property
    def person_key(self) -> Path:
        return self._now.keys.person_file

    @property
    def known_hosts(self) -> Path:
        """Both host keys in OpenSSH's format, by every name the machines have."""
        return self._now.known_hosts

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Of the relay and of the GPU server, as ``ssh-keygen -l`` prints them."""
        keys = self._now.keys
        return fingerprint(keys.relay_host), fingerprint(keys.server_host)

    @property
    def tunnel_is_up(self) -> bool:
        with self._lock:
            tunnel = self._now.tunnel
            return tunnel is not None and tunnel.is_up

    def document(self) -> Document:
        """Profiles for this run of the demo, the same each time they are asked for."""
        now = self._now
        identity = str(now.keys.person_file)
        relay = Relay(
            id=RELAY_ID,
            name=RELAY_ID,
            host=HOST,
            port=now.relay.port,
            user=USER,
            identity=identity,
            socks_port=now.socks_port,
        )
        server = Server(
            id=SERVER_ID,
            alias=SERVER_ID,
            relay_id=RELAY_ID,
            route=ReverseRoute(port=now.relay.route_port),
            user=USER,
            identity=identity,
            remote_folder=now.home.as_posix(),
            forwards=(Forward(local_port=now.forward_port, remote_port=now.page.port),),
        )
        return Document(relays=(relay,), servers=(server,))

    # --- what can be done to it ---------------------------------------------------------------------------

    def drop_tunnel(self) -> None:
        """As if the GPU server's ``ssh -R`` ended; returns when nothing listens on the route port."""
        with self._lock:
            self._now.drop_tunnel()

    def restore_tunnel(self) -> None:
        """Back on the same route port. Raises INTERNAL when another program has taken it."""
        with self._lock:
            self._now.restore_tunnel()

    @property
    def _now(self) -> _Running:
        with self._lock:
            if self._running is None:
                raise RuntimeError("the demo is not running")
            return self._running


class _Running:
    """One run: everything stands when it has been made."""

    def __init__(self, folder: Path) -> None:
        folder = folder.resolve()
        self.keys: DemoKeys = load_or_make_keys(folder)
        self.home = folder / "home"
        self.known_hosts = folder / "known_hosts"
        self.tunnel: ReverseTunnel | None = None
        self._crew = Crew()
        self._machines: list[RelayServer | GpuServer | WebPage] = []
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        try:
            self.page = WebPage(self._crew)
            self._machines.append(self.page)
            self.server = GpuServer(
                self._crew, self.keys.server_host, self.keys.person, self._furnished_home()
            )
            self._machines.append(self.server)
            self.relay = RelayServer(self._crew, self.keys.relay_host, self.keys.person, self.keys.tunnel)
            self._machines.append(self.relay)
            self.restore_tunnel()
            self.socks_port = free_port(DEFAULT_SOCKS_PORT)
            self.forward_port = free_port()
            write_private(self.known_hosts, self._known_hosts_lines().encode("ascii"))
        except (OSError, SSHException) as e:
            raise error(FaultCode.INTERNAL, reason=f"the demo could not start: {e}") from e

    def _furnished_home(self) -> Path:
        try:
            self.home.mkdir(mode=0o700, exist_ok=True)
            readme = self.home / "README.txt"
            if not readme.exists():
                readme.write_text(_WELCOME, encoding="utf-8")
        except OSError as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=str(self.home), reason=e.strerror or str(e)) from e
        return self.home

    def _known_hosts_lines(self) -> str:
        server_names = f"{SERVER_ID},{SERVER_ID}.relaytray.internal,[{HOST}]:{self.relay.route_port}"
        lines = [f"[{HOST}]:{self.relay.port} {public_line(self.keys.relay_host)}"]
        lines.append(f"{server_names} {public_line(self.keys.server_host)}")
        return "\n".join(lines) + "\n"

    def drop_tunnel(self) -> None:
        tunnel, self.tunnel = self.tunnel, None
        if tunnel is not None:
            tunnel.close()
            self.relay.wait_route_closed()

    def restore_tunnel(self) -> None:
        if self.tunnel is not None and self.tunnel.is_up:
            return
        self.drop_tunnel()
        try:
            self.tunnel = ReverseTunnel(
                self._crew, self.relay.port, self.keys.relay_host, self.keys.tunnel, self.server.port
            )
        except (OSError, SSHException) as e:
            reason = f"the demo's tunnel to port {self.relay.route_port} did not come up: {e}"
            raise error(FaultCode.INTERNAL, reason=reason) from e

    def stop(self) -> None:
        self._crew.dismiss()
        if self.tunnel is not None:
            self.tunnel.close()
        for machine in reversed(self._machines):
            machine.stop()
        left = self._crew.join(_STOP_S)
        if left:
            _log.warning("These threads of the demo have not ended: %s", ", ".join(sorted(left)))
