"""Making and changing a GPU server. GUI thread only; the caller stores the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtWidgets import QLineEdit, QWidget

from app.core.faults import Fault
from app.core.profiles import Document, Exit, FileProtocol, Server, SetupMode
from app.core.validation import problems_of_server
from app.ui.editor_dialog import EditorDialog
from app.ui.field_form import LinesField, port_field
from app.ui.forwards_table import ForwardsTable
from app.ui.key_work import KeyWork
from app.ui.relay_editor import PinnedKeys, key_field
from app.ui.routes_form import RoutesForm
from app.ui.widgets import choice, label, tick
from app.ui.wording import told_fault

# Asks ssh whether it accepts the server's options, in the background; the second hears the answer.
CheckOptions = Callable[[Server, Callable[[Fault | None], None]], None]


class ServerEditor(EditorDialog):
    """``on_save`` gets a server without problems.

    ``on_user_id`` hears before it of a new user id for the server's way by v2ray: a secret, for the keyring.
    """

    def __init__(
        self,
        server: Server,
        document: Document,
        on_save: Callable[[Server], None],
        parent: QWidget | None = None,
        check_options: CheckOptions | None = None,
        keys: KeyWork | None = None,
        on_user_id: Callable[[str], None] | None = None,
    ) -> None:
        self._keys, self._on_user_id = keys, on_user_id
        self._server, self._document, self._on_save = server, document, on_save
        self._check_options, self._is_open = check_options, True
        is_new = document.server(server.id) is None
        super().__init__(parent)
        title = self.tr("Edit the GPU server {alias}").format(alias=server.alias)
        self.setWindowTitle(self.tr("Add a GPU server") if is_new else title)
        if is_new:
            about = self.tr(
                "The GPU server keeps a tunnel open to the relay (ssh -R). Ask the owner of the server "
                "before you "
                "open a tunnel to it."
            )
            self.add_top(label(about, "muted"))
        self._build_first(server)
        self._build_more(server)
        self._build_ssh(server)
        relay = document.relay(server.relay_id)
        self._routes = RoutesForm(server, keeps_user_id=on_user_id is not None)
        self.add_fold(
            self.tr("Ways to this server"),
            self._routes,
            is_open=server.v2ray is not None or (relay is not None and relay.carrier is not None),
        )
        self.watch()

    def set_pinned_keys(self, fingerprints: Sequence[str], forget: Callable[[], None]) -> None:
        """The host keys that are pinned for this server, and the deliberate way to remove them."""
        self.more.add_wide(PinnedKeys(fingerprints, forget, self))

    def problems(self) -> list[object]:
        return [*problems_of_server(self.result_value(), self._document), *self._routes.problems()]

    def show_user_id_known(self) -> None:
        """The keyring has this computer's user id for the way by v2ray."""
        self._routes.show_user_id_known()

    def check_further(self, go_on: Callable[[], None]) -> None:
        """One line that ssh does not know would stop it for every host: ssh itself is asked first."""
        wanted = self.result_value()
        if self._check_options is None or not wanted.ssh_options:
            go_on()
            return
        self._save_button.setEnabled(False)

        def answered(fault: Fault | None) -> None:
            if not self._is_open:
                return  # cancelled meanwhile
            self._save_button.setEnabled(True)
            if self.result_value() != wanted:
                return  # edited meanwhile: the answer is about something else
            if fault is None:
                go_on()
            else:
                self.more.refuse("ssh_options", told_fault(fault))
                self.show_field("ssh_options")

        self._check_options(wanted, answered)

    def done(self, code: int) -> None:
        self._is_open = False
        super().done(code)

    def save(self) -> None:
        if self._on_user_id is not None and self._routes.user_id():
            self._on_user_id(self._routes.user_id())
        self._on_save(self.result_value())

    def result_value(self) -> Server:
        """The server as the fields have it now."""
        typed = replace(
            self._server,
            alias=self._alias.text().strip(),
            relay_id=str(self._relay.currentData() or ""),
            route=replace(
                self._server.route, port=self._route_port.value(), host=self._route_host.text().strip()
            ),
            user=self._user.text().strip(),
            identity=self._identity.text(),
            remote_folder=self._folder.text().strip(),
            exit=Exit(self._exit.currentData()),
            local_ssh_port=self._local_ssh_port.value(),
            forwards=self._forwards.forwards(),
            file_protocol=FileProtocol(self._protocol.currentData()),
            compression=self._compression.isChecked(),
            forward_x11=self._x11.isChecked(),
            forward_agent=self._agent.isChecked(),
            ssh_options=self._options.lines(),
        )
        return self._routes.on_server(typed)

    def _build_first(self, server: Server) -> None:
        form = self.form
        self._alias = QLineEdit(server.alias)
        self._alias.setPlaceholderText("lab-gpu")
        self._relay = choice([(one.id, one.name) for one in self._document.relays], server.relay_id)
        self._route_port = port_field(server.route.port)
        self._user = QLineEdit(server.user)
        self._identity = key_field(server.identity, self.tr("Choose the private key file"), self._keys)
        form.add(
            "alias",
            self.tr("Name"),
            self._alias,
            self.tr("The name you give to ssh and VS Code: ssh lab-gpu"),
        )
        form.add("relay_id", self.tr("Relay"), self._relay)
        help_words = self.tr("The port of the relay at which the server's tunnel ends: the number in ssh -R.")
        form.add("route.port", self.tr("Tunnel port"), self._route_port, help_words)
        help_words = self.tr("Your account on the GPU server.")
        if any(relay.setup is not SetupMode.NONE for relay in self._document.relays):
            help_words = self.tr("Your account on the GPU server. Its line fills it in, if it is empty here.")
        form.add("user", self.tr("User"), self._user, help_words)
        help_words = self.tr("Leave it empty to use the ssh agent or your usual keys.")
        form.add("identity", self.tr("Key file"), self._identity, help_words)

    def _build_more(self, server: Server) -> None:
        more = self.more
        self._folder = QLineEdit(server.remote_folder)
        self._folder.setPlaceholderText("/home/me/project")
        exits = [
            (Exit.RELAY.value, self.tr("at the relay")),
            (Exit.SERVER.value, self.tr("at this GPU server")),
        ]
        self._exit = choice(exits, server.exit.value)
        self._local_ssh_port = port_field(server.local_ssh_port, none_words=self.tr("none"))
        self._route_host = QLineEdit(server.route.host)
        self._forwards = ForwardsTable(server.forwards)
        self._forwards.changed.connect(more.changed)
        more.add("remote_folder", self.tr("Folder on the server"), self._folder)
        help_words = self.tr(
            "Where the traffic of programs that use the SOCKS port leaves, for addresses that are none of "
            "your servers."
        )
        more.add("exit", self.tr("Exit"), self._exit, help_words)
        help_words = self.tr("For programs that know no proxy: 127.0.0.1 and this port is the server's ssh.")
        more.add("local_ssh_port", self.tr("Plain ssh port"), self._local_ssh_port, help_words)
        help_words = self.tr("For example 8888 for Jupyter and 6006 for TensorBoard.")
        more.add("forwards", self.tr("Port forwards"), self._forwards, help_words)
        help_words = self.tr("As the relay sees it; nearly always 127.0.0.1.")
        more.add("route.host", self.tr("Tunnel address"), self._route_host, help_words)

    def _build_ssh(self, server: Server) -> None:
        """How ssh and file transfer programs use the server."""
        more = self.more
        protocols = [(FileProtocol.SFTP.value, "SFTP"), (FileProtocol.SCP.value, "SCP")]
        self._protocol = choice(protocols, server.file_protocol.value)
        help_words = self.tr("For WinSCP. SFTP does more; choose SCP where the server offers no SFTP.")
        more.add("file_protocol", self.tr("File transfer"), self._protocol, help_words)
        self._compression = tick(self.tr("Compress what is sent"), server.compression)
        help_words = self.tr("Helps on slow networks only; on fast ones it makes copying slower.")
        more.add("compression", self.tr("Compression"), self._compression, help_words)
        self._x11 = tick(self.tr("Show windows of its programs here"), server.forward_x11)
        help_words = self.tr(
            "This computer needs an X server, such as VcXsrv on Windows or XQuartz on macOS."
        )
        more.add("forward_x11", self.tr("X11"), self._x11, help_words)
        self._agent = tick(self.tr("Let the server use this computer's ssh agent"), server.forward_agent)
        help_words = self.tr(
            "While you are logged in, whoever is administrator on the server can log in elsewhere with your "
            "keys. Choose it only for servers that you trust."
        )
        more.add("forward_agent", self.tr("Agent"), self._agent, help_words)
        self._options = LinesField(server.ssh_options, "LogLevel ERROR")
        help_words = self.tr("More lines for this server in the ssh config, one option a line.")
        more.add("ssh_options", self.tr("ssh options"), self._options, help_words)
