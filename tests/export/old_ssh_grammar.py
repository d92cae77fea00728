"""How OpenSSH before 8.7 reads an ssh config, as a small model: misc.c strdelim() and readconf.c.

Written from those sources and not from the exporter, for the keywords that the exporter writes.
"""

from __future__ import annotations

_BLANK = " \t\r\n"


class RefusedError(Exception):
    """ssh would end with an error here, for every host."""


def values_for(text: str, alias: str, *, cuts_at_hash: bool) -> dict[str, list[str]]:
    """What holds for the host, by lower-case keyword; ``cuts_at_hash``: as 8.2 to 8.6 do, even in quotes."""
    found: dict[str, list[str]] = {}
    active = True
    for line in text.split("\n"):
        if cuts_at_hash:
            line = line.partition("#")[0]
        words = _read(line)
        if words is None:
            continue
        keyword, values = words
        if keyword == "host":
            active = alias in values
        elif active and keyword == "identityfile":
            found.setdefault(keyword, []).extend(values)
        elif active:
            found.setdefault(keyword, values)
    return found


def _read(line: str) -> tuple[str, list[str]] | None:
    line = line.rstrip(_BLANK + "\f")
    keyword, rest = _strdelim(line)
    if keyword == "":  # blanks at the beginning
        keyword, rest = _strdelim(rest)
    if not keyword or keyword.startswith("#"):
        return None
    keyword = keyword.lower()
    if keyword == "proxycommand":
        return keyword, [(rest or "").lstrip(_BLANK + "=")]
    values = []
    while rest is not None:
        value, rest = _strdelim(rest)
        if value is None:  # a quote that is not closed: told only where it is the first argument
            break
        if value:
            values.append(value)
    if not values:
        raise RefusedError(f"missing argument: {line}")
    if len(values) > 1 and keyword not in ("host", "userknownhostsfile"):
        raise RefusedError(f"garbage at end of line: {line}")
    return keyword, values


def _strdelim(text: str | None) -> tuple[str | None, str | None]:
    """The next token and what follows it; (None, ...) for a quote that is not closed, and at the end."""
    if text is None:
        return None, None
    end = next((i for i, character in enumerate(text) if character in _BLANK + '"='), -1)
    if end < 0:
        return text, None
    if text[end] == '"':
        inside, quote, rest = text[end + 1 :].partition('"')
        if not quote:
            return None, ""
        return text[:end] + inside, rest.lstrip(_BLANK)
    token, rest = text[:end], text[end:]
    had_equals = rest[0] == "="
    rest = rest[1:].lstrip(_BLANK)
    if rest.startswith("=") and not had_equals:
        rest = rest[1:].lstrip(_BLANK)
    return token, rest
