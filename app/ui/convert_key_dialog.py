"""Making a PuTTY key (.ppk) beside the person's OpenSSH key. GUI thread only.

Nothing typed here leaves the fields except to ``convert``, and they are emptied when the dialog closes. An
encrypted key becomes a readable one only after a tick at a warning.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from app.core.faults import Fault
from app.core.uses import KeyState
from app.ui.prompt_dialogs import PromptDialog, secret_field
from app.ui.widgets import card, choice, fit_height, keep_whole, label
from app.ui.wording import told_fault

Done = Callable[[Fault | None], None]
Convert = Callable[[str, str, Done], None]
_SAME, _OTHER, _NONE = "same", "other", "none"


class ConvertKeyDialog(PromptDialog):
    """``convert(passphrase, new_passphrase, done)`` works in the background; ``done`` hears how it went."""

    def __init__(self, key: KeyState, convert: Convert, parent: QWidget | None = None) -> None:
        heading = self.tr("Convert the key for PuTTY and its kin")
        super().__init__("key", heading, lambda _answer: None, parent)
        self._key, self._convert = key, convert
        self._is_open, self._is_busy = True, False
        words = self.tr(
            "WinSCP, PuTTY and FileZilla read keys in PuTTY's own format. This makes a second file with "
            "the same key; the OpenSSH key stays as it is."
        )
        self.body.addWidget(label(words))
        self.body.addWidget(self._files())
        self._build_fields()
        self._trouble = label("", "bad", selectable=True)
        self._trouble.setObjectName("trouble")
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self._go_on = self._add_buttons(self.tr("Convert"), self._start)
        self._go_on.setObjectName("convert")
        self._go_on.setDefault(True)
        self._follow()
        (self.passphrase if key.is_encrypted else self._kind).setFocus()

    def done(self, code: int) -> None:
        self._is_open = False
        for field in (self.passphrase, self.new, self.repeated):
            field.clear()
        super().done(code)

    def _files(self) -> QWidget:
        frame = card()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(14, 12, 14, 12)
        inside.setSpacing(4)
        for name, path in ((self.tr("From"), self._key.identity), (self.tr("To"), self._key.ppk)):
            inside.addWidget(label(name, "muted"))
            shown = label(path, selectable=True)
            shown.setAccessibleName(f"{name}: {path}")
            inside.addWidget(shown)
        return frame

    def _build_fields(self) -> None:
        encrypted = self._key.is_encrypted
        self.passphrase = self._field(self.tr("Passphrase of the key"), is_shown=encrypted)
        if encrypted:
            choices = [
                (_SAME, self.tr("The same passphrase for the new file")),
                (_OTHER, self.tr("Another passphrase for the new file")),
                (_NONE, self.tr("No passphrase for the new file")),
            ]
        else:
            choices = [
                (_NONE, self.tr("No passphrase, as the key itself has none")),
                (_OTHER, self.tr("A passphrase for the new file")),
            ]
        self._kind = choice(choices, choices[0][0])
        self._kind.setObjectName("kind")
        self._kind.setAccessibleName(self.tr("Passphrase of the new file"))
        self._kind.currentIndexChanged.connect(lambda _index: self._follow())
        self.body.addWidget(self._kind)
        self.new = self._field(self.tr("New passphrase"))
        self.repeated = self._field(self.tr("New passphrase again"))
        self._differ = label(self.tr("The two are not the same yet."), "muted")
        self.body.addWidget(self._differ)
        self._warning = label(
            self.tr(
                "Whoever gets hold of that file can log in as you, without any password. Do this only "
                "where nobody else can read your files."
            ),
            "bad",
        )
        self.body.addWidget(self._warning)
        self._sure = QCheckBox(self.tr("I want the key in a file that is not encrypted"))
        self._sure.setObjectName("sure")
        self._sure.toggled.connect(lambda _on: self._follow())
        keep_whole(self._sure)
        self.body.addWidget(self._sure)

    def _field(self, name: str, *, is_shown: bool = True) -> QLineEdit:
        field = secret_field(name)
        field.setPlaceholderText(name)
        field.textEdited.connect(lambda _text: self._follow())
        field.setVisible(is_shown)
        self.body.addWidget(field)
        return field

    def _chosen(self) -> str:
        return str(self._kind.currentData())

    def _follow(self) -> None:
        """Show what belongs to the choice; the button works once everything is there."""
        chosen, encrypted = self._chosen(), self._key.is_encrypted
        warns = chosen == _NONE and encrypted
        for field in (self.new, self.repeated):
            field.setVisible(chosen == _OTHER)
        differ = chosen == _OTHER and self.new.text() != self.repeated.text()
        self._differ.setVisible(differ and bool(self.repeated.text()))
        self._warning.setVisible(warns)
        self._sure.setVisible(warns)
        ready = not encrypted or bool(self.passphrase.text())
        if chosen == _OTHER:
            ready = ready and bool(self.new.text()) and not differ
        if warns:
            ready = ready and self._sure.isChecked()
        self._go_on.setEnabled(ready and not self._is_busy)
        if self.isVisible():
            fit_height(self)

    def _start(self) -> None:
        chosen = self._chosen()
        passphrase = self.passphrase.text() if self._key.is_encrypted else ""
        new = {_SAME: passphrase, _OTHER: self.new.text(), _NONE: ""}[chosen]
        self._is_busy = True
        self._trouble.hide()
        self._go_on.setText(self.tr("Converting..."))
        self._follow()
        self._convert(passphrase, new, self._finished)

    def _finished(self, fault: Fault | None) -> None:
        if not self._is_open:
            return  # closed meanwhile
        self._is_busy = False
        if fault is None:
            self.answer(None)
            return
        self._go_on.setText(self.tr("Convert"))
        self._trouble.setText(told_fault(fault))
        self._trouble.show()
        self._follow()
        if self._key.is_encrypted:
            self.passphrase.setFocus()
            self.passphrase.selectAll()
