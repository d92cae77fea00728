"""Every file and folder that the program writes. All of them lie under one root."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.core.faults import FaultCode, error

APP_NAME = "RelayTray"


@dataclass(frozen=True, slots=True)
class Paths:
    root: Path

    @classmethod
    def at(cls, folder: Path | str) -> Paths:
        """The paths under a folder that the person chose (``--data-dir``); absolute from here on.

        Raises FILE_UNREADABLE for a "~" that is nobody's.
        """
        return cls(expanded(folder).absolute())

    @property
    def document(self) -> Path:
        return self.root / "profiles.json"

    @property
    def backup(self) -> Path:
        """The document as it was before the last change."""
        return self.root / "profiles.json.bak"

    @property
    def document_lock(self) -> Path:
        return self.root / "profiles.lock"

    @property
    def known_hosts(self) -> Path:
        return self.root / "known_hosts"

    @property
    def own_key(self) -> Path:
        """The private key with which RelayTray on this computer logs in at relays that it has set up."""
        return self.root / "keys" / "this-computer"

    @property
    def ssh_config(self) -> Path:
        """What the person's own ssh config includes; there while it is installed."""
        return self.root / "ssh_config"

    @property
    def ssh_config_lock(self) -> Path:
        return self.root / "ssh_config.lock"

    @property
    def log_folder(self) -> Path:
        return self.root / "logs"

    @property
    def run_folder(self) -> Path:
        """What belongs to the running program: its lock, its socket. Made with access for the user only."""
        return self.root / "run"

    @property
    def socket(self) -> Path:
        return self.run_folder / "control.sock"


def expanded(path: Path | str) -> Path:
    """With the home folder for a "~" at the beginning. Raises FILE_UNREADABLE where that is nobody's."""
    try:
        return Path(path).expanduser()
    except RuntimeError as e:
        raise error(
            FaultCode.FILE_UNREADABLE, path=path, reason=f"{Path(path).parts[0]} is nobody's home folder"
        ) from e


def default_paths() -> Paths:
    """The usual place for this user.

    ``%APPDATA%/RelayTray``, ``~/Library/Application Support/RelayTray``, ``~/.local/share/RelayTray`` (or
    under ``$XDG_DATA_HOME``).
    """
    return Paths(Path(platformdirs.user_data_dir(APP_NAME, appauthor=False, roaming=True)))
