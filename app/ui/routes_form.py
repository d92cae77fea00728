"""How a server is reached, and what its way by v2ray needs: a folded part of its editor. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit

from app.core.problems import Problem, ProblemCode
from app.core.profiles import Server
from app.core.route_rules import is_user_id
from app.core.routes import RouteKind, V2rayRoute
from app.ui.field_form import FieldForm
from app.ui.routes_field import PortsField, RoutesField
from app.ui.widgets import choice

_HYBRID, _BRIDGE = "hybrid", "bridge"
_OF_V2RAY = ("v2ray.hybrid", "v2ray.ports", "v2ray.name", "v2ray.user_id")


class RoutesForm(FieldForm):
    """``on_server`` gives the server with what the fields say now; ``user_id`` is "" if it is to stay."""

    def __init__(self, server: Server, *, keeps_user_id: bool = False) -> None:
        """``keeps_user_id``: whether there is a keyring behind it that takes one."""
        super().__init__()
        self._server_id, self._keeps_user_id = server.id, keeps_user_id
        known = server.v2ray or V2rayRoute()
        self._routes = RoutesField(server.routes)
        self._routes.changed.connect(self._routes_edited)
        help_words = self.tr(
            "The first one is taken. When it fails the next one is, and the first one again when it works."
        )
        self.add("routes", self.tr("Ways to it"), self._routes, help_words)
        kinds = [
            (_HYBRID, self.tr("the relay hands on to the tunnel port (ssh -R)")),
            (_BRIDGE, self.tr("a v2ray on the server itself (bridge)")),
        ]
        self._hybrid = choice(kinds, _HYBRID if known.hybrid or server.v2ray is None else _BRIDGE)
        help_words = self.tr(
            "How the relay's v2ray reaches the server. The relay decides it; this is for you."
        )
        self.add("v2ray.hybrid", self.tr("By v2ray"), self._hybrid, help_words)
        self._ports = PortsField(known.ports)
        help_words = self.tr("Ports of the server that the relay lets through by v2ray. 22 is its sshd.")
        self.add("v2ray.ports", self.tr("Ports by v2ray"), self._ports, help_words)
        self._name = QLineEdit(known.name)
        self._name.setPlaceholderText(server.alias or self.tr("as here"))
        help_words = self.tr("What the relay's v2ray calls the server, if not as it is called here.")
        self.add("v2ray.name", self.tr("Name there"), self._name, help_words)
        self._user_id = QLineEdit()
        self._user_id.setEchoMode(QLineEdit.EchoMode.Password)
        self._user_id.setPlaceholderText(self.tr("not known yet"))
        help_words = self.tr(
            "This computer's user id (UUID) there: it lets whoever has it in, so it is kept in the keyring "
            "and never shown. The relay's set-up fills it in by itself."
        )
        self.add("v2ray.user_id", self.tr("User id"), self._user_id, help_words)
        self._v2ray = server.v2ray
        self._follow()

    def on_server(self, server: Server) -> Server:
        routes = self._routes.routes()
        if self._v2ray is None and RouteKind.V2RAY not in routes:
            return replace(server, routes=routes)
        v2ray = replace(
            self._v2ray or V2rayRoute(),
            hybrid=self._hybrid.currentData() == _HYBRID,
            ports=self._ports.ports(),
            name=self._name.text().strip(),
        )
        return replace(server, routes=routes, v2ray=v2ray)

    def user_id(self) -> str:
        return self._user_id.text().strip()

    def show_user_id_known(self) -> None:
        """The keyring has one."""
        self._user_id.setPlaceholderText(self.tr("stored in the keyring; unchanged"))

    def problems(self) -> Iterator[Problem]:
        """What the rules of a profile cannot know: the user id is no part of it."""
        if self.user_id() and not is_user_id(self.user_id()):
            yield Problem("v2ray.user_id", ProblemCode.USER_ID_SYNTAX, {}, self._server_id)

    def _routes_edited(self) -> None:
        self._follow()
        self.touch("routes")
        self.changed.emit()

    def _follow(self) -> None:
        has_v2ray = RouteKind.V2RAY in self._routes.routes()
        for field in _OF_V2RAY:
            is_offered = field != "v2ray.user_id" or self._keeps_user_id
            self.set_row_visible(field, is_visible=has_v2ray and is_offered)
