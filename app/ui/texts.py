"""Sentences as data, so that pure modules can say things without Qt.

``Text("Connect {alias}", {"alias": "lab"})`` is turned into the person's language by
``wording.told``. Source strings are marked with ``QT_TRANSLATE_NOOP(context, ...)``, which
pyside6-lupdate understands without anything being imported from Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def QT_TRANSLATE_NOOP(_context: str, source: str) -> str:
    return source


@dataclass(frozen=True)
class Text:
    """One sentence: its context and English source for Qt Linguist, and the details to fill in.

    A detail may itself be a ``Text``; it is translated first.
    """

    context: str
    source: str
    details: Mapping[str, str | Text] = field(default_factory=dict)

    @classmethod
    def plain(cls, words: str) -> Text:
        """Words that are the same in every language: a name, an address."""
        return cls("", words)
