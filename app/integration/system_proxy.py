"""Sets the system's proxy while the person wants it, and puts back what was there before, whatever happens.

What was there is written down before anything is changed. A record that a crash, a kill or a power cut left
behind is mended at the next start. Settings that somebody else has changed meanwhile are left as they are.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import psutil

from app.core.faults import FaultCode, error
from app.storage.atomic_file import write_private
from app.storage.file_lock import locked
from app.storage.paths import Paths
from app.system.proxy_settings import ProxyBackend, Snapshot, WantedProxy, backend

_log = logging.getLogger("relaytray.system-proxy")
_VERSION = 1


class SystemProxy:
    """Thread-safe, and safe beside other processes of ours. Every method may block and start programs."""

    def __init__(self, paths: Paths, used: ProxyBackend | None = None) -> None:
        self._record = paths.root / "system-proxy.json"
        self._backend = used if used is not None else backend()

    @property
    def is_possible(self) -> bool:
        return self._backend is not None

    def set(self, proxy: WantedProxy) -> None:
        """From now on programs use it. Raises NOT_ON_THIS_SYSTEM, PROGRAM_FAILED, FILE_UNWRITABLE."""
        used = self._the_backend()
        with self._locked():
            record = _read(self._record)
            now = used.read()
            # Ours over ours: what was there before us stays what is to come back.
            before = record["before"] if record and _is_as(now, record["ours"]) else now
            ours = used.wanted(proxy, now)
            write_private(self._record, _record(before, ours))
            used.write(ours)
        _log.info("The system's proxy is set to %s, port %d.", proxy.mode, proxy.port)

    def restore(self) -> bool:
        """What was there before ``set``. False: there was nothing to put back, or it was not ours any more.

        Raises PROGRAM_MISSING, PROGRAM_FAILED; the record stays, for another try.
        """
        with self._locked():
            record = _read(self._record)
            if record is None or self._backend is None:
                return False
            now = self._backend.read()
            touched = {name for name, value in record["ours"].items() if record["before"].get(name) != value}
            still_ours = {name for name in touched if now.get(name) == record["ours"][name]}
            self._backend.write({**now, **{name: record["before"][name] for name in still_ours}})
            self._record.unlink()
        if still_ours != touched:
            _log.warning("Some proxy settings of this system were changed by somebody else and stay so.")
        return bool(still_ours)

    def mend(self) -> bool:
        """At the start of the program: undo what a program of ours left behind that is not there any more."""
        with self._locked():
            record = _read(self._record)
        if record is None or _is_alive(record["owner"]):
            return False
        _log.warning("A RelayTray that ended without notice had set this system's proxy: it is put back.")
        return self.restore()

    def _locked(self) -> AbstractContextManager[None]:
        return locked(self._record.with_suffix(".lock"), self._record)

    def _the_backend(self) -> ProxyBackend:
        if self._backend is None:
            raise error(FaultCode.NOT_ON_THIS_SYSTEM, what="setting the proxy", system="this desktop")
        return self._backend


def _is_as(now: Snapshot, ours: Snapshot) -> bool:
    return all(now.get(name) == value for name, value in ours.items())


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
    _log.warning("The record %s cannot be understood; the system's proxy is left as it is.", path)
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
        return abs(psutil.Process(pid).create_time() - started) < 1
    except (psutil.Error, ValueError):
        return False
