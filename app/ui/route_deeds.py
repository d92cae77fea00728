"""Lets servers be reached by their relay's v2ray, or ends that. GUI thread; the work is in the background."""

from __future__ import annotations

from PySide6.QtCore import QObject

from app.core.routes import V2rayRoute
from app.ui.actions import Command
from app.ui.commands import Deed
from app.ui.other_ends import Surroundings
from app.ui.parts import RoutesPort
from app.ui.route_dialog import RouteDialog


class RouteDeeds(QObject):
    """Without a ``port`` nothing is offered."""

    def __init__(self, parent: QObject, port: RoutesPort | None, around: Surroundings) -> None:
        super().__init__(parent)
        self._port, self._around = port, around

    def deeds(self) -> dict[Command, Deed]:
        if self._port is None:
            return {}
        return {
            Command.PERMIT_V2RAY: lambda server_id: self._ask(server_id, is_to_be=True),
            Command.DROP_V2RAY: lambda server_id: self._ask(server_id, is_to_be=False),
        }

    def _ask(self, server_id: str, *, is_to_be: bool) -> None:
        document, port, around = self._around.document(), self._port, self._around
        server = document.server(server_id)
        relay = document.relay(server.relay_id) if server is not None else None
        if server is None or relay is None or port is None:
            return

        def done() -> None:
            words = self.tr("{alias} can be reached by v2ray now.")
            if not is_to_be:
                words = self.tr("{alias} is not reached by v2ray any more.")
            around.say(words.format(alias=server.alias))

        def make() -> RouteDialog:
            return RouteDialog(
                server.id,
                server.alias,
                relay.name,
                (server.v2ray or V2rayRoute()).ports if is_to_be else None,
                port,
                around.background,
                done,
                around.tell,
                around.window(),
            )

        around.windows.show(f"route-{server_id}", make)
