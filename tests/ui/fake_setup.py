"""The other ends, scripted: ``FakeSetup`` keeps the contract of ``app.ui.parts.SetUpPort``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.core.faults import Fault, FaultCode, RelayTrayError
from app.core.profiles import AdminLogin, Document, Enrolment, EnrolmentState, Relay, Server, SetupMode
from app.core.provisioning import (
    BootstrapLine,
    LineOptions,
    Note,
    Plan,
    Progress,
    SetupOptions,
    Step,
    StepNote,
    StepReport,
    StepState,
)
from app.ui.document_changes import with_relay, with_server, without_server

PATIENCE_S = 10
SYSTEM = "Debian GNU/Linux 12 (bookworm), OpenSSH 9.2, Linux 6.1"
# As long as the real ones are, and as unreadable.
LINE = (
    "R=/tmp/.rt$$;(umask 077;mkdir $R&&cd $R&&printf '%s\\n' '-----BEGIN OPENSSH PRIVATE KEY-----' "
    + " ".join(
        "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxOQ" for _ in range(4)
    )
    + " '-----END OPENSSH PRIVATE KEY-----'>k;echo '[203.0.113.7]:22 ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIJ5pQ4sRkDq0x8zv7w3m0r0Zc9Qy2v5h1bX6kq8lT0aB'>h;ssh -oBatchMode=yes "
    "-oUserKnownHostsFile=h -oIdentitiesOnly=yes -ik -p22 relaytray-enrol@203.0.113.7 fetch>s&&sh s"
    " a1b2c3d4);rm -rf $R"
)
REMOVAL_LINE = "sh ~/.relaytray/server.sh remove a1b2c3d4"
BBR_MISSING = Note(StepNote.BBR_CONTAINER)
NOTES: Mapping[Step, tuple[Note, ...]] = {
    Step.ACCOUNTS: (
        Note(StepNote.ACCOUNT_MISSING, {"account": "relaytray-tunnel"}),
        Note(StepNote.ACCOUNT_MISSING, {"account": "relaytray-pc"}),
    ),
    Step.PROGRAMS: (Note(StepNote.FILE_MISSING, {"path": "/usr/local/libexec/relaytray/authorized-keys"}),),
    Step.SSHD: (
        Note(StepNote.FILE_MISSING, {"path": "/etc/ssh/sshd_config.d/60-relaytray.conf"}),
        Note(StepNote.SSHD_RELOAD),
    ),
    Step.BBR: (Note(StepNote.BBR_OFF, {"current": "cubic"}),),
    Step.HOST_KEYS: (Note(StepNote.HOST_KEY_NOT_PINNED, {"key_type": "ssh-ed25519"}),),
}


def plan_of(
    relay: Relay, options: SetupOptions | None = None, states: Mapping[Step, StepState] | None = None
) -> Plan:
    """Everything is to be changed, but for what ``states`` says."""
    known = dict(states or {})
    steps = tuple(_planned(step, known.get(step, StepState.CHANGE)) for step in Step)
    return Plan(
        relay_id=relay.id,
        host=relay.host,
        system=SYSTEM,
        is_root=True,
        options=options or SetupOptions(),
        steps=steps,
    )


def _planned(step: Step, state: StepState) -> StepReport:
    notes = NOTES.get(step, ()) if state is StepState.CHANGE else ()
    return StepReport(step, state, (BBR_MISSING,) if state is StepState.IMPOSSIBLE else notes)


@dataclass
class FakeSetup:
    """``faults`` says by its name which call fails, and why; ``stop_at`` is the step that fails.

    ``edit`` changes the profiles as the desk does; an unset ``gate`` holds back what takes long.
    """

    document: Callable[[], Document]
    edit: Callable[[Callable[[Document], Document]], None] = lambda _change: None
    faults: dict[str, Fault] = field(default_factory=dict)
    states: Mapping[Step, StepState] = field(default_factory=dict)
    stop_at: Step | None = None
    left_behind: tuple[Fault, ...] = ()
    calls: list[tuple[object, ...]] = field(default_factory=list)
    gate: threading.Event | None = None
    must_ask: bool = False  # whether watching needs a passphrase
    news: dict[str, EnrolmentState] = field(default_factory=dict)  # what watching a server finds

    def plan(
        self,
        relay_id: str,
        options: SetupOptions,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> Plan:
        self._note("plan", relay_id, options, login)
        self._wait(cancelled)
        return plan_of(self._relay(relay_id), options, self.states)

    def set_up(
        self,
        relay_id: str,
        options: SetupOptions,
        progress: Progress,
        cancelled: threading.Event,
        login: AdminLogin | None = None,
    ) -> tuple[StepReport, ...]:
        self._note("set_up", relay_id, options, login)
        reports = self._work(self._relay(relay_id), progress, cancelled)
        self.edit(lambda document: with_relay(document, replace(self._relay(relay_id), setup=options.mode)))
        return reports

    def removal_plan(self, relay_id: str, cancelled: threading.Event) -> Plan:
        self._note("removal_plan", relay_id)
        self._wait(cancelled)
        return plan_of(self._relay(relay_id), states=self.states)

    def remove(self, relay_id: str, progress: Progress, cancelled: threading.Event) -> tuple[StepReport, ...]:
        self._note("remove", relay_id)
        reports = self._work(self._relay(relay_id), progress, cancelled)
        self.edit(lambda document: with_relay(document, replace(self._relay(relay_id), setup=SetupMode.NONE)))
        return reports

    def bootstrap_line(
        self, server_id: str, options: LineOptions, cancelled: threading.Event
    ) -> BootstrapLine:
        self._note("bootstrap_line", server_id, options)
        self._wait(cancelled)
        expires_at = 4_000_000_000
        self._set(server_id, Enrolment(id="a1b2c3d4", expires_at=expires_at))
        return BootstrapLine(server_id=server_id, text=LINE, expires_at=expires_at)

    def watch(
        self,
        server_id: str,
        on_state: Callable[[Enrolment], None],
        cancelled: threading.Event,
        quiet: bool = False,
    ) -> None:
        self._note("watch", server_id, quiet)
        if quiet and self.must_ask:
            raise RelayTrayError(Fault.of(FaultCode.NOBODY_TO_ASK))
        while self.news.get(server_id) is not EnrolmentState.ONLINE:
            if cancelled.wait(0.01):
                raise RelayTrayError(Fault.of(FaultCode.CANCELLED, what="waiting"))
            if "watch" in self.faults:
                raise RelayTrayError(self.faults["watch"])
        server = self._server(server_id)
        online = replace(
            server.enrolment or Enrolment(id="a1b2c3d4"), state=EnrolmentState.ONLINE, keeper="systemd"
        )
        on_state(online)
        self._set(server_id, online, user="chen", home="/home/chen")

    def removal_line(self, server_id: str) -> str:
        self._note("removal_line", server_id)
        return REMOVAL_LINE

    def remove_server(
        self, server_id: str, cancelled: threading.Event, also_there: bool
    ) -> tuple[Fault, ...]:
        self._note("remove_server", server_id, also_there)
        self._wait(cancelled)
        self.edit(lambda document: without_server(document, server_id))
        return self.left_behind

    def _work(self, relay: Relay, progress: Progress, cancelled: threading.Event) -> tuple[StepReport, ...]:
        reports = []
        for step in Step:
            progress(StepReport(step, StepState.RUNNING))
            self._wait(cancelled)
            if step is self.stop_at:
                fault = Fault.of(
                    FaultCode.SETUP_STEP_FAILED, step=step, host=relay.host, reason="Read-only file system"
                )
                report = StepReport(step, StepState.FAILED, fault=fault)
            else:
                report = StepReport(step, self.states.get(step, StepState.DONE))
            progress(report)
            reports.append(report)
            if report.state is StepState.FAILED:
                break
        return tuple(reports)

    def _wait(self, cancelled: threading.Event) -> None:
        while self.gate is not None and not self.gate.wait(0.01):
            if cancelled.is_set():
                break
        if cancelled.is_set():
            raise RelayTrayError(Fault.of(FaultCode.CANCELLED, what="set-up"))

    def _note(self, call: str, *subject: object) -> None:
        self.calls.append((call, *subject))
        if call in self.faults:
            raise RelayTrayError(self.faults[call])

    def _relay(self, relay_id: str) -> Relay:
        relay = self.document().relay(relay_id)
        assert relay is not None
        return relay

    def _server(self, server_id: str) -> Server:
        server = self.document().server(server_id)
        assert server is not None
        return server

    def _set(self, server_id: str, enrolment: Enrolment, **changes: str) -> None:
        changed = replace(self._server(server_id), enrolment=enrolment, **changes)  # type: ignore[arg-type]
        self.edit(lambda document: with_server(document, changed))
