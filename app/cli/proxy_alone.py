"""``proxy`` when no program runs: a link of its own for one connection."""

from __future__ import annotations

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
    outcome: list[Fault | None] = []
    answered = threading.Event()

    def done(fault: Fault | None) -> None:
        outcome.append(fault)
        answered.set()

    def interrupted() -> None:
        done(Fault.of(FaultCode.CANCELLED, what=f"the connection to {server.alias}"))
        session.prompts.cancel_current()

    ours, theirs = socket.socketpair()
    with ours, Session(context, document) as session, Interrupts(interrupted):
        opening = threading.Thread(
            target=session.handler.open_proxy_safely,
            args=(theirs, server.alias, context.arguments.port, done),
            name="proxy-open",
            daemon=True,
        )
        opening.start()
        while not answered.wait(_POLL_S):
            continue
        if outcome[0] is not None:
            return context.out.fault(outcome[0])
        with Interrupts(lambda: ours.shutdown(socket.SHUT_RDWR)):
            pump(ours)
    return ExitCode.OK
