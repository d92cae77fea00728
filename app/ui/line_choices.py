"""What a server's bootstrap line shall do there, to be chosen before it is made. GUI thread only."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.provisioning import LineOptions
from app.ui.field_form import FieldForm, port_field
from app.ui.widgets import choice, label, tick


class LineChoices(QWidget):
    """``has_carrier``: whether the relay runs v2ray or Xray, so that a bridge has somewhere to dial."""

    def __init__(self, options: LineOptions, *, has_carrier: bool = False) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        words = self.tr(
            "RelayTray makes one line for you. Paste it into the server's web terminal, as an ordinary user: "
            "the server then opens a tunnel to your relay and comes online here by itself."
        )
        column.addWidget(label(words))
        form = FieldForm()
        self._my_key = tick(self.tr("Let me log in with my own key"), options.allow_my_key)
        help_words = self.tr(
            "Adds your public key to ~/.ssh/authorized_keys of that account, so that ssh works at once. "
            "Your private key stays on this computer."
        )
        form.add("allow_my_key", self.tr("Login"), self._my_key, help_words)
        self._user_sshd = tick(self.tr("Start an sshd of my own if the server has none"), options.user_sshd)
        help_words = self.tr(
            "For containers: it runs for your account only, and nobody else in the network reaches it. The "
            "program sshd has to be installed there."
        )
        form.add("user_sshd", "", self._user_sshd, help_words)
        self._bridge = tick(self.tr("Keep a v2ray bridge open as well"), options.bridge)
        help_words = self.tr(
            "For servers whose network disturbs SSH: v2ray then dials your relay too, and you get in even "
            "while the ssh tunnel is down. The program comes through the relay and runs for that account "
            "only. Without it, the way by v2ray needs the ssh tunnel of the server."
        )
        form.add("bridge", "", self._bridge, help_words)
        form.set_row_visible("bridge", is_visible=has_carrier)
        self._has_carrier = has_carrier
        self._port = port_field(options.sshd_port)
        help_words = self.tr("The port of the server's own sshd; nearly always 22.")
        form.add("sshd_port", self.tr("sshd port"), self._port, help_words)
        times = [("1", self.tr("1 hour")), ("24", self.tr("1 day")), ("168", self.tr("7 days"))]
        self._hours = choice(times, str(options.hours))
        form.add("hours", self.tr("Valid for"), self._hours, self.tr("Until then it must be pasted."))
        column.addWidget(form)
        ask = self.tr(
            "The owner of the server must agree to this: the tunnel lets you in from outside. A server that "
            "was lent to you is not yours to open."
        )
        column.addWidget(label(ask, "muted"))

    def options(self) -> LineOptions:
        return LineOptions(
            allow_my_key=self._my_key.isChecked(),
            user_sshd=self._user_sshd.isChecked(),
            sshd_port=self._port.value(),
            hours=int(self._hours.currentData()),
            bridge=self._has_carrier and self._bridge.isChecked(),
        )

    def want_user_sshd(self) -> None:
        self._user_sshd.setChecked(True)
