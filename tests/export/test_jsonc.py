"""Settings files are read as editors read them, and a change leaves every other byte alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.export.jsonc import JsoncError, read, with_value

SAMPLE = """\
// Mine
{
  "editor.fontSize": 14, // big
  /* hosts */
  "remote.SSH.remotePlatform": {
    "other": "linux", // theirs
  },
  "files.exclude": {"**/.git": true},
}
"""


def test_a_value_is_put_in_where_others_stand() -> None:
    changed = with_value(SAMPLE.encode(), ["remote.SSH.remotePlatform", "lab-gpu"], "linux").decode()
    assert changed == SAMPLE.replace("// theirs\n", '// theirs\n    "lab-gpu": "linux",\n'), (
        "in its own line, with the comma that this file likes"
    )
    changed = with_value(SAMPLE.encode(), ["remote.SSH.connectTimeout"], 60).decode()
    assert changed == SAMPLE.replace("true},\n", 'true},\n  "remote.SSH.connectTimeout": 60,\n')
    changed = with_value(SAMPLE.encode(), ["files.exclude", "x"], [1]).decode()
    assert '{"**/.git": true, "x": [' in changed
    assert read(changed.encode())["files.exclude"] == {"**/.git": True, "x": [1]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '{\n    "a": 1\n}\n'),
        ("// only this", '// only this\n{\n    "a": 1\n}\n'),
        ("// only this\r\n", '// only this\r\n{\r\n    "a": 1\r\n}\r\n'),
        ("{}", '{\n    "a": 1\n}'),
        ("{}\n", '{\n    "a": 1\n}\n'),
        ("{\n}\n", '{\n    "a": 1\n}\n'),
        ("{ }", '{\n    "a": 1\n }'),
        ("{ /* x */ }", '{ /* x */\n    "a": 1\n }'),
        ("{\n\t// x\n}", '{\n\t// x\n    "a": 1\n}'),
        ('{"b": 2}', '{"b": 2, "a": 1}'),
        ('{ "b": 2 }', '{ "b": 2, "a": 1 }'),
        ('{ "b": 2, }', '{ "b": 2, "a": 1, }'),
        ('{"b": 2 /* two */}', '{"b": 2, /* two */ "a": 1}'),
        ('{\n\t"b": 2 // two\n}', '{\n\t"b": 2, // two\n\t"a": 1\n}'),
        ('{\r\n  "b": 2\r\n}', '{\r\n  "b": 2,\r\n  "a": 1\r\n}'),
        ('{\n  "b": 2,\n\n  // more\n}', '{\n  "b": 2,\n  "a": 1,\n\n  // more\n}'),
        ('{"b": {\n}}', '{"b": {\n},\n    "a": 1}'),
        ('{"a": [1, /* x */ 2,], "b": 3}', '{"a": 1, "b": 3}'),
        ('{"a": 0, "a": 2}', '{"a": 0, "a": 1}'),
        ('\ufeff{"a":5}\n', '\ufeff{"a":1}\n'),
    ],
)  # fmt: skip
def test_each_style_is_kept(before: str, after: str) -> None:
    assert with_value(before.encode(), ["a"], 1).decode() == after


def test_what_stands_in_the_way_becomes_an_object() -> None:
    changed = with_value(b'{\n  "p": null\n}', ["p", "x"], "linux")
    assert changed == b'{\n  "p": {\n    "x": "linux"\n  }\n}'
    assert read(with_value(b"{}", ["p", "x", "y"], True)) == {"p": {"x": {"y": True}}}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1, column 2: a name in quotation marks should stand here"),
        ('{"a": 1', "a comma or } should stand here"),
        ('{"a" 1}', "a colon should stand here"),
        ('{"a": }', "a value should stand here"),
        ('{\r\n  "a": tru }', "line 2, column 8: a value should stand here"),
        ("{a: 1}", "a name in quotation marks should stand here"),
        ("{'a': 1}", "a name in quotation marks should stand here"),
        ('{"a": 1} x', "line 1, column 10: something follows"),
        ('{"a": 1,,}', "a name in quotation marks should stand here"),
        ('{"a": [1 2]}', "a comma or ] should stand here"),
        ('{"a": "x\ny"}', "no closing quotation mark"),
        ('{"a": "\\x"}', "a wrong escape"),
        ("/* x", "this comment does not end"),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", "nested too deeply"),
        ('{"a": ' + "1" * 5000 + "}", "this number is too long"),
        ('{"a": 01}', "a comma or } should stand here"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_refused(text: str, told: str) -> None:
    for attempt in (lambda: read(text.encode()), lambda: with_value(text.encode(), ["a"], 1)):
        with pytest.raises(JsoncError, match="line ") as caught:
            attempt()
        assert told in str(caught.value)


def test_what_is_no_text_or_no_settings_is_refused() -> None:
    with pytest.raises(JsoncError, match="line 2, column 1: it is not UTF-8"):
        read(b"{\n\xff}")
    with pytest.raises(JsoncError, match="no settings"):
        with_value(b"[1]", ["a"], 1)


# --- any document -----------------------------------------------------------------------------------------

BETWEEN = st.lists(
    st.sampled_from(
        [" ", "\t", "\n", "\r\n", "\r", "// a comment\n", '// {"x": 1,\r\n', "/* b */", "/* c\n } */", "//\n"]
    ),
    max_size=3,
).map("".join)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["//", "/*", '"', "\\"]
)
SCALAR = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT


@st.composite
def rendered(draw: st.DrawFn, depth: int = 0, kind: str = "") -> tuple[str, Any]:
    """A document as text, and what it means."""
    choice = kind or draw(st.sampled_from(["scalar", "object", "array"] if depth < 3 else ["scalar"]))
    if choice == "scalar":
        value = draw(SCALAR)
        return json.dumps(value, ensure_ascii=draw(st.booleans())), value
    items, parts = [], []
    for _ in range(draw(st.integers(0, 3))):
        text, value = draw(rendered(depth + 1))
        if choice == "object":
            name = draw(TEXT)
            written = json.dumps(name, ensure_ascii=draw(st.booleans()))
            text = f"{written}{draw(BETWEEN)}:{draw(BETWEEN)}{text}"
            items.append((name, value))
        else:
            items.append(("", value))
        parts.append(f"{draw(BETWEEN)}{text}{draw(BETWEEN)}")
    inside = ",".join(parts)
    if not parts:
        inside = draw(BETWEEN)
    elif draw(st.booleans()):
        inside += "," + draw(BETWEEN)
    if choice == "object":
        return f"{{{inside}}}", dict(items)
    return f"[{inside}]", [value for _, value in items]


@given(rendered(), BETWEEN, BETWEEN, st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_any_document_is_read(document: tuple[str, Any], before: str, after: str, mark: bytes) -> None:
    text, value = document
    assert read(mark + (before + text + after).encode()) == value


def kept(old: str, new: str) -> bool:
    """Whether ``old`` is what is left of ``new`` without at most two pieces that were put in."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    left_old, left_new = old[start:], new[start:]
    end = 0
    while end < min(len(left_old), len(left_new)) and left_old[-1 - end] == left_new[-1 - end]:
        end += 1
    return left_old[: len(left_old) - end] in left_new


