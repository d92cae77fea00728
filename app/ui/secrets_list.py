"""The names of the secrets in the keyring, each with a button to forget it. GUI thread only.

It is filled when the answer of the keyring comes, and works on names: a secret itself never gets here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.core.shadowsocks import SECRET_KIND
from app.ui.parts import KeyringStatusPort, SecretLabel
from app.ui.widgets import label, tool
from app.ui.wording import told_fault


class SecretsList(QWidget):
    """``subject_of`` says whose secret it is, as the person knows it."""

    def __init__(
        self,
        forget: Callable[[SecretLabel], None],
        subject_of: Callable[[SecretLabel], str] = lambda name: name.subject,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._forget, self._subject_of = forget, subject_of
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._status = label(self.tr("Asking the keyring..."), "muted")
        column.addWidget(self._status)
        self._lines = QVBoxLayout()
        column.addLayout(self._lines)

    def show_secrets(self, names: Sequence[SecretLabel], status: KeyringStatusPort) -> None:
        if status.fault is not None:
            self._status.setText(told_fault(status.fault))
        elif not status.usable:
            self._status.setText(
                self.tr("There is no usable keyring: secrets are kept until RelayTray quits.")
            )
        else:
            words = self.tr("They are kept by {backend}, and nowhere else.")
            self._status.setText(words.format(backend=status.backend))
        while (item := self._lines.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for name in names:
            self._lines.addWidget(self._line(name))
        if not names:
            self._lines.addWidget(label(self.tr("Nothing is remembered."), "muted"))

    def _line(self, name: SecretLabel) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        kinds = {
            "passphrase": self.tr("Passphrase of {subject}"),
            "password": self.tr("Password of {subject}"),
            "socks": self.tr("SOCKS password of {subject}"),
            SECRET_KIND: self.tr("Password of the Shadowsocks server {subject}"),
            "v2ray": self.tr("User id of the v2ray route to {subject}"),
        }
        words = kinds.get(str(name.kind), "{subject}").format(subject=self._subject_of(name))
        row.addWidget(label(words), 1)
        button = tool(self.tr("Forget it"), "remove", lambda: self._forget(name))
        button.setAccessibleName(self.tr("Forget: {what}").format(what=words))
        row.addWidget(button)
        return holder
