"""The connections of one demo machine."""

from __future__ import annotations

import logging
import threading

import paramiko
from paramiko.ssh_exception import SSHException

from app.provision.demo.crew import Crew
from app.provision.demo.demo_transport import DemoTransport
from app.provision.demo.doors import Door

_log = logging.getLogger("relaytray.provision")


class Transports:
    """Serves each, remembers it while it lives, and closes all of them. Thread-safe."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._lock = threading.Lock()
        self._live: set[DemoTransport] = set()
        self._closed = False

    def serve(self, transport: DemoTransport, host_key: paramiko.PKey, door: Door) -> None:
        """Returns at once. After ``close`` a late connection is closed too."""
        with self._lock:
            if self._closed:
                transport.sock.close()
                return
            self._live = {one for one in self._live if one.is_alive()}
            try:
                transport.serve(host_key, door)
            except (SSHException, RuntimeError) as e:
                _log.debug("A connection to the demo could not be served: %s", e)
                transport.sock.close()
                return
            self._live.add(transport)

    def close(self) -> None:
        """Cut every connection; their threads end soon after."""
        with self._lock:
            self._closed = True
            live, self._live = self._live, set()
        for transport in live:
            transport.close()
