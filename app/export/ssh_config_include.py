"""The Include line of ours in the person's own ssh config: put in and taken out, with every other byte kept.

Only an Include above every Host and Match block counts for all hosts, and the first value that ssh meets
wins, so ours is the first line of the file. No comment marks it: it names our file, and that file says who
wrote it. A config that was not there before begins with a comment that says so; with that, it can be taken
away again.

ssh takes the name in an Include for a pattern, in which 9.9 and newer expand tokens too, 8.2 to 8.6 cut at
"#", and Windows takes a backslash for a slash. So each character that means something to any of them is
written as "?", which matches it. Our file is writable for this person only, so a file of somebody else that
matches too would stop ssh, and not lead it astray.
"""

from __future__ import annotations

import ntpath
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.core.faults import FaultCode, error
from app.core.ssh_config_reader import split_line

BOM = b"\xef\xbb\xbf"
_MADE_FILE = b"# This file was made by RelayTray."
_MADE_FOLDER = b"# This file and its folder were made by RelayTray."
_WIDE = (b"\xff\xfe", b"\xfe\xff")
_SPECIAL = re.compile(r"""[][*?{}"\\%#$]""")
_NO_NAME = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NO_BYTES = re.compile(r"[\x00-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_BLOCK = re.compile(r"\s*(host|match)(?:\s|=)", re.IGNORECASE)
_NOTHING = re.compile(r"\s*(#.*)?", re.DOTALL)


class Place(StrEnum):
    """Where an Include of our file stands."""

    NOWHERE = "nowhere"
    FIRST = "first"  # above every setting; other Includes may stand above it
    LATE = "late"  # for every host, but settings above it win
    IN_BLOCK = "in-block"  # below a Host or Match line: ssh reads it for those hosts only


@dataclass(frozen=True, slots=True)
class OwnedFile:
    """Our file as an Include may name it. ``home`` is what ssh takes for "~"."""

    path: str  # absolute
    home: str
    windows: bool = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The Include lines that every ssh of the system reads as this file.

        Git's ssh on Windows knows drives as ``/c`` and takes ``C:/x`` for a relative name; Win32-OpenSSH
        finds nothing at ``/c/x``. Both know "~".
        """
        if (_NO_NAME if self.windows else _NO_BYTES).search(self.path):
            raise error(FaultCode.PROFILE_INVALID, problem=f"no ssh config can name {self.path!r}.")
        if not self.windows:
            return (_include(self.path),)
        path, home = self.path.replace("\\", "/"), self.home.replace("\\", "/").rstrip("/")
        if home and path[: len(home) + 1].lower() == home.lower() + "/":
            return (_include("~" + path[len(home) :], keep=1),)
        if path[1:2] == ":":
            return (_include(path), _include(f"/{path[0].lower()}{path[2:]}"))
        return (_include(path),)

    def is_meant_by(self, name: str) -> bool:
        """Whether one word of an Include line names this file, in whatever spelling."""
        candidates = {_full(name, self), _full(name.replace("%%", "%"), self)}
        own = _normal(self.path, self)
        if own in candidates:
            return True
        ours = [words[0] for line in self.lines if (words := _words_of_include(line))]
        return name in ours


def place_of(data: bytes, owned: OwnedFile) -> Place:
    """Where the first Include of our file stands."""
    settings_above, in_block = False, False
    for line in _lines(data, windows=owned.windows):
        if _NOTHING.fullmatch(line):
            continue
        words = _words_of_include(line)
        if any(owned.is_meant_by(word) for word in words):
            if in_block:
                return Place.IN_BLOCK
            return Place.LATE if settings_above else Place.FIRST
        in_block = in_block or _BLOCK.match(line) is not None
        settings_above = settings_above or not words
    return Place.NOWHERE


def with_include(data: bytes | None, owned: OwnedFile, *, makes_folder: bool = False) -> bytes:
    """The config with our Include above everything; None stands for a file that is not there.

    An Include of ours that is first already is left as it is, and one elsewhere is moved. Raises
    FILE_NOT_UNDERSTOOD (without a path) for what no ssh can read.
    """
    if data is None:
        made = _MADE_FOLDER if makes_folder else _MADE_FILE
        return b"\n".join([made, *_encoded(owned), b""])
    refuse_unreadable(data, windows=owned.windows)
    if place_of(data, owned) is Place.FIRST:
        return data
    rest = without_include(data, owned)
    start = len(BOM) if rest.startswith(BOM) else 0
    end = b"\r\n" if re.match(rb"[^\n]*\r\n", rest) else b"\n"
    return rest[:start] + b"".join(line + end for line in _encoded(owned)) + rest[start:]


def without_include(data: bytes, owned: OwnedFile) -> bytes:
    """The config without the lines that include our file and no other; every other byte stays."""
    kept = []
    mark = BOM if data.startswith(BOM) else b""
    for raw in _LINE.findall(data[len(mark) :]):
        words = _words_of_include(_text(raw))
        if not words or not all(owned.is_meant_by(word) for word in words):
            kept.append(raw)
    return mark + b"".join(kept)


def is_made_by_us(data: bytes, owned: OwnedFile) -> tuple[bool, bool]:
    """Whether nothing is in it but what we wrote into a new file; and whether its folder was made for it."""
    rest = without_include(data, owned).strip()
    return rest in (_MADE_FILE, _MADE_FOLDER), rest == _MADE_FOLDER


def without_mark(data: bytes) -> bytes:
    """Without our comment on the first line, for a file that belongs to the person by now."""
    first = _LINE.match(data)
    if first is not None and first[0].strip() in (_MADE_FILE, _MADE_FOLDER):
        return data[first.end() :]
    return data


def refuse_unreadable(data: bytes, *, windows: bool) -> None:
    """Raises FILE_NOT_UNDERSTOOD (without a path) for what is no text that ssh reads."""
    if data.startswith(_WIDE) or b"\0" in data:
        raise error(FaultCode.FILE_NOT_UNDERSTOOD, reason="it is not text in UTF-8, but perhaps in UTF-16")
    if data.startswith(BOM) and not windows:
        reason = "it begins with a byte order mark, at which ssh stops"
        raise error(FaultCode.FILE_NOT_UNDERSTOOD, reason=reason)


# --- one line ---------------------------------------------------------------------------------------------


def _include(path: str, *, keep: int = 0) -> str:
    return f'Include "{path[:keep]}{_SPECIAL.sub("?", path[keep:])}"'


def _encoded(owned: OwnedFile) -> list[bytes]:
    return [line.encode("utf-8", "surrogateescape") for line in owned.lines]


def _lines(data: bytes, *, windows: bool) -> Iterator[str]:
    if windows:
        data = data.removeprefix(BOM)
    return (_text(raw) for raw in _LINE.findall(data))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _words_of_include(line: str) -> tuple[str, ...]:
    """The names on an Include line; none for every other line."""
    try:
        keyword, words = split_line(line) or ("", ())
    except ValueError:  # a quote that is not closed, at which ssh stops
        return ()
    return words if keyword == "include" else ()


def _full(name: str, owned: OwnedFile) -> str:
    """The absolute path that a name in an Include of the person's config means."""
    if name == "~" or name.startswith(("~/", "~\\")):
        name = owned.home + name[1:]
    elif owned.windows and re.match(r"/[A-Za-z]/", name):
        name = f"{name[1]}:{name[2:]}"
    join = ntpath.join if owned.windows else posixpath.join
    if not owned.windows:
        name = re.sub(r"\\(.)", r"\1", name)  # as glob takes it
    return _normal(join(owned.home, ".ssh", name), owned)


def _normal(path: str, owned: OwnedFile) -> str:
    if owned.windows:
        return ntpath.normcase(ntpath.normpath(path))
    return posixpath.normpath(path)
