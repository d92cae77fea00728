"""What a doctor found, for tests and screenshots, and a doctor that finds it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from typing import Any

from PySide6.QtWidgets import QWidget

from app.core.diagnosis import Advice, Check, Diagnosis, Examined, Examining, Verdict
from app.core.faults import Fault, FaultCode, error
from app.ui.doctor_window import DoctorWindow
from tests.ui import scenes as given

GOOD, WARNING, BAD, SKIPPED = Verdict.GOOD, Verdict.WARNING, Verdict.BAD, Verdict.SKIPPED
TUNNEL_DOWN = Fault.of(FaultCode.TUNNEL_DOWN, alias="lab-gpu", port=22222, relay="tokyo-relay")


def one(
    check: Check,
    verdict: Verdict,
    advice: Advice | None,
    figure: str = "",
    fault: Fault | None = None,
    **details: str,
) -> Examined:
    return Examined(check=check, verdict=verdict, advice=advice, figure=figure, fault=fault, details=details)


def way_to_the_relay() -> list[Examined]:
    version = "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5"
    return [
        one(Check.LOCAL_PORT, GOOD, Advice.PORT_OURS, "10080", address="127.0.0.1:10080, 127.0.0.1:10122"),
        one(
            Check.KEY_FILE,
            GOOD,
            Advice.KEY_GOOD,
            path="/home/chen/.ssh/relay_ed25519",
            key_type="ssh-ed25519",
        ),
        one(Check.DNS, GOOD, Advice.ADDRESSES, "38 ms", host="relay.example.org", addresses="203.0.113.7"),
        one(Check.TCP, GOOD, Advice.TCP_OPEN, "71 ms", host="relay.example.org", port="22"),
        one(Check.SSH_VERSION, GOOD, Advice.SSH_IS, "215 ms", version=version),
        one(Check.HOST_KEY, GOOD, Advice.HOST_KEY_PINNED, fingerprint=given.FINGERPRINT),
        one(Check.LOGIN, GOOD, Advice.LOGGED_IN, user="ubuntu", method="publickey"),
        one(Check.PERMITTED, WARNING, Advice.PERMITS_MORE, what="shell, ssh -R, ssh -L"),
    ]


def all_well() -> list[Examined]:
    return [
        *way_to_the_relay(),
        one(Check.REVERSE_LISTENER, GOOD, Advice.LISTENS, "74 ms", port="22222"),
        one(Check.SERVER_BANNER, GOOD, Advice.BANNER_IS, "160 ms", version="SSH-2.0-OpenSSH_8.9p1"),
        one(Check.SERVER_HOST_KEY, GOOD, Advice.HOST_KEY_PINNED, fingerprint=given.OTHER_FINGERPRINT),
        one(Check.SERVER_LOGIN, GOOD, Advice.LOGGED_IN, user="chen", method="publickey"),
        one(Check.CLOCK, WARNING, Advice.CLOCK_WRONG, "-94 s", seconds="-94"),
        one(Check.ROUND_TRIP, GOOD, Advice.ROUND_TRIP_IS, "82.4 ms", relay_ms="71.2", server_ms="82.4"),
        one(Check.THROUGHPUT, GOOD, Advice.THROUGHPUT_IS, "41 / 9.3 MB/s", down="41 MB/s", up="9.3 MB/s"),
        one(Check.SSH_CONFIG, GOOD, Advice.CONFIG_IN_STEP),
    ]


def tunnel_down() -> list[Examined]:
    earlier = {"check": Check.REVERSE_LISTENER.value}
    later = (Check.SERVER_BANNER, Check.SERVER_HOST_KEY, Check.SERVER_LOGIN)
    return [
        *way_to_the_relay(),
        one(Check.REVERSE_LISTENER, BAD, None, fault=TUNNEL_DOWN),
        *(
            Examined(check=check, verdict=SKIPPED, advice=Advice.EARLIER_FIRST, details=earlier)
            for check in later
        ),
        one(Check.CLOCK, SKIPPED, Advice.CLOCK_UNKNOWN),
        one(Check.ROUND_TRIP, GOOD, Advice.ROUND_TRIP_IS, "71.2 ms", relay_ms="71.2", server_ms=""),
        one(Check.THROUGHPUT, SKIPPED, Advice.NOT_MEASURED),
        one(Check.SSH_CONFIG, WARNING, Advice.CONFIG_NOT_INSTALLED),
    ]


class FakeDoctor:
    """Finds what it was given. ``hold`` stops it before a check, until it is let go or called off."""

    def __init__(self, found: Sequence[Examined] = (), hold: Check | None = None) -> None:
        self.found, self.hold = list(found) or all_well(), hold
        self.go_on, self.is_held = threading.Event(), threading.Event()
        self.calls: list[tuple[str, ...]] = []
        self.reported: list[tuple[Diagnosis, bool]] = []
        self.fault: Fault | None = None

    def examine(
        self, relay_id: str, server_id: str, examining: Examining, cancelled: threading.Event
    ) -> Diagnosis:
        self.calls.append((relay_id, server_id))
        if self.fault is not None:
            raise error(self.fault.code, **self.fault.details)
        for examined in self.found:
            examining(Examined(check=examined.check, verdict=Verdict.RUNNING))
            if examined.check is self.hold:
                self.is_held.set()
                while not self.go_on.wait(0.02) and not cancelled.is_set():
                    pass
            if cancelled.is_set():
                raise error(FaultCode.CANCELLED, what="the doctor")
            examining(examined)
        return Diagnosis(relay_name="tokyo-relay", alias="lab-gpu", checks=tuple(self.found))

    def report(self, diagnoses: Sequence[Diagnosis], *, masked: bool) -> str:
        (diagnosis,) = diagnoses
        self.reported.append((diagnosis, masked))
        return f"report of {len(diagnosis.checks)} checks, masked: {masked}"


class _Never:
    def run(self, task: Callable[[], Any], on_done: Callable[[Future[Any]], None] | None = None) -> None:
        """What is asked for is never done: the scene says what is heard."""


def window(found: Sequence[Examined], *, server: str = "lab-gpu", ends: bool = True) -> DoctorWindow:
    def names() -> tuple[str, str]:
        return "tokyo-relay", server

    made = DoctorWindow("r1", "s1" if server else "", names, FakeDoctor(), _Never(), lambda _found: None)  # type: ignore[arg-type]
    for examined in found:
        made.heard(examined)
    if ends:
        future: Future[Diagnosis] = Future()
        future.set_result(Diagnosis(relay_name="tokyo-relay", alias=server, checks=tuple(found)))
        made._ended(future)
    return made


def scenes() -> Iterator[tuple[str, QWidget]]:
    well = [found for found in all_well() if found.verdict is GOOD or found.check is Check.CLOCK]
    yield "doctor-works", window(all_well())
    yield "doctor-tunnel-down", window(tunnel_down())
    at_login = [*way_to_the_relay()[:6], Examined(check=Check.LOGIN, verdict=Verdict.RUNNING)]
    yield "doctor-running", window(at_login, ends=False)
    stopped = window(at_login, ends=False)
    stopped._stop_now()
    future: Future[Diagnosis] = Future()
    future.set_exception(error(FaultCode.CANCELLED, what="the doctor"))
    stopped._ended(future)
    yield "doctor-stopped", stopped
    permitted = one(Check.PERMITTED, GOOD, Advice.PERMITS_ONLY_THIS)
    clock = one(Check.CLOCK, GOOD, Advice.CLOCK_RIGHT, "0 s", seconds="0")
    whole = sorted([*(one_ for one_ in well if one_.check is not Check.CLOCK), permitted, clock], key=_place)
    good = window(whole)
    good.say("Copied.")
    yield "doctor-good", good
    alone = [found for found in whole if found.check in _OF_RELAY]
    yield "doctor-relay", window(alone, server="")


_OF_RELAY = {Check.LOCAL_PORT, Check.KEY_FILE, Check.DNS, Check.TCP, Check.SSH_VERSION, Check.HOST_KEY} | {
    Check.LOGIN,
    Check.PERMITTED,
    Check.CLOCK,
    Check.ROUND_TRIP,
    Check.THROUGHPUT,
}


def _place(examined: Examined) -> int:
    return list(Check).index(examined.check)
