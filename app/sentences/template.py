"""Sentences with places for details: how they are marked for translation, and how the places are filled."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:  # noqa: N802 - the name that pyside6-lupdate looks for
    """Marks ``text`` for translation and returns it as it is."""
    return text


def fill(template: str, details: Mapping[str, str]) -> str:
    """The template with its details in place. Never raises: a missing detail reads "?".

    Control characters in details become a space: some come from other machines and end in a terminal.
    """

    def detail(match: re.Match[str]) -> str:
        value = details.get(match[1])
        return "?" if value is None else _UNPRINTABLE.sub(" ", str(value)).strip()

    def optional(match: re.Match[str]) -> str:
        return match[1] if all(details.get(name) for name in _PLACEHOLDER.findall(match[1])) else ""

    return _PLACEHOLDER.sub(detail, _OPTIONAL.sub(optional, template))
