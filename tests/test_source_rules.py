"""Rules about the source that no linter knows: translatable texts, characters, sizes, forbidden names."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
MAX_LINES = 400

NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache"}
NOT_OURS |= {".hypothesis", ".import_linter_cache", ".dev"}
BINARY = {".png", ".ico", ".icns", ".qm", ".gif", ".jpg", ".gz"}

# Built from pieces, so that this file does not hold what it looks for.
FORBIDDEN = [
    *(
        f"/{first}{second}"
        for first, second in [("wo", "rk/"), ("ro", "ot/."), ("op", "t/pypi"), ("tm", "p/v/")]
    ),
    *(
        name + end
        for name, end in [
            ("pypi.", "org"),
            ("pythonhosted.", "org"),
            ("registry.npm", "js"),
            ("crates.", "io"),
        ]
    ),
    *(
        name + end
        for name, end in [
            ("proxy.go", "lang"),
            ("deb.deb", "ian"),
            ("security.deb", "ian"),
            ("farm-", "studio"),
        ]
    ),
    "index-" + "url",
]
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def python_files(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def committed_files() -> list[Path]:
    """What git holds or would add; without git, everything that looks like ours."""
    if (ROOT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout
        paths = [ROOT / name for name in listed.decode().split("\0") if name]
    else:
        paths = [path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in paths if path.is_file() and path.suffix not in BINARY)


def text_of(path: Path) -> str:
    """Samples of damaged files are no valid text."""
    return path.read_text(encoding="utf-8", errors="replace")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def called_name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def bad_texts(source: str) -> Iterator[str]:
    """Calls whose text lupdate could not extract, as ``line: call``."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = called_name(node)
        if name == "tr":
            good = bool(node.args) and is_constant_text(node.args[0])
        elif name == "translate" and len(node.args) > 1:  # with one it is the method of str
            # A text that was marked elsewhere may be looked up in its table, but never put together here.
            good = is_constant_text(node.args[1]) or isinstance(
                node.args[1], ast.Name | ast.Attribute | ast.Subscript
            )
        elif name == "QT_TRANSLATE_NOOP":
            good = len(node.args) == 2 and all(is_constant_text(argument) for argument in node.args)
        else:
            continue
        if not good:
            yield f"{node.lineno}: {ast.unparse(node)}"


def is_constant_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(node.value)


@pytest.mark.parametrize(
    "source",
    ['self.tr(f"a {b}")', 'self.tr("a" + b)', "tr(text)", 'translate("C", f"{x}")',
     'translate("C", "a".format(1))', 'QT_TRANSLATE_NOOP("C", text)',
     'QT_TRANSLATE_NOOP(context, "a")', 'self.tr("")'],
)  # fmt: skip
def test_the_check_of_texts_finds_what_cannot_be_extracted(source: str) -> None:
    assert list(bad_texts(source))


@pytest.mark.parametrize(
    "source",
    ['self.tr("a %n", "", 3)', 'self.tr("a" "b")', 'translate("C", "a {0}").format(1)',
     'translate("C", TABLE[code])', 'QT_TRANSLATE_NOOP("C", "a")', '"abc".translate(table)'],
)  # fmt: skip
def test_the_check_of_texts_lets_good_ones_pass(source: str) -> None:
    assert not list(bad_texts(source))


def test_every_text_to_translate_is_a_constant() -> None:
    found = [
        f"{name_of(path)}:{bad}" for path in python_files(APP) for bad in bad_texts(path.read_text("utf-8"))
    ]
    assert found == []


def test_source_is_plain_ascii() -> None:
    sources = [
        *python_files(APP),
        ROOT / "dev.py",
        ROOT / "build.spec",
        ROOT / "pyproject.toml",
        ROOT / ".ci" / "run",
    ]
    found = [
        f"{name_of(path)}:{number}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not line.isascii()
    ]
    assert found == []


def test_no_file_holds_invisible_characters() -> None:
    found = [name_of(path) for path in committed_files() if INVISIBLE.search(text_of(path))]
    assert found == []


def test_no_source_file_is_long() -> None:
    files = [*python_files(APP), ROOT / "dev.py"]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_every_module_says_what_it_is_for() -> None:
    files = [*python_files(APP), *python_files(ROOT / "tests"), ROOT / "dev.py"]
    missing = [
        name_of(path) for path in files if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert missing == []


def test_every_folder_of_the_program_is_a_package() -> None:
    folders = {path.parent for path in python_files(APP)}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_committed_file_names_a_machine_or_a_registry() -> None:
    found = [
        f"{name_of(path)}: {forbidden}"
        for path in committed_files()
        for forbidden in FORBIDDEN
        if forbidden in text_of(path)
        and not (path.name == "dev.py" and forbidden == FORBIDDEN[-1])  # the option that leaves it out
    ]
    assert found == []


def calls_in(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def test_the_interface_neither_blocks_nor_pumps_nor_kills() -> None:
    """Blocking calls belong in the background runner; threads are asked to stop."""
    banned = re.compile(r"(^|\.)(processEvents|terminate|sleep|setTerminationEnabled|waitForFinished)$")
    files = [*python_files(APP / "ui"), *(path for path in [APP / "main.py"] if path.exists())]
    found = [
        f"{name_of(path)}:{line}: {name}"
        for path in files
        for line, name in calls_in(path)
        if banned.search(name)
    ]
    assert found == []


def test_no_module_is_called_utils_or_common() -> None:
    vague = {"utils", "util", "common", "helpers", "misc"}
    assert [name_of(path) for path in python_files(APP) if {path.stem, path.parent.name} & vague] == []
