"""A relay's v2ray or Xray as this computer reaches it: a part of the relay's editor. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.core.faults import Fault
from app.core.provisioning import V2rayOptions
from app.core.route_rules import digest_of_pem
from app.core.routes import V2rayCarrier
from app.core.v2ray_route import Core
from app.ui.field_form import FieldForm, port_field
from app.ui.theme import fixed_font
from app.ui.widgets import choice, label, push, restyle
from app.ui.wording import told_fault

# Reads a text file in the background; the second hears the text, or why there is none.
ReadText = Callable[[Path, Callable[[str | Fault], None]], None]

_NONE = ""
_PER_LINE = 16  # bytes of a fingerprint


class CarrierForm(FieldForm):
    """``carrier`` is what the fields say now; None where the relay runs neither."""

    def __init__(self, carrier: V2rayCarrier | None, read_text: ReadText | None = None) -> None:
        super().__init__()
        self._carrier = carrier
        known = carrier or V2rayCarrier(user_port=V2rayOptions().user_port)
        cores = [
            (_NONE, self.tr("No")),
            (Core.V2RAY.value, self.tr("Yes, v2ray (VMess)")),
            (Core.XRAY.value, self.tr("Yes, Xray (VLESS)")),
        ]
        self._core = choice(cores, carrier.core.value if carrier is not None else _NONE)
        help_words = self.tr(
            "For networks that block or disturb SSH: GPU servers behind this relay can then be reached by it "
            "as well. The set-up of the relay can install it, and fills this in."
        )
        self.add("carrier.core", self.tr("Runs on the relay"), self._core, help_words)
        self._build_place(known)
        self._build_cover(known, read_text)
        self._core.currentIndexChanged.connect(lambda _index: self._follow())
        for line in (self._server_name, self._path, self._key):
            line.textChanged.connect(lambda _text: self._follow())
        self._follow()

    def carrier(self) -> V2rayCarrier | None:
        core = self._core.currentData()
        if core == _NONE:
            return None
        return replace(
            self._carrier or V2rayCarrier(),
            core=Core(core),
            host=self._host.text().strip(),
            user_port=self._user_port.value(),
            tunnel_port=self._tunnel_port.value(),
            server_name=self._server_name.text().strip(),
            certificate_pem=self._certificate.pem,
            certificate_sha256=self._digest.text().strip().lower(),
            websocket_path=self._path.text().strip(),
            websocket_host=self._web_host.text().strip(),
            encryption_key=self._key.text().strip(),
            encryption_form=self._form.text().strip(),
            vision=self._vision.isChecked(),
        )

    def _build_place(self, known: V2rayCarrier) -> None:
        self._host = QLineEdit(known.host)
        self._host.setPlaceholderText(self.tr("the relay's own"))
        self.add("carrier.host", self.tr("Address"), self._host, self.tr("Only if it is another one."))
        self._user_port = port_field(known.user_port or V2rayOptions().user_port)
        help_words = self.tr("Where computers such as this one dial in.")
        self.add("carrier.user_port", self.tr("Port for computers"), self._user_port, help_words)
        self._tunnel_port = port_field(known.tunnel_port, none_words=self.tr("not known"))
        help_words = self.tr("Where the bridges of GPU servers dial in. This computer does not need it.")
        self.add("carrier.tunnel_port", self.tr("Port for bridges"), self._tunnel_port, help_words)

    def _build_cover(self, known: V2rayCarrier, read_text: ReadText | None) -> None:
        self._server_name = QLineEdit(known.server_name)
        self._server_name.setPlaceholderText(self.tr("no TLS"))
        help_words = self.tr("The name in the relay's certificate, if the traffic goes inside TLS.")
        self.add("carrier.server_name", self.tr("TLS name"), self._server_name, help_words)
        self._certificate = CertificateField(known.certificate_pem, read_text)
        self._certificate.changed.connect(self._certificate_chosen)
        help_words = self.tr("If it is chosen, this certificate and no other is trusted there.")
        self.add("carrier.certificate_pem", self.tr("Certificate"), self._certificate, help_words)
        self._digest = QLineEdit(known.certificate_sha256)
        self._digest.setFont(fixed_font())
        self._digest.setPlaceholderText(self.tr("none: the system's certificate authorities decide"))
        help_words = self.tr("SHA-256 of the relay's certificate, if only that is known.")
        self.add("carrier.certificate_sha256", self.tr("Fingerprint"), self._digest, help_words)
        self._path = QLineEdit(known.websocket_path)
        self._path.setPlaceholderText(self.tr("no WebSocket"))
        help_words = self.tr("Such as /updates, if the relay's v2ray stands behind a web server.")
        self.add("carrier.websocket_path", self.tr("WebSocket path"), self._path, help_words)
        self._web_host = QLineEdit(known.websocket_host)
        self._web_host.setPlaceholderText(self.tr("as it is dialled"))
        self.add("carrier.websocket_host", self.tr("WebSocket host"), self._web_host)
        self._key = QLineEdit(known.encryption_key)
        self._key.setFont(fixed_font())
        help_words = self.tr("It encrypts what goes there. The private half stays on the relay.")
        self.add("carrier.encryption_key", self.tr("Xray public key"), self._key, help_words)
        self._form = QLineEdit(known.encryption_form)
        self.add("carrier.encryption_form", self.tr("Xray encryption"), self._form)
        self._vision = QCheckBox(self.tr("With the flow xtls-rprx-vision"))
        self._vision.setChecked(known.vision)
        self.add("carrier.vision", "", self._vision, self.tr("As the relay has it. WebSocket goes without."))

    def _certificate_chosen(self) -> None:
        self.touch("carrier.certificate_pem")
        self._follow()
        self.changed.emit()

    def _follow(self) -> None:
        """Show what belongs to the choices."""
        core = self._core.currentData()
        for field in ("host", "user_port", "tunnel_port", "server_name", "websocket_path"):
            self.set_row_visible(f"carrier.{field}", is_visible=core != _NONE)
        has_tls = core != _NONE and bool(self._server_name.text().strip())
        self.set_row_visible("carrier.certificate_pem", is_visible=has_tls)
        self.set_row_visible("carrier.certificate_sha256", is_visible=has_tls and not self._certificate.pem)
        has_path = core != _NONE and bool(self._path.text().strip())
        self.set_row_visible("carrier.websocket_host", is_visible=has_path)
        is_xray = core == Core.XRAY.value
        has_key = is_xray and bool(self._key.text().strip())
        self.set_row_visible("carrier.encryption_key", is_visible=is_xray)
        self.set_row_visible("carrier.encryption_form", is_visible=has_key)
        self.set_row_visible("carrier.vision", is_visible=is_xray and not has_path)


class CertificateField(QWidget):
    """A certificate that is kept as text: the file may not be there when it is needed."""

    changed = Signal()

    def __init__(self, pem: str, read_text: ReadText | None) -> None:
        super().__init__()
        self.pem = pem
        self._read_text = read_text
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._told = label("", selectable=True)
        self._told.setObjectName("certificate-told")
        column.addWidget(self._told)
        row = QHBoxLayout()
        browse = push(self.tr("Choose its file..."), self._browse, icon="folder")
        browse.setObjectName("choose-certificate")
        browse.setVisible(read_text is not None)
        self._drop = push(self.tr("Take it out"), self._forget, icon="cross")
        self._drop.setObjectName("drop-certificate")
        row.addWidget(browse)
        row.addWidget(self._drop)
        row.addStretch(1)
        column.addLayout(row)
        self.setFocusProxy(browse)
        self._show()

    def take(self, path: Path) -> None:
        """Read this file; what is in it is judged by the rules of a profile."""
        if self._read_text is not None:
            self._read_text(path, self._answered)

    def _answered(self, answer: str | Fault) -> None:
        if not isValid(self):
            return  # closed meanwhile
        if isinstance(answer, Fault):
            self._tell(told_fault(answer), "bad")
            return
        self.pem = answer.strip() + "\n"
        self._show()
        self.changed.emit()

    def _forget(self) -> None:
        self.pem = ""
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._drop.setVisible(bool(self.pem))
        digest = digest_of_pem(self.pem)
        if digest:
            pairs = [digest[at : at + 2] for at in range(0, len(digest), 2)]
            lines = [":".join(pairs[at : at + _PER_LINE]) for at in range(0, len(pairs), _PER_LINE)]
            self._tell("SHA-256 " + ":\n".join(lines), "muted")
        else:
            self._tell(self.tr("None yet."), "muted")

    def _tell(self, words: str, role: str) -> None:
        self._told.setProperty("role", role)
        restyle(self._told)
        self._told.setText(words)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose the relay's certificate"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Certificates (*.pem *.crt *.cer)"), self.tr("All files (*)")])
        dialog.fileSelected.connect(lambda path: self.take(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
