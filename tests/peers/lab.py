"""The whole chain with real programs: a relay, and a GPU server that only its own ``ssh -R`` connects to it.

The authorized_keys lines are the hardened ones that the product tells people to use: each key can do
nothing but its one forward.
"""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from app.core.profiles import Authentication, Document, Relay, ReverseRoute, Server
from tests.peers import processes
from tests.peers.keys import KeyStore, public_line
from tests.peers.ports import Deadline, free_port, is_listening, read_banner
from tests.peers.sshd import Sshd

RELAY_ID, SERVER_ID = "lab-relay-id", "lab-gpu-id"
RELAY_NAME, SERVER_ALIAS = "lab-relay", "lab-gpu"
# Of the server's ssh -R, as RelayTray sets it up: ssh's own first choice takes twice the time.
ROUTE_CIPHERS = "Ciphers=^aes128-gcm@openssh.com,aes256-gcm@openssh.com"


class Fingerprints(NamedTuple):
    relay: str
    server: str


class Lab:
    """A relay, a server, and the reverse tunnel between them. Made by the ``lab`` fixture.

    ``relay`` and ``server`` are the two ``Sshd``: pause, kill, restart and read them directly.
    ``permissive=True``: the person's key may open anything from the relay, and run commands there.
    ``prompt=True``: the relay's sshd sends small packets to the server at once, as on a server that RelayTray
    set up; it costs each tunnel one program more. The folder's name must then be short.
    """

    def __init__(
        self, folder: Path, keys: KeyStore, *, permissive: bool = False, prompt: bool = False
    ) -> None:
        self.folder = folder
        self.permissive = permissive
        self.prompt = prompt
        self.keys = keys
        self.route_port = free_port()
        self.person_key = keys.key("person")  # at the relay
        self.server_key = keys.key("person-at-server")  # at the server
        self._tunnel_key = keys.key("gpu-tunnel")
        self._tunnel: subprocess.Popen[bytes] | None = None
        self._tunnel_suspended: list[Any] = []
        self._other_machine: Sshd | None = None
        self.relay = Sshd(
            folder / "relay", keys=keys, name="relay", authorized_keys=self.relay_authorized_keys()
        )
        self.server = Sshd(
            folder / "server",
            keys=keys,
            name="server",
            authorized_keys=public_line(self.server_key) + " person",
        )

    def relay_authorized_keys(self) -> str:
        port, closed = f"127.0.0.1:{self.route_port}", "127.0.0.1:1"
        limits = 'restrict,port-forwarding,{}="{}",{}="{}",command="/bin/false"'
        tunnel = limits.format("permitlisten", port, "permitopen", closed)
        person = limits.format("permitopen", port, "permitlisten", closed)
        lines = [
            f"{tunnel} {public_line(self._tunnel_key)} gpu-tunnel",
            f"{'' if self.permissive else person + ' '}{public_line(self.person_key)} user",
        ]
        return "\n".join(lines)

    # --- what it is -------------------------------------------------------------------------------------

    @property
    def relay_port(self) -> int:
        return self.relay.port

    @property
    def user(self) -> str:
        """The account at both machines."""
        return self.relay.user

    @property
    def fingerprints(self) -> Fingerprints:
        """Of the machines as they are now."""
        return Fingerprints(self.relay.fingerprint(), (self._other_machine or self.server).fingerprint())

    @property
    def tunnel_is_up(self) -> bool:
        return self._tunnel is not None and self._tunnel.poll() is None

    def document(self, socks_port: int = 0, **relay_changes: Any) -> Document:
        """Profiles for this lab; ``relay_changes`` are fields of the relay (0 = a free SOCKS port)."""
        relay = Relay(
            id=RELAY_ID,
            name=RELAY_NAME,
            host="127.0.0.1",
            port=self.relay.port,
            user=self.user,
            authentication=Authentication.KEY_FILE,
            identity=str(self.person_key),
            socks_port=socks_port or free_port(),
        )
        server = Server(
            id=SERVER_ID,
            alias=SERVER_ALIAS,
            relay_id=RELAY_ID,
            route=ReverseRoute(port=self.route_port),
            user=self.user,
            identity=str(self.server_key),
        )
        return Document(relays=(dataclasses.replace(relay, **relay_changes),), servers=(server,))

    # --- what can be done to it -------------------------------------------------------------------------

    def start(self) -> Self:
        try:
            self.relay.start()
            self.server.start()
            self.restore_tunnel()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        self._end_tunnel()
        for machine in (self._other_machine, self.server, self.relay):
            if machine is not None:
                machine.stop()

    def drop_tunnel(self) -> None:
        """The server's ``ssh -R`` ends; returns when nothing listens on the route port any more."""
        self._end_tunnel()
        if self.relay.is_running:
            deadline = Deadline(10, f"the relay to give up port {self.route_port}")
            while is_listening(self.route_port):
                deadline.wait()

    def restore_tunnel(self) -> None:
        """The server, or the machine in its place, opens its tunnel; returns when it answers through it."""
        if self.tunnel_is_up:
            return
        for _ in range(5):
            if self._open_tunnel():
                return
            if "remote port forwarding failed" not in self.tunnel_log():
                break
            self.route_port = free_port()  # another program took it: profiles are made after this
            self.relay.authorize(self.relay_authorized_keys())
        raise RuntimeError(f"the reverse tunnel did not come up:\n{self.tunnel_log()}\n{self.relay.log()}")

    def pause_tunnel(self) -> None:
        """The relay still listens on the route port, and nothing answers behind it."""
        assert self._tunnel is not None
        self._tunnel_suspended = processes.suspend_tree(self._tunnel.pid)

    def resume_tunnel(self) -> None:
        processes.resume_all(self._tunnel_suspended)
        self._tunnel_suspended = []

    def replace_server_with_other_machine(self) -> None:
        """Another sshd, with other host keys, takes the route port."""
        self.drop_tunnel()
        self._other_machine = Sshd(
            self.folder / "other", keys=self.keys, name="other", authorized_keys=public_line(self.server_key)
        ).start()
        self.restore_tunnel()

    def stop_relay(self) -> None:
        self.relay.stop()
        self._end_tunnel()

    def start_relay(self) -> None:
        """The relay comes back at the same port, and the server's tunnel with it."""
        self.relay.start()
        self.restore_tunnel()

    def change_relay_host_key(self) -> None:
        """As if the relay had been installed anew, or somebody else answered at its address."""
        self.stop_relay()
        self.relay.use_host_keys(self.keys, "relay-reinstalled")
        self.start_relay()

    def tunnel_log(self) -> str:
        path = self.folder / "tunnel.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # --- how --------------------------------------------------------------------------------------------

    def _open_tunnel(self) -> bool:
        machine = self._other_machine or self.server
        known_hosts = self.folder / "tunnel_known_hosts"
        known_hosts.write_text(self.relay.host_key_line + "\n", encoding="utf-8")
        options = [
            "IdentitiesOnly=yes",
            f"UserKnownHostsFile={known_hosts}",
            "GlobalKnownHostsFile=/dev/null",
            "BatchMode=yes",
            "ExitOnForwardFailure=yes",
            "ServerAliveInterval=15",
            "ConnectTimeout=15",
            ROUTE_CIPHERS,
        ]
        command = [
            "ssh",
            "-N",
            "-T",
            "-F",
            "/dev/null",
            "-i",
            str(self._tunnel_key),
            "-p",
            str(self.relay.port),
        ]
        command += [word for option in options for word in ("-o", option)]
        command += ["-R", f"127.0.0.1:{self.route_port}:127.0.0.1:{machine.port}", f"{self.user}@127.0.0.1"]
        control = self.folder / "m"
        if self.prompt:
            command[1:1] = ["-M", "-S", str(control)]
        with (self.folder / "tunnel.log").open("wb") as log:
            self._tunnel = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = Deadline(20, "the server's sshd to answer through the reverse tunnel")
        while deadline.wait():
            if self._tunnel.poll() is not None:
                return False
            if read_banner(self.route_port).startswith(b"SSH-2.0-"):
                if self.prompt:  # the key's forced command comes to nothing
                    subprocess.run(
                        ["ssh", "-F/dev/null", f"-S{control}", "x", "exit"], stdin=subprocess.DEVNULL
                    )
                return True
        return False

    def _end_tunnel(self) -> None:
        if self._tunnel is not None:
            processes.end_tree(self._tunnel)
            self._tunnel = None
