"""Setting a relay up: a plan, then step by step with a check after each, and all of it taken away again.

What a step does on the relay is in ``resources/scripts/relay/setup*.sh``. Every step is safe to repeat, so a
set-up that broke off anywhere goes on from there. Everything blocks.
"""

from __future__ import annotations

import platform
import re
import threading
from collections.abc import Callable, Mapping, Sequence

from app.core.faults import FaultCode, RelayTrayError, error
from app.core.profiles import Relay, SetupMode
from app.core.provisioning import Note, Plan, Progress, SetupOptions, Step, StepNote, StepReport, StepState
from app.provision.relay_host_keys import apply_host_keys, check_host_keys
from app.provision.service_step import SERVICES, ServiceStep
from app.provision.setup_script import PACKAGES_TIMEOUT_S, TIMEOUT_S, SetupScript, Told
from app.provision.sshd_step import apply_sshd
from app.transport.host_keys import HostKeys
from app.transport.remote_shell import RemoteShell

__all__ = ["HostKeys", "apply", "plan", "removal_plan", "undo"]


def plan(
    shell: RemoteShell,
    relay: Relay,
    options: SetupOptions,
    pc_key_line: str,
    host_keys: HostKeys,
    services: Sequence[ServiceStep] = (),
) -> Plan:
    """What would be changed; nothing is. ``relay`` has its ``pc_id``; ``pc_key_line`` "": no key is made yet.

    ``services``: the steps that bring one, as far as they are wanted. Raises what ``RemoteShell.run`` does.
    """
    script = SetupScript(shell=shell, relay=relay, options=options, key_line=pc_key_line)
    is_root = options.mode is not SetupMode.ACCOUNT and shell.can_be_root()
    facts = script.run("facts", "none", as_root=is_root)
    may = is_root or options.mode is SetupMode.ACCOUNT
    bringing = {one.step: one for one in services}

    def check(step: Step) -> StepReport:
        if step is Step.HOST_KEYS:
            return check_host_keys(script, facts, host_keys)
        if not may:
            return _needs_root(step)
        if step in bringing and script.as_root:
            return bringing[step].check(script)
        return script.report(step, script.run("check", step))

    steps = tuple(check(step) for step in _steps(options, bringing))
    return Plan(
        relay_id=relay.id,
        host=relay.host,
        system=_system(facts, shell),
        is_root=is_root,
        options=options,
        steps=steps,
    )


def apply(
    shell: RemoteShell,
    relay: Relay,
    options: SetupOptions,
    pc_key_line: str,
    host_keys: HostKeys,
    progress: Progress,
    cancelled: threading.Event,
    *,
    identity: str,
    services: Sequence[ServiceStep] = (),
) -> tuple[StepReport, ...]:
    """Do it. ``identity``: private key of ``pc_key_line``, with which it is tried whether sshd lets it in.

    It ends with the first step that fails, which is the last report then. Raises CANCELLED between and within
    steps, SUDO_REFUSED, and what ``RemoteShell.run`` does.
    """
    script = SetupScript(shell=shell, relay=relay, options=options, key_line=pc_key_line)
    if script.as_root:
        _must_fit(script, shell.run("exit 0", as_root=True, what="become root").status)
        too_old = script.run("check", Step.SSHD)
        if too_old.state == StepState.IMPOSSIBLE:  # nothing is begun that could not be ended
            return _told_all(progress, [_too_old(script, too_old)])

    bringing = {one.step: one for one in services}

    def do(step: Step) -> StepReport:
        if step is Step.SSHD and script.as_root:
            return apply_sshd(script, identity)
        if step is Step.PERMISSIONS:
            return _permit(script, identity)
        if step is Step.HOST_KEYS:
            return apply_host_keys(script, script.run("facts", "none"), host_keys)
        if step in bringing and script.as_root:
            return bringing[step].apply(script, progress)
        return script.report(step, script.run("apply", step))

    return _each(_steps(options, bringing), do, relay, progress, cancelled)


def removal_plan(shell: RemoteShell, relay: Relay, host_keys: HostKeys) -> Plan:  # noqa: ARG001 - pins stay
    """CHANGE = would be taken away, RIGHT = nothing of it is there. ``relay.setup`` tells the mode."""
    script = _removing(shell, relay)
    may = not script.as_root or shell.can_be_root()
    steps = tuple(
        script.report(step, script.run("left", step)) if may else _needs_root(step)
        for step in _undone(script.options.mode)
    )
    facts = script.run("facts", "none", as_root=may and script.as_root)
    return Plan(
        relay_id=relay.id,
        host=relay.host,
        system=_system(facts, shell),
        is_root=may and script.as_root,
        options=script.options,
        steps=steps,
    )


def undo(
    shell: RemoteShell,
    relay: Relay,
    host_keys: HostKeys,  # noqa: ARG001 - the relay keeps its keys, and so do the pins
    progress: Progress,
    cancelled: threading.Event,
) -> tuple[StepReport, ...]:
    """Take it all away, last step first, down to the last file. Raises as ``apply``."""
    script = _removing(shell, relay)
    if script.as_root:
        _must_fit(script, shell.run("exit 0", as_root=True, what="become root").status)
    return _each(
        _undone(script.options.mode),
        lambda step: script.report(
            step,
            script.run("undo", step, timeout_s=PACKAGES_TIMEOUT_S if step in SERVICES else TIMEOUT_S),
        ),
        relay,
        progress,
        cancelled,
    )


