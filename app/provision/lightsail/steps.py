"""One run through steps, forwards or backwards: each is told when it begins, goes on, and has ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from app.core.cloud import CloudProgress, CloudReport, CloudStep
from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.provisioning import StepState
from app.provision.lightsail.account import NotThereError, Waiting

log = logging.getLogger("relaytray.provision")

Did = tuple[StepState, str]  # RIGHT or DONE, and a name or an address
Work = tuple[CloudStep, Callable[[], Did]]


class Run:
    """Not thread-safe: one thread goes through it. ``waiting`` is for what its steps wait for."""

    def __init__(self, progress: CloudProgress, cancelled: threading.Event, *, patience_s: float) -> None:
        self._progress = progress
        self._start = time.monotonic()
        self._step = CloudStep.LOGIN_KEY
        self.waiting = Waiting(cancelled, self._goes_on, patience_s)

    def through(self, steps: Sequence[Work]) -> tuple[CloudReport, ...]:
        """Ends with the first step that fails, which is the last report then."""
        reports: list[CloudReport] = []
        for self._step, work in steps:
            self._goes_on()
            reports.append(self._done(self._step, work))
            self._progress(reports[-1])
            if reports[-1].fault is not None:
                break
        return tuple(reports)

    def _done(self, step: CloudStep, work: Callable[[], Did]) -> CloudReport:
        try:
            self.waiting.check(str(step))
            state, detail = work()
        except RelayTrayError as e:
            return self._failed(step, e.fault)
        except NotThereError:
            reason = "something of it is not there any more"
            return self._failed(step, Fault.of(FaultCode.CLOUD_REFUSED, action=step, reason=reason))
        return CloudReport(step=step, state=state, elapsed_s=self._elapsed(), detail=detail)

    def _failed(self, step: CloudStep, fault: Fault) -> CloudReport:
        log.info("Lightsail, %s: %s", step, fault)
        return CloudReport(step=step, state=StepState.FAILED, elapsed_s=self._elapsed(), fault=fault)

    def _goes_on(self) -> None:
        self._progress(CloudReport(step=self._step, state=StepState.RUNNING, elapsed_s=self._elapsed()))

    def _elapsed(self) -> float:
        return time.monotonic() - self._start
