"""The relay's v2ray or Xray, and the server's where there is one, around the machines of a ``Lab``."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import psutil
from cryptography.hazmat.primitives.asymmetric import x25519

from app.core.profiles import Document
from app.core.routes import RouteKind, V2rayCarrier, V2rayRoute
from app.core.v2ray_route import Carrier, Core, RoutedServer
from app.export.v2ray import v2ray4, xray
from tests.peers.lab import SERVER_ALIAS, Lab
from tests.peers.ports import free_port
from tests.peers.v2ray_cores import RunningCore

WRITERS: dict[Core, Any] = {Core.V2RAY: v2ray4, Core.XRAY: xray}


def new_uuid() -> str:
    return str(uuid.uuid4())


def x25519_pair() -> tuple[str, str]:
    key = x25519.X25519PrivateKey.generate()
    raw = key.private_bytes_raw(), key.public_key().public_bytes_raw()
    private, public = (base64.urlsafe_b64encode(one).decode().rstrip("=") for one in raw)
    return private, public


class V2rayEnds:
    """``hybrid``: the relay hands on to the port of the lab's ``ssh -R``; else the server has a core."""

    def __init__(
        self, lab: Lab, core: Core, *, hybrid: bool = True, ports: tuple[int, ...] = (22,), **choices: Any
    ) -> None:
        private, public = x25519_pair()
        self.lab, self.core, self.hybrid = lab, core, hybrid
        self.user_id = new_uuid()
        self.carrier = Carrier(
            core=core, host="127.0.0.1", tunnel_port=free_port(), user_port=free_port(),
            decryption_key=private, encryption_key=public, **choices,
        )  # fmt: skip
        self.routed = RoutedServer(
            name=SERVER_ALIAS, tunnel_uuid=new_uuid(), user_uuids=(self.user_id,), ports=ports,
            sshd_port=lab.server.port, hybrid_port=lab.route_port if hybrid else 0,
        )  # fmt: skip
        self._stack = ExitStack()
        self._relay = ExitStack()
        self._starts = 0

    def __enter__(self) -> Self:
        self.start_relay()
        if not self.hybrid:
            config = WRITERS[self.core].server_config(self.carrier, self.routed)
            self._stack.enter_context(RunningCore(self.core, self._folder("bridge"), config))
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop_relay()
        self._stack.close()

    def start_relay(self) -> None:
        config = WRITERS[self.core].relay_config(self.carrier, [self.routed])
        port = self.carrier.user_port
        core = RunningCore(self.core, self._folder("v2ray-relay"), config, port=port)
        self.relay_pid = self._relay.enter_context(core).pid

    def stop_relay(self) -> None:
        self._relay.close()

    @contextlib.contextmanager
    def paused_relay(self) -> Iterator[None]:
        """It is there and says nothing, as behind a line that went away silently."""
        process = psutil.Process(self.relay_pid)
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def profile(self) -> V2rayCarrier:
        carrier, tls = self.carrier, self.carrier.tls
        return V2rayCarrier(
            core=carrier.core,
            user_port=carrier.user_port,
            websocket_path=carrier.websocket_path,
            encryption_key=carrier.encryption_key if carrier.core is Core.XRAY else "",
            server_name=tls.server_name if tls else "",
            certificate_pem=tls.certificate_pem if tls else "",
        )

    def document(self, *routes: RouteKind, **relay_changes: Any) -> Document:
        """The lab's, with this route and this order."""
        document = self.lab.document(carrier=self.profile(), **relay_changes)
        changes: dict[str, Any] = {
            "routes": routes or (RouteKind.V2RAY,),
            "v2ray": V2rayRoute(ports=self.routed.ports),
        }
        servers = tuple(dataclasses.replace(server, **changes) for server in document.servers)
        return dataclasses.replace(document, servers=servers)

    def _folder(self, name: str) -> Path:
        self._starts += 1
        return self.lab.folder / f"{name}-{self._starts}"
