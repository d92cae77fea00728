"""The three prompts: a host key seen for the first time, a secret, one-time codes. GUI thread only.

Each dialog calls ``on_answer`` exactly once with the answer, or None when the person cancels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QCloseEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import Fault
from app.core.questions import (
    CodesAnswer,
    CodesQuestion,
    HostKeyAnswer,
    HostKeyQuestion,
    SecretAnswer,
    SecretKind,
    SecretQuestion,
    SecretReason,
)
from app.ui import icons
from app.ui.theme import fixed_font
from app.ui.widgets import card, fit_height, is_dark, keep_whole, label, letters
from app.ui.wording import told_fault

OnAnswer = Callable[[Any], None]


class PromptDialog(QDialog):
    """A picture, a heading, what the asking is about, and room for the fields."""

    def __init__(self, icon: str, heading: str, on_answer: OnAnswer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("RelayTray")
        self.setWindowIcon(icons.app_icon())
        self._on_answer: OnAnswer | None = on_answer
        picture = QLabel()
        size = self.fontMetrics().height() * 2
        color = "#7fb0ff" if is_dark() else "#1f66d6"
        picture.setPixmap(icons.tinted(icon, color).pixmap(size, size))
        picture.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self.body.addWidget(label(heading, "heading"))
        outer = QHBoxLayout(self)
        outer.setContentsMargins(22, 20, 22, 18)
        outer.setSpacing(16)
        outer.addWidget(picture)
        outer.addLayout(self.body, 1)
        self.body.addStrut(letters(self, 60))  # no minimum of the window: that would undo the layout's own

    def answer(self, value: object) -> None:
        """Give the answer and close; the second answer of a prompt is not heard."""
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(value)
        self.done(0)  # not close(): QDialog's closeEvent would ask reject() again and stay

    def withdraw(self) -> None:
        """The question is no longer asked: close without an answer."""
        self._on_answer = None
        self.done(0)

    def reject(self) -> None:
        self.answer(None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        fit_height(self)

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()  # QDialog would call reject, which closes, and so stay open
        on_answer, self._on_answer = self._on_answer, None
        if on_answer is not None:
            on_answer(None)

    def _add_buttons(self, accept_words: str, accept: Callable[[], object]) -> QPushButton:
        """Cancel, and the one that goes on; which is the default is the dialog's own choice."""
        box = QDialogButtonBox()
        go_on = box.addButton(accept_words, QDialogButtonBox.ButtonRole.AcceptRole)
        cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        keep_whole(go_on)
        go_on.setAutoDefault(False)
        cancel.setAutoDefault(False)
        go_on.clicked.connect(lambda _checked=False: accept())
        cancel.clicked.connect(lambda _checked=False: self.reject())
        self.cancel_button = cancel
        self.body.addSpacing(4)
        self.body.addWidget(box)
        return go_on


class HostKeyDialog(PromptDialog):
    """First sight of a machine. Cancel is the default: Enter pressed in haste trusts nothing."""

    def __init__(self, question: HostKeyQuestion, on_answer: OnAnswer, parent: QWidget | None = None) -> None:
        heading = self.tr("Is this the right machine?")
        super().__init__("shield", heading, on_answer, parent)
        if question.is_server:
            words = self.tr(
                "The GPU server {profile} ({host}) has not been seen before. It shows this host key:"
            )
        else:
            words = self.tr("The relay {profile} ({host}) has not been seen before. It shows this host key:")
        self.body.addWidget(label(words.format(profile=question.profile, host=question.host)))
        self.body.addWidget(self._key_card(question))
        advice = self.tr(
            "Compare it with what the machine itself says: run this on it, in its cloud console or web "
            "terminal. "
            "Trust it only if the line is the same."
        )
        self.body.addWidget(label(advice))
        self.body.addWidget(_command_line(_command_for(question.key_type)))
        trust = self._add_buttons(self.tr("They are the same: trust it"), self._trust)
        trust.setObjectName("trust")
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()

    def _trust(self) -> None:
        self.answer(HostKeyAnswer(trust=True))

    def _key_card(self, question: HostKeyQuestion) -> QWidget:
        frame = card()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(14, 12, 14, 12)
        inside.addWidget(
            label(self.tr("{key_type}, fingerprint:").format(key_type=question.key_type), "muted")
        )
        fingerprint = label(question.fingerprint, wraps=False, selectable=True)
        fingerprint.setObjectName("fingerprint")
        fingerprint.setAccessibleName(question.fingerprint)
        bold = fixed_font()
        bold.setBold(True)
        fingerprint.setFont(bold)
        inside.addWidget(fingerprint)
        art = label(question.randomart, wraps=False)
        art.setFont(fixed_font())
        art.setAccessibleName(self.tr("Picture of the key (randomart)"))
        inside.addWidget(art)
        return frame


