"""One question of a command that runs by itself: through SSH_ASKPASS or the terminal, as ssh chooses."""

from __future__ import annotations

import threading

from app.cli.terminal import open_terminal
from app.core.faults import FaultCode, error
from app.log_setup import register_secret
from app.system.askpass import Turn, find_askpass


def ask_secret(prompt: str) -> str:
    """Not shown while it is typed, and masked in the log. Raises NOBODY_TO_ASK, CANCELLED."""
    typed = ask(prompt, echo=False)
    if typed:
        register_secret(typed)
    return typed


def ask(prompt: str, *, echo: bool, given_up: threading.Event | None = None) -> str:
    """The line that was typed. Raises NOBODY_TO_ASK, CANCELLED; that also once it is ``given_up``."""
    askpass = find_askpass()
    if askpass is None or askpass.turn is not Turn.FIRST:
        terminal = open_terminal()
        if terminal is not None:
            with terminal:
                return _answered(terminal.ask(prompt, echo=echo, given_up=given_up), prompt)
    if askpass is None:
        raise error(FaultCode.NOBODY_TO_ASK, question=prompt.strip())
    return _answered(askpass.ask(prompt, given_up or threading.Event()), prompt)


def _answered(answer: str | None, prompt: str) -> str:
    if answer is None:
        raise error(FaultCode.CANCELLED, what=prompt.strip().rstrip(":?"))
    return answer
