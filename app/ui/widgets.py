"""Small building blocks that every window uses: labels, buttons, lines, tinted icons. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QFrame,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.ui import icons

_ICON, _TINT = "iconName", "iconTint"


def is_dark() -> bool:
    """Whether what is drawn now is light on dark.

    Asks the application: a widget whose background a style sheet makes clear says that it is black.
    """
    return QApplication.palette().color(QPalette.ColorRole.Window).lightness() < 128


def label(words: str = "", role: str = "", *, wraps: bool = True, selectable: bool = False) -> QLabel:
    """``role`` is one of the style sheet's: title, heading, muted, bad, value."""
    made = QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)  # names and server texts are no HTML
    made.setWordWrap(wraps)
    if role:
        made.setProperty("role", role)
    if selectable:
        flags = Qt.TextInteractionFlag
        made.setTextInteractionFlags(flags.TextSelectableByMouse | flags.TextSelectableByKeyboard)
    return made


def push(words: str, on_click: Callable[[], object], *, icon: str = "", main: bool = False) -> QPushButton:
    made = QPushButton(words)
    made.setProperty("main" if main else "quiet", "true")
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: on_click())
    keep_whole(made)
    if icon:
        dress(made, icon, "on-accent" if main else "text")
    return made


def tool(tip: str, icon: str, on_click: Callable[[], object] | None = None) -> QToolButton:
    """A button that is only a picture: its tip is its accessible name."""
    made = QToolButton()
    made.setProperty("bare", "true")
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if on_click is not None:
        made.clicked.connect(lambda _checked=False: on_click())
    dress(made, icon, "muted")
    return made


def dress(button: QAbstractButton, icon: str, tint: str = "text") -> None:
    """Give the button an icon that follows the theme (see ``refresh_icons``)."""
    button.setProperty(_ICON, icon)
    button.setProperty(_TINT, tint)
    size = button.fontMetrics().height()
    button.setIconSize(QSize(size, size))
    button.setIcon(icons.tinted(icon, _tint(tint)))


def refresh_icons(root: QWidget) -> None:
    """After a change of theme."""
    for button in root.findChildren(QAbstractButton):
        name = button.property(_ICON)
        if name:
            button.setIcon(icons.tinted(str(name), _tint(str(button.property(_TINT)))))


def choice(choices: list[tuple[str, str]], chosen: str) -> QComboBox:
    """A box of (value, words). It may be narrower than its longest words, which the open list shows."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(20)
    for value, words in choices:
        box.addItem(words, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box


def card() -> QFrame:
    made = QFrame()
    made.setProperty("card", "true")
    return made


def line() -> QFrame:
    made = QFrame()
    made.setProperty("role", "line")
    return made


def spacer() -> QWidget:
    made = QWidget()
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return made


def letters(widget: QWidget, count: int) -> int:
    """A width in pixels that fits ``count`` average letters of this widget's font."""
    return widget.fontMetrics().averageCharWidth() * count


def keep_whole(widget: QWidget) -> None:
    """Never narrower than its text needs, in any language."""
    widget.setSizePolicy(QSizePolicy.Policy.Minimum, widget.sizePolicy().verticalPolicy())


def tick(words: str, is_on: bool) -> QCheckBox:
    made = QCheckBox(words)
    made.setChecked(is_on)
    keep_whole(made)
    return made


def fit_height(window: QWidget) -> None:
    """Call when the window is shown: Qt guesses the height of wrapped texts before it knows the width."""
    layout = window.layout()
    if layout is not None and layout.hasHeightForWidth():
        needed = layout.totalHeightForWidth(window.width())
        window.setMinimumHeight(needed)
        window.resize(window.width(), max(needed, window.height()))


def restyle(widget: QWidget) -> None:
    """After a dynamic property that the style sheet asks for has changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def _tint(tint: str) -> str:
    if tint == "on-accent":
        return "#ffffff"
    if tint == "bad":
        return "#ff8a80" if is_dark() else "#c21f2c"
    role = QPalette.ColorRole.PlaceholderText if tint == "muted" else QPalette.ColorRole.WindowText
    return QApplication.palette().color(role).name()


def clear(layout: QLayout) -> None:
    """Take out and delete the widgets of a layout."""
    while (item := layout.takeAt(0)) is not None:
        old = item.widget()
        if old is not None:
            old.hide()
            old.deleteLater()
