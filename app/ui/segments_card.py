"""One of a few, side by side, with a sentence about the chosen one. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QFrame, QPushButton, QRadioButton, QVBoxLayout, QWidget

from app.ui.actions import Action
from app.ui.flow_layout import FlowLayout
from app.ui.segments import Segments
from app.ui.texts import Text
from app.ui.widgets import keep_whole, label, push
from app.ui.wording import told


class SegmentsCard(QFrame):
    """What is chosen goes to ``choose``; a new ``Segments`` shows what became of it."""

    def __init__(self, choose: Callable[[Action], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", "true")
        self._choose = choose
        self._shown: Segments | None = None
        self._buttons: list[QRadioButton] = []
        self._more: QPushButton | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 14, 12)
        self._column.setSpacing(9)
        self._title = label("", "muted", wraps=False)
        self._column.addWidget(self._title)
        self._row = FlowLayout(gap=6, row_gap=6)
        self._column.addLayout(self._row)
        self._about = label("", selectable=True)
        self._column.addWidget(self._about)
        self._more_row = FlowLayout()
        self._column.addLayout(self._more_row)

    def show_segments(self, segments: Segments) -> None:
        """Buttons that are there stay: the keyboard is on one of them."""
        if segments == self._shown:
            return
        is_other_more = self._shown is None or self._shown.more != segments.more
        self._shown = segments
        title = told(segments.title)
        self._title.setText(title)
        while len(self._buttons) < len(segments.segments):
            self._add_button()
        for button, segment in zip(self._buttons, segments.segments, strict=True):
            name, about = told(segment.name), told(segment.about)
            button.setText(name)
            button.setObjectName(f"segment-{segment.action.subject.rpartition('/')[2]}")
            button.setAccessibleName(f"{title}: {name}")
            button.setAccessibleDescription(about)
            button.setChecked(segment.is_chosen)
            if segment.is_chosen:
                self._about.setText(about)
        if is_other_more:
            self._show_more(segments.more)

    def stops(self) -> list[QWidget]:
        """In the order in which they are read."""
        return [*self._buttons, self._about, *([self._more] if self._more is not None else [])]

    def _add_button(self) -> None:
        button = QRadioButton()
        button.setProperty("segment", "true")
        keep_whole(button)
        button.clicked.connect(partial(self._chosen, len(self._buttons)))
        self._row.addWidget(button)
        self._buttons.append(button)

    def _chosen(self, number: int, _checked: bool = False) -> None:
        shown, self._shown = self._shown, None  # what comes next is drawn, even if it is the same as before
        if shown is not None and not shown.segments[number].is_chosen:
            self._choose(shown.segments[number].action)

    def _show_more(self, more: tuple[Text, Action] | None) -> None:
        if self._more is not None:
            self._more_row.takeAt(0)
            self._more.hide()
            self._more.deleteLater()
            self._more = None
        if more is not None:
            words, action = more
            self._more = push(told(words), partial(self._choose, action), icon="edit")
            self._more.setObjectName("segment-more")
            self._more_row.addWidget(self._more)
