"""JSON with comments and trailing commas, as editors keep their settings: read, and changed in one place.

A change touches the bytes of the value, or puts a new member in: comments, order, indentation, line ends and
a byte order mark stay. Of members with one name the last counts, as in the editors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

BOM = b"\xef\xbb\xbf"
MAX_DEPTH = 100
_SPACE = re.compile(r"(?:[ \t\r\n]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_LINE_END = re.compile(r"\r\n|\n|\r")
# What may follow a value on its line and belongs to it: blanks and comments.
_REST_OF_LINE = re.compile(r"(?:[ \t]*(?:/\*[^\r\n]*?\*/|//[^\r\n]*))*")
_INDENT = "    "


class JsoncError(ValueError):
    """What is wrong, and where."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        before = text[:position]
        ends = _LINE_END.findall(before)
        start = max(before.rfind("\n"), before.rfind("\r")) + 1
        super().__init__(f"line {len(ends) + 1}, column {position - start + 1}: {reason}")


def read(data: bytes) -> Any:
    """The value of a file; an empty one is an empty object, as for the editors. Raises JsoncError."""
    text = _decoded(data)
    return _parsed(text).value


def with_value(data: bytes, path: Sequence[str], value: Any) -> bytes:
    """The file with ``value`` at ``path``, the names of members from the outside in.

    What stands in the way on the path and is no object is replaced by one. Raises JsoncError for what is not
    understood; then nothing should be written.
    """
    text = _decoded(data)
    root = _parsed(text)
    if not isinstance(root.value, dict):
        raise JsoncError("it holds no settings, which stand in braces", text, root.start)
    changed = _Edit(text, root).put(path, value)
    if _parsed(changed).value != _merged(root.value, path, value):
        raise JsoncError("the change could not be made safely", text, root.start)
    return data[: len(data) - len(data.removeprefix(BOM))] + changed.encode("utf-8")


def _decoded(data: bytes) -> str:
    try:
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as e:
        text = data.removeprefix(BOM)[: e.start].decode("utf-8")
        raise JsoncError("it is not UTF-8", text, len(text)) from None


