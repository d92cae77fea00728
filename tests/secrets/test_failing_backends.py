"""What keyrings raise, besides KeyringError, and the limit of Windows: with backends given by hand."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import keyring.errors
import pytest

from app.core.faults import Fault
from app.secrets import SecretName, SecretStore
from tests.secrets.bad_backends import Memory, Raises, Windows

KEY = SecretName("passphrase", "/home/chen/.ssh/id")
SECRET = "correct horse battery"


class PywinError(Exception):
    """win32ctypes.pywin32.pywintypes.error derives from Exception alone."""


Make = Callable[[Memory], tuple[SecretStore, list[Fault]]]


@pytest.fixture
def make(_nothing_unexpected: None) -> Iterator[Make]:
    stores: list[SecretStore] = []

    def made(backend: Memory) -> tuple[SecretStore, list[Fault]]:
        faults: list[Fault] = []
        stores.append(SecretStore(timeout_s=5, on_fault=faults.append, backend=backend))
        return stores[-1], faults

    yield made
    for store in stores:
        store.close()


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (keyring.errors.KeyringLocked("locked"), "keyring-locked"),
        (keyring.errors.InitError("Failed to create the collection: Prompt dismissed.."), "keyring-locked"),
        (keyring.errors.NoKeyringError("none"), "keyring-missing"),
        (keyring.errors.PasswordSetError("Unknown Error"), "keyring-broken"),
        (PywinError(1312, "CredWrite", "A specified logon session does not exist"), "keyring-broken"),
        (RuntimeError("boom"), "keyring-broken"),
        (TimeoutError("inner"), "keyring-broken"),
        (KeyError(), "keyring-broken"),
    ],
)
def test_every_exception_becomes_a_fault(make: Make, raised: Exception, code: str) -> None:
    store, faults = make(Raises(raised))
    assert store.get(KEY) is None
    assert store.remember(KEY, SECRET) is False
    assert store.get(KEY) == SECRET
    assert store.names() == []
    assert store.forget(KEY) is False
    assert [fault.code for fault in faults] == [code]


@pytest.mark.parametrize(
    "raised", [ValueError(f"bad value: {SECRET!r}"), UnicodeEncodeError("x", SECRET, 1, 2, "y")]
)
def test_no_secret_in_fault_or_log(make: Make, raised: Exception, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    store, faults = make(Raises(raised))
    store.remember(KEY, SECRET)
    assert SECRET not in repr(faults) + repr(store) + caplog.text
    assert faults[0].details["reason"] == type(raised).__name__


def test_windows_holds_1280_characters(make: Make) -> None:
    backend = Windows()
    store, faults = make(backend)
    assert store.remember(KEY, "x" * 1280)
    assert not store.remember(KEY, "\u5bc6" * 1281)
    assert store.get(KEY) == "\u5bc6" * 1281  # for the session
    assert not store.remember(SecretName("password", "a"), "\U0001f511" * 641)  # two units each
    assert [fault.code for fault in faults] == ["keyring-broken"]  # once
    names = [SecretName("passphrase", f"C:/Users/Jane Doe/.ssh/keys/{i}/id_ed25519") for i in range(60)]
    assert all(store.remember(name, "p") for name in names)
    assert set(store.names()) == {*names, KEY}


def test_a_name_too_long_for_the_index_is_kept_for_the_session(make: Make) -> None:
    store, faults = make(Windows())
    name = SecretName("passphrase", "/" + "x" * 1300)
    assert not store.remember(name, "p")
    assert store.get(name) == "p"
    assert store.names() == []
    assert len(faults) == 1


def test_a_spoilt_index_is_no_error(make: Make) -> None:
    backend = Memory()
    store, faults = make(backend)
    for spoilt in ("not json", "3", '[["passphrase"], ["other", "x"], 7]', "[" * 100_000):
        backend.entries["RelayTray-index-1", "index"] = spoilt
        assert store.names() == []
    assert store.remember(KEY, "p")
    assert store.names() == [KEY]
    assert faults == []


def test_calls_from_many_threads_reach_the_backend_one_at_a_time(make: Make) -> None:
    inside = threading.Lock()
    overlaps: list[str] = []

    class Watched(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            if not inside.acquire(blocking=False):
                overlaps.append(username)
                return None
            try:
                return super().get_password(service, username)
            finally:
                inside.release()

    store, _ = make(Watched())

    def work(number: int) -> None:
        for i in range(20):
            store.remember(SecretName("password", f"u{number}@h{i}"), "p")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert overlaps == []
    assert len(store.names()) == 80


def test_after_close_nothing_is_found_and_the_thread_is_gone(make: Make) -> None:
    store, _ = make(Memory())
    assert store.remember(KEY, "p")
    assert any(thread.name == "keyring" for thread in threading.enumerate())
    store.close()
    assert not any(thread.name == "keyring" for thread in threading.enumerate())
    assert store.get(KEY) is None
    store.close()


def test_a_call_that_waits_behind_a_hung_one_is_dropped(make: Make) -> None:
    release, entered = threading.Event(), threading.Event()

    class Hangs(Memory):
        def get_password(self, service: str, username: str) -> str | None:
            entered.set()
            release.wait(10)
            return super().get_password(service, username)

    backend = Hangs()
    store = SecretStore(timeout_s=0.2, backend=backend)
    first = threading.Thread(target=store.get, args=(KEY,))
    first.start()
    assert entered.wait(5)
    other = SecretName("password", "late")
    assert store.remember(other, "p") is False  # was never begun
    release.set()
    first.join()
    store.close()
    assert backend.entries == {}


def test_a_secret_name_has_no_secret_and_an_order() -> None:
    assert repr(KEY) == "SecretName(kind='passphrase', subject='/home/chen/.ssh/id')"
    assert sorted([KEY, SecretName("passphrase", "/a")])[0].subject == "/a"
