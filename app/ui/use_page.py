"""The page of one way to use a server: what to do, what is in the way, texts to copy, buttons.

``show_card`` may be called as often as wanted: a card that stays the same is not drawn again, and the
keyboard stays where it was. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.ui import icons
from app.ui.flow_layout import FlowLayout
from app.ui.text_preview import TextPreview
from app.ui.tray_model import Mark
from app.ui.use_card import Banner, Deed, Part, Press, Snippet, UseCard
from app.ui.widgets import card as framed
from app.ui.widgets import dress, is_dark, label, push, tool
from app.ui.wording import told

OnPress = Callable[[Press], None]


class UsePage(QWidget):
    def __init__(self, on_press: OnPress, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._on_press = on_press
        self._shown: tuple[UseCard | None, Banner | None] = (None, None)
        self._unfolded: set[str] = set()
        self._folder: QComboBox | None = None
        self._page = QVBoxLayout(self)
        self._page.setContentsMargins(28, 22, 28, 20)
        self._body: QWidget | None = None

    def show_card(self, card: UseCard, trouble: Banner | None = None) -> None:
        """``trouble`` is what went wrong with the last press on this card; it is told before all else."""
        if self._shown == (card, trouble):
            return
        focused = self.focusWidget()
        name = focused.objectName() if focused is not None and self.isAncestorOf(focused) else ""
        self._shown = (card, trouble)
        self._folder = None
        old, self._body = self._body, self._drawn(card, trouble)
        if old is not None:
            self._page.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._page.addWidget(self._body)
        again = self._body.findChild(QWidget, name) if name else None
        if again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)

    def draw_anew(self) -> None:
        """After a change of theme or language."""
        card, trouble = self._shown
        self._shown = (None, None)
        if card is not None:
            self.show_card(card, trouble)

    def folder(self) -> str:
        """What the field for the folder holds now."""
        return self._folder.currentText().strip() if self._folder is not None else ""

    def _drawn(self, card: UseCard, trouble: Banner | None) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(label(told(card.title), "title"))
        for words in card.words:
            column.addWidget(label(told(words)))
        for one in (trouble, card.banner):
            if one is not None:
                column.addWidget(self._banner(one))
        for number, part in enumerate(card.parts):
            column.addWidget(self._part(part, f"{card.use}-{number}"))
        column.addStretch(1)
        return body

    def _banner(self, one: Banner) -> QFrame:
        frame = QFrame()
        frame.setProperty("banner", "bad" if one.is_bad else "note")
        inside = QHBoxLayout(frame)
        inside.setContentsMargins(14, 10, 12, 10)
        inside.setSpacing(12)
        size = self.fontMetrics().height() + 4
        sign = QLabel()
        color = "#7fb0ff" if is_dark() else "#1f66d6"
        picture = icons.mark(Mark.TROUBLE, on_dark=is_dark()) if one.is_bad else icons.tinted("info", color)
        sign.setPixmap(picture.pixmap(size, size))
        inside.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(8)
        sentence = label(told(one.what), selectable=True)
        sentence.setObjectName("banner")
        words.addWidget(sentence)
        if one.cures:
            words.addLayout(self._buttons(one.cures, "cure"))
        inside.addLayout(words, 1)
        return frame

    def _part(self, part: Part, name: str) -> QWidget:
        only_buttons = part == Part(buttons=part.buttons)
        frame = QWidget() if only_buttons else framed()
        column = QVBoxLayout(frame)
        column.setContentsMargins(*((0, 0, 0, 0) if only_buttons else (18, 14, 18, 14)))
        column.setSpacing(10)
        if part.is_folded and part.heading is not None:
            inside = self._unfolding(part, name, column)
        else:
            inside = column
            if part.heading is not None:
                column.addWidget(label(told(part.heading), "heading"))
        self._fill(part, name, inside)
        return frame

    def _unfolding(self, part: Part, name: str, column: QVBoxLayout) -> QVBoxLayout:
        holder = QWidget()
        inside = QVBoxLayout(holder)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        fold = push(told(part.heading) if part.heading else "", lambda: None, icon="fold-closed")
        fold.setObjectName(f"fold-{name}")
        fold.setCheckable(True)

        def toggle(is_open: bool) -> None:
            holder.setVisible(is_open)
            dress(fold, "fold-open" if is_open else "fold-closed")
            (self._unfolded.add if is_open else self._unfolded.discard)(name)

        fold.toggled.connect(toggle)
        fold.setChecked(name in self._unfolded)
        holder.setVisible(fold.isChecked())
        column.addWidget(fold, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(holder)
        return inside

    def _fill(self, part: Part, name: str, column: QVBoxLayout) -> None:
        for words in part.words:
            column.addWidget(label(told(words), selectable=True))
        if part.warning is not None:
            column.addWidget(label(told(part.warning), "bad"))
        for number, snippet in enumerate(part.snippets):
            column.addWidget(self._snippet(snippet, f"copy-{name}-{number}"))
        if part.folders is not None:
            column.addLayout(self._folder_row(part.folders))
        for remark in part.remarks:
            column.addWidget(label(told(remark), "muted", selectable=True))
        if part.buttons:
            column.addLayout(self._buttons(part.buttons, f"button-{name}"))

    def _snippet(self, snippet: Snippet, name: str) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        words = told(snippet.label)
        if words:
            column.addWidget(label(words, "muted"))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(TextPreview(snippet.text, words or self.tr("Text to copy")), 1)
        what = words or snippet.text
        copy = self._snippet_tool(snippet, Deed.COPY, self.tr("Copy"), "copy")
        copy.setAccessibleName(self.tr("Copy {what}").format(what=what))
        copy.setObjectName(name)
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignTop)
        if snippet.is_link:
            follow = self._snippet_tool(snippet, Deed.OPEN_LINK, self.tr("Open"), "open")
            follow.setAccessibleName(self.tr("Open {what}").format(what=what))
            follow.setObjectName(f"open-{name}")
            row.addWidget(follow, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(row)
        return holder

    def _snippet_tool(self, snippet: Snippet, deed: Deed, tip: str, icon: str) -> QToolButton:
        return tool(tip, icon, partial(self._on_press, Press(snippet.label, deed, snippet.text)))

    def _folder_row(self, folders: tuple[str, ...]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        name = self.tr("Folder on the server")
        box = QComboBox()
        box.setObjectName("folder")
        box.setEditable(True)
        box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(20)
        box.addItems(list(folders))
        box.setAccessibleName(name)
        field = box.lineEdit()
        assert field is not None  # it is editable
        field.setAccessibleName(name)
        field.setPlaceholderText(self.tr("/home/me/project, or empty for the server alone"))
        title = label(name, "muted")
        title.setBuddy(box)
        column.addWidget(title)
        column.addWidget(box)
        self._folder = box
        return column

    def _buttons(self, presses: tuple[Press, ...], name: str) -> FlowLayout:
        row = FlowLayout()
        for number, one in enumerate(presses):
            row.addWidget(self._button(one, f"{name}-{number}"))
        return row

    def _button(self, one: Press, name: str) -> QPushButton:
        made = push(told(one.text), partial(self._on_press, one), icon=one.icon, main=one.is_main)
        made.setObjectName(name)
        made.setEnabled(one.enabled)
        return made
