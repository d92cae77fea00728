"""The person's lists: which names go through Shadowsocks, which directly, and what about the rest.

GUI thread only; a list from a file is looked through in the background.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.core.faults import FaultCode, error
from app.core.profiles import Settings
from app.core.shadowsocks import Others
from app.export.pac import RuleList, own_domains, rule_list
from app.ui import icons
from app.ui.bridge import Background, fault_of
from app.ui.field_form import PathField
from app.ui.widgets import choice, keep_whole, label, letters, line, restyle
from app.ui.wording import told_fault

MAX_LIST_BYTES = 16 * 1024 * 1024  # the GFWList has 0.2 MB
_NAMED = 5  # odd words that are named; with the rest, the sentence would be longer than the list

Change = Callable[[Settings], Settings]


@dataclass(frozen=True)
class Told:
    """What is said under a list, and whether it may be saved like that."""

    words: str
    is_bad: bool = False


class PacDialog(QDialog):
    """``on_save`` gets what to change in the settings as they are then."""

    def __init__(
        self,
        settings: Settings,
        on_save: Callable[[Change], None],
        background: Background,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("My list (PAC)"))
        self.setWindowIcon(icons.app_icon())
        self._on_save, self._background = on_save, background
        self._is_open = True
        self._asked = ""  # the path that is being looked through
        self._page = QVBoxLayout(self)
        self._page.setContentsMargins(22, 18, 22, 14)
        self._page.setSpacing(10)
        about = self.tr(
            "Used while a Shadowsocks server works by this list. A name stands for all names below it, and "
            "the longer one wins. This computer and private networks are always reached directly."
        )
        self._page.addWidget(label(about, "muted"))
        self._build_lists(settings)
        self._page.addWidget(line())
        self._build_rest(settings)
        self._page.addWidget(self._buttons())
        self._check()
        self._look_at_file()
        self.resize(letters(self, 96), letters(self, 84))

    def changed(self, settings: Settings) -> Settings:
        """The settings with the lists as the fields have them now."""
        return replace(
            settings,
            pac_proxied=own_domains(self._proxied.toPlainText())[0],
            pac_direct=own_domains(self._direct.toPlainText())[0],
            pac_list=self._file.text(),
            pac_others=Others(self._others.currentData()),
        )

    def done(self, result: int) -> None:
        self._is_open = False
        super().done(result)

    def _build_lists(self, settings: Settings) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(5)
        grid.setRowStretch(1, 1)
        self._proxied = _editor(settings.pac_proxied, "proxied", "example.org\nwikipedia.org")
        self._direct = _editor(settings.pac_direct, "direct", "example.cn")
        self._proxied_told, self._direct_told = label(""), label("")
        for column, (title, editor, told) in enumerate(
            (
                (self.tr("My names through Shadowsocks"), self._proxied, self._proxied_told),
                (self.tr("My names directly"), self._direct, self._direct_told),
            )
        ):
            heading = label(title)
            heading.setBuddy(editor)
            editor.setAccessibleName(title)
            editor.textChanged.connect(self._check)
            grid.setColumnStretch(column, 1)
            grid.addWidget(heading, 0, column, Qt.AlignmentFlag.AlignBottom)
            grid.addWidget(editor, 1, column)
            grid.addWidget(told, 2, column, Qt.AlignmentFlag.AlignTop)
        self._page.addLayout(grid, 1)

    def _build_rest(self, settings: Settings) -> None:
        title = self.tr("A GFWList file for names that are not mine (may be empty)")
        heading = label(title)
        self._file = PathField(settings.pac_list, self.tr("Choose the list"), str(Path.home()))
        self._file.setObjectName("field-list")
        self._file.setAccessibleName(title)
        self._file.line.setPlaceholderText(self.tr("none"))
        self._file.line.setClearButtonEnabled(True)
        self._file.line.textChanged.connect(self._look_at_file)
        heading.setBuddy(self._file)
        self._file_told = label("", "muted")
        self._file_told.setObjectName("list-told")
        others = [
            (Others.DIRECT.value, self.tr("directly")),
            (Others.PROXIED.value, self.tr("through Shadowsocks")),
        ]
        self._others = choice(others, settings.pac_others.value)
        self._others.setObjectName("field-others")
        words = self.tr("All other names")
        self._others.setAccessibleName(words)
        rest = label(words, wraps=False)
        rest.setBuddy(self._others)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(rest)
        row.addWidget(self._others, 1)
        for one in (heading, self._file, self._file_told):
            self._page.addWidget(one)
        self._page.addLayout(row)

    def _buttons(self) -> QWidget:
        box = QDialogButtonBox()
        self._save_button = box.addButton(QDialogButtonBox.StandardButton.Save)
        cancel = box.addButton(QDialogButtonBox.StandardButton.Cancel)
        keep_whole(self._save_button)
        self._save_button.setDefault(True)
        self._save_button.clicked.connect(self._save)
        cancel.clicked.connect(self.reject)
        return box

    def _check(self) -> bool:
        """Tell under each list what was understood; whether all of it was."""
        proxied, odd_proxied = own_domains(self._proxied.toPlainText())
        direct, odd_direct = own_domains(self._direct.toPlainText())
        twice = [name for name in direct if name in set(proxied)]
        _show(self._proxied_told, self._told(proxied, odd_proxied, ()))
        _show(self._direct_told, self._told(direct, odd_direct, twice))
        return not odd_proxied and not odd_direct

    def _told(self, names: Sequence[str], odd: Sequence[str], twice: Sequence[str]) -> Told:
        if odd:
            named = ", ".join(_shortened(word) for word in odd[:_NAMED])
            if len(odd) > _NAMED:
                source = self.tr("No names of machines or domains: {words} and {count} more.")
                return Told(source.format(words=named, count=len(odd) - _NAMED), is_bad=True)
            return Told(self.tr("No names of machines or domains: {words}.").format(words=named), is_bad=True)
        words = self.tr("Names: {count}.").format(count=len(names))
        if twice:
            more = self.tr("In both lists, and so reached directly: {words}.")
            words += " " + more.format(words=", ".join(twice[:_NAMED]))
        return Told(words)

    def _save(self) -> None:
        if self._check():
            self._on_save(self.changed)
            self.accept()
            return
        is_first = bool(own_domains(self._proxied.toPlainText())[1])
        (self._proxied if is_first else self._direct).setFocus()

    def _look_at_file(self) -> None:
        path = self._asked = self._file.text()
        self._file_told.setVisible(bool(path))
        if not path:
            return
        _show(self._file_told, Told(self.tr("Looking through the list...")))

        def done(future: Future[RuleList]) -> None:
            if self._is_open and path == self._asked:  # else another one was chosen meanwhile, or none
                _show(self._file_told, self._told_file(future))

        self._background.run(lambda: read_list(Path(path)), done)

    def _told_file(self, future: Future[RuleList]) -> Told:
        fault = fault_of(future)
        if fault is not None:
            return Told(told_fault(fault), is_bad=True)
        rules = future.result()
        words = self.tr("Through Shadowsocks: {proxied} names. Directly: {direct}.")
        words = words.format(proxied=len(rules.proxied), direct=len(rules.direct))
        if rules.left_out:
            more = self.tr("Left out: {count} rules about parts of addresses, which browsers do not tell.")
            words += " " + more.format(count=rules.left_out)
        return Told(words)


def read_list(path: Path) -> RuleList:
    """A GFWList file. Raises RelayTrayError PAC_LIST_UNUSABLE."""
    try:
        with path.expanduser().open("rb") as file:
            data = file.read(MAX_LIST_BYTES + 1)
    except OSError as e:
        raise error(FaultCode.PAC_LIST_UNUSABLE, path=path, reason=e.strerror or e) from e
    if len(data) > MAX_LIST_BYTES:
        raise error(FaultCode.PAC_LIST_UNUSABLE, path=path, reason=f"more than {MAX_LIST_BYTES} bytes")
    try:
        return rule_list(data.decode("utf-8"))
    except ValueError as e:
        raise error(FaultCode.PAC_LIST_UNUSABLE, path=path, reason=e) from e


def _editor(names: Sequence[str], name: str, example: str) -> QPlainTextEdit:
    editor = QPlainTextEdit("\n".join(names))
    editor.setObjectName(f"field-{name}")
    editor.setPlaceholderText(example)
    editor.setTabChangesFocus(True)
    return editor


def _show(shown: QLabel, told: Told) -> None:
    role = "bad" if told.is_bad else "muted"
    shown.setText(told.words)
    if shown.property("role") != role:
        shown.setProperty("role", role)
        restyle(shown)


def _shortened(word: str) -> str:
    return word if len(word) <= 40 else word[:39] + "\N{HORIZONTAL ELLIPSIS}"
