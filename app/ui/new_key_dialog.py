"""Making a key pair: type, place, passphrase; then its public half to be copied. GUI thread only.

The passphrase leaves the fields only for the one who makes the key, and they are emptied when the dialog
closes. A key without a passphrase is made only after a tick beside a plain warning.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from app.core.private_keys import KeyKind, MadeKey, NewKey
from app.ui.bridge import fault_of
from app.ui.key_work import KeyWork
from app.ui.prompt_dialogs import PromptDialog, secret_field
from app.ui.theme import fixed_font
from app.ui.widgets import card, choice, fit_height, keep_whole, label, push, tool
from app.ui.wording import told_fault


class NewKeyDialog(PromptDialog):
    """``on_made(path)`` hears of the key as soon as it is there; the dialog then shows the public half."""

    def __init__(
        self, work: KeyWork, on_made: Callable[[str], object], parent: QWidget | None = None
    ) -> None:
        super().__init__("key", self.tr("New key"), lambda _answer: None, parent)
        self._work, self._on_made = work, on_made
        self._is_busy, self._suggested = False, ""
        self._form = QWidget()
        self._inside = QVBoxLayout(self._form)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(10)
        self.body.addWidget(self._form)
        self._trouble = label("", "bad", selectable=True)
        self._build_place()
        self._build_passphrase()
        self._trouble.setObjectName("trouble")
        self._trouble.hide()
        self.body.addWidget(self._trouble)
        self._go_on = self._add_buttons(self.tr("Make the key"), self._start)
        self._go_on.setObjectName("make")
        self._go_on.setDefault(True)
        self._suggest()
        self._follow()
        self.passphrase.setFocus()

    def done(self, code: int) -> None:
        for field in (self.passphrase, self.repeated):
            field.clear()
        super().done(code)

    # --- the fields ---------------------------------------------------------------------------------------

    def _build_place(self) -> None:
        words = self.tr(
            "The private key stays on this computer. Its public half, the file beside it with .pub at the "
            "end, goes onto the machines that shall let you in."
        )
        self._inside.addWidget(label(words))
        kinds = [
            (KeyKind.ED25519.value, self.tr("Ed25519: for every machine of the last ten years")),
            (KeyKind.RSA.value, self.tr("RSA with 4096 bits: for older machines")),
        ]
        self._kind = choice(kinds, KeyKind.ED25519.value)
        self._kind.setObjectName("kind")
        self._kind.currentIndexChanged.connect(lambda _index: self._suggest())
        self._add_row(self.tr("Type"), self._kind)
        self.place = QLineEdit()
        self.place.setObjectName("place")
        self.place.textChanged.connect(lambda _text: self._place_changed())
        row = QWidget()
        inside = QHBoxLayout(row)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.place, 1)
        inside.addWidget(tool(self.tr("Choose where to keep the key"), "folder", self._browse))
        row.setFocusProxy(self.place)
        self.place.setAccessibleName(self.tr("File"))
        self._add_row(self.tr("File"), row)

    def _build_passphrase(self) -> None:
        name, again = self.tr("Passphrase"), self.tr("Passphrase again")
        self.passphrase, self.repeated = secret_field(name), secret_field(again)
        self._name = self._add_row(name, self.passphrase)
        self._again = self._add_row(again, self.repeated)
        for field in (self.passphrase, self.repeated):
            field.textEdited.connect(lambda _text: self._follow())
        self._differ = label(self.tr("The two are not the same yet."), "muted")
        self._inside.addWidget(self._differ)
        self._remember = self._tick(self.tr("Remember the passphrase in the system's keyring"), "remember")
        self._remember.setChecked(True)
        self._open = self._tick(self.tr("Make the key without a passphrase"), "open")
        self._open.toggled.connect(lambda _on: self._follow())
        self._warning = label(
            self.tr(
                "Whoever gets hold of the file, from a backup or a lost laptop, can then log in as you at "
                "once."
            ),
            "bad",
        )
        self._inside.addWidget(self._warning)

    def _add_row(self, name: str, field: QWidget) -> QLabel:
        title = label(name, "muted", wraps=False)
        title.setBuddy(field)
        if not field.accessibleName():
            field.setAccessibleName(name)
        holder = QVBoxLayout()
        holder.setSpacing(3)
        holder.addWidget(title)
        holder.addWidget(field)
        self._inside.addLayout(holder)
        return title

    def _tick(self, words: str, name: str) -> QCheckBox:
        made = QCheckBox(words)
        made.setObjectName(name)
        keep_whole(made)
        self._inside.addWidget(made)
        return made

    def _browse(self) -> None:
        dialog = QFileDialog(self, self.tr("Choose where to keep the key"), str(Path.home() / ".ssh"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # nothing is overwritten
        dialog.fileSelected.connect(self.place.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _suggest(self) -> None:
        """A free name of the chosen type, unless the person wrote another."""
        kind = KeyKind(self._kind.currentData())

        def done(future: Future[str]) -> None:
            if not isValid(self) or fault_of(future) or kind.value != self._kind.currentData():
                return
            if self.place.text() in ("", self._suggested):
                self._suggested = future.result()
                self.place.setText(self._suggested)

        self._work.background.run(lambda: self._work.port.usual_path(kind), done)

    def _place_changed(self) -> None:
        self._trouble.hide()
        self._follow()

    def _follow(self) -> None:
        """Show what belongs to the choice; the button works once everything is there."""
        is_open = self._open.isChecked()
        for widget in (self._name, self.passphrase, self._again, self.repeated, self._remember):
            widget.setVisible(not is_open)
        self._warning.setVisible(is_open)
        differ = not is_open and self.passphrase.text() != self.repeated.text()
        self._differ.setVisible(differ and bool(self.repeated.text()))
        ready = is_open or (bool(self.passphrase.text()) and not differ)
        self._go_on.setEnabled(ready and bool(self.place.text().strip()) and not self._is_busy)
        if self.isVisible():
            fit_height(self)

    # --- making it ----------------------------------------------------------------------------------------

    def _start(self) -> None:
        is_open = self._open.isChecked()
        wanted = NewKey(
            path=self.place.text().strip(),
            kind=KeyKind(self._kind.currentData()),
            passphrase="" if is_open else self.passphrase.text(),
            remember=not is_open and self._remember.isChecked(),
        )
        self._is_busy = True
        self._trouble.hide()
        self._go_on.setText(self.tr("Making the key..."))
        self._follow()
        self._work.background.run(lambda: self._work.port.make(wanted), self._finished)

    def _finished(self, future: Future[MadeKey]) -> None:
        if not isValid(self) or not self.isVisible():
            return  # closed meanwhile
        self._is_busy = False
        fault = fault_of(future)
        if fault is not None:
            self._go_on.setText(self.tr("Make the key"))
            self._trouble.setText(told_fault(fault))
            self._trouble.show()
            self._follow()
            return
        made = future.result()
        self._on_made(made.path)
        self._show_made(made)

    def _show_made(self, made: MadeKey) -> None:
        for field in (self.passphrase, self.repeated):
            field.clear()
        self._form.hide()
        shown = QWidget()
        inside = QVBoxLayout(shown)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        inside.addWidget(label(self.tr("The key is made: {path}").format(path=made.path), selectable=True))
        if made.exposed:
            words = self.tr(
                "This disk keeps no rights, so other people of this computer can read the key and ssh "
                "refuses it. Make one on another disk."
            )
            inside.addWidget(label(words, "bad"))
        words = self.tr(
            "This line is its public half. Paste it at the end of ~/.ssh/authorized_keys on the machine that "
            "shall let you in:"
        )
        inside.addWidget(label(words))
        inside.addWidget(self._public_line(made.public_line))
        self.body.insertWidget(1, shown)
        shown.show()
        self._go_on.hide()
        self.cancel_button.setText(self.tr("Close"))
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
        self._fit()

    def _fit(self) -> None:
        """Only as high as what is shown now, which is less than the fields were."""
        layout = self.layout()
        if layout is not None:
            layout.activate()
            self.setMinimumHeight(0)
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))
        fit_height(self)

    def _public_line(self, line: str) -> QWidget:
        frame = card()
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(8, 8, 8, 8)
        inside.addWidget(_text(line, self.tr("The public half")))
        copy = push(self.tr("Copy"), lambda: QGuiApplication.clipboard().setText(line), icon="copy")
        copy.setObjectName("copy-public")
        inside.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        return frame


def _text(line: str, name: str) -> QPlainTextEdit:
    """Room for a short key; a long one is scrolled."""
    shown = QPlainTextEdit(line)
    shown.setObjectName("preview")
    shown.setAccessibleName(name)
    shown.setReadOnly(True)
    shown.setTabChangesFocus(True)
    shown.setFrameShape(QFrame.Shape.NoFrame)
    shown.setFont(fixed_font())
    shown.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
    margins = 2 * (int(shown.document().documentMargin()) + shown.frameWidth() + 2)
    shown.setFixedHeight(4 * shown.fontMetrics().lineSpacing() + margins)
    return shown
