"""Logging: nothing secret gets out by any way, files are private, and the log window hears every line."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import log_setup
from app.log_setup import MASK, LogLine, Logs, SecretFilter, register_secret, set_up_logging

SECRET = 'p@ss "wörd"/\\ 12'


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Logs]:
    root, own = logging.getLogger(), logging.getLogger("relaytray")
    levels = root.level, own.level
    installed = set_up_logging(tmp_path / "logs", level="info")
    yield installed
    installed.close()
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def written(logs: Logs) -> str:
    assert logs.file is not None
    in_memory = "\n".join(line.text for line in logs.memory.lines())
    in_file = logs.file.read_text(encoding="utf-8")
    assert in_file.splitlines() == in_memory.splitlines()
    return in_file


LOGGER = logging.getLogger("relaytray.tests")


@pytest.mark.expected_logs
@pytest.mark.parametrize("secret", [SECRET, "hunter22", "a b", "пароль-密码", "two\nlines of it"])
def test_a_registered_secret_is_masked_in_message_arguments_and_exception(logs: Logs, secret: str) -> None:
    register_secret(secret)
    LOGGER.info("It is " + secret)  # noqa: G003  as careless code does
    LOGGER.info("It is %s or %r in %s", secret, secret, {"k": secret})
    error = RuntimeError(f"about {secret!r}")
    error.__cause__ = ValueError(secret)
    LOGGER.error("Failed.", exc_info=error, stack_info=True)
    text = written(logs)
    assert "Failed." in text
    assert "ValueError: ***" in text
    for form in (secret, repr(secret)[1:-1], secret.splitlines()[-1]):
        assert form not in text


def test_a_short_secret_is_masked_as_a_word_only(logs: Logs) -> None:
    register_secret("abc")
    LOGGER.info("abc but abcdef")
    assert "*** but abcdef" in written(logs)


def test_a_secret_that_is_no_text_is_masked(logs: Logs) -> None:
    register_secret("geheim\udcff77")
    LOGGER.info("%r and %s", "geheim\udcff77", "geheim%ED%B3%BF77")
    assert "geheim" not in written(logs)


def test_an_empty_secret_masks_nothing(logs: Logs) -> None:
    register_secret("")
    register_secret("   ")
    LOGGER.info("All of   this stays.")
    assert "All of   this stays." in written(logs)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("socks5://me:geheim77@127.0.0.1:10080 is up", "socks5://me:***@127.0.0.1:10080 is up"),
        ("Proxy-Authorization: Basic geheim77==", "Proxy-Authorization: Basic ***"),
        ("passphrase=geheim77, next", "passphrase=***, next"),
        ("{'password': 'geheim77 with spaces', 'port': 22}", "{'password': ***, 'port': 22}"),
        ('{"secret": "geheim77", "a": 1}', '{"secret": ***, "a": 1}'),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\ngeheim77\n-----END OPENSSH PRIVATE KEY----- read", "*** read"),
        ("-----BEGIN RSA PRIVATE KEY-----\ngeheim77", "***"),
        ("ss://YWVzgeheim77@192.0.2.1:8388#x", "ss://***"),
    ],
)
def test_what_looks_like_a_secret_is_masked(said: str, kept: str) -> None:
    assert SecretFilter().mask(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "Connected to 127.0.0.1:10080 in 20 ms.",
        "The passphrase of ~/.ssh/id_ed25519 is wrong.",
        "https://relay.example.org:8443/path is not a relay",
        "Host key SHA256:YfVb+1jB5rcHJSBAWpQ9rAXzpiPL3Vf is new.",
        "user me@relay.example.org:2222 logged in",
    ],
)
def test_ordinary_sentences_stay_as_they_are(said: str) -> None:
    assert SecretFilter().mask(said) == said


def test_arguments_that_do_not_fit_neither_break_the_caller_nor_leak(logs: Logs) -> None:
    LOGGER.info("Two %s %s", "geheim77")  # noqa: PLE1206
    text = written(logs)
    assert "Two" in text
    assert "geheim77" not in text


def test_a_peer_cannot_forge_a_line_or_move_the_cursor(logs: Logs) -> None:
    LOGGER.info("Banner: %s", "hello\n2026-01-01 CRITICAL forged\r\x1b[2J\u202e")
    text = written(logs)
    assert "\n    2026-01-01 CRITICAL forged\\x0d\\x1b[2J\\x202e" in text


@pytest.mark.skipif(os.name != "posix", reason="Windows has no permission bits; the folder is in the profile")
def test_files_are_private_even_when_they_were_not_before(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    file = folder / log_setup.LOG_FILE
    file.write_text("old\n")
    file.chmod(0o644)
    logs = set_up_logging(folder)
    logs.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == "old\n"


def test_rotation_keeps_files_small_and_private(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert logs.file is not None
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, log_setup._PrivateFile))
    handler.maxBytes = 1000
    for number in range(100):
        LOGGER.info("Line %d", number)
    files = sorted(logs.file.parent.iterdir())
    assert [file.name for file in files] == ["relaytray.log", *(f"relaytray.log.{n}" for n in (1, 2, 3))]
    assert all(file.stat().st_size <= 1000 for file in files)
    if os.name == "posix":
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_rotation_that_another_process_prevents_goes_on_in_the_same_file(
    logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def held(source: str, dest: str) -> None:
        raise PermissionError(13, "used by another process", source)

    monkeypatch.setattr(os, "rename", held)
    handler = next(h for h in logging.getLogger().handlers if isinstance(h, log_setup._PrivateFile))
    handler.maxBytes = 200
    for number in range(20):
        LOGGER.info("Line %d", number)
    assert written(logs).count("Line ") == 20


def test_levels(logs: Logs) -> None:
    paramiko = logging.getLogger("paramiko.transport")
    LOGGER.debug("Not now.")
    paramiko.info("Not now.")
    logs.set_level("debug")
    LOGGER.debug("Now.")
    paramiko.debug("Now too.")
    logs.set_level("error")
    LOGGER.warning("Not now.")
    logs.set_level("nonsense")
    LOGGER.info("At last.")
    assert [line.text.split("] ")[1] for line in logs.memory.lines()] == ["Now.", "Now too.", "At last."]


def test_memory_is_bounded_and_listeners_hear_every_line(logs: Logs) -> None:
    memory = log_setup.LogMemory(limit=3)
    logs.install(memory)
    heard: list[LogLine] = []
    memory.add_listener(heard.append)
    for number in range(5):
        LOGGER.info("Line %d", number)
    memory.remove_listener(heard.append)
    LOGGER.info("Line 5")
    assert [line.text[-1] for line in memory.lines()] == ["3", "4", "5"]
    assert [line.text[-1] for line in heard] == ["0", "1", "2", "3", "4"]
    assert heard[0].level == logging.INFO
    memory.clear()
    assert memory.lines() == []


def test_a_listener_that_fails_does_not_break_who_logs(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    logs.memory.add_listener(lambda line: 1 / 0)  # type: ignore[arg-type]
    LOGGER.info("Still here.")
    assert "Still here." in written(logs)


@pytest.mark.expected_logs
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_a_full_disk_disturbs_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(log_setup, "_open_private", lambda _path, _flags: os.open("/dev/full", os.O_WRONLY))
    logs = set_up_logging(tmp_path)
    try:
        LOGGER.error("This goes nowhere.")
        assert logs.memory.lines()[-1].text.endswith("This goes nowhere.")
    finally:
        logs.close()
    assert capsys.readouterr().err == ""


@pytest.mark.expected_logs("No log file can be written")
def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    logs = set_up_logging(tmp_path / "file" / "logs")
    logs.close()
    assert logs.file is None
    assert "No log file can be written" in logs.memory.lines()[0].text


def test_stderr_is_optional_and_may_be_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set_up_logging(None, to_stderr=True)
    LOGGER.info("Said aloud.")
    seen.close()
    assert "Said aloud." in capsys.readouterr().err
    monkeypatch.setattr(sys, "stderr", None)
    silent = set_up_logging(None, to_stderr=True)
    LOGGER.info("Said to nobody.")
    silent.close()
    assert len(silent.memory.lines()) == 1


@pytest.mark.expected_logs("Nobody caught this")
def test_unhandled_exceptions_of_any_thread_are_logged(logs: Logs) -> None:
    put_back = log_setup.install_exception_hooks()
    try:
        thread = threading.Thread(target=dict[str, str]().__getitem__, args=("x",), name="careless")
        thread.start()
        thread.join()
        sys.excepthook(ValueError, ValueError("in main"), None)
    finally:
        put_back()
    text = written(logs)
    assert "in the thread careless." in text
    assert "KeyError" in text
    assert "ValueError: in main" in text


def test_missing_streams_are_replaced() -> None:
    """As in a windowed Windows program, in a process of its own."""
    code = (
        "import sys; sys.stdout = None; sys.stderr = None; from app import log_setup as l; "
        "l.replace_missing_streams(); print('x'); sys.stderr.write('y'); sys.exit(7)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, cwd=Path(__file__).parents[1], timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")


def test_closing_leaves_the_root_logger_as_it_was(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    set_up_logging(tmp_path, to_stderr=True).close()
    assert logging.getLogger().handlers == before
    register_secret("nothing to tell it to")


def test_thousands_of_secrets_cost_a_line_little() -> None:
    """A list of links brings them; one pattern made anew for each took minutes."""
    secrets = SecretFilter()
    for number in range(3000):
        secrets.register(f"secret number {number:04}, and some more of it")
    assert secrets.mask("secret number 2999, and some more of it!") == f"{MASK}!"
    assert secrets.mask("secret number 3000, and some more of it!").startswith("secret number 3000")
    secrets.register("ab")
    assert secrets.mask("ab abc cab") == f"{MASK} abc cab"
