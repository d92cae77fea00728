"""Removing a server or a relay whose other end RelayTray has set up: is that to be cleaned as well?

GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.core.faults import Fault
from app.ui.banner import Tone, banner
from app.ui.prompt_dialogs import PromptDialog
from app.ui.text_preview import TextPreview
from app.ui.widgets import card, clear, dress, fit_height, label, push, tick
from app.ui.wording import told_fault

RemoveServer = Callable[[bool], None]


class RemoveServerDialog(PromptDialog):
    """``remove(also_there)`` works in the background and ``removed`` hears what could not be cleaned.

    ``call_off`` is called when the dialog is closed before that.
    """

    def __init__(
        self,
        alias: str,
        relay: str,
        remove: RemoveServer,
        call_off: Callable[[], None],
        parent: QWidget | None = None,
    ) -> None:
        heading = self.tr("Remove the GPU server {alias}?").format(alias=alias)
        super().__init__("remove", heading, lambda _answer: None, parent)
        self._remove, self._call_off = remove, call_off
        self._is_open, self._is_busy = True, False
        words = label(self.tr("It goes from RelayTray's list."))
        self.body.addWidget(words)
        self.also_there = tick(
            self.tr("Also take away what its line left on the relay and on the server"), is_on=True
        )
        self.also_there.setObjectName("also-there")
        self.body.addWidget(self.also_there)
        about = self.tr(
            "On {relay} its permission ends; on the server its tunnel, its key and yours go, if it can be "
            "reached now."
        )
        explained = label(about.format(relay=relay), "muted")
        self.body.addWidget(explained)
        self._asking = (words, self.also_there, explained)  # what is over once it is removed
        self._line_card = card()
        self._fill_card = QVBoxLayout(self._line_card)
        self._fill_card.setContentsMargins(14, 12, 14, 12)
        self._fill_card.setSpacing(8)
        self._line_card.hide()
        self.body.addWidget(self._line_card)
        self._troubles = QVBoxLayout()
        self.body.addLayout(self._troubles)
        self._go_on = self._add_buttons(self.tr("Remove"), self._start)
        self._go_on.setObjectName("remove")
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()

    def show_line(self, line: str) -> None:
        """What does the same on the server by hand."""
        if not self._is_open or not self._line_card.isHidden():
            return
        words = self.tr("Or paste this into the server's web terminal:")
        self._fill_card.addWidget(label(words))
        self._fill_card.addWidget(TextPreview(line, self.tr("The line that takes it away")))
        copy = push(self.tr("Copy"), lambda: None, icon="copy")
        copy.setObjectName("copy")

        def do_copy() -> None:
            QGuiApplication.clipboard().setText(line)
            copy.setText(self.tr("Copied"))
            dress(copy, "check")

        copy.clicked.connect(lambda _checked=False: do_copy())
        self._fill_card.addWidget(copy, 0, Qt.AlignmentFlag.AlignLeft)
        self._line_card.show()
        if self.isVisible():
            self._fit()

    def removed(self, faults: Sequence[Fault]) -> None:
        """It is gone from the list; what could not be cleaned is told, and the line stays to be copied."""
        self._is_busy = False
        if not self._is_open:
            return
        if not faults:
            self.answer(None)
            return
        words = self.tr("It is removed from RelayTray. This was left behind:")
        told = "\n".join([words, *(told_fault(fault) for fault in faults)])
        self._troubles.addWidget(banner(told, Tone.BAD))
        for widget in (self._go_on, *self._asking):
            widget.hide()
        self.cancel_button.setText(self.tr("Close"))
        self._fit()

    def not_removed(self, fault: Fault) -> None:
        """Nothing was removed, and why."""
        self._is_busy = False
        if not self._is_open:
            return
        self._troubles.addWidget(banner(told_fault(fault), Tone.BAD))
        self._go_on.setText(self.tr("Remove"))
        self._go_on.setEnabled(True)
        self.also_there.setEnabled(True)
        self._fit()

    def done(self, code: int) -> None:
        self._is_open = False
        if self._is_busy:
            self._call_off()
        super().done(code)

    def _fit(self) -> None:
        """At once, and again when what has just come has found its width."""
        fit_height(self)
        QTimer.singleShot(0, self, lambda: fit_height(self))

    def _start(self) -> None:
        clear(self._troubles)
        self._is_busy = True
        self._go_on.setText(self.tr("Removing..."))
        self._go_on.setEnabled(False)
        self.also_there.setEnabled(False)
        self._remove(self.also_there.isChecked())


class RemoveRelayDialog(PromptDialog):
    """``remove(also_there)`` goes on; the window of the set-up shows what is taken away."""

    def __init__(self, name: str, remove: Callable[[bool], None], parent: QWidget | None = None) -> None:
        heading = self.tr("Remove the relay {name}?").format(name=name)
        super().__init__("remove", heading, lambda _answer: None, parent)
        self._remove = remove
        self.body.addWidget(label(self.tr("It goes from RelayTray's list.")))
        self.also_there = tick(self.tr("First take away what RelayTray set up on the machine"), is_on=True)
        self.also_there.setObjectName("also-there")
        self.body.addWidget(self.also_there)
        about = self.tr("You see what would go before anything is changed.")
        self.body.addWidget(label(about, "muted"))
        go_on = self._add_buttons(self.tr("Remove"), self._start)
        go_on.setObjectName("remove")
        self.also_there.toggled.connect(
            lambda on: go_on.setText(self.tr("Continue") if on else self.tr("Remove"))
        )
        go_on.setText(self.tr("Continue"))
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()

    def _start(self) -> None:
        also_there = self.also_there.isChecked()
        self.answer(None)
        self._remove(also_there)
