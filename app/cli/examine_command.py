"""``doctor [NAME]``: the whole chain, hop by hop, each check told as soon as it is known."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from app.cli.context import Context
from app.cli.control_handler import find_profile
from app.cli.exit_codes import ExitCode
from app.cli.interrupts import Interrupts
from app.cli.output import fault_value
from app.cli.session import Session
from app.cli.wiring import Doctor, DoctorRequest
from app.core.diagnosis import Diagnosis, Examined, Verdict
from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Document, Relay, Server
from app.export.doctor_report import title
from app.export.mask import Mask
from app.sentences.of_diagnosis import check_name, examined_sentence
from app.storage.atomic_file import write_private

_SIGNS = {Verdict.GOOD: "ok", Verdict.WARNING: "!", Verdict.BAD: "x", Verdict.SKIPPED: "-"}


def doctor(context: Context) -> int:
    """All of a person's servers, and relays without any, unless one is named."""
    document, cancelled = context.load(), threading.Event()
    chains = _chains(document, context.arguments.names)
    if not chains:
        context.out.text("There is nothing to look at yet. Add a relay first: relaytray relay add.")
    with Interrupts(cancelled.set), Session(context, document) as session:
        request = DoctorRequest(
            paths=context.paths,
            document=document,
            tools=session.manager.tools,
            our_ports=lambda: _our_ports(context),
            config=context.arguments.config,
        )
        found = context.wiring.make_doctor(request)
        return _Visit(context, found, cancelled).to(chains)


def _chains(document: Document, names: Sequence[str]) -> list[tuple[Relay, Server | None]]:
    """Raises NO_SUCH_SERVER."""
    if not names:
        alone = [relay for relay in document.relays if not document.servers_of(relay.id)]
        return [*_with_relays(document, document.servers), *((relay, None) for relay in alone)]
    chains: list[tuple[Relay, Server | None]] = []
    for name in names:
        found = find_profile(document, name)
        chains += _with_relays(document, [found]) if isinstance(found, Server) else [(found, None)]
    return chains


def _with_relays(document: Document, servers: Sequence[Server]) -> Iterator[tuple[Relay, Server | None]]:
    for server in servers:
        relay = document.relay(server.relay_id)
        if relay is None:
            raise error(FaultCode.NO_SUCH_RELAY, name=server.relay_id, near="")
        yield relay, server


def _our_ports(context: Context) -> Collection[int]:
    """Of the running program; none when there is none."""
    try:
        listeners = context.control.call("status").get("listeners", [])
    except RelayTrayError:
        return ()
    return {
        int(listener["address"].rpartition(":")[2])
        for listener in listeners
        if listener["state"] == "listening"
    }


class _Visit:
    def __init__(self, context: Context, doctor: Doctor, cancelled: threading.Event) -> None:
        self._context, self._doctor, self._cancelled = context, doctor, cancelled
        self._mask: Mask | None = doctor.mask() if context.arguments.mask else None
        self._hint = _Hint(is_shown=not context.out.as_json and sys.stderr.isatty())

    def to(self, chains: Sequence[tuple[Relay, Server | None]]) -> int:
        found = []
        for relay, server in chains:
            self._begin(relay, server)
            server_id = "" if server is None else server.id
            with self._hint:
                diagnosis = self._doctor.examine(relay.id, server_id, self._tell, self._cancelled)
            found.append(diagnosis if self._mask is None else self._mask.diagnosis(diagnosis))
        is_good = all(diagnosis.is_good for diagnosis in found)
        self._context.out.value(
            {"healthy": is_good, "diagnoses": [diagnosis_value(diagnosis) for diagnosis in found]}
        )
        if self._context.arguments.report is not None:
            self._write_report(self._context.arguments.report, found)
        return ExitCode.OK if is_good else ExitCode.NOT_HEALTHY

    def _begin(self, relay: Relay, server: Server | None) -> None:
        named = Diagnosis(relay_name=relay.name, alias="" if server is None else server.alias, checks=())
        self._context.out.text(title(named if self._mask is None else self._mask.diagnosis(named)))

    def _tell(self, examined: Examined) -> None:
        if examined.verdict is Verdict.RUNNING:
            self._hint.show(f"  ...  {check_name(examined.check)} ")
            return
        self._hint.clear()
        if self._mask is not None:
            examined = self._mask.examined(examined)
        figure = f" ({examined.figure})" if examined.figure else ""
        name = f"{check_name(examined.check)}{figure}"
        self._context.out.text(f"  {_SIGNS[examined.verdict]:>3}  {name}: {examined_sentence(examined)}")

    def _write_report(self, path: Path, found: Sequence[Diagnosis]) -> None:
        """What was found is masked already."""
        text = self._doctor.report(found, masked=False)
        try:
            write_private(path.absolute(), text.encode())
        except OSError as e:
            raise error(FaultCode.FILE_UNWRITABLE, path=path, reason=e.strerror or e) from e
        self._context.out.text(f"Written: {path}")


class _Hint:
    """What is looked at just now, on a terminal, until its outcome takes its place."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown, self._length = is_shown, 0

    def show(self, text: str) -> None:
        self._length = len(text)
        self._put(f"\r{text}")

    def clear(self) -> None:
        self._put(f"\r{' ' * self._length}\r" if self._length else "")
        self._length = 0

    def _put(self, text: str) -> None:
        if self._is_shown and text:
            with contextlib.suppress(OSError):
                sys.stderr.write(text)
                sys.stderr.flush()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_exc: object) -> None:
        self.clear()


def diagnosis_value(diagnosis: Diagnosis) -> dict[str, Any]:
    """A diagnosis as JSON shows it."""
    return {
        "relay": diagnosis.relay_name,
        "alias": diagnosis.alias,
        "healthy": diagnosis.is_good,
        "checks": [_examined_value(examined) for examined in diagnosis.checks],
    }


def _examined_value(examined: Examined) -> dict[str, Any]:
    return {
        "check": str(examined.check),
        "verdict": str(examined.verdict),
        "advice": None if examined.advice is None else str(examined.advice),
        "details": dict(examined.details),
        "figure": examined.figure,
        "sentence": examined_sentence(examined),
        "fault": None if examined.fault is None else fault_value(examined.fault),
    }
