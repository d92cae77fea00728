"""The steps of a set-up, one under the other, each with its state and why it is so. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.provisioning import StepState
from app.ui import icons
from app.ui.setup_steps import StepLine
from app.ui.widgets import card, is_dark, label, line
from app.ui.wording import told, told_fault, told_note, told_step, told_step_state


class StepsView(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[tuple[StepLine, ...], bool] = ((), False)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._frame: QFrame | None = None

    def show_lines(self, lines: tuple[StepLine, ...]) -> None:
        """Draws only what is not shown already, in this look."""
        if self._shown == (lines, is_dark()):
            return
        self._shown = (lines, is_dark())
        if self._frame is not None:
            self._column.removeWidget(self._frame)
            self._frame.hide()
            self._frame.deleteLater()
            self._frame = None
        if lines:
            self._frame = self._drawn(lines)
            self._column.addWidget(self._frame)

    def _drawn(self, lines: tuple[StepLine, ...]) -> QFrame:
        frame = card()
        column = QVBoxLayout(frame)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(9)
        for number, one in enumerate(lines):
            if number:
                column.addWidget(line())
            column.addLayout(self._step(one))
        return frame

    def _step(self, one: StepLine) -> QHBoxLayout:
        size = self.fontMetrics().height()
        sign = QLabel()
        sign.setPixmap(icons.mark(one.mark, on_dark=is_dark()).pixmap(size, size))
        title = label(told(one.title) if one.title is not None else told_step(one.step))
        state_words = told(one.state_words) if one.state_words else told_step_state(one.state)
        state = label(state_words, _ROLES.get(one.state, "muted"), wraps=False)
        state.setObjectName(f"state-{one.step}")
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(title, 1)
        head.addWidget(state, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addLayout(head)
        if one.detail:
            words.addWidget(label(one.detail, "muted", selectable=True))
        for note in one.notes:
            words.addWidget(label(told_note(note), "muted", selectable=True))
        if one.fault is not None:
            words.addWidget(label(told_fault(one.fault), "bad", selectable=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return row


_ROLES = {StepState.FAILED: "bad", StepState.CHANGE: "", StepState.RUNNING: ""}
