"""Rules for every test: no unexpected log record, nothing left running or open. And the shared fixtures.

* A record of level WARNING or above, of any logger, fails the test that caused it, unless the test says
  ``@pytest.mark.expected_logs("part of the message", ...)``; a mark without arguments expects anything.
* Threads, child processes and file descriptors that were not there before the test must be gone after it
  (after a short grace), fixtures included. ``@pytest.mark.leaks_allowed`` switches this off for one test.
* ``--no-skips`` turns a skipped test into a failed one: where everything is installed, nothing is skipped.
"""

from __future__ import annotations

import gc
import logging
import os
import shutil
import threading
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import psutil
import pytest

from tests.peers import ports, processes
from tests.peers.keys import KeyStore
from tests.peers.lab import Lab
from tests.peers.sshd import find_sshd

_GRACE_S = 2.0
# Where a file may take a minute: these begin first, so that nothing long is left for the end.
_LONG_FIRST = ("other_ends", "provision", "cli", "windows", "tunnel", "ui")
_FDS_TOLERATED = 3  # a library may open an event pipe, /dev/urandom or a font once and keep it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="a skipped test counts as a failed one")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "expected_logs(*parts): warnings whose message holds one of these are all right"
    )
    config.addinivalue_line(
        "markers", "leaks_allowed: do not look for leftover threads, processes and descriptors"
    )
    processes.adopt_orphans()
    _keep_to_ourselves()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_turn)  # stable: within a folder the order stays


def _turn(item: pytest.Item) -> int:
    folder = item.path.parent.name
    return _LONG_FIRST.index(folder) if folder in _LONG_FIRST else len(_LONG_FIRST)


def _keep_to_ourselves() -> None:
    """No test shows a window on the developer's screen, or touches their keyring or ssh agent by accident."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    for name in ("DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE"):
        os.environ.pop(name, None)


# --- log records ------------------------------------------------------------------------------------------


class _Warnings(logging.Handler):
    """Collects the records that nobody expected."""

    def __init__(self, expected: Callable[[str], bool]) -> None:
        super().__init__(logging.WARNING)
        self._expected = expected
        self.unexpected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if not self._expected(message):
            text = f"{record.levelname} {record.name}: {message}"
            if record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            self.unexpected.append(text)


def _expectation(item: pytest.Item) -> Callable[[str], bool]:
    marks = list(item.iter_markers("expected_logs"))
    if any(not mark.args for mark in marks):
        return lambda _message: True
    parts = [part for mark in marks for part in mark.args]
    return lambda message: any(part in message for part in parts)


# --- leftovers --------------------------------------------------------------------------------------------


class _Before:
    """What was there before the test, to be compared with what is there after it."""

    def __init__(self) -> None:
        self._threads = _threads()
        self._children = processes.below(os.getpid())
        self._fds = _open_fds()

    def leftovers(self) -> list[str]:
        """Waits up to the grace time for what is just ending; then names what is left."""
        deadline = ports.Deadline(_GRACE_S, "leftovers to end")
        for thread in _threads() - self._threads:
            thread.join(deadline.remaining_s())
        found = self._found()
        try:
            while found and deadline.wait():
                gc.collect()  # a socket in a reference cycle is closed by the collector
                found = self._found()
        except TimeoutError:
            pass
        return found

    def _found(self) -> list[str]:
        found = [f"thread {thread.name}" for thread in _threads() - self._threads]
        if new := processes.below(os.getpid()) - self._children:
            processes.reap(new)
            found += [f"process {_described(pid)}" for pid in sorted(new) if psutil.pid_exists(pid)]
        new_fds = _open_fds() - self._fds
        if len(new_fds) > _FDS_TOLERATED or any(target.startswith("socket:") for _, target in new_fds):
            found += [f"open {target} (descriptor {number})" for number, target in sorted(new_fds)]
        return found


def _threads() -> set[threading.Thread]:
    """Without the dummies that stand for threads of Qt's own, once they have run a line of Python."""
    return {thread for thread in threading.enumerate() if not thread.name.startswith("Dummy-")}


def _described(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"{pid} ({process.status()}): {' '.join(process.cmdline()) or process.name()}"
    except psutil.Error:
        return f"{pid}"


def _open_fds() -> set[tuple[int, str]]:
    """Number and target of each open descriptor, where the system tells (Linux); elsewhere nothing."""
    folder = "/proc/self/fd"
    if not Path(folder).is_dir():
        return set()
    found = set()
    for entry in os.listdir(folder):
        try:
            found.add((int(entry), os.readlink(f"{folder}/{entry}")))
        except OSError:
            continue  # the descriptor of this very listing
    return found


_WARNINGS = pytest.StashKey[_Warnings]()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(
    item: pytest.Item, nextitem: pytest.Item | None
) -> Generator[None, object, object]:
    """The log handler is there during set-up, call and tear-down of the fixtures."""
    handler = _Warnings(_expectation(item))
    item.stash[_WARNINGS] = handler
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        return (yield)
    finally:
        root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _nothing_unexpected(request: pytest.FixtureRequest) -> Iterator[None]:
    """First to be set up and so the last to be torn down: compares after all other fixtures of the test."""
    before = _Before()
    yield
    handler = request.node.stash[_WARNINGS]
    leftovers = [] if request.node.get_closest_marker("leaks_allowed") else before.leftovers()
    problems = [f"unexpected log record: {text}" for text in handler.unexpected]
    problems += [f"left behind: {text}" for text in leftovers]
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if item.config.getoption("--no-skips") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which --no-skips forbids: {report.longrepr}"
    return report


# --- fixtures ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def key_store(tmp_path_factory: pytest.TempPathFactory) -> KeyStore:
    """SSH keys that are made once in a test session."""
    return KeyStore(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def lab(tmp_path: Path, key_store: KeyStore) -> Iterator[Lab]:
    """A running relay with a server behind it; the person's key may open the route port and nothing else."""
    _need_sshd()
    with Lab(tmp_path / "lab", key_store) as started:
        yield started


@pytest.fixture
def permissive_lab(tmp_path: Path, key_store: KeyStore) -> Iterator[Lab]:
    """The same, where the person's key may open anything from the relay."""
    _need_sshd()
    with Lab(tmp_path / "lab", key_store, permissive=True) as started:
        yield started


def _need_sshd() -> None:
    if find_sshd() is None or shutil.which("ssh") is None:
        pytest.skip("needs the OpenSSH server and client")


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """An empty folder, as given to --data-dir."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    return folder
