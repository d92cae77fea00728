"""The language of the interface: our translations and Qt's own, exchangeable while the program runs.

GUI thread only. Source strings are English, so English needs no file of ours.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from app.resource_files import translation

_log = logging.getLogger("relaytray.ui")

LANGUAGES = ("en", "zh_CN")


def language_for(wanted: str, system: QLocale | None = None) -> str:
    """``wanted`` if we speak it; "" means the system's language; what we do not speak becomes English."""
    if wanted in LANGUAGES:
        return wanted
    chosen = QLocale(wanted) if wanted else (system or QLocale.system())
    return "zh_CN" if chosen.language() is QLocale.Language.Chinese else "en"


class Translators(QObject):
    """Holds the installed translators: Qt forgets a translator that is garbage-collected."""

    def __init__(self, parent: QObject, find: Callable[[str], Path | None] = translation) -> None:
        super().__init__(parent)
        self._find = find
        self._installed: list[QTranslator] = []
        self.language = ""

    def use(self, wanted: str) -> None:
        """Switch; every widget gets a LanguageChange event. Does nothing if the language stays the same."""
        language = language_for(wanted)
        if language == self.language:
            return
        for old in self._installed:
            QCoreApplication.removeTranslator(old)
        self._installed = []
        self.language = language
        QLocale.setDefault(QLocale(language))
        if language != "en":
            qt_folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
            self._install(qt_folder / f"qtbase_{language}.qm")
            ours = self._find(language)
            if ours is not None:
                self._install(ours)
            else:
                _log.info("The texts in %s have not been compiled; the interface stays English.", language)

    def _install(self, path: Path) -> None:
        translator = QTranslator(self)
        if translator.load(str(path)):
            QCoreApplication.installTranslator(translator)
            self._installed.append(translator)
        else:
            _log.info("There is no translation file %s.", path)