def _merged(before: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    members = dict(before) if isinstance(before, dict) else {}
    members[path[0]] = _merged(members.get(path[0]), path[1:], value)
    return members


# --- reading ----------------------------------------------------------------------------------------------


@dataclass
class _Node:
    """A value and the place where it stands."""

    start: int
    end: int = 0
    value: Any = None
    members: list[_Member] = field(default_factory=list)
    last_comma: int = -1  # behind the last member, if there is one; else -1
    is_missing: bool = False  # the file is empty


@dataclass(frozen=True)
class _Member:
    start: int
    name: str
    node: _Node


def _parsed(text: str) -> _Node:
    parser = _Parser(text)
    start = parser.skip(0)
    if start == len(text):
        return _Node(start, start, {}, is_missing=True)
    root = parser.value(start, 0)
    end = parser.skip(root.end)
    if end != len(text):
        parser.fail("something follows where the file should end", end)
    return root


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text

    def fail(self, reason: str, position: int) -> NoReturn:
        raise JsoncError(reason, self._text, position)

    def skip(self, position: int) -> int:
        """Behind blanks and comments."""
        found = _SPACE.match(self._text, position)
        end = found.end() if found else position
        if self._text.startswith("/*", end):
            self.fail("this comment does not end", end)
        return end

    def value(self, start: int, depth: int) -> _Node:
        if depth > MAX_DEPTH:
            self.fail("it is nested too deeply", start)
        match self._text[start : start + 1]:
            case "{":
                return self._object(start, depth)
            case "[":
                return self._array(start, depth)
            case '"':
                text, end = self._string(start)
                return _Node(start, end, text)
        number = _NUMBER.match(self._text, start)
        if number:
            return _Node(start, number.end(), self._number(number[0], start))
        return self._word(start)

    def _word(self, start: int) -> _Node:
        found = next((word for word in _WORDS if self._text.startswith(word, start)), None)
        if found is None:
            self.fail("a value should stand here", start)
        return _Node(start, start + len(found), _WORDS[found])

    def _number(self, written: str, start: int) -> Any:
        try:
            return json.loads(written)
        except ValueError:  # Python refuses to read thousands of digits
            self.fail("this number is too long", start)

    def _string(self, start: int) -> tuple[str, int]:
        found = _STRING.match(self._text, start)
        if not found:
            self.fail("this text has no closing quotation mark", start)
        try:
            value: str = json.loads(found[0], strict=False)
        except json.JSONDecodeError:
            self.fail("there is a wrong escape in this text", start)
        return value, found.end()

    def _object(self, start: int, depth: int) -> _Node:
        node = _Node(start, value={})
        position = self.skip(start + 1)
        while self._text[position : position + 1] != "}":
            if self._text[position : position + 1] != '"':
                self.fail("a name in quotation marks should stand here", position)
            name, end = self._string(position)
            colon = self.skip(end)
            if self._text[colon : colon + 1] != ":":
                self.fail("a colon should stand here", colon)
            member = self.value(self.skip(colon + 1), depth + 1)
            node.members.append(_Member(position, name, member))
            node.value[name] = member.value
            position, node.last_comma = self._after_item(member.end, "}")
        node.end = position + 1
        return node

    def _array(self, start: int, depth: int) -> _Node:
        node = _Node(start, value=[])
        position = self.skip(start + 1)
        while self._text[position : position + 1] != "]":
            item = self.value(position, depth + 1)
            node.value.append(item.value)
            position, _ = self._after_item(item.end, "]")
        node.end = position + 1
        return node

    def _after_item(self, end: int, closing: str) -> tuple[int, int]:
        """Where the next item or the closing bracket is, and where the comma was."""
        position = self.skip(end)
        if self._text[position : position + 1] == ",":
            return self.skip(position + 1), position
        if self._text[position : position + 1] != closing:
            self.fail(f"a comma or {closing} should stand here", position)
        return position, -1


# --- changing ---------------------------------------------------------------------------------------------


class _Edit:
    def __init__(self, text: str, root: _Node) -> None:
        self._text = text
        self._root = root
        found = _LINE_END.search(text)
        self._line_end = found[0] if found else "\n"
        self._unit = self._unit_of_indentation()

    def put(self, path: Sequence[str], value: Any) -> str:
        node, left = self._root, list(path)
        while left:
            member = next((one for one in reversed(node.members) if one.name == left[0]), None)
            if member is None:
                return self._with_member(node, left[0], _wrapped(left[1:], value))
            node = member.node
            left.pop(0)
            if left and not isinstance(node.value, dict):
                value, left = _wrapped(left, value), []
        written = self._written(value, self._indent_at(node.start))
        return self._text[: node.start] + written + self._text[node.end :]

    def _with_member(self, node: _Node, name: str, value: Any) -> str:
        if node.is_missing:
            return self._with_object(name, value)
        if not node.members:
            return self._with_first_member(node, name, value)
        text, last = self._text, node.members[-1]
        is_trailing = node.last_comma >= 0
        value_end = node.last_comma + 1 if is_trailing else last.node.end
        rest = _REST_OF_LINE.match(text, value_end)
        place = rest.end() if rest else value_end
        if _LINE_END.search(text, node.start, node.end):
            indent = self._own_indent(last.start)
            if indent is None:
                indent = self._indent_at(node.start) + self._unit
            added = f"{self._line_end}{indent}{self._member(name, value, indent)}"
        else:
            added = f" {self._member(name, value, self._indent_at(node.start))}"
        if is_trailing:
            return text[:place] + added + "," + text[place:]
        return text[:value_end] + "," + text[value_end:place] + added + text[place:]

    def _with_first_member(self, node: _Node, name: str, value: Any) -> str:
        """Behind the comments that may stand there already."""
        text, outer = self._text, self._indent_at(node.start)
        inside = text[node.start + 1 : node.end - 1]
        place = node.start + 1 + len(inside.rstrip(" \t\r\n"))
        indent = outer + self._unit
        added = f"{self._line_end}{indent}{self._member(name, value, indent)}"
        if not _LINE_END.search(text, place, node.end):
            added += self._line_end + outer
        return text[:place] + added + text[place:]

    def _with_object(self, name: str, value: Any) -> str:
        """For a file with nothing but comments, or nothing at all."""
        text, end = self._text, self._line_end
        start = "" if not text or text.endswith(("\n", "\r")) else end
        return f"{text}{start}{{{end}{self._unit}{self._member(name, value, self._unit)}{end}}}{end}"

    def _member(self, name: str, value: Any, indent: str) -> str:
        return f"{json.dumps(name)}: {self._written(value, indent)}"

    def _written(self, value: Any, indent: str) -> str:
        lines = json.dumps(value, indent=self._unit).split("\n")
        return f"{self._line_end}{indent}".join(lines)

    def _indent_at(self, position: int) -> str:
        """The indentation of the line that ``position`` is in."""
        line = self._text[self._line_start(position) : position]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def _own_indent(self, position: int) -> str | None:
        """The same, or None where something else stands before ``position`` on its line."""
        before = self._text[self._line_start(position) : position]
        return before if not before.strip(" \t") else None

    def _line_start(self, position: int) -> int:
        return max(self._text.rfind(end, 0, position) for end in "\r\n") + 1

    def _unit_of_indentation(self) -> str:
        for member in self._root.members:
            indent = self._own_indent(member.start)
            if indent:
                return indent
        return _INDENT


def _wrapped(names: Sequence[str], value: Any) -> Any:
    for name in reversed(names):
        value = {name: value}
    return value
