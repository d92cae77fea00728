"""Keyring backends that misbehave in ways the real ones were seen to."""

from __future__ import annotations

from pathlib import Path

from keyring.backend import KeyringBackend


class Memory(KeyringBackend):
    """Well behaved; the others begin with it."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        from keyring.errors import PasswordDeleteError

        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("No such password!")


class File(Memory):
    """Like those of keyrings.alt: it would write the secret to a file."""

    priority = 99

    def set_password(self, service: str, username: str, password: str) -> None:
        (Path.home() / "secrets.txt").write_text(password)


class Raises(Memory):
    """Raises whatever it is told to, as pywin32's and secretstorage's errors come through."""

    def __init__(self, raised: Exception) -> None:
        super().__init__()
        self.raised = raised

    def get_password(self, service: str, username: str) -> str | None:
        raise self.raised

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.raised


class Windows(Memory):
    """Takes the place of the Credential Manager with its limit."""

    def set_password(self, service: str, username: str, password: str) -> None:
        if len(password.encode("utf-16-le")) > 2560:
            raise OSError(1783, "The stub received bad data")
        super().set_password(service, username, password)


Windows.__module__ = "keyring.backends.Windows"

# keyring chooses among all classes that it knows of: these are for those who ask for them.
KeyringBackend._classes -= {kind for kind in KeyringBackend._classes if issubclass(kind, Memory)}