# --- steps --------------------------------------------------------------------------------------------------


def _steps(options: SetupOptions, bringing: Mapping[Step, ServiceStep]) -> tuple[Step, ...]:
    unwanted = {step for step in SERVICES if step not in bringing}
    if not options.with_bbr:
        unwanted.add(Step.BBR)
    return tuple(step for step in Step if step not in unwanted)


def _undone(mode: SetupMode) -> tuple[Step, ...]:
    """The accounts come last: the record of what was here before lies with them.

    Services come first, whatever was asked for this time: the record tells what is there.
    """
    if mode is SetupMode.ACCOUNT:
        return (Step.PERMISSIONS, Step.PROGRAMS)
    return (*SERVICES, Step.BBR, Step.SSHD, Step.PERMISSIONS, Step.PROGRAMS, Step.ACCOUNTS)


def _each(
    steps: tuple[Step, ...],
    do: Callable[[Step], StepReport],
    relay: Relay,
    progress: Progress,
    cancelled: threading.Event,
) -> tuple[StepReport, ...]:
    reports: list[StepReport] = []
    for step in steps:
        if cancelled.is_set():
            raise error(FaultCode.CANCELLED, what=f"the set-up of {relay.name}")
        progress(StepReport(step, StepState.RUNNING))
        report = do(step)
        progress(report)
        reports.append(report)
        if report.state is StepState.FAILED:
            break
    return tuple(reports)


def _permit(script: SetupScript, identity: str) -> StepReport:
    report = _permitted(script)
    reason = "" if script.as_root or report.state is StepState.FAILED else _useless(script, identity)
    return script.report(Step.PERMISSIONS, Told("failed", report.notes, reason)) if reason else report


def _useless(script: SetupScript, identity: str) -> str:
    """Why the key does not do with its line there: without root, sshd's settings are somebody else's."""
    listed = script.permissions("list", f"pc={script.relay.pc_id}").out.splitlines()
    ports = [line.removeprefix("permitted=") for line in listed if re.fullmatch(r"permitted=\d+", line)]
    user = script.shell.user
    try:
        with script.shell.again(user, identity) as login:
            if login.may_reach("127.0.0.1", int(ports[0]) if ports else 1):
                return ""
    except RelayTrayError as e:
        if e.fault.code is not FaultCode.LOGIN_REFUSED:
            raise
        return (
            f"sshd does not let {user} in with the key that is in ~/.ssh/authorized_keys now; its settings "
            "may name another file (AuthorizedKeysFile), which only the machine's administrator can change"
        )
    return (
        "sshd does not forward ports for this account; only the machine's administrator can change that "
        "(AllowTcpForwarding, DisableForwarding, PermitOpen)"
    )


def _permitted(script: SetupScript) -> StepReport:
    before = script.run("check", Step.PERMISSIONS)
    if before.state != StepState.CHANGE:
        return script.report(Step.PERMISSIONS, before)
    exit_word = "yes" if script.options.exit_at_relay else "no"
    name = platform.node() or "computer"
    words = [f"id={script.relay.pc_id}", f"key={script.key}", f"exit={exit_word}", f"name={name}"]
    done = script.permissions("permit-pc", *words)
    after = script.run("check", Step.PERMISSIONS)
    if done.status != 0 or after.state != StepState.RIGHT:
        return script.report(Step.PERMISSIONS, Told("failed", after.notes, done.last_words))
    return StepReport(Step.PERMISSIONS, StepState.DONE, before.notes)


def _needs_root(step: Step) -> StepReport:
    return StepReport(step, StepState.IMPOSSIBLE, (Note(StepNote.NEEDS_ROOT),))


def _too_old(script: SetupScript, told: Told) -> StepReport:
    version = next((note.details.get("version", "") for note in told.notes), "")
    reason = f"its sshd is version {version}, and 7.8 or newer is needed"
    return StepReport(Step.SSHD, StepState.FAILED, told.notes, script.fault(Step.SSHD, reason))


def _told_all(progress: Progress, reports: list[StepReport]) -> tuple[StepReport, ...]:
    for report in reports:
        progress(report)
    return tuple(reports)


def _must_fit(script: SetupScript, status: int) -> None:
    if status != 0:  # root's own shell does not run scripts
        reason = f"a script as root ended with status {status}"
        shell = script.shell
        raise error(FaultCode.SUDO_REFUSED, user=shell.user, host=shell.host, reason=reason)


def _removing(shell: RemoteShell, relay: Relay) -> SetupScript:
    mode = SetupMode.ACCOUNT if relay.setup is SetupMode.ACCOUNT else SetupMode.SYSTEM
    return SetupScript(shell=shell, relay=relay, options=SetupOptions(mode=mode))


def _system(facts: Told, shell: RemoteShell) -> str:
    """ "Debian GNU/Linux 12 (bookworm), OpenSSH 9.2, Linux 6.1" """
    found = re.search(r"OpenSSH_([\d.]+)", shell.remote_version)
    sshd = f"OpenSSH {found[1]}" if found else shell.remote_version.removeprefix("SSH-2.0-")
    kernel = ".".join(facts.get("kernel").split(".")[:2])
    return ", ".join(part for part in (facts.get("system"), sshd, f"Linux {kernel}") if part)
