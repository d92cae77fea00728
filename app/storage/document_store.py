"""The document on disk, shared by every RelayTray of this user: the tray, and each command line.

All methods may be called from any thread. They block for a moment (a file, a lock), so keep them off the
GUI thread.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from app.core.document import UPGRADES, VERSION, Raw, Step, damaged, from_json, to_json, version_of
from app.core.faults import Fault, FaultCode, RelayTrayError, error
from app.core.profiles import Document
from app.storage.atomic_file import refuse_what_is_no_file, write_private
from app.storage.file_lock import locked
from app.storage.paths import Paths

Edit = Callable[[Document], Document]
AfterWrite = Callable[[Document], Sequence[Fault]]
Signature = tuple[int, int, int]
MAX_BYTES = 64 * 1024 * 1024  # a thousand profiles have 1 MB

log = logging.getLogger("relaytray.storage")


class _UnusableError(Exception):
    """The document is damaged or newer; it holds what was read."""

    def __init__(self, data: bytes, fault: Fault) -> None:
        super().__init__(fault.code)
        self.data = data
        self.fault = fault


class DocumentStore:
    """Loads and saves the document. ``reports`` collects what the person should hear about, oldest first.

    ``after_write`` hears each document that was written, inside the lock, so that what follows from the
    document is in step with it; the faults it returns become reports, and undo nothing.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        upgrades: Mapping[int, Step] = UPGRADES,
        version: int = VERSION,
        after_write: AfterWrite = lambda _document: (),
    ) -> None:
        self._paths = paths
        self._after_write = after_write
        self._upgrades = upgrades
        self._version = version
        self._signature: Signature | None = None
        self._thread_lock = threading.RLock()
        self.reports: list[Fault] = []

    def load(self) -> Document:
        """The document as it is on disk; an empty one where there is none.

        A damaged or newer file is set aside beside it and reported, and the backup takes its place if it
        can be read. Raises RelayTrayError: FILE_UNREADABLE, or FILE_UNWRITABLE when such a file cannot be
        set aside.
        """
        if not self._paths.root.exists():
            return Document()
        with self._thread_lock:
            with contextlib.suppress(_UnusableError):
                return self._read()
            with self._locked():  # only a repair writes; a healthy file is read without a lock
                return self._load_or_repair()

    def save(self, document: Document) -> None:
        """Replaces the document on disk; what was there becomes the backup.

        Raises RelayTrayError: FILE_UNWRITABLE, FILE_UNREADABLE.
        """
        with self._locked():
            self._load_or_repair()  # never replaces what cannot be read without setting it aside
            self._write(document)

    def edit(self, change: Edit) -> Document:
        """Loads, changes and saves with no other process in between; returns the new document.

        What ``change`` raises passes through, with nothing saved. Raises as ``load`` and ``save``.
        """
        with self._locked():
            before = self._load_or_repair()
            after = change(before)
            if after != before:
                self._write(after)
            return after

    def refresh(self) -> None:
        """As if it were just written: for what may have fallen out of step with it. Raises as ``load``."""
        if self._paths.root.exists():
            with self._locked():
                self._follow(self._load_or_repair())

    def changed_on_disk(self) -> bool:
        """Whether somebody else replaced the document since this store last loaded or saved it."""
        with self._thread_lock:
            return signature(self._paths.document) != self._signature

    # --- inside the lock ----------------------------------------------------------------------------------

    def _load_or_repair(self) -> Document:
        try:
            return self._read()
        except _UnusableError as e:
            return self._repaired(e.data, e.fault)

    def _read(self) -> Document:
        # The signature first: a change right after it is then seen as one.
        self._signature = signature(self._paths.document)
        data = read_bytes(self._paths.document)
        if data is None:
            self._signature = None
            return Document()
        try:
            return self._parsed(data)
        except RelayTrayError as e:
            raise _UnusableError(data, e.fault) from e

    def _parsed(self, data: bytes) -> Document:
        return from_json(parse_json(data), self._upgrades, self._version)

    def _repaired(self, data: bytes, fault: Fault) -> Document:
        is_newer = fault.code is FaultCode.FILE_TOO_NEW
        kept = self._set_aside(data, "newer" if is_newer else "damaged")
        names = {"path": str(self._paths.document), "kept": str(kept)}
        self.reports.append(Fault(fault.code, {**fault.details, **names}))
        document = self._from_backup()
        if document is None:
            self._unlink(self._paths.document)
            self._signature = None
            self._follow(Document())
            return Document()
        self._write_file(self._paths.document, encoded(document, self._version))
        self._signature = signature(self._paths.document)
        restored = {"path": str(self._paths.document), "backup": str(self._paths.backup)}
        self.reports.append(Fault(FaultCode.FILE_RESTORED, restored))
        self._follow(document)
        return document

    def _set_aside(self, data: bytes, why: str) -> Path:
        """A copy first, so that no moment is without one; the same content is kept once."""
        number = 1
        while True:
            kept = self._paths.root / f"profiles.{why}-{number}.json"
            found = read_bytes(kept)
            if found is None:
                self._write_file(kept, data)
            if found is None or found == data:
                return kept
            number += 1

    def _from_backup(self) -> Document | None:
        with contextlib.suppress(RelayTrayError):
            data = read_bytes(self._paths.backup)
            if data is not None:
                return self._parsed(data)
        return None

    def _write(self, document: Document) -> None:
        data = encoded(document, self._version)
        previous = read_bytes(self._paths.document)
        if previous == data:
            return
        if previous is not None:
            self._keep_before_upgrade(previous)
            self._write_file(self._paths.backup, previous)
        self._write_file(self._paths.document, data)
        self._signature = signature(self._paths.document)
        self._follow(document)

    def _follow(self, document: Document) -> None:
        try:
            self.reports += self._after_write(document)
        except Exception as e:  # the document is saved, and must not seem otherwise
            log.exception("What follows from the profiles could not be brought up to date.")
            self.reports.append(Fault.of(FaultCode.INTERNAL, reason=f"{type(e).__name__}: {e}"))

    def _keep_before_upgrade(self, previous: bytes) -> None:
        """The file of an older program stays for good: the one backup is gone with the next change."""
        version = version_of(parse_json(previous))
        kept = self._paths.root / f"profiles.v{version}.json"
        if version != self._version and not kept.exists():
            self._write_file(kept, previous)

    @staticmethod
    def _write_file(path: Path, data: bytes) -> None:
        try:
            write_private(path, data)
        except OSError as e:
            unwritable(path, e)

    @staticmethod
    def _unlink(path: Path) -> None:
        try:
            target = path.resolve() if path.is_symlink() else path
            target.unlink(missing_ok=True)
        except OSError as e:
            unwritable(path, e)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time among all threads and processes. Not to be nested: each use is a lock anew."""
        with self._thread_lock, locked(self._paths.document_lock, self._paths.document):
            yield


# --- one file ---------------------------------------------------------------------------------------------


def read_bytes(path: Path) -> bytes | None:
    """The content, None where there is no such file. Raises RelayTrayError FILE_UNREADABLE."""
    try:
        refuse_what_is_no_file(path)  # a pipe would keep us waiting
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            reason = f"it has more than {MAX_BYTES // 1024 // 1024} MB"
            raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason)
        return data
    except FileNotFoundError:
        return None
    except (OSError, RuntimeError) as e:  # RuntimeError: a loop of links, before Python 3.13
        reason = e.strerror if isinstance(e, OSError) and e.strerror else type(e).__name__
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason) from e


def parse_json(data: bytes) -> object:
    """Raises RelayTrayError FILE_DAMAGED (without path) for what is not JSON in UTF-8."""
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
    except UnicodeDecodeError as e:
        raise damaged("it is not text in UTF-8") from e
    except json.JSONDecodeError as e:
        raise damaged(f"line {e.lineno}, column {e.colno}: {e.msg}") from e
    except (ValueError, RecursionError) as e:  # a number of thousands of digits; brackets without end
        raise damaged("it holds what no JSON file should hold") from e


def encoded(document: Document, version: int = VERSION) -> bytes:
    """The document as the bytes of its file."""
    return encode_json(to_json(document, version))


def encode_json(raw: Raw) -> bytes:
    """JSON that people can read: names in their own script, one field a line."""
    try:
        return (json.dumps(raw, ensure_ascii=False, indent=2) + "\n").encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can spell and UTF-8 cannot
        return (json.dumps(raw, indent=2) + "\n").encode("ascii")


def signature(path: Path) -> Signature | None:
    """Changes whenever the file is replaced; None where there is none."""
    try:
        found = path.stat()
    except (OSError, RuntimeError):
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def unwritable(path: Path, e: OSError) -> NoReturn:
    raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or type(e).__name__) from e


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
