"""``relaytray proxy``: quick, byte for byte, and one sentence when it fails."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.proxy_command import ProxyWords, read_words
from app.cli.pump import pump
from app.system.control_server import ControlServer
from tests.cli.program import ENTRY, Program
from tests.system.control_program import Handler

HEAVY = ("paramiko", "PySide6", "keyring", "cryptography", "argparse", "psutil", "filelock", "app.tunnel")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("proxy gpu", ProxyWords("", False, "gpu", 22)),
        ("proxy gpu 8888", ProxyWords("", False, "gpu", 8888)),
        ("--data-dir /d proxy gpu", ProxyWords("/d", False, "gpu", 22)),
        ("--data-dir=/d --verbose proxy --json gpu", ProxyWords("/d", True, "gpu", 22)),
        ("proxy gpu --data-dir /d", ProxyWords("/d", False, "gpu", 22)),
        ("relay add proxy", None),
        ("proxy", None),
        ("proxy --help", None),
        ("proxy -x", None),
        ("proxy gpu 0", None),
        ("proxy gpu 99999", None),
        ("proxy gpu x", None),
        ("proxy gpu 22 33", None),
        ("proxy gpu --data-dir", None),
        ("--data-dir= proxy gpu", None),
    ],
)
def test_the_plain_command_line_is_read_without_argparse(line: str, words: ProxyWords | None) -> None:
    assert read_words(line.split()) == words


def test_names_with_spaces_and_equal_signs() -> None:
    assert read_words(["--data-dir", "a=b c", "proxy", "gpu"]) == ProxyWords("a=b c", False, "gpu", 22)
    assert read_words(["--data-dir=a=b", "proxy", "gpu"]) == ProxyWords("a=b", False, "gpu", 22)


# --- through a running program ----------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@contextlib.contextmanager
def serving(program: Program) -> Iterator[Handler]:
    """A program whose proxy says "<alias>:<port> ", echoes, and says " end" at the end of the input."""
    handler = Handler()
    server = ControlServer(program.paths, handler)
    server.start()
    try:
        yield handler
    finally:
        server.stop()


def test_bytes_go_through_both_ways(program: Program) -> None:
    data = os.urandom(3_000_000)
    with serving(program):
        done = subprocess.run(
            program.words("proxy", "gpu", "2222"), input=data, capture_output=True, timeout=40, check=True
        )
    assert done.stdout == b"gpu:2222 " + data + b" end"
    assert not done.stderr


def test_nothing_heavy_is_imported_on_the_way(program: Program) -> None:
    with serving(program):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", *program.words("proxy", "gpu")[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=40,
            check=True,
        )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "app.system.control_client" in imported
    assert not {name for name in imported if name.startswith(HEAVY)}


@pytest.mark.parametrize(
    ("alias", "code", "words"), [("down", 6, "the tunnel from down is down"), ("nix", 2, 'named "nix"')]
)
def test_a_refusal_is_one_sentence_and_its_exit_code(
    program: Program, alias: str, code: int, words: str
) -> None:
    with serving(program):
        told = program.run("proxy", alias, code=code)
        assert told.stdout == ""
        (line,) = told.stderr.splitlines()
        assert line.startswith("relaytray: ")
        assert words in line
        assert program.error("proxy", alias, code=code)["sentence"] in line


def test_a_program_that_dies_meanwhile_ends_the_proxy(program: Program) -> None:
    """The far end's end is the end of the output; the process then waits for nothing but its input."""
    with (
        serving(program),
        subprocess.Popen(
            program.words("proxy", "gpu"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=program.env
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(7) == b"gpu:22 "
        process.stdin.close()
        assert process.stdout.read() == b" end"
        assert process.wait(20) == 0
        process.stdin = None


# --- the pump ---------------------------------------------------------------------------------------------


class _Pumped:
    """A pump in a thread, with pipes for its input and output and the other end of its socket."""

    def __init__(self) -> None:
        self.far, near = socket.socketpair()
        self.far.settimeout(20)
        source, self.input = os.pipe()
        self.output, self._sink = os.pipe()
        self._near, self._source = near, source
        self.thread = threading.Thread(target=pump, args=(near, source, self._sink), name="pump")
        self.thread.start()

    def close(self) -> None:
        for descriptor in (self.input, self.output):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self.far.close()
        self.thread.join(20)
        self._near.close()
        for descriptor in (self._source, self._sink):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def pumped() -> Iterator[_Pumped]:
    made = _Pumped()
    yield made
    made.close()


def test_the_end_of_the_input_is_a_half_close(pumped: _Pumped) -> None:
    os.write(pumped.input, b"request")
    os.close(pumped.input)
    assert pumped.far.recv(100) == b"request"
    assert pumped.far.recv(100) == b""
    pumped.far.sendall(b"answer")
    assert os.read(pumped.output, 100) == b"answer"
    assert pumped.thread.is_alive()
    pumped.far.close()
    assert os.read(pumped.output, 100) == b""
    pumped.thread.join(20)
    assert not pumped.thread.is_alive()


def test_the_end_of_the_far_end_is_passed_on_while_the_input_goes_on(pumped: _Pumped) -> None:
    pumped.far.sendall(b"bye")
    pumped.far.shutdown(socket.SHUT_WR)
    assert os.read(pumped.output, 100) == b"bye"
    assert os.read(pumped.output, 100) == b""
    os.write(pumped.input, b"more")
    assert pumped.far.recv(100) == b"more"
    os.close(pumped.input)
    pumped.thread.join(20)
    assert not pumped.thread.is_alive()


def test_a_reader_that_left_ends_it(pumped: _Pumped) -> None:
    os.close(pumped.output)
    pumped.far.sendall(b"x")
    pumped.thread.join(20)
    assert not pumped.thread.is_alive()
    os.close(pumped.input)  # ends the thread of the other way too


def test_a_slow_reader_gets_everything(pumped: _Pumped) -> None:
    data = os.urandom(2_000_000)
    sender = threading.Thread(target=pumped.far.sendall, args=(data,))
    sender.start()
    received = b""
    while len(received) < len(data):
        received += os.read(pumped.output, 1000)
    sender.join(20)
    assert received == data


def test_the_entry_file_is_what_ssh_configs_name() -> None:
    assert ENTRY.is_file()
