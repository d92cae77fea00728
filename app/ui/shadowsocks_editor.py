"""Making and changing a Shadowsocks server. GUI thread only; the caller stores the result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QWidget

from app.core.problems import Problem, ProblemCode
from app.core.profiles import Document
from app.core.shadowsocks import ShadowsocksServer
from app.core.shadowsocks_methods import KEY_BYTES, METHODS, PLUGINS, key_length_is_wrong
from app.core.validation import problems_of_shadowsocks
from app.ui.editor_dialog import EditorDialog
from app.ui.field_form import port_field
from app.ui.widgets import choice, label, tick


class ShadowsocksEditor(EditorDialog):
    """``on_save(server, password)`` gets one without problems; the password is "" if unchanged."""

    def __init__(
        self,
        server: ShadowsocksServer,
        document: Document,
        on_save: Callable[[ShadowsocksServer, str], None],
        parent: QWidget | None = None,
    ) -> None:
        self._server, self._document, self._on_save = server, document, on_save
        self._is_new = document.shadowsocks_server(server.id) is None
        super().__init__(parent)
        title = self.tr("Edit the Shadowsocks server {name}").format(name=server.name)
        self.setWindowTitle(self.tr("Add a Shadowsocks server") if self._is_new else title)
        if self._is_new:
            about = self.tr(
                "Whoever runs it has told you these values. Where you have a link or a QR code, import that "
                "instead. On a relay of your own, its set-up adds one."
            )
            self.add_top(label(about, "muted"))
        self._build_first(server)
        self._build_more(server)
        self._follow_method()
        self._follow_plugin()
        self.watch()

    def problems(self) -> list[object]:
        found: list[object] = list(problems_of_shadowsocks(self.result_value(), self._document))
        if self._is_new and not self._password.text():
            found.append(Problem("password", ProblemCode.EMPTY))
        return found

    def check_further(self, go_on: Callable[[], None]) -> None:
        method, password = str(self._method.currentData()), self._password.text()
        if password and key_length_is_wrong(method, password):
            words = self.tr(
                "For {method} the password is a key of {count} bytes in base64. Copy it as a whole."
            )
            self.form.refuse("password", words.format(method=method, count=KEY_BYTES[method]))
        else:
            go_on()

    def save(self) -> None:
        self._on_save(self.result_value(), self._password.text())

    def result_value(self) -> ShadowsocksServer:
        """The server as the fields have it now."""
        plugin = str(self._plugin.currentData())
        return replace(
            self._server,
            name=self._name.text().strip(),
            host=self._host.text().strip(),
            port=self._port.value(),
            method=str(self._method.currentData()),
            plugin=plugin,
            plugin_options=self._options.text().strip() if plugin else "",
            local_port=self._local_port.value(),
            connect_at_launch=self._at_launch.isChecked(),
        )

    def _build_first(self, server: ShadowsocksServer) -> None:
        form = self.form
        self._name = QLineEdit(server.name)
        self._name.setPlaceholderText(self.tr("my-shadowsocks"))
        self._host = QLineEdit(server.host)
        self._host.setPlaceholderText(self.tr("relay.example.org or 203.0.113.7"))
        self._port = port_field(server.port)
        self._method = choice([(one, one) for one in _with(METHODS, server.method)], server.method)
        self._method.currentIndexChanged.connect(self._follow_method)
        self._password = QLineEdit()
        self._password.setEchoMode(QLineEdit.EchoMode.Password)
        if not self._is_new:
            self._password.setPlaceholderText(self.tr("unchanged"))
        form.add("name", self.tr("Name"), self._name, self.tr("What you call it here."))
        form.add("host", self.tr("Address"), self._host)
        form.add("port", self.tr("Port"), self._port)
        form.add("method", self.tr("Method"), self._method, " ")
        self._method_help = _help_of(self._method)
        words = self.tr("It is kept in this system's keyring, and nowhere else.")
        form.add("password", self.tr("Password"), self._password, words)

    def _build_more(self, server: ShadowsocksServer) -> None:
        more = self.more
        plugins = [("", self.tr("none"))]
        plugins += [(one, one) for one in _with(tuple(PLUGINS), server.plugin) if one]
        self._plugin = choice(plugins, server.plugin)
        self._plugin.currentIndexChanged.connect(self._follow_plugin)
        self._options = QLineEdit(server.plugin_options)
        self._local_port = port_field(server.local_port)
        self._at_launch = tick(self.tr("Connect when RelayTray starts"), server.connect_at_launch)
        help_words = self.tr("Programs on this computer use 127.0.0.1 and this port.")
        more.add("local_port", self.tr("Local port"), self._local_port, help_words)
        more.add("connect_at_launch", "", self._at_launch)
        help_words = self.tr("It hides what the traffic is. The server must have the same one.")
        more.add("plugin", self.tr("Plugin"), self._plugin, help_words)
        more.add("plugin_options", self.tr("Options of the plugin"), self._options)

    def _follow_method(self) -> None:
        self._method_help.setText(self._about_method(str(self._method.currentData())))

    def _about_method(self, method: str) -> str:
        """What it is good for."""
        if method in KEY_BYTES:
            return self.tr("The newest kind. Its password is a key in base64; Outline does not know it.")
        return {
            "aes-256-gcm": self.tr("Fast on computers. Outline on phones knows it as well."),
            "chacha20-ietf-poly1305": self.tr("Fast on phones too, and known to every program."),
            "xchacha20-ietf-poly1305": self.tr(
                "Good for very much traffic with one password; not for Outline."
            ),
            "aes-128-gcm": self.tr("Several times slower than aes-256-gcm with shadowsocks-libev."),
            "aes-192-gcm": self.tr("Several times slower than aes-256-gcm with shadowsocks-libev."),
        }.get(method, self.tr("RelayTray cannot use this method."))

    def _follow_plugin(self) -> None:
        plugin = str(self._plugin.currentData())
        self.more.set_row_visible("plugin_options", is_visible=bool(plugin))
        examples = {"v2ray-plugin": "tls;host=example.org"}
        self._options.setPlaceholderText(examples.get(plugin, "obfs=tls;obfs-host=example.org"))


def _with(known: tuple[str, ...], own: str) -> tuple[str, ...]:
    """What can be chosen; what the profile has already stays there, whatever it is."""
    return known if own in known else (*known, own)


def _help_of(editor: QComboBox) -> QLabel:
    """The label with the help under a field of a form."""
    holder = editor.parentWidget()
    found = holder.findChildren(QLabel) if holder is not None else []
    return found[0]
