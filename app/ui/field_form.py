"""A form whose fields carry their help and their problem beside them. GUI thread only.

A problem is shown once the person has touched that field, or has tried to save: an empty new form does not
shout.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.core.problems import Problem
from app.ui.theme import fixed_font
from app.ui.widgets import label, tool
from app.ui.wording import told_problem


class FieldForm(QWidget):
    """Rows by field name; ``changed`` after every edit by the person."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setVerticalSpacing(12)
        self._layout.setHorizontalSpacing(16)
        self._layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._editors: dict[str, QWidget] = {}
        self._problem_labels: dict[str, QLabel] = {}
        self._titles: list[QLabel] = []
        self._touched: set[str] = set()
        self._problems: tuple[Problem, ...] = ()
        self._refusals: dict[str, str] = {}  # what others said of a field, until it is edited

    def add(self, field: str, name: str, editor: QWidget, help_words: str = "") -> None:
        """``field`` is the name that ``Problem.field`` uses; nested ones share the part before the "
        "bracket."""
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(3)
        inside.addWidget(editor)
        if help_words:
            inside.addWidget(label(help_words, "muted"))
        problem = label("", "bad")
        problem.setObjectName(f"problem-{field}")
        problem.hide()
        inside.addWidget(problem)
        title = label(name, wraps=False)
        title.setBuddy(editor)
        title.setContentsMargins(0, title.fontMetrics().height() // 3, 0, 0)  # level with the field's text
        self._titles.append(title)
        if not editor.accessibleName():
            editor.setAccessibleName(name)
        editor.setObjectName(f"field-{field}")
        self._layout.addRow(title, holder)
        self._editors[field] = editor
        self._problem_labels[field] = problem
        self._watch(field, editor)

    def add_wide(self, widget: QWidget) -> None:
        self._layout.addRow(widget)

    def set_row_visible(self, field: str, *, is_visible: bool) -> None:
        holder = self._editors[field].parentWidget()
        if holder is not None:
            self._layout.setRowVisible(holder, is_visible)

    def title_width(self) -> int:
        return max((title.sizeHint().width() for title in self._titles), default=0)

    def set_title_width(self, width: int) -> None:
        """Two forms above each other begin their fields at the same place."""
        for title in self._titles:
            title.setMinimumWidth(width)

    def show_problems(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(problems)
        self._redraw()

    def touch(self, field: str) -> None:
        self._touched.add(field)

    def touch_all(self) -> None:
        """The person wants to save: now every problem is told, and the first has the focus."""
        self._touched = set(self._editors)
        self._redraw()
        for problem in self._problems:
            editor = self._editors.get(_row_of(problem.field))
            if editor is not None:
                editor.setFocus()
                return

    def refuse(self, field: str, words: str) -> None:
        """Somebody else than the rules of a profile does not accept this field as it is."""
        self._refusals[field] = words
        self.touch(field)
        self._redraw()
        self._editors[field].setFocus()

    def editor(self, field: str) -> QWidget | None:
        return self._editors.get(field)

    def unplaced(self) -> tuple[Problem, ...]:
        """Problems of no field in this form."""
        return tuple(one for one in self._problems if _row_of(one.field) not in self._editors)

    def _redraw(self) -> None:
        for field, shown in self._problem_labels.items():
            mine = [one for one in self._problems if _row_of(one.field) == field]
            told = [*(told_problem(one) for one in mine), self._refusals.get(field, "")]
            words = "\n".join(dict.fromkeys(one for one in told if one))
            shown.setText(words)
            shown.setVisible(bool(words) and field in self._touched)

    def _watch(self, field: str, editor: QWidget) -> None:
        def edited(*_ignored: object) -> None:
            self._touched.add(field)
            self._refusals.pop(field, None)
            self.changed.emit()

        if isinstance(editor, PathField):
            editor.line.textEdited.connect(edited)
            editor.chosen.connect(edited)
        elif isinstance(editor, QLineEdit):
            editor.textEdited.connect(edited)
        elif isinstance(editor, QPlainTextEdit):
            editor.textChanged.connect(edited)
        elif isinstance(editor, QSpinBox):
            editor.valueChanged.connect(edited)
        elif isinstance(editor, QComboBox):
            editor.currentIndexChanged.connect(edited)
        elif isinstance(editor, QAbstractButton):
            editor.toggled.connect(edited)


class LinesField(QPlainTextEdit):
    """Several lines, each of which says one thing; Tab goes on to the next field."""

    def __init__(self, lines: Sequence[str], placeholder: str = "") -> None:
        super().__init__("\n".join(lines))
        self.setTabChangesFocus(True)
        self.setPlaceholderText(placeholder)
        self.setFont(fixed_font())
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        margins = 2 * (int(self.document().documentMargin()) + self.frameWidth() + 2)
        self.setFixedHeight(4 * self.fontMetrics().lineSpacing() + margins)

    def lines(self) -> tuple[str, ...]:
        """Without blanks around them, and without empty ones."""
        stripped = (line.strip() for line in self.toPlainText().splitlines())
        return tuple(line for line in stripped if line)


class PathField(QWidget):
    """A path typed or chosen. The dialog is not native-blocking: the event loop runs on."""

    chosen = Signal(str)

    def __init__(self, path: str, title: str, start_folder: str) -> None:
        super().__init__()
        self.line = QLineEdit(path)
        self._title, self._start = title, start_folder
        browse = tool(title, "folder", self._browse)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._row = QHBoxLayout()
        self._row.addWidget(self.line, 1)
        self._row.addWidget(browse)
        self._column.addLayout(self._row)
        self.setFocusProxy(self.line)

    def text(self) -> str:
        return self.line.text().strip()

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.line.setAccessibleName(name)

    def _browse(self) -> None:
        dialog = QFileDialog(self, self._title, self._start)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take(self, path: str) -> None:
        self.line.setText(path)
        self.chosen.emit(path)


def port_field(port: int, *, none_words: str = "") -> QSpinBox:
    """With ``none_words`` the value 0 is allowed and reads like that."""
    field = QSpinBox()
    field.setRange(0 if none_words else 1, 65535)
    if none_words:
        field.setSpecialValueText(none_words)
    field.setValue(port)
    give_room(field)
    return field


def give_room(field: QSpinBox) -> None:
    """The style sheet's padding does not reach the text of a spin box."""
    field.lineEdit().setTextMargins(9, 0, 0, 0)


def _row_of(field: str) -> str:
    """The row that shows a problem: that of ``forwards[1].local_port`` is ``forwards``."""
    return field.partition("[")[0]
