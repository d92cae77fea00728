"""The script that sets a relay up: its parts put together, run over a ``RemoteShell``, its answer read."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.faults import Fault, FaultCode, error
from app.core.profiles import Relay, SetupMode
from app.core.provisioning import Note, SetupOptions, Step, StepNote, StepReport, StepState
from app.resource_files import resource
from app.transport.host_keys import fingerprint
from app.transport.remote_shell import Output, RemoteShell

_PARTS = ("common", "given", "accounts", "bbr", "sshd")
_PARTS_OF: Mapping[str, tuple[str, ...]] = {  # what only that step needs, behind the others
    Step.V2RAY: ("services", "v2ray"),
    Step.SHADOWSOCKS: ("services", "shadowsocks"),
}
_INSTALLED = (
    *("relay/authorized-keys", "relay/enrol", "relay/permissions.sh"),
    *("server/server.sh", "server/bridge.sh"),
)
_PAYLOADS: Mapping[str, tuple[str, ...]] = {
    Step.PROGRAMS: _INSTALLED,
    Step.SSHD: ("relay/sshd-guard",),
    Step.V2RAY: ("relay/v2ray-watch",),
}
_END = "relaytray_end_of_file"
TIMEOUT_S = 120.0  # useradd, sshd -T and modprobe may all be slow on a small machine
PACKAGES_TIMEOUT_S = 900.0  # they come over a slow line, or another program installs some just now


@dataclass(frozen=True, slots=True)
class Told:
    """What a run of the script said."""

    state: str  # of StepState, or "waiting"
    notes: tuple[Note, ...] = ()
    reason: str = ""
    values: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # secrets may be among them

    @classmethod
    def parsed(cls, output: Output) -> Told:
        state, reasons = "failed", list[str]()
        notes: list[Note] = []
        values: list[tuple[str, str]] = []
        for line in output.out.split("\n"):  # as the scripts see lines
            name, _, value = line.partition("=")
            if name == "state":
                state = value
            elif name == "reason":
                reasons.append(value)
            elif name == "note":
                notes += _note(value)
            else:
                values.append((name, value))
        return cls(state, tuple(notes), (reasons or [output.last_words])[0], tuple(values))

    def all(self, name: str) -> tuple[str, ...]:
        return tuple(value for known, value in self.values if known == name)

    def get(self, name: str) -> str:
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, kw_only=True)
class SetupScript:
    """The script on one relay, for one computer and its options."""

    shell: RemoteShell
    relay: Relay
    options: SetupOptions
    key_line: str = ""  # of this computer; "" = it has no key yet
    more: Mapping[str, str] = field(default_factory=dict)  # words for every run; tests move the root with it

    @property
    def key(self) -> str:
        """The line without its comment."""
        return " ".join(self.key_line.split()[:2])

    @property
    def as_root(self) -> bool:
        return self.options.mode is not SetupMode.ACCOUNT

    def run(
        self,
        action: str,
        step: Step | str,
        *,
        as_root: bool | None = None,
        even_if_cancelled: bool = False,
        payload: Mapping[str, str] | None = None,
        feed: Iterable[bytes] = (),
        timeout_s: float = TIMEOUT_S,
        **words: str,
    ) -> Told:
        """``check``, ``apply``, ``left``, ``undo`` of a step, or what the step has besides.

        ``words`` stand on a command line, where every user of the relay may read them. Secrets are files of
        ``payload``, by name: they come with the script, over its standard input, and end with a line end.
        ``feed``: what the script reads from its descriptor 3 (see ``RemoteShell.run``).
        Raises what ``RemoteShell.run`` does.
        """
        output = self.shell.run(
            script_text(str(step), payload or {}),
            [action, str(step), *(f"{name}={value}" for name, value in self._words(words).items())],
            as_root=self.as_root if as_root is None else as_root,
            timeout_s=timeout_s,
            what=f"{action} {step}",
            feed=feed,
            even_if_cancelled=even_if_cancelled,
        )
        return Told.parsed(output)

    def permissions(self, operation: str, *words: str) -> Output:
        """An operation of the script that gives permissions. Raises what ``RemoteShell.run`` does."""
        return self.shell.run(
            resource("scripts/relay/permissions.sh").read_text(encoding="ascii"),
            ["account" if self.options.mode is SetupMode.ACCOUNT else "system", operation, *words],
            as_root=self.as_root,
            what=f"permissions {operation}",
        )

    def report(self, step: Step, told: Told) -> StepReport:
        """As it is shown; a failure has its fault."""
        state = StepState(told.state) if told.state in set(StepState) else StepState.FAILED
        fault = self.fault(step, told.reason) if state is StepState.FAILED else None
        notes = told.notes
        if state is StepState.RIGHT and not notes:
            notes = (Note(StepNote.IS_RIGHT),)
        return StepReport(step, state, notes, fault)

    def fault(self, step: Step, reason: str) -> Fault:
        host = self.shell.host
        if step is Step.SSHD:
            return Fault.of(FaultCode.SSHD_SETTINGS_REFUSED, host=host, reason=reason)
        return Fault.of(FaultCode.SETUP_STEP_FAILED, step=step, host=host, reason=reason)

    def _words(self, words: Mapping[str, str]) -> dict[str, str]:
        return {
            "mode": str(self.options.mode),
            "pc": self.relay.pc_id,
            "key": self.key,
            "fingerprint": fingerprint(base64.b64decode(self.key.split()[1])) if self.key else "",
            "exit": "yes" if self.options.exit_at_relay else "no",
            "admin": self.shell.user,
            **self.more,
            **words,
        }


def script_text(step: str, payload: Mapping[str, str] | None = None) -> str:
    """All parts, with the files that this step installs and those of ``payload``."""
    parts = [_part(f"setup-{name}.sh") for name in (*_PARTS, *_PARTS_OF.get(step, ()))]
    files = {
        name.rpartition("/")[2]: resource(f"scripts/{name}").read_text(encoding="ascii")
        for name in _PAYLOADS.get(step, ())
    }
    return "".join([*parts, _payload(files | dict(payload or {})), _part("setup.sh")])


def _part(name: str) -> str:
    return resource(f"scripts/relay/{name}").read_text(encoding="ascii")


def _payload(files: Mapping[str, str]) -> str:
    """The shell function ``payload NAME``, which prints a file byte for byte."""
    cases = []
    for name, text in files.items():
        if not text.endswith("\n") or _END in text:
            raise error(FaultCode.INTERNAL, reason=f"{name} cannot be sent")
        cases.append(f"{name}) cat <<'{_END}'\n{text}{_END}\n;;\n")
    return "payload() {\ncase $1 in\n" + "".join(cases) + "*) return 1 ;;\nesac\n}\n"


def _note(text: str) -> list[Note]:
    """None for a code that this program does not know: an older one may be there beside us."""
    code, *details = text.split("\t")
    if code not in set(StepNote):
        return []
    pairs = (detail.partition("=") for detail in details)
    return [Note(StepNote(code), {name: value for name, _, value in pairs})]
