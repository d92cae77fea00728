"""``proxy`` when no program runs: a link of its own for one connection."""

from __future__ import annotations

import queue
import socket
import threading

from app.cli.context import Context, the_server
from app.cli.exit_codes import ExitCode
from app.cli.interrupts import Interrupts
from app.cli.pump import pump
from app.cli.session import Session
from app.core.faults import Fault, FaultCode

_POLL_S = 0.2  # Python handles signals on Windows only between two calls


def proxy(context: Context) -> int:
    """Standard input and output to the server's port; what fails is one sentence on standard error."""
    document = context.load()
    server = the_server(document, context.arguments.alias)
    outcome: queue.SimpleQueue[Fault | None] = queue.SimpleQueue()  # a signal handler may put into it
    cancelled = Fault.of(FaultCode.CANCELLED, what=f"the connection to {server.alias}")
    ours, theirs = socket.socketpair()
    with ours, Session(context, document) as session:
        arguments = (theirs, server.alias, context.arguments.port, outcome.put)
        opening = threading.Thread(
            target=session.handler.open_proxy_safely, args=arguments, name="proxy-open", daemon=True
        )
        with Interrupts(lambda: outcome.put(cancelled)):
            opening.start()
            fault = _wait(outcome)
        if fault is not None:
            return context.out.fault(fault)
        with Interrupts(lambda: ours.shutdown(socket.SHUT_RDWR)):
            pump(ours)
    return ExitCode.OK


def _wait(outcome: queue.SimpleQueue[Fault | None]) -> Fault | None:
    while True:
        try:
            return outcome.get(timeout=_POLL_S)
        except queue.Empty:
            continue
