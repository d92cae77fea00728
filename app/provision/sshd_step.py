"""The step that could lock somebody out: sshd's settings, kept only when new logins have worked.

A guard on the relay puts the old settings back by itself unless it is told in time, so it does not matter
whether this program, this computer or the connection lives long enough to do it.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from app.core.faults import FaultCode, RelayTrayError
from app.core.profiles import Authentication
from app.core.provisioning import Step, StepReport
from app.provision.setup_script import SetupScript, Told
from app.sentences import sentence

log = logging.getLogger("relaytray.provision")

PC_USER = "relaytray-pc"
_TRIES = 3  # a few: sshd begins to refuse addresses that fail often (PerSourcePenalties)
_PAUSE_S = 1.0
_PATIENCE_S = 60
_PATIENCE_WITH_PERSONS_S = 180
_WORTH_ANOTHER_TRY = (FaultCode.CONNECTION_REFUSED, FaultCode.LOGIN_REFUSED, FaultCode.LINK_LOST)
_SETTINGS_ARE_TO_BLAME = (
    *_WORTH_ANOTHER_TRY,
    FaultCode.CONNECT_TIMED_OUT,
    FaultCode.NEGOTIATION_FAILED,
    FaultCode.REMOTE_SCRIPT_FAILED,
)


def apply_sshd(script: SetupScript, identity: str) -> StepReport:
    """``identity``: private key of this computer, with which the new settings are tried.

    Raises what a login and a script raise, after the old settings are back.
    """
    ends = _ends(script)
    guard = secrets.token_hex(4)  # another computer may be at it, too: each has a guard of its own
    try:
        told = script.run("apply", Step.SSHD, guard=guard, guard_s=str(_guard_s(script)), ends=ends)
        if told.state != "waiting":
            return script.report(Step.SSHD, told)
        _try_new_logins(script, identity)
    except RelayTrayError as e:
        are_back = _roll_back(script, guard)
        if not are_back or e.fault.code not in _SETTINGS_ARE_TO_BLAME:
            raise
        log.warning("The new settings of sshd on %s were taken back.", script.shell.host)
        return script.report(Step.SSHD, Told("failed", reason=sentence(e.fault)))
    except BaseException:
        _roll_back(script, guard)
        raise
    return script.report(Step.SSHD, script.run("confirm", Step.SSHD, even_if_cancelled=True, guard=guard))


def _guard_s(script: SetupScript) -> int:
    """A person who has to type a code for the new login needs longer than a program."""
    asks = script.shell.authentication is Authentication.KEYBOARD_INTERACTIVE
    return _PATIENCE_WITH_PERSONS_S if asks else _PATIENCE_S


def _ends(script: SetupScript) -> str:
    """The addresses of our link as they are there, and sshd's port: settings may depend on them."""
    told = script.shell.run('echo "$SSH_CONNECTION"', what="tell this computer's address").last_line
    found = re.fullmatch(r"([0-9A-Fa-f:.]+(?:%\w+)?) \d+ ([0-9A-Fa-f:.]+(?:%\w+)?) (\d+)", told)
    return " ".join(found.groups()) if found else "127.0.0.1 127.0.0.1 22"


def _try_new_logins(script: SetupScript, identity: str) -> None:
    """First this computer's key, which the old settings know nothing of; then the admin's own login."""
    for attempt in range(1, _TRIES + 1):
        try:
            script.shell.again(PC_USER, identity).close()
            break
        except RelayTrayError as e:
            if attempt == _TRIES or e.fault.code not in _WORTH_ANOTHER_TRY:
                raise
            time.sleep(_PAUSE_S)  # sshd is reading its settings
    with script.shell.again() as admin:
        admin.run("exit 0", what="log in again")


def _roll_back(script: SetupScript, guard: str) -> bool:
    """At once where the link is still there (true); else the guard does it within its minute."""
    try:
        return script.run("rollback", Step.SSHD, even_if_cancelled=True, guard=guard).state == "done"
    except RelayTrayError as e:
        log.warning(
            "The guard on %s has to put sshd's settings back: %s", script.shell.host, sentence(e.fault)
        )
        return False
