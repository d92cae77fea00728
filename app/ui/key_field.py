"""The key file of a profile: typed, chosen or made; with what is the matter with it, and the remedy.

GUI thread only; files, the keyring and the agent are looked at in the background.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget
from shiboken6 import isValid

from app.core.faults import Fault, FaultCode
from app.core.private_keys import Added, KeyLook, RightsChange
from app.core.questions import SecretAnswer, SecretKind, SecretQuestion, SecretReason
from app.ui.bridge import fault_of
from app.ui.field_form import PathField
from app.ui.key_work import KeyWork
from app.ui.new_key_dialog import NewKeyDialog
from app.ui.prompt_dialogs import SecretDialog
from app.ui.widgets import label, push, restyle
from app.ui.wording import told_fault

_PAUSE_MS = 350  # in the typing, before the file is looked at
T = TypeVar("T")
# Gets the passphrase ("" at first: the keyring may have it), and whether it shall be remembered.
WithPassphrase = Callable[[str, bool], T]


class KeyField(PathField):
    """Without ``work`` it is a plain field for a path."""

    def __init__(self, path: str, title: str, start_folder: str, work: KeyWork | None) -> None:
        super().__init__(path, title, start_folder)
        self._work = work
        self._look: KeyLook | None = None
        self._told = label("", "muted", selectable=True)
        self._told.setObjectName("key-told")
        self._told.hide()
        if work is None:
            return
        new = push(self.tr("New key..."), self._make, icon="key")
        new.setObjectName("new-key")
        self._row.addWidget(new)
        self._column.setSpacing(4)
        self._column.addWidget(self._told)
        self._column.addWidget(self._remedies())
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_PAUSE_MS)
        self._pause.timeout.connect(self._look_at_it)
        self.line.textChanged.connect(lambda _text: self._changed())
        self._look_at_it()

    def _remedies(self) -> QWidget:
        self._buttons = QWidget()
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        self._fix = push(self.tr("Fix permissions"), self._fix_rights, icon="shield")
        self._fix.setObjectName("fix-key")
        self._add = push(self.tr("Add to agent"), self._add_to_agent, icon="add")
        self._add.setObjectName("add-to-agent")
        self._convert = push(self.tr("Convert for ssh"), self._convert_it, icon="edit")
        self._convert.setObjectName("convert-key")
        for button in (self._fix, self._convert, self._add):
            row.addWidget(button)
        row.addStretch(1)
        self._buttons.hide()
        return self._buttons

    # --- looking ------------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._look = None
        self._tell("")
        self._buttons.hide()
        self._pause.start()

    def _look_at_it(self, and_tell: str = "") -> None:
        """``and_tell``: what was just done, to be said instead of nothing."""
        path, work = self.text(), self._work
        if not path or work is None:
            return

        def done(future: Future[KeyLook]) -> None:
            if not isValid(self) or self.text() != path or fault_of(future) is not None:
                return
            self._show(future.result(), and_tell)

        work.background.run(lambda: work.port.look(path), done)

    def _show(self, look: KeyLook, and_tell: str) -> None:
        self._look = look
        is_putty = look.form.startswith("PuTTY")
        self._fix.setVisible(bool(look.exposed))
        self._convert.setVisible(is_putty)
        self._add.setVisible(look.fault is None and not look.exposed)
        is_any = bool(look.exposed) or is_putty or look.fault is None
        self._buttons.setVisible(is_any)
        if look.exposed:
            words = self.tr("Other people on this computer can open this key file, so ssh refuses it.")
            self._tell(words, is_bad=True)
        elif look.fault is not None:
            self._tell(told_fault(look.fault), is_bad=look.fault.code is not FaultCode.KEY_MISSING)
        elif is_putty:
            self._tell(
                self.tr("This is a PuTTY key. Logins need the same key in the format of ssh."), is_bad=True
            )
        else:
            self._tell(and_tell)

    def _tell(self, words: str, *, is_bad: bool = False) -> None:
        self._told.setProperty("role", "bad" if is_bad else "muted")
        restyle(self._told)
        self._told.setText(words)
        self._told.setVisible(bool(words))

    # --- doing --------------------------------------------------------------------------------------------

    def _make(self) -> None:
        if self._work is not None:
            NewKeyDialog(self._work, self._take, self.window()).open()

    def _fix_rights(self) -> None:
        path, work = self.text(), self._work
        if work is None:
            return

        def done(future: Future[tuple[RightsChange, ...]]) -> None:
            if not isValid(self) or self.text() != path:
                return
            fault = fault_of(future)
            if fault is not None:
                self._tell(told_fault(fault), is_bad=True)
            else:
                self._look_at_it(self.tr("Put right: only you can open it now."))

        work.background.run(lambda: work.port.fix(path), done)

    def _add_to_agent(self) -> None:
        path, work = self.text(), self._work
        if work is None:
            return

        def add(passphrase: str, remember: bool) -> Added:
            return work.port.add_to_agent(path, passphrase, remember=remember)

        def added(how: Added) -> None:
            if how is Added.ADDED:
                self._tell(self.tr("The ssh agent has this key now."))
            else:
                self._tell(self.tr("The ssh agent has this key already."))

        self._with_passphrase(path, self.tr("The ssh agent"), add, added)

    def _convert_it(self) -> None:
        path, work = self.text(), self._work
        if work is None:
            return

        def convert(passphrase: str, remember: bool) -> str:
            return work.port.convert_to_openssh(path, passphrase, remember=remember)

        self._with_passphrase(path, self.tr("The conversion"), convert, self._take)

    def _with_passphrase(
        self,
        path: str,
        who: str,
        deed: WithPassphrase[T],
        then: Callable[[T], None],
        answer: SecretAnswer | None = None,
    ) -> None:
        """Does it, asking the person for the passphrase where the keyring does not have it."""
        work = self._work
        if work is None:
            return
        passphrase, remember = (answer.secret, answer.remember) if answer else ("", False)

        def done(future: Future[T]) -> None:
            if not isValid(self) or self.text() != path:
                return
            fault = fault_of(future)
            if fault is None:
                then(future.result())
            elif fault.code is FaultCode.PASSPHRASE_WRONG:
                self._ask(path, who, fault, answer, again)
            else:
                self._tell(told_fault(fault), is_bad=True)

        def again(told: SecretAnswer) -> None:
            self._with_passphrase(path, who, deed, then, told)

        work.background.run(lambda: deed(passphrase, remember), done)

    def _ask(
        self,
        path: str,
        who: str,
        fault: Fault,
        before: SecretAnswer | None,
        go_on: Callable[[SecretAnswer], None],
    ) -> None:
        question = SecretQuestion(
            id=uuid.uuid4().hex,
            profile=who,
            kind=SecretKind.PASSPHRASE,
            subject=fault.details.get("path", path),
            reason=SecretReason.WRONG if before and before.secret else SecretReason.NEEDED,
        )

        def answered(answer: SecretAnswer | None) -> None:
            if answer is not None:
                go_on(answer)

        SecretDialog(question, answered, None, self.window()).open()
