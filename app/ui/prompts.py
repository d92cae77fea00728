"""Questions to the person, one at a time. GUI thread only.

A question that is withdrawn goes away, shown or not. Every question that was asked gets an answer, at the
latest None when the program quits: somebody waits for it.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import InvalidStateError
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from app.core.faults import Fault
from app.core.questions import CodesQuestion, HostKeyQuestion, Question
from app.ui.prompt_dialogs import CodesDialog, HostKeyDialog, PromptDialog, SecretDialog

_log = logging.getLogger("relaytray.ui")


class Prompts(QObject):
    """``keyring_fault`` tells why nothing can be remembered; ``parent_window`` where to show prompts."""

    def __init__(
        self,
        parent: QObject,
        keyring_fault: Callable[[], Fault | None],
        parent_window: Callable[[], QWidget | None],
    ) -> None:
        super().__init__(parent)
        self._keyring_fault = keyring_fault
        self._parent_window = parent_window
        self._waiting: deque[Question] = deque()
        self._asked: Question | None = None
        self._dialog: PromptDialog | None = None
        self._is_closed = False

    @property
    def dialog(self) -> PromptDialog | None:
        """The prompt on the screen."""
        return self._dialog

    def ask(self, question: Question) -> None:
        if self._is_closed:
            _give(question, None)
            return
        self._waiting.append(question)
        self._show_next()

    def withdraw(self, question_id: str) -> None:
        self._waiting = deque(one for one in self._waiting if one.id != question_id)
        if self._asked is not None and self._asked.id == question_id:
            dialog = self._dialog
            self._asked = self._dialog = None
            if dialog is not None:
                dialog.withdraw()
            self._show_next()

    def close(self) -> None:
        """The program quits: everything is answered with a cancel."""
        self._is_closed = True
        waiting, self._waiting = self._waiting, deque()
        if self._dialog is not None:
            self._dialog.answer(None)
        for question in waiting:
            _give(question, None)

    def raise_current(self) -> None:
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()

    def _show_next(self) -> None:
        if self._asked is not None or not self._waiting:
            return
        question = self._waiting.popleft()
        if question.answer.cancelled():
            self._show_next()
            return
        self._asked = question
        self._dialog = self._dialog_for(question, partial(self._answered, question))
        self._dialog.show()
        self.raise_current()
        QApplication.alert(self._dialog)

    def _dialog_for(self, question: Question, on_answer: Callable[[Any], None]) -> PromptDialog:
        window = self._parent_window()
        if isinstance(question, HostKeyQuestion):
            return HostKeyDialog(question, on_answer, window)
        if isinstance(question, CodesQuestion):
            return CodesDialog(question, on_answer, window)
        return SecretDialog(question, on_answer, self._keyring_fault(), window)

    def _answered(self, question: Question, answer: Any) -> None:
        if self._asked is question:
            self._asked = self._dialog = None
        _give(question, answer)
        self._show_next()


def _give(question: Question, answer: Any) -> None:
    try:
        question.answer.set_result(answer)
    except InvalidStateError:  # it was withdrawn in the same moment
        _log.debug("The question %s was no longer waited for.", question.id)
