"""Our ssh config in the person's: ``~/.ssh/config`` includes a file of ours, which follows the profiles.

What happens to the person's file is in ``app.export.ssh_config_include`` (which bytes) and
``app.storage.persons_file`` (how they are replaced). Before its first change, and before each that would
lose something no backup has, it is copied to ``config.relaytray-backup`` beside it (``-2``, ... where that
holds something else). ``remove`` deletes the backups that hold just what the file holds then.

ssh itself takes "~" from the user database (Windows: the profile), not from $HOME; so does this.
"""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document
from app.core.uses import SshConfigState
from app.export.ssh_config import ssh_config_file
from app.export.ssh_config_include import (
    OwnedFile,
    Place,
    is_made_by_us,
    place_of,
    refuse_unreadable,
    with_include,
    without_include,
    without_mark,
)
from app.integration.ssh_blocks import block_of
from app.integration.ssh_programs import BAD_RIGHTS, read_with, ssh_programs
from app.storage import persons_file
from app.storage.atomic_file import make_private_folder, write_private
from app.storage.document_store import DocumentStore, read_bytes, unwritable
from app.storage.file_lock import locked
from app.storage.paths import Paths, default_paths

BACKUP_SUFFIX = ".relaytray-backup"


class SshConfigInstall:
    """Thread-safe, and safe beside other processes. Every method blocks: files, locks, ``ssh -G``.

    ``home`` and ``config`` are for tests and for people whose ssh reads another file (``ssh -F``).
    """

    def __init__(self, paths: Paths, home: Path | None = None, config: Path | None = None) -> None:
        self._paths = paths
        self._home = home or ssh_home()
        self._config = config or self._home / ".ssh" / "config"
        self._owned = OwnedFile(str(paths.ssh_config), _include_home(self._home), windows=os.name == "nt")
        self._reports: tuple[Fault, ...] = ()

    # --- what is ----------------------------------------------------------------------------------------

    def state(self) -> SshConfigState:
        """Whether the person's config includes ours, and what keeps ssh from reading either. Never raises."""
        is_installed, fault = False, None
        try:
            data = persons_file.read(self._config)
            if data is not None:
                place = place_of(data, self._owned)
                is_there = self._paths.ssh_config.is_file()
                is_installed = is_there and place in (Place.FIRST, Place.LATE)
                self._refuse_unusable(data)
            if is_installed:
                fault = self._verdict_of_ssh()
        except RelayTrayError as e:
            fault = e.fault
        return SshConfigState(
            is_installed=is_installed,
            user_config=str(self._config),
            owned_file=str(self._paths.ssh_config),
            fault=fault,
        )

    @property
    def reports(self) -> tuple[Fault, ...]:
        """What was left out when our file was last written by this object."""
        return self._reports

    # --- what is done -----------------------------------------------------------------------------------

    def install(self, document: Document) -> SshConfigState:
        """Write our file and let the person's config include it on its first line; twice is as good as once.

        Raises FILE_UNREADABLE, FILE_UNWRITABLE, FILE_NOT_UNDERSTOOD, SSH_CONFIG_UNSAFE; the person's config
        is then what it was. See ``reports`` for servers that were left out.
        """
        with self._locked():
            was_there = self._paths.ssh_config.exists()
            self._write(document)  # first: an Include of a file that is not there does nothing
            try:
                self._put_in()
            except BaseException:
                if not was_there:
                    self._paths.ssh_config.unlink(missing_ok=True)
                raise
        self._follow_store()
        return self.state()

    def remove(self) -> SshConfigState:
        """Take our line out of the person's config, and our file away; nothing else of theirs changes.

        Raises FILE_UNREADABLE, FILE_UNWRITABLE, FILE_NOT_UNDERSTOOD; everything is then what it was.
        """
        with self._locked():
            self._take_out()
            try:
                self._paths.ssh_config.unlink(missing_ok=True)
            except OSError as e:
                unwritable(self._paths.ssh_config, e)
        return self.state()

    def sync(self, document: Document, *, fresh: bool = False) -> tuple[Fault, ...]:
        """Let our file, where it is installed, say what the document says. Never raises.

        Returns what is not as the profiles say, for the person to hear. ``fresh``: put every block before
        ssh again, as at the start of the program, when ssh may be another than before.
        """
        if not self._paths.ssh_config.exists():
            return ()
        try:
            with self._locked():
                is_still_there = self._paths.ssh_config.exists()
                return self._write(document, fresh=fresh) if is_still_there else ()
        except RelayTrayError as e:
            return (e.fault,)

    def _follow_store(self) -> None:
        """The document may have been changed since the caller loaded it, when our file was not there yet."""
        if self._paths.document.exists():
            with contextlib.suppress(RelayTrayError):
                DocumentStore(self._paths, after_write=self.sync).refresh()

    # --- our file ---------------------------------------------------------------------------------------

    def _write(self, document: Document, *, fresh: bool = False) -> tuple[Fault, ...]:
        path = self._paths.ssh_config
        before = read_bytes(path)
        accepted = "" if fresh or before is None else before.decode("utf-8", "surrogateescape")
        blocks = [block_of(self._paths, document, server, accepted) for server in document.servers]
        data_dir = "" if self._paths == default_paths() else str(self._paths.root)
        text = ssh_config_file([block.text for block in blocks if block.text], data_dir)
        data = text.encode("utf-8", "surrogateescape")
        self._reports = faults = tuple(block.fault for block in blocks if block.fault is not None)
        if data != before or unsafe_reason(path):
            try:
                write_private(path, data)
            except OSError as e:
                unwritable(path, e)
        return faults

    # --- the person's file ------------------------------------------------------------------------------

    def _put_in(self) -> None:
        makes_folder = not self._config.parent.exists()
        if makes_folder:
            try:
                make_private_folder(self._config.parent)
            except OSError as e:
                unwritable(self._config, e)

        def change(data: bytes | None) -> bytes | None:
            if data is not None:
                self._refuse_unusable(data)
            return with_include(data, self._owned, makes_folder=makes_folder)

        try:
            persons_file.rewrite(self._config, change, keep=self._back_up)
        except BaseException:
            self._drop_backups()
            if makes_folder:
                with contextlib.suppress(OSError):
                    self._config.parent.rmdir()
            raise

    def _take_out(self) -> None:
        makes_folder = False

        def change(data: bytes | None) -> bytes | None:
            nonlocal makes_folder
            if data is None:
                return None
            self._refuse_unreadable(data)
            is_ours, makes_folder = is_made_by_us(data, self._owned)
            if is_ours and not self._config.is_symlink():
                return None
            makes_folder = False
            rest = without_include(data, self._owned)
            return data if rest == data else without_mark(rest)

        persons_file.rewrite(self._config, change)
        self._drop_backups()
        if makes_folder:
            with contextlib.suppress(OSError):  # the person put something else into it
                self._config.parent.rmdir()

    def _refuse_unreadable(self, data: bytes) -> None:
        try:
            refuse_unreadable(data, windows=self._owned.windows)
        except RelayTrayError as e:
            raise RelayTrayError(Fault(e.fault.code, {**e.fault.details, "path": str(self._config)})) from e

    def _refuse_unusable(self, data: bytes) -> None:
        """What ssh would stop at, or not read, is told before anything is changed."""
        self._refuse_unreadable(data)
        reason = unsafe_reason(self._config)
        if reason:
            raise error(FaultCode.SSH_CONFIG_UNSAFE, path=self._config, reason=reason)

    def _verdict_of_ssh(self) -> Fault | None:
        """Whether ssh stops at the person's config as it is now, or at ours."""
        for program in ssh_programs():
            reading = read_with(program, self._config, "relaytray-looks-whether-ssh-reads-this")
            refusal = reading.refusal if reading.is_final else ""  # a Match exec of theirs may take long
            if BAD_RIGHTS in refusal:  # of what the config includes; the config itself was looked at before
                path = refusal.partition(f"{BAD_RIGHTS} on ")[2] or self._paths.ssh_config
                return Fault.of(FaultCode.SSH_CONFIG_UNSAFE, path=path, reason="others may change it")
            if refusal:
                return Fault.of(FaultCode.FILE_NOT_UNDERSTOOD, path=self._config, reason=refusal)
        return None

    # --- backups ----------------------------------------------------------------------------------------

    def _back_up(self, data: bytes) -> None:
        for backup in self._backups():
            found = persons_file.read(backup)
            if found is None:
                try:
                    write_private(backup, data)
                except OSError as e:
                    unwritable(backup, e)
            if found is None or found == data:
                return

    def _drop_backups(self) -> None:
        """Those that hold what the file itself holds; the others are all that is left of what it held."""
        with contextlib.suppress(RelayTrayError, OSError):
            now = persons_file.read(self._config)
            for backup in self._backups():
                found = persons_file.read(backup)
                if found is None:
                    return
                if found == now:
                    backup.unlink()

    def _backups(self) -> Iterator[Path]:
        yield (first := self._config.with_name(self._config.name + BACKUP_SUFFIX))
        number = 2
        while True:
            yield first.with_name(f"{first.name}-{number}")
            number += 1

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One at a time installs, removes or writes for this data folder."""
        with locked(self._paths.ssh_config_lock, self._paths.ssh_config):
            yield


# --- what ssh thinks of a file ----------------------------------------------------------------------------


def ssh_home() -> Path:
    """The folder that ssh takes for "~"."""
    if sys.platform == "win32":
        return Path.home()
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:  # a container that does not know its own user; ssh does not start there either
        return Path.home()


def unsafe_reason(path: Path) -> str:
    """Why ssh refuses the file by its owner or mode, or "".

    On Windows its access list decides, and ssh itself has to tell: see ``SshConfigInstall.state``.
    """
    if sys.platform == "win32":
        return ""
    try:
        found = path.stat()
    except OSError:
        return ""
    if found.st_uid not in (0, os.getuid()):
        return "it belongs to another user"
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"others may write to it (its mode is {stat.S_IMODE(found.st_mode):04o})"
    return ""


def _include_home(home: Path) -> str:
    """What "~" is in an Include; "" on Windows where $HOME, which ssh asks first, is another folder."""
    variable = os.environ.get("HOME")
    if os.name == "nt" and variable and Path(variable) != home:
        return ""
    return str(home)
