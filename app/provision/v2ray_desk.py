"""One server more or less by its relay's v2ray, as window and command line ask for it. Everything blocks."""

from __future__ import annotations

import logging
import threading

from app.core.faults import FaultCode, error
from app.core.profiles import Relay, Server, SetupMode
from app.provision.one_at_a_time import alone_with
from app.provision.surroundings import Ground
from app.provision.v2ray_ids import forget_ids, kept_id
from app.provision.v2ray_profiles import with_carrier, with_route, without_route
from app.provision.v2ray_service import add_server, drop_server
from app.transport.remote_shell import RemoteShell

log = logging.getLogger("relaytray.provision")


class V2rayDesk:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def permit_v2ray(self, server_id: str, ports: tuple[int, ...], cancelled: threading.Event) -> None:
        """This computer reaches the server by it from now on; safe to repeat.

        Raises RELAY_NOT_SET_UP, V2RAY_NOT_SET_UP, ROUTE_NEEDS_BRIDGE, SETUP_STEP_FAILED, SETUP_RUNNING, and
        what a login and a script raise.
        """
        server, relay = self._set_up(server_id)
        with alone_with(relay, self._ground.paths):
            user_id = kept_id(self._ground.tools.secrets, server)
            with RemoteShell.connect(relay, self._ground.tools, cancelled) as shell:
                permitted = add_server(shell, relay, server, ports=ports, user_id=user_id)
            self._ground.edit(
                lambda document: with_carrier(
                    with_route(document, server, permitted.routed), relay, permitted.carrier
                )
            )
        log.info("%s can be reached by the v2ray of %s.", server.alias, relay.name)

    def drop_v2ray(self, server_id: str, cancelled: threading.Event) -> None:
        """This computer does not reach it that way any more; others still may. Raises as ``permit_v2ray``."""
        server, relay = self._ground.server(server_id)
        with alone_with(relay, self._ground.paths):
            if relay.setup is SetupMode.SYSTEM:
                with RemoteShell.connect(relay, self._ground.tools, cancelled) as shell:
                    drop_server(shell, relay, server, only_mine=True)
            self._ground.edit(lambda document: without_route(document, server_id))
            forget_ids(self._ground.tools.secrets, [server])
        log.info("%s is not reached by the v2ray of %s any more.", server.alias, relay.name)

    def _set_up(self, server_id: str) -> tuple[Server, Relay]:
        server, relay = self._ground.server(server_id)
        if relay.setup is SetupMode.NONE:
            raise error(FaultCode.RELAY_NOT_SET_UP, name=relay.name)
        return server, relay
