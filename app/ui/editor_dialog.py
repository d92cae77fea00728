"""The frame of the profile editors: a form, a folded part for what most people never change, Save and "
"Cancel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui import icons
from app.ui.field_form import FieldForm
from app.ui.widgets import dress, label, letters, push
from app.ui.wording import told_problem


class EditorDialog(QDialog):
    """A subclass fills ``form`` and ``more`` and gives ``problems`` and ``save``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowIcon(icons.app_icon())
        self.form, self.more = FieldForm(), FieldForm()
        self._page = QVBoxLayout()
        self._page.setContentsMargins(22, 18, 22, 18)
        self._page.setSpacing(14)
        self._page.addWidget(self.form)
        self._fold = push(self.tr("More settings"), self._toggle_more, icon="fold-closed")
        self._fold.setCheckable(True)
        self._page.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._page.addWidget(self.more)
        self.more.hide()
        self._page.addStretch(1)
        self._trouble = label("", "bad")
        self._trouble.hide()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 14)
        self._area = self._scroll_area()
        outer.addWidget(self._area, 1)
        outer.addWidget(self._buttons())
        self.resize(letters(self, 84), letters(self, 92))

    def problems(self) -> list[Any]:
        """The problems of the profile as the fields have it now."""
        raise NotImplementedError

    def save(self) -> None:
        raise NotImplementedError

    def check_further(self, go_on: Callable[[], None]) -> None:
        """What takes longer than a look at the fields; calls ``go_on``, now or later, if all is well."""
        go_on()

    def show_field(self, field: str) -> None:
        """Put the keyboard into that field, unfolding what hides it."""
        if self.more.editor(field) is not None:
            self._unfold()
        editor = self.form.editor(field) or self.more.editor(field)
        if editor is not None:
            editor.setFocus()
            whole = editor.parentWidget() or editor  # with its help and its problem
            area = self._area
            QTimer.singleShot(0, whole, lambda: area.ensureWidgetVisible(whole))  # once it has a place

    def add_top(self, widget: QWidget) -> None:
        self._page.insertWidget(0, widget)

    def watch(self) -> None:
        """From now on the problems follow every edit."""
        width = max(self.form.title_width(), self.more.title_width())
        self.form.set_title_width(width)
        self.more.set_title_width(width)
        self.form.changed.connect(self._check)
        self.more.changed.connect(self._check)
        self._check()

    def _check(self) -> bool:
        problems = self.problems()
        self.form.show_problems(problems)
        self.more.show_problems(problems)
        return not problems

    def _try_to_save(self) -> None:
        if self._check():
            self.check_further(self._save_and_close)
            return
        elsewhere = self.more.unplaced()
        nowhere = [one for one in self.form.unplaced() if one in elsewhere]
        self._trouble.setText("\n".join(told_problem(one) for one in nowhere))
        self._trouble.setVisible(bool(nowhere))
        if len(self.more.unplaced()) < len(self.problems()):
            self._unfold()
            self.more.touch_all()
        self.form.touch_all()

    def _save_and_close(self) -> None:
        self.save()
        self.accept()

    def _unfold(self) -> None:
        self._fold.setChecked(True)
        self._toggle_more()

    def _toggle_more(self) -> None:
        self.more.setVisible(self._fold.isChecked())
        dress(self._fold, "fold-open" if self._fold.isChecked() else "fold-closed")

    def _scroll_area(self) -> QScrollArea:
        page = QWidget()
        page.setLayout(self._page)
        area = QScrollArea()
        area.setObjectName("page")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        return area

    def _buttons(self) -> QWidget:
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(22, 8, 22, 0)
        inside.addWidget(self._trouble)
        box = QDialogButtonBox()
        save: QPushButton = box.addButton(QDialogButtonBox.StandardButton.Save)
        self._save_button = save
        cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        save.setDefault(True)
        save.clicked.connect(self._try_to_save)
        cancel.clicked.connect(self.reject)
        inside.addWidget(box)
        return holder
