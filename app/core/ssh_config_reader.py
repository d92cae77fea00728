"""Reads ssh_config text as OpenSSH's readconf.c and misc.c (9.2) do, and answers what holds for one host.

Two steps: :func:`read` makes a tree of lines, with included files in their place (the caller finds and
reads them, see :data:`Include`); :func:`values_for` walks it for one name, where the first value of a
keyword wins. ``Match`` blocks other than ``Match all`` never apply: they may run programs and ask the
network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

MAX_DEPTH = 16  # READCONF_MAX_DEPTH
MAX_FILES = 1000
_BLANK = " \t\r\n"
_FIRST_DELIMITER = re.compile(r'[ \t\r\n"=]')
_ACCUMULATED = frozenset({"identityfile", "certificatefile", "localforward", "dynamicforward"})
_WHOLE_LINE = frozenset({"proxycommand", "proxyjump", "remotecommand", "localcommand", "knownhostscommand"})


@dataclass(frozen=True, slots=True)
class IncludedFile:
    """One file that an Include names. ``failure`` says why it could not be read, if so."""

    name: str
    text: str = ""
    failure: str = ""


Include = Callable[[str], Sequence[IncludedFile]]
"""From one argument of an Include line (with "~", wildcards, relative) to the files it means, in order."""


@dataclass(frozen=True, slots=True)
class Option:
    keyword: str  # lower case
    arguments: tuple[str, ...]
    line: str


@dataclass(frozen=True, slots=True)
class HostLine:
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MatchLine:
    line: str
    is_all: bool


@dataclass(frozen=True, slots=True)
class IncludeLine:
    files: tuple[ConfigFile, ...]


Item = Option | HostLine | MatchLine | IncludeLine


@dataclass(frozen=True, slots=True)
class ConfigFile:
    name: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class Complaints:
    """What could not be read: each list holds names of files or whole lines."""

    loops: list[str] = field(default_factory=list)
    too_deep: list[str] = field(default_factory=list)
    unreadable: list[tuple[str, str]] = field(default_factory=list)  # file, why
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Values:
    """What holds for one host: the first arguments of each keyword, all of the keywords that accumulate."""

    first: dict[str, tuple[str, ...]] = field(default_factory=dict)
    every: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    is_named: bool = False  # a Host line that names it literally applied

    def one(self, keyword: str) -> str:
        """The first argument of the keyword, "" where it is not set."""
        return self.first.get(keyword, ("",))[0]


# --- reading ----------------------------------------------------------------------------------------------


def read(text: str, include: Include, name: str = "") -> tuple[ConfigFile, Complaints]:
    """The tree of a config and of what it includes. Never raises on any text; ``include`` may."""
    reader = _Reader(include)
    return reader.file(name, text, ()), reader.complaints


class _Reader:
    def __init__(self, include: Include) -> None:
        self._include = include
        self._files = 0
        self.complaints = Complaints()

    def file(self, name: str, text: str, outer: tuple[str, ...]) -> ConfigFile:
        items: list[Item] = []
        for line in text.removeprefix("\ufeff").split("\n"):
            item = self._line(line, (*outer, name))
            if item is not None:
                items.append(item)
        return ConfigFile(name, tuple(items))

    def _line(self, line: str, stack: tuple[str, ...]) -> Item | None:
        try:
            found = split_line(line)
        except ValueError:
            self.complaints.lines.append(line.strip())
            return None
        if found is None:
            return None
        keyword, arguments = found
        if keyword == "host":
            return HostLine(arguments)
        if keyword == "match":
            return MatchLine(line.strip(), [a.lower() for a in arguments] == ["all"])
        if keyword == "include":
            return IncludeLine(tuple(self._included(arguments, stack)))
        return Option(keyword, arguments, line.strip()) if arguments else None

    def _included(self, patterns: Sequence[str], stack: tuple[str, ...]) -> Iterator[ConfigFile]:
        for found in (file for pattern in patterns for file in self._include(pattern)):
            self._files += 1
            if found.failure:
                self.complaints.unreadable.append((found.name, found.failure))
            elif found.name in stack:
                self.complaints.loops.append(found.name)
            elif len(stack) > MAX_DEPTH or self._files > MAX_FILES:
                self.complaints.too_deep.append(found.name)
            else:
                yield self.file(found.name, found.text, stack)


def split_line(line: str) -> tuple[str, tuple[str, ...]] | None:
    """Keyword (lower case) and arguments of one line; None for an empty one or a comment.

    Raises ValueError for a quote that is not closed. Follows process_config_line_depth(), strdelim() and
    argv_split(): the keyword may be quoted and followed by one "="; "#" begins a comment between arguments.
    """
    keyword, rest = _keyword(line.rstrip(" \t\r\n\f").lstrip(_BLANK))
    if not keyword or keyword.startswith("#"):
        return None
    keyword = keyword.lower()
    if keyword in _WHOLE_LINE:
        whole = rest.lstrip(_BLANK + "=")
        return keyword, ((whole,) if whole else ())
    return keyword, tuple(split_arguments(rest))


def _keyword(line: str) -> tuple[str, str]:
    if line.startswith('"'):
        keyword, quote, rest = line[1:].partition('"')
        if not quote:
            raise ValueError(line)
        return keyword, rest.lstrip(_BLANK)
    found = _FIRST_DELIMITER.search(line)
    if found is None:
        return line, ""
    keyword, rest = line[: found.start()], line[found.start() :]
    if rest[0] == '"':
        return keyword, rest
    had_equals = rest[0] == "="
    rest = rest[1:].lstrip(_BLANK)
    if rest.startswith("=") and not had_equals:
        rest = rest[1:].lstrip(_BLANK)
    return keyword, rest


def split_arguments(text: str) -> Iterator[str]:
    r"""Words as OpenSSH's argv_split() finds them: quotes of both kinds anywhere, ``\"``, ``\'``, ``\\``,
    ``\ ``.

    Raises ValueError for a quote that is not closed.
    """
    at = 0
    while at < len(text):
        if text[at] in " \t":
            at += 1
        elif text[at] == "#":
            return
        else:
            word, at = _word(text, at)
            yield word


def _word(text: str, at: int) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        if character == "\\" and following and (following in "'\"\\" or (following == " " and not quote)):
            word.append(following)
            at += 1
        elif not quote and character in " \t":
            break
        elif not quote and character in "'\"":
            quote = character
        elif character == quote:
            quote = ""
        else:
            word.append(character)
        at += 1
    if quote:
        raise ValueError(text)
    return "".join(word), at


# --- asking -----------------------------------------------------------------------------------------------


def values_for(config: ConfigFile, name: str) -> Values:
    """What the config says about the host that is called ``name`` on the command line."""
    values = Values()
    _walk(config, name, values, active=True, reachable=True)
    return values


def _walk(config: ConfigFile, name: str, values: Values, *, active: bool, reachable: bool) -> None:
    for item in config.items:
        match item:
            case HostLine(patterns):
                active = reachable and applies(patterns, name)
                values.is_named |= active and name in patterns
            case MatchLine(is_all=is_all):
                active = reachable and is_all
            case IncludeLine(files):
                for file in files:
                    _walk(file, name, values, active=active, reachable=active)
            case Option() if active:
                _note(item, values)


def _note(option: Option, values: Values) -> None:
    if option.keyword in _ACCUMULATED:
        values.every.setdefault(option.keyword, []).append(option.arguments)
    elif option.keyword == "proxyjump":
        if not values.first.keys() & {"proxyjump", "proxycommand"}:
            values.first[option.keyword] = option.arguments
    elif option.keyword == "proxycommand":
        # Each keeps the other out, but "ProxyJump none" only other jumps (seen with ssh -G of OpenSSH 9.2).
        # On purpose not as 9.2: it takes "none # why" for a host of that name.
        if values.one("proxyjump").partition("#")[0].strip().lower() in ("", "none"):
            values.first.setdefault(option.keyword, option.arguments)
    else:
        values.first.setdefault(option.keyword, option.arguments)


def applies(patterns: Sequence[str], name: str) -> bool:
    """Whether a Host line applies to a name: one pattern matches and no negated one does. Case counts."""
    found = False
    for pattern in patterns:
        negated = pattern.startswith("!")
        if _matches(pattern[negated:], name):
            if negated:
                return False
            found = True
    return found


def _matches(pattern: str, name: str) -> bool:
    """``*`` and ``?`` and nothing else; in time that grows with the product of the lengths at most."""
    at, star, resume = 0, -1, 0
    index = 0
    while index < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, index
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", name[index]):
            at += 1
            index += 1
        elif star >= 0:  # let the last star take one character more
            resume += 1
            at, index = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def literal_names(config: ConfigFile) -> list[str]:
    """The names that Host lines give without wildcards, each once, in the order of the files."""
    names: dict[str, None] = {}
    for item in config.items:
        if isinstance(item, HostLine):
            names |= dict.fromkeys(
                p for p in item.patterns if p and not p.startswith("!") and not set(p) & {"*", "?"}
            )
        elif isinstance(item, IncludeLine):
            for file in item.files:
                names |= dict.fromkeys(literal_names(file))
    return list(names)


def match_lines(config: ConfigFile) -> list[str]:
    """The Match lines that are left out, each once."""
    lines: dict[str, None] = {}
    for item in config.items:
        if isinstance(item, MatchLine) and not item.is_all:
            lines[item.line] = None
        elif isinstance(item, IncludeLine):
            for file in item.files:
                lines |= dict.fromkeys(match_lines(file))
    return list(lines)
