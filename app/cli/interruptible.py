"""Work that waits for other machines, called off by Ctrl-C in order.

It runs in a thread of its own: Python's main thread notices a signal only between two calls, and on Windows a
call that waits for a socket is not interrupted at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from app.cli.interrupts import Interrupts

_Result = TypeVar("_Result")
_POLL_S = 0.2


def interruptible(work: Callable[[threading.Event], _Result]) -> _Result:
    """What ``work`` returns or raises. It is given the event that Ctrl-C sets. Main thread only."""
    cancelled = threading.Event()
    outcome: Future[_Result] = Future()

    def run() -> None:
        try:
            outcome.set_result(work(cancelled))
        except BaseException as e:  # noqa: BLE001 - raised anew in the main thread
            outcome.set_exception(e)

    with Interrupts(cancelled.set):
        worker = threading.Thread(target=run, name="command", daemon=True)
        worker.start()
        while worker.is_alive():
            worker.join(_POLL_S)
    return outcome.result()
