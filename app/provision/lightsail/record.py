"""What RelayTray makes in the account, on disk before it is made.

So a run that broke off is resumed or cleaned from it. One small file for each machine, ``cloud/<id>.json``
beside the profiles, without any secret. The names of the things follow from it, so nothing that the service
answers is needed to find them again. The names of an account are one namespace across all kinds of things, so
each kind has an ending of its own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import secrets
import string
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from app.core.cloud import OpenPort, ThingKind
from app.core.faults import FaultCode, RelayTrayError, error
from app.storage.atomic_file import make_private_folder, write_private
from app.storage.paths import Paths
from app.system.run_folder import make_run_folder, reason_of

PREFIX = "relaytray-"  # of everything that we make in an account
TAG = "relaytray"  # whose value is the record's id
_VERSION = 1
_ID_LENGTH = 8
_LONGEST_SLUG = 30
_ENDINGS = {ThingKind.INSTANCE: "", ThingKind.STATIC_IP: "-ip", ThingKind.KEY_PAIR: "-key"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRecord:
    id: str  # [a-z0-9]{8}
    name: str  # of the relay's profile
    region: str
    zone: str
    image: str
    size: str
    price: float  # a month, when it was made
    account: str = ""  # profile of the AWS configuration
    owner: str = ""  # number of the AWS account; "" = not known
    ports: tuple[OpenPort, ...] = ()
    planned: tuple[ThingKind, ...] = ()  # what the service was, or was to be, asked for
    relay_id: str = ""  # of the profile, once it is there
    host: str = ""
    user: str = ""

    def name_of(self, kind: ThingKind) -> str:
        """As the account has it: letters, digits and dashes."""
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:_LONGEST_SLUG].strip("-")
        return f"{PREFIX}{slug}-{self.id}{_ENDINGS[kind]}" if slug else f"{PREFIX}{self.id}{_ENDINGS[kind]}"


def new_record_id() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(_ID_LENGTH))


class Records:
    """Any thread. What cannot be read is told with the file's path, and never overwritten."""

    def __init__(self, paths: Paths) -> None:
        self._folder = paths.root / "cloud"
        self._keys = paths.own_key.parent
        self._run_folder = paths.run_folder

    def key_path(self, record: MachineRecord) -> Path:
        """The private key that its machine lets in."""
        return self._keys / f"{PREFIX}{record.id}"

    def all(self) -> tuple[tuple[MachineRecord, ...], tuple[RelayTrayError, ...]]:
        """Those that can be read, and why others cannot: FILE_DAMAGED, FILE_UNREADABLE, FILE_TOO_NEW.

        One that is damaged keeps nobody from the others: what they are about costs money.
        """
        records: list[MachineRecord] = []
        damaged: list[RelayTrayError] = []
        for path in sorted(self._folder.glob("*.json")) if self._folder.is_dir() else ():
            try:
                records.append(_read(path))
            except RelayTrayError as e:
                damaged.append(e)
        return tuple(records), tuple(damaged)

    def save(self, record: MachineRecord) -> MachineRecord:
        """On disk before it returns. Raises FILE_UNWRITABLE."""
        path = self._path(record)
        try:
            make_private_folder(self._folder)
            write_private(path, (json.dumps(_raw(record), indent=1) + "\n").encode())
        except OSError as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=reason_of(e)) from e
        return record

    def erase(self, record: MachineRecord) -> None:
        """Raises FILE_UNWRITABLE."""
        path = self._path(record)
        try:
            path.unlink(missing_ok=True)
        except OSError as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=reason_of(e)) from e

    @contextlib.contextmanager
    def alone_with(self, name: str) -> Iterator[None]:
        """While entered, no other run of this user makes or takes away a machine. Raises SETUP_RUNNING."""
        make_run_folder(self._run_folder)
        lock = filelock.FileLock(self._run_folder / "cloud.lock", mode=0o600, thread_local=False)
        try:
            lock.acquire(blocking=False)
        except filelock.Timeout:
            raise error(FaultCode.SETUP_RUNNING, name=name) from None
        except (OSError, NotImplementedError) as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=lock.lock_file, reason=reason_of(e)) from e
        try:
            yield
        finally:
            lock.release()

    def _path(self, record: MachineRecord) -> Path:
        return self._folder / f"{record.id}.json"


def _raw(record: MachineRecord) -> dict[str, Any]:
    return {"format": "relaytray-machine", "version": _VERSION, **dataclasses.asdict(record)}


def _read(path: Path) -> MachineRecord:
    try:
        raw = json.loads(path.read_bytes())
    except OSError as e:
        raise error(FaultCode.FILE_UNREADABLE, path=path, reason=reason_of(e)) from e
    except ValueError as e:
        raise _damaged(path, "it is no JSON") from e
    if not isinstance(raw, dict) or raw.get("format") != "relaytray-machine":
        raise _damaged(path, "it is no record of a machine")
    if raw.get("version") != _VERSION:
        raise error(FaultCode.FILE_TOO_NEW, path=path, version=raw.get("version"), kept="")
    try:
        record = MachineRecord(
            id=_text(raw, "id"),
            name=_text(raw, "name"),
            region=_text(raw, "region"),
            zone=_text(raw, "zone"),
            image=_text(raw, "image"),
            size=_text(raw, "size"),
            price=float(raw["price"]),
            account=_text(raw, "account"),
            owner=_text(raw, "owner"),
            ports=tuple(OpenPort(port=int(p["port"]), protocol=_text(p, "protocol")) for p in raw["ports"]),
            planned=tuple(ThingKind(kind) for kind in raw["planned"]),
            relay_id=_text(raw, "relay_id"),
            host=_text(raw, "host"),
            user=_text(raw, "user"),
        )
    except (KeyError, TypeError, ValueError) as e:
        raise _damaged(path, f"a field of it is missing or wrong ({e})") from e
    if record.id != path.stem or not re.fullmatch(r"[a-z0-9]{8}", record.id):
        raise _damaged(path, "its name is not its id")
    return record


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _damaged(path: Path, reason: str) -> Exception:
    return error(FaultCode.FILE_DAMAGED, path=path, reason=reason, kept="")
