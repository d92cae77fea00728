"""Making and changing a relay. GUI thread only; the caller stores the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QSpinBox, QVBoxLayout, QWidget

from app.core.profiles import Authentication, Document, Relay
from app.core.validation import problems_of_relay
from app.ui.carrier_form import CarrierForm, ReadText
from app.ui.editor_dialog import EditorDialog
from app.ui.field_form import give_room, port_field
from app.ui.key_field import KeyField
from app.ui.key_work import KeyWork
from app.ui.widgets import choice, label, push, tick


class RelayEditor(EditorDialog):
    """``on_save(relay, socks_password)`` gets a relay without problems; the password is "" if unchanged."""

    def __init__(
        self,
        relay: Relay,
        document: Document,
        on_save: Callable[[Relay, str], None],
        parent: QWidget | None = None,
        keys: KeyWork | None = None,
        read_text: ReadText | None = None,
    ) -> None:
        self._relay, self._document, self._on_save, self._keys = relay, document, on_save, keys
        is_new = document.relay(relay.id) is None
        super().__init__(parent)
        self.setWindowTitle(
            self.tr("Add a relay") if is_new else self.tr("Edit the relay {name}").format(name=relay.name)
        )
        if is_new:
            about = self.tr(
                "A relay is a machine of your own that your computer and the GPU server can both reach by "
                "ssh, "
                "for example a small cloud server."
            )
            self.add_top(label(about, "muted"))
        self._build_first(relay)
        self._build_more(relay)
        self._carrier = CarrierForm(relay.carrier, read_text)
        self.add_fold(self.tr("v2ray or Xray"), self._carrier, is_open=relay.carrier is not None)
        self._follow_authentication()
        self.watch()

    def set_pinned_keys(self, fingerprints: Sequence[str], forget: Callable[[], None]) -> None:
        """The host keys that are pinned for this relay, and the deliberate way to remove them."""
        self.more.add_wide(PinnedKeys(fingerprints, forget, self))

    def problems(self) -> list[object]:
        return list(problems_of_relay(self.result_value(), self._document))

    def save(self) -> None:
        self._on_save(self.result_value(), self._socks_password.text())

    def result_value(self) -> Relay:
        """The relay as the fields have it now."""
        return replace(
            self._relay,
            name=self._name.text().strip(),
            host=self._host.text().strip(),
            port=self._port.value(),
            user=self._user.text().strip(),
            authentication=Authentication(self._authentication.currentData()),
            identity=self._identity.text(),
            certificate=self._certificate.text(),
            keepalive_s=self._keepalive.value(),
            socks_port=self._socks_port.value(),
            socks_user=self._socks_user.text().strip(),
            connect_at_launch=self._at_launch.isChecked(),
            idle_close_min=self._idle.value(),
            small_packets_at_once=self._prompt.isChecked(),
            carrier=self._carrier.carrier(),
        )

    def _build_first(self, relay: Relay) -> None:
        form = self.form
        self._name = QLineEdit(relay.name)
        self._name.setPlaceholderText(self.tr("my-relay"))
        self._host = QLineEdit(relay.host)
        self._host.setPlaceholderText(self.tr("relay.example.org or 203.0.113.7"))
        self._port = port_field(relay.port)
        self._user = QLineEdit(relay.user)
        self._user.setPlaceholderText("ubuntu")
        kinds = [
            (Authentication.KEY_FILE.value, self.tr("Private key file")),
            (Authentication.AGENT.value, self.tr("Keys of the ssh agent")),
            (Authentication.PASSWORD.value, self.tr("Password")),
            (Authentication.KEYBOARD_INTERACTIVE.value, self.tr("Whatever the relay asks (one-time codes)")),
        ]
        self._authentication = choice(kinds, relay.authentication.value)
        self._authentication.currentIndexChanged.connect(self._follow_authentication)
        self._identity = key_field(relay.identity, self.tr("Choose the private key file"), self._keys)
        form.add("name", self.tr("Name"), self._name, self.tr("What you call it here."))
        form.add("host", self.tr("Address"), self._host)
        form.add("port", self.tr("ssh port"), self._port)
        help_words = self.tr("Empty where you have no login: its servers are then reached by v2ray only.")
        form.add("user", self.tr("User"), self._user, help_words if relay.carrier is not None else "")
        form.add("authentication", self.tr("Log in with"), self._authentication)
        form.add("identity", self.tr("Key file"), self._identity, self.tr("The key stays where it is."))

    def _build_more(self, relay: Relay) -> None:
        more = self.more
        self._socks_port = port_field(relay.socks_port)
        self._at_launch = tick(self.tr("Connect when RelayTray starts"), relay.connect_at_launch)
        self._prompt = tick(self.tr("Send small packets at once"), relay.small_packets_at_once)
        self._idle = _number(relay.idle_close_min, 1440, self.tr(" min"), self.tr("never"))
        self._keepalive = _number(relay.keepalive_s, 3600, self.tr(" s"), self.tr("never"))
        self._certificate = key_field(relay.certificate, self.tr("Choose the certificate"))
        self._socks_user = QLineEdit(relay.socks_user)
        self._socks_password = QLineEdit()
        self._socks_password.setEchoMode(QLineEdit.EchoMode.Password)
        self._socks_password.setPlaceholderText(self.tr("unchanged"))
        help_words = self.tr("Programs on this computer use 127.0.0.1 and this port.")
        more.add("socks_port", self.tr("SOCKS port"), self._socks_port, help_words)
        more.add("connect_at_launch", "", self._at_launch)
        more.add("idle_close_min", self.tr("Close when unused for"), self._idle)
        more.add("keepalive_s", self.tr("Keepalive every"), self._keepalive)
        help_words = self.tr(
            "Makes typing quicker. For that each connection has the relay run one command: exit, or the "
            "forced command of your key if it has one. Turn it off if that must not run at each login."
        )
        more.add("small_packets_at_once", "", self._prompt, help_words)
        help_words = self.tr("Leave it empty to use <key file>-cert.pub where there is one.")
        more.add("certificate", self.tr("Certificate"), self._certificate, help_words)
        help_words = self.tr(
            "Leave it empty to let every program on this computer use the port without a password."
        )
        more.add("socks_user", self.tr("SOCKS user"), self._socks_user, help_words)
        more.add("socks_password", self.tr("SOCKS password"), self._socks_password)

    def _follow_authentication(self) -> None:
        uses_file = self._authentication.currentData() == Authentication.KEY_FILE.value
        self.form.set_row_visible("identity", is_visible=uses_file)
        self.more.set_row_visible("certificate", is_visible=uses_file)


class PinnedKeys(QWidget):
    """What is pinned, and a button that asks once more before it forgets."""

    def __init__(self, fingerprints: Sequence[str], forget: Callable[[], None], dialog: QDialog) -> None:
        super().__init__()
        self._forget, self._dialog = forget, dialog
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 6, 0, 0)
        inside.addWidget(label(self.tr("Pinned host keys"), "heading"))
        inside.addWidget(label("\n".join(fingerprints) or self.tr("None yet."), "muted", selectable=True))
        if not fingerprints:
            return
        words = self.tr(
            "If the machine was reinstalled and you have compared its new fingerprint with its own "
            "console, you can "
            "remove the pinned keys. The next connection then asks again."
        )
        inside.addWidget(label(words, "muted"))
        self._sure = tick(self.tr("I have checked that the machine was changed on purpose"), is_on=False)
        self._button = push(self.tr("Remove the pinned keys"), self._do_forget, icon="remove")
        self._button.setEnabled(False)
        self._sure.toggled.connect(self._button.setEnabled)
        inside.addWidget(self._sure)
        inside.addWidget(self._button, 0, Qt.AlignmentFlag.AlignLeft)

    def _do_forget(self) -> None:
        self._forget()
        self._sure.setEnabled(False)
        self._button.setEnabled(False)
        self._button.setText(self.tr("Removed"))


def key_field(path: str, title: str, keys: KeyWork | None = None) -> KeyField:
    """With ``keys`` a key can be made and put right in it."""
    return KeyField(path, title, str(Path.home() / ".ssh"), keys)


def _number(value: int, highest: int, unit: str, zero_words: str) -> QSpinBox:
    field = QSpinBox()
    field.setRange(0, highest)
    field.setSpecialValueText(zero_words)
    field.setSuffix(unit)
    field.setValue(value)
    give_room(field)
    return field
