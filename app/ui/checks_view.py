"""The doctor's checks, one under the other, each with its sign, figure and sentence. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.core.diagnosis import Check, Examined, Verdict
from app.ui import icons
from app.ui.tray_model import Mark
from app.ui.widgets import card, is_dark, label, line, restyle
from app.ui.wording import told_check, told_examined, told_verdict

_MARKS = {
    Verdict.GOOD: Mark.CONNECTED,
    Verdict.BAD: Mark.TROUBLE,
    Verdict.SKIPPED: Mark.OFF,
    Verdict.RUNNING: Mark.CONNECTING,
}
_ROLES = {Verdict.BAD: "bad", Verdict.WARNING: "value"}
_AMBER_ON_LIGHT, _AMBER_ON_DARK = "#9a5b00", "#f2b04b"


class ChecksView(QWidget):
    """Every check has its row from the start, so that nothing moves but what is said."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._frame: QFrame | None = None
        self._rows: dict[Check, _Row] = {}

    def show_rows(self, rows: Iterable[tuple[Check, Examined | None]]) -> None:
        told = list(rows)
        if list(self._rows) != [check for check, _ in told]:
            self._make([check for check, _ in told])
        for check, examined in told:
            self._rows[check].show_examined(examined)

    def draw_anew(self) -> None:
        """After a change of colours."""
        for row in self._rows.values():
            row.draw()

    def row(self, check: Check) -> QWidget | None:
        return self._rows.get(check)

    def _make(self, checks: list[Check]) -> None:
        if self._frame is not None:
            self._column.removeWidget(self._frame)
            self._frame.hide()
            self._frame.deleteLater()
        self._frame = card()
        column = QVBoxLayout(self._frame)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        self._rows = {}
        for number, check in enumerate(checks):
            if number:
                column.addWidget(line())
            self._rows[check] = _Row(check)
            column.addWidget(self._rows[check])
        self._column.addWidget(self._frame)


class _Row(QWidget):
    def __init__(self, check: Check) -> None:
        super().__init__()
        self._examined: Examined | None = None
        self.setObjectName(f"check-{check}")
        self._size = self.fontMetrics().height()
        self._sign = QLabel()
        self._sign.setFixedWidth(self._size + 2)
        self._name = label(told_check(check))
        self._figure = label("", "muted", wraps=False)
        self._figure.setObjectName("figure")
        self._sentence = label("", "muted", selectable=True)
        self._sentence.setObjectName("sentence")
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(self._name, 1)
        head.addWidget(self._figure, 0, Qt.AlignmentFlag.AlignVCenter)
        words = QVBoxLayout()
        words.setSpacing(3)
        words.addLayout(head)
        words.addWidget(self._sentence)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self.draw()

    def show_examined(self, examined: Examined | None) -> None:
        if examined != self._examined:
            self._examined = examined
            self.draw()

    def draw(self) -> None:
        examined = self._examined
        said = "" if examined is None else told_examined(examined)
        verdict = None if examined is None else examined.verdict
        self._sign.setPixmap(self._picture(verdict))
        self._sign.setToolTip("" if verdict is None else told_verdict(verdict))
        self._sign.setAccessibleName(self._sign.toolTip())
        _give_role(self._name, "muted" if verdict is None else "")
        skipped = verdict is Verdict.SKIPPED
        figure = "" if examined is None or skipped else examined.figure
        self._figure.setText(told_verdict(Verdict.RUNNING) if verdict is Verdict.RUNNING else figure)
        _give_role(self._sentence, "muted" if verdict is None else _ROLES.get(verdict, "muted"))
        self._sentence.setText(said)
        self._sentence.setVisible(bool(said))

    def _picture(self, verdict: Verdict | None) -> QPixmap:
        if verdict is None:
            return QPixmap()
        if verdict is Verdict.WARNING:
            amber = _AMBER_ON_DARK if is_dark() else _AMBER_ON_LIGHT
            return icons.tinted("warning", amber).pixmap(self._size, self._size)
        return icons.mark(_MARKS[verdict], on_dark=is_dark()).pixmap(self._size, self._size)


def _give_role(widget: QLabel, role: str) -> None:
    if widget.property("role") != role:
        widget.setProperty("role", role)
        restyle(widget)
