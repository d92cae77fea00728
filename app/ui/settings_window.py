"""Opens the settings, lists the secrets in them, and stores what was chosen. GUI thread only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.core.profiles import Document, Settings
from app.core.shadowsocks import SECRET_KIND
from app.ui.bridge import Background
from app.ui.editing import Editing, fault_of
from app.ui.parts import KeyringStatusPort, SecretLabel, SecretsPort
from app.ui.secrets_list import SecretsList
from app.ui.settings_dialog import SettingsDialog
from app.ui.windows import Windows


class SettingsWindow(QObject):
    """``window`` is the main window while it is seen, and the dialog's parent then."""

    def __init__(
        self,
        parent: QObject,
        secrets: SecretsPort,
        background: Background,
        windows: Windows,
        editing: Editing,
        document: Callable[[], Document],
        window: Callable[[], QWidget | None],
    ) -> None:
        super().__init__(parent)
        self._secrets, self._background, self._windows = secrets, background, windows
        self._editing, self._document, self._window = editing, document, window

    def open(self) -> None:
        def make() -> SettingsDialog:
            secrets = SecretsList(self._forget_secret, self._subject_of)
            dialog = SettingsDialog(
                self._document(),
                self._save,
                secrets,
                is_macos=sys.platform == "darwin",
                parent=self._window(),
            )
            dialog.setObjectName("settings")
            return dialog

        self._windows.show("settings", make)
        self._list_secrets()

    def _list_secrets(self) -> None:
        def ask() -> tuple[list[SecretLabel], KeyringStatusPort]:
            status = self._secrets.status()
            return list(self._secrets.names()), status

        def done(future: Future[tuple[list[SecretLabel], KeyringStatusPort]]) -> None:
            dialog = self._windows.get("settings")
            shown = dialog.findChild(SecretsList) if dialog is not None else None
            if isinstance(shown, SecretsList) and fault_of(future) is None:
                shown.show_secrets(*future.result())

        self._background.run(ask, done)

    def _forget_secret(self, name: SecretLabel) -> None:
        self._background.run(lambda: self._secrets.forget(name), lambda _future: self._list_secrets())

    def _subject_of(self, name: SecretLabel) -> str:
        """What the secret is of, as the person knows it."""
        if name.kind == SECRET_KIND:
            server = self._document().shadowsocks_server(name.subject)
            return server.name if server is not None else name.subject
        return name.subject

    def _save(self, settings: Settings) -> None:
        self._editing.store(lambda document: replace(document, settings=settings))
