"""The shell for systems without ptys; its program is a POSIX shell here."""

from __future__ import annotations

import sys

import pytest

from app.provision.demo import gpu_server
from app.provision.demo.line_shell import LineEditor, for_terminal, run_line_shell
from tests.provision.clients import Clients


@pytest.mark.parametrize(
    ("typed", "shown", "lines"),
    [
        (b"dir\r", b"dir\r\n", b"dir\r\n"),
        (b"dir\n", b"dir\r\n", b"dir\r\n"),
        (b"dir\r\n", b"dir\r\n", b"dir\r\n"),
        (b"\r\r", b"\r\n\r\n", b"\r\n\r\n"),
        (b"dix\x7fr\r", b"dix\b \br\r\n", b"dir\r\n"),
        (b"\x08\x08a\r", b"a\r\n", b"a\r\n"),
        ("\u6587\x7fa\r".encode(), "\u6587\b \ba\r\n".encode(), b"a\r\n"),
        (b"junk\x03a\r", b"junk^C\r\na\r\n", b"a\r\n"),
        (b"a\x1b\x00b\r", b"ab\r\n", b"ab\r\n"),
        (b"a\tb\r", b"a\tb\r\n", b"a\tb\r\n"),
        (b"half", b"half", b""),
    ],
)
def test_typing(typed: bytes, shown: bytes, lines: bytes) -> None:
    assert LineEditor().type(typed) == (shown, lines)
    editor = LineEditor()
    pieces = [editor.type(bytes([byte])) for byte in typed]
    assert b"".join(piece[0] for piece in pieces) == shown
    assert b"".join(piece[1] for piece in pieces) == lines


def test_the_keys_that_are_not_text() -> None:
    editor = LineEditor()
    editor.type(b"a\x04")
    assert not editor.ended  # only on an empty line
    editor.type(b"\x03")
    assert editor.interrupted
    editor.type(b"\x04")
    assert editor.ended


def test_line_ends() -> None:
    assert for_terminal(b"a\nb\r\nc") == b"a\r\nb\r\nc"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX commands")
def test_a_session(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_server, "run_in_terminal", run_line_shell)
    monkeypatch.setenv("SHELL", "/bin/sh")
    typed = b"echo a$((1+1))b #\rexit 4 #\r"  # the comment takes the CR that only cmd.exe wants
    done = clients.ssh(options=["-tt"], input=typed)
    assert b"echo a$((1+1))b #\r\n" in done.stdout
    assert b"a2b" in done.stdout
    assert done.returncode in {4, 2}  # POSIX shells stumble over the CR of "exit 4 #"
    ended = clients.ssh("cat", options=["-tt"], input=b"hello\r\x04", timeout=20)
    assert ended.stdout == b"hello\r\nhello\r\n"
    assert ended.returncode == 0
