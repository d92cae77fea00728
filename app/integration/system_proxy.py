"""Sets the system's proxy while the person wants it, and puts back what was there before, whatever happens.

What was there is written down before anything is changed. A record that a crash, a kill or a power cut left
behind is mended at the next start. Settings that somebody else has changed meanwhile are left as they are.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil

from app.core.faults import FaultCode, RelayTrayError, error
from app.storage.atomic_file import write_private
from app.storage.file_lock import locked
from app.storage.paths import Paths
from app.system.proxy_backends import backend
from app.system.proxy_settings import ProxyBackend, Snapshot, WantedProxy

log = logging.getLogger("relaytray.system-proxy")
_VERSION = 1
_SETTINGS = "of this system's proxy settings"
_LOOK_AGAIN_S = 0.1


class SystemProxy:
    """Thread-safe, and safe beside other processes of ours. Every method may block and start programs."""

    def __init__(self, paths: Paths, used: ProxyBackend | None = None) -> None:
        self._record = paths.root / "system-proxy.json"
        self._backend = used if used is not None else backend()

    @property
    def is_possible(self) -> bool:
        return self._backend is not None

    def read(self) -> Snapshot:
        """What the system is told now, by the names that its own tools use. Raises as ``set``."""
        return self._the_backend().read()

    def set(self, proxy: WantedProxy) -> None:
        """From now on programs use it.

        Raises PROXY_UNSUPPORTED, PROGRAM_MISSING, PROGRAM_FAILED, FILE_UNWRITABLE; what was changed until
        then is put back by ``restore``.
        """
        used = self._the_backend()
        with self._locked():
            now = used.read()
            before = _before(_read(self._record), now)
            wanted = dict(used.wanted(proxy, now))
            self._write_record(before, wanted)
            used.write(wanted)
            # As the system spells it: later, what is ours is known by that.
            seen = used.read()
            self._write_record(before, {name: seen.get(name, value) for name, value in wanted.items()})
            if seen == now != wanted:
                raise error(FaultCode.PROGRAM_FAILED, program=_SETTINGS, reason="they stay as they were")
        log.info("The system's proxy is set to %s, port %d.", proxy.mode, proxy.port)

    def is_ours(self) -> bool:
        """Whether the system is still told what ``set`` has told it, and nobody has changed that."""
        if self._backend is None or not self._record.exists():
            return False
        with self._locked():
            record = _read(self._record)
            now = self._backend.read()
        return record is not None and all(
            now[name] == record["ours"][name] for name in self._touched(record, now)
        )

    def lacks(self, proxy: WantedProxy) -> bool:
        """Whether a part of the system has come since ``set`` told the others: a network service."""
        if self._backend is None or not self._record.exists():
            return False
        with self._locked():
            record = _read(self._record)
            now = self._backend.read()
        wanted = self._backend.wanted(proxy, now)
        return record is not None and any(
            wanted[name] != value for name, value in now.items() if name not in record["ours"]
        )

    def restore(self) -> bool:
        """What was there before ``set``. False: there was nothing to put back, or it was not ours any more.

        Raises PROGRAM_MISSING, PROGRAM_FAILED, FILE_UNWRITABLE; the record stays, for another try.
        """
        if self._backend is None or not self._record.exists():
            return False
        with self._locked():
            return self._put_back(_read(self._record))

    def mend(self, patience_s: float = 0.0) -> bool:
        """Undo what a program of ours left behind that is not there any more; wait for its end that long."""
        if self._backend is None:
            return False
        gives_up_at = time.monotonic() + patience_s
        while self._record.exists():
            with self._locked():
                record = _read(self._record)
                if record is None:
                    return False
                if not _is_alive(record["owner"]):
                    log.warning(
                        "A RelayTray that ended without notice had set this system's proxy: put back."
                    )
                    return self._put_back(record)
            if time.monotonic() >= gives_up_at:
                return False
            time.sleep(_LOOK_AGAIN_S)
        return False

    # --- inside the lock ----------------------------------------------------------------------------------

    def _put_back(self, record: dict[str, Any] | None) -> bool:
        if record is None or self._backend is None:
            return False
        before, ours = record["before"], record["ours"]
        now = self._backend.read()
        touched = self._touched(record, now)
        still_ours = {
            name
            for name in touched
            if all(now.get(one) == ours.get(one) for one in (name, *self._backend.needs(name, ours)))
        }
        # The switches first: killed in between, the next try must still find the address beside them.
        switches = {name for name in still_ours if set(self._backend.needs(name, ours)) - {name}}
        settings = dict(now)
        for names in (switches, still_ours - switches):
            settings |= {name: before[name] for name in names}
            self._backend.write(settings)
        seen = self._backend.read()  # gsettings, for one, says nothing when it has changed nothing
        if seen == now and settings != now:
            raise error(FaultCode.PROGRAM_FAILED, program=_SETTINGS, reason="they stay as they were")
        try:
            self._record.unlink()
        except (
            OSError
        ) as e:  # Windows, while a virus scanner has it open: the next try has nothing else to do
            raise _unwritable(self._record, e) from e
        if any(now[name] != before.get(name) for name in touched - still_ours):
            log.warning("Some proxy settings of this system were changed by somebody else and stay so.")
        return bool(still_ours)

    def _touched(self, record: Mapping[str, Any], now: Snapshot) -> frozenset[str]:
        """The settings that we have changed, as far as there still are such: network services come and go."""
        before, ours = record["before"], record["ours"]
        is_same = self._the_backend().is_same
        there = (name for name in ours if name in now)
        return frozenset(n for n in there if not is_same(before.get(n, now[n]), ours[n]))

    def _write_record(self, before: Snapshot, ours: Snapshot) -> None:
        try:
            write_private(self._record, _record(before, ours))
        except OSError as e:
            raise _unwritable(self._record, e) from e

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._record.with_suffix(".lock"), self._record)

    def _the_backend(self) -> ProxyBackend:
        if self._backend is None:
            raise error(FaultCode.PROXY_UNSUPPORTED)
        return self._backend


def _unwritable(path: Path, e: OSError) -> RelayTrayError:
    return error(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or type(e).__name__)


def _before(record: Mapping[str, Any] | None, now: Snapshot) -> Snapshot:
    """What is to come back one day: where we stand, what was there before us; else what is there now."""
    if record is None:
        return now
    before, ours = record["before"], record["ours"]
    return {
        name: before[name] if name in before and value == ours.get(name) else value
        for name, value in now.items()
    }


def _record(before: Snapshot, ours: Snapshot) -> bytes:
    owner = {"pid": os.getpid(), "started": psutil.Process().create_time()}
    record = {"version": _VERSION, "owner": owner, "before": dict(before), "ours": dict(ours)}
    return (json.dumps(record, indent=1) + "\n").encode()


def _read(path: Path) -> dict[str, Any] | None:
    """None where there is none. One that cannot be understood is set aside: there is nothing to put back."""
    try:
        raw: Any = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        raw = None
    if (
        isinstance(raw, dict)
        and raw.get("version") == _VERSION
        and _is_snapshot(raw.get("before"))
        and _is_snapshot(raw.get("ours"))
        and isinstance(raw.get("owner"), dict)
    ):
        return raw
    log.warning("The record %s cannot be understood; the system's proxy is left as it is.", path)
    path.replace(path.with_suffix(".damaged"))
    return None


def _is_snapshot(raw: object) -> bool:
    return isinstance(raw, Mapping) and all(
        value is None or isinstance(value, str | int) for value in raw.values()
    )


def _is_alive(owner: Mapping[str, object]) -> bool:
    """The very process: a number that was used again started at another time."""
    pid, started = owner.get("pid"), owner.get("started")
    if not isinstance(pid, int) or not isinstance(started, int | float):
        return False
    try:
        process = psutil.Process(pid)
        # One that was killed stays in the table until its parent has looked.
        return abs(process.create_time() - started) < 1 and process.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError):
        return False