@given(rendered(kind="object"), BETWEEN, BETWEEN, SCALAR)
def test_any_object_takes_a_new_member_and_keeps_the_rest(
    document: tuple[str, dict[str, Any]], before: str, after: str, value: Any
) -> None:
    text, settings = document
    whole = before + text + after
    changed = with_value(whole.encode(), ["remote.SSH.x"], value).decode()
    assert read(changed.encode()) == {**settings, "remote.SSH.x": value}
    assert kept(whole, changed)


@given(st.lists(rendered(), min_size=1, max_size=4), st.data())
def test_any_value_is_replaced_and_the_rest_is_kept(
    values: list[tuple[str, Any]], data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(values) - 1))
    gaps = [data.draw(BETWEEN) for _ in range(2 * len(values) + 1)]
    head, tail, current = "{", "", "head"
    for index, (text, _) in enumerate(values):
        lead = f'{gaps[2 * index]}"k{index}":{gaps[2 * index + 1]}'
        comma = "," if index + 1 < len(values) or data.draw(st.booleans()) else ""
        if index == number:
            head, tail, current = head + lead, comma, "tail"
        elif current == "head":
            head += lead + text + comma
        else:
            tail += lead + text + comma
    tail += gaps[-1] + "}"
    whole = head + values[number][0] + tail
    changed = with_value(whole.encode(), [f"k{number}"], 60)
    assert changed.decode() == head + "60" + tail
