"""The frame of the profile editors: a form, folded parts for what most people leave, Save and Cancel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.ui import icons
from app.ui.field_form import FieldForm
from app.ui.page_window import scrolled
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
        self._folds: list[tuple[QPushButton, FieldForm]] = []
        self._folded = QVBoxLayout()
        self._folded.setSpacing(14)
        self._page.addLayout(self._folded)
        self._fold = self.add_fold(self.tr("More settings"), self.more)
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
        for fold, form in self._folds:
            if form.editor(field) is not None:
                self._unfold(fold, form)
        editor = next((found for one in self._forms() if (found := one.editor(field)) is not None), None)
        if editor is not None:
            editor.setFocus()
            whole = editor.parentWidget() or editor  # with its help and its problem
            area = self._area
            QTimer.singleShot(0, whole, lambda: area.ensureWidgetVisible(whole))  # once it has a place

    def add_fold(self, words: str, form: FieldForm, *, is_open: bool = False) -> QPushButton:
        """Another part below the others, behind a button that shows and hides it. Before ``watch``."""
        button = push(words, lambda: None, icon="fold-closed")
        button.setCheckable(True)
        button.clicked.connect(partial(self._follow_fold, button, form))
        self._folded.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._folded.addWidget(form)
        self._folds.append((button, form))
        button.setChecked(is_open)
        self._follow_fold(button, form)
        return button

    def add_top(self, widget: QWidget) -> None:
        self._page.insertWidget(0, widget)

    def watch(self) -> None:
        """From now on the problems follow every edit."""
        forms = self._forms()
        width = max(form.title_width() for form in forms)
        for form in forms:
            form.set_title_width(width)
            form.changed.connect(self._check)
        self._check()

    def _forms(self) -> list[FieldForm]:
        return [self.form, *(form for _, form in self._folds)]

    def _check(self) -> bool:
        problems = self.problems()
        for form in self._forms():
            form.show_problems(problems)
        return not problems

    def _try_to_save(self) -> None:
        if self._check():
            self.check_further(self._save_and_close)
            return
        problems = self.problems()
        nowhere = [one for one in problems if all(one in form.unplaced() for form in self._forms())]
        self._trouble.setText("\n".join(told_problem(one) for one in nowhere))
        self._trouble.setVisible(bool(nowhere))
        for fold, form in reversed(self._folds):  # the first problem of all has the keyboard in the end
            if len(form.unplaced()) < len(problems):
                self._unfold(fold, form)
                form.touch_all()
        self.form.touch_all()

    def _save_and_close(self) -> None:
        self.save()
        self.accept()

    def _unfold(self, fold: QPushButton, form: FieldForm) -> None:
        fold.setChecked(True)
        self._follow_fold(fold, form)

    def _follow_fold(self, fold: QPushButton, form: FieldForm, _checked: bool = False) -> None:
        form.setVisible(fold.isChecked())
        dress(fold, "fold-open" if fold.isChecked() else "fold-closed")

    def _scroll_area(self) -> QScrollArea:
        page = QWidget()
        page.setLayout(self._page)
        return scrolled(page)

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
