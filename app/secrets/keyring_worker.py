"""One thread for all calls to the keyring: they can hang for ever, and backends are not all thread-safe."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_T = TypeVar("_T")
CLOSE_TIMEOUT_S = 2.0


class KeyringTimeoutError(Exception):
    """No answer in time, or an earlier call still waits for one."""


@dataclass(eq=False)
class _Job(Generic[_T]):
    work: Callable[[], _T]
    answer: Future[_T] = field(default_factory=Future)


class KeyringWorker:
    """Runs calls one after the other in a thread of its own, which starts with the first call.

    A call that hangs cannot be ended from outside: then later calls fail at once instead of waiting behind
    it, until it comes back. The thread is a daemon so that a dead keyring does not keep the program from
    ending.
    """

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._jobs: queue.SimpleQueue[_Job[object] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._overdue: Future[object] | None = None

    def call(self, work: Callable[[], _T], *, must_run: bool = False) -> _T:
        """The result of ``work``, or what it raised. Blocks up to the time-out; any thread but the GUI's.

        With ``must_run`` the work is done later if it cannot be done in time; without, it is dropped unless
        it has begun. Raises KeyringTimeoutError, also after ``close``.
        """
        job = _Job(work)
        with self._lock:
            if self._is_closed:
                raise KeyringTimeoutError
            is_stuck = self._overdue is not None and not self._overdue.done()
            if is_stuck and not must_run:
                raise KeyringTimeoutError
            self._start()
            self._jobs.put(job)  # type: ignore[arg-type]
        try:
            return job.answer.result(0.0 if is_stuck else self._timeout_s)
        except FutureTimeoutError:
            # Work may raise TimeoutError itself (the same class from Python 3.11 on): then it is done.
            if job.answer.done():
                return job.answer.result()
        if must_run or not job.answer.cancel():
            with self._lock:
                self._overdue = job.answer  # type: ignore[assignment]
        raise KeyringTimeoutError

    def close(self) -> None:
        """Ends the thread, waiting for a call that is under way for a moment only."""
        with self._lock:
            self._is_closed = True
            thread, self._thread = self._thread, None
        if thread is not None:
            self._jobs.put(None)
            thread.join(CLOSE_TIMEOUT_S)

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="keyring", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            if job is None:
                return
            if job.answer.set_running_or_notify_cancel():
                self._do(job)

    @staticmethod
    def _do(job: _Job[object]) -> None:
        try:
            result = job.work()
        except BaseException as e:  # noqa: BLE001 - every failure is the caller's to judge
            job.answer.set_exception(e)
        else:
            job.answer.set_result(result)
