"""The settings page. GUI thread only; the caller stores the result and lists the secrets in the "
"background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.core.profiles import ColorScheme, Document, LeftClick, Settings
from app.ui import icons
from app.ui.field_form import PathField
from app.ui.secrets_list import SecretsList
from app.ui.widgets import choice, label, letters, line, tick


class SettingsDialog(QDialog):
    """``on_save`` gets the settings as they were chosen. ``secrets`` is filled by the caller."""

    def __init__(
        self,
        document: Document,
        on_save: Callable[[Settings], None],
        secrets: SecretsList,
        *,
        is_macos: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Settings"))
        self.setWindowIcon(icons.app_icon())
        self._settings, self._on_save = document.settings, on_save
        self._page = QVBoxLayout()
        self._page.setContentsMargins(22, 18, 22, 14)
        self._page.setSpacing(12)
        self._form = QFormLayout()
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setHorizontalSpacing(16)
        self._form.setVerticalSpacing(10)
        self._page.addLayout(self._form)
        self._build_look(document.settings)
        self._build_tray(document, is_macos=is_macos)
        self._build_connection(document.settings)
        self._build_programs(document.settings)
        self._page.addWidget(line())
        self._page.addWidget(label(self.tr("Remembered secrets"), "heading"))
        self._page.addWidget(secrets)
        self._page.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 14)
        outer.addWidget(self._scroll_area(), 1)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        box.setContentsMargins(22, 6, 22, 0)
        box.accepted.connect(self._save)
        box.rejected.connect(self.reject)
        outer.addWidget(box)
        self.resize(letters(self, 86), letters(self, 104))

    def chosen(self) -> Settings:
        return replace(
            self._settings,
            language=str(self._language.currentData()),
            color_scheme=ColorScheme(self._scheme.currentData()),
            left_click=LeftClick(self._left_click.currentData()),
            default_server_id=str(self._default.currentData()),
            reconnect=self._reconnect.isChecked(),
            reconnect_after_sleep=self._after_sleep.isChecked(),
            notifications=self._notifications.isChecked(),
            start_minimised=self._minimised.isChecked(),
            log_level=str(self._log_level.currentData()),
            core_program=self._core.text(),
            shadowsocks_program=self._shadowsocks.text(),
        )

    def _save(self) -> None:
        self._on_save(self.chosen())
        self.accept()

    def _build_look(self, settings: Settings) -> None:
        form = self._section()
        # Each language in its own words, so that it is found by who cannot read the present one.
        languages = [("", self.tr("As the system")), ("en", "English"), ("zh_CN", "\u7b80\u4f53\u4e2d\u6587")]
        self._language = choice(languages, settings.language)
        schemes = [
            (ColorScheme.SYSTEM.value, self.tr("As the system")),
            (ColorScheme.LIGHT.value, self.tr("Light")),
            (ColorScheme.DARK.value, self.tr("Dark")),
        ]
        self._scheme = choice(schemes, settings.color_scheme.value)
        _add(form, self.tr("Language"), self._language)
        _add(form, self.tr("Colours"), self._scheme)

    def _build_tray(self, document: Document, *, is_macos: bool) -> None:
        form, settings = self._section(), document.settings
        clicks = [
            (LeftClick.PLATFORM.value, self.tr("As is usual on this system")),
            (LeftClick.TOGGLE.value, self.tr("Connects or disconnects the default server")),
            (LeftClick.WINDOW.value, self.tr("Opens the window")),
            (LeftClick.MENU.value, self.tr("Opens the menu")),
        ]
        self._left_click = choice(clicks, settings.left_click.value)
        self._left_click.setEnabled(not is_macos)
        if is_macos:
            self._left_click.setToolTip(self.tr("macOS always opens the menu."))
        servers = [("", self.tr("The first one")), *((one.id, one.alias) for one in document.servers)]
        self._default = choice(servers, settings.default_server_id)
        self._notifications = tick(self.tr("Show notifications"), is_on=settings.notifications)
        self._minimised = tick(self.tr("Start without opening the window"), is_on=settings.start_minimised)
        _add(form, self.tr("A click on the tray icon"), self._left_click)
        _add(form, self.tr("Default server"), self._default)
        form.addRow(self._notifications)
        form.addRow(self._minimised)

    def _build_connection(self, settings: Settings) -> None:
        form = self._section()
        self._reconnect = tick(self.tr("Bring a lost connection back by itself"), is_on=settings.reconnect)
        words = self.tr("Also after the computer has slept")
        self._after_sleep = tick(words, is_on=settings.reconnect_after_sleep)
        self._after_sleep.setEnabled(settings.reconnect)
        self._reconnect.toggled.connect(self._after_sleep.setEnabled)
        levels = [
            ("debug", self.tr("Everything (for finding faults)")),
            ("info", self.tr("What happens")),
            ("warning", self.tr("Warnings")),
            ("error", self.tr("Errors")),
        ]
        self._log_level = choice(levels, settings.log_level)
        form.addRow(self._reconnect)
        form.addRow(self._after_sleep)
        _add(form, self.tr("What the log keeps"), self._log_level)

    def _build_programs(self, settings: Settings) -> None:
        """Those that RelayTray starts; an empty field = the one that is found."""
        form = self._section()
        self._core = self._program(settings.core_program, self.tr("Choose v2ray or Xray"))
        self._core.setObjectName("core-program")
        words = self.tr("Choose the Shadowsocks client")
        self._shadowsocks = self._program(settings.shadowsocks_program, words)
        self._shadowsocks.setObjectName("shadowsocks-program")
        _add(form, self.tr("v2ray or Xray"), self._core)
        _add(form, self.tr("Shadowsocks client"), self._shadowsocks)

    def _program(self, path: str, title: str) -> PathField:
        field = PathField(path, title, str(Path.home()))
        field.line.setPlaceholderText(self.tr("the one that is found"))
        field.line.setClearButtonEnabled(True)
        return field

    def _section(self) -> QFormLayout:
        """The one form, so that all its fields begin at the same place; a line before all but the first "
        "part."""
        if self._form.rowCount():
            self._form.addRow(line())
        return self._form

    def _scroll_area(self) -> QScrollArea:
        page = QWidget()
        page.setLayout(self._page)
        area = QScrollArea()
        area.setObjectName("page")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(page)
        return area


def _add(form: QFormLayout, name: str, editor: QWidget) -> None:
    title = label(name, wraps=False)
    title.setBuddy(editor)
    title.setContentsMargins(0, title.fontMetrics().height() // 3, 0, 0)  # level with the field's text
    editor.setAccessibleName(name)
    form.addRow(title, editor)
