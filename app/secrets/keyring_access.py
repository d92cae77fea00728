"""Which of the keyrings that ``keyring`` offers is used, and what its errors mean as faults.

Everything here may block for as long as the keyring does; it runs in the keyring thread only.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.core.faults import Fault, FaultCode

# The systems' own. Whatever else is installed may well write to a file (keyrings.alt does), or to nowhere.
SYSTEM_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService",
        "keyring.backends.libsecret",
        "keyring.backends.kwallet",
        "keyring.backends.macOS",
        "keyring.backends.Windows",
    }
)
# CRED_MAX_CREDENTIAL_BLOB_SIZE (wincred.h) is 5 * 512 bytes, and keyring writes UTF-16.
WINDOWS_LIMIT_BYTES = 2560
_WINDOWS_BACKEND = "keyring.backends.Windows"
_CHAINER = "keyring.backends.chainer"
_DISMISSED = "dismissed"  # secretstorage: the person closed the prompt that makes the first collection

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend as Backend


def choose_backend() -> Backend | None:
    """The keyring of this system; None where there is none that keeps secrets properly.

    Honours ``PYTHON_KEYRING_BACKEND`` and keyring's own configuration as far as these name such a one.
    Raises whatever the backends raise.
    """
    import keyring

    configured = _usable([keyring.get_keyring()])
    # keyring looks round once in the life of a process; a keyring that came up since is found here.
    return configured or (_usable(_all_now()) if _is_unconfigured() else None)


def name_of(backend: Backend) -> str:
    """What the settings page shows, e.g. "SecretService"."""
    return type(backend).__module__.rpartition(".")[2]


def is_too_long(backend: Backend, secret: str) -> bool:
    """Whether this keyring cannot hold a secret of that length."""
    if type(backend).__module__ != _WINDOWS_BACKEND:
        return False
    return len(secret.encode("utf-16-le", "surrogatepass")) > WINDOWS_LIMIT_BYTES


def is_locked(backend: Backend) -> bool:
    """Whether the keyring is known to be locked, found out without asking the person to unlock it.

    Only the Secret Service can tell; the others are taken to be open until they refuse.
    """
    if type(backend).__module__ != "keyring.backends.SecretService":
        return False
    import secretstorage

    connection = secretstorage.dbus_init()
    try:
        collection = secretstorage.Collection(connection, "/org/freedesktop/secrets/aliases/default")
        return bool(collection.is_locked())
    except secretstorage.ItemNotFoundException:
        return False  # nothing was ever stored: the first secret makes the collection
    finally:
        connection.close()


def fault_of(e: Exception, secret: str | None = None) -> Fault:
    """The fault to tell for an exception of a keyring; ``secret`` never gets into it.

    Backends raise more than KeyringError: secretstorage's and jeepney's own, pywin32's, RuntimeError.
    """
    import keyring.errors

    if isinstance(e, keyring.errors.KeyringLocked):
        return Fault.of(FaultCode.KEYRING_LOCKED)
    if isinstance(e, keyring.errors.NoKeyringError):
        return Fault.of(FaultCode.KEYRING_MISSING)
    if isinstance(e, keyring.errors.InitError) and _DISMISSED in str(e):
        return Fault.of(FaultCode.KEYRING_LOCKED)
    text = " ".join(str(e).split())[:200]
    quotes_it = isinstance(e, UnicodeError) or (secret and secret in text)
    told = type(e).__name__ if quotes_it or not text else f"{type(e).__name__}: {text}".rstrip(".")
    return Fault.of(FaultCode.KEYRING_BROKEN, reason=told)


def delete(backend: Backend, service: str, user: str) -> None:
    """Removes an entry; it is no error if there is none."""
    import keyring.errors

    try:
        backend.delete_password(service, user)
    except keyring.errors.PasswordDeleteError:  # not there, or not to be deleted: the two look alike
        if backend.get_password(service, user) is not None:
            raise


def _usable(candidates: Iterable[Backend]) -> Backend | None:
    found: list[Backend] = []
    for backend in candidates:
        module = type(backend).__module__
        if module == _CHAINER:  # several at once: the best of them, and none of the others
            inner = _usable(backend.backends)  # type: ignore[attr-defined]
            found += [inner] if inner else []
        elif module in SYSTEM_BACKENDS:
            found.append(backend)
    return max(found, key=lambda backend: float(type(backend).priority), default=None)


def _all_now() -> list[Backend]:
    from keyring.backend import KeyringBackend

    return [kind() for kind in KeyringBackend.get_viable_backends() if kind.__module__ in SYSTEM_BACKENDS]


def _is_unconfigured() -> bool:
    """Whether keyring itself chose, and found nothing: then a second look is no disobedience."""
    core = sys.modules["keyring.core"]
    return core.load_env() is None and core.load_config() is None
