"""Remember, find and forget passphrases and passwords.

A secret is stored in the system's keyring only when the person ticked that; otherwise it stays in memory
until the program ends. When the keyring is missing, locked, broken or does not answer, that is told once
through ``on_fault`` and memory takes over. There is no third place.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.log_setup import register_secret
from app.secrets import keyring_access
from app.secrets.keyring_worker import KeyringTimeoutError, KeyringWorker
from app.secrets.names import KINDS, KeyringStatus, SecretName

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend as Backend

log = logging.getLogger("relaytray.secrets")

_T = TypeVar("_T")
_SHARD_CHARACTERS = 1200  # of the index in one entry: with UTF-16 it stays below the limit of Windows


class SecretStore:
    """All methods may be called from any thread but the GUI's: they block up to ``timeout_s``.

    In the keyring a secret is the entry (service "RelayTray:<subject>", user name "<kind>"): one service
    each, because Windows moves entries about when several share one. The names are listed in the entries
    ("RelayTray-index-<n>", "index"), since no keyring can be asked for what a program stored.
    """

    def __init__(
        self,
        service: str = "RelayTray",
        timeout_s: float = 30.0,  # time to type the keyring's own password
        on_fault: Callable[[Fault], None] | None = None,
        backend: Backend | None = None,
    ) -> None:
        """``on_fault`` is called in the caller's thread; ``backend`` overrules the choice of a keyring."""
        self._service = service
        self._on_fault = on_fault
        self._given_backend = backend
        self._worker = KeyringWorker(timeout_s)
        self._lock = threading.Lock()
        self._session: dict[SecretName, str] = {}
        self._indexed: set[SecretName] = set()  # known to be in the index, so that it is not read again
        self._told: set[FaultCode] = set()

    # --- secrets ------------------------------------------------------------------------------------------

    def get(self, name: SecretName) -> str | None:
        """The secret, from memory or the keyring; None where there is none or the keyring fails.

        May bring up the system's own prompt to unlock the keyring.
        """
        with self._lock:
            if name in self._session:
                return self._session[name]
        found = self._try(lambda: self._fetch(name), None)
        if found:
            register_secret(found)  # whatever prints it by mistake prints asterisks
        return found

    def remember(self, name: SecretName, secret: str) -> bool:
        """Stores the secret in the keyring. Where that fails it is kept for the session: False."""
        register_secret(secret)
        if self._try(lambda: self._store(name, secret), False, secret):
            with self._lock:
                self._session.pop(name, None)
            return True
        self.keep_for_session(name, secret)
        return False

    def keep_for_session(self, name: SecretName, secret: str) -> None:
        """Keeps the secret in memory until ``forget_session`` or the end of the program."""
        register_secret(secret)
        with self._lock:
            self._session[name] = secret

    def forget(self, name: SecretName) -> bool:
        """Removes the secret from memory and from the keyring.

        False where the keyring fails; when it only hangs, the secret is removed once it answers again.
        """
        with self._lock:
            self._session.pop(name, None)
        return self._try(lambda: self._delete(name), False, must_run=True)

    def forget_session(self) -> None:
        """Empties the memory; the keyring keeps what it has."""
        with self._lock:
            self._session.clear()

    def names(self) -> list[SecretName]:
        """What the keyring holds, sorted; empty where it fails."""
        return sorted(self._try(lambda: self._read_index(self._backend()), set[SecretName]()))

    def session_names(self) -> list[SecretName]:
        """What is kept in memory only, sorted. Never blocks."""
        with self._lock:
            return sorted(self._session)

    def status(self) -> KeyringStatus:
        """Whether the keyring can be used now; never brings up a prompt to unlock it."""
        try:
            return self._worker.call(self._look)
        except Exception as e:  # noqa: BLE001 - backends raise what they like
            return KeyringStatus(False, "", self._fault(e, None))

    def close(self) -> None:
        """Forgets the session and ends the keyring thread; afterwards nothing is found or stored."""
        self.forget_session()
        self._worker.close()

    # --- in the caller's thread ---------------------------------------------------------------------------

    def _try(
        self, work: Callable[[], _T], otherwise: _T, secret: str | None = None, *, must_run: bool = False
    ) -> _T:
        try:
            result = self._worker.call(work, must_run=must_run)
        except Exception as e:  # noqa: BLE001 - backends raise what they like
            self._tell(self._fault(e, secret))
            return otherwise
        with self._lock:
            self._told.clear()  # it works again: the next failure is news
        return result

    @staticmethod
    def _fault(e: Exception, secret: str | None) -> Fault:
        if isinstance(e, RelayTrayError):
            return e.fault
        if isinstance(e, KeyringTimeoutError):
            return Fault.of(FaultCode.KEYRING_TIMEOUT)
        return keyring_access.fault_of(e, secret)

    def _tell(self, fault: Fault) -> None:
        with self._lock:
            is_news = fault.code not in self._told
            self._told.add(fault.code)
        if is_news:
            log.info("The keyring cannot be used (%s); secrets are kept for the session only.", fault.code)
            if self._on_fault is not None:
                self._on_fault(fault)

    # --- in the keyring thread ----------------------------------------------------------------------------

    def _backend(self) -> Backend:
        backend = self._given_backend or keyring_access.choose_backend()
        if backend is None:
            raise error(FaultCode.KEYRING_MISSING)
        return backend

    def _look(self) -> KeyringStatus:
        backend = self._backend()
        fault = Fault.of(FaultCode.KEYRING_LOCKED) if keyring_access.is_locked(backend) else None
        return KeyringStatus(fault is None, keyring_access.name_of(backend), fault)

    def _fetch(self, name: SecretName) -> str | None:
        backend = self._backend()
        secret = backend.get_password(*self._entry(name))
        if secret is not None:
            # Another process may have lost this name while both changed the index.
            with contextlib.suppress(Exception):
                self._add_to_index(backend, name)
        return secret

    def _store(self, name: SecretName, secret: str) -> bool:
        backend = self._backend()
        if keyring_access.is_too_long(backend, secret):
            reason = "the secret is longer than the Windows Credential Manager can hold"
            raise error(FaultCode.KEYRING_BROKEN, reason=reason)
        self._add_to_index(backend, name, anew=True)  # first: a secret must not be there and not be listed
        backend.set_password(*self._entry(name), secret)
        return True

    def _delete(self, name: SecretName) -> bool:
        backend = self._backend()
        keyring_access.delete(backend, *self._entry(name))
        names = self._read_index(backend)
        if name in names:
            self._write_index(backend, names - {name})
        self._indexed.discard(name)
        return True

    def _entry(self, name: SecretName) -> tuple[str, str]:
        return f"{self._service}:{name.subject}", name.kind

    # --- the index of names, in the keyring thread --------------------------------------------------------

    def _add_to_index(self, backend: Backend, name: SecretName, *, anew: bool = False) -> None:
        if name in self._indexed and not anew:
            return
        names = self._read_index(backend)
        if name not in names:
            self._write_index(backend, names | {name})
        self._indexed.add(name)

    def _read_index(self, backend: Backend) -> set[SecretName]:
        names: set[SecretName] = set()
        for number in range(1, 1000):
            shard = backend.get_password(*self._shard(number))
            if shard is None:
                break
            names |= _names_in(shard)
        return names

    def _write_index(self, backend: Backend, names: set[SecretName]) -> None:
        shards = _shards_of(names)
        for number, shard in enumerate(shards, 1):
            if keyring_access.is_too_long(backend, shard):
                raise error(FaultCode.KEYRING_BROKEN, reason="the name of the key is too long for it")
            if backend.get_password(*self._shard(number)) != shard:
                backend.set_password(*self._shard(number), shard)
        number = len(shards) + 1
        while backend.get_password(*self._shard(number)) is not None:
            keyring_access.delete(backend, *self._shard(number))
            number += 1

    def _shard(self, number: int) -> tuple[str, str]:
        return f"{self._service}-index-{number}", "index"


def _shards_of(names: set[SecretName]) -> list[str]:
    """The names as JSON lists, each of a size that every keyring holds."""
    shards: list[list[list[str]]] = []
    size = _SHARD_CHARACTERS
    for name in sorted(names):
        entry = [name.kind, name.subject]
        length = len(json.dumps(entry, ensure_ascii=False)) + 2
        if size + length > _SHARD_CHARACTERS:
            shards.append([])
            size = 0
        shards[-1].append(entry)
        size += length
    return [json.dumps(shard, ensure_ascii=False) for shard in shards]


def _names_in(shard: str) -> set[SecretName]:
    """Tolerant: another program, or a person with a keyring editor, may have been there."""
    try:
        entries = json.loads(shard)
    except (ValueError, RecursionError):
        return set()
    found = set()
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, list) and len(entry) == 2 and entry[0] in KINDS and isinstance(entry[1], str):
            found.add(SecretName(entry[0], entry[1]))
    return found
