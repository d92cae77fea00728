"""The GPU server's ``ssh -R 127.0.0.1:<route port>:127.0.0.1:<its sshd> relay``, as an SSH client."""

from __future__ import annotations

import logging
import threading

import paramiko
from paramiko.ssh_exception import SSHException

from app.provision.demo.carrying import carry, close_channel
from app.provision.demo.crew import Crew
from app.provision.demo.demo_transport import DemoTransport
from app.provision.demo.doors import USER
from app.provision.demo.loopback import HOST, connect

_log = logging.getLogger("relaytray.provision")
_TIMEOUT_S = 10.0


class ReverseTunnel:
    """Stands when it has been made; raises OSError or SSHException when it cannot.

    ``port`` is the relay's port that leads to 127.0.0.1:``sshd_port``. The relay must have ``relay_key``.
    """

    def __init__(
        self, crew: Crew, relay_port: int, relay_key: paramiko.PKey, key: paramiko.PKey, sshd_port: int
    ) -> None:
        self._crew = crew
        self._sshd_port = sshd_port
        self._ended = threading.Event()
        sock = connect(relay_port)
        self._transport = DemoTransport(sock, crew, "demo-tunnel", on_end=self._ended.set)
        try:
            self._transport.start_client(timeout=_TIMEOUT_S)
            crew.adopt(self._transport)
            if self._transport.get_remote_server_key() != relay_key:
                raise SSHException("the demo's relay shows another host key")
            self._transport.auth_publickey(USER, key)
            self.port = int(self._transport.request_port_forward(HOST, 0, self._on_connection))
        except BaseException:
            self.close()
            sock.close()
            raise

    @property
    def is_up(self) -> bool:
        return bool(self._transport.is_active())

    def close(self) -> None:
        """End it, and wait for its reader."""
        self._transport.close()
        if self._transport.ident is not None:
            self._transport.join()

    def _on_connection(
        self,
        channel: paramiko.Channel,
        origin: tuple[str, int],
        destination: tuple[str, int],  # noqa: ARG002
    ) -> None:
        """In the reader thread."""
        self._crew.start(f"demo-tunnel-{origin[1]}", lambda: self._serve(channel))

    def _serve(self, channel: paramiko.Channel) -> None:
        try:
            sock = connect(self._sshd_port)
        except OSError as e:
            _log.debug("The demo's GPU server does not answer: %s", e)
            close_channel(channel)
            return
        with self._crew.holding(sock):
            carry(self._crew, sock, channel)