class SecretDialog(PromptDialog):
    """A key file's passphrase or an account's password."""

    def __init__(
        self,
        question: SecretQuestion,
        on_answer: OnAnswer,
        keyring_fault: Fault | None = None,
        parent: QWidget | None = None,
    ) -> None:
        is_key = question.kind is SecretKind.PASSPHRASE
        heading = self.tr("Passphrase of the key") if is_key else self.tr("Password")
        super().__init__("key", heading, on_answer, parent)
        if is_key:
            words = self.tr("{profile} needs the passphrase of the key file {subject}.")
        else:
            words = self.tr("{profile} asks for the password of {subject}.")
        self.body.addWidget(label(words.format(profile=question.profile, subject=question.subject)))
        if question.reason is SecretReason.WRONG:
            wrong = self.tr("The last one did not fit. Please try again.")
            self.body.addWidget(label(wrong, "bad"))
        self.field = secret_field(heading)
        self.body.addWidget(self.field)
        self.remember = QCheckBox(self.tr("Remember it in the system's keyring"))
        keep_whole(self.remember)
        self.body.addWidget(self.remember)
        self._explain_remembering(question, keyring_fault)
        go_on = self._add_buttons(self.tr("Continue"), self._continue)
        go_on.setDefault(True)
        self.field.setFocus()

    def _explain_remembering(self, question: SecretQuestion, fault: Fault | None) -> None:
        words = self.tr("Unticked, it is kept until RelayTray quits. It is never written to a file.")
        if not question.can_remember:
            self.remember.setEnabled(False)
            words = (
                told_fault(fault)
                if fault
                else self.tr("There is no usable keyring: it is kept until RelayTray quits.")
            )
        self.body.addWidget(label(words, "muted"))

    def _continue(self) -> None:
        self.answer(SecretAnswer(self.field.text(), remember=self.remember.isChecked()))


class CodesDialog(PromptDialog):
    """Keyboard-interactive: whatever the relay asks, all at once."""

    def __init__(self, question: CodesQuestion, on_answer: OnAnswer, parent: QWidget | None = None) -> None:
        heading = question.title or self.tr("{profile} asks").format(profile=question.profile)
        super().__init__("key", heading, on_answer, parent)
        said = self.tr("The relay {profile} asks this itself:").format(profile=question.profile)
        self.body.addWidget(label(said, "muted"))
        if question.instructions:
            self.body.addWidget(label(question.instructions))
        if question.reason is SecretReason.WRONG:
            self.body.addWidget(label(self.tr("The last answer was not accepted. Please try again."), "bad"))
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.fields: list[QLineEdit] = []
        for prompt in question.prompts:
            field = QLineEdit() if prompt.echo else secret_field(prompt.text)
            field.setAccessibleName(prompt.text)
            form.addRow(label(prompt.text, wraps=False), field)
            self.fields.append(field)
        self.body.addLayout(form)
        go_on = self._add_buttons(self.tr("Continue"), self._continue)
        go_on.setDefault(True)
        if self.fields:
            self.fields[0].setFocus()

    def _continue(self) -> None:
        self.answer(CodesAnswer(tuple(field.text() for field in self.fields)))


def secret_field(name: str) -> QLineEdit:
    """A hidden line with an eye that shows it."""
    field = QLineEdit()
    field.setEchoMode(QLineEdit.EchoMode.Password)
    field.setAccessibleName(name)
    color = field.palette().placeholderText().color().name()
    eye = field.addAction(icons.tinted("eye", color), QLineEdit.ActionPosition.TrailingPosition)
    eye.setToolTip(QCoreApplication.translate("SecretField", "Show or hide it"))

    def toggle() -> None:
        hidden = field.echoMode() is QLineEdit.EchoMode.Password
        field.setEchoMode(QLineEdit.EchoMode.Normal if hidden else QLineEdit.EchoMode.Password)

    eye.triggered.connect(lambda _checked=False: toggle())
    return field


def _command_line(command: str) -> QWidget:
    shown = label(command, selectable=True)
    shown.setFont(fixed_font())
    return shown


def _command_for(key_type: str) -> str:
    """Prints the same line on the machine itself, as OpenSSH keeps its host keys."""
    kind = "ed25519" if "ed25519" in key_type else "ecdsa" if "ecdsa" in key_type else "rsa"
    return f"ssh-keygen -lvf /etc/ssh/ssh_host_{kind}_key.pub"
