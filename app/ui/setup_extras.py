"""More that a relay's set-up can put there: v2ray or Xray, and a Shadowsocks server. GUI thread only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app.core.provisioning import Camouflage, SetupOptions, ShadowsocksOptions, V2rayOptions
from app.core.setup_rules import problems_of_setup
from app.core.v2ray_route import Core
from app.ui.field_form import FieldForm, PathField, port_field
from app.ui.widgets import choice, dress, push, tick

_NOTHING = ""
_METHODS = ("aes-256-gcm", "xchacha20-ietf-poly1305", "chacha20-ietf-poly1305", "aes-128-gcm")
_OF_V2RAY = ("user_port", "tunnel_port", "server_name", "websocket_path", "program")
_OF_SHADOWSOCKS = ("method", "port", "camouflage", "camouflage_host", "for_phones", "phone_port")


class SetupExtras(QWidget):
    """A folded part; ``v2ray`` and ``shadowsocks`` are None where what is there stays as it is."""

    changed = Signal()

    def __init__(self, options: SetupOptions) -> None:
        super().__init__()
        self._form = FieldForm()
        self._has_shadowsocks = options.shadowsocks is not None or options.without_shadowsocks
        self._build_v2ray(options.v2ray)
        self._build_shadowsocks(options.shadowsocks)
        self._fold = push(self.tr("More on this relay"), self._follow, icon="fold-closed")
        self._fold.setObjectName("more-on-this-relay")
        self._fold.setCheckable(True)
        self._fold.setChecked(options.v2ray is not None or self._has_shadowsocks)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._form)
        self._form.changed.connect(self._follow)
        self._follow()

    @property
    def form(self) -> FieldForm:
        return self._form

    def v2ray(self) -> V2rayOptions | None:
        core = self._core.currentData()
        if core == _NOTHING:
            return None
        return V2rayOptions(
            core=Core(core),
            user_port=self._user_port.value(),
            tunnel_port=self._tunnel_port.value(),
            server_name=self._server_name.text().strip(),
            websocket_path=self._path.text().strip(),
            program=self._program.text(),
        )

    @property
    def takes_shadowsocks_away(self) -> bool:
        """The person has taken the tick away from what is there."""
        return self._has_shadowsocks and not self._wanted.isChecked()

    def shadowsocks(self) -> ShadowsocksOptions | None:
        if not self._wanted.isChecked():
            return None
        return ShadowsocksOptions(
            method=str(self._method.currentData()),
            port=self._port.value(),
            camouflage=Camouflage(self._camouflage.currentData()),
            camouflage_host=self._host.text().strip(),
            for_phones=self._phones.isChecked(),
            phone_port=self._phone_port.value(),
        )

    def check(self, options: SetupOptions, ssh_port: int) -> bool:
        """Show what is wrong with them beside the fields; whether nothing is."""
        problems = problems_of_setup(options, ssh_port)
        self._form.show_problems(problems)
        if problems and not self._fold.isChecked():
            self._fold.setChecked(True)  # nobody can mend what is hidden
            self._follow()
        return not problems

    def _build_v2ray(self, options: V2rayOptions | None) -> None:
        known = options or V2rayOptions()
        cores = [
            (_NOTHING, self.tr("leave it as it is")),
            (Core.V2RAY.value, self.tr("v2ray (VMess)")),
            (Core.XRAY.value, self.tr("Xray (VLESS)")),
        ]
        self._core = choice(cores, options.core.value if options is not None else _NOTHING)
        help_words = self.tr(
            "A second way to your GPU servers, for networks that block or disturb SSH. It runs as a service "
            "with an account of its own and lets nobody anywhere but to the servers you allow."
        )
        self._form.add("v2ray.core", self.tr("v2ray or Xray"), self._core, help_words)
        self._user_port, self._tunnel_port = port_field(known.user_port), port_field(known.tunnel_port)
        help_words = self.tr(
            "Where computers such as this one dial in. If your cloud has a firewall before the relay, open "
            "this port there."
        )
        self._form.add("v2ray.user_port", self.tr("Port for computers"), self._user_port, help_words)
        help_words = self.tr("Where GPU servers dial in, if they keep a v2ray bridge open.")
        self._form.add("v2ray.tunnel_port", self.tr("Port for bridges"), self._tunnel_port, help_words)
        self._server_name = QLineEdit(known.server_name)
        self._server_name.setPlaceholderText(self.tr("no TLS"))
        help_words = self.tr(
            "Puts TLS around it: the set-up makes a certificate for this name, and computers trust this one "
            "and no other."
        )
        self._form.add("v2ray.server_name", self.tr("TLS name"), self._server_name, help_words)
        self._path = QLineEdit(known.websocket_path)
        self._path.setPlaceholderText(self.tr("no WebSocket"))
        help_words = self.tr("Such as /updates, to stand behind a web server.")
        self._form.add("v2ray.websocket_path", self.tr("WebSocket path"), self._path, help_words)
        self._program = PathField(
            known.program, self.tr("Choose the program for the relay"), str(Path.home())
        )
        self._program.line.setPlaceholderText(self.tr("found there, or from its packages"))
        help_words = self.tr(
            "v2ray or Xray for the relay's system, a program or a release (.zip), if the relay has none and "
            "its packages neither. It is brought there."
        )
        self._form.add("v2ray.program", self.tr("Program file"), self._program, help_words)

    def _build_shadowsocks(self, options: ShadowsocksOptions | None) -> None:
        known = options or ShadowsocksOptions()
        self._wanted = tick(self.tr("Run a Shadowsocks server there"), options is not None)
        help_words = self.tr(
            "For browsers and phones: they reach the internet from the relay. Its users get nowhere near the "
            "relay itself or your GPU servers. Without the tick, what is there stays as it is."
        )
        if self._has_shadowsocks:
            help_words = self.tr("It is there. Without the tick it is taken away, for your phones too.")
        self._form.add("shadowsocks.wanted", "Shadowsocks", self._wanted, help_words)
        methods = dict.fromkeys((*_METHODS, known.method))  # one that is there already stays
        self._method = choice([(one, one) for one in methods], known.method)
        self._form.add("shadowsocks.method", self.tr("Encryption"), self._method)
        self._port = port_field(known.port)
        help_words = self.tr("If your cloud has a firewall before the relay, open this port there.")
        self._form.add("shadowsocks.port", self.tr("Port"), self._port, help_words)
        looks = [
            (Camouflage.NONE.value, self.tr("nothing of the kind")),
            (Camouflage.OBFS_HTTP.value, self.tr("web traffic (simple-obfs, http)")),
            (Camouflage.OBFS_TLS.value, self.tr("encrypted web traffic (simple-obfs, tls)")),
            (Camouflage.V2RAY_PLUGIN.value, self.tr("WebSocket (v2ray-plugin)")),
        ]
        self._camouflage = choice(looks, known.camouflage.value)
        help_words = self.tr("Computers then need the same plugin beside their client. Phones do without.")
        self._form.add("shadowsocks.camouflage", self.tr("Looks like"), self._camouflage, help_words)
        self._host = QLineEdit(known.camouflage_host)
        self._form.add("shadowsocks.camouflage_host", self.tr("Pretended host"), self._host)
        self._phones = tick(self.tr("A second port for phones"), known.for_phones)
        help_words = self.tr("With what Outline knows: chacha20-ietf-poly1305 and no plugin.")
        self._form.add("shadowsocks.for_phones", "", self._phones, help_words)
        self._phone_port = port_field(known.phone_port)
        self._form.add("shadowsocks.phone_port", self.tr("Port for phones"), self._phone_port)

    def _follow(self) -> None:
        """Show what belongs to the choices."""
        is_open = self._fold.isChecked()
        dress(self._fold, "fold-open" if is_open else "fold-closed")
        self._form.setVisible(is_open)
        for name in _OF_V2RAY:
            self._form.set_row_visible(f"v2ray.{name}", is_visible=self._core.currentData() != _NOTHING)
        is_wanted = self._wanted.isChecked()
        for name in _OF_SHADOWSOCKS:
            self._form.set_row_visible(f"shadowsocks.{name}", is_visible=is_wanted)
        is_hidden = self._camouflage.currentData() != Camouflage.NONE.value
        self._form.set_row_visible("shadowsocks.camouflage_host", is_visible=is_wanted and is_hidden)
        has_phones = self._phones.isChecked()
        self._form.set_row_visible("shadowsocks.phone_port", is_visible=is_wanted and has_phones)
        self.changed.emit()
