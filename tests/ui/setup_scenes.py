"""The windows of the other ends, in the states that people meet; for the screenshots and the fit."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtWidgets import QWidget

from app.core.faults import Fault, FaultCode
from app.core.profiles import (
    AdminLogin,
    Document,
    Enrolment,
    EnrolmentState,
    Relay,
    Server,
    SetupMode,
)
from app.core.provisioning import (
    BootstrapLine,
    LineOptions,
    Note,
    SetupOptions,
    Step,
    StepNote,
    StepReport,
    StepState,
)
from app.ui.line_model import Enrolling
from app.ui.line_window import LineWindow
from app.ui.remove_dialogs import RemoveRelayDialog, RemoveServerDialog
from app.ui.setup_model import Phase, SetUp
from app.ui.setup_window import SetUpWindow
from tests.ui import scenes as given
from tests.ui.fake_setup import BBR_MISSING, LINE, REMOVAL_LINE, FakeSetup, plan_of
from tests.ui.use_scenes import AtOnce

STEP_FAILED = Fault.of(
    FaultCode.SETUP_STEP_FAILED, step="sshd", host="203.0.113.7", reason="Read-only file system"
)
SUDO_REFUSED = Fault.of(
    FaultCode.SUDO_REFUSED, user="ubuntu", host="203.0.113.7", reason="ubuntu is not in the sudoers file"
)
NO_SSHD = Fault.of(FaultCode.NO_SSHD_THERE, alias="lab-gpu", reason="nothing listens on port 22")


def document(state: EnrolmentState | None = EnrolmentState.WAITING) -> Document:
    """The usual profiles, with tokyo-relay set up and lab-gpu on its way."""
    plain = given.document()
    admin = AdminLogin(user="ubuntu", identity="~/.ssh/relay_ed25519")
    tokyo = replace(plain.relays[0], setup=SetupMode.SYSTEM, user="relaytray-pc", admin=admin)
    enrolment = None
    if state is not None:
        enrolment = Enrolment(id="a1b2c3d4", state=state, expires_at=int(time.time()) + 84_300)
    server = replace(plain.servers[0], enrolment=enrolment)
    if state is EnrolmentState.ONLINE:
        assert enrolment is not None
        server = replace(server, home="/home/chen", enrolment=replace(enrolment, keeper="systemd"))
    return replace(plain, relays=(tokyo, *plain.relays[1:]), servers=(server, *plain.servers[1:]))


def _window(setup: SetUp) -> SetUpWindow:
    port = FakeSetup(lambda: Document(relays=(setup.relay,)))
    return SetUpWindow(
        setup,
        port,
        AtOnce(),  # type: ignore[arg-type]
        lambda _report: None,
        lambda _action: None,
        lambda _fault: None,
    )


def setups(relay: Relay) -> Iterator[tuple[str, SetUp]]:
    begun = SetUp.of(relay)
    yield "questions", begun
    yield "refused", begun.not_planned(SUDO_REFUSED)
    yield "looking", replace(begun, phase=Phase.LOOKING, is_removal=False)
    impossible = {Step.BBR: StepState.IMPOSSIBLE, Step.PROGRAMS: StepState.RIGHT}
    planned = begun.planned(plan_of(relay, states=impossible))
    yield "plan", planned
    rootless = dict.fromkeys(Step, StepState.IMPOSSIBLE)
    yield "rootless", begun.planned(replace(plan_of(relay, states=rootless), is_root=False))
    options = SetupOptions(mode=SetupMode.ACCOUNT, exit_at_relay=True)
    in_account = replace(plan_of(relay, options, dict.fromkeys(Step, StepState.RIGHT)), is_root=False)
    let_out = StepReport(Step.PERMISSIONS, StepState.CHANGE, (Note(StepNote.EXIT_PORTS),))
    steps = tuple(let_out if one.step is Step.PERMISSIONS else one for one in in_account.steps)
    yield "plan-exit-in-account", begun.planned(replace(in_account, steps=steps))
    nothing = dict.fromkeys(Step, StepState.RIGHT)
    is_known = replace(relay, setup=SetupMode.SYSTEM)
    yield "plan-right", SetUp.of(is_known).planned(plan_of(relay, states=nothing))
    working = planned.working()
    for step in (Step.ACCOUNTS, Step.PERMISSIONS):
        working = working.told(StepReport(step, StepState.DONE))
    running = working.told(StepReport(Step.SSHD, StepState.RUNNING))
    yield "working", running
    yield "cancelling", running.cancelling()
    yield "failed", running.finished((StepReport(Step.SSHD, StepState.FAILED, fault=STEP_FAILED),))
    yield "cancelled", running.broken_off(Fault.of(FaultCode.CANCELLED, what="set-up"))
    done = tuple(StepReport(step, StepState.DONE) for step in Step if step is not Step.BBR)
    bbr = StepReport(Step.BBR, StepState.IMPOSSIBLE, (BBR_MISSING,))
    yield "done", running.finished((*done, bbr))
    removal = SetUp.removal_of(is_known, ("lab-gpu", "a100-box"))
    leaving = removal.planned(plan_of(relay, SetupOptions(), {Step.BBR: StepState.RIGHT}))
    yield "removal", leaving
    gone = tuple(StepReport(step, StepState.DONE) for step in Step if step is not Step.BBR)
    yield "removal-done", leaving.working().finished(gone)


def enrollings() -> Iterator[tuple[str, Enrolling]]:
    line = BootstrapLine(server_id="s1", text=LINE, expires_at=0)

    def known(state: EnrolmentState | None, **changes: object) -> Enrolling:
        profiles = document(state)
        made = Enrolling(profiles.servers[0], profiles.relays[0])
        return replace(made, **changes)  # type: ignore[arg-type]

    yield "choices", known(None)
    bare = given.document()
    yield "no-relay", Enrolling(bare.servers[0], bare.relays[0])
    yield "making", known(None, is_making=True)
    options = LineOptions(user_sshd=True)
    yield "waiting", known(EnrolmentState.WAITING, line=line, options=options)
    yield "waiting-earlier", known(EnrolmentState.WAITING)
    yield "reported", known(EnrolmentState.REPORTED, line=line)
    yield "no-sshd", known(EnrolmentState.REPORTED, fault=NO_SSHD)
    yield "online", known(EnrolmentState.ONLINE, line=line)
    late = known(EnrolmentState.WAITING, line=line)
    yield "expired", replace(late, server=_expired(late.server))


def _expired(server: Server) -> Server:
    assert server.enrolment is not None
    return replace(server, enrolment=replace(server.enrolment, expires_at=1))


def scenes() -> Iterator[tuple[str, QWidget]]:
    relay = given.document().relays[0]
    for name, setup in setups(relay):
        shown = _window(replace(setup, phase=Phase.QUESTIONS) if setup.phase is Phase.LOOKING else setup)
        shown._go_to(setup)
        yield f"setup-{name}", shown
    other = _window(SetUp.of(relay))
    other._form._login.setCurrentIndex(1)
    other._form._mode.setCurrentIndex(1)
    yield "setup-other-login", other
    for name, known in enrollings():
        window = LineWindow(known, lambda _options: None, lambda: None, lambda: None)
        if name == "online":
            window.show_host_keys([f"ssh-ed25519 {given.FINGERPRINT}"])
        yield f"line-{name}", window
    copied = LineWindow(
        next(known for name, known in enrollings() if name == "waiting"),
        lambda _options: None,
        lambda: None,
        lambda: None,
    )
    copied._do_copy(LINE)
    yield "line-copied", copied
    removal = RemoveServerDialog("lab-gpu", "tokyo-relay", lambda _also: None, lambda: None)
    removal.show_line(REMOVAL_LINE)
    yield "remove-server", removal
    left = RemoveServerDialog("lab-gpu", "tokyo-relay", lambda _also: None, lambda: None)
    left.show_line(REMOVAL_LINE)
    left.show()
    left.removed((given.TUNNEL_DOWN,))
    yield "remove-server-left", left
    yield "remove-relay", RemoveRelayDialog("tokyo-relay", lambda _also: None)
